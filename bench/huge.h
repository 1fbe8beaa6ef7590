/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Splits and promotions: their state, the calls and the checks, for the table in ops.c.
 */
#ifndef TDPMMU_BENCH_HUGE_H
#define TDPMMU_BENCH_HUGE_H

#include "guest.h"

/* Everything is mapped by leaves of 2 MiB, and there are tables for all of its pages. */
void prepare_blocks(struct guest *guest);

/* Everything in one call. The bytes that were in larger leaves, or are now. */
uint64_t run_split(struct guest *guest);
uint64_t run_promote(struct guest *guest);

/* All of it, and what is mapped stayed so. */
void check_split(struct guest *guest, uint64_t value);
void check_promote(struct guest *guest, uint64_t value);

#endif
