/* SPDX-License-Identifier: BSD-2-Clause */
#include "resume.h"

/* Between two tables, nothing frozen: everything that is owed is flushed, then the caller's lock goes and comes back. */
static enum tdp_result pause_here(const struct tree *t, struct tdp_op *op)
{
	if (op->gather)
		tdp_gather_flush(op->gather, op->user);
	if (!t->ops->yield)
		return TDP_STOPPED;
	tdp_hook_yield(t, op->user);
	return TDP_OK;
}

bool tdp_resume(const struct tree *t, struct tdp_op *op, enum tdp_result *r, tdp_gpa_t *gpa, tdp_gpa_t end)
{
	if (op->flags & TDP_DRY_RUN)
		return false;
	if (*r >= 0) {
		if (op->next >= end || !(op->flags & TDP_MAY_YIELD))
			return false;
		*r = pause_here(t, op);
		if (*r < 0)
			return false;
	} else if (*r == TDP_BUSY && op_shared(t, op) && t->ops->relax) {
		tdp_hook_relax(t, op->user);
	} else if (*r != TDP_RACE) {
		return false;
	}
	*gpa = op->next;
	return true;
}
