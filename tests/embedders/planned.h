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

#endif
