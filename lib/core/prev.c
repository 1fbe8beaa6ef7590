/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The root that a vCPU runs with, and the last ones before it.
 */
#include "roots_impl.h"

enum { PREV_ROOTS = 4 }; /* the current one first, then from the youngest to the oldest */

struct prev_root {
	struct tree *tree; /* held; NULL: none */
	uint64_t key;
};

struct prev {
	struct prev_root root[PREV_ROOTS];
};
_Static_assert(sizeof(struct prev) <= sizeof(struct tdp_prev), "the opaque words must hold the real ones");

/* Puts what is in a place, and empties it. */
static void prev_put(struct tdp_roots *roots, struct prev_root *place)
{
	struct tree *t = place->tree;

	*place = (struct prev_root){0};
	if (t)
		tdp_roots_put(roots, tree_public(t));
}

/* Where the root of a role and key is; PREV_ROOTS: nowhere. Per-vCPU roots have no equal role. */
static unsigned prev_find(const struct prev *v, const struct tdp_role *role, uint64_t key)
{
	unsigned i = 0;

	while (i < PREV_ROOTS && !(v->root[i].tree && v->root[i].key == key && tdp_roots_same_role(v->root[i].tree, role) &&
				   !root_flag(&v->root[i].tree->invalid)))
		i++;
	return i;
}

enum tdp_result tdp_prev_switch(struct tdp_prev *prev, struct tdp_roots *roots, const struct tdp_role *role, uint64_t key,
				struct tdp_tree **current)
{
	struct prev *v = (struct prev *)prev;
	struct prev_root root = {.key = key};
	unsigned from;

	if (!role || !role->layout || !current)
		return TDP_INVALID;
	from = prev_find(v, role, key);
	if (from == PREV_ROOTS) {
		struct tdp_tree *tree;
		enum tdp_result r = tdp_roots_get(roots, role, &tree);

		if (r < 0)
			return r;
		root.tree = tree_of(tree);
	} else {
		root = v->root[from];
		v->root[from] = (struct prev_root){0};
	}
	/* What nobody will switch back to makes room; else the oldest does. */
	for (unsigned i = 0; i < PREV_ROOTS; i++)
		if (v->root[i].tree && (v->root[i].tree->role.private || root_flag(&v->root[i].tree->invalid)))
			prev_put(roots, &v->root[i]);
	for (from = 0; from < PREV_ROOTS - 1 && v->root[from].tree; from++)
		;
	prev_put(roots, &v->root[from]);
	for (; from > 0; from--)
		v->root[from] = v->root[from - 1];
	v->root[0] = root;
	*current = tree_public(root.tree);
	return TDP_OK;
}

void tdp_prev_drop(struct tdp_prev *prev, struct tdp_roots *roots)
{
	struct prev *v = (struct prev *)prev;

	for (unsigned i = 0; i < PREV_ROOTS; i++)
		prev_put(roots, &v->root[i]);
}
