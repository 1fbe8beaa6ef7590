/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rounds: every operation and its limit, one after the other, in one process on one pinned CPU.
 */
#ifndef TDPMMU_BENCH_MEASURE_H
#define TDPMMU_BENCH_MEASURE_H

#include "goals.h"
#include "ops.h"

#define MAX_ROUNDS 101
#define MAX_CASES  128

/* One size of guest. */
struct bench_size {
	const char *name;
	uint64_t bytes;
	bool hot;	  /* its tables fit a second-level cache of 1 MiB */
	unsigned repeats; /* per round: short measurements need more than one */
};

/* The sizes, smallest first; ends with a NULL name. */
extern const struct bench_size bench_sizes[];

/* What to measure. */
struct plan {
	const char *op;	    /* NULL: all */
	const char *format; /* NULL: all */
	const char *size;   /* NULL: all */
	unsigned rounds;
	bool progress; /* a line on stderr per round */
};

/* One operation of one format on one size, and its samples, one per round, in ns per page. */
struct bench_case {
	const struct bench_op *op;
	const struct goal *goal;
	const struct raw_format *format;
	const struct bench_size *size;
	double op_ns[MAX_ROUNDS];
	double limit_ns[MAX_ROUNDS];
	unsigned rounds;
};

/* What one case comes to. */
struct verdict {
	double ns, limit_ns; /* medians, per page */
	double ratio;	     /* median of the ratios of each round */
	double min_ratio;    /* fastest over fastest */
	double must;
	bool met; /* both ratios are within must */
};

/* Measure; returns how many cases there are. Ends the program if a check fails. */
size_t measure(const struct plan *plan, struct bench_case *cases);

struct verdict judge(const struct bench_case *bench_case);

/* How steady this machine is now: by how many percent the slowest tenth of a fixed computation exceeds the fastest run. */
double measure_noise(void);

/* Pin the process to its last CPU and ask for real-time scheduling. Which CPU (-1: not pinned), and whether it is real-time. */
int pin_and_raise(bool *real_time);

#endif
