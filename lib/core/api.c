/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The public operations that change a tree.
 */
#include <tdpmmu/attr.h>

#include "call.h"
#include "run.h"

static const uint32_t map_flags = TDP_LOG_DIRTY | TDP_PREFETCH | TDP_DRY_RUN | TDP_OVER_NOTE;

/* Maps, and when tables run out counts what the rest takes. */
static enum tdp_result map_source(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, struct run_source *source, struct tdp_op *op)
{
	enum tdp_result r;

	RANGE_CALL(r, t, op, gpa, end, t->engine->map(t, gpa, end, source, op));
	COUNT_REST(r, t, op, rest, t->engine->map(t, op->next, end, source, &rest));
	return finish(op, r, end);
}

enum tdp_result tdp_map(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, tdp_hpa_t hpa, struct tdp_attrs attrs,
			struct tdp_op *op)
{
	struct tree *t = tree_of(tree);
	struct run_source source = {.fixed = {.hpa = hpa, .attrs = attrs}, .gpa = gpa};
	struct tdp_op zero;
	enum tdp_result r = begin(t, gpa, size, &op, &zero, map_flags | TDP_MAY_YIELD);

	if (r >= 0)
		r = check_hpa(t, hpa, size);
	return r < 0 ? r : map_source(t, gpa, gpa + size, &source, op);
}

enum tdp_result tdp_map_from(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, tdp_backing_fn backing, void *arg,
			     struct tdp_op *op)
{
	struct tree *t = tree_of(tree);
	struct run_source source = {.fn = backing, .arg = arg};
	struct tdp_op zero;
	enum tdp_result r = begin(t, gpa, size, &op, &zero, map_flags | TDP_MAY_YIELD);

	if (r < 0)
		return r;
	return backing ? map_source(t, gpa, gpa + size, &source, op) : TDP_INVALID;
}

/* old_at, new_at: how far host addresses are from guest addresses. */
static enum tdp_result replace_from(struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, uint64_t old_at, uint64_t new_at,
				    struct tdp_attrs attrs, struct tdp_op *op)
{
	return t->engine->replace(t, gpa, end, gpa + old_at, gpa + new_at, attrs, op);
}

enum tdp_result tdp_replace(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, tdp_hpa_t old_hpa, tdp_hpa_t new_hpa,
			    struct tdp_attrs attrs, struct tdp_op *op)
{
	struct tree *t = tree_of(tree);
	struct tdp_op zero;
	enum tdp_result r = begin(t, gpa, size, &op, &zero, TDP_DRY_RUN);

	if (r >= 0)
		r = check_hpa(t, old_hpa, size);
	if (r >= 0)
		r = check_hpa(t, new_hpa, size);
	if (r < 0)
		return r;
	read_enter(t, op);
	r = replace_from(t, gpa, gpa + size, old_hpa - gpa, new_hpa - gpa, attrs, op);
	read_leave(t, op);
	COUNT_REST(r, t, op, rest, replace_from(t, op->next, gpa + size, old_hpa - gpa, new_hpa - gpa, attrs, &rest));
	return finish(op, r, gpa + size);
}

/* A fault without a context. Out of line, so that one with a context needs no frame. */
static __attribute__((noinline)) enum tdp_result fault_alone(struct tree *t, const struct tdp_fault *fault)
{
	struct tdp_op op = {0};

	return t->fault(t, fault, &op);
}

/* The engine checks the fault by itself, on the way: few instructions are left between a vCPU and its page. */
enum tdp_result tdp_fault(struct tdp_tree *tree, const struct tdp_fault *fault, struct tdp_op *op)
{
	struct tree *t = tree_of(tree);

	if (tdp_unlikely(!fault || !t->fault)) /* a tree that was never made has none */
		return TDP_INVALID;
	return tdp_likely(op) ? t->fault(t, fault, op) : fault_alone(t, fault);
}

enum tdp_result tdp_note(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, uint64_t note, struct tdp_op *op)
{
	struct tree *t = tree_of(tree);
	const tdp_gpa_t end = gpa + size;
	struct tdp_op zero;
	enum tdp_result r = begin(t, gpa, size, &op, &zero, TDP_DRY_RUN | TDP_NOTE_MISCONFIG | TDP_NOTE_VE | TDP_MAY_YIELD);

	if (r < 0)
		return r;
	if (note >> TDP_NOTE_BITS)
		return TDP_INVALID;
	RANGE_CALL(r, t, op, gpa, end, t->engine->note(t, gpa, end, note, op));
	COUNT_REST(r, t, op, rest, t->engine->note(t, op->next, end, note, &rest));
	return finish(op, r, end);
}

enum tdp_result tdp_zap(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op)
{
	struct tree *t = tree_of(tree);
	const tdp_gpa_t end = gpa + size;
	struct tdp_op zero;
	enum tdp_result r =
		begin(t, gpa, size, &op, &zero, TDP_OVERZAP | TDP_SKIP_PARTIAL | TDP_ZAP_LEAVES | TDP_DRY_RUN | TDP_MAY_YIELD);

	if (r < 0)
		return r;
	if ((op->flags & TDP_OVERZAP && op->flags & TDP_SKIP_PARTIAL) || op->batch_lg2 > 16)
		return TDP_INVALID;
	RANGE_CALL(r, t, op, gpa, end, t->engine->zap(t, gpa, end, op));
	return finish(op, r, end);
}

enum tdp_result tdp_trim(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op)
{
	struct tree *t = tree_of(tree);
	const tdp_gpa_t end = gpa + size;
	struct tdp_op zero;
	enum tdp_result r = begin(t, gpa, size, &op, &zero, TDP_MAY_YIELD);

	if (r < 0)
		return r;
	if (!op_frees(t, op))
		return TDP_UNSUPPORTED;
	RANGE_CALL(r, t, op, gpa, end, t->engine->trim(t, gpa, end, op));
	return finish(op, r, end);
}

enum tdp_result tdp_set_attrs(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, struct tdp_attrs attrs, unsigned mask,
			      struct tdp_op *op)
{
	struct tree *t = tree_of(tree);
	const tdp_gpa_t end = gpa + size;
	struct tdp_op zero;
	enum tdp_result r = begin(t, gpa, size, &op, &zero, TDP_SKIP_PARTIAL | TDP_LOG_DIRTY | TDP_DRY_RUN | TDP_MAY_YIELD);

	if (r < 0)
		return r;
	if (mask == 0 || (mask & ~(unsigned)TDP_MASK_ALL) || !attrs_known(attrs, mask))
		return TDP_INVALID;
	RANGE_CALL(r, t, op, gpa, end, t->engine->set_attrs(t, gpa, end, attrs, mask, op));
	return finish(op, r, end);
}

enum tdp_result tdp_protect(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op)
{
	struct tree *t = tree_of(tree);
	const tdp_gpa_t end = gpa + size;
	struct tdp_op zero;
	enum tdp_result r = begin(t, gpa, size, &op, &zero, TDP_MAY_YIELD);

	if (r < 0)
		return r;
	RANGE_CALL(r, t, op, gpa, end, t->engine->protect(t, gpa, end, op));
	return finish(op, r, end);
}
