/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One tree whose calls are shared, in memory whose place is known, and two threads that act in it, one after the other.
 */
#ifndef CONFLICT_BED_H
#define CONFLICT_BED_H

#include "lines.h"

#include <pthread.h>
#include <tdpmmu/tdpmmu.h>

/* A real format on a machine with everything that makes a fault longer. */
struct bed_format {
	const char *name;
	const struct tdp_format *format;
	const struct tdp_engine *engine;
	struct tdp_caps caps;
	bool hooks; /* with walker_barrier and page_sync, as on Arm */
};

/* The formats of this library; ends with a NULL name. */
extern const struct bed_format bed_formats[];

/* What makes calls shared. */
struct bed_rcu {
	const char *name;
	const struct tdp_rcu *rcu; /* NULL: TDP_TREE_KEEP_TABLES */
	void (*enter)(void);	   /* before a thread's first call; may be NULL, as leave */
	void (*leave)(void);	   /* after its last one */
	bool decoy;		   /* a fault writes a shared line: the tests must say so */
	bool silent;		   /* but leaves there what it found, so that only a trace of stores shows it */
};

/* The one whose readers mark themselves in memory of their own, and whose grace periods are over at once. */
enum { BED_RCU_OWN = 1 };
/* NULL behind the last one. */
const struct bed_rcu *bed_rcu(unsigned i);

/* One of the two threads. Lines of its own: what it writes in here is nobody else's. */
struct bed_actor {
	enum tdp_result (*call)(struct bed_actor *a, tdp_gpa_t gpa);
	tdp_gpa_t gpa;
	struct tdp_fault fault;
	struct tdp_mapping found;
	struct tdp_count counted;
	uint64_t bits[8]; /* a page each of 2 MiB */
	struct tdp_op op;
	struct tdp_cache cache;
	struct tdp_gather gather;
	enum tdp_result result;
	enum actor who;
	bool leave;
	const struct bed_rcu *rcu;
	pthread_t thread;
} __attribute__((aligned(LINE_BYTES)));

/* There is one bed, and it does not move. */
struct bed {
	struct tdp_tree tree;
	struct bed_actor actor[ACTORS];
	struct tdp_mm_ops ops;
	struct tdp_layout layout;
	struct tdp_cache spare; /* for preparations */
	struct tdp_gather gather;
	const struct bed_rcu *rcu;
	unsigned frames; /* in use */
};
extern struct bed bed;

/* What the controls write. In lines of its own. */
struct decoy {
	uint64_t counter, constant;
	pthread_rwlock_t lock;
} __attribute__((aligned(LINE_BYTES)));
extern struct decoy decoy;

/* Where everything lies; for the main thread. */
struct places bed_places(void);

/* An empty, loaded tree and two waiting threads. Ends the program if it cannot. */
void bed_start(const struct bed_format *format, const struct bed_rcu *rcu);
void bed_stop(void);

/* Let one thread make its call, and wait for it. */
void bed_act(enum actor who);

/* Around the call, in the thread that calls it: what is written between the two counts. Each program has its own. */
void watch_begin(enum actor who);
void watch_end(enum actor who);

#endif
