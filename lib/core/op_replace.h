/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Change output addresses (I7): each leaf goes FROZEN with Dirty and SD as marks, one flush for all, then each comes back with its
 * new address. The same two passes on every format, so the guest never sees two pages at one address.
 */
#ifndef TDPMMU_CORE_OP_REPLACE_H
#define TDPMMU_CORE_OP_REPLACE_H

#include "edge.h"
#include "reap.h"
#include "run.h"

struct replace {
	const struct run_source *source; /* the new memory */
	tdp_gpa_t gpa;
	tdp_hpa_t old_hpa; /* of gpa */
	struct run run;
	unsigned level; /* of every leaf taken, while taken; -1: mixed */
	bool taken;
	bool linked; /* a leaf was split */
	bool shared; /* other threads may be inside: flush and make table by table */
	struct dirty_run dirty;
	enum tdp_result result;
};

/* Makes sure that the run covers c->gpa. */
static inline enum tdp_result replace_run(const struct tdp_format *fmt, const struct tree *t, const struct tdp_op *op,
					  struct replace *x, const struct cursor *c, tdp_gpa_t end)
{
	if (c->gpa >= x->run.gpa && c->gpa < x->run.end)
		return TDP_OK;
	return run_get(fmt, t, op, x->source, c->gpa, end, &x->run);
}

/* The leaf as it shall be; marks: what the old one had. */
static inline tdp_spte_t replace_entry(const struct tdp_format *fmt, const struct tree *t, const struct replace *x,
				       const struct cursor *c, tdp_spte_t frozen)
{
	tdp_spte_t bits = x->run.bits[c->level > 0];

	if (fmt_frozen_has(fmt, c->level, frozen, TDP_FROZEN_DIRTY))
		bits |= fmt_soft_dirty(fmt);
	if (fmt_frozen_has(fmt, c->level, frozen, TDP_FROZEN_WRITTEN))
		bits |= fmt->sd;
	return fmt_make_leaf(fmt, &t->layout, c->level, run_hpa(&x->run, c->gpa), bits);
}

/* Takes the leaf at the cursor, which was old. false: another call changed it. */
static inline bool replace_take(const struct tdp_format *fmt, struct tree *t, struct replace *x, const struct cursor *c,
				tdp_spte_t *p, tdp_spte_t old)
{
	tdp_spte_t seen = old, frozen;

	do {
		tdp_spte_t marks = fmt_is_dirty(fmt, c->level, old) ? TDP_FROZEN_DIRTY : 0;

		if (!leaf_same(fmt, c->level, seen, old))
			return false;
		if (old & fmt_at(fmt, c->level, fmt_collected(fmt)))
			marks |= TDP_FROZEN_WRITTEN;
		frozen = fmt_make_frozen(fmt, c->level, 0, marks);
		if (TDP_BROKEN(REPLACE_NO_BREAK))
			frozen = replace_entry(fmt, t, x, c, frozen);
	} while (!spte_cmpxchg(p, &old, frozen, leaf_moving(fmt, t, x->shared, c->level, old)));
	table_clean(t, p, sizeof(*p));
	x->level = !x->taken || x->level == c->level ? c->level : (unsigned)-1;
	x->taken = true;
	return true;
}

/* Tables that replacing [gpa, end), part of one leaf of this level, takes: it is split as far as the new memory's alignment demands. */
static inline enum tdp_result replace_count(const struct tdp_format *fmt, const struct tree *t, struct tdp_op *op,
					    struct replace *x, const struct cursor *c, tdp_gpa_t end)
{
	struct cursor at = *c;
	enum tdp_result r = TDP_OK;

	for (unsigned l; at.gpa < end; at.gpa += fmt_size(fmt, l)) {
		r = replace_run(fmt, t, op, x, &at, c->end);
		if (r < 0)
			break;
		l = run_leaf_level(fmt, t, &x->run, at.gpa, c->level);
		while (end - at.gpa < fmt_size(fmt, l))
			l--;
		for (unsigned k = l + 1; k <= c->level; k++) /* tables that this page is the first one in */
			op->tables += at.gpa == c->gpa || (at.gpa & (fmt_size(fmt, k) - 1)) == 0;
	}
	return r;
}

/* Splits the leaf *p at the cursor by one level, if there are tables for all that must be split in it. */
static inline enum tdp_result replace_split(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct replace *x,
					    const struct cursor *c, tdp_spte_t *p)
{
	tdp_gpa_t entry_end = cursor_base(fmt, c) + fmt_size(fmt, c->level);
	struct tdp_op count = {0};
	enum tdp_result r = replace_count(fmt, t, &count, x, c, entry_end < c->end ? entry_end : c->end);

	if (r < 0)
		return r;
	if (op_cache_count(t, op) < count.tables) {
		op->tables = count.tables - op_cache_count(t, op);
		return TDP_NOMEM;
	}
	x->linked = true;
	return split_leaf(fmt, t, op, p, c->level, c->gpa);
}

/* May the entry at the cursor be replaced? Makes sure that the run covers it. */
static inline enum tdp_result replace_check(const struct tdp_format *fmt, const struct tree *t, const struct tdp_op *op,
					    struct replace *x, const struct cursor *c, tdp_spte_t e)
{
	if (fmt_is_frozen(fmt, c->level, e))
		return fmt_frozen_why(fmt, c->level, e);
	if (!fmt_is_present(fmt, c->level, e))
		return TDP_ABSENT;
	if (fmt_leaf_hpa(fmt, &t->layout, c->level, e) + (c->gpa - cursor_base(fmt, c)) != x->old_hpa + (c->gpa - x->gpa))
		return TDP_RACE;
	return replace_run(fmt, t, op, x, c, c->end);
}

/* First pass, one table; see cursor.h. */
static inline enum cursor_step replace_take_step(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct replace *x,
						 struct cursor *c)
{
	unsigned level = c->level, n = cursor_count(fmt, t, c);
	tdp_spte_t *p = cursor_entry(fmt, t, c);

	for (unsigned i = 0; i < n;) {
		tdp_spte_t e = spte_load(p + i);

		c->down_to = level - 1;
		if (fmt_is_table(fmt, level, e))
			return CURSOR_DOWN;
		x->result = replace_check(fmt, t, op, x, c, e);
		if (x->result >= 0 && (op->flags & TDP_DRY_RUN)) {
			tdp_gpa_t entry_end = cursor_base(fmt, c) + fmt_size(fmt, level);

			x->result = replace_count(fmt, t, op, x, c, entry_end < c->end ? entry_end : c->end);
		} else if (x->result >= 0 && run_leaf_level(fmt, t, &x->run, c->gpa, level) == level) {
			if (!replace_take(fmt, t, x, c, p + i, e))
				continue;
		} else if (x->result >= 0) {
			x->result = replace_split(fmt, t, op, x, c, p + i);
			if (x->result == TDP_RACE) /* another call has split it, or something else is there */
				continue;
			return x->result < 0 ? CURSOR_STOP : CURSOR_DOWN;
		}
		if (x->result < 0)
			return CURSOR_STOP;
		cursor_next(fmt, c);
		i++;
	}
	return CURSOR_DONE;
}

/* One frozen entry of ours: the old page was written, or not. */
static inline void replace_report_entry(const struct tdp_format *fmt, const struct tree *t, const struct tdp_op *op,
					struct replace *x, const struct cursor *c, tdp_spte_t e)
{
	if (fmt_frozen_has(fmt, c->level, e, TDP_FROZEN_DIRTY | TDP_FROZEN_WRITTEN))
		dirty_add(t, op->user, &x->dirty, c->gpa, fmt_size(fmt, c->level));
}

/* It gets its new address. */
static inline void replace_make_entry(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct replace *x,
				      const struct cursor *c, tdp_spte_t *p, tdp_spte_t e)
{
	uint64_t size = fmt_size(fmt, c->level);

	(void)replace_run(fmt, t, op, x, c, c->end); /* it was there the first time */
	page_sync(t, run_hpa(&x->run, c->gpa), size, x->run.sync_data, x->run.sync_exec);
	spte_store(p, replace_entry(fmt, t, x, c, e));
	table_clean(t, p, sizeof(*p));
	op->changed += size;
}

/* Second pass: every frozen entry is ours. */
static inline enum cursor_step replace_make_step(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct replace *x,
						 struct cursor *c)
{
	unsigned level = c->level, n = cursor_count(fmt, t, c);
	tdp_spte_t *p = cursor_entry(fmt, t, c);

	for (unsigned i = 0; i < n; i++, cursor_next(fmt, c)) {
		tdp_spte_t e = spte_load(p + i);

		c->down_to = level - 1;
		if (fmt_is_table(fmt, level, e))
			return CURSOR_DOWN;
		if (fmt_is_frozen(fmt, level, e)) {
			replace_report_entry(fmt, t, op, x, c, e);
			replace_make_entry(fmt, t, op, x, c, p + i, e);
		}
	}
	return CURSOR_DONE;
}

static inline void replace_make(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct replace *x, tdp_gpa_t end)
{
	struct cursor c;

	c = cursor_start(t, x->gpa, end);
	while (cursor_follow(fmt, t, &c, replace_make_step(fmt, t, op, x, &c)))
		;
	dirty_report(t, op->user, &x->dirty);
	walker_barrier(t);
}

/* Shared: what was taken in the cursor's table, [gpa, c->gpa), which is all of it, gets its new address behind a flush. */
static inline void replace_table(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct replace *x,
				 const struct cursor *c, tdp_gpa_t gpa)
{
	struct cursor at = *c;

	if (!x->taken)
		return;
	tdp_hook_flush(t, op->user, gpa, c->gpa, (int)x->level, FLUSH_LEAF);
	for (at.gpa = gpa; at.gpa < c->gpa; cursor_next(fmt, &at))
		replace_report_entry(fmt, t, op, x, &at, spte_load(cursor_entry(fmt, t, &at)));
	/* Before another call can take the new page away and report it. */
	dirty_report(t, op->user, &x->dirty);
	for (at.gpa = gpa; at.gpa < c->gpa; cursor_next(fmt, &at)) {
		tdp_spte_t *p = cursor_entry(fmt, t, &at);

		replace_make_entry(fmt, t, op, x, &at, p, spte_load(p));
	}
	walker_barrier(t);
	x->taken = false;
}

static inline enum tdp_result replace_shared(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct replace *x,
					     tdp_gpa_t end)
{
	struct cursor c = cursor_start(t, x->gpa, end);
	enum cursor_step step;
	tdp_gpa_t gpa;

	do {
		gpa = c.gpa;
		step = replace_take_step(fmt, t, op, x, &c);
		replace_table(fmt, t, op, x, &c, gpa);
	} while (cursor_follow(fmt, t, &c, step));
	op->next = c.gpa;
	if (x->linked) /* a table, behind which nothing was to be taken any more */
		walker_barrier(t);
	return x->result;
}

TDP_INLINE enum tdp_result op_replace(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, tdp_hpa_t old_hpa,
				      tdp_hpa_t new_hpa, struct tdp_attrs attrs, struct tdp_op *op)
{
	struct run_source source = {.fixed = {.hpa = new_hpa, .attrs = attrs}, .gpa = gpa};
	struct replace x = {.source = &source, .gpa = gpa, .old_hpa = old_hpa, .shared = op_shared(t, op)};
	struct cursor c;
	enum tdp_result r = run_get(fmt, t, op, &source, gpa, end, &x.run);

	if (r < 0)
		return r;
	if ((t->flags & TDP_TREE_NO_BREAK) && t->live)
		return TDP_UNSUPPORTED;
	if (x.shared && !(op->flags & TDP_DRY_RUN))
		return replace_shared(fmt, t, op, &x, end);
	c = cursor_start(t, gpa, end);
	while (cursor_follow(fmt, t, &c, replace_take_step(fmt, t, op, &x, &c)))
		;
	op->next = c.gpa;
	if (x.linked && !x.taken)
		walker_barrier(t);
	if (op->flags & TDP_DRY_RUN || !x.taken)
		return x.result;
	if (TDP_BROKEN(REPLACE_FLUSH_LATE))
		replace_make(fmt, t, op, &x, c.gpa);
	tdp_hook_flush(t, op->user, gpa, c.gpa, (int)x.level, FLUSH_LEAF);
	replace_make(fmt, t, op, &x, c.gpa);
	return x.result;
}

#endif
