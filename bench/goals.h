/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each operation is compared with, and how close to it a release must come.
 */
#ifndef TDPMMU_BENCH_GOALS_H
#define TDPMMU_BENCH_GOALS_H

#include "flat.h"

#define NO_GOAL 0.0

/* At most so many times the limit. */
struct bound {
	double hot;  /* tables fit the last-level cache */
	double cold; /* they do not */
};

/* An operation's limit. */
struct goal {
	const char *op;	      /* bench_op.name */
	const char *limit;    /* "LIM-plain" */
	struct bound must;    /* what a release is accepted with */
	struct bound stretch; /* what a sketch without callbacks, statistics or flushes reached, or better; may be NO_GOAL */
	void (*prepare)(struct flat *flat);
	uint64_t (*run)(struct flat *flat);
	void (*check)(struct flat *flat, uint64_t value);
};

/* The limit of an operation; ends the program if it has none. */
const struct goal *goal_of(const char *op);

#endif
