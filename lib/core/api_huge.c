/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The public operations that change the size of leaves in place.
 */
#include <tdpmmu/huge.h>

#include "call.h"
#include "run.h"

enum tdp_result tdp_split(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, unsigned level, struct tdp_op *op)
{
	struct tree *t = tree_of(tree);
	const tdp_gpa_t end = gpa + size;
	struct tdp_op zero;
	enum tdp_result r = begin(t, gpa, size, &op, &zero, TDP_MAY_YIELD | TDP_DRY_RUN);

	if (r < 0)
		return r;
	if (!layout_has_leaf(&t->layout, level))
		return TDP_UNSUPPORTED;
	RANGE_CALL(r, t, op, gpa, end, t->engine->split(t, gpa, end, level, op));
	COUNT_REST(r, t, op, rest, t->engine->split(t, op->next, end, level, &rest));
	return finish(op, r, end);
}

enum tdp_result tdp_promote(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, unsigned level, tdp_backing_fn backing, void *arg,
			    struct tdp_op *op)
{
	struct tree *t = tree_of(tree);
	const tdp_gpa_t end = gpa + size;
	struct run_source source = {.fn = backing, .arg = arg};
	struct tdp_op zero;
	enum tdp_result r = begin(t, gpa, size, &op, &zero, TDP_MAY_YIELD);

	if (r < 0)
		return r;
	if (level == 0 || op->batch_lg2 > 9)
		return TDP_INVALID;
	if (!layout_has_leaf(&t->layout, level) || !op_frees(t, op))
		return TDP_UNSUPPORTED;
	RANGE_CALL(r, t, op, gpa, end, t->engine->promote(t, gpa, end, level, &source, op));
	return finish(op, r, end);
}
