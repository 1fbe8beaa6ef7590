/* SPDX-License-Identifier: BSD-2-Clause */
#include "contract.h"

enum { TREES = 3 };

struct range {
	tdp_gpa_t gpa;
	uint64_t size;
	unsigned calls;
	const struct tdp_gather *gather;
};

static enum tdp_result zap_one(struct tdp_tree *tree, void *arg, struct tdp_op *op)
{
	struct range *range = arg;

	range->calls++;
	range->gather = op->gather;
	return tdp_zap(tree, range->gpa, range->size, op);
}

static enum tdp_result refuse_second(struct tdp_tree *tree, void *arg, struct tdp_op *op)
{
	struct range *range = arg;

	(void)tree;
	(void)op;
	return ++range->calls == 2 ? TDP_PROTECTED : TDP_OK;
}

/* Three trees of spaces 0 to 2 and as many modes. */
static void start(struct set *s, struct tdp_tree **tree)
{
	set_start(s, "fake-b", "rwlock", true, true);
	for (unsigned i = 0; i < TREES; i++) {
		struct tdp_role role = set_role(s, i, i);

		check(tdp_roots_get(&s->roots, &role, &tree[i]) == TDP_OK, "a tree");
	}
}

static void stop(struct set *s, struct tdp_tree **tree)
{
	for (unsigned i = 0; i < TREES; i++)
		tdp_roots_put(&s->roots, tree[i]);
	check(set_stop(s), "nothing was lost");
}

static unsigned calls(struct set *s, const struct tdp_filter *filter)
{
	struct range range = {.gpa = 0, .size = PAGE};

	return tdp_roots_each(&s->roots, filter, zap_one, &range, NULL) >= 0 ? range.calls : TREES + 1;
}

static void filters(void)
{
	struct set s;
	struct tdp_tree *tree[TREES];
	struct range range = {.gpa = 0, .size = PAGE};

	start(&s, tree);
	check(calls(&s, NULL) == 3, "all valid trees");
	check(calls(&s, &(struct tdp_filter){.spaces = 5}) == 2, "two spaces");
	check(calls(&s, &(struct tdp_filter){.mode_mask = 2, .mode_match = 2}) == 1, "one mode bit");
	tdp_roots_invalidate(&s.roots, &(struct tdp_filter){.spaces = 2});
	check(calls(&s, NULL) == 2, "valid ones");
	check(calls(&s, &(struct tdp_filter){.invalid = TDP_WITH_INVALID}) == 3, "invalid ones too");
	check(calls(&s, &(struct tdp_filter){.invalid = TDP_INVALID_ONLY}) == 1, "only invalid ones");
	range.calls = 0;
	check(tdp_roots_each(&s.roots, NULL, refuse_second, &range, NULL) == TDP_PROTECTED && range.calls == 2,
	      "the first error ends it");
	stop(&s, tree);
}

/* S01: the flush that the first tree needs is not forgotten over the others. One gather, one flush for each tree. */
static void one_gather(void)
{
	struct set s;
	struct tdp_tree *tree[TREES];
	struct range range = {.gpa = 0, .size = 4 * PAGE};
	struct tdp_gather gather = {{0}};
	struct tdp_op op = {0};

	start(&s, tree);
	for (unsigned i = 0; i < TREES; i++) {
		check(set_map(&s, tree[i], &s.cache, 0, 1) >= 0 && set_map(&s, tree[i], &s.cache, 4 * PAGE, 1) >= 0,
		      "S01: one populated");
		range.gpa = 0;
		range.size = PAGE;
		range.calls = s.n.flushes = 0;
		check(tdp_roots_each(&s.roots, NULL, zap_one, &range, &op) == TDP_OK && range.calls == TREES, "zapped in all");
		check(s.n.flushes == 1 && s.n.dirty_pages == i + 1, "S01: flushed, and reported");
		check(op.changed == PAGE && op.gather == NULL, "the sum of what changed");
	}
	for (unsigned i = 0; i < TREES; i++)
		check(set_map(&s, tree[i], &s.cache, 0, 2) >= 0, "all populated");
	op.gather = &gather;
	range = (struct range){.gpa = 0, .size = PAGE};
	s.n.flushes = 0;
	check(tdp_roots_each(&s.roots, NULL, zap_one, &range, &op) == TDP_OK && range.gather == &gather,
	      "with the caller's gather");
	check(op.changed == 3 * PAGE && s.n.flushes == 0, "nothing is flushed yet");
	tdp_gather_flush(&gather, NULL);
	check(s.n.flushes == 3, "one flush for each tree");
	range = (struct range){.gpa = PAGE, .size = PAGE};
	check(tdp_roots_each(&s.roots, NULL, zap_one, &range, NULL) == TDP_OK && s.n.flushes == 6, "without op");
	check(tdp_roots_each(&s.roots, NULL, zap_one, &range, NULL) == TDP_SPURIOUS, "nothing there");
	stop(&s, tree);
}

/* R12: a gather that was not flushed yet keeps its tree. S09: a root that is being reaped is no error to an operation over all. */
static void held(void)
{
	static const struct tdp_filter all = {.invalid = TDP_WITH_INVALID};
	struct set s;
	struct tdp_tree *tree[TREES];
	struct tdp_gather gather = {{0}};
	struct tdp_op op = {.gather = &gather};
	struct range range = {.gpa = 0, .size = 4 * PAGE};

	start(&s, tree);
	check(set_map(&s, tree[0], &s.cache, 0, 2) >= 0 && tdp_zap(tree[0], 0, PAGE, &op) == TDP_OK, "an open gather");
	check(set_map(&s, tree[1], &s.cache, 0, 2) >= 0, "another tree in use");
	tdp_roots_invalidate(&s.roots, &(struct tdp_filter){.spaces = 1});
	check(tdp_roots_reap(&s.roots, NULL) == TDP_OK, "the tree is reaped");
	check(tdp_roots_each(&s.roots, &all, zap_one, &range, NULL) == TDP_OK && range.calls == TREES,
	      "S09: zapped in all, stale or not");
	tdp_roots_put(&s.roots, tree[0]);
	set_settle(&s);
	check(s.n.trees == 3, "the gather keeps it");
	tdp_gather_flush(&gather, NULL);
	set_settle(&s);
	check(s.n.trees == 2, "and no longer");
	tdp_roots_put(&s.roots, tree[1]);
	tdp_roots_put(&s.roots, tree[2]);
	check(set_stop(&s), "nothing was lost");
}

void contract_each(void)
{
	filters();
	one_gather();
	held();
}
