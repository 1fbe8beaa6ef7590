/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree as one of a set of roots: vCPUs that enter and leave it, kicks, and its end. The set may make a second tree for the same role,
 * in which nobody does anything.
 */
#include <fmt.h>
#include <roots_impl.h>
#include <stdlib.h>

#include "world_impl.h"

static struct tdp_roots roots;
static struct tdp_tree other;
static struct tdp_layout set_layout;
static struct tdp_role role;
/* A link of the set's list that the running fibre may just have stored to, and what it held; NULL: none. */
static struct tree **link_pending, *link_before;

static struct tdp_tree *tree_at(unsigned i)
{
	return i == 0 ? &world_tree : &other;
}

static struct tdp_tree *on_tree_alloc(void *ctx, const struct tdp_role *for_role, struct tdp_table *root, uint32_t *tag)
{
	(void)ctx;
	(void)for_role;
	(void)tag;
	explore_point();
	if (world.trees == TREES)
		return NULL;
	if (world.trees == 0)
		*root = (struct tdp_table){.va = world_memory, .hpa = FRAME_HPA};
	else if (!world_ops.table_alloc(NULL, NULL, root))
		return NULL;
	explore_changed();
	return tree_at(world.trees++);
}

static void on_tree_free(void *ctx, struct tdp_tree *tree, const struct tdp_table *root)
{
	const unsigned i = tree == &other;

	(void)ctx;
	explore_point();
	if (world.gone[i])
		explore_fail("a root is freed twice");
	for (unsigned c = 0; c < CPUS && i == 0; c++) {
		if (world.cpu[c].inside && world.cpu[c].walking)
			explore_fail("a root is freed while a CPU is inside");
		for (unsigned p = 0; p < PAGES; p++)
			if (world.cpu[c].tlb[p].hpa || world.cpu[c].table[p / PER_TABLE])
				explore_fail("a root is freed while something of it is cached");
	}
	world.gone[i] = true;
	world_free_frame((root->hpa - FRAME_HPA) / PAGE_BYTES);
}

static bool unlocked(void)
{
	return !world.locked;
}

static void on_lock(void *ctx)
{
	(void)ctx;
	if (explore_self() >= 0)
		explore_until(unlocked);
	world_buffer_fence();
	world.locked = true;
}

static void on_unlock(void *ctx)
{
	(void)ctx;
	/* A spin lock is given back by a plain store. */
	world_settle();
	world_buffer_flag(&world.locked, false);
}

/* ---- CPUs ---- */

static bool all_outside(void)
{
	return !world.cpu[0].inside && !world.cpu[1].inside;
}

static void on_kick(void *ctx, void *user, const struct tdp_tree *tree)
{
	(void)ctx;
	(void)user;
	(void)tree;
	for (unsigned c = 0; c < CPUS; c++) {
		explore_point();
		world.cpu[c].out |= world.cpu[c].inside;
	}
	explore_changed();
	explore_until(all_outside);
	for (unsigned c = 0; c < CPUS; c++)
		world_forget(&world.cpu[c]);
	explore_changed();
}

static void leave(struct cpu *cpu)
{
	explore_point();
	cpu->out = false;
	world_buffer_flag(&cpu->inside, false);
}

enum tdp_result world_inside(unsigned c, unsigned page, bool write)
{
	struct cpu *cpu = &world.cpu[c];
	bool done;

	explore_point();
	world_buffer_flag(&cpu->inside, true);
	if (!tdp_roots_enter(&world_tree)) {
		leave(cpu);
		return TDP_STALE_ROOT;
	}
	done = !cpu->out && world_guest(c, page, write);
	leave(cpu);
	return done ? TDP_OK : TDP_ABSENT;
}

enum tdp_result world_run(unsigned c, unsigned page, unsigned n)
{
	struct tdp_op op = world_op(0, NULL);
	enum tdp_result r = world_inside(c, page, true);

	if (r != TDP_ABSENT)
		return r;
	r = world_fault(page, n, false, &op);
	return world_inside(c, page, true) == TDP_ABSENT ? r : TDP_OK;
}

/* ---- the set ---- */

void world_set_start(const struct tdp_config *common, const struct tdp_engine *engine, const struct tdp_layout *layout)
{
	const struct tdp_roots_config config = {
		.common = *common, .tree_alloc = on_tree_alloc, .tree_free = on_tree_free, .lock = on_lock, .unlock = on_unlock};
	struct tdp_tree *tree;

	link_pending = NULL;
	world_ops.kick = world_config.set == SET_KICK ? on_kick : NULL;
	set_layout = *layout;
	role = (struct tdp_role){.engine = engine, .layout = &set_layout};
	if (tdp_roots_init(&roots, &config) != TDP_OK || tdp_roots_get(&roots, &role, &tree) != TDP_OK || tree != &world_tree)
		abort();
	tdp_roots_put(&roots, tree);
}

struct tdp_tree *world_get(void)
{
	struct tdp_tree *tree = NULL;
	enum tdp_result r = tdp_roots_get(&roots, &role, &tree);

	if (r != TDP_OK && r != TDP_NOMEM)
		explore_fail("a root cannot be had: %s", tdp_result_name(r));
	return tree;
}

void world_put(struct tdp_tree *tree)
{
	tdp_roots_put(&roots, tree);
}

void world_invalidate(void)
{
	tdp_roots_invalidate(&roots, NULL);
}

enum tdp_result world_reap(uint32_t flags)
{
	struct tdp_op op = world_op(flags, NULL);

	return tdp_roots_reap(&roots, &op);
}

/* ---- what must hold ---- */

void world_dead(void)
{
	const struct tdp_format *format = set_layout.format;

	for (unsigned e = 0; e < PER_TABLE; e++)
		if (!fmt_is_dead(format, 1, world_memory[e]))
			explore_fail("entry %u of a root is not dead when its reap has returned", e);
}

void world_set_check(const volatile void *word)
{
	struct tree **first = &roots_of(&roots)->first;

	if (word == first)
		link_pending = first;
	for (unsigned i = 0; i < TREES && world_config.set != NO_SET; i++) {
		if (world.gone[i] && (uintptr_t)word - (uintptr_t)tree_at(i) < sizeof(struct tdp_tree))
			explore_fail("a freed root is touched");
		if (word == &tree_of(tree_at(i))->set.next)
			link_pending = &tree_of(tree_at(i))->set.next;
	}
	if (link_pending)
		link_before = *link_pending;
}

void world_set_settle(void)
{
	struct tree **link = link_pending;

	link_pending = NULL;
	if (link && *link != link_before)
		world_buffer_word((uint64_t *)(void *)link, (uint64_t)(uintptr_t)link_before);
}

void world_set_wrote(uint64_t before)
{
	/* The root is cleared when nobody holds it any more. */
	if (fmt_is_dead(set_layout.format, 1, before) && tree_of(&world_tree)->set.refs != 0)
		explore_fail("a dead entry is replaced");
}

void world_set_step(void)
{
	for (unsigned i = 0; i < world.trees && !world.gone[i]; i++) {
		bool zero = tree_of(tree_at(i))->set.refs == 0;

		if (world.unheld[i] && !zero)
			explore_fail("a reference is taken from zero");
		world.unheld[i] = zero && tree_of(tree_at(i))->set.roots;
	}
}

unsigned world_set_end(void)
{
	unsigned tables = 0;

	for (unsigned i = 0; i < world.trees; i++) {
		const struct tree *t = tree_of(tree_at(i));

		tables += !world.gone[i];
		if (!world.gone[i] && t->invalid)
			explore_fail("an invalid root is still there at the end, with %u references", t->set.refs);
		if (!world.gone[i] && !t->invalid && t->set.refs != 1)
			explore_fail("a valid root has %u references at the end", t->set.refs);
	}
	return tables;
}

uint64_t world_set_state(void)
{
	const struct roots *r = roots_of(&roots);
	uint64_t h = hash_bytes(r->trees, &r->first, sizeof(r->first));

	for (unsigned i = 0; i < TREES; i++) {
		const struct tree *t = tree_of(tree_at(i));

		/* The second one is left over from another execution until it is made in this one. */
		if (i >= world.trees)
			continue;
		h = hash_bytes(h, &t->invalid, sizeof(t->invalid));
		h = hash_bytes(h, &t->set.next, sizeof(t->set.next));
		h = hash_bytes(h, &t->set.refs, sizeof(t->set.refs));
		h = hash_bytes(h, &t->set.kicked, sizeof(t->set.kicked));
		h = hash_bytes(h, &t->set.reaped, sizeof(t->set.reaped));
	}
	return h;
}
