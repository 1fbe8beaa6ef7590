/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Splits and promotions: their state, the calls and the checks, for the table in ops.c.
 */
#ifndef TDPMMU_BENCH_HUGE_H
#define TDPMMU_BENCH_HUGE_H

#include "guest.h"

/* Everything is mapped by leaves of 2 MiB, and there are tables for all of its pages. */
void prepare_blocks(struct guest *guest);

/* Nothing is mapped, and there are tables to map all of it by leaves of 2 MiB; the same, mapped. */
void prepare_huge(struct guest *guest);
void prepare_huge_mapped(struct guest *guest);

/* Everything in one call, by leaves of 2 MiB. 0: all went well; the leaves counted; the bytes reported dirty. */
uint64_t run_huge_map(struct guest *guest);
uint64_t run_huge_count(struct guest *guest);
uint64_t run_huge_zap(struct guest *guest);

void check_huge_map(struct guest *guest, uint64_t value);
void check_huge_count(struct guest *guest, uint64_t value);
void check_huge_zap(struct guest *guest, uint64_t value);

/* Everything in one call. The bytes that were in larger leaves, or are now. */
uint64_t run_split(struct guest *guest);
uint64_t run_promote(struct guest *guest);

/* All of it, and what is mapped stayed so. */
void check_split(struct guest *guest, uint64_t value);
void check_promote(struct guest *guest, uint64_t value);

#endif
