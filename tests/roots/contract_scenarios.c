/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bugs of sets of roots that hypervisors shipped, where somebody else acts in the middle of a call: in a pause, or while a tree is made.
 */
#include "contract.h"

#include <stdio.h>

enum { TREES = 3 };

/* Exclusive where the RCU is "serial", else in company. */
static const struct kind {
	const char *format, *rcu;
	bool kick;
} kinds[] = {
	{"fake-b", "early", true},   {"fake-o", "rwlock", false}, {"ept", "early", true},
	{"fake-b", "serial", false}, {"fake-o", "serial", true},  {"ept", "serial", false},
};

static struct {
	struct set s;
	struct tdp_tree *tree[TREES];
	tdp_gpa_t far; /* a page below the second root entry */
	unsigned pauses;
	bool good;
} w;

static enum tdp_result zap_all(struct tdp_tree *tree, void *arg, struct tdp_op *op)
{
	(void)arg;
	return tdp_zap(tree, 0, 2 * w.far, op);
}

static enum tdp_result zap_page(struct tdp_tree *tree, void *arg, struct tdp_op *op)
{
	return tdp_zap(tree, *(const tdp_gpa_t *)arg, PAGE, op);
}

/* Three trees with a page at 0 and one far from it. on_yield: what happens in each pause. */
static void start(const struct kind *kind, void (*on_yield)(void *arg))
{
	set_start(&w.s, kind->format, kind->rcu, kind->kick, true);
	w.far = tdp_level_size(&w.s.layout, w.s.layout.top_level);
	w.s.on_yield = on_yield;
	w.pauses = 0;
	w.good = true;
	for (unsigned i = 0; i < TREES; i++) {
		struct tdp_role role = set_role(&w.s, i, 0);

		check(tdp_roots_get(&w.s.roots, &role, &w.tree[i]) == TDP_OK && set_map(&w.s, w.tree[i], &w.s.cache, 0, 1) >= 0 &&
			      set_map(&w.s, w.tree[i], &w.s.cache, w.far, 1) >= 0,
		      "a tree with two pages");
	}
	w.s.n.flushes = 0;
}

static bool absent(const struct tdp_tree *tree, tdp_gpa_t gpa)
{
	struct tdp_mapping found;
	enum tdp_result r = tdp_lookup(tree, gpa, &found, NULL);

	return r == TDP_ABSENT || r == TDP_STALE_ROOT;
}

static void put_all(void)
{
	for (unsigned i = 0; i < TREES; i++)
		if (w.tree[i])
			tdp_roots_put(&w.s.roots, w.tree[i]);
}

/* S02: what has gone so far is flushed in every tree, whichever the walk stands in. */
static void all_is_flushed(void *arg)
{
	unsigned gone = 0;

	(void)arg;
	for (unsigned i = 0; i < TREES; i++)
		gone += absent(w.tree[i], 0) || absent(w.tree[i], w.far);
	w.good &= w.s.n.flushes >= gone;
	w.pauses++;
}

static void pause_in_the_second_root(const struct kind *kind)
{
	struct tdp_op op = {.flags = TDP_MAY_YIELD | TDP_ZAP_LEAVES};

	start(kind, all_is_flushed);
	w.s.pause = true;
	check(tdp_roots_each(&w.s.roots, NULL, zap_all, NULL, &op) == TDP_OK, "S02: zapped in all roots, with pauses");
	check(w.pauses >= TREES && w.good, "S02: each pause finds the flushes done that are owed");
	put_all();
	check(set_stop(&w.s), "nothing was lost");
}

/* S08: the walk stands in one of the trees, and everybody else lets go of all of them. */
static void all_let_go(void *arg)
{
	(void)arg;
	if (w.pauses++ > 0)
		return;
	tdp_roots_invalidate(&w.s.roots, NULL);
	w.good &= tdp_roots_reap(&w.s.roots, NULL) == TDP_OK;
	put_all();
	for (unsigned i = 0; i < TREES; i++)
		w.tree[i] = NULL;
	set_settle(&w.s);
	w.good &= w.s.n.trees == 1; /* the one that the walk is in */
}

static void freed_under_a_walk(const struct kind *kind)
{
	struct tdp_op op = {.flags = TDP_MAY_YIELD | TDP_ZAP_LEAVES};

	start(kind, all_let_go);
	w.s.pause = true;
	check(tdp_roots_each(&w.s.roots, NULL, zap_all, NULL, &op) >= 0, "S08: a walk over roots that go");
	check(w.pauses > 0 && w.good, "S08: the root that it stands in stays while it pauses");
	set_settle(&w.s);
	check(w.s.n.trees == 0, "S08: and no longer than that");
	check(set_stop(&w.s), "nothing was lost");
}

/* S09: a page is unmapped in the middle of a reap: it is in no root afterwards, neither the valid ones nor the one that is going. */
static void unmap_everywhere(void *arg)
{
	static const struct tdp_filter all = {.invalid = TDP_WITH_INVALID};
	tdp_gpa_t pages[] = {w.far, 0};

	(void)arg;
	w.s.pause = false;
	for (unsigned i = 0; i < 2; i++) {
		w.good &= tdp_roots_each(&w.s.roots, &all, zap_page, &pages[i], NULL) >= 0;
		for (unsigned k = 0; k < TREES; k++)
			w.good &= absent(w.tree[k], pages[i]);
	}
	w.pauses++;
}

static void unmapped_in_the_middle_of_a_reap(const struct kind *kind)
{
	struct tdp_op op = {.flags = TDP_MAY_YIELD};

	start(kind, unmap_everywhere);
	tdp_roots_invalidate(&w.s.roots, &(struct tdp_filter){.spaces = 1});
	w.s.pause = true;
	check(tdp_roots_reap(&w.s.roots, &op) >= 0, "S09: reaped, with a pause");
	check(w.pauses == 1 && w.good, "S09: what is unmapped in the pause is in no root");
	put_all();
	check(set_stop(&w.s), "nothing was lost");
}

/* S14: somebody else asks for the same role while its tree is being made; or invalidates it. */
static struct tdp_role role;
static struct tdp_tree *theirs;

static void asks_too(void *arg)
{
	(void)arg;
	w.s.on_tree_alloc = NULL;
	w.good &= tdp_roots_get(&w.s.roots, &role, &theirs) == TDP_OK;
}

static void asks_and_invalidates(void *arg)
{
	asks_too(arg);
	tdp_roots_invalidate(&w.s.roots, NULL);
}

static void two_ask_for_one_role(const struct kind *kind)
{
	struct tdp_tree *ours = NULL;

	start(kind, NULL);
	role = set_role(&w.s, 4, 0);
	w.s.on_tree_alloc = asks_too;
	check(tdp_roots_get(&w.s.roots, &role, &ours) == TDP_OK && w.good, "S14: two ask for one role");
	set_settle(&w.s);
	check(ours == theirs && w.s.n.trees == TREES + 1, "S14: and there is one root");
	tdp_roots_put(&w.s.roots, ours);
	tdp_roots_put(&w.s.roots, theirs);
	role.mode = 1;
	w.s.on_tree_alloc = asks_and_invalidates;
	check(tdp_roots_get(&w.s.roots, &role, &ours) == TDP_OK && ours != theirs && tdp_roots_is_valid(ours),
	      "S14: nobody is given one that was invalidated meanwhile");
	tdp_roots_put(&w.s.roots, theirs);
	tdp_roots_put(&w.s.roots, ours);
	check(tdp_roots_reap(&w.s.roots, NULL) == TDP_OK, "reaped");
	put_all();
	check(set_stop(&w.s), "nothing was lost");
}

void contract_scenarios(void)
{
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		printf("# %s, %s, %s\n", kinds[i].format, kinds[i].rcu, kinds[i].kick ? "kicks" : "flushes");
		pause_in_the_second_root(&kinds[i]);
		freed_under_a_walk(&kinds[i]);
		unmapped_in_the_middle_of_a_reap(&kinds[i]);
		two_ask_for_one_role(&kinds[i]);
	}
}
