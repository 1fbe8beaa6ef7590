/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * @brief Layer 4: the trees of one VM. Roles, references, invalidation and reaping, any operation over all roots, previous roots of a
 * vCPU, and sequence counters for embedders with notifiers.
 *
 * A set makes a tree when a role is asked for the first time and keeps it until it is invalidated and reaped, whether a vCPU uses it or
 * not. In trees with RCU, or with #TDP_TREE_KEEP_TABLES, every call here but tdp_roots_init() and tdp_roots_fini() is shared. In any other
 * set every call is exclusive: one at a time in all of the set's trees.
 *
 * To throw a VM's tables away while its vCPUs run: tdp_roots_invalidate(), then make every vCPU ask tdp_roots_enter() again (the kick
 * hook does so, too), then tdp_roots_reap(), from as many threads as there are to spare.
 */
#ifndef TDPMMU_ROOTS_H
#define TDPMMU_ROOTS_H

#include <tdpmmu/tree.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a role's tree is like, beside its space and mode. */
enum tdp_role_flag {
	/** For a guest's guest. D bits of hardware would log in the wrong address space, so the tree logs by write protection
	 * (#TDP_TREE_LOG_BY_WRITE_PROTECT). */
	TDP_ROLE_NESTED = 1
};

/** What a vCPU needs a tree for. Two equal roles share a tree; layouts are compared by what they say, not by their place. */
struct tdp_role {
	uint32_t space;			 /**< address space (SMM, a plane ...): 0 to 31 */
	uint32_t mode;			 /**< mode bits of the CPU that the embedder tells apart */
	uint32_t flags;			 /**< ::tdp_role_flag */
	uint32_t reserved;		 /**< 0 */
	const struct tdp_engine *engine; /**< must fit layout->format */
	const struct tdp_layout *layout; /**< copied */
};

/** The trees of a VM. */
struct tdp_roots {
	uint64_t opaque[48]; /**< private */
};

/** What a set is made of. */
struct tdp_roots_config {
	struct tdp_config common; /**< of each tree; engine, layout, root and tag are ignored */
	/** Memory for a tree and its root of tdp_root_size() bytes, so aligned; below 4 GiB if tdp_root_is_per_vcpu(). May sleep; NULL:
	 * no memory. *tag, which is common.tag, becomes the tree's. */
	struct tdp_tree *(*tree_alloc)(void *ctx, const struct tdp_role *role, struct tdp_table *root, uint32_t *tag);
	/** Take both back. With rcu it may be called where rcu.defer calls back. Must not sleep. */
	void (*tree_free)(void *ctx, struct tdp_tree *tree, const struct tdp_table *root);
	/** Around a few instructions, never around another hook. Required with rcu and KEEP_TABLES; else both may be NULL. */
	void (*lock)(void *ctx);
	void (*unlock)(void *ctx); /**< see lock */
};

/**
 * @brief Make an empty set.
 * @param roots memory of the caller's; its old contents do not matter
 * @param config how; not retained, but what common.ops, common.rcu and common.pool point to is
 * @return #TDP_OK; #TDP_INVALID: no hooks, no tree_alloc or tree_free, no lock where one is required, an
 * RCU that is not whole, or hooks of another size
 */
TDP_API TDP_CHECK enum tdp_result tdp_roots_init(struct tdp_roots *roots, const struct tdp_roots_config *config);

/**
 * @brief Free every tree of a set. Exclusive; no CPU uses any of them, and every reference was put.
 * @param roots the set
 *
 * As tdp_tree_fini(), nothing is reported dirty. Waits for RCU; warns of a tree that somebody still holds.
 */
TDP_API void tdp_roots_fini(struct tdp_roots *roots);

/**
 * @brief The valid tree of a role, made and loaded if there is none.
 * @param roots the set
 * @param role which
 * @param out the tree, with a reference for the caller; tdp_tree_regs() has its register values
 * @return #TDP_OK; #TDP_NOMEM: tree_alloc refused; #TDP_INVALID, #TDP_RANGE, #TDP_UNSUPPORTED as tdp_tree_init(), or for a bad role
 *
 * Callers that ask at once get one tree. A tree that is being invalidated is not handed out. A role whose layout is
 * tdp_root_is_per_vcpu() gets a tree of its own each time; the caller's reference is what keeps that one.
 */
TDP_API TDP_CHECK enum tdp_result tdp_roots_get(struct tdp_roots *roots, const struct tdp_role *role, struct tdp_tree **out);

/**
 * @brief Give a reference back. The CPU has left the tree.
 * @param roots the set
 * @param tree the tree, not the caller's any more
 *
 * A per-vCPU tree ends here: it is flushed (user: NULL), and freed with all that is mapped in it. Zap it first if you need to know what was
 * written.
 */
TDP_API void tdp_roots_put(struct tdp_roots *roots, struct tdp_tree *tree);

/**
 * @brief Whether a tree was not invalidated yet: to give up early. Nothing depends on it.
 * @param tree a tree that the caller holds
 * @return true: valid a moment ago
 */
TDP_API bool tdp_roots_is_valid(const struct tdp_tree *tree);

/**
 * @brief May a vCPU run with this tree? Call it after publishing that the vCPU is inside, where the kick hook looks.
 * @param tree a tree that the caller holds
 * @return false: take the mark back, put the tree, load another one.
 *
 * A full fence, then the flag: either the kick sees the vCPU, or the vCPU sees that the tree is invalid.
 */
TDP_API bool tdp_roots_enter(const struct tdp_tree *tree);

/**
 * @brief Whether roots of this layout belong to one vCPU each: never shared, never cached (PAE: four entries, below 4 GiB, which the
 * CPU may load ahead of time).
 * @param layout the layout
 * @return true for such formats. Pure.
 */
TDP_API bool tdp_root_is_per_vcpu(const struct tdp_layout *layout);

/** Which trees a filter lets through. */
enum tdp_invalid {
	TDP_VALID_ONLY,	  /**< those that are not invalidated */
	TDP_WITH_INVALID, /**< all */
	TDP_INVALID_ONLY  /**< those that are invalidated and not freed yet */
};

/** Some of a set's trees. All zeroes: every valid one. */
struct tdp_filter {
	uint32_t spaces;     /**< a bit per space; 0: all */
	uint32_t mode_mask;  /**< bits of tdp_role.mode to look at */
	uint32_t mode_match; /**< what they must be */
	uint32_t invalid;    /**< ::tdp_invalid */
};

/**
 * @brief Mark trees as not to be used any more. Quick: flushes nothing, frees nothing.
 * @param roots the set
 * @param filter which; NULL: all. tdp_filter.invalid is ignored
 *
 * Ends with a full fence. Afterwards no call of tdp_roots_get() hands one of them out, and tdp_roots_enter() refuses.
 */
TDP_API void tdp_roots_invalidate(struct tdp_roots *roots, const struct tdp_filter *filter);

/**
 * @brief Take apart every invalid tree. Any number of threads at once share the work.
 * @param roots the set
 * @param op may be NULL; flags: EXCLUSIVE, MAY_YIELD. op->changed: bytes of what this call took: root entries, and
 * with MAY_YIELD what it has emptied of them before
 * @return #TDP_OK; #TDP_SPURIOUS: there was none to do; #TDP_BUSY: an entry is frozen and there is no relax hook; #TDP_STOPPED: a pause, and
 * no yield hook (both: call again); #TDP_UNSUPPORTED: in a set with KEEP_TABLES and without EXCLUSIVE; #TDP_INVALID for an
 * unknown flag.
 *
 * Calls the kick hook once for each tree (several threads may call it for the same one), or else flushes for each root entry that was in
 * use. What is below a root entry is harvested, reported dirty and freed behind a grace period; then the entry becomes DEAD for ever. With
 * MAY_YIELD most of that is done by a zap before, a few tables at a time. When all threads that reap have returned #TDP_OK, nothing of
 * what was mapped in these trees is in use. The trees themselves go with the last reference.
 *
 * Calls that meet a DEAD entry return #TDP_STALE_ROOT: lookups, faults and what maps at once; zap, protect and set_attrs after the rest of
 * their range, with op->next at its end. One that had to wait, or paused, behind a DEAD entry may answer as if it had not met it. What a DEAD
 * entry had below it was flushed and reported.
 */
TDP_API TDP_CHECK enum tdp_result tdp_roots_reap(struct tdp_roots *roots, struct tdp_op *op);

/** An operation on one of several trees. */
typedef enum tdp_result (*tdp_tree_fn)(struct tdp_tree *tree, void *arg, struct tdp_op *op);

/**
 * @brief Do something to every tree that matches, with one gather.
 * @param roots the set
 * @param filter which; NULL: all valid ones
 * @param fn called for each tree, which is held meanwhile, also while it pauses
 * @param arg for fn
 * @param op passed on to fn. NULL: all zeroes. op->changed and op->tables: sums. Without op->gather fn gets one of this call's, flushed
 * before it returns
 * @return #TDP_OK; #TDP_SPURIOUS: nothing matched, or nothing had to be done; else the first error of fn, where it stops. A
 * tree that answers #TDP_STALE_ROOT counts as done.
 *
 * A tree that is made meanwhile may be missed: who maps into it has looked at an invalidation counter first. Repeating a call that
 * stopped is harmless. Each call begins with the first tree: where fn pauses and there is no yield hook (#TDP_STOPPED), fn must
 * keep its place, tree and op->next, or the first tree is all that is ever dealt with.
 */
TDP_API TDP_CHECK enum tdp_result tdp_roots_each(struct tdp_roots *roots, const struct tdp_filter *filter, tdp_tree_fn fn,
						 void *arg, struct tdp_op *op);

/** A vCPU's current root and up to three previous ones, references held. All zeroes: none. One thread's at a time. */
struct tdp_prev {
	uint64_t opaque[12]; /**< private */
};

/**
 * @brief Switch a vCPU to the tree of a role, quickly if it used it lately.
 * @param prev the vCPU's
 * @param roots the set
 * @param role which
 * @param key the embedder's: what tells two uses of a role apart (a guest's root pointer, an address space number); 0 if nothing does
 * @param current the tree; prev holds the reference
 * @return as tdp_roots_get(). After an error everything is as it was, *current too.
 *
 * What was current becomes the youngest of the previous ones and the oldest goes; invalid ones go at once, and per-vCPU roots are never
 * kept. The CPU has left the tree that was current.
 */
TDP_API TDP_CHECK enum tdp_result tdp_prev_switch(struct tdp_prev *prev, struct tdp_roots *roots, const struct tdp_role *role,
						  uint64_t key, struct tdp_tree **current);

/**
 * @brief Put every root that a vCPU holds.
 * @param prev the vCPU's; empty afterwards
 * @param roots the set
 */
TDP_API void tdp_prev_drop(struct tdp_prev *prev, struct tdp_roots *roots);

/**
 * Invalidations under way, for embedders whose host tells them of pages that go away while a fault looks the same pages up; for one
 * tree or many. All zeroes: none. The embedder brings a reader-writer lock. Held for reading: over retry and the tdp_fault() that
 * follows, which neither yields nor allocates, so the answer stays true until the entry is in. Held for writing: over begin, and
 * over end, each by itself and not over the unmapping between them. Shared calls do not replace that lock: they protect tables, not
 * the caller's idea of what backs a page.
 *
 * Invalidations that overlap in time are remembered as one range around all of them: two far apart make every fault between them try
 * again, until the last of them ends.
 */
struct tdp_invalidation {
	uint64_t opaque[4]; /**< private */
};

/**
 * @brief A range is about to be unmapped.
 * @param inv the counters
 * @param gpa start, in bytes
 * @param size bytes; 0, or what wraps: to the end of the address space
 */
TDP_API void tdp_invalidation_begin(struct tdp_invalidation *inv, tdp_gpa_t gpa, uint64_t size);

/**
 * @brief It was unmapped.
 * @param inv the counters
 */
TDP_API void tdp_invalidation_end(struct tdp_invalidation *inv);

/**
 * @brief To be called before a page is looked up; needs no lock.
 * @param inv the counters
 * @return for tdp_invalidation_retry()
 */
TDP_API uint32_t tdp_invalidation_seq(const struct tdp_invalidation *inv);

/**
 * @brief Was what was looked up perhaps invalidated since?
 * @param inv the counters
 * @param seq from before the lookup
 * @param gpa start of what was looked up and may be mapped, in bytes: all of tdp_fault.backing; for a write with #TDP_LOG_DIRTY its
 * page
 * @param size bytes; 0, or what wraps: to the end of the address space
 * @return true: leave the lock, take a new number and look it up again. While the invalidation is under way it stays true: wait,
 * yield, or enter the guest, which faults again
 */
TDP_API bool tdp_invalidation_retry(const struct tdp_invalidation *inv, uint32_t seq, tdp_gpa_t gpa, uint64_t size);

#ifdef __cplusplus
}
#endif
#endif
