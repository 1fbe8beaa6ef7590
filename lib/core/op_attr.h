/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Change what mapped pages permit: set_attrs (exactly, any attribute) and protect (writes out, by whole cache lines).
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
	bool probe;	    /* only find out whether a break would be needed */
	bool flush;	    /* owed at the end */
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
 * Break-before-make: consecutive leaves go invalid, one flush, then each comes back changed. Returns how many entries it dealt with.
 */
static inline unsigned attr_break(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct attr *a, tdp_spte_t *p,
				  unsigned n, unsigned level, tdp_gpa_t gpa)
{
	tdp_spte_t old[BREAK_BATCH], new_entry;
	unsigned k;

	for (k = 0; k < n && k < BREAK_BATCH; k++) {
		tdp_spte_t e = spte_load(p + k);

		/* Only leaves that need it, and not where it cannot be said. */
		if (!fmt_is_present(fmt, level, e) || !fmt_is_leaf(fmt, level, e) ||
		    update_entry(fmt, t, &a->update, level, e, &new_entry) < 0 || new_entry == e || !(a->update.owes & OWES_BREAK))
			break;
		old[k] = spte_xchg(p + k, e, fmt_make_frozen(fmt, level, 0, 0), leaf_moving(fmt, t, level, e));
	}
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

/* One leaf, in place. */
static inline void attr_in_place(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct attr *a, tdp_spte_t *p,
				 unsigned level, tdp_spte_t old, tdp_spte_t new_entry)
{
	update_sync(fmt, t, &a->update, level, old);
	/* Hardware only adds Accessed and Dirty, so the transformation cannot fail the second time. */
	while (!spte_cmpxchg(p, &old, new_entry, leaf_moving(fmt, t, level, old)))
		(void)update_entry(fmt, t, &a->update, level, old, &new_entry);
	table_clean(t, p, sizeof(*p));
	a->flush |= (a->update.owes & OWES_FLUSH) != 0;
	attr_changed(fmt, op, a, level);
}

static inline enum cursor_step attr_step(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct attr *a,
					 struct cursor *c)
{
	unsigned level = c->level, n = cursor_count(fmt, t, c);
	tdp_spte_t *p = cursor_entry(fmt, t, c);

	for (unsigned i = 0; i < n;) {
		tdp_spte_t e = spte_load(p + i), new_entry;
		unsigned done = 1;

		if (fmt_is_table(fmt, level, e)) {
			c->down_to = level - 1;
			return CURSOR_DOWN;
		}
		if (fmt_is_present(fmt, level, e)) {
			a->result = update_entry(fmt, t, &a->update, level, e, &new_entry);
			if (a->result < 0)
				return CURSOR_STOP;
			if (new_entry != e && (a->update.owes & OWES_BREAK) && t->live && !TDP_BROKEN(ATTR_NO_BREAK)) {
				if (a->probe) {
					a->result = TDP_UNSUPPORTED;
					return CURSOR_STOP;
				}
				done = attr_break(fmt, t, op, a, p + i, n - i, level, c->gpa);
			} else if (new_entry != e && !a->probe) {
				attr_in_place(fmt, t, op, a, p + i, level, e, new_entry);
			}
		}
		i += done;
		c->gpa = cursor_base(fmt, c) + ((uint64_t)done << fmt_shift(fmt, level));
	}
	return CURSOR_DONE;
}

static inline enum tdp_result attr_pass(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct attr *a,
					tdp_gpa_t gpa, tdp_gpa_t end)
{
	struct cursor c;

	c = cursor_start(t, gpa, end);
	a->result = TDP_OK;
	while (cursor_follow(fmt, t, &c, attr_step(fmt, t, op, a, &c)))
		;
	if (!a->probe)
		op->next = c.gpa < end ? c.gpa : end;
	return a->result;
}

TDP_INLINE enum tdp_result op_set_attrs(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end,
					struct tdp_attrs attrs, unsigned mask, struct tdp_op *op)
{
	struct attr a = {.update = update_start(t, attrs, mask, (op->flags & TDP_LOG_DIRTY) != 0), .level = -2};
	enum tdp_result r = TDP_OK;

	if (op->flags & TDP_SKIP_PARTIAL) /* only shrinks the range */
		r = edges_prepare(fmt, t, op, &gpa, &end, false, NULL);
	if (r >= 0 && gpa < end && break_refused(fmt, t)) { /* found before anything changes */
		a.probe = true;
		r = attr_pass(fmt, t, op, &a, gpa, end);
		a.probe = false;
	}
	if (r >= 0 && gpa < end)
		r = edges_prepare(fmt, t, op, &gpa, &end, false, &a.update);
	if (r < 0 || (op->flags & TDP_DRY_RUN))
		return r;
	if (gpa < end)
		r = attr_pass(fmt, t, op, &a, gpa, end);
	if (a.flush && !TDP_BROKEN(ATTR_NO_FLUSH))
		flush_or_gather(t, op, gpa, end, a.level);
	if (op->changed)
		walker_barrier(t);
	return r < 0 || op->changed ? r : TDP_SPURIOUS;
}

/* ---- protect ---- */

/* One present leaf. Returns whether it could have been written to, now or after a fault. */
TDP_INLINE bool protect_leaf(const struct tdp_format *fmt, const struct tree *t, tdp_spte_t *p, unsigned level)
{
	tdp_spte_t also = TDP_BROKEN(PROTECT_KEEP_MW) ? 0 : fmt->mw;
	tdp_spte_t old = spte_load(p), new_entry;

	do {
		if (!(old & fmt_at(fmt, level, fmt->w | fmt->mw)))
			return false;
		new_entry = fmt_write_protected(fmt, level, old, also);
		if (TDP_BROKEN(PROTECT_DROP_DIRTY))
			new_entry &= ~fmt_at(fmt, level, fmt->d);
	} while (!spte_cmpxchg(p, &old, new_entry, leaf_moving(fmt, t, level, old)));
	return true;
}

/*
 * Entries of level 0 as one: if none can be written to, or all are present, MMU-writable and none about to change, so that plain stores
 * lose nothing. false: they are not, and nothing was done. *present: any of them is.
 */
TDP_INLINE bool protect_alike(const struct tdp_format *fmt, const struct tree *t, struct tdp_op *op, tdp_spte_t *p, unsigned n,
			      bool *present)
{
	struct spte_scan s = spte_scan(p, n);

	*present = (s.any & fmt->present) != 0;
	if (!(s.any & (fmt->w | fmt->mw)))
		return true;
	if (!(s.all & fmt->present) || !zap_settled(fmt, t, s) || !(s.all & fmt->mw) || TDP_BROKEN(PROTECT_DROP_DIRTY) ||
	    TDP_BROKEN(PROTECT_KEEP_MW))
		return false;
	spte_mask_line(p, n, fmt->w | fmt->mw, fmt->w_is_d, fmt->wd_shift);
	op->changed += n * fmt_size(fmt, 0);
	return true;
}

/* Up to 8 entries of level 0. Returns whether any is present. */
static inline bool protect_line(const struct tdp_format *fmt, const struct tree *t, struct tdp_op *op, tdp_spte_t *p, unsigned n)
{
	bool present;

	if (protect_alike(fmt, t, op, p, n, &present))
		return present;
	for (unsigned i = 0; i < n; i++)
		if (fmt_is_present(fmt, 0, spte_load(p + i)) && protect_leaf(fmt, t, p + i, 0))
			op->changed += fmt_size(fmt, 0);
	return present;
}

/* A leaf table's entries in the range, by blocks where that will do, else by cache lines. Returns whether any is present. */
static inline bool protect_leaf_table(const struct tdp_format *fmt, const struct tree *t, struct tdp_op *op, tdp_spte_t *p,
				      unsigned n, unsigned first)
{
	bool any = false;

	for (unsigned i = 0; i < n;) {
		unsigned line = SPTE_LINE - (first + i) % SPTE_LINE;
		bool present;

		if ((first + i) % SPTE_BLOCK == 0 && n - i >= SPTE_BLOCK &&
		    protect_alike(fmt, t, op, p + i, SPTE_BLOCK, &present)) {
			any |= present;
			i += SPTE_BLOCK;
			continue;
		}
		line = line < n - i ? line : n - i;
		any |= protect_line(fmt, t, op, p + i, line);
		i += line;
	}
	return any;
}

static inline enum cursor_step protect_step(const struct tdp_format *fmt, const struct tree *t, struct tdp_op *op, struct attr *a,
					    struct cursor *c)
{
	unsigned n = cursor_count(fmt, t, c);
	tdp_spte_t *p = cursor_entry(fmt, t, c);

	if (c->level == 0) {
		a->flush |= protect_leaf_table(fmt, t, op, p, n, (unsigned)(c->gpa >> fmt_shift(fmt, 0)) % SPTE_BLOCK);
		table_clean(t, p, n * sizeof(*p));
		c->gpa += (uint64_t)n << fmt_shift(fmt, 0);
		return CURSOR_DONE;
	}
	for (unsigned i = 0; i < n; i++, cursor_next(fmt, c)) {
		tdp_spte_t e = spte_load(p + i);

		if (fmt_is_table(fmt, c->level, e)) {
			c->down_to = c->level - 1;
			return CURSOR_DOWN;
		}
		if (!fmt_is_present(fmt, c->level, e))
			continue;
		a->flush = true;
		a->level = -1;
		if (cursor_base(fmt, c) < a->gpa)
			a->gpa = cursor_base(fmt, c);
		if (cursor_base(fmt, c) + fmt_size(fmt, c->level) > a->end)
			a->end = cursor_base(fmt, c) + fmt_size(fmt, c->level);
		if (protect_leaf(fmt, t, p + i, c->level))
			op->changed += fmt_size(fmt, c->level);
		table_clean(t, p + i, sizeof(*p));
	}
	return CURSOR_DONE;
}

TDP_INLINE enum tdp_result op_protect(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, struct tdp_op *op)
{
	struct cursor c;
	struct attr a = {.level = 0, .gpa = gpa, .end = end};

	c = cursor_start(t, gpa, end);
	while (cursor_follow(fmt, t, &c, protect_step(fmt, t, op, &a, &c)))
		;
	/* Even when nothing changed: whoever made a page read-only before may not have flushed yet. */
	if (a.flush && !TDP_BROKEN(PROTECT_NO_FLUSH))
		flush_or_gather(t, op, a.gpa, a.end, a.level);
	op->first = a.gpa;
	op->next = end;
	return op->changed ? TDP_OK : TDP_SPURIOUS;
}

#endif
