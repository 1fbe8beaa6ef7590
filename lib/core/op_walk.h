/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Visitors and the iterator: the one place where something is called per entry.
 */
#ifndef TDPMMU_CORE_OP_WALK_H
#define TDPMMU_CORE_OP_WALK_H

#include "engine.h"
#include "op_attr.h"

/* One walk; a visit's opaque words lead back to it. */
struct walk {
	tdp_visit_fn fn;
	void *arg;
	struct tdp_op *op;
	unsigned when;
	bool shared;
	tdp_gpa_t narrowed, narrowed_end; /* what tdp_visit_set() owes a flush for; empty: equal */
	enum tdp_result result;		  /* below 0: why it stopped */
};

/* Which of tdp_when an entry is, tables aside. */
TDP_INLINE unsigned walk_when(const struct tdp_entry *e)
{
	switch (e->kind) {
	case TDP_LEAF:
		return TDP_VISIT_LEAF;
	case TDP_EMPTY:
	case TDP_NOTE:
		return TDP_VISIT_HOLE;
	case TDP_TABLE:
		return 0;
	default:
		return TDP_VISIT_BAD;
	}
}

static inline void walk_describe(const struct tdp_format *fmt, const struct tree *t, const struct cursor *c, const tdp_spte_t *p,
				 tdp_spte_t e, struct tdp_visit *v)
{
	*v = (struct tdp_visit){.gpa = cursor_base(fmt, c)};
	v->entry_hpa = c->hpa[c->level] + (uint64_t)(p - c->table[c->level]) * sizeof(*p);
	fmt_decode(fmt, &t->layout, TDP_OURS, c->level, e, &v->entry);
}

/*
 * Calls the visitor about *p, which was e. TDP_AGAIN: look at the entry afresh; it may be a table by now. One that somebody else has frozen is
 * not waited for here: it may stand in a table that was retired, and then for ever.
 */
static inline enum tdp_verdict walk_call(const struct tdp_format *fmt, const struct tree *t, struct walk *w, const struct cursor *c,
					 tdp_spte_t *p, tdp_spte_t e, enum tdp_when when)
{
	enum tdp_verdict verdict;
	struct tdp_visit v;

	walk_describe(fmt, t, c, p, e, &v);
	v.when = (uint8_t)when;
	v.opaque[VISIT_MAGIC] = VISIT_IN_PROGRESS;
	v.opaque[VISIT_TREE] = (uintptr_t)t;
	v.opaque[VISIT_ENTRY] = (uintptr_t)p;
	v.opaque[VISIT_CONTEXT] = (uintptr_t)w;
	verdict = tdp_call_visitor(w->fn, w->arg, &v);
	if (verdict == TDP_AGAIN && fmt_is_frozen(fmt, c->level, e))
		w->result = fmt_frozen_why(fmt, c->level, e);
	if (verdict == TDP_STOP)
		w->result = TDP_STOPPED;
	return verdict;
}

/* One entry that is no table. */
static inline enum tdp_verdict walk_entry(const struct tdp_format *fmt, const struct tree *t, struct walk *w,
					  const struct cursor *c, tdp_spte_t *p, tdp_spte_t e)
{
	struct tdp_entry entry;
	unsigned when;

	if (fmt_is_empty(fmt, c->level, e) && !(w->when & TDP_VISIT_HOLE))
		return TDP_GO;
	fmt_decode(fmt, &t->layout, TDP_OURS, c->level, e, &entry);
	when = walk_when(&entry);
	if (w->when & when)
		return walk_call(fmt, t, w, c, p, e, (enum tdp_when)when);
	if (fmt_is_frozen(fmt, c->level, e) && w->shared)
		w->result = fmt_frozen_why(fmt, c->level, e);
	return TDP_GO;
}

static inline enum cursor_step walk_step(const struct tdp_format *fmt, struct tree *t, struct walk *w, struct cursor *c)
{
	unsigned n = cursor_count(fmt, t, c);
	tdp_spte_t *p = cursor_entry(fmt, t, c);

	for (unsigned i = 0; i < n;) {
		tdp_spte_t e = spte_load(p + i);
		bool table = fmt_is_table(fmt, c->level, e);
		enum tdp_verdict verdict = TDP_GO;

		if (!table)
			verdict = walk_entry(fmt, t, w, c, p + i, e);
		else if (w->when & TDP_VISIT_TABLE_PRE)
			verdict = walk_call(fmt, t, w, c, p + i, e, TDP_VISIT_TABLE_PRE);
		if (w->result < 0)
			return CURSOR_STOP;
		if (verdict == TDP_AGAIN)
			continue;
		c->down_to = c->level - 1;
		if (table && verdict != TDP_SKIP)
			return CURSOR_DOWN;
		cursor_next(fmt, c);
		i++;
	}
	return CURSOR_DONE;
}

/* Up from a finished table, telling the visitor. */
static inline void walk_leave(const struct tdp_format *fmt, struct tree *t, struct walk *w, struct cursor *c)
{
	enum tdp_verdict verdict = TDP_AGAIN;
	struct cursor at;
	tdp_spte_t *p;

	cursor_up(t, c);
	if (!(w->when & TDP_VISIT_TABLE_POST))
		return;
	at = *c;
	at.gpa = c->gpa - 1;
	p = cursor_entry(fmt, t, &at);
	while (verdict == TDP_AGAIN) {
		tdp_spte_t e = spte_load(p);

		if (!fmt_is_table(fmt, at.level, e)) /* it may be gone by now */
			return;
		verdict = walk_call(fmt, t, w, &at, p, e, TDP_VISIT_TABLE_POST);
	}
}

TDP_INLINE enum tdp_result op_walk(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, unsigned when,
				   tdp_visit_fn fn, void *arg, struct tdp_op *op)
{
	struct cursor c;
	struct walk w = {.fn = fn, .arg = arg, .op = op, .when = when, .shared = op_shared(t, op)};

	c = cursor_start(t, gpa, end);
	for (;;) {
		enum cursor_step step = walk_step(fmt, t, &w, &c);

		if (step == CURSOR_DOWN) {
			(void)cursor_down(fmt, t, &c);
			continue;
		}
		while (w.result >= 0 && c.level < t->layout.top_level && (c.gpa >= end || cursor_left_table(fmt, &c)))
			walk_leave(fmt, t, &w, &c);
		if (w.result < 0 || c.gpa >= end)
			break;
	}
	cursor_stop(t, &c);
	if (w.narrowed != w.narrowed_end && !TDP_BROKEN(ATTR_NO_FLUSH))
		flush_or_gather(t, op, w.narrowed, w.narrowed_end, -1);
	op->next = c.gpa < end ? c.gpa : end;
	return w.result;
}

/* What tdp_visit_set() owes at the end of the walk. */
static inline void walk_narrowed(struct walk *w, tdp_gpa_t gpa, tdp_gpa_t end)
{
	w->narrowed = w->narrowed == w->narrowed_end || gpa < w->narrowed ? gpa : w->narrowed;
	w->narrowed_end = end > w->narrowed_end ? end : w->narrowed_end;
}

/* Why an entry cannot be set. */
static inline enum tdp_result visit_check(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	if (fmt_is_frozen(fmt, level, e))
		return fmt_frozen_why(fmt, level, e);
	return fmt_is_present(fmt, level, e) && fmt_is_leaf(fmt, level, e) ? TDP_OK : TDP_ABSENT;
}

TDP_INLINE enum tdp_result op_visit_set(const struct tdp_format *fmt, struct tree *t, struct tdp_visit *v, struct tdp_attrs attrs,
					unsigned mask)
{
	struct walk *w = (struct walk *)(uintptr_t)v->opaque[VISIT_CONTEXT];
	tdp_spte_t *p = (tdp_spte_t *)(uintptr_t)v->opaque[VISIT_ENTRY];
	struct attr a = {
		.update = update_start(t, attrs, mask, (w->op->flags & TDP_LOG_DIRTY) != 0), .level = -2, .shared = w->shared};
	unsigned level = v->entry.level;
	tdp_spte_t e = spte_load(p), new_entry;
	enum tdp_result r = visit_check(fmt, level, e);
	bool done;

	/* What the visitor saw is what it decided on: it must still be there. */
	if (w->shared && !leaf_same(fmt, level, e, v->entry.raw))
		r = r == TDP_BUSY || r == TDP_STALE_ROOT ? r : TDP_RACE;
	if (r >= 0)
		r = update_entry(fmt, t, &a.update, level, e, &new_entry);
	if (r < 0) {
		if (r == TDP_RACE)
			fmt_decode(fmt, &t->layout, TDP_OURS, level, e, &v->entry);
		return r;
	}
	if (new_entry == e) {
		table_clean_seen(t, w->shared, p, sizeof(*p));
		attr_withheld(fmt, &a, level);
		if (a.flush)
			walk_narrowed(w, v->gpa, v->gpa + fmt_size(fmt, level));
		return TDP_SPURIOUS;
	}
	if ((a.update.owes & OWES_BREAK) && t->live) {
		if (break_refused(fmt, t))
			return TDP_UNSUPPORTED;
		done = attr_break(fmt, t, w->op, &a, p, 1, level, v->gpa) != 0;
	} else {
		done = attr_in_place(fmt, t, w->op, &a, p, level, e, new_entry);
	}
	if (a.flush)
		walk_narrowed(w, v->gpa, v->gpa + fmt_size(fmt, level));
	walker_barrier(t);
	fmt_decode(fmt, &t->layout, TDP_OURS, level, spte_load(p), &v->entry);
	return done ? TDP_OK : TDP_RACE;
}

/* ---- the iterator ---- */

struct next {
	unsigned when;
	struct tdp_visit *out;
	bool shared;
	enum tdp_result result;
};

static inline enum cursor_step next_step(const struct tdp_format *fmt, struct tree *t, struct next *x, struct cursor *c)
{
	unsigned n = cursor_count(fmt, t, c);
	tdp_spte_t *p = cursor_entry(fmt, t, c);

	for (unsigned i = 0; i < n; i++, cursor_next(fmt, c)) {
		tdp_spte_t e = spte_load(p + i);

		c->down_to = c->level - 1;
		if (fmt_is_table(fmt, c->level, e))
			return CURSOR_DOWN;
		if (fmt_is_empty(fmt, c->level, e) && !(x->when & TDP_VISIT_HOLE))
			continue;
		walk_describe(fmt, t, c, p + i, e, x->out);
		x->out->when = (uint8_t)walk_when(&x->out->entry);
		if (x->when & x->out->when)
			x->result = TDP_OK;
		else if (x->shared && fmt_is_frozen(fmt, c->level, e)) /* what it hides may be what is looked for */
			x->result = fmt_frozen_why(fmt, c->level, e);
		if (x->result != TDP_ABSENT)
			return CURSOR_STOP;
	}
	return CURSOR_DONE;
}

TDP_INLINE enum tdp_result op_next(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, unsigned when,
				   struct tdp_visit *out, struct tdp_op *op)
{
	struct cursor c;
	struct next x = {.when = when, .out = out, .shared = op_shared(t, op), .result = TDP_ABSENT};

	c = cursor_start(t, gpa, end);
	while (cursor_follow(fmt, t, &c, next_step(fmt, t, &x, &c)))
		;
	op->next = c.gpa < end ? c.gpa : end;
	return x.result;
}

#endif
