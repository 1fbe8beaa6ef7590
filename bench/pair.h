/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two threads that fault in one tree, each with a cache of its own, against one thread that does the same work.
 */
#ifndef TDPMMU_BENCH_PAIR_H
#define TDPMMU_BENCH_PAIR_H

#include "measure.h"

/* Is there such an operation? */
bool pair_knows(const char *op);

/* Measure what the plan chooses, the second thread on this CPU; returns how many results there are. Ends the program if a check fails. */
size_t pair_measure(const struct plan *plan, int second_cpu, struct result *results);

#endif
