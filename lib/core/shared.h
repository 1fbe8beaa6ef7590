/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tells a shared call from an exclusive one, and how a range operation goes on after it had to stop.
 *
 * Every range operation can stop anywhere: it then owes nothing, holds nothing, has finished exactly [gpa, op->next), and says why.
 * So waiting for somebody else's frozen entry, a lost race and a pause all are: stop, leave the read section, start again from the
 * root at op->next.
 */
#ifndef TDPMMU_CORE_SHARED_H
#define TDPMMU_CORE_SHARED_H

#include "hooks.h"

/* May a call free tables? Not a shared one without RCU: readers may be inside, and nobody knows until when. */
TDP_INLINE bool op_frees(const struct tree *t, const struct tdp_op *op)
{
	return t->rcu || !op_shared(t, op);
}

#ifdef TDP_CHECK_CALLERS
#define CALLER_ALONE 0x10000u

/* Counts a caller in; whoever finds company where one of the two was promised to be alone says so. */
TDP_INLINE void caller_enter(const struct tree *t, bool alone)
{
	uint32_t *callers = (uint32_t *)(uintptr_t)&t->callers;
	uint32_t others = __atomic_fetch_add(callers, alone ? CALLER_ALONE : 1, __ATOMIC_ACQ_REL);

	if (others >= CALLER_ALONE || (alone && others))
		tdp_hook_warn(t, "two callers in a tree, and one promised to be alone", NULL);
}

TDP_INLINE void caller_leave(const struct tree *t, bool alone)
{
	__atomic_fetch_sub((uint32_t *)(uintptr_t)&t->callers, alone ? CALLER_ALONE : 1, __ATOMIC_ACQ_REL);
}
#else
TDP_INLINE void caller_enter(const struct tree *t, bool alone)
{
	(void)t;
	(void)alone;
}

TDP_INLINE void caller_leave(const struct tree *t, bool alone)
{
	(void)t;
	(void)alone;
}
#endif

/* Around everything that reads or writes entries. Who is alone needs no read section, and may be where there can be none (S40). */
TDP_INLINE void read_enter(const struct tree *t, const struct tdp_op *op)
{
	if (tdp_unlikely(t->careful) && op_shared(t, op))
		tdp_hook_read_lock(t);
	caller_enter(t, !op_shared(t, op));
}

TDP_INLINE void read_leave(const struct tree *t, const struct tdp_op *op)
{
	caller_leave(t, !op_shared(t, op));
	if (tdp_unlikely(t->careful) && op_shared(t, op))
		tdp_hook_read_unlock(t);
}

/* Would the call wait for what stands in its way? A dry run does not: it counts on. */
TDP_INLINE bool dry_run_passes(const struct tree *t, const struct tdp_op *op, enum tdp_result r)
{
	return r == TDP_BUSY && (op->flags & TDP_DRY_RUN) && op_shared(t, op) && t->ops->relax;
}

/* May it have to pause between two tables? */
TDP_INLINE bool op_may_pause(const struct tree *t, const struct tdp_op *op)
{
	return tdp_unlikely(op->flags & TDP_MAY_YIELD) && t->ops->should_yield;
}

/* Between two tables: shall the operation pause here? */
TDP_INLINE bool op_pauses(const struct tree *t, const struct tdp_op *op)
{
	return tdp_unlikely(op->flags & TDP_MAY_YIELD) && tdp_hook_should_yield(t, op->user);
}

#endif
