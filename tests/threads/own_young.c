/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Aging, and the quick fault, on a thread's own pages.
 */
#include "own.h"

#include <sched.h>

/* May the quick fault end so? */
static void expect_fast(struct worker *k, const struct page *m, uint32_t access, uint32_t flags, enum tdp_result r, tdp_gpa_t gpa)
{
	bool write = access == TDP_WRITE, shut = write && m->protected != PROTECTED_NO;
	bool opens = r >= 0 || (r == TDP_ABSENT && write && (flags & TDP_LOG_DIRTY)); /* or must be split */

	if (m->kind != PAGE_MAPPED || (access & ~(uint32_t)m->prot))
		expect(k, r == TDP_ABSENT, "quick fault: nothing to open", r, gpa);
	else if (shut)
		expect(k, r == TDP_PROTECTED || (opens && m->protected == PROTECTED_MAYBE), "quick fault: protected", r, gpa);
	else
		expect(k, opens, "quick fault: granted", r, gpa);
}

void own_fast(struct worker *k, struct target t)
{
	unsigned page = t.page + rng_below(&k->rng, t.n);
	struct page *m = &k->w->page[page];
	tdp_gpa_t gpa = page_gpa(k->w, page);
	uint32_t access = rng_percent(&k->rng, 50) ? TDP_WRITE : rng_percent(&k->rng, 50) ? TDP_READ : TDP_EXEC_U | TDP_EXEC_S;
	struct tdp_op op = {.flags = rng_percent(&k->rng, 30) ? TDP_LOG_DIRTY : 0};
	enum tdp_result r;

	for (;;) {
		call_begin(k);
		r = tdp_fault_fast(&k->w->tree, gpa, access, &op);
		call_end(k);
		if (r != TDP_BUSY && r != TDP_RACE)
			break;
		k->busy++;
		sched_yield();
	}
	expect_fast(k, m, access, op.flags, r, gpa);
	if (r == TDP_OK && access == TDP_WRITE)
		m->written = true;
	if (r >= 0 && access == TDP_WRITE)
		m->protected = PROTECTED_NO;
	expect_page(k, page);
}

/* Are only pages named that are mapped? */
static void expect_named(struct worker *k, struct target t, const uint64_t *words)
{
	for (unsigned i = 0; i < t.n; i++)
		expect(k, !(words[i / 64] >> i % 64 & 1) || k->w->page[t.page + i].kind == PAGE_MAPPED, "age: a hole is young",
		       TDP_OK, page_gpa(k->w, t.page + i));
}

/* Nobody else touches these pages, so what was made old is old; an attempt that a collection came across is made again. */
void own_age(struct worker *k, struct target t)
{
	uint64_t words[64] = {0};
	struct tdp_bitmap young = {.words = words, .base = t.gpa, .pages = t.n, .page_lg2 = 12};
	struct tdp_op op = {0};
	bool clear = rng_percent(&k->rng, 80);
	enum tdp_result r;

	if (t.size > (uint64_t)t.n * PAGE || t.n > 64 * 64)
		return;
	call_begin(k);
	r = tdp_age(&k->w->tree, t.gpa, t.size, clear, &young, &op);
	call_end(k);
	expect(k, r == (op.changed ? TDP_OK : TDP_SPURIOUS), "age", r, t.gpa);
	expect_named(k, t, words);
	if (!clear)
		return;
	for (unsigned tries = 0; r == TDP_OK && tries < 1000; tries++) {
		call_begin(k);
		r = tdp_age(&k->w->tree, t.gpa, t.size, tries > 0, NULL, &op);
		call_end(k);
	}
	expect(k, r == TDP_SPURIOUS, "age: what was made old is young", r, t.gpa);
}
