/* SPDX-License-Identifier: BSD-2-Clause */
#include "kill.h"

#include "call.h"
#include "refs.h"

/* The step that may pause. Where that ends the call, it is after some work: who starts over each time gets on (I9). */
static enum tdp_result clear(struct tree *t, bool kicked, struct tdp_op *op)
{
	tdp_gpa_t gpa = 0;
	enum tdp_result r;

	begin_op(op, NULL, gpa);
	do {
		RANGE_CALL(r, t, op, gpa, t->gpa_end, t->engine->kill(t, true, kicked, gpa, t->gpa_end, op));
		gpa = op->next;
	} while (r == TDP_STOPPED && op->changed == 0);
	return r;
}

enum tdp_result tdp_tree_kill(struct tree *t, struct tdp_op *op)
{
	const bool kicked = t->ops->kick != NULL;
	struct tdp_gather *gather = op->gather;
	uint64_t cleared = 0;
	tdp_gpa_t gpa = 0;
	enum tdp_result r = TDP_OK;

	if (!op_frees(t, op))
		return TDP_UNSUPPORTED;
	if (kicked && !root_flag(&t->set.kicked)) {
		/* Another thread may have set `invalid`; its fence is not ours, and the kick looks who is inside. */
		full_fence();
		if (!TDP_BROKEN(ROOT_NO_KICK))
			tdp_hook_kick(t, op->user);
		root_flag_set(&t->set.kicked);
	}
	op->gather = NULL; /* what is taken is flushed, or needs no flush */
	if (op_may_pause(t, op)) {
		r = clear(t, kicked, op);
		cleared = op->changed;
	}
	if (r >= 0) {
		begin_op(op, NULL, gpa);
		RANGE_CALL(r, t, op, gpa, t->gpa_end, t->engine->kill(t, false, kicked, gpa, t->gpa_end, op));
		op->changed += cleared;
	}
	op->gather = gather;
	return r;
}
