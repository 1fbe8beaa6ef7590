/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * @brief Layer 3: huge leaves into tables and back, in place, while the guest runs.
 */
#ifndef TDPMMU_HUGE_H
#define TDPMMU_HUGE_H

#include <tdpmmu/map.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief Split every leaf above a level that overlaps a range, ahead of time: before dirty logging, say.
 * @param tree the tree
 * @param gpa start, in bytes
 * @param size bytes
 * @param level the highest level that leaves may be at afterwards
 * @param op may be NULL; flags: EXCLUSIVE, MAY_YIELD, DRY_RUN
 * @return #TDP_OK; #TDP_SPURIOUS: no leaf was larger; #TDP_NOMEM: fill the cache and go on from op->next, which makes op->cache the
 * budget of a chunk (op->tables: how many the rest takes; a leaf there may have come part of the way); #TDP_UNSUPPORTED: the level
 * cannot hold leaves (tdp_layout.leaf_levels), or this would break a live entry of a tree with #TDP_TREE_NO_BREAK; #TDP_STALE_ROOT:
 * done, and part of the range is in a root that is being reaped; #TDP_INVALID, #TDP_RANGE.
 *
 * op->changed: bytes of the leaves that were split, each level by itself; op->stats counts them.
 * Each table is complete before one store links it: the guest never sees half a leaf. All of its pages inherit translation, attributes,
 * caller's bits, protection, Accessed and Dirty. Overwriting formats (x86) flush nothing, except where #TDP_CAP_SPLIT_FLUSH asks for it;
 * break-before-make formats (Arm) leave the leaf invalid while its flush, inside the call, goes on. DRY_RUN counts the tables exactly.
 */
TDP_API TDP_CHECK enum tdp_result tdp_split(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, unsigned level, struct tdp_op *op);

/**
 * @brief Replace full tables by huge leaves, in place: after dirty logging, or when the host has found huge pages.
 * @param tree the tree
 * @param gpa start, in bytes; any granule: a region that is only partly inside the range is never touched
 * @param size bytes
 * @param level the highest level of leaf to make; at least 1
 * @param backing tells what a region is backed by, and may refuse it; it must grant what the region's pages have, and name the memory that they map; then absent pages of the
 * region become mapped, too. NULL: the pages speak for themselves: all present, in one stretch, alike
 * @param arg for backing
 * @param op may be NULL; flags: EXCLUSIVE, MAY_YIELD. op->changed: bytes of the regions that became leaves, each level by itself;
 * op->tables: how many were freed; op->stats: why regions were refused; op->batch_lg2: log2 of the regions per flush; 0: 32
 * @return #TDP_OK; #TDP_SPURIOUS: no region could be promoted; #TDP_UNSUPPORTED: the level cannot hold leaves, a shared call in a tree that may not free
 * tables (no RCU), or a live tree with #TDP_TREE_NO_BREAK in a break-before-make format; #TDP_STALE_ROOT; #TDP_INVALID, #TDP_RANGE.
 *
 * "Alike": the same granted permissions, tdp_protect() state, memory type, flags and caller's bits. Accessed and Dirty are OR-ed; a leaf is open
 * for writing if all of its pages were. Never needs tables, never waits: a region where another thread is at work is passed over.
 * Overwriting formats flush once for a whole batch, and a page is not present for the time in which its table is looked through, at most; break-before-make
 * formats have a batch invalid while its one flush goes on. Old tables are freed after the flush, in shared calls after a grace period.
 */
TDP_API TDP_CHECK enum tdp_result tdp_promote(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, unsigned level,
					      tdp_backing_fn backing, void *arg, struct tdp_op *op);

#ifdef __cplusplus
}
#endif
#endif
