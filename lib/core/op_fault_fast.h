/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fault that bits in an entry resolve: a page that a collection armed, or that aging made old. One walk, one compare-and-swap; it gives
 * back what was granted and nothing else, so it needs neither the backing nor a look at the gathers.
 */
#ifndef TDPMMU_CORE_OP_FAULT_FAST_H
#define TDPMMU_CORE_OP_FAULT_FAST_H

#include "edge.h"
#include "run.h"

/* What an access makes of a present leaf. TDP_OK: *new_entry; otherwise the call's answer. */
TDP_INLINE enum tdp_result fast_open(const struct tdp_format *fmt, const struct tree *t, const struct tdp_op *op, unsigned level,
				     tdp_spte_t e, uint32_t access, tdp_spte_t *new_entry)
{
	const bool log = (op->flags & TDP_LOG_DIRTY) && !TDP_BROKEN(FAST_HUGE_LOG);
	const tdp_spte_t shown = fmt_touched(fmt, level, e, log), plain = fmt_unskew(fmt, level, shown);
	tdp_spte_t set = fmt->a;
	struct tdp_attrs attrs;

	fmt->decode(&t->layout, level > 0, plain, &attrs);
	if ((access & ~(attrs.prot | (uint32_t)TDP_W)) || ((access & TDP_WRITE) && !(plain & fmt->hw)))
		return TDP_ABSENT;
	if ((access & TDP_WRITE) && !(attrs.prot & TDP_W)) {
		if (!(plain & fmt->mw) && !TDP_BROKEN(FAST_UNPROTECTS))
			return TDP_PROTECTED;
		if (level > 0 && log)
			return TDP_ABSENT;
		set |= t->w_grant | (TDP_BROKEN(FAST_UNPROTECTS) ? fmt->mw : 0);
	} else if (plain & fmt->a) {
		return TDP_SPURIOUS;
	}
	set |= access & TDP_WRITE ? fmt->d_write : 0;
	*new_entry = shown | fmt_at(fmt, level, set);
	return TDP_OK;
}

/* The entry that is not a table. A lost race is somebody else's success, so looking again ends. */
TDP_INLINE enum tdp_result fast_entry(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, uint32_t access,
				      unsigned level, tdp_spte_t *p, tdp_spte_t e)
{
	tdp_spte_t new_entry;

	do {
		enum tdp_result r;

		if (tdp_unlikely(!fmt_is_present(fmt, level, e)))
			return fmt_is_frozen(fmt, level, e) ? fmt_frozen_why(fmt, level, e) : TDP_ABSENT;
		if (tdp_unlikely(!fmt_is_leaf(fmt, level, e)))
			return TDP_RACE;
		r = fast_open(fmt, t, op, level, e, access, &new_entry);
		if (r != TDP_OK)
			return r;
	} while (!spte_cmpxchg(p, &e, new_entry, leaf_moving(fmt, t, op_shared(t, op), level, e)));
	table_clean(t, p, sizeof(*p));
	walker_barrier(t);
	op->first &= ~(fmt_size(fmt, level) - 1);
	op->changed = fmt_size(fmt, level);
	return TDP_OK;
}

/* Arm may keep the narrow translation that faulted: this CPU drops it, whoever widened it (S34). */
TDP_INLINE enum tdp_result fast_done(const struct tdp_format *fmt, struct tree *t, const struct tdp_op *op, tdp_gpa_t gpa,
				     unsigned level, enum tdp_result r)
{
	tdp_gpa_t base = gpa & ~(fmt_size(fmt, level) - 1);

	way_seen(fmt, t, op_shared(t, op) && r >= 0, gpa);
	if (fmt->discipline == TDP_BREAK_BEFORE_MAKE && r >= 0)
		tdp_hook_flush(t, op->user, base, base + fmt_size(fmt, level), (int)level, FLUSH_LOCAL);
	return r;
}

/* Any leaf, or nothing. */
static __attribute__((noinline)) enum tdp_result fast_any(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op,
							  tdp_gpa_t gpa, uint32_t access, unsigned level, tdp_spte_t *p,
							  tdp_spte_t e)
{
	return fast_done(fmt, t, op, gpa, level, fast_entry(fmt, t, op, access, level, p, e));
}

/* The same where tables must be mapped to be seen. */
static __attribute__((noinline)) enum tdp_result fast_mapped(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op,
							     tdp_gpa_t gpa, uint32_t access)
{
	struct cursor c = cursor_start(t, gpa, gpa + 1);
	tdp_spte_t e = cursor_seek(fmt, t, &c);
	enum tdp_result r = fast_entry(fmt, t, op, access, c.level, cursor_entry(fmt, t, &c), e);
	unsigned level = c.level;

	cursor_stop(t, &c);
	return fast_done(fmt, t, op, gpa, level, r);
}

/* The same in a tree of another depth than most. */
static __attribute__((noinline)) enum tdp_result fast_far(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op,
							  tdp_gpa_t gpa, uint32_t access)
{
	unsigned level;
	tdp_spte_t *p, e;

	if (t->table_map)
		return fast_mapped(fmt, t, op, gpa, access);
	e = descend_from(fmt, t, t->layout.top_level, gpa, &level, &p);
	return fast_any(fmt, t, op, gpa, access, level, p, e);
}

TDP_INLINE enum tdp_result op_fault_fast(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, uint32_t access,
					 struct tdp_op *op)
{
	unsigned level;
	tdp_spte_t *p, e;

	if (tdp_unlikely(t->far))
		return fast_far(fmt, t, op, gpa, access);
	e = descend(fmt, t, gpa, &level, &p);
	if (tdp_unlikely(level > 0))
		return fast_any(fmt, t, op, gpa, access, level, p, e);
	return fast_done(fmt, t, op, gpa, 0, fast_entry(fmt, t, op, access, 0, p, e));
}

#endif
