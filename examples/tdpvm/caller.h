/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread that calls the library: a vCPU's, the one that moves pages about, the zapper, or main(). Any number of them may be inside
 * the library at once, so each brings what only one may use at a time: spare tables, and counters. tdp_op.user points here, so hooks
 * know on whose behalf they run.
 */
#ifndef TDPVM_CALLER_H
#define TDPVM_CALLER_H

#include <tdpmmu/memory.h>
#include <tdpmmu/urcu.h>

/* What happened, for the summary. All of them are numbers, so that they add up. */
struct stats {
	uint64_t faults;      /* page faults of the guest */
	uint64_t resolved;    /* of these: a mapping appeared or widened */
	uint64_t fast;	      /* of these: by tdp_fault_fast() */
	uint64_t refaults;    /* of these: the page had been mapped before */
	uint64_t spurious;    /* somebody else had resolved it already */
	uint64_t busy;	      /* tdp_fault() met an entry that somebody else was changing */
	uint64_t race;	      /* or that somebody else had changed first */
	uint64_t invalidated; /* what backs the page was changing: tdp_fault() was not called */
	uint64_t refused[4];  /* told the guest that this is not allowed, by verdict */
	uint64_t top_ups;     /* the cache ran dry */
	uint64_t waits;	      /* calls of the relax hook */
	uint64_t allows;      /* permissions changed at the guest's wish */
	uint64_t flushes;     /* calls of the flush hook */
	uint64_t dirty;	      /* bytes reported as written when they were unmapped or moved */
	uint64_t moves;	      /* pages that got another frame */
	uint64_t moved;	      /* their bytes */
	uint64_t zaps;	      /* ranges unmapped while the guest ran */
	uint64_t table_zaps;  /* of these: ranges that held whole tables */
	uint64_t remaps;      /* ranges mapped by the host, so that they need not fault */
	uint64_t trims;	      /* sweeps for empty tables */
};

struct caller {
	const struct tdp_urcu *rcu;
	unsigned number; /* which of the callers: below CALLERS_MAX */
	struct tdp_cache cache;
	struct stats stats;
} __attribute__((aligned(64))); /* two callers share no cache line */

enum {
	CALLERS_MAX = 16 /* 8 vCPUs and a few */
};

/* By the thread itself: before its first call of the library, and after its last one. */
void caller_register(struct caller *caller);
void caller_unregister(struct caller *caller);

/*
 * By the thread itself, around its calls. With some flavours of RCU (qsbr) a thread holds all retired tables back until it says that it
 * is not inside: so a vCPU is outside while its guest runs, and while it waits for others.
 */
void caller_enter(struct caller *caller);
void caller_leave(struct caller *caller);

/* Add up. */
void stats_add(struct stats *sum, const struct stats *one);

#endif
