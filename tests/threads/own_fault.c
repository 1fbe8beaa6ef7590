/* SPDX-License-Identifier: BSD-2-Clause */
#include "own.h"

#include <sched.h>

/* A fault somewhere in the target; what backs it is the page alone, or the whole unit around it. */
static struct tdp_fault pick_fault(struct worker *k, struct target t, unsigned *page, unsigned *where)
{
	const struct world *w = k->w;
	bool between = t.page < FIRST_OWNED * w->unit_pages; /* other threads' pages on both sides */
	unsigned first = t.page - t.page % w->unit_pages;
	struct tdp_fault f = {.access = rng_percent(&k->rng, 50) ? TDP_WRITE : TDP_READ};
	const struct page *m;

	*page = t.page + rng_below(&k->rng, t.n);
	m = &w->page[*page];
	*where = m->kind == PAGE_MAPPED && rng_percent(&k->rng, 80) ? m->where : rng_below(&k->rng, 2);
	f.gpa = page_gpa(w, *page) + rng_below(&k->rng, PAGE);
	f.backing.attrs.prot = f.access == TDP_WRITE ? TDP_RWX : pick_prot(k);
	f.base = page_gpa(w, first);
	f.backing.size = (uint64_t)w->unit_pages * PAGE;
	f.backing.max_level_plus1 = between ? 1 : (uint8_t)rng_below(&k->rng, 4);
	if (rng_percent(&k->rng, 30)) {
		f.base = page_gpa(w, *page);
		f.backing.size = PAGE;
	}
	f.backing.hpa = page_hpa(*where, f.base);
	return f;
}

/* The page as it was: may the fault end so? */
static void expect_outcome(struct worker *k, const struct page *m, unsigned where, const struct tdp_fault *f, uint32_t flags,
			   enum tdp_result r)
{
	bool shut = f->access == TDP_WRITE && (m->prot & TDP_W) && m->protected != PROTECTED_NO;

	if (m->kind == PAGE_ABSENT)
		expect(k, r == TDP_OK, "fault: absent", r, f->gpa);
	else if (m->kind == PAGE_NOTE)
		expect(k, r == (flags & TDP_OVER_NOTE ? TDP_OK : TDP_EXISTS), "fault: a note", r, f->gpa);
	else if (m->where != where)
		expect(k, r == TDP_EXISTS, "fault: another page is there", r, f->gpa);
	else if (shut)
		expect(k, r == TDP_PROTECTED || (r >= 0 && m->protected == PROTECTED_MAYBE), "fault: protected", r, f->gpa);
	else
		expect(k, r >= 0, "fault: the same page", r, f->gpa);
}

/* What the fault made or widened. */
static void account(struct worker *k, const struct tdp_fault *f, const struct tdp_op *op, unsigned where)
{
	int first = page_number(k->w, op->first);

	expect(k, first >= 0 && f->gpa - op->first < op->changed, "fault: made another leaf", TDP_OK, op->first);
	if (k->why[0])
		return;
	for (unsigned i = 0; i < op->changed / PAGE; i++) {
		struct page *m = &k->w->page[(unsigned)first + i];

		expect(k, m->kind != PAGE_MAPPED || m->where == where, "fault: mapped over another page", TDP_OK, op->first);
		m->prot = m->kind == PAGE_MAPPED ? m->prot | f->backing.attrs.prot : f->backing.attrs.prot;
		m->kind = PAGE_MAPPED;
		m->where = (uint8_t)where;
		if (f->access == TDP_WRITE)
			m->protected = PROTECTED_NO;
	}
}

void own_fault(struct worker *k, struct target t)
{
	static const uint32_t flags[] = {0, 0, 0, TDP_LOG_DIRTY, TDP_PREFETCH, TDP_OVER_NOTE, TDP_OVER_NOTE};
	unsigned page, where;
	struct tdp_fault f = pick_fault(k, t, &page, &where);
	struct page *m = &k->w->page[page], before = *m;
	struct tdp_op op = {.flags = flags[rng_below(&k->rng, sizeof(flags) / sizeof(flags[0]))], .cache = &k->cache};
	enum tdp_result r;

	for (;;) {
		call_begin(k);
		r = tdp_fault(&k->w->tree, &f, &op);
		call_end(k);
		if (r != TDP_BUSY && r != TDP_RACE)
			break;
		k->busy++;
		sched_yield();
	}
	expect_outcome(k, &before, where, &f, op.flags, r);
	if (r == TDP_OK)
		account(k, &f, &op, where);
	/* A write that was granted is known to the library; one that was found granted may be known to hardware only. */
	if (r == TDP_OK && f.access == TDP_WRITE && !(op.flags & TDP_PREFETCH))
		m->written = true;
	if (r == TDP_SPURIOUS && f.access == TDP_WRITE)
		m->protected = PROTECTED_NO;
	expect_page(k, page);
}
