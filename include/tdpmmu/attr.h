/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * @brief Layer 3: change the attributes of what is mapped.
 */
#ifndef TDPMMU_ATTR_H
#define TDPMMU_ATTR_H

#include <tdpmmu/walk.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief Set attributes of the present pages of a range, exactly; absent pages are skipped.
 * @param tree the tree
 * @param gpa start, in bytes
 * @param size bytes
 * @param attrs the values
 * @param mask which of them to set, ::tdp_attr_mask
 * @param op may be NULL; flags: EXCLUSIVE, SKIP_PARTIAL, LOG_DIRTY, MAY_YIELD, DRY_RUN
 * @return #TDP_OK; #TDP_SPURIOUS: nothing differed; #TDP_NOMEM: a leaf that sticks out must be split, nothing from op->next on
 * changed; #TDP_UNSUPPORTED: not expressible, or a break in a tree with #TDP_TREE_NO_BREAK; #TDP_INVALID, also for a masked value
 * outside its enumeration; #TDP_STALE_ROOT: done, and part of the range is in a root that is being reaped; #TDP_RANGE.
 *
 * Accessed and Dirty state is kept, as is that a page was written since it was mapped. Granting write undoes tdp_protect(). With
 * #TDP_LOG_DIRTY write is granted but opens only at the next write fault; what is open stays open. Flushes once if anything
 * narrowed or a memory type changed, or puts that off into op->gather; a change of memory type in a break-before-make format goes
 * through a not-present window with its flush inside the call, for up to 32 neighbouring leaves at a time. A shared call flushes
 * also where a permission is withheld, or a memory type asked for, that another call may have changed just before and not flushed
 * yet; in an exclusive call what another open gather has narrowed is that gather's to flush. Any call that withholds something
 * flushes, too, while another gather is open on the tree: pages that it took away can still be used as they were. In a live tree with
 * #TDP_TREE_NO_BREAK all of the range is looked at first, without a pause, so that a refusal comes before anything changes.
 */
TDP_API TDP_CHECK enum tdp_result tdp_set_attrs(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, struct tdp_attrs attrs,
						unsigned mask, struct tdp_op *op);

/**
 * @brief Keep writes out, for page-table tracking: write faults become #TDP_PROTECTED until tdp_set_attrs() grants write again.
 * @param tree the tree
 * @param gpa start, in bytes
 * @param size bytes
 * @param op may be NULL; flags: EXCLUSIVE, MAY_YIELD
 * @return #TDP_OK; #TDP_SPURIOUS: no page of the range was writable or could have become so; #TDP_STALE_ROOT: done, and part of the range
 * is in a root that is being reaped; #TDP_INVALID, #TDP_RANGE.
 *
 * A page that does not grant write is left as it is, and a later tdp_fault() whose backing grants more may widen it. Needs no tables: a leaf that sticks out is protected whole, which is harmless. Dirty state is kept. Flushes if any page is present,
 * even when all were read-only already: whoever made them so may not have flushed yet (op->gather puts it off). Flushes, too, while another
 * gather is open on the tree: pages that it took away can still be written.
 */
TDP_API TDP_CHECK enum tdp_result tdp_protect(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op);

#ifdef __cplusplus
}
#endif
#endif
