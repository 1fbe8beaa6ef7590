/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Split a huge leaf into a table of the next level (protocols S-O and S-B): the table is complete before anything points to it, and
 * every page of it inherits the leaf's translation, attributes, software bits, Accessed and Dirty.
 */
#ifndef TDPMMU_CORE_SPLIT_H
#define TDPMMU_CORE_SPLIT_H

#include "build.h"
#include "decode.h"

/* May hardware, or in a shared call another thread, be changing this leaf now? Only then does replacing it need a locked operation. */
TDP_INLINE bool leaf_moving(const struct tdp_format *fmt, const struct tree *t, bool shared, unsigned level, tdp_spte_t e)
{
	bool wants_a = fmt_hw_accessed(fmt, &t->layout) && !(e & fmt_at(fmt, level, fmt->a));
	bool wants_d =
		fmt_hw_dirty(fmt, &t->layout) && (e & fmt_at(fmt, level, fmt->w)) && !(e & fmt_at(fmt, level, fmt_hard_dirty(fmt)));

	return shared || (t->live && (wants_a || wants_d));
}

/* Are these two the same leaf but for bits that hardware or a grant may set? Then a compare-exchange that failed is tried again. */
TDP_INLINE bool leaf_same(const struct tdp_format *fmt, unsigned level, tdp_spte_t a, tdp_spte_t b)
{
	return ((fmt_untracked(fmt, level, a) ^ fmt_untracked(fmt, level, b)) & ~fmt_moving_bits(fmt, level)) == 0;
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
	bits = (bits & ~moving) | (plain & moving);
	return fmt_is_tracked(fmt, level, e) ? fmt_aged(fmt, 0, bits) : bits;
}

TDP_INLINE void split_fill(const struct tdp_format *fmt, const struct tree *t, unsigned level, tdp_spte_t e, tdp_spte_t *child)
{
	tdp_spte_t bits = split_child_bits(fmt, t, level, e);
	tdp_hpa_t hpa = fmt_leaf_hpa(fmt, &t->layout, level, e);

	spte_fill_private(child, fmt_entries(fmt), fmt_make_leaf(fmt, &t->layout, level - 1, hpa, bits),
			  TDP_BROKEN(SPLIT_WRONG_STEP) ? 0 : fmt_step(fmt, level - 1));
	table_clean(t, child, fmt_table_bytes(fmt));
}

/* Overwrite formats, or nobody walks the tree: one exchange; who sets a bit meanwhile makes it fail, and the child is filled again. */
TDP_INLINE bool split_overwrite(const struct tdp_format *fmt, struct tree *t, const struct tdp_op *op, tdp_spte_t *p,
				unsigned level, tdp_spte_t old, const struct tdp_table *child)
{
	tdp_spte_t link = fmt_make_table(fmt, &t->layout, level, child->hpa), seen = fmt_empty(fmt, level);

	do {
		if (!TDP_BROKEN(SPLIT_STALE) || !leaf_same(fmt, level, seen, old))
			split_fill(fmt, t, level, old, child->va);
		seen = old;
		if (spte_cmpxchg(p, &old, link, leaf_moving(fmt, t, op_shared(t, op), level, old)) || TDP_BROKEN(SPLIT_LINK_EMPTY))
			return true;
	} while (leaf_same(fmt, level, seen, old));
	return false;
}

/* A leaf on its way through a break. */
struct split_one {
	struct tdp_table child;
	tdp_spte_t old;	   /* what the leaf is; once frozen: was */
	tdp_spte_t filled; /* what the child was filled from */
};

/* Fills the child from one->old and makes the leaf FROZEN: what that exchange finds is final. false: it is another entry now. */
TDP_INLINE bool split_freeze(const struct tdp_format *fmt, struct tree *t, const struct tdp_op *op, tdp_spte_t *p, unsigned level,
			     struct split_one *one)
{
	one->filled = one->old;
	split_fill(fmt, t, level, one->filled, one->child.va);
	while (!spte_cmpxchg(p, &one->old, fmt_make_frozen(fmt, level, 0, 0),
			     leaf_moving(fmt, t, op_shared(t, op), level, one->old)))
		if (!leaf_same(fmt, level, one->filled, one->old))
			return false;
	table_clean(t, p, sizeof(*p));
	return true;
}

/* Behind the flush: the table takes the leaf's place. */
TDP_INLINE void split_link(const struct tdp_format *fmt, struct tree *t, tdp_spte_t *p, unsigned level, const struct split_one *one)
{
	if (one->old != one->filled)
		split_fill(fmt, t, level, one->old, one->child.va);
	spte_store(p, fmt_make_table(fmt, &t->layout, level, one->child.hpa));
	table_clean(t, p, sizeof(*p));
}

/* Break-before-make, for one leaf. false: it is another entry now. */
TDP_INLINE bool split_break(const struct tdp_format *fmt, struct tree *t, const struct tdp_op *op, tdp_spte_t *p, unsigned level,
			    tdp_gpa_t base, tdp_spte_t old, struct tdp_table child)
{
	struct split_one one = {.child = child, .old = old};

	if (!split_freeze(fmt, t, op, p, level, &one))
		return false;
	tdp_hook_flush(t, op->user, base, base + fmt_size(fmt, level), (int)level, FLUSH_LEAF);
	split_link(fmt, t, p, level, &one);
	return true;
}

/* May one store turn a leaf into a table? */
TDP_INLINE bool split_overwrites(const struct tdp_format *fmt, const struct tree *t)
{
	return fmt->discipline == TDP_OVERWRITE || !t->live || TDP_BROKEN(SPLIT_NO_BREAK);
}

/*
 * The huge leaf *p of level, around gpa, becomes a table. An error changes nothing; TDP_RACE: it is another entry now. Not for dry runs.
 */
TDP_INLINE enum tdp_result split_leaf(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, tdp_spte_t *p,
				      unsigned level, tdp_gpa_t gpa)
{
	tdp_gpa_t base = gpa & ~(fmt_size(fmt, level) - 1);
	tdp_spte_t old = spte_load(p);
	struct tdp_table child;
	enum tdp_result r;
	bool overwrite = split_overwrites(fmt, t);

	if (!fmt_is_present(fmt, level, old) || !fmt_is_leaf(fmt, level, old))
		return TDP_RACE;
	if (break_refused(fmt, t))
		return TDP_UNSUPPORTED;
	r = take_tables(fmt, t, op, 1, &child);
	if (r < 0)
		return r;
	if (TDP_BROKEN(SPLIT_LINK_EMPTY))
		spte_store(p, fmt_make_table(fmt, &t->layout, level, child.hpa));
	if (!(overwrite ? split_overwrite(fmt, t, op, p, level, old, &child)
			: split_break(fmt, t, op, p, level, base, old, child))) {
		give_tables(t, op, 1, &child);
		return TDP_RACE;
	}
	table_clean(t, p, sizeof(*p));
	if (overwrite && (t->layout.features & TDP_CAP_SPLIT_FLUSH) != 0)
		tdp_hook_flush(t, op->user, base, base + fmt_size(fmt, level), (int)level, FLUSH_LEAF);
	return TDP_OK;
}

#endif
