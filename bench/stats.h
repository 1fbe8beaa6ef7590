/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time and statistics, and what a measurement comes to.
 */
#ifndef TDPMMU_BENCH_STATS_H
#define TDPMMU_BENCH_STATS_H

#include <stdbool.h>

#define MAX_ROUNDS 101

/* Samples of one operation and of what it is compared with, one of each per round, in ns per unit. */
struct samples {
	double op_ns[MAX_ROUNDS];
	double limit_ns[MAX_ROUNDS];
	unsigned rounds;
};

/* One line of the report. */
struct result {
	const char *op, *format, *size, *limit;
	const char *unit; /* what the times are for: a "pte", a "table", a "call" */
	unsigned rounds;
	double ns, limit_ns;   /* medians, per unit */
	double ratio;	       /* median of the ratios of each round */
	double min_ratio;      /* fastest over fastest */
	double must, stretch;  /* 0: no goal */
	bool met, stretch_met; /* both ratios are within it */
	/* With two threads: how many times longer one of them takes for the same, fastest over fastest; and LIM-atomic's. 0: one thread. */
	double speedup, limit_speedup;
};

/* Nanoseconds since some moment. */
double now(void);

/* The middle one of n values, which are sorted by it. */
double median(double *values, unsigned n);

/* The smallest of n values. */
double least(const double *values, unsigned n);

/* Compare the samples with the goals; the names and the speed-ups are left to the caller, and the unit if it is no page. */
struct result judge(const struct samples *samples, double must, double stretch);

#endif
