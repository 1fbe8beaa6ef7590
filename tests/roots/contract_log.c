/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What migration and memory management do, over every root of a set: one bitmap for all, one gather, one sum.
 */
#include <stdio.h>

#include "contract.h"

enum { TREES = 3 };

/* Exclusive where the RCU is "serial", else in company. */
static const struct kind {
	const char *format, *rcu;
} kinds[] = {
	{"fake-o", "rwlock"}, {"fake-b", "rwlock"}, {"ept", "early"}, {"fake-b", "serial"}, {"ept", "serial"}, {"fake-o", "keep"},
};

static const struct tdp_filter all = {.invalid = TDP_WITH_INVALID};

static struct {
	struct set s;
	struct tdp_tree *tree[TREES];
	uint64_t words[1];
	struct tdp_bitmap map;
	tdp_gpa_t huge; /* where each tree gets a huge leaf */
	uint64_t size;	/* of it */
} w;

static bool keeps(void)
{
	return w.s.rcu->tree_flags != 0;
}

/* ---- the calls for one tree ---- */

static enum tdp_result collect(struct tdp_tree *tree, void *arg, struct tdp_op *op)
{
	(void)arg;
	return tdp_dirty_arm(tree, 0, 4 * PAGE, &w.map, op);
}

static enum tdp_result collect_by_mask(struct tdp_tree *tree, void *arg, struct tdp_op *op)
{
	return tdp_dirty_arm_mask(tree, 0, *(const uint64_t *)arg, &w.map, op);
}

static enum tdp_result give_back(struct tdp_tree *tree, void *arg, struct tdp_op *op)
{
	(void)arg;
	return tdp_dirty_restore(tree, &w.map, op);
}

static enum tdp_result age(struct tdp_tree *tree, void *arg, struct tdp_op *op)
{
	return tdp_age(tree, 0, 4 * PAGE, *(const bool *)arg, &w.map, op);
}

static enum tdp_result split(struct tdp_tree *tree, void *arg, struct tdp_op *op)
{
	(void)arg;
	return tdp_split(tree, w.huge, w.size, 0, op);
}

static enum tdp_result promote(struct tdp_tree *tree, void *arg, struct tdp_op *op)
{
	(void)arg;
	return tdp_promote(tree, w.huge, w.size, 1, NULL, NULL, op);
}

/* Over all of them: the call, what it must answer, and the pages that must be named. */
static bool each(tdp_tree_fn fn, void *arg, struct tdp_op *op, enum tdp_result want, uint64_t named)
{
	w.words[0] = 0;
	w.s.n.flushes = 0;
	return tdp_roots_each(&w.s.roots, &all, fn, arg, op) == want && w.words[0] == named;
}

/* ---- */

static enum tdp_result map_huge(struct tdp_tree *tree)
{
	struct tdp_op op = {.cache = &w.s.cache};
	enum tdp_result r = tdp_cache_fill(&w.s.cache, 32, &w.s.ops, &w.s, NULL);

	return r < 0 ? r : tdp_map(tree, w.huge, w.size, set_hpa(w.huge), (struct tdp_attrs){.prot = TDP_RWX}, &op);
}

/* Three trees, all with pages 0 to 2 and a huge leaf; nothing is dirty or young. */
static void start(const struct kind *kind)
{
	bool good = true, clear = true;

	set_start(&w.s, kind->format, kind->rcu, true, true);
	w.size = tdp_level_size(&w.s.layout, 1);
	w.huge = 2 * w.size;
	w.map = (struct tdp_bitmap){.words = w.words, .pages = 64, .page_lg2 = 12};
	for (unsigned i = 0; i < TREES; i++) {
		struct tdp_role role = set_role(&w.s, i, 0);

		good &= tdp_roots_get(&w.s.roots, &role, &w.tree[i]) == TDP_OK;
		good &= set_map(&w.s, w.tree[i], &w.s.cache, 0, 3) >= 0 && map_huge(w.tree[i]) == TDP_OK;
	}
	check(good, "three trees");
	check(each(age, &clear, NULL, TDP_OK, 7) && w.s.n.flushes == 0, "three pages are young; aging flushes nothing");
	check(each(age, &clear, NULL, TDP_SPURIOUS, 0), "and then old");
	check(each(collect, NULL, NULL, TDP_OK, 7) && w.s.n.flushes == TREES, "three are written; one flush for each tree");
	check(each(collect, NULL, NULL, TDP_SPURIOUS, 0) && w.s.n.flushes == 0, "and then clean");
}

/* Tree i has seen a write to page i. */
static void write_some(void)
{
	bool good = true;

	for (unsigned i = 0; i < TREES; i++) {
		w.words[0] = UINT64_C(1) << i;
		good &= tdp_dirty_restore(w.tree[i], &w.map, NULL) == TDP_OK;
	}
	check(good, "each tree has a dirty page of its own");
}

/* Dirty: one bitmap for all, to which each tree adds; rounds that are given back; masks. */
static void dirty(void)
{
	struct tdp_gather gather = {{0}};
	struct tdp_op op = {0};
	uint64_t mask = 6;

	write_some();
	check(each(collect, NULL, &op, TDP_OK, 7) && op.changed == 3 * PAGE && w.s.n.flushes == TREES && op.gather == NULL,
	      "all are named, and flushed in their trees");
	w.words[0] = 5;
	check(tdp_roots_each(&w.s.roots, &all, give_back, NULL, &op) == TDP_OK && op.changed == (uint64_t)2 * TREES * PAGE,
	      "given back in all");
	check(each(collect_by_mask, &mask, &op, TDP_OK, 4) && op.changed == (uint64_t)TREES * PAGE, "one of them by a mask");
	check(each(collect, NULL, &op, TDP_OK, 1) && op.changed == (uint64_t)TREES * PAGE, "and the other one");
	write_some();
	op.gather = &gather;
	check(each(collect, NULL, &op, TDP_OK, 7) && w.s.n.flushes == 0, "with the caller's gather nothing is flushed yet");
	tdp_gather_flush(&gather, NULL);
	check(w.s.n.flushes == TREES, "one flush for each tree");
}

/* Young in one of them is young. */
static void young(void)
{
	struct tdp_op op = {0};
	bool clear = false, good = true;

	for (unsigned i = 0; i < TREES; i++)
		good &= tdp_fault_fast(w.tree[i], i * PAGE, TDP_READ, NULL) == TDP_OK;
	check(good, "each tree has a young page of its own");
	check(each(age, &clear, &op, TDP_OK, 7) && op.changed == 3 * PAGE, "all are named");
	clear = true;
	check(each(age, &clear, &op, TDP_OK, 7) && w.s.n.flushes == 0, "and made old");
	check(each(age, &clear, &op, TDP_SPURIOUS, 0) && op.changed == 0, "in all trees");
}

static unsigned level_of_leaf(const struct tdp_tree *tree)
{
	struct tdp_mapping found;

	return tdp_lookup(tree, w.huge, &found, NULL) == TDP_OK ? found.entry.level : 99;
}

static bool all_at(unsigned level)
{
	bool good = true;

	for (unsigned i = 0; i < TREES; i++)
		good &= level_of_leaf(w.tree[i]) == level;
	return good;
}

/* Split with a cache that has too little, and again; back with one flush for each tree. */
static void huge(void)
{
	struct tdp_op op = {.cache = &w.s.cache, .flags = TDP_DRY_RUN};
	struct tdp_table table;

	check(each(split, NULL, &op, TDP_OK, 0) && op.tables == TREES && all_at(1), "a dry run counts the tables of all");
	while (tdp_cache_count(&w.s.cache) > 1 && tdp_cache_take(&w.s.cache, &table))
		pool_free(&w.s.pool, &table);
	op.flags = 0;
	check(each(split, NULL, &op, TDP_NOMEM, 0) && op.changed == w.size && !all_at(0), "tables for one of three");
	check(tdp_cache_fill(&w.s.cache, TREES - 1, &w.s.ops, &w.s, NULL) == TDP_OK, "tables for the others");
	check(each(split, NULL, &op, TDP_OK, 0) && op.changed == (TREES - 1) * w.size && all_at(0), "split in all");
	check(each(split, NULL, &op, TDP_SPURIOUS, 0), "nothing is left to split");
	op = (struct tdp_op){0};
	if (keeps()) {
		check(each(promote, NULL, &op, TDP_UNSUPPORTED, 0) && all_at(0), "who keeps tables promotes nothing in company");
		op.flags = TDP_EXCLUSIVE;
	}
	check(each(promote, NULL, &op, TDP_OK, 0) && op.changed == TREES * w.size && op.tables == TREES && all_at(1),
	      "promoted in all");
	check(w.s.n.flushes == TREES, "one flush for each tree");
	check(each(promote, NULL, &op, TDP_SPURIOUS, 0) && op.tables == 0, "nothing is left to promote");
}

/* S09: a root that is being reaped is no error, and what is in the others is done. */
static void stale(void)
{
	struct tdp_op alone = {.flags = keeps() ? TDP_EXCLUSIVE : 0}, op = {.cache = &w.s.cache};
	bool clear = true;

	tdp_roots_invalidate(&w.s.roots, &(struct tdp_filter){.spaces = 1});
	check(tdp_roots_reap(&w.s.roots, &alone) == TDP_OK, "one of them is reaped");
	w.words[0] = 2;
	check(tdp_roots_each(&w.s.roots, &all, give_back, NULL, NULL) == TDP_OK, "S09: given back in the others");
	check(each(collect, NULL, NULL, TDP_OK, 2), "S09: collected in the others");
	check(tdp_fault_fast(w.tree[1], 0, TDP_READ, NULL) == TDP_OK && each(age, &clear, NULL, TDP_OK, 1),
	      "S09: aged in the others");
	check(tdp_cache_fill(&w.s.cache, TREES, &w.s.ops, &w.s, NULL) == TDP_OK, "tables");
	check(each(split, NULL, &op, TDP_OK, 0) && op.changed == (TREES - 1) * w.size, "S09: split in the others");
	check(each(promote, NULL, &alone, TDP_OK, 0) && alone.changed == (TREES - 1) * w.size, "S09: promoted in the others");
}

void contract_log(void)
{
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		printf("# %s, %s\n", kinds[i].format, kinds[i].rcu);
		start(&kinds[i]);
		dirty();
		young();
		huge();
		stale();
		for (unsigned t = 0; t < TREES; t++)
			tdp_roots_put(&w.s.roots, w.tree[t]);
		check(set_stop(&w.s), "nothing was lost");
	}
}
