/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The public operations that look: lookups, the iterator, extents, visitors, counts, verification.
 */
#include <tdpmmu/attr.h>

#include "call.h"

/* In a read section; out of line, so that a lookup without RCU ends in a jump. */
static __attribute__((noinline)) enum tdp_result lookup_reading(struct tree *t, tdp_gpa_t gpa, struct tdp_mapping *out,
								const struct tdp_op *op)
{
	const struct tdp_op zero = {0};
	enum tdp_result r;

	op = op ? op : &zero;
	read_enter(t, op);
	r = t->engine->lookup(t, gpa, out);
	read_leave(t, op);
	return r;
}

static __attribute__((noinline)) enum tdp_result lookup_raw_reading(struct tree *t, tdp_gpa_t gpa, tdp_spte_t *out, unsigned *level)
{
	const struct tdp_op zero = {0};
	enum tdp_result r;

	read_enter(t, &zero);
	r = t->engine->lookup_raw(t, gpa, out, level);
	read_leave(t, &zero);
	return r;
}

enum tdp_result tdp_lookup(const struct tdp_tree *tree, tdp_gpa_t gpa, struct tdp_mapping *out, struct tdp_op *op)
{
	struct tree *t = tree_of(tree);

	if (tdp_unlikely(!t->ready || (op && (op->flags & ~(uint32_t)TDP_EXCLUSIVE))))
		return TDP_INVALID;
	if (tdp_unlikely(gpa >= t->gpa_end))
		return TDP_RANGE;
	return tdp_unlikely(t->careful) ? lookup_reading(t, gpa, out, op) : t->engine->lookup(t, gpa, out);
}

enum tdp_result tdp_lookup_raw(const struct tdp_tree *tree, tdp_gpa_t gpa, tdp_spte_t *out, unsigned *level)
{
	struct tree *t = tree_of(tree);

	if (tdp_unlikely(!t->ready))
		return TDP_INVALID;
	if (tdp_unlikely(gpa >= t->gpa_end))
		return TDP_RANGE;
	return tdp_unlikely(t->careful) ? lookup_raw_reading(t, gpa, out, level) : t->engine->lookup_raw(t, gpa, out, level);
}

enum tdp_result tdp_next(const struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, unsigned when, struct tdp_visit *out,
			 struct tdp_op *op)
{
	struct tree *t = tree_of(tree);
	const tdp_gpa_t end = gpa + size;
	struct tdp_op zero;
	enum tdp_result r = begin(t, gpa, size, &op, &zero, 0);

	if (r < 0)
		return r;
	if (when == 0 || when & ~(unsigned)(TDP_VISIT_LEAF | TDP_VISIT_HOLE | TDP_VISIT_BAD))
		return TDP_INVALID;
	RANGE_CALL(r, t, op, gpa, end, t->engine->next(t, gpa, end, when, out, op));
	return r;
}

enum tdp_result tdp_extent(const struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, struct tdp_mapping *out, struct tdp_op *op)
{
	struct tree *t = tree_of(tree);
	const tdp_gpa_t end = gpa + size;
	struct tdp_op zero;
	enum tdp_result r = begin(t, gpa, size, &op, &zero, 0);

	if (r >= 0)
		RANGE_CALL(r, t, op, gpa, end, t->engine->extent(t, gpa, end, out, op));
	return r;
}

enum tdp_result tdp_walk(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, unsigned when, tdp_visit_fn fn, void *arg,
			 struct tdp_op *op)
{
	struct tree *t = tree_of(tree);
	const unsigned known = TDP_VISIT_LEAF | TDP_VISIT_TABLE_PRE | TDP_VISIT_TABLE_POST | TDP_VISIT_HOLE | TDP_VISIT_BAD;
	const tdp_gpa_t end = gpa + size;
	struct tdp_op zero;
	enum tdp_result r = begin(t, gpa, size, &op, &zero, TDP_LOG_DIRTY);

	if (r < 0)
		return r;
	if (!fn || when == 0 || when & ~known)
		return TDP_INVALID;
	RANGE_CALL(r, t, op, gpa, end, t->engine->walk(t, gpa, end, when, fn, arg, op));
	return r;
}

enum tdp_result tdp_visit_set(struct tdp_visit *visit, struct tdp_attrs attrs, unsigned mask)
{
	struct tree *t = (struct tree *)(uintptr_t)visit->opaque[VISIT_TREE];

	if (visit->opaque[VISIT_MAGIC] != VISIT_IN_PROGRESS)
		return TDP_UNSUPPORTED;
	if (mask == 0 || (mask & ~(unsigned)TDP_MASK_ALL) || !attrs_known(attrs, mask))
		return TDP_INVALID;
	return t->engine->visit_set(t, visit, attrs, mask);
}

enum tdp_result tdp_count(const struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, struct tdp_count *out, struct tdp_op *op)
{
	struct tree *t = tree_of(tree);
	struct tdp_op zero;
	enum tdp_result r = begin(t, gpa, size, &op, &zero, 0);

	if (r < 0)
		return r;
	read_enter(t, op);
	r = t->engine->count(t, gpa, gpa + size, out);
	read_leave(t, op);
	return r;
}

enum tdp_result tdp_verify(struct tdp_tree *tree, tdp_report_fn report, void *arg)
{
	struct tree *t = tree_of(tree);

	return t->ready ? t->engine->verify(t, report, arg) : TDP_INVALID;
}
