/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rounds: every operation and its limit, one after the other, in one process on one pinned CPU.
 */
#ifndef TDPMMU_BENCH_MEASURE_H
#define TDPMMU_BENCH_MEASURE_H

#include "plan.h"
#include "stats.h"

#define MAX_RESULTS 512

/* Measure; returns how many results there are. Ends the program if a check fails. */
size_t measure(const struct plan *plan, struct result *results);

/* How steady this machine is now: by how many percent the slowest tenth of a fixed computation exceeds the fastest run. */
double measure_noise(void);

#endif
