/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The public operations that find out what the guest did: wrote (dirty), touched (age); and the quick fault that lets it go on.
 */
#include <tdpmmu/age.h>
#include <tdpmmu/dirty.h>

#include "call.h"
#include "pages.h"

enum tdp_result tdp_dirty_arm(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, const struct tdp_bitmap *out, struct tdp_op *op)
{
	struct tree *t = tree_of(tree);
	const tdp_gpa_t end = gpa + size;
	const struct pages pages = {.out = out};
	struct tdp_op zero;
	enum tdp_result r = begin(t, gpa, size, &op, &zero, TDP_MAY_YIELD);

	if (r < 0)
		return r;
	if (out && !bitmap_covers(out, t->page_mask, gpa, size))
		return TDP_INVALID;
	RANGE_CALL(r, t, op, gpa, end, t->engine->dirty_arm(t, gpa, end, &pages, op));
	return finish(op, r, end);
}

enum tdp_result tdp_dirty_arm_mask(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t mask, const struct tdp_bitmap *out,
				   struct tdp_op *op)
{
	struct tree *t = tree_of(tree);
	const struct pages pages = {.out = out, .base = gpa, .mask = mask};
	struct tdp_op zero;
	enum tdp_result r = check_op(t, &op, &zero, 0, gpa);
	uint64_t granule = t->page_mask + 1, first, size;
	tdp_gpa_t end;

	if (r < 0)
		return r;
	if (mask == 0)
		return TDP_INVALID;
	first = word_first(mask) * granule;
	size = (64 - (unsigned)__builtin_clzll(mask)) * granule - first;
	if (gpa >= t->gpa_end || t->gpa_end - gpa <= first) /* before it is added: it must not wrap */
		return TDP_RANGE;
	gpa += first;
	end = gpa + size;
	r = check_range(t, gpa, size);
	if (r < 0)
		return r;
	if (out && !bitmap_covers(out, t->page_mask, gpa, size))
		return TDP_INVALID;
	op->next = op->first = gpa;
	RANGE_CALL(r, t, op, gpa, end, t->engine->dirty_arm(t, gpa, end, &pages, op));
	return finish(op, r, end);
}

enum tdp_result tdp_dirty_restore(struct tdp_tree *tree, const struct tdp_bitmap *pages, struct tdp_op *op)
{
	struct tree *t = tree_of(tree);
	tdp_gpa_t gpa = pages ? pages->base : 0, end;
	struct tdp_op zero;
	enum tdp_result r = check_op(t, &op, &zero, 0, gpa);

	if (r < 0)
		return r;
	if (!pages || !bitmap_covers(pages, t->page_mask, gpa, 1) || pages->pages >> (64 - pages->page_lg2))
		return TDP_INVALID;
	r = check_range(t, gpa, pages->pages << pages->page_lg2);
	if (r < 0)
		return r;
	end = gpa + (pages->pages << pages->page_lg2);
	RANGE_CALL(r, t, op, gpa, end, t->engine->dirty_restore(t, gpa, end, pages, op));
	return finish(op, r, end);
}

static inline enum tdp_result fault_fast(struct tree *t, tdp_gpa_t gpa, uint32_t access, struct tdp_op *op)
{
	enum tdp_result r = check_op(t, &op, op, TDP_LOG_DIRTY, gpa);

	if (tdp_unlikely(r < 0))
		return r;
	if (tdp_unlikely(access - 1u >= 15))
		return TDP_INVALID;
	if (tdp_unlikely(gpa >= t->gpa_end))
		return TDP_RANGE;
	read_enter(t, op);
	r = t->engine->fault_fast(t, gpa, access, op);
	read_leave(t, op);
	return r;
}

/* Without a context. Out of line, so that one with a context needs no room for another. */
static __attribute__((noinline)) enum tdp_result fault_fast_alone(struct tree *t, tdp_gpa_t gpa, uint32_t access)
{
	struct tdp_op op = {0};

	return fault_fast(t, gpa, access, &op);
}

enum tdp_result tdp_fault_fast(struct tdp_tree *tree, tdp_gpa_t gpa, uint32_t access, struct tdp_op *op)
{
	return tdp_likely(op) ? fault_fast(tree_of(tree), gpa, access, op) : fault_fast_alone(tree_of(tree), gpa, access);
}

enum tdp_result tdp_age(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, bool clear, const struct tdp_bitmap *young,
			struct tdp_op *op)
{
	struct tree *t = tree_of(tree);
	const tdp_gpa_t end = gpa + size;
	struct tdp_op zero;
	enum tdp_result r = begin(t, gpa, size, &op, &zero, 0);

	if (r < 0)
		return r;
	if (young && !bitmap_covers(young, t->page_mask, gpa, size))
		return TDP_INVALID;
	read_enter(t, op);
	r = t->engine->age(t, gpa, end, clear, young, op);
	read_leave(t, op);
	return finish(op, r, end);
}
