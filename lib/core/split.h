/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Split a huge leaf into a table of the next level (protocols S-O and S-B): the table is complete before anything points to it, and
 * every page of it inherits the leaf's translation, attributes, software bits, Accessed and Dirty.
 */
#ifndef TDPMMU_CORE_SPLIT_H
#define TDPMMU_CORE_SPLIT_H

#include "build.h"
#include "decode.h"

/* May hardware be changing this leaf now? Only then does replacing it need a locked operation. */
TDP_INLINE bool leaf_moving(const struct tdp_format *fmt, const struct tree *t, unsigned level, tdp_spte_t e)
{
	bool wants_a = fmt_hw_accessed(fmt, &t->layout) && !(e & fmt_at(fmt, level, fmt->a));
	bool wants_d =
		fmt_hw_dirty(fmt, &t->layout) && (e & fmt_at(fmt, level, fmt->w)) && !(e & fmt_at(fmt, level, fmt_hard_dirty(fmt)));

	return t->live && (wants_a || wants_d);
}

/* A tree with NO_BREAK refuses what needs an invalid window in a live tree. */
TDP_INLINE bool break_refused(const struct tdp_format *fmt, const struct tree *t)
{
	return fmt->discipline == TDP_BREAK_BEFORE_MAKE && (t->flags & TDP_TREE_NO_BREAK) && t->live;
}

/* The bits of a child of leaf e, at level-0 positions. Cannot fail: what a level holds, the one below it holds too. */
TDP_INLINE tdp_spte_t split_child_bits(const struct tdp_format *fmt, const struct tree *t, unsigned level, tdp_spte_t e)
{
	tdp_spte_t moving = fmt_moving_bits(fmt, 0);
	tdp_spte_t plain = fmt_unskew(fmt, level, e);
	struct tdp_entry entry;
	tdp_spte_t bits = 0;

	fmt_decode(fmt, &t->layout, TDP_OURS, level, e, &entry);
	if (TDP_BROKEN(SPLIT_LOSE_ATTRS))
		entry.attrs.memtype = TDP_MT_WB, entry.attrs.sw = 0;
	if (TDP_BROKEN(SPLIT_LOSE_DIRTY))
		plain &= ~fmt->d;
	(void)fmt->encode(&t->layout, level - 1 > 0, entry.attrs, &bits);
	return (bits & ~moving) | (plain & moving);
}

TDP_INLINE void split_fill(const struct tdp_format *fmt, const struct tree *t, unsigned level, tdp_spte_t e, tdp_spte_t *child)
{
	tdp_spte_t bits = split_child_bits(fmt, t, level, e);
	tdp_hpa_t hpa = fmt_leaf_hpa(fmt, &t->layout, level, e);

	spte_fill_private(child, fmt_entries(fmt), fmt_make_leaf(fmt, &t->layout, level - 1, hpa, bits),
			  TDP_BROKEN(SPLIT_WRONG_STEP) ? 0 : fmt_step(fmt, level - 1));
	table_clean(t, child, fmt_table_bytes(fmt));
}

/*
 * The huge leaf *p of level, around gpa, becomes a table. An error changes nothing. Not for dry runs.
 */
TDP_INLINE enum tdp_result split_leaf(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, tdp_spte_t *p,
				      unsigned level, tdp_gpa_t gpa)
{
	tdp_gpa_t base = gpa & ~(fmt_size(fmt, level) - 1), end = base + fmt_size(fmt, level);
	tdp_spte_t old = spte_load(p), seen, link;
	struct tdp_table child;
	enum tdp_result r;

	if (break_refused(fmt, t))
		return TDP_UNSUPPORTED;
	r = take_tables(t, op, 1, &child);
	if (r < 0)
		return r;
	link = fmt_make_table(fmt, &t->layout, level, child.hpa);
	if (TDP_BROKEN(SPLIT_LINK_EMPTY))
		spte_store(p, link);
	if (fmt->discipline == TDP_OVERWRITE || !t->live || TDP_BROKEN(SPLIT_NO_BREAK)) {
		/* Hardware that set Accessed or Dirty meanwhile makes the exchange fail: fill again from what it left. */
		do
			split_fill(fmt, t, level, old, child.va);
		while (!spte_cmpxchg(p, &old, link, leaf_moving(fmt, t, level, old)) && !TDP_BROKEN(SPLIT_LINK_EMPTY));
		table_clean(t, p, sizeof(*p));
		if ((t->layout.features & TDP_CAP_SPLIT_FLUSH) != 0)
			tdp_hook_flush(t, op->user, base, end, (int)level, FLUSH_LEAF);
		return TDP_OK;
	}
	seen = old;
	split_fill(fmt, t, level, seen, child.va);
	old = spte_xchg(p, old, fmt_make_frozen(fmt, level, 0, 0), leaf_moving(fmt, t, level, old));
	table_clean(t, p, sizeof(*p));
	tdp_hook_flush(t, op->user, base, end, (int)level, FLUSH_LEAF);
	if (old != seen) /* what the exchange returned is final; the first read was not */
		split_fill(fmt, t, level, old, child.va);
	spte_store(p, link);
	table_clean(t, p, sizeof(*p));
	return TDP_OK;
}

#endif
