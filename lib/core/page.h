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

/*
 * Maps the page at gpa, which is aligned; bits are added to it. hooks: the tree has some to call, or is shared. false: not this simple, and nothing
 * was done. Not for trees with table_map.
 */
TDP_INLINE bool page_map(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, tdp_gpa_t gpa, tdp_hpa_t hpa,
			 struct tdp_attrs attrs, tdp_spte_t bits, bool hooks)
{
	const uint32_t rare = TDP_DRY_RUN | TDP_LOG_DIRTY | TDP_PREFETCH;
	tdp_spte_t leaf, e;
	tdp_spte_t *p;
	unsigned level;

	if (tdp_unlikely((op->flags & rare) || !attrs_plain(attrs)))
		return false;
	leaf = t->page_leaf[attrs.prot];
	e = descend(fmt, t, gpa, &level, &p);
	if (tdp_unlikely(level != 0 || !fmt_is_empty(fmt, 0, e) || leaf == 0))
		return false;
	/* As install() does: claim, look at the gathers, make the page ready. */
	if (tdp_unlikely(gathers_open(t) != 0) && !TDP_BROKEN(MAP_IGNORE_GATHER))
		return false;
	if (hooks && op_shared(t, op)) {
		if (!spte_cmpxchg(p, &e, fmt->frozen, true))
			return false;
		if (!TDP_BROKEN(MAP_GATHERS_FIRST) && tdp_unlikely(gathers_open(t) != 0) && !TDP_BROKEN(MAP_IGNORE_GATHER))
			tdp_hook_flush(t, op->user, gpa, gpa + fmt_size(fmt, 0), 0, FLUSH_LEAF);
	}
	if (hooks)
		page_sync(t, hpa, fmt_size(fmt, 0), run_sync_data(t, attrs), run_sync_exec(attrs));
	spte_store(p, leaf | bits | hpa);
	op->changed += fmt_size(fmt, 0);
	if (hooks) {
		table_clean(t, p, sizeof(*p));
		if (!TDP_BROKEN(NO_WALKER_BARRIER))
			walker_barrier(t);
	}
	return true;
}

#endif
