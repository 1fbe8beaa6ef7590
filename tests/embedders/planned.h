/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations that the embedders need and that the library does not have yet, so that their code is written against the whole
 * interface from the start. A declaration moves to include/tdpmmu/ when its operation exists; this file then includes less and less.
 */
#ifndef TDPMMU_EMBEDDERS_PLANNED_H
#define TDPMMU_EMBEDDERS_PLANNED_H

#include <tdpmmu/tdpmmu.h>

/* ---- map.h: the lock-free fault ---- */

/* No cache, no lock: access-tracked, AF = 0 or dirty-logged entries. ABSENT: take the slow path. */
TDP_CHECK enum tdp_result tdp_fault_fast(struct tdp_tree *tree, tdp_gpa_t gpa, enum tdp_access access, struct tdp_op *op);

/* ---- dirty.h ---- */

/* words[i] bit b = page (i * 64 + b) from base; bits are OR-ed in atomically, never cleared. */
struct tdp_bitmap {
	uint64_t *words;
	tdp_gpa_t base;
	uint64_t pages;
	uint32_t page_lg2, reserved;
};

/* The next write to every page will be seen; what was dirty goes to out (NULL: the dirty hook). */
TDP_CHECK enum tdp_result tdp_dirty_arm(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, struct tdp_bitmap *out,
					struct tdp_op *op);
TDP_CHECK enum tdp_result tdp_dirty_arm_mask(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t mask, struct tdp_bitmap *out,
					     struct tdp_op *op);
TDP_CHECK enum tdp_result tdp_dirty_restore(struct tdp_tree *tree, const struct tdp_bitmap *bitmap, struct tdp_op *op);

/* ---- age.h ---- */

TDP_CHECK enum tdp_result tdp_age(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, bool clear, struct tdp_bitmap *young,
				  struct tdp_op *op);

/* ---- huge.h ---- */

TDP_CHECK enum tdp_result tdp_split(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, unsigned level, struct tdp_op *op);
TDP_CHECK enum tdp_result tdp_promote(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, unsigned level, tdp_backing_fn backing,
				      void *arg, struct tdp_op *op);

/* ---- roots.h: the trees of one VM ---- */

struct tdp_role {
	uint32_t space, mode, flags, reserved;
	const struct tdp_engine *engine;
	const struct tdp_layout *layout;
};

struct tdp_roots {
	uint64_t opaque[48];
};

struct tdp_roots_config {
	struct tdp_config common; /* engine, layout and root are ignored */
	struct tdp_tree *(*tree_alloc)(void *ctx, size_t root_bytes, struct tdp_table *root);
	void (*tree_free)(void *ctx, struct tdp_tree *tree, const struct tdp_table *root);
	void (*lock)(void *ctx);
	void (*unlock)(void *ctx);
};

enum tdp_invalid { TDP_VALID_ONLY, TDP_WITH_INVALID, TDP_INVALID_ONLY };

struct tdp_filter {
	uint32_t spaces; /* a bit per space, 0: all */
	uint32_t mode_mask, mode_match;
	uint32_t invalid; /* enum tdp_invalid */
};

TDP_CHECK enum tdp_result tdp_roots_init(struct tdp_roots *roots, const struct tdp_roots_config *config);
void tdp_roots_fini(struct tdp_roots *roots);
TDP_CHECK enum tdp_result tdp_roots_get(struct tdp_roots *roots, const struct tdp_role *role, struct tdp_tree **out);
void tdp_roots_put(struct tdp_roots *roots, struct tdp_tree *tree);
bool tdp_roots_is_valid(const struct tdp_tree *tree);
/* At vCPU entry, after publishing "inside". false: leave, put, load another one. */
bool tdp_roots_enter(const struct tdp_tree *tree);
/* Quick; then kick the vCPUs; then reap. */
void tdp_roots_invalidate(struct tdp_roots *roots, const struct tdp_filter *filter);
TDP_CHECK enum tdp_result tdp_roots_reap(struct tdp_roots *roots, struct tdp_op *op);

/* fn on every tree that matches, until the first error. NULL filter: all valid ones. */
typedef enum tdp_result (*tdp_tree_fn)(struct tdp_tree *tree, void *arg, struct tdp_op *op);
TDP_CHECK enum tdp_result tdp_roots_each(struct tdp_roots *roots, const struct tdp_filter *filter, tdp_tree_fn fn, void *arg,
					 struct tdp_op *op);

/* Per vCPU: the current root and three previous ones, references held. */
struct tdp_prev {
	uint64_t opaque[12];
};

TDP_CHECK enum tdp_result tdp_prev_switch(struct tdp_prev *prev, struct tdp_roots *roots, const struct tdp_role *role, uint64_t key,
					  struct tdp_tree **current);
void tdp_prev_drop(struct tdp_prev *prev, struct tdp_roots *roots);

#endif
