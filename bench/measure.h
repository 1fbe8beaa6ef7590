/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rounds: every operation and its limit, one after the other, in one process on one pinned CPU.
 */
#ifndef TDPMMU_BENCH_MEASURE_H
#define TDPMMU_BENCH_MEASURE_H

#include "goals.h"
#include "ops.h"
#include "stats.h"

#define MAX_RESULTS 512

/* One size of guest. */
struct bench_size {
	const char *name;
	uint64_t bytes;
	bool hot;	  /* which goals it is held to: its tables fit a cache of a few MiB */
	unsigned repeats; /* per round: short measurements need more than one */
	bool asked;	  /* only measured if it is asked for by name, or in a sweep */
};

/* The sizes, smallest first; ends with a NULL name. */
extern const struct bench_size bench_sizes[];

/* What to measure. */
struct plan {
	const char *op;	    /* NULL: all */
	const char *format; /* NULL: all */
	const char *size;   /* NULL: all that need not be asked for */
	unsigned rounds;
	bool sweep;    /* every size, one after the other, and only what takes a whole guest in one call */
	bool progress; /* a line on stderr per round */
};

/* Is there such a size? */
bool plan_knows_size(const char *name);

/* Is it chosen, or is there no choice? */
bool plan_chooses(const char *choice, const char *name);

/* Measure; returns how many results there are. Ends the program if a check fails. */
size_t measure(const struct plan *plan, struct result *results);

/* How steady this machine is now: by how many percent the slowest tenth of a fixed computation exceeds the fastest run. */
double measure_noise(void);

#endif
