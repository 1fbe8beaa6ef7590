/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * @brief Layer 3: which pages the guest has written, over and over: live migration, snapshots, incremental backup.
 *
 * There is one truth, the entry's Dirty bit. Where hardware sets it (x86 with A/D flags, Arm with FEAT_HAFDBS; not in a tree with
 * #TDP_TREE_LOG_BY_WRITE_PROTECT) arming clears it. Elsewhere write permission comes only together with a Dirty bit that software sets, and
 * arming takes both away: the next write faults, and tdp_fault() or tdp_fault_fast() grants both again.
 *
 * A round: tdp_dirty_arm() over the memory, then read the pages that it named. What is written after that is named by the next
 * round. Pages that went meanwhile are named by mm_ops.dirty, and by nothing else. Give #TDP_LOG_DIRTY to tdp_fault() and
 * tdp_fault_fast() while you log, so that a write that faults never opens a huge leaf. Where hardware sets Dirty a write to a huge
 * leaf that is open does not fault: all of the leaf counts as one page. tdp_split() ahead of time avoids that; elsewhere it spares
 * the guest the splits. docs/migration.md goes through all of it.
 */
#ifndef TDPMMU_DIRTY_H
#define TDPMMU_DIRTY_H

#include <tdpmmu/bitmap.h>
#include <tdpmmu/map.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief Collect the pages of a range that were written, and make the next write to every page seen.
 * @param tree the tree
 * @param gpa start, in bytes
 * @param size bytes
 * @param out where to name the written pages; must cover the range. NULL: the dirty hook names them, if there is one. To arm only:
 * one bit for everything, tdp_bitmap.pages = 1 and page_lg2 = 63
 * @param op may be NULL; flags: EXCLUSIVE, MAY_YIELD. op->changed: bytes that were named
 * @return #TDP_OK; #TDP_SPURIOUS: no page was dirty; #TDP_STALE_ROOT: done, and part of the range is in a root that is being
 * reaped; #TDP_INVALID, also for a bitmap that does not cover the range; #TDP_RANGE.
 *
 * With out, bits are set at once, and flushed once before the call returns (op->gather puts that off): **read the pages afterwards**, for
 * a CPU may write through what it has cached until then. With the hook, each table is flushed before its pages are reported, inside the
 * call. A write is seen by the flush of this call, or by the next one; none falls between.
 *
 * A larger leaf inside the range is one page: all of it is named, and armed as a whole. One that sticks out is write-protected
 * instead and keeps its Dirty bit, so that nothing outside the range is lost; what of it lies inside is named if any of it was
 * written. Absent pages are skipped: whoever made them absent has reported them to mm_ops.dirty, or does so when it flushes its
 * gather. What was collected stays "written" for tdp_zap(), which reports it once more, later (in a format without room for that,
 * none of this library's: struct tdp_format.sd, tdp_zap() reports every page).
 *
 * Two calls over the same page at once: one of them names it, and its flush is the one to wait for. So give each its own bitmap, and
 * merge them when both have returned.
 */
TDP_API TDP_CHECK enum tdp_result tdp_dirty_arm(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, const struct tdp_bitmap *out,
						struct tdp_op *op);

/**
 * @brief The same for some of 64 pages.
 * @param tree the tree
 * @param gpa address of the page of bit 0, in bytes
 * @param mask bit b: the page at gpa + b * granule; those beyond the tree's width must be 0; not 0
 * @param out as tdp_dirty_arm(); must cover the pages of the mask
 * @param op may be NULL; flags: EXCLUSIVE. op->next is behind the last page that was done
 * @return as tdp_dirty_arm(); #TDP_INVALID for an empty mask
 *
 * One flush, from the first page of the mask to its last.
 */
TDP_API TDP_CHECK enum tdp_result tdp_dirty_arm_mask(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t mask,
						     const struct tdp_bitmap *out, struct tdp_op *op);

/**
 * @brief Make pages dirty again that were collected and not dealt with: a round that failed.
 * @param tree the tree
 * @param pages those whose bits are set; all of them inside the tree's width
 * @param op may be NULL; flags: EXCLUSIVE. op->changed: bytes that became dirty
 * @return #TDP_OK; #TDP_SPURIOUS: all of them were dirty or absent; #TDP_STALE_ROOT; #TDP_INVALID, #TDP_RANGE.
 *
 * Absent pages are skipped: they have no entry to remember it, so keep their bits yourself. A larger leaf is dirty as a whole if
 * one of its pages is. Flushes nothing: nothing is taken away.
 */
TDP_API TDP_CHECK enum tdp_result tdp_dirty_restore(struct tdp_tree *tree, const struct tdp_bitmap *pages, struct tdp_op *op);

/**
 * @brief Resolve a fault that needs no more than bits in an entry: a write to a page that is armed, an access to a page that was aged.
 * @param tree the tree
 * @param gpa faulting address, any alignment
 * @param access ::tdp_access, one bit or several
 * @param op may be NULL; flags: EXCLUSIVE, LOG_DIRTY
 * @return #TDP_OK; #TDP_SPURIOUS: the entry permits it; #TDP_ABSENT: take tdp_fault(): nothing is there, or the access was not granted,
 * or with LOG_DIRTY a write to a huge leaf must split it; #TDP_PROTECTED: tdp_protect() keeps the write out; #TDP_BUSY, #TDP_RACE: another
 * thread has the entry, or had it first: re-enter the guest; #TDP_STALE_ROOT; #TDP_INVALID; #TDP_RANGE.
 *
 * Needs no backing, no tables and no lock of the caller's; one compare-and-swap. Grants nothing that was not granted before. Owes no flush; on Arm
 * it flushes its range on this CPU (tdp_flush.local), as tdp_fault() does. op->first and op->changed: the leaf that it opened.
 */
TDP_API TDP_CHECK enum tdp_result tdp_fault_fast(struct tdp_tree *tree, tdp_gpa_t gpa, uint32_t access, struct tdp_op *op);

#ifdef __cplusplus
}
#endif
#endif
