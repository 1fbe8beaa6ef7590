/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * @brief Layer 3: which pages the guest has touched since one looked last: working sets, reclaim, tiering.
 */
#ifndef TDPMMU_AGE_H
#define TDPMMU_AGE_H

#include <tdpmmu/bitmap.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief Find the young pages of a range: those touched since they were aged last.
 * @param tree the tree
 * @param gpa start, in bytes
 * @param size bytes
 * @param clear true: make them old; false: only look
 * @param young where to name them; must cover the range; NULL: only count
 * @param op may be NULL; flags: EXCLUSIVE. op->changed: bytes found young
 * @return #TDP_OK: some were; #TDP_SPURIOUS: none; #TDP_STALE_ROOT: done, none, and part of the range is in a root that is being reaped; #TDP_INVALID,
 * also for a bitmap that does not cover the range; #TDP_RANGE.
 *
 * Never flushes: a page that a CPU has cached may look old although it is in use, until that CPU walks again. Never waits: an entry that another
 * thread is changing counts as it was, or not at all. A larger leaf is one page: what of it lies in the range is named, all of it becomes old. Changes neither
 * Dirty nor what is granted. A note or an absent page is old.
 *
 * Where hardware sets no Accessed flag, making a page old closes it (x86 without A/D flags: no permission is left and tdp_fault_fast()
 * brings them back; Arm: AF = 0), so the next access faults: give that fault to tdp_fault_fast(), and what it says #TDP_ABSENT to, to tdp_fault().
 */
TDP_API TDP_CHECK enum tdp_result tdp_age(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, bool clear,
					  const struct tdp_bitmap *young, struct tdp_op *op);

#ifdef __cplusplus
}
#endif
#endif
