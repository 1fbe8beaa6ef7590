/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a public operation begins and ends: what needs no format is checked here, once, before anything is touched; then the engine is
 * entered, with one indirect call.
 */
#ifndef TDPMMU_CORE_CALL_H
#define TDPMMU_CORE_CALL_H

#include "attrs.h"
#include "engine.h"
#include "resume.h"

/* [gpa, gpa + size): aligned, not empty, not wrapped, within the width. */
TDP_INLINE enum tdp_result check_range(const struct tree *t, tdp_gpa_t gpa, uint64_t size)
{
	if (size == 0 || ((gpa | size) & t->page_mask))
		return TDP_INVALID;
	return gpa >= t->gpa_end || size > t->gpa_end - gpa ? TDP_RANGE : TDP_OK;
}

/* The same for host memory, whose size was checked. */
TDP_INLINE enum tdp_result check_hpa(const struct tree *t, tdp_hpa_t hpa, uint64_t size)
{
	if (hpa & t->page_mask)
		return TDP_INVALID;
	return hpa >= t->hpa_end || size > t->hpa_end - hpa ? TDP_RANGE : TDP_OK;
}

/* A call's context: op, or all zeroes; outputs reset. */
TDP_INLINE struct tdp_op *begin_op(struct tdp_op *op, struct tdp_op *zero, tdp_gpa_t gpa)
{
	if (!op) {
		*zero = (struct tdp_op){0};
		op = zero;
	}
	op->next = op->first = gpa;
	op->changed = 0;
	op->tables = 0;
	op->external = 0;
	return op;
}

/* The same, and may this call be made? allowed: the flags that this operation knows. */
TDP_INLINE enum tdp_result check_op(const struct tree *t, struct tdp_op **op, struct tdp_op *zero, uint32_t allowed, tdp_gpa_t gpa)
{
	*op = begin_op(*op, zero, gpa);
	if (!t->ready)
		return TDP_INVALID;
	return (*op)->flags & ~(allowed | TDP_EXCLUSIVE) ? TDP_INVALID : TDP_OK;
}

/* The checks that every range operation begins with. */
static inline enum tdp_result begin(const struct tree *t, tdp_gpa_t gpa, uint64_t size, struct tdp_op **op, struct tdp_op *zero,
				    uint32_t allowed)
{
	enum tdp_result r = check_op(t, op, zero, allowed, gpa);

	return r < 0 ? r : check_range(t, gpa, size);
}

/* A range that was finished ends at its end, also where nothing was found. */
static inline enum tdp_result finish(struct tdp_op *op, enum tdp_result r, tdp_gpa_t end)
{
	if (r >= 0 && op->next < end && !(op->flags & TDP_DRY_RUN))
		op->next = end;
	return r;
}

/* A dry run of what a call has not done. */
static inline struct tdp_op rest_of(const struct tdp_op *op)
{
	struct tdp_op rest = *op;

	rest.flags |= TDP_DRY_RUN | OP_REST;
	rest.tables = 0;
	return rest;
}

/* After NOMEM: how many tables more are surely enough, from a dry run of the rest and from what the call itself knew. */
static inline uint32_t missing_tables(const struct tree *t, const struct tdp_op *op, const struct tdp_op *rest)
{
	uint32_t have = op_cache_count(t, op), need = rest->tables > have ? rest->tables - have : 1;

	return need > op->tables ? need : op->tables;
}

/* The engine is entered here: in a read section, again and again until the range is done. call: an expression over gpa. */
#define RANGE_CALL(r, t, op, gpa, end, call)                                                                                       \
	do {                                                                                                                       \
		read_enter(t, op);                                                                                                 \
		(r) = (call);                                                                                                      \
		read_leave(t, op);                                                                                                 \
	} while (tdp_unlikely((r) < 0 || (op)->next < (end)) && tdp_resume(t, op, &(r), &(gpa), end))

/*
 * If it ran out of tables, says how many the rest takes, or as much of it as may be looked at without a pause. call: the same call from
 * op->next on, for &rest.
 */
#define COUNT_REST(r, t, op, rest, call)                                                                                           \
	do {                                                                                                                       \
		if (tdp_unlikely((r) == TDP_NOMEM)) {                                                                              \
			struct tdp_op rest = rest_of(op);                                                                          \
			read_enter(t, op);                                                                                         \
			(void)(call);                                                                                              \
			read_leave(t, op);                                                                                         \
			(op)->tables = missing_tables(t, op, &rest);                                                               \
		}                                                                                                                  \
	} while (0)

#endif
