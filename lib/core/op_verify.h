/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Check every structural invariant: each entry is one that this library writes, at a level where it may be.
 */
#ifndef TDPMMU_CORE_OP_VERIFY_H
#define TDPMMU_CORE_OP_VERIFY_H

#include "op_walk.h"

struct verify {
	tdp_report_fn report;
	void *arg;
	bool violated;
};

static inline void verify_report(const struct tdp_format *fmt, const struct tree *t, struct verify *v, const struct cursor *c,
				 const tdp_spte_t *p, tdp_spte_t e, enum tdp_invariant invariant)
{
	struct tdp_visit where;

	v->violated = true;
	walk_describe(fmt, t, c, p, e, &where);
	where.when = TDP_VISIT_BAD;
	tdp_call_report(v->report, v->arg, invariant, &where);
}

/* 0, or which invariant a leaf violates. */
static inline unsigned verify_leaf(const struct tdp_format *fmt, const struct tree *t, unsigned level, tdp_spte_t e,
				   const struct tdp_entry *entry)
{
	const tdp_spte_t shown = fmt_untracked(fmt, level, e), plain = fmt_unskew(fmt, level, shown);
	tdp_spte_t bits = 0, moving = fmt_moving_bits(fmt, 0);

	if (!(t->layout.leaf_levels >> level & 1))
		return TDP_INV_LEVEL;
	if (entry->hpa >> t->layout.hpa_bits)
		return TDP_INV_ADDRESS;
	if (((plain & fmt->w) && !(plain & fmt->mw)) || ((plain & fmt->mw) && !(plain & fmt->hw)))
		return TDP_INV_WRITABLE;
	if (!fmt_hw_dirty(fmt, &t->layout) && (plain & fmt->w) && !(plain & fmt->d))
		return TDP_INV_DIRTY;
	if (fmt->tracks &&
	    (fmt_is_tracked(fmt, level, e) == (entry->accessed != 0) || (e != shown && !fmt_is_tracked(fmt, level, e))))
		return TDP_INV_KIND;
	/* What decoding and encoding do not bring back, no operation wrote. */
	if (fmt->encode(&t->layout, level > 0, entry->attrs, &bits) < 0 ||
	    ((plain ^ (bits | fmt_address(fmt, entry->hpa) | t->layout.entry_or)) & ~moving) != 0)
		return TDP_INV_KIND;
	return 0;
}

/* 0, or which invariant an entry violates. */
static inline unsigned verify_entry(const struct tdp_format *fmt, const struct tree *t, const struct cursor *c, tdp_spte_t e)
{
	struct tdp_entry entry;

	fmt_decode(fmt, &t->layout, TDP_OURS, c->level, e, &entry);
	switch (entry.kind) {
	case TDP_EMPTY:
	case TDP_NOTE:
		return 0;
	case TDP_FROZEN: /* unless it is DEAD, in a root that was reaped */
		return t->invalid && c->level == t->layout.top_level && fmt_is_dead(fmt, c->level, e) ? 0 : TDP_INV_FROZEN;
	case TDP_LEAF:
		return verify_leaf(fmt, t, c->level, e, &entry);
	case TDP_TABLE:
		if (e != fmt_make_table(fmt, &t->layout, c->level, entry.hpa))
			return TDP_INV_TABLE;
		for (unsigned level = c->level; level <= t->layout.top_level; level++)
			if (entry.hpa == c->hpa[level])
				return TDP_INV_CYCLE;
		return entry.hpa >> t->layout.hpa_bits ? TDP_INV_ADDRESS : 0;
	default:
		return entry.why == TDP_WHY_ADDRESS ? TDP_INV_ADDRESS : entry.why == TDP_WHY_LEVEL ? TDP_INV_LEVEL : TDP_INV_KIND;
	}
}

static inline enum cursor_step verify_step(const struct tdp_format *fmt, struct tree *t, struct verify *v, struct cursor *c)
{
	unsigned n = cursor_count(fmt, t, c);
	const tdp_spte_t *p = cursor_entry(fmt, t, c);

	for (unsigned i = 0; i < n; i++, cursor_next(fmt, c)) {
		tdp_spte_t e = spte_load(p + i);
		unsigned invariant = verify_entry(fmt, t, c, e);

		if (invariant)
			verify_report(fmt, t, v, c, p + i, e, (enum tdp_invariant)invariant);
		c->down_to = c->level - 1;
		/* An address that is wrong leads nowhere we may go. */
		if (!invariant && fmt_is_table(fmt, c->level, e))
			return CURSOR_DOWN;
	}
	return CURSOR_DONE;
}

TDP_INLINE enum tdp_result op_verify(const struct tdp_format *fmt, struct tree *t, tdp_report_fn report, void *arg)
{
	struct cursor c;
	struct verify v = {.report = report, .arg = arg};

	c = cursor_start(t, 0, t->gpa_end);
	while (cursor_follow(fmt, t, &c, verify_step(fmt, t, &v, &c)))
		;
	return v.violated ? TDP_EXISTS : TDP_OK;
}

#endif
