/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * @brief liburcu as a tree's RCU. A library of its own (pkg-config: tdpmmu-urcu); nothing else of tdpmmu needs it.
 *
 * A flavour is chosen when a VM is created, as `tdp_config.rcu = &tdp_urcu_memb.rcu` (rcu_ctx stays NULL). Several may be in use in one
 * program; each tree has one, and a thread registers with each flavour whose trees it calls. What the flavours want of a thread:
 *
 * | flavour | a read section costs | a thread that calls operations |
 * |---|---|---|
 * | memb | a few plain instructions; the writer pays with membarrier(2) | registers once |
 * | mb | two full fences | registers once |
 * | bp | as mb, and a look whether the thread is known | nothing: it is registered by its first read section |
 * | qsbr | nothing at all | registers once, and says often that it is in no read section |
 *
 * With qsbr a registered thread counts as a reader all the time: unless it calls quiescent() now and then, or offline(), no table is
 * ever freed. A vCPU thread calls offline() before it enters the guest (KVM_RUN) or sleeps, and online() before its next operation;
 * in the other flavours all three do nothing, so one loop serves every flavour. Never call them inside a read section of your own.
 *
 * Freed tables go to table_free in liburcu's own worker thread. tdp_tree_fini() waits for it, so it must not be called from a read
 * section or from an RCU callback. A program that forks without exec calls liburcu's call_rcu_before_fork() and its companions.
 *
 * **Licences.** liburcu is LGPL-2.1. The archive calls its exported functions only, so it may be linked with any program by the usual rules of
 * that licence, and a newer liburcu can replace the shared one without a rebuild. liburcu lets programs that are compatible with the LGPL
 * (they say so by defining _LGPL_SOURCE) compile its read side in line. If yours is one, define both _LGPL_SOURCE and
 * TDP_URCU_INLINE before this header and use tdp_urcu_inlined(). Its read_lock and read_unlock are functions of at most ten lines,
 * which section 5 of the LGPL 2.1 puts under no condition, but whether that is enough for your program is for you to decide; and what
 * is in line must be recompiled when the major version of liburcu changes.
 */
#ifndef TDPMMU_URCU_H
#define TDPMMU_URCU_H

#include <tdpmmu/memory.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One flavour: the hooks for tdp_config.rcu, and what threads owe it. Every call goes to the flavour's functions of liburcu. */
struct tdp_urcu {
	const char *name;   /**< "memb" */
	struct tdp_rcu rcu; /**< for tdp_config.rcu; its functions ignore rcu_ctx, and qsbr's has no read_lock */

	/** Before a thread's first operation; not twice. For a thread that forgets nobody waits: tables are reused under it, and
	 * nothing says so. Calls with #TDP_EXCLUSIVE, tdp_tree_init(), tdp_tree_load(), tdp_tree_unload() and tdp_tree_fini() do
	 * not need it. */
	void (*register_thread)(void);
	void (*unregister_thread)(void); /**< before the thread ends */
	void (*online)(void);		 /**< after offline(), before the next operation */
	void (*offline)(void);		 /**< this thread reads nothing until online() */
	void (*quiescent)(void);	 /**< this thread reads nothing at this moment */
};

extern const struct tdp_urcu tdp_urcu_memb; /**< readers cost least among those that need no announcements: the one to begin with */
extern const struct tdp_urcu tdp_urcu_mb;   /**< where membarrier(2) is missing or too slow */
extern const struct tdp_urcu tdp_urcu_bp;   /**< for libraries whose threads are not theirs */
extern const struct tdp_urcu tdp_urcu_qsbr; /**< for event loops that can say when they hold nothing */

/**
 * @brief The flavour of a name, for a command line.
 * @param name "memb", "mb", "bp" or "qsbr"
 * @return the flavour; NULL for another name
 *
 * A program that names one of the objects above instead links that flavour only.
 */
const struct tdp_urcu *tdp_urcu_find(const char *name);

#ifdef __cplusplus
}
#endif

#ifdef TDP_URCU_INLINE
#ifndef _LGPL_SOURCE
#error "TDP_URCU_INLINE is for programs that may define _LGPL_SOURCE; see the comment above"
#endif
#include <urcu/urcu-memb.h>
#include <urcu/urcu-mb.h>
#include <urcu/urcu-bp.h>

/** @cond hooks of tdp_urcu_inlined() */
#define TDP_URCU_INLINE_HOOKS(flavor)                                                                                              \
	static inline void tdp_urcu_##flavor##_read_lock(void *ctx)                                                                \
	{                                                                                                                          \
		(void)ctx;                                                                                                         \
		urcu_##flavor##_read_lock();                                                                                       \
	}                                                                                                                          \
	static inline void tdp_urcu_##flavor##_read_unlock(void *ctx)                                                              \
	{                                                                                                                          \
		(void)ctx;                                                                                                         \
		urcu_##flavor##_read_unlock();                                                                                     \
	}
TDP_URCU_INLINE_HOOKS(memb)
TDP_URCU_INLINE_HOOKS(mb)
TDP_URCU_INLINE_HOOKS(bp)
#undef TDP_URCU_INLINE_HOOKS
/** @endcond */

/**
 * @brief The hooks of a flavour with liburcu's read side compiled into the caller's object.
 * @param flavor which
 * @return for tdp_config.rcu; the caller keeps it as long as the tree lives
 *
 * That of qsbr is nothing anyway, in line or not.
 *
 * ThreadSanitizer needs the archive's own hooks, which tell it what liburcu orders; use those where programs are built for it.
 */
static inline struct tdp_rcu tdp_urcu_inlined(const struct tdp_urcu *flavor)
{
	struct tdp_rcu rcu = flavor->rcu;

#define TDP_URCU_PICK(name)                                                                                                        \
	if (flavor == &tdp_urcu_##name) {                                                                                          \
		rcu.read_lock = tdp_urcu_##name##_read_lock;                                                                       \
		rcu.read_unlock = tdp_urcu_##name##_read_unlock;                                                                   \
	}
	TDP_URCU_PICK(memb)
	TDP_URCU_PICK(mb)
	TDP_URCU_PICK(bp)
#undef TDP_URCU_PICK
	return rcu;
}
#endif
#endif
