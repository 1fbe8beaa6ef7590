/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of trees: which role has which, and when each goes.
 */
#include "roots_impl.h"

#include "engine.h"
#include "retire.h"

void tdp_roots_lock(const struct roots *r)
{
	if (r->config.lock)
		r->config.lock(r->config.common.ctx);
}

void tdp_roots_unlock(const struct roots *r)
{
	if (r->config.unlock)
		r->config.unlock(r->config.common.ctx);
}

void tdp_roots_read_lock(const struct roots *r)
{
	const struct tdp_rcu *rcu = r->config.common.rcu;

	if (!rcu)
		tdp_roots_lock(r);
	else if (rcu->read_lock)
		rcu->read_lock(r->config.common.rcu_ctx);
}

void tdp_roots_read_unlock(const struct roots *r)
{
	const struct tdp_rcu *rcu = r->config.common.rcu;

	if (!rcu)
		tdp_roots_unlock(r);
	else if (rcu->read_unlock)
		rcu->read_unlock(r->config.common.rcu_ctx);
}

enum tdp_result tdp_roots_init(struct tdp_roots *roots, const struct tdp_roots_config *config)
{
	bool shared;

	if (!roots || !config || !config->common.ops || !config->tree_alloc || !config->tree_free)
		return TDP_INVALID;
	shared = config->common.rcu || (config->common.flags & TDP_TREE_KEEP_TABLES);
	if (!config->lock != !config->unlock || (shared && !config->lock))
		return TDP_INVALID;
	/* Found here and not by the first tree: roots are looked up in read sections. */
	if (config->common.ops->size != sizeof(*config->common.ops) || !rcu_is_whole(config->common.rcu))
		return TDP_INVALID;
	*roots_of(roots) = (struct roots){.config = *config};
	return TDP_OK;
}

bool tdp_root_is_per_vcpu(const struct tdp_layout *layout)
{
	return layout->format->root_per_vcpu;
}

/* ---- the end of a tree ---- */

/* Nobody holds it, and nobody can still be looking at its place in the list. */
static void free_tree(struct tree *t)
{
	struct roots *r = t->set.roots;
	struct tdp_table root = t->root_table;

	t->live = false;
	t->engine->free_tables(t);
	t->ready = false;
	r->config.tree_free(r->config.common.ctx, tree_public(t), &root);
	roots_count_down(&r->trees);
}

static void free_gone(struct tdp_rcu_head *head)
{
	free_tree((struct tree *)(void *)((char *)head - offsetof(struct tree, set.gone)));
}

/* Takes it out of the list; readers may still come across it until a grace period has passed. */
static void last_drop(struct tree *t)
{
	struct roots *r = t->set.roots;
	const struct tdp_config *common = &r->config.common;
	struct tree **link = &r->first;

	tdp_roots_lock(r);
	while (*link != t)
		link = &(*link)->set.next;
	root_link_set(link, t->set.next);
	tdp_roots_unlock(r);
	if (common->rcu && !TDP_BROKEN(ROOT_NO_GRACE))
		common->rcu->defer(common->rcu_ctx, &t->set.gone, free_gone);
	else
		free_tree(t);
}

void tdp_roots_put(struct tdp_roots *roots, struct tdp_tree *tree)
{
	struct tree *t = tree_of(tree);

	(void)roots;
	/* Its vCPU's reference is what kept it. */
	if (t->role.private) {
		root_flag_set(&t->invalid);
		tdp_hook_flush_all(t, NULL);
	}
	tree_drop(t);
}

/* Lets go of a tree for the set, and of what this call holds; nobody else ought to. */
static void end_tree(struct roots *r, struct tree *t)
{
	const struct tdp_config *common = &r->config.common;
	bool of_set = !t->role.private && !t->set.reaped;

	tdp_retire_drain(t);
	if (common->rcu)
		common->rcu->barrier(common->rcu_ctx); /* the queue is idle; now its hold is gone, too */
	if (t->set.refs != (of_set ? 2u : 1u))
		tdp_hook_warn(t, "a root is still held", NULL);
	tdp_tree_unload(tree_public(t), NULL);
	t->set.refs = 1;
	tree_drop(t);
}

void tdp_roots_fini(struct tdp_roots *roots)
{
	static const struct tdp_filter all = {.invalid = TDP_WITH_INVALID};
	struct roots *r = roots_of(roots);
	const struct tdp_config *common = &r->config.common;
	struct tree *next;

	for (struct tree *t = tdp_roots_next(r, NULL, &all); t; t = next) {
		next = tdp_roots_next(r, t, &all);
		end_tree(r, t);
	}
	while (common->rcu && root_flag(&r->trees))
		common->rcu->barrier(common->rcu_ctx);
	*r = (struct roots){0};
}

/* ---- the beginning ---- */

static bool same_layout(const struct tdp_layout *a, const struct tdp_layout *b, uint32_t features)
{
	return a->format == b->format && a->top_level == b->top_level && a->root_concat_lg2 == b->root_concat_lg2 &&
	       a->gpa_bits == b->gpa_bits && a->hpa_bits == b->hpa_bits && a->leaf_levels == b->leaf_levels &&
	       ((a->features ^ b->features) & features) == 0 && a->entry_or == b->entry_or && a->gpa_or == b->gpa_or &&
	       a->pat == b->pat;
}

bool tdp_roots_same_role(const struct tree *t, const struct tdp_role *role)
{
	/* A tree that logs by write protection has forgotten that hardware sets Dirty. */
	uint32_t features = t->flags & TDP_TREE_LOG_BY_WRITE_PROTECT ? ~(uint32_t)TDP_CAP_HW_D : ~UINT32_C(0);

	return !t->role.private && t->role.space == role->space && t->role.mode == role->mode && t->role.flags == role->flags &&
	       t->engine == role->engine && same_layout(&t->layout, role->layout, features);
}

/* The valid tree of a role, held for the caller; NULL: there is none. In a read section or under the lock. */
static struct tree *find(const struct roots *r, const struct tdp_role *role)
{
	for (struct tree *t = root_link(&r->first); t; t = root_link(&t->set.next))
		if (tdp_roots_same_role(t, role) && !root_flag(&t->invalid) && tree_try_hold(t))
			return t;
	return NULL;
}

/* The same from outside. A tree that became invalid while it was being taken is not given out. */
static struct tree *find_valid(const struct roots *r, const struct tdp_role *role)
{
	for (;;) {
		struct tree *t;

		tdp_roots_read_lock(r);
		t = find(r, role);
		tdp_roots_read_unlock(r);
		if (!t || !root_flag(&t->invalid))
			return t;
		tree_drop(t);
	}
}

static enum tdp_result make(struct roots *r, const struct tdp_role *role, struct tree **out)
{
	struct tdp_config config = r->config.common;
	struct tdp_regs regs;
	struct tdp_tree *tree;
	enum tdp_result result;

	config.engine = role->engine;
	config.layout = role->layout;
	config.flags |= role->flags & TDP_ROLE_NESTED ? TDP_TREE_LOG_BY_WRITE_PROTECT : 0u;
	config.root = (struct tdp_table){0};
	tree = r->config.tree_alloc(config.ctx, role, &config.root, &config.tag);
	if (!tree)
		return TDP_NOMEM;
	result = tdp_tree_init(tree, &config);
	if (result >= 0)
		result = tdp_tree_load(tree, &regs);
	if (result < 0) {
		r->config.tree_free(config.ctx, tree, &config.root);
		return result;
	}
	*out = tree_of(tree);
	(*out)->role = (struct root_role){
		.space = role->space, .mode = role->mode, .flags = role->flags, .private = tdp_root_is_per_vcpu(role->layout)};
	/* The caller's, and the set's until it is reaped. */
	(*out)->set = (struct root_links){.roots = r, .last_drop = last_drop, .refs = (*out)->role.private ? 1 : 2};
	return TDP_OK;
}

/* Links a new tree, unless another call has made one for the role meanwhile: then that one, held. */
static struct tree *publish(struct roots *r, const struct tdp_role *role, struct tree *t)
{
	struct tree *other;

	tdp_roots_lock(r);
	other = t->role.private ? NULL : find(r, role);
	if (!other) {
		t->set.next = r->first;
		roots_count_up(&r->trees);
		root_link_set(&r->first, t);
	}
	tdp_roots_unlock(r);
	return other;
}

/* A tree that was never published. */
static void unmake(struct roots *r, struct tree *t)
{
	struct tdp_table root = t->root_table;

	t->live = false;
	t->ready = false;
	r->config.tree_free(r->config.common.ctx, tree_public(t), &root);
}

enum tdp_result tdp_roots_get(struct tdp_roots *roots, const struct tdp_role *role, struct tdp_tree **out)
{
	struct roots *r = roots_of(roots);
	struct tree *t, *other;
	enum tdp_result result;

	if (!role || !out || !role->engine || !role->layout || !role->layout->format || role->space > 31 || role->reserved ||
	    (role->flags & ~(uint32_t)TDP_ROLE_NESTED))
		return TDP_INVALID;
	t = tdp_root_is_per_vcpu(role->layout) ? NULL : find_valid(r, role);
	while (!t) {
		result = make(r, role, &t);
		if (result < 0)
			return result;
		other = publish(r, role, t);
		if (!other)
			break;
		unmake(r, t);
		t = other;
		if (root_flag(&t->invalid)) { /* since then */
			tree_drop(t);
			t = find_valid(r, role);
		}
	}
	*out = tree_public(t);
	return TDP_OK;
}
