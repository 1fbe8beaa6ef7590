/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * roots: what each call of roots.h promises to a caller who is alone.
 */
#include "contract.h"

#include <stdio.h>

static struct tdp_tree *no_tree(void *ctx, const struct tdp_role *role, struct tdp_table *root, uint32_t *tag)
{
	(void)ctx, (void)role, (void)root, (void)tag;
	return NULL;
}

static void take_no_tree(void *ctx, struct tdp_tree *tree, const struct tdp_table *root)
{
	(void)ctx, (void)tree, (void)root;
}

static void no_lock(void *ctx)
{
	(void)ctx;
}

/* An RCU that lets nobody out again: a tree would refuse it, but a set looked for one in a read section before. */
static void refused_rcu(const struct set *s)
{
	struct tdp_roots_config config = {.common = {.ops = &s->ops, .rcu = s->rcu->rcu},
					  .tree_alloc = no_tree,
					  .tree_free = take_no_tree,
					  .lock = no_lock,
					  .unlock = no_lock};
	struct tdp_rcu rcu = *s->rcu->rcu;
	struct tdp_mm_ops ops = s->ops;
	struct tdp_roots roots;

	check(tdp_roots_init(&roots, &config) == TDP_OK, "a whole RCU");
	rcu.read_unlock = NULL;
	config.common.rcu = &rcu;
	check(tdp_roots_init(&roots, &config) == TDP_INVALID, "an RCU that is not whole");
	config.common.rcu = s->rcu->rcu;
	config.common.ops = &ops;
	ops.size--;
	check(tdp_roots_init(&roots, &config) == TDP_INVALID, "hooks of another size");
}

static void refusals(void)
{
	struct set s;
	struct tdp_roots roots;
	struct tdp_tree *tree = NULL;
	struct tdp_op op = {.flags = TDP_OVERZAP};
	struct tdp_role role;

	set_start(&s, "fake-o", "rwlock", true, true);
	check(tdp_roots_init(&roots, &(struct tdp_roots_config){0}) == TDP_INVALID, "a set needs hooks");
	refused_rcu(&s);
	role = set_role(&s, 32, 0);
	check(tdp_roots_get(&s.roots, &role, &tree) == TDP_INVALID, "spaces end at 31");
	role = set_role(&s, 0, 0);
	role.reserved = 1;
	check(tdp_roots_get(&s.roots, &role, &tree) == TDP_INVALID, "reserved is 0");
	role.reserved = 0;
	role.flags = 2;
	check(tdp_roots_get(&s.roots, &role, &tree) == TDP_INVALID, "an unknown flag");
	role.flags = 0;
	role.engine = &tdp_ept_engine;
	check(tdp_roots_get(&s.roots, &role, &tree) == TDP_INVALID, "an engine of another format");
	role = set_role(&s, 0, 0);
	s.refuse = 1;
	check(tdp_roots_get(&s.roots, &role, &tree) == TDP_NOMEM && s.n.trees == 0, "no memory for a tree");
	check(tdp_roots_reap(&s.roots, &op) == TDP_INVALID, "a flag that reap does not know");
	check(tree == NULL, "nothing was given out");
	check(set_stop(&s), "nothing was lost");
}

static void roles(void)
{
	struct set s;
	struct tdp_tree *a = NULL, *b = NULL, *c = NULL, *d = NULL, *e = NULL;
	struct tdp_layout narrow;
	struct tdp_role role, other;

	set_start(&s, "fake-o", "rwlock", true, true);
	role = other = set_role(&s, 1, 5);
	narrow = s.layout;
	check(tdp_roots_get(&s.roots, &role, &a) == TDP_OK && tdp_tree_tag(a) == 1, "a role has a tree");
	other.layout = &narrow;
	check(tdp_roots_get(&s.roots, &other, &b) == TDP_OK && a == b, "an equal role has the same one");
	tdp_roots_put(&s.roots, b);
	other.mode = 4;
	check(tdp_roots_get(&s.roots, &other, &b) == TDP_OK && a != b, "another mode has another");
	narrow.leaf_levels = 1;
	other.mode = 5;
	check(tdp_roots_get(&s.roots, &other, &c) == TDP_OK && c != a && c != b, "another layout has another");
	role.space = 2;
	check(tdp_roots_get(&s.roots, &role, &d) == TDP_OK && d != a, "another space has another");
	role.space = 1;
	role.flags = TDP_ROLE_NESTED;
	check(tdp_roots_get(&s.roots, &role, &e) == TDP_OK && e != a, "a nested role has another");
	check(!(tdp_tree_layout(e)->features & TDP_CAP_HW_D), "S25: which logs by write protection");
	tdp_roots_put(&s.roots, e);
	check(tdp_roots_get(&s.roots, &role, &e) == TDP_OK && s.n.trees == 5, "and is found again, though nobody held it");
	tdp_roots_put(&s.roots, a);
	tdp_roots_put(&s.roots, b);
	tdp_roots_put(&s.roots, c);
	tdp_roots_put(&s.roots, d);
	tdp_roots_put(&s.roots, e);
	check(s.n.trees == 5 && s.n.flushes == 0, "a put tree stays");
	check(set_stop(&s), "nothing was lost");
}

/* What takes something away from a range is done with dead entries: the rest of the range has its turn. */
static void stale_ranges(struct set *s, struct tdp_tree *tree)
{
	const uint64_t size = 2 * tdp_level_size(&s->layout, s->layout.top_level);
	struct tdp_op op = {0};

	check(tdp_zap(tree, 0, size, &op) == TDP_STALE_ROOT && op.next == size, "a zap in it goes through");
	op.flags = TDP_EXCLUSIVE;
	check(tdp_zap(tree, 0, size, &op) == TDP_STALE_ROOT && op.next == size, "an exclusive one, too");
	op.flags = 0;
	check(tdp_protect(tree, 0, size, &op) == TDP_STALE_ROOT && op.next == size, "a protection, too");
	check(tdp_set_attrs(tree, 0, size, (struct tdp_attrs){.prot = TDP_R}, TDP_MASK_PROT, &op) == TDP_STALE_ROOT &&
		      op.next == size,
	      "new attributes, too");
}

/* Every call that meets a dead entry says so. */
static void stale(struct set *s, struct tdp_tree *tree)
{
	struct tdp_mapping found;
	tdp_spte_t raw;
	unsigned level;

	check(set_map(s, tree, &s->cache, 0, 1) == TDP_STALE_ROOT, "S12: a fault in it");
	check(tdp_lookup(tree, 0, &found, NULL) == TDP_STALE_ROOT, "a lookup in it");
	check(tdp_lookup_raw(tree, 0, &raw, &level) == TDP_STALE_ROOT, "a raw lookup in it");
	check(tdp_map(tree, 0, PAGE, set_hpa(0), (struct tdp_attrs){.prot = TDP_RWX}, NULL) == TDP_STALE_ROOT, "a map in it");
	check(tdp_note(tree, 0, PAGE, 1, NULL) == TDP_STALE_ROOT, "a note in it");
	check(tdp_replace(tree, 0, PAGE, set_hpa(0), set_hpa(PAGE), (struct tdp_attrs){.prot = TDP_RWX}, NULL) == TDP_STALE_ROOT,
	      "a replace in it");
	stale_ranges(s, tree);
	check(tdp_verify(tree, NULL, NULL) == TDP_OK, "it is whole");
}

static void life(const char *format, const char *rcu, bool kick)
{
	struct set s;
	struct tdp_tree *a = NULL, *b = NULL;
	struct tdp_role role;
	struct tdp_op op = {0};
	char what[80];
	unsigned tables;

	snprintf(what, sizeof(what), "%s, %s, %s", format, rcu, kick ? "kicks" : "flushes");
	set_start(&s, format, rcu, kick, true);
	printf("# %s\n", what);
	role = set_role(&s, 0, 0);
	check(tdp_roots_get(&s.roots, &role, &a) == TDP_OK, what);
	check(set_map(&s, a, &s.cache, 0, 4) >= 0 && set_map(&s, a, &s.cache, 0x40000, 2) >= 0, "six written pages");
	check(tdp_roots_is_valid(a) && tdp_roots_enter(a), "valid");
	check(tdp_roots_reap(&s.roots, &op) == TDP_SPURIOUS && s.n.kicks == 0, "nothing to reap");
	tdp_roots_invalidate(&s.roots, NULL);
	check(!tdp_roots_is_valid(a) && !tdp_roots_enter(a), "invalid");
	check(s.n.flushes == 0 && s.n.kicks == 0, "quick: nothing flushed");
	check(tdp_roots_get(&s.roots, &role, &b) == TDP_OK && b != a, "the role has a new tree");
	tables = (unsigned)pool_frees(&s.pool);
	check(tdp_roots_reap(&s.roots, &op) == TDP_OK && op.changed > 0, "reaped");
	check(s.n.kicks == (kick ? 1u : 0u), "one kick, if there is a kick");
	check(kick ? s.n.flushes == 0 : s.n.table_flushes > 0 && s.n.flushes == s.n.table_flushes,
	      kick ? "and then no flush at all" : "else a flush for each root entry that was in use");
	check(s.n.dirty_pages == 6, "every written page is reported");
	stale(&s, a);
	set_settle(&s);
	check(pool_frees(&s.pool) > tables, "its tables are freed");
	check(s.n.trees == 2, "itself not, for it is held");
	check(tdp_roots_reap(&s.roots, &op) == TDP_SPURIOUS && op.changed == 0, "nothing more to reap");
	tdp_roots_put(&s.roots, a);
	set_settle(&s);
	check(s.n.trees == 1, "the last put frees it");
	check(set_map(&s, b, &s.cache, 0, 1) >= 0, "the new one lives");
	tdp_roots_put(&s.roots, b);
	check(set_stop(&s), "nothing was lost");
}

/* A tree of one level: its pages are root entries, and what would pass over them looks whether they are dead. */
static void one_level(uint32_t flags)
{
	const struct tdp_caps caps = {.hpa_bits = 40, .leaf_levels = 7, .features = TDP_CAP_HW_A | TDP_CAP_TTST};
	const struct tdp_wish wish = {.gpa_bits = 21, .levels = 1};
	struct set s;
	struct tdp_tree *a = NULL;
	struct tdp_role role;
	struct tdp_op op = {.flags = flags};
	const uint64_t size = UINT64_C(1) << wish.gpa_bits;

	set_start(&s, "s2-4k", "rwlock", true, true);
	check(tdp_layout_choose(&s.layout, &tdp_s2_4k, &caps, &wish, NULL) == TDP_OK && s.layout.top_level == 0, "one level");
	role = set_role(&s, 0, 0);
	check(tdp_roots_get(&s.roots, &role, &a) == TDP_OK && set_map(&s, a, &s.cache, 0, 4) >= 0, "a tree with four pages");
	tdp_roots_invalidate(&s.roots, NULL);
	check(tdp_roots_reap(&s.roots, NULL) == TDP_OK && s.n.dirty_pages == 4, "reaped");
	check(tdp_zap(a, 0, size, &op) == TDP_STALE_ROOT && op.next == size, "a zap in it");
	check(tdp_protect(a, 0, size, &op) == TDP_STALE_ROOT && op.next == size, "a protection");
	check(tdp_age(a, 0, size, true, NULL, &op) == TDP_STALE_ROOT, "aging");
	check(tdp_set_attrs(a, 0, size, (struct tdp_attrs){.prot = TDP_R}, TDP_MASK_PROT, &op) == TDP_STALE_ROOT, "new attributes");
	check(set_map(&s, a, &s.cache, 0, 1) == TDP_STALE_ROOT, "a fault");
	tdp_roots_put(&s.roots, a);
	set_settle(&s);
	check(set_stop(&s), "nothing was lost");
}

/* A leaf of the root that a gather has cleared and not flushed: nothing of it is in use when the reap returns. */
static void gather_open(const char *rcu, bool kick)
{
	struct set s;
	struct tdp_tree *a = NULL;
	struct tdp_gather gather = {{0}};
	struct tdp_role role;
	struct tdp_op op = {.gather = &gather};
	uint64_t leaf;

	set_start(&s, "s2-4k", rcu, kick, true);
	role = set_role(&s, 0, 0);
	leaf = tdp_level_size(&s.layout, s.layout.top_level);
	check(tdp_roots_get(&s.roots, &role, &a) == TDP_OK &&
		      tdp_map(a, 0, 2 * leaf, 2 * leaf, (struct tdp_attrs){.prot = TDP_RW}, NULL) == TDP_OK,
	      "two leaves of the root");
	check(tdp_zap(a, 0, 2 * leaf, &op) == TDP_OK && tdp_note(a, leaf, leaf, 7, NULL) == TDP_OK,
	      "cleared; a note is in one's place");
	check(s.n.flushes == 0, "not flushed yet");
	tdp_roots_invalidate(&s.roots, NULL);
	check(tdp_roots_reap(&s.roots, NULL) == TDP_OK, "reaped");
	check(kick ? s.n.kicks == 1 && s.n.flushes == 0 : s.n.flushes >= 2,
	      kick ? "one kick" : "a flush for each that may be cached");
	check(tdp_zap(a, 0, leaf, NULL) == TDP_STALE_ROOT, "who comes later need not flush");
	tdp_gather_flush(&gather, NULL);
	tdp_roots_put(&s.roots, a);
	check(set_stop(&s), "nothing was lost");
}

/* A tree that nobody holds goes with the reap. */
static void unheld(void)
{
	struct set s;
	struct tdp_tree *a = NULL;
	struct tdp_role role;

	set_start(&s, "fake-b", "rwlock", true, true);
	role = set_role(&s, 0, 0);
	check(tdp_roots_get(&s.roots, &role, &a) == TDP_OK && set_map(&s, a, &s.cache, 0, 1) >= 0, "a tree");
	tdp_roots_put(&s.roots, a);
	tdp_roots_invalidate(&s.roots, &(struct tdp_filter){.spaces = 2});
	check(tdp_roots_is_valid(a), "another space was invalidated");
	tdp_roots_invalidate(&s.roots, &(struct tdp_filter){.mode_mask = 1, .mode_match = 1});
	check(tdp_roots_is_valid(a), "another mode was invalidated");
	tdp_roots_invalidate(&s.roots, &(struct tdp_filter){.spaces = 1});
	check(tdp_roots_reap(&s.roots, NULL) == TDP_OK, "reaped");
	set_settle(&s);
	check(s.n.trees == 0, "it is gone");
	check(set_stop(&s), "nothing was lost");
}

/* Without RCU no shared call frees tables; a promise to be alone does. */
static void keep_tables(void)
{
	struct set s;
	struct tdp_tree *a = NULL;
	struct tdp_role role;
	struct tdp_op op = {.flags = TDP_EXCLUSIVE};

	set_start(&s, "fake-o", "keep", true, true);
	role = set_role(&s, 0, 0);
	check(tdp_roots_get(&s.roots, &role, &a) == TDP_OK && set_map(&s, a, &s.cache, 0, 3) >= 0, "a tree that keeps tables");
	tdp_roots_invalidate(&s.roots, NULL);
	check(tdp_roots_reap(&s.roots, NULL) == TDP_UNSUPPORTED, "no shared reap");
	check(tdp_roots_reap(&s.roots, &op) == TDP_OK && s.n.dirty_pages == 3, "an exclusive one");
	tdp_roots_put(&s.roots, a);
	check(s.n.trees == 0, "freed at once");
	check(set_stop(&s), "nothing was lost");
}

/* Pauses lie between units of 16 pages, or of 32 tables; who starts over each time gets on all the same (I9). */
static void pauses(void)
{
	struct set s;
	struct tdp_tree *a = NULL;
	struct tdp_role role;
	struct tdp_op op = {.flags = TDP_MAY_YIELD};
	enum tdp_result r;
	unsigned calls = 0;

	for (unsigned i = 0; i < 4; i++) {
		const bool hook = i & 1, alone = i & 2;
		const unsigned least = alone ? 2 : 16; /* 64 tables, of which an exclusive call takes 32 at once */

		set_start(&s, "fake-o", alone ? "serial" : "rwlock", true, hook);
		role = set_role(&s, 0, 0);
		check(tdp_roots_get(&s.roots, &role, &a) == TDP_OK && set_map(&s, a, &s.cache, 0, 256) >= 0, "a full tree");
		tdp_roots_invalidate(&s.roots, NULL);
		s.pause = true;
		for (calls = 1; (r = tdp_roots_reap(&s.roots, &op)) == TDP_STOPPED && calls < 100; calls++)
			;
		check(r == TDP_OK && s.n.dirty_pages == 256, "reaped, with pauses");
		check(!hook || op.changed >= 256 * PAGE, "and says how much, pauses or not");
		check(hook ? calls == 1 && s.n.yields >= least - 1 : calls >= least && calls <= 32,
		      hook ? "each a call of the hook" : "each the end of a call");
		check(s.n.kicks == 1, "but one kick");
		tdp_roots_put(&s.roots, a);
		check(set_stop(&s), "nothing was lost");
	}
}

int main(void)
{
	refusals();
	roles();
	life("fake-o", "rwlock", true);
	life("fake-o", "early", false);
	life("fake-b", "early", true);
	life("fake-b", "rwlock", false);
	life("ept", "rwlock", true);
	life("ept", "serial", false);
	one_level(0);
	one_level(TDP_EXCLUSIVE);
	gather_open("rwlock", false);
	gather_open("early", true);
	gather_open("serial", false);
	unheld();
	keep_tables();
	pauses();
	contract_clean();
	contract_each();
	contract_log();
	contract_scenarios();
	contract_prev();
	contract_per_vcpu();
	contract_invalidation();
	return check_done();
}
