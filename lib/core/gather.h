/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deferred leaf flushes: what a struct tdp_gather remembers until tdp_gather_flush().
 *
 * Protocol G4: an open gather is counted in its tree before the first entry is cleared and uncounted after the flush; whoever makes
 * an absent entry valid meanwhile looks at the count and flushes for itself (build.h, install). Narrowing an entry needs no count:
 * nobody can take a narrowed translation for an absent one.
 */
#ifndef TDPMMU_CORE_GATHER_H
#define TDPMMU_CORE_GATHER_H

#include "hooks.h"
#include "spte.h"

/* Add [gpa, end) to what the tree owes. absent: entries are about to be cleared, count the gather as open. Flushes early if full. */
void tdp_gather_range(struct tdp_gather *gather, struct tree *t, void *user, tdp_gpa_t gpa, tdp_gpa_t end, int level, bool absent);

/* Remember that of the 64 leaves of 1 << unit_lg2 bytes from base those in mask were written, and likewise in each of the blocks - 1
 * blocks after it. Flushes early if full. The range must have been added before. */
void tdp_gather_dirty(struct tdp_gather *gather, struct tree *t, void *user, tdp_gpa_t base, unsigned unit_lg2, uint64_t mask,
		      unsigned blocks);

/* Is a gather other than this one (NULL: any) open on the tree, with entries cleared that may still be cached? */
bool tdp_gather_others(const struct tdp_gather *gather, const struct tree *t);

/* How many gathers of this tree have cleared entries and not flushed yet. 0: whoever cleared what is absent now has flushed it. */
TDP_INLINE uint32_t gathers_open(const struct tree *t)
{
	TDP_POINT(&t->gathers);
	return __atomic_load_n(&t->gathers, __ATOMIC_ACQUIRE);
}

/* Defer the flush of [gpa, end) if the caller gave a gather, else flush now. */
TDP_INLINE void flush_or_gather(struct tree *t, struct tdp_op *op, tdp_gpa_t gpa, tdp_gpa_t end, int level)
{
	if (!t->live)
		return;
	if (op->gather)
		tdp_gather_range(op->gather, t, op->user, gpa, end, level, false);
	else
		tdp_hook_flush(t, op->user, gpa, end, level, FLUSH_LEAF);
}

#endif
