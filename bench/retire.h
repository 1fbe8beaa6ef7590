/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What it takes to hand unlinked tables over to RCU and to free them after a grace period.
 */
#ifndef TDPMMU_BENCH_RETIRE_H
#define TDPMMU_BENCH_RETIRE_H

#include "measure.h"

/* Is there such an operation? */
bool retire_knows(const char *op);

/* Measure; returns how many results there are. Ends the program if a check fails. */
size_t retire_measure(const struct plan *plan, struct result *results);

#endif
