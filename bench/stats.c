/* SPDX-License-Identifier: BSD-2-Clause */
#include "stats.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* For qsort(). */
static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double median(double *values, unsigned n)
{
	qsort(values, n, sizeof(*values), compare);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

double least(const double *values, unsigned n)
{
	double best = values[0];

	for (unsigned i = 1; i < n; i++)
		if (values[i] < best)
			best = values[i];
	return best;
}

/* Are both ratios within a goal, if there is one? */
static bool within(const struct result *result, double goal)
{
	return goal > 0 && result->ratio <= goal && result->min_ratio <= goal;
}

struct result judge(const struct samples *samples, double must, double stretch)
{
	struct samples sorted = *samples; /* a copy, for median() sorts */
	double ratio[MAX_ROUNDS];
	unsigned n = samples->rounds;
	struct result result = {.rounds = n, .unit = "pte", .must = must, .stretch = stretch};

	result.min_ratio = least(samples->op_ns, n) / least(samples->limit_ns, n);
	for (unsigned i = 0; i < n; i++)
		ratio[i] = samples->op_ns[i] / samples->limit_ns[i];
	result.ns = median(sorted.op_ns, n);
	result.limit_ns = median(sorted.limit_ns, n);
	result.ratio = median(ratio, n);
	result.met = within(&result, must);
	result.stretch_met = within(&result, stretch);
	return result;
}
