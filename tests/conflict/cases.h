/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pairs of faults, and of any two operations, and what each pair must have in common.
 */
#ifndef CONFLICT_CASES_H
#define CONFLICT_CASES_H

#include "bed.h"

struct pair {
	const char *name;
	void (*prepare)(const struct pair *pair); /* the tree before the faults */
	tdp_gpa_t gpa[ACTORS];
	uint64_t size; /* of the backing, which is aligned to it */
	uint32_t flags;
	enum tdp_result result; /* of each fault */
	struct claim claim;
	bool once; /* without RCU only: the others enter and leave around the same code */
};

/* Which one is about to run, or has run. */
struct turn {
	const struct bed_format *format;
	const struct bed_rcu *rcu;
	char name[64];
	struct claim claim; /* the pair's, or that of an RCU that shares a line by itself */
};

typedef void turn_fn(const struct turn *turn);
typedef void turn_done_fn(const struct turn *turn, bool results_right);

/*
 * Runs the pairs in each format: faults with each RCU, operations with the test's own; before and after are called around both. all: of
 * the operations every pair, not only those with a fault in them.
 */
void cases_run(bool all, turn_fn *before, turn_done_fn *after);

#endif
