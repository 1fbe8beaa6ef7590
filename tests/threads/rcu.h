/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may make a tree's calls shared, by name, and what a thread that calls operations owes it.
 */
#ifndef THREADS_RCU_H
#define THREADS_RCU_H

#include <tdpmmu/tree.h>

struct rcu_kind {
	const char *name;
	const struct tdp_rcu *rcu;  /* for tdp_config.rcu */
	uint32_t tree_flags;	    /* for tdp_config.flags */
	bool serial;		    /* no sharing: the caller lets one call in at a time */
	void (*start)(void);	    /* before the first thread begins; any of these may be NULL */
	void (*stop)(void);	    /* after the last one has ended */
	void (*enter_thread)(void); /* before a thread's first operation */
	void (*leave_thread)(void); /* after its last one */
	void (*between)(void);	    /* now and then, outside operations */
	void (*offline)(void);	    /* before a thread waits for something else */
	void (*online)(void);	    /* after that */
};

/*
 * "serial"    no RCU: every call under a mutex
 * "keep"      TDP_TREE_KEEP_TABLES
 * "rwlock"    a read section is a read lock, a grace period the moment when somebody holds the write lock: ThreadSanitizer knows
 *             both, and readers stay unordered among themselves
 * "early"     a callback runs the moment when the last reader that could still be inside leaves, in that reader's thread: for
 *             finding what is freed too early. Its mutex orders readers, so it is of no use under ThreadSanitizer
 * "memb", "mb", "bp", "qsbr"   liburcu, if it was built
 * NULL for another name.
 */
const struct rcu_kind *rcu_find(const char *name);

/* Every name, NULL at the end. */
extern const char *const rcu_names[];

extern const struct rcu_kind rcu_rwlock, rcu_early;

/* What these two keep in a head. */
struct rcu_deferred {
	struct rcu_deferred *next;
	void (*fn)(struct tdp_rcu_head *head);
	uint64_t readers; /* who is waited for */
};
_Static_assert(sizeof(struct rcu_deferred) <= sizeof(struct tdp_rcu_head), "must fit");

#endif
