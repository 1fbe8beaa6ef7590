/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leaves that stick out of a range, for operations that promise to act exactly on it: at most one at either end, possibly the same
 * one. They are split first, before anything else changes, or left out (SKIP_PARTIAL), or taken whole (OVERZAP).
 */
#ifndef TDPMMU_CORE_EDGE_H
#define TDPMMU_CORE_EDGE_H

#include "attrs_update.h"
#include "split.h"

/* What lies across an address. */
struct edge {
	bool across; /* an entry that begins before the address and ends behind it ... */
	bool leaf;   /* ... which is a leaf, not a note */
	tdp_gpa_t base;
	unsigned level;
};

/* Highest level at which x is the boundary between two entries. */
static inline unsigned boundary_level(const struct tdp_format *fmt, const struct tree *t, tdp_gpa_t x)
{
	unsigned level = t->layout.top_level;

	while (x & (fmt_size(fmt, level) - 1))
		level--;
	return level;
}

/* update: if given, a leaf that it would not change does not count. */
static inline struct edge edge_find(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t x, bool notes, struct update *update)
{
	struct cursor c;
	struct edge edge = {0};
	tdp_spte_t e;

	c = cursor_start(t, x, x + 1);
	if (x >= t->gpa_end)
		return edge;
	e = cursor_seek(fmt, t, &c);
	edge.base = cursor_base(fmt, &c);
	edge.level = c.level;
	edge.leaf = fmt_is_present(fmt, c.level, e);
	edge.across = edge.base < x && (edge.leaf || (notes && fmt_is_note(fmt, c.level, e)));
	if (edge.across && update) {
		tdp_spte_t new_entry;

		edge.across = update_entry(fmt, t, update, c.level, e, &new_entry) >= 0 && new_entry != e;
	}
	cursor_stop(t, &c);
	return edge;
}

/* Tables that splitting at both ends takes, exactly. */
static inline unsigned edges_tables(const struct tdp_format *fmt, const struct tree *t, tdp_gpa_t gpa, const struct edge *lo,
				    tdp_gpa_t end, const struct edge *hi)
{
	unsigned n = 0, level = hi->level;

	if (lo->across)
		n += lo->level - boundary_level(fmt, t, gpa);
	if (!hi->across)
		return n;
	/* In the same leaf the lower end has split part of the way already. */
	if (lo->across && lo->base == hi->base)
		while (level > boundary_level(fmt, t, gpa) && gpa >> fmt_shift(fmt, level) == end >> fmt_shift(fmt, level))
			level--;
	if (level > boundary_level(fmt, t, end))
		n += level - boundary_level(fmt, t, end);
	return n;
}

/* Splits until x is a boundary. There are tables enough. */
static inline enum tdp_result edge_split(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, tdp_gpa_t x)
{
	struct cursor c;
	enum tdp_result r = TDP_OK;

	c = cursor_start(t, x, x + 1);
	while (r >= 0) {
		tdp_spte_t e = cursor_seek(fmt, t, &c);

		if (cursor_base(fmt, &c) == x)
			break;
		if (fmt_is_frozen(fmt, c.level, e)) {
			r = fmt_frozen_why(fmt, c.level, e);
		} else if (fmt_is_present(fmt, c.level, e)) {
			r = split_leaf(fmt, t, op, cursor_entry(fmt, t, &c), c.level, x);
		} else if (fmt_is_empty(fmt, c.level, e)) {
			break; /* gone meanwhile */
		} else {
			tdp_spte_t note = fmt_at(fmt, c.level - 1, fmt_unskew(fmt, c.level, e));
			struct fill copy = {.value = note, .n = 1};

			r = build_path(fmt, t, op, cursor_entry(fmt, t, &c), c.level, c.level - 1, x, e, copy);
		}
	}
	cursor_stop(t, &c);
	return r;
}

/*
 * Make [*gpa, *end) end at entry boundaries, as op->flags say; it may grow (OVERZAP) or shrink, to nothing (SKIP_PARTIAL). An error
 * has changed nothing. In a dry run counts and changes nothing.
 */
static inline enum tdp_result edges_prepare(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, tdp_gpa_t *gpa,
					    tdp_gpa_t *end, bool notes, struct update *update)
{
	struct edge lo = edge_find(fmt, t, *gpa, notes, update), hi = edge_find(fmt, t, *end, notes, update);
	unsigned need, have = op_cache_count(t, op);
	enum tdp_result r = TDP_OK;

	if (!lo.across && !hi.across)
		return TDP_OK;
	if (op->flags & (TDP_OVERZAP | TDP_SKIP_PARTIAL)) {
		bool grow = (op->flags & TDP_OVERZAP) != 0;

		if (lo.across)
			*gpa = grow ? lo.base : lo.base + fmt_size(fmt, lo.level);
		if (hi.across)
			*end = grow ? hi.base + fmt_size(fmt, hi.level) : hi.base;
		return TDP_OK;
	}
	if (((lo.across && lo.leaf) || (hi.across && hi.leaf)) && break_refused(fmt, t))
		return TDP_UNSUPPORTED;
	need = edges_tables(fmt, t, *gpa, &lo, *end, &hi);
	if (op->flags & TDP_DRY_RUN) {
		op->tables += need;
		return TDP_OK;
	}
	if (have < need) {
		op->tables = need - have;
		return TDP_NOMEM;
	}
	if (lo.across)
		r = edge_split(fmt, t, op, *gpa);
	if (r >= 0 && hi.across)
		r = edge_split(fmt, t, op, *end);
	walker_barrier(t);
	return r == TDP_NOMEM ? TDP_RACE : r; /* it was counted for a smaller leaf: count again */
}

#endif
