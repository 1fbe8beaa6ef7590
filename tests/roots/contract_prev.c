/* SPDX-License-Identifier: BSD-2-Clause */
#include "contract.h"

/* Switches to the role of a space; returns its tree. */
static struct tdp_tree *to(struct set *s, struct tdp_prev *prev, unsigned space, uint64_t key)
{
	struct tdp_role role = set_role(s, space, 0);
	struct tdp_tree *tree = NULL;

	check(tdp_prev_switch(prev, &s->roots, &role, key, &tree) == TDP_OK && tree, "switched");
	return tree;
}

static void lru(void)
{
	struct set s;
	struct tdp_prev prev = {{0}};
	struct tdp_tree *tree[5], *kept = NULL;
	struct tdp_role role;

	set_start(&s, "fake-o", "rwlock", true, true);
	for (unsigned i = 0; i < 4; i++)
		tree[i] = to(&s, &prev, i, 0);
	check(s.n.trees == 4, "four roles, four trees");
	s.refuse = 100;
	for (unsigned i = 0; i < 4; i++)
		check(to(&s, &prev, i, 0) == tree[i], "the last four are found");
	check(to(&s, &prev, 3, 0) == tree[3], "the current one, too");
	role = set_role(&s, 4, 0);
	kept = tree[3];
	check(tdp_prev_switch(&prev, &s.roots, &role, 0, &kept) == TDP_NOMEM && kept == tree[3], "an error changes nothing");
	s.refuse = 0;
	/* Invalid and unheld, a tree is gone as soon as it is reaped: so we see who was let go. */
	tree[4] = to(&s, &prev, 4, 0);
	tdp_roots_invalidate(&s.roots, &(struct tdp_filter){.spaces = 1});
	check(tdp_roots_reap(&s.roots, NULL) == TDP_OK, "reaped");
	set_settle(&s);
	check(s.n.trees == 4, "the oldest was let go");
	tdp_roots_invalidate(&s.roots, &(struct tdp_filter){.spaces = 2});
	check(tdp_roots_reap(&s.roots, NULL) == TDP_OK, "reaped");
	set_settle(&s);
	check(s.n.trees == 4, "the next one is held");
	(void)to(&s, &prev, 2, 0);
	set_settle(&s);
	check(s.n.trees == 3, "until the next switch lets go of what is invalid");
	tdp_prev_drop(&prev, &s.roots);
	tdp_prev_drop(&prev, &s.roots);
	check(set_stop(&s), "nothing was lost");
}

static void keys(void)
{
	struct set s;
	struct tdp_prev prev = {{0}};
	struct tdp_tree *a, *b;

	set_start(&s, "fake-o", "rwlock", true, true);
	a = to(&s, &prev, 0, 1);
	b = to(&s, &prev, 0, 2);
	check(a == b && s.n.trees == 1, "two keys of one role share its tree");
	tdp_roots_invalidate(&s.roots, NULL);
	b = to(&s, &prev, 0, 2);
	check(a != b, "an invalid root is not switched to");
	check(to(&s, &prev, 0, 1) == b, "under no key");
	check(tdp_roots_reap(&s.roots, NULL) == TDP_OK, "reaped");
	set_settle(&s);
	check(s.n.trees == 1, "nor held");
	tdp_prev_drop(&prev, &s.roots);
	check(set_stop(&s), "nothing was lost");
}

/* S21: a vCPU changes its mode, and loads what was its root register's value in the old one: the role decides, not the key. */
static void modes(void)
{
	struct set s;
	struct tdp_prev prev = {{0}};
	struct tdp_tree *tree[3] = {NULL}, *again = NULL;
	struct tdp_role role[3];

	set_start(&s, "fake-o", "rwlock", true, true);
	for (unsigned i = 0; i < 3; i++) {
		role[i] = set_role(&s, 0, i == 1);
		role[i].layout = i == 2 ? &s.pae : &s.layout;
		role[i].engine = i == 2 ? &tdp_npt_pae_engine : s.engine;
		check(tdp_prev_switch(&prev, &s.roots, &role[i], 7, &tree[i]) == TDP_OK, "S21: three modes, one key");
	}
	check(tree[0] != tree[1] && tree[1] != tree[2] && tree[0] != tree[2], "S21: each has its tree");
	for (unsigned i = 0; i < 2; i++)
		check(tdp_prev_switch(&prev, &s.roots, &role[i], 7, &again) == TDP_OK && again == tree[i],
		      "S21: and comes back to it");
	set_settle(&s);
	check(s.n.trees == 2, "S21: but for the one that is not kept");
	tdp_prev_drop(&prev, &s.roots);
	check(set_stop(&s), "nothing was lost");
}

void contract_prev(void)
{
	lru();
	keys();
	modes();
}

void contract_per_vcpu(void)
{
	struct set s;
	struct tdp_prev prev = {{0}};
	struct tdp_tree *a = NULL, *b = NULL, *c = NULL;
	struct tdp_role role;
	unsigned long frees;

	set_start(&s, "fake-o", "rwlock", true, true);
	check(tdp_root_is_per_vcpu(&s.pae) && !tdp_root_is_per_vcpu(&s.layout), "some formats have roots per vCPU");
	check(tdp_root_size(&s.pae) == 32, "of four entries");
	role = (struct tdp_role){.engine = &tdp_npt_pae_engine, .layout = &s.pae};
	check(tdp_roots_get(&s.roots, &role, &a) == TDP_OK && tdp_roots_get(&s.roots, &role, &b) == TDP_OK && a != b,
	      "never shared");
	check(set_map(&s, a, &s.cache, 0, 3) >= 0 && set_map(&s, b, &s.cache, 0, 1) >= 0, "but used as any other");
	s.n.flushes = 0;
	frees = pool_frees(&s.pool);
	tdp_roots_put(&s.roots, a);
	set_settle(&s);
	check(s.n.trees == 1 && s.n.flushes == 1, "flushed and freed with its put");
	check(pool_frees(&s.pool) == frees + 2, "tables and all");
	tdp_roots_invalidate(&s.roots, NULL);
	check(!tdp_roots_is_valid(b) && tdp_roots_reap(&s.roots, NULL) == TDP_OK && s.n.dirty_pages == 1,
	      "invalidated with the others");
	tdp_roots_put(&s.roots, b);
	set_settle(&s);
	check(s.n.trees == 0, "gone");
	check(tdp_prev_switch(&prev, &s.roots, &role, 0, &a) == TDP_OK, "a vCPU switches to one");
	b = to(&s, &prev, 0, 0);
	set_settle(&s);
	check(a != b && s.n.trees == 1, "S21: and away: it is not kept");
	check(tdp_prev_switch(&prev, &s.roots, &role, 0, &a) == TDP_OK && a != b, "and back: a fresh one");
	check(tdp_prev_switch(&prev, &s.roots, &role, 0, &c) == TDP_OK, "and once more");
	set_settle(&s);
	check(s.n.trees == 2, "S21: it is not found when it is current, and goes");
	tdp_prev_drop(&prev, &s.roots);
	check(set_stop(&s), "nothing was lost");
}
