/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One plain page into a leaf table that exists: nearly every fault, and a map of one page. Everything stays in registers, because a
 * fault shall cost no more than a hundred and some instructions. Whatever is unusual is left to the general path.
 */
#ifndef TDPMMU_CORE_PAGE_H
#define TDPMMU_CORE_PAGE_H

#include "cursor.h"
#include "gather.h"
#include "run.h"

/* What mapping a page in a tree takes; known when code is compiled. */
enum page_way {
	PAGE_ALONE,  /* nobody else is inside, no hook is to be called, and the tree is as deep as most */
	PAGE_SHARED, /* the same, but others may be inside; a promise to be alone saves nothing here */
	PAGE_HOOKS   /* hooks of any kind but table_map and table_clean, and any depth; others may be inside */
};

/* A page about to be mapped. */
struct page {
	tdp_gpa_t gpa;
	tdp_spte_t *p;	  /* its entry */
	tdp_spte_t old;	  /* what that held: EMPTY */
	tdp_spte_t value; /* what it shall hold */
};

/* Where the entry of page->gpa lies, and what it holds, as descend() finds it. false: no table of pages is there. */
TDP_INLINE bool page_find(const struct tdp_format *fmt, const struct tree *t, struct page *page, enum page_way way)
{
	const uint64_t mask = t->table_mask, offset = t->va_offset;
	/* A tree of another depth takes the way with hooks. */
	const unsigned top = way == PAGE_HOOKS ? t->layout.top_level : fmt_usual_top(fmt, t->layout.top_level);
	tdp_spte_t *p = t->root + (page->gpa >> fmt_shift(fmt, top));
	tdp_spte_t e = spte_load(p);
	size_t index;

#pragma GCC unroll 8
	for (unsigned l = TDP_MAX_LEVELS - 1; l > 0; l--) {
		if (l >= fmt->max_levels || (l >= fmt->min_levels && l > top))
			continue;
		if (tdp_unlikely(!fmt_leads_down(fmt, l, e)))
			return false;
		index = fmt_index(fmt, l - 1, page->gpa);
		TDP_NOW(index);
		p = (tdp_spte_t *)(uintptr_t)(fmt_masked_hpa(fmt, mask, l, e) + offset) + index;
		e = spte_load(p);
	}
	page->p = p;
	page->old = e;
	return true;
}

/* Is a gather open, so that an entry that is EMPTY may still be cached as what it was? */
TDP_INLINE bool page_cached(const struct tree *t)
{
	return tdp_unlikely(gathers_open(t) != 0) && !TDP_BROKEN(MAP_IGNORE_GATHER);
}

TDP_INLINE void page_flush(const struct tdp_format *fmt, struct tree *t, const struct tdp_op *op, const struct page *page)
{
	const tdp_gpa_t base = page->gpa & ~(fmt_size(fmt, 0) - 1);

	tdp_hook_flush(t, op->user, base, base + fmt_size(fmt, 0), 0, FLUSH_LEAF);
}

/* Nobody else is inside: nothing can come between, and so there is nothing to claim. */
TDP_INLINE bool page_map_alone(const struct tree *t, const struct page *page)
{
	if (page_cached(t))
		return false;
	spte_store(page->p, page->value);
	return true;
}

/* Out of line and last, so that the quick path needs few registers across calls. */
static __attribute__((noinline)) bool page_map_flushed(const struct tdp_format *fmt, struct tree *t, const struct tdp_op *op,
						       tdp_gpa_t gpa, tdp_spte_t *p, tdp_spte_t value)
{
	struct page page = {.gpa = gpa, .p = p, .value = value};

	page_flush(fmt, t, op, &page);
	spte_store(p, value);
	return true;
}

/* Freezes the entry; false: another call was first. */
TDP_INLINE bool page_claim(const struct tdp_format *fmt, const struct page *page)
{
	tdp_spte_t old = page->old; /* a variable of its own, or the page would have to lie in memory */

	return tdp_likely(spte_cmpxchg(page->p, &old, fmt->frozen, true));
}

/* As install() does: claim, then look at the gathers. */
TDP_INLINE bool page_map_shared(const struct tdp_format *fmt, struct tree *t, const struct tdp_op *op, const struct page *page)
{
	if (TDP_BROKEN(MAP_GATHERS_FIRST) && page_cached(t))
		return false;
	if (!page_claim(fmt, page))
		return false;
	if (!TDP_BROKEN(MAP_GATHERS_FIRST) && page_cached(t))
		return page_map_flushed(fmt, t, op, page->gpa, page->p, page->value);
	spte_store(page->p, page->value);
	return true;
}

/* As install() does: claim, look at the gathers, make the page ready. */
TDP_INLINE bool page_map_hooks(const struct tdp_format *fmt, struct tree *t, const struct tdp_op *op, const struct page *page,
			       tdp_hpa_t hpa, struct tdp_attrs attrs)
{
	bool shared = op_shared(t, op);

	if ((!shared || TDP_BROKEN(MAP_GATHERS_FIRST)) && page_cached(t))
		return false;
	if (shared && !page_claim(fmt, page))
		return false;
	if (shared && !TDP_BROKEN(MAP_GATHERS_FIRST) && page_cached(t))
		page_flush(fmt, t, op, page);
	page_sync(t, hpa, fmt_size(fmt, 0), run_sync_data(t, attrs), run_sync_exec(attrs));
	spte_store(page->p, page->value);
	if (!TDP_BROKEN(NO_WALKER_BARRIER))
		walker_barrier(t);
	return true;
}

/*
 * Maps the page around gpa to the one at hpa, with these permissions and nothing else. Neither a dry run nor a log nor a prefetch asks for
 * more than that. access: what touches it now (tdp_access). false: not this simple, and nothing was done. Nothing of *op is written.
 */
TDP_INLINE bool page_map(const struct tdp_format *fmt, struct tree *t, const struct tdp_op *op, tdp_gpa_t gpa, tdp_hpa_t hpa,
			 uint32_t prot, uint32_t access, enum page_way way)
{
	const tdp_spte_t leaf = t->page_leaf[page_kind(prot, access)];
	struct page page = {.gpa = gpa, .value = leaf | fmt_address(fmt, hpa)};

	TDP_NOW(page.value);
	if (tdp_unlikely(leaf == 0 || !page_find(fmt, t, &page, way) || !fmt_is_empty(fmt, 0, page.old)))
		return false;
	switch (way) {
	case PAGE_ALONE:
		return page_map_alone(t, &page);
	case PAGE_SHARED:
		return page_map_shared(fmt, t, op, &page);
	default:
		return page_map_hooks(fmt, t, op, &page, hpa, (struct tdp_attrs){.prot = (uint8_t)prot});
	}
}

#endif
