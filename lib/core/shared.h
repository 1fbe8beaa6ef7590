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

TDP_INLINE void read_enter(const struct tree *t)
{
	if (tdp_unlikely(t->rcu != NULL))
		tdp_hook_read_lock(t);
}

TDP_INLINE void read_leave(const struct tree *t)
{
	if (tdp_unlikely(t->rcu != NULL))
		tdp_hook_read_unlock(t);
}

/* Between two tables: shall the operation pause here? */
TDP_INLINE bool op_pauses(const struct tree *t, const struct tdp_op *op)
{
	return tdp_unlikely(op->flags & TDP_MAY_YIELD) && tdp_hook_should_yield(t, op->user);
}

#endif
