/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * @brief Layer 3: make translations and tables go.
 */
#ifndef TDPMMU_ZAP_H
#define TDPMMU_ZAP_H

#include <tdpmmu/walk.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief Unmap exactly a range.
 * @param tree the tree
 * @param gpa start, in bytes
 * @param size bytes
 * @param op may be NULL; flags: EXCLUSIVE, OVERZAP, SKIP_PARTIAL, ZAP_LEAVES, MAY_YIELD, DRY_RUN
 * @return #TDP_OK; #TDP_SPURIOUS: nothing was there, or with SKIP_PARTIAL nothing that may go; #TDP_NOMEM: a leaf that sticks out
 * must be split, nothing from op->next on changed; #TDP_UNSUPPORTED: that split would break a live entry of a tree with
 * #TDP_TREE_NO_BREAK, nothing changed; #TDP_STALE_ROOT: done, and part of the range is in a root that is being reaped;
 * #TDP_INVALID, #TDP_RANGE.
 *
 * A leaf that sticks out of the range is split first, or goes whole (OVERZAP; op->first and op->next say how far), or stays
 * (SKIP_PARTIAL). Notes go too. Tables whose whole span lies inside the range are unlinked and freed, unless ZAP_LEAVES; for others
 * see tdp_trim(). Order: entries frozen, one flush (with ZAP_LEAVES: one per 1 << op->batch_lg2 leaf tables), written pages reported to
 * the dirty hook, entries emptied, tables freed. With op->gather leaves are flushed and reported by tdp_gather_flush(); tables still go
 * inside the call. What another open gather took out of the range is flushed too: on return (or after tdp_gather_flush()) nothing of the
 * range is cached. A shared call does this a table at a time, with a flush for each 512 entries, and frees tables after a grace period, or
 * keeps them where there is no RCU. op->changed counts a table that goes whole by its span. A call with MAY_YIELD takes leaf tables a
 * few at a time and upper tables behind them: those that are empty then, and whose span it has covered without being #TDP_STOPPED.
 */
TDP_API TDP_CHECK enum tdp_result tdp_zap(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op);

/**
 * @brief Free empty tables.
 * @param tree the tree
 * @param gpa start, in bytes
 * @param size bytes
 * @param op may be NULL; flags: EXCLUSIVE, MAY_YIELD
 * @return #TDP_OK; #TDP_SPURIOUS: no table was empty; #TDP_UNSUPPORTED: a shared call without RCU; #TDP_INVALID, #TDP_RANGE. op->tables:
 * how many were freed.
 *
 * Frees each table that overlaps the range and holds neither a mapping nor a note, and upper tables that become empty by it; never
 * the root. One flush (cached upper levels included) if any went; in a shared call one for each. A table that another thread is in stays.
 */
TDP_API TDP_CHECK enum tdp_result tdp_trim(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op);

#ifdef __cplusplus
}
#endif
#endif
