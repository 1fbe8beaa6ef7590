/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who holds a tree of a set (roots.c), and whether it is still wanted. A tree that stands alone is nobody's to count.
 *
 * Orders and pairs (docs/concurrency.md, "Roots"):
 *   drop        fetch_sub, acq_rel                   <-> the last drop: what everybody did to the tree is done
 *   hold        compare-exchange from non-zero, acquire: 0 is never left again
 *   invalidate  `invalid` := 1, then a full fence, then the kick looks who is inside
 *   enter       the vCPU says it is inside, then a full fence, then reads `invalid`: one of the two sees the other
 *   list        a release store of first or next     <-> acquire loads: a tree that is found is whole
 */
#ifndef TDPMMU_CORE_REFS_H
#define TDPMMU_CORE_REFS_H

#include "hooks.h"
#include "spte.h"

/* Another hold by somebody who has one. */
TDP_INLINE void tree_hold(struct tree *t)
{
	if (tdp_likely(!t->set.roots))
		return;
	TDP_POINT_LOCKED(&t->set.refs);
	__atomic_fetch_add(&t->set.refs, 1, __ATOMIC_RELAXED);
}

/* A hold of a tree that was found in a list. false: it is on its way out. */
TDP_INLINE bool tree_try_hold(struct tree *t)
{
	uint32_t refs;

	TDP_POINT(&t->set.refs);
	refs = __atomic_load_n(&t->set.refs, __ATOMIC_RELAXED);
	while (refs != 0 || TDP_BROKEN(ROOT_FROM_ZERO)) {
		TDP_POINT_LOCKED(&t->set.refs);
		if (__atomic_compare_exchange_n(&t->set.refs, &refs, refs + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
	}
	return false;
}

/* The last one ends the tree. */
TDP_INLINE void tree_drop(struct tree *t)
{
	if (tdp_likely(!t->set.roots))
		return;
	TDP_POINT_LOCKED(&t->set.refs);
	if (__atomic_fetch_sub(&t->set.refs, 1, __ATOMIC_ACQ_REL) == 1)
		tdp_hook_last_drop(t);
}

/* A word of root_links, or `invalid`. */
TDP_INLINE uint32_t root_flag(const uint32_t *flag)
{
	TDP_POINT(flag);
	return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

/* Sets it. Returns whether this call was the one. */
TDP_INLINE bool root_flag_set(uint32_t *flag)
{
	TDP_POINT_LOCKED(flag);
	return __atomic_exchange_n(flag, 1, __ATOMIC_SEQ_CST) == 0;
}

/* Everything before it happens before everything behind it, stores before loads included. */
TDP_INLINE void full_fence(void)
{
	TDP_POINT_LOCKED(NULL);
#ifndef __SANITIZE_THREAD__ /* which knows no fences; a missing one is not a data race anyway */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/* How many trees of a set are not freed yet. Who reads 0 is behind every hook of their end. */
TDP_INLINE void roots_count_up(uint32_t *trees)
{
	TDP_POINT_LOCKED(trees);
	__atomic_fetch_add(trees, 1, __ATOMIC_RELAXED);
}

TDP_INLINE void roots_count_down(uint32_t *trees)
{
	TDP_POINT_LOCKED(trees);
	__atomic_fetch_sub(trees, 1, __ATOMIC_RELEASE);
}

/* The end of an invalidation, for those who look without a lock. */
TDP_INLINE void sequence_next(uint32_t *seq)
{
	__atomic_store_n(seq, *seq + 1, __ATOMIC_RELEASE);
}

/* The list: a link is read in a read section, or under the lock. */
TDP_INLINE struct tree *root_link(struct tree *const *link)
{
	TDP_POINT(link);
	return __atomic_load_n(link, __ATOMIC_ACQUIRE);
}

TDP_INLINE void root_link_set(struct tree **link, struct tree *t)
{
	TDP_POINT(link);
	__atomic_store_n(link, t, __ATOMIC_RELEASE);
}

#endif
