/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk of a range, a table at a time.
 *
 *      root  [ . | T | . | . ]            level 3        the cursor stands in one table and holds those above it;
 *                  |                                     an operation works through the entries of that table that
 *            [ . | . | T | L ]            level 2        lie in the range, in a loop of its own, and says
 *                      |                                 DOWN  "the entry at c->gpa is a table, go into it"
 *                [ T | . | . | . ]        level 1        DONE  "this table is finished", c->gpa behind its last entry
 *                  |                                     STOP  "finished early"
 *            [ L L L L L L L L ]          level 0
 *
 * So the operation decides once per table what to do with 512 entries, and nothing is called per entry. A NULL table is virtual: a
 * dry run walks through tables that the real run would have linked.
 */
#ifndef TDPMMU_CORE_CURSOR_H
#define TDPMMU_CORE_CURSOR_H

#include "shared.h"
#include "spte.h"

struct cursor {
	tdp_gpa_t gpa; /* first address not finished */
	tdp_gpa_t end;
	const struct tdp_op *op; /* may pause between tables; NULL: may not */
	bool dry;		 /* tables may be virtual */
	unsigned level;		 /* of the current table's entries */
	unsigned down_to;	 /* DOWN: level of the table to go to, usually one below */
	tdp_spte_t *table[TDP_MAX_LEVELS];
	tdp_hpa_t hpa[TDP_MAX_LEVELS]; /* of each table */
};

enum cursor_step { CURSOR_DOWN, CURSOR_DONE, CURSOR_STOP };

/* At the root, on the way to gpa. */
TDP_INLINE struct cursor cursor_start(const struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end)
{
	struct cursor c;

	c.gpa = gpa;
	c.end = end;
	c.op = NULL;
	c.dry = false;
	c.level = t->layout.top_level;
	c.down_to = 0;
	c.table[c.level] = t->root;
	c.hpa[c.level] = t->root_table.hpa;
	return c;
}

/* The same for an operation that may be a dry run, and may pause. */
TDP_INLINE struct cursor cursor_start_op(const struct tree *t, const struct tdp_op *op, tdp_gpa_t gpa, tdp_gpa_t end)
{
	struct cursor c = cursor_start(t, gpa, end);

	c.dry = (op->flags & TDP_DRY_RUN) != 0;
	c.op = (op->flags & TDP_MAY_YIELD) && (!c.dry || (op->flags & OP_REST)) ? op : NULL;
	return c;
}

/* Index of c->gpa in the current table. The root may be several tables in a row, so its index is not masked. */
TDP_INLINE unsigned cursor_index(const struct tdp_format *fmt, const struct tree *t, const struct cursor *c)
{
	if (c->level == t->layout.top_level)
		return (unsigned)(c->gpa >> fmt_shift(fmt, c->level));
	return fmt_index(fmt, c->level, c->gpa);
}

/* The current entry; NULL in a virtual table. */
TDP_INLINE tdp_spte_t *cursor_entry(const struct tdp_format *fmt, const struct tree *t, const struct cursor *c)
{
	tdp_spte_t *table = c->table[c->level];

	return table ? table + cursor_index(fmt, t, c) : NULL;
}

/* First address of the current entry's span. */
TDP_INLINE tdp_gpa_t cursor_base(const struct tdp_format *fmt, const struct cursor *c)
{
	return c->gpa & ~(fmt_size(fmt, c->level) - 1);
}

/* How many entries of the current table, from c->gpa on, lie in the range at least in part. */
TDP_INLINE unsigned cursor_count(const struct tdp_format *fmt, const struct tree *t, const struct cursor *c)
{
	unsigned shift = fmt_shift(fmt, c->level);
	uint64_t in_range = ((c->end - 1) >> shift) - (c->gpa >> shift) + 1;
	uint64_t in_table = c->level == t->layout.top_level ? in_range : fmt_entries(fmt) - cursor_index(fmt, t, c);

	return (unsigned)(in_range < in_table ? in_range : in_table);
}

/* Whether the current entry's whole span lies in what is left of the range. */
TDP_INLINE bool cursor_whole(const struct tdp_format *fmt, const struct cursor *c)
{
	uint64_t size = fmt_size(fmt, c->level);

	return (c->gpa & (size - 1)) == 0 && c->end - c->gpa >= size;
}

/* Behind the current entry. */
TDP_INLINE void cursor_next(const struct tdp_format *fmt, struct cursor *c)
{
	c->gpa = cursor_base(fmt, c) + fmt_size(fmt, c->level);
}

/* Behind the current entry p, which is empty, and those of the next n - 1 that follow it and are empty, too. How many that were. */
TDP_INLINE unsigned cursor_skip_empty(const struct tdp_format *fmt, struct cursor *c, const tdp_spte_t *p, unsigned n)
{
	const tdp_spte_t empty = fmt_empty(fmt, c->level);
	unsigned k = 1;

	while (k < n) {
		unsigned line = (uintptr_t)(p + k) % (SPTE_LINE * sizeof(*p)) == 0 && n - k >= SPTE_LINE ? SPTE_LINE : 1;

		if (!spte_all(p + k, line, empty))
			break;
		k += line;
	}
	c->gpa = cursor_base(fmt, c) + ((uint64_t)k << fmt_shift(fmt, c->level));
	return k;
}

/*
 * Into the table that the current entry points to; in a dry run, where it points to none, into a virtual one. false: it is no table, or
 * not any more (another call changed it): the cursor stays, so that the entry is looked at again.
 */
TDP_INLINE bool cursor_down(const struct tdp_format *fmt, const struct tree *t, struct cursor *c)
{
	const tdp_spte_t *entry = cursor_entry(fmt, t, c);
	tdp_spte_t e = entry ? spte_load(entry) : 0;

	if (tdp_likely(entry && (fmt_is_table(fmt, c->level, e) || TDP_BROKEN(HUGE_AS_TABLE)))) {
		table_clean_seen(t, t->shared, entry, sizeof(*entry));
		c->hpa[c->level - 1] = fmt_table_hpa(fmt, &t->layout, c->level, e);
		c->table[c->level - 1] = table_get(t, c->hpa[c->level - 1], c->level - 1, c->gpa);
	} else if (c->dry) {
		c->table[c->level - 1] = NULL;
	} else {
		return false;
	}
	c->level--;
	return true;
}

TDP_INLINE void cursor_up(const struct tree *t, struct cursor *c)
{
	if (c->table[c->level])
		table_put(t, c->table[c->level]);
	c->level++;
}

/* Whether c->gpa has left the current table. */
TDP_INLINE bool cursor_left_table(const struct tdp_format *fmt, const struct cursor *c)
{
	return (c->gpa & (fmt_size(fmt, c->level + 1) - 1)) == 0;
}

/*
 * The entry at gpa that is not a table, where it lies, and its level: lookups and the fault path. Unrolled, with constant shifts, the
 * entry and what the walk needs in registers. For trees whose tables lie at a constant offset (table_map is NULL). top: level of the
 * root's entries.
 */
TDP_INLINE tdp_spte_t descend_from(const struct tdp_format *fmt, const struct tree *t, unsigned top, tdp_gpa_t gpa, unsigned *level,
				   tdp_spte_t **entry)
{
	const uint64_t mask = t->table_mask, offset = t->va_offset;
	tdp_spte_t *p = t->root + (gpa >> fmt_shift(fmt, top));
	tdp_spte_t e = spte_load(p);
	size_t index;

#pragma GCC unroll 8
	for (unsigned l = TDP_MAX_LEVELS - 1; l > 0; l--) {
		if (l >= fmt->max_levels || (l >= fmt->min_levels && l > top))
			continue;
		if (tdp_unlikely(!fmt_is_table(fmt, l, e))) {
			*level = l;
			*entry = p;
			return e;
		}
		index = fmt_index(fmt, l - 1, gpa);
		TDP_NOW(index);
		p = (tdp_spte_t *)(uintptr_t)(fmt_masked_hpa(fmt, mask, l, e) + offset) + index;
		e = spte_load(p);
	}
	*level = 0;
	*entry = p;
	return e;
}

/* The same in a tree that is as deep as most: not t->far. */
TDP_INLINE tdp_spte_t descend(const struct tdp_format *fmt, const struct tree *t, tdp_gpa_t gpa, unsigned *level,
			      tdp_spte_t **entry)
{
	return descend_from(fmt, t, fmt_usual_top(fmt, t->layout.top_level), gpa, level, entry);
}

/* Release every table that is still held. */
TDP_INLINE void cursor_stop(const struct tree *t, struct cursor *c)
{
	if (tdp_unlikely(t->table_map != NULL))
		while (c->level < t->layout.top_level)
			cursor_up(t, c);
}

/* Go down from where the cursor stands to the entry at c->gpa that is not a table. */
TDP_INLINE tdp_spte_t cursor_seek(const struct tdp_format *fmt, const struct tree *t, struct cursor *c)
{
	for (;;) {
		tdp_spte_t e = spte_load(cursor_entry(fmt, t, c));

		if (!fmt_is_table(fmt, c->level, e) || c->level == 0)
			return e;
		cursor_down(fmt, t, c);
	}
}

/* Cleans every entry on the way to gpa, and the last one. Out of line: few trees need it. */
static __attribute__((noinline)) void way_clean(const struct tdp_format *fmt, const struct tree *t, tdp_gpa_t gpa)
{
	struct cursor c = cursor_start(t, gpa, gpa + 1);

	(void)cursor_seek(fmt, t, &c);
	table_clean(t, cursor_entry(fmt, t, &c), sizeof(tdp_spte_t));
	cursor_stop(t, &c);
}

/* For a call that says that gpa is mapped, and has not come there by a cursor: see table_clean_seen(). */
TDP_INLINE void way_seen(const struct tdp_format *fmt, const struct tree *t, bool shared, tdp_gpa_t gpa)
{
	if (tdp_unlikely(t->ops->table_clean != NULL) && shared)
		way_clean(fmt, t, gpa);
}

/* In a tree of one level leaf tables are the root: is one of these entries DEAD? */
TDP_INLINE bool root_pages_dead(const struct tdp_format *fmt, const struct tree *t, const tdp_spte_t *p, unsigned n)
{
	if (tdp_likely(fmt->min_levels > 1 || t->layout.top_level > 0))
		return false;
	for (unsigned i = 0; i < n; i++)
		if (fmt_is_dead(fmt, 0, spte_load(p + i)))
			return true;
	return false;
}

/* Go where an operation's answer leads. false: the walk is over (finished, or stopped with c->gpa where). */
TDP_INLINE bool cursor_follow(const struct tdp_format *fmt, const struct tree *t, struct cursor *c, enum cursor_step step)
{
	if (step == CURSOR_DOWN) {
		while (cursor_down(fmt, t, c) && c->level > c->down_to)
			;
		return true;
	}
	if (step == CURSOR_DONE && c->gpa < c->end && !(tdp_unlikely(c->op != NULL) && op_pauses(t, c->op))) {
		while (c->level < t->layout.top_level && cursor_left_table(fmt, c))
			cursor_up(t, c);
		return true;
	}
	cursor_stop(t, c);
	return false;
}

#endif
