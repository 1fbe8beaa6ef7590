/* SPDX-License-Identifier: BSD-2-Clause */
#include "kill.h"

#include "call.h"
#include "refs.h"

enum tdp_result tdp_tree_kill(struct tree *t, struct tdp_op *op)
{
	tdp_gpa_t gpa = 0;
	enum tdp_result r;

	if (!op_frees(t, op))
		return TDP_UNSUPPORTED;
	if (t->ops->kick && !root_flag(&t->set.kicked)) {
		/* Another thread may have set `invalid`; its fence is not ours, and the kick looks who is inside. */
		full_fence();
		if (!TDP_BROKEN(ROOT_NO_KICK))
			tdp_hook_kick(t, op->user);
		root_flag_set(&t->set.kicked);
	}
	begin_op(op, NULL, 0);
	RANGE_CALL(r, t, op, gpa, t->gpa_end, t->engine->kill(t, t->ops->kick != NULL, gpa, t->gpa_end, op));
	return r;
}
