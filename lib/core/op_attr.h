/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes what mapped pages permit, exactly, any attribute, with break-before-make where the architecture asks for it.
 */
#ifndef TDPMMU_CORE_OP_ATTR_H
#define TDPMMU_CORE_OP_ATTR_H

#include "attrs_update.h"
#include "edge.h"
#include "gather.h"
#include "op_zap.h"

enum { BREAK_BATCH = 32 }; /* leaves that share one break-before-make window; their old values are on the stack */

struct attr {
	struct update update;
	bool probe;	    /* only find out what would be refused */
	bool dry;	    /* the same for a dry run: passes over what the call would split first, or wait for */
	bool shared;	    /* other threads may be inside */
	bool flush;	    /* owed at the end */
	bool stale;	    /* met a DEAD entry: nothing is in reach of it */
	int level;	    /* of every changed leaf; -1: mixed; -2: none yet */
	tdp_gpa_t gpa, end; /* protect: what was touched, a leaf that sticks out whole */
	enum tdp_result result;
};

static inline void attr_changed(const struct tdp_format *fmt, struct tdp_op *op, struct attr *a, unsigned level)
{
	a->level = a->level == -2 || a->level == (int)level ? (int)level : -1;
	op->changed += fmt_size(fmt, level);
}

/*
 * Break-before-make: consecutive leaves go invalid, one flush, then each comes back changed. Returns how many entries it dealt with; 0:
 * another call changed the first one.
 */
static inline unsigned attr_break(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct attr *a, tdp_spte_t *p,
				  unsigned n, unsigned level, tdp_gpa_t gpa)
{
	tdp_spte_t old[BREAK_BATCH], new_entry;
	unsigned k;

	for (k = 0; k < n && k < BREAK_BATCH; k++) {
		tdp_spte_t seen = spte_load(p + k);

		/* Only leaves that need it, and not where it cannot be said. */
		if (!fmt_is_present(fmt, level, seen) || !fmt_is_leaf(fmt, level, seen) ||
		    update_entry(fmt, t, &a->update, level, seen, &new_entry) < 0 || new_entry == seen ||
		    !(a->update.owes & OWES_BREAK))
			break;
		old[k] = seen;
		while (!spte_cmpxchg(p + k, &old[k], fmt_make_frozen(fmt, level, 0, 0),
				     leaf_moving(fmt, t, a->shared, level, old[k])) &&
		       leaf_same(fmt, level, seen, old[k]))
			;
		if (!leaf_same(fmt, level, seen, old[k]))
			break;
	}
	if (k == 0)
		return 0;
	table_clean(t, p, k * sizeof(*p));
	tdp_hook_flush(t, op->user, gpa, gpa + ((uint64_t)k << fmt_shift(fmt, level)), (int)level, FLUSH_LEAF);
	for (unsigned i = 0; i < k; i++) {
		(void)update_entry(fmt, t, &a->update, level, old[i], &new_entry);
		update_sync(fmt, t, &a->update, level, old[i]);
		spte_store(p + i, new_entry);
		attr_changed(fmt, op, a, level);
	}
	table_clean(t, p, k * sizeof(*p));
	return k;
}

/*
 * Does the call keep something from the guest? Where a memory type goes through a break, its flush came before the entry. An open gather of
 * another call may have cleared pages that can still be used as they were: that is looked at by whoever withholds.
 */
static inline bool attr_withholds(const struct tdp_format *fmt, const struct attr *a)
{
	bool prot = (a->update.mask & TDP_MASK_PROT) && a->update.attrs.prot != TDP_RWX;
	bool type = (a->update.mask & (TDP_MASK_MEMTYPE | TDP_MASK_FLAGS)) && fmt->discipline == TDP_OVERWRITE;

	return prot || type;
}

/* For a leaf that is now as it shall be. Somebody else may have made it so a moment ago, and not flushed yet; only in a shared call. */
static inline void attr_withheld(const struct tdp_format *fmt, struct attr *a, unsigned level)
{
	if (a->shared && attr_withholds(fmt, a)) {
		a->flush = true;
		a->level = a->level == -2 || a->level == (int)level ? (int)level : -1;
	}
}

/* For pages that are absent: a gather that cleared them may not be flushed yet, so they can still be used as they were. */
static inline void attr_absent(struct tree *t, const struct tdp_op *op, struct attr *a)
{
	if (tdp_gather_others(op->gather, t)) {
		a->flush = true;
		a->level = -1;
	}
}

/* One leaf, in place. false: another call changed it. */
static inline bool attr_in_place(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct attr *a, tdp_spte_t *p,
				 unsigned level, tdp_spte_t old, tdp_spte_t new_entry)
{
	tdp_spte_t seen = old;

	update_sync(fmt, t, &a->update, level, old);
	/* Hardware only adds Accessed and Dirty, so the transformation cannot fail the second time. */
	while (!spte_cmpxchg(p, &old, new_entry, leaf_moving(fmt, t, a->shared, level, old))) {
		if (!leaf_same(fmt, level, seen, old))
			return false;
		(void)update_entry(fmt, t, &a->update, level, old, &new_entry);
	}
	table_clean(t, p, sizeof(*p));
	a->flush |= (a->update.owes & OWES_FLUSH) != 0;
	attr_withheld(fmt, a, level);
	attr_changed(fmt, op, a, level);
	return true;
}

/* One present leaf. Returns how many entries it dealt with; 0: look again. a->result: cannot go on. */
static inline unsigned attr_leaf(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct attr *a, struct cursor *c,
				 tdp_spte_t *p, unsigned n, tdp_spte_t e)
{
	tdp_spte_t new_entry;

	a->result = update_entry(fmt, t, &a->update, c->level, e, &new_entry);
	if (a->result < 0)
		return 0;
	if (a->dry && !cursor_whole(fmt, c)) /* it would be split, which has been counted */
		return 1;
	if (new_entry == e) {
		attr_withheld(fmt, a, c->level);
		return 1;
	}
	if (a->shared && !a->probe && !cursor_whole(fmt, c)) { /* since the edges were split somebody put a larger leaf there */
		a->result = TDP_RACE;
		return 0;
	}
	if ((a->update.owes & OWES_BREAK) && t->live && !TDP_BROKEN(ATTR_NO_BREAK)) {
		uint64_t whole = (c->end - c->gpa) >> fmt_shift(fmt, c->level); /* of the neighbours, too */

		if (break_refused(fmt, t)) { /* which is what the probe is for; but another call may map something after it */
			a->result = TDP_UNSUPPORTED;
			return 0;
		}
		if (a->probe)
			return 1;
		return attr_break(fmt, t, op, a, p, whole < n ? (unsigned)whole : n, c->level, c->gpa);
	}
	return a->probe || attr_in_place(fmt, t, op, a, p, c->level, e, new_entry);
}

/* The entries of one table; see cursor.h. *seen: how many of them it has dealt with. */
static inline enum cursor_step attr_entries(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct attr *a,
					    struct cursor *c, tdp_spte_t *p, unsigned *seen)
{
	unsigned level = c->level, n = cursor_count(fmt, t, c), i;

	for (*seen = 0; (i = *seen) < n;) {
		tdp_spte_t e = spte_load(p + i);
		unsigned done = 1;

		if (fmt_is_table(fmt, level, e)) {
			c->down_to = level - 1;
			return CURSOR_DOWN;
		}
		if (fmt_is_present(fmt, level, e))
			done = attr_leaf(fmt, t, op, a, c, p + i, n - i, e);
		else if (fmt_is_dead(fmt, level, e))
			a->stale = true;
		else if (fmt_is_frozen(fmt, level, e) && !a->dry)
			a->result = TDP_BUSY;
		if (a->result < 0)
			return CURSOR_STOP;
		*seen += done;
		if (done)
			c->gpa = cursor_base(fmt, c) + ((uint64_t)done << fmt_shift(fmt, level));
	}
	return CURSOR_DONE;
}

static inline enum cursor_step attr_step(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct attr *a,
					 struct cursor *c)
{
	tdp_spte_t *p = cursor_entry(fmt, t, c);
	unsigned seen;
	enum cursor_step step = attr_entries(fmt, t, op, a, c, p, &seen);

	/* What was so already, or absent: the flush at the end is for them, too. */
	table_clean_seen(t, a->shared && !a->probe && seen > 0, p, seen * sizeof(*p));
	return step;
}

static inline enum tdp_result attr_pass(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct attr *a,
					tdp_gpa_t gpa, tdp_gpa_t end)
{
	struct cursor c;

	c = cursor_start_op(t, op, gpa, end);
	if (a->probe) /* all of it, before anything changes */
		c.op = NULL;
	a->result = TDP_OK;
	while (cursor_follow(fmt, t, &c, attr_step(fmt, t, op, a, &c)))
		;
	if (!a->probe)
		op->next = c.gpa < end ? c.gpa : end;
	return a->result;
}

/* What attr_pass() would refuse, found before anything changes. */
static __attribute__((noinline)) enum tdp_result attr_probe(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op,
							    struct attr *a, tdp_gpa_t gpa, tdp_gpa_t end)
{
	enum tdp_result r;

	a->probe = true;
	r = attr_pass(fmt, t, op, a, gpa, end);
	a->probe = false;
	return r;
}

/* What a call answers that came as far as op->next. */
static inline enum tdp_result attr_answer(const struct attr *a, const struct tdp_op *op, enum tdp_result r, tdp_gpa_t end)
{
	if (r >= 0 && a->stale && op->next >= end)
		return TDP_STALE_ROOT;
	return r < 0 || op->changed ? r : TDP_SPURIOUS;
}

TDP_INLINE enum tdp_result op_set_attrs(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end,
					struct tdp_attrs attrs, unsigned mask, struct tdp_op *op)
{
	struct attr a = {.update = update_start(t, attrs, mask, (op->flags & TDP_LOG_DIRTY) != 0), .level = -2};
	tdp_gpa_t asked = end;
	enum tdp_result r = TDP_OK;

	a.shared = op_shared(t, op);
	if (op->flags & TDP_SKIP_PARTIAL) /* only shrinks the range */
		r = edges_prepare(fmt, t, op, &gpa, &end, false, NULL);
	/* Once, or a call that pauses would look at all of the rest each time; what is mapped meanwhile attr_leaf() refuses. */
	if (r >= 0 && gpa < end && op->changed == 0 && break_refused(fmt, t))
		r = attr_probe(fmt, t, op, &a, gpa, end);
	if (r >= 0 && gpa < end)
		r = edges_prepare(fmt, t, op, &gpa, &end, false, &a.update);
	a.dry = op->flags & TDP_DRY_RUN;
	if (r >= 0 && gpa < end && a.dry)
		r = attr_probe(fmt, t, op, &a, gpa, end);
	if (r < 0 || a.dry)
		return r;
	if (gpa < end)
		r = attr_pass(fmt, t, op, &a, gpa, end);
	else
		op->next = end;
	if (r >= 0 && op->next >= end) /* a leaf that was skipped does not count */
		op->next = asked;
	if (attr_withholds(fmt, &a) && op->next > gpa && !TDP_BROKEN(ATTR_NO_LOOK))
		attr_absent(t, op, &a);
	/* As far as it came: the rest is for later, if it stopped. */
	if (a.flush && !TDP_BROKEN(ATTR_NO_FLUSH))
		flush_or_gather(t, op, gpa, op->next < end ? op->next : end, a.level);
	if (op->changed)
		walker_barrier(t);
	return attr_answer(&a, op, r, end);
}

#endif
