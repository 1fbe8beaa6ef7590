/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Protect: writes are kept out, a leaf table at a time where everything in it is alike. It answers, and looks at open gathers, as a change of
 * attributes does.
 */
#ifndef TDPMMU_CORE_OP_PROTECT_H
#define TDPMMU_CORE_OP_PROTECT_H

#include "op_attr.h"

/* One present leaf, which was old: keeps writes out of it. false: another call changed it, look again. */
TDP_INLINE bool protect_leaf(const struct tdp_format *fmt, const struct tree *t, struct tdp_op *op, bool shared, tdp_spte_t *p,
			     unsigned level, tdp_spte_t old)
{
	tdp_spte_t also = TDP_BROKEN(PROTECT_KEEP_MW) ? 0 : fmt->mw, seen = old, new_entry;

	do {
		if (!leaf_same(fmt, level, seen, old))
			return false;
		if (!(old & fmt_at(fmt, level, fmt->w | fmt->mw)))
			return true;
		new_entry = fmt_write_protected(fmt, level, old, also);
		if (TDP_BROKEN(PROTECT_DROP_DIRTY))
			new_entry &= ~fmt_at(fmt, level, fmt->d);
	} while (!spte_cmpxchg(p, &old, new_entry, leaf_moving(fmt, t, shared, level, old)));
	op->changed += fmt_size(fmt, level);
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
	for (unsigned i = 0; i < n; i++) {
		tdp_spte_t e = spte_load(p + i);

		if (fmt_is_present(fmt, 0, e))
			(void)protect_leaf(fmt, t, op, false, p + i, 0, e);
	}
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

/* One present leaf of any level; it may stick out of the range. false: look again. */
static inline bool protect_one(const struct tdp_format *fmt, const struct tree *t, struct tdp_op *op, struct attr *a,
			       const struct cursor *c, tdp_spte_t *p, tdp_spte_t e)
{
	tdp_gpa_t base = cursor_base(fmt, c), end = base + fmt_size(fmt, c->level);

	a->flush = true;
	a->level = c->level == 0 ? a->level : -1;
	a->gpa = base < a->gpa ? base : a->gpa;
	a->end = end > a->end ? end : a->end;
	if (!protect_leaf(fmt, t, op, a->shared, p, c->level, e))
		return false;
	table_clean(t, p, sizeof(*p));
	return true;
}

/* The entries of one table, one by one; see cursor.h. *seen: how many of them it has dealt with. */
static inline enum cursor_step protect_entries(const struct tdp_format *fmt, const struct tree *t, struct tdp_op *op,
					       struct attr *a, struct cursor *c, tdp_spte_t *p, unsigned *seen)
{
	unsigned n = cursor_count(fmt, t, c), i;

	for (*seen = 0; (i = *seen) < n;) {
		tdp_spte_t e = spte_load(p + i);

		if (fmt_is_table(fmt, c->level, e)) {
			c->down_to = c->level - 1;
			return CURSOR_DOWN;
		}
		if (fmt_is_dead(fmt, c->level, e)) {
			a->stale = true;
		} else if (fmt_is_frozen(fmt, c->level, e) && !TDP_BROKEN(PROTECT_SKIP_BUSY)) {
			a->result = TDP_BUSY;
			return CURSOR_STOP;
		}
		if (fmt_is_present(fmt, c->level, e) && !protect_one(fmt, t, op, a, c, p + i, e))
			continue;
		cursor_next(fmt, c);
		++*seen;
	}
	return CURSOR_DONE;
}

static inline enum cursor_step protect_step(const struct tdp_format *fmt, const struct tree *t, struct tdp_op *op, struct attr *a,
					    struct cursor *c)
{
	unsigned n = cursor_count(fmt, t, c), seen;
	tdp_spte_t *p = cursor_entry(fmt, t, c);
	enum cursor_step step;

	if (c->level == 0 && !a->shared) {
		a->flush |= protect_leaf_table(fmt, t, op, p, n, (unsigned)(c->gpa >> fmt_shift(fmt, 0)) % SPTE_BLOCK);
		table_clean(t, p, n * sizeof(*p));
		a->stale |= root_pages_dead(fmt, t, p, n);
		c->gpa += (uint64_t)n << fmt_shift(fmt, 0);
		return CURSOR_DONE;
	}
	step = protect_entries(fmt, t, op, a, c, p, &seen);
	/* What was absent already: the flush at the end may be for it, too. */
	table_clean_seen(t, a->shared && seen > 0, p, seen * sizeof(*p));
	return step;
}

TDP_INLINE enum tdp_result op_protect(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, struct tdp_op *op)
{
	struct cursor c;
	struct attr a = {.level = 0, .gpa = gpa, .end = gpa, .shared = op_shared(t, op)};

	c = cursor_start_op(t, op, gpa, end);
	while (cursor_follow(fmt, t, &c, protect_step(fmt, t, op, &a, &c)))
		;
	op->next = c.gpa < end ? c.gpa : end;
	if (op->next > a.end)
		a.end = op->next;
	if (a.end > a.gpa && !TDP_BROKEN(ATTR_NO_LOOK))
		attr_absent(t, op, &a);
	/* Even when nothing changed: whoever made a page read-only before may not have flushed yet. */
	if (a.flush && !TDP_BROKEN(PROTECT_NO_FLUSH))
		flush_or_gather(t, op, a.gpa, a.end, a.level);
	if (a.gpa < op->first)
		op->first = a.gpa;
	return attr_answer(&a, op, a.result, end);
}

#endif
