/* SPDX-License-Identifier: BSD-2-Clause */
#include "worker.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>

enum { SPARE = 24 };

void expect(struct worker *k, bool good, const char *what, int result, tdp_gpa_t gpa)
{
	if (!good && k->why[0] == 0)
		snprintf(k->why, sizeof(k->why), "thread %u, call %lu, gpa %#" PRIx64 ": %s (%s)", k->id, k->ops, gpa, what,
			 tdp_result_name(result));
}

void call_begin(struct worker *k)
{
	/* Enough for whatever goes to both ends of a range. */
	if (tdp_cache_fill(&k->cache, SPARE, &k->w->ops, k->w, NULL) != TDP_OK)
		expect(k, false, "the pool is too small for this test", TDP_NOMEM, 0);
	if (k->w->rcu->serial)
		pthread_mutex_lock(&k->w->serial);
}

void call_end(struct worker *k)
{
	if (k->w->rcu->serial)
		pthread_mutex_unlock(&k->w->serial);
	k->ops++;
	if (k->w->rcu->between && k->ops % 8 == 0)
		k->w->rcu->between();
}

uint32_t pick_yield(struct worker *k)
{
	return rng_percent(&k->rng, 30) ? TDP_MAY_YIELD : 0;
}

/* More tables than a worker keeps. */
static void fill(struct worker *k, unsigned count)
{
	if (tdp_cache_fill(&k->cache, SPARE + count, &k->w->ops, k->w, NULL) != TDP_OK)
		expect(k, false, "the pool is too small for this test", TDP_NOMEM, 0);
}

enum tdp_result whole_range(struct worker *k, range_fn fn, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op)
{
	const tdp_gpa_t end = gpa + size;

	op->cache = &k->cache;
	for (unsigned tries = 0;; tries++) {
		enum tdp_result r;

		call_begin(k);
		r = fn(k, gpa, end - gpa, op);
		call_end(k);
		expect(k, tries < 1000000, "no end", r, gpa);
		if (k->why[0] || (r != TDP_BUSY && r != TDP_NOMEM && r != TDP_STOPPED))
			return r;
		expect(k, op->next >= gpa && op->next < end, "stopped outside of its range", r, op->next);
		gpa = op->next;
		k->busy += r == TDP_BUSY;
		if (r == TDP_NOMEM)
			fill(k, op->tables);
		else
			sched_yield();
	}
}

static struct page_seen seen_now(const struct world *w, unsigned page)
{
	return (struct page_seen){
		.flushes = __atomic_load_n(&w->seen[page].flushes, __ATOMIC_RELAXED),
		.reports = __atomic_load_n(&w->seen[page].reports, __ATOMIC_RELAXED),
	};
}

void watch(struct worker *k, unsigned page, unsigned n)
{
	for (; n > 0; n--, page++)
		k->before[page] = seen_now(k->w, page);
}

static void expect_page_flushed(struct worker *k, unsigned page, struct page_seen before, bool reported)
{
	struct page_seen now = seen_now(k->w, page);

	expect(k, now.flushes != before.flushes, "not flushed", TDP_OK, page_gpa(k->w, page));
	expect(k, !reported || now.reports != before.reports, "written, and not reported", TDP_OK, page_gpa(k->w, page));
}

void expect_flushed(struct worker *k, unsigned page, unsigned n, bool reported)
{
	for (; n > 0; n--, page++)
		if (k->w->page[page].kind == PAGE_MAPPED)
			expect_page_flushed(k, page, k->before[page], reported && k->w->page[page].written);
}

void expect_flush(struct worker *k, unsigned page)
{
	expect_page_flushed(k, page, k->before[page], false);
}

void hold(struct worker *k, unsigned page, unsigned n)
{
	for (; n > 0; n--, page++)
		if (k->w->page[page].kind == PAGE_MAPPED)
			k->held[k->holds++] = (struct held){page, k->before[page], k->w->page[page].written};
}

void flush_gather(struct worker *k)
{
	call_begin(k);
	tdp_gather_flush(&k->gather, NULL);
	call_end(k);
	for (unsigned i = 0; i < k->holds; i++)
		expect_page_flushed(k, k->held[i].page, k->held[i].before, k->held[i].written);
	k->holds = 0;
}

void expect_page(struct worker *k, unsigned page)
{
	const struct page *m = &k->w->page[page];
	tdp_gpa_t gpa = page_gpa(k->w, page);
	struct tdp_mapping found = {0};
	enum tdp_result r;

	do {
		call_begin(k);
		r = tdp_lookup(&k->w->tree, gpa, &found, NULL);
		call_end(k);
	} while (r == TDP_BUSY && sched_yield() == 0);
	if (m->kind != PAGE_MAPPED) {
		expect(k, r == TDP_ABSENT, m->kind == PAGE_NOTE ? "mapped over a note" : "mapped, ought to be absent", r, gpa);
		expect(k, (found.entry.kind == TDP_NOTE) == (m->kind == PAGE_NOTE), "a note came or went", r, gpa);
		return;
	}
	expect(k, r == TDP_OK, "lost", r, gpa);
	expect(k, r != TDP_OK || found.entry.hpa + (gpa - found.gpa) == page_hpa(m->where, gpa), "leads elsewhere", r, gpa);
	expect(k, r != TDP_OK || found.entry.attrs.prot == m->prot, "grants something else", r, gpa);
	if (m->logged && !found.entry.dirty)
		expect_collected(k, page);
}
