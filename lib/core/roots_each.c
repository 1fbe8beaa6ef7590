/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything that goes over the trees of a set: operations, invalidation, reaping.
 */
#include "roots_impl.h"

#include "kill.h"

bool tdp_roots_is_valid(const struct tdp_tree *tree)
{
	return !root_flag(&tree_of(tree)->invalid);
}

bool tdp_roots_enter(const struct tdp_tree *tree)
{
	if (!TDP_BROKEN(ROOT_ENTER_NO_FENCE))
		full_fence();
	return tdp_roots_is_valid(tree) || TDP_BROKEN(ROOT_ENTER_BLIND);
}

bool tdp_roots_match(const struct tdp_filter *filter, const struct tree *t)
{
	static const struct tdp_filter valid = {.invalid = TDP_VALID_ONLY};

	if (!filter)
		filter = &valid;
	if (filter->spaces && !(filter->spaces >> t->role.space & 1))
		return false;
	if ((t->role.mode & filter->mode_mask) != filter->mode_match)
		return false;
	return filter->invalid == TDP_WITH_INVALID || (root_flag(&t->invalid) != 0) == (filter->invalid == TDP_INVALID_ONLY);
}

struct tree *tdp_roots_next(const struct roots *r, struct tree *after, const struct tdp_filter *filter)
{
	struct tree *t;

	tdp_roots_read_lock(r);
	t = root_link(after ? &after->set.next : &r->first);
	while (t && !(tdp_roots_match(filter, t) && tree_try_hold(t)))
		t = root_link(&t->set.next);
	tdp_roots_read_unlock(r);
	return t;
}

void tdp_roots_invalidate(struct tdp_roots *roots, const struct tdp_filter *filter)
{
	const struct roots *r = roots_of(roots);
	struct tdp_filter valid = filter ? *filter : (struct tdp_filter){0};

	valid.invalid = TDP_VALID_ONLY;
	tdp_roots_read_lock(r);
	for (struct tree *t = root_link(&r->first); t; t = root_link(&t->set.next))
		if (tdp_roots_match(&valid, t))
			root_flag_set(&t->invalid);
	tdp_roots_read_unlock(r);
	full_fence();
}

/* One invalid tree; the first who finds all of it dead lets go of it for the set. */
static enum tdp_result reap_tree(struct tree *t, struct tdp_op *op)
{
	enum tdp_result r;

	if (root_flag(&t->set.reaped))
		return TDP_SPURIOUS;
	r = tdp_tree_kill(t, op);
	if (r < 0)
		return r;
	if ((root_flag_set(&t->set.reaped) || TDP_BROKEN(ROOT_DROPPED_TWICE)) && !t->role.private)
		tree_drop(t);
	return TDP_OK;
}

static enum tdp_result reap_one(struct tdp_tree *tree, void *arg, struct tdp_op *op)
{
	(void)arg;
	return reap_tree(tree_of(tree), op);
}

enum tdp_result tdp_roots_reap(struct tdp_roots *roots, struct tdp_op *op)
{
	static const struct tdp_filter filter = {.invalid = TDP_INVALID_ONLY};

	if (op && (op->flags & ~(uint32_t)(TDP_EXCLUSIVE | TDP_MAY_YIELD)))
		return TDP_INVALID;
	return tdp_roots_each(roots, &filter, reap_one, NULL, op);
}

enum tdp_result tdp_roots_each(struct tdp_roots *roots, const struct tdp_filter *filter, tdp_tree_fn fn, void *arg,
			       struct tdp_op *op)
{
	const struct roots *r = roots_of(roots);
	struct tdp_op zero = {0};
	struct tdp_gather gather = {{0}}, *callers;
	enum tdp_result result = TDP_SPURIOUS;
	uint64_t changed = 0;
	uint32_t tables = 0;
	struct tree *t, *next;

	op = op ? op : &zero;
	callers = op->gather;
	if (!callers)
		op->gather = &gather;
	for (t = tdp_roots_next(r, NULL, filter); t && result >= 0; t = next) {
		enum tdp_result one;

		op->changed = 0;
		op->tables = 0;
		one = fn(tree_public(t), arg, op);
		changed += op->changed;
		tables += op->tables;
		if (one != TDP_SPURIOUS)
			result = one == TDP_STALE_ROOT ? TDP_OK : one;
		next = tdp_roots_next(r, t, filter);
		tree_drop(t);
	}
	if (t)
		tree_drop(t);
	tdp_gather_flush(&gather, op->user);
	op->gather = callers;
	op->changed = changed;
	op->tables = tables;
	return result;
}
