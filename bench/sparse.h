/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guests that are nearly empty: their states, the calls and the checks, for the table in ops.c.
 */
#ifndef TDPMMU_BENCH_SPARSE_H
#define TDPMMU_BENCH_SPARSE_H

#include "guest.h"

/*
 * Nothing mapped and every table at hand; the first page of each 2 MiB mapped, written and young; every table there and nothing mapped;
 * the first page of each GiB mapped. Tables lie in the order of what they map.
 */
void prepare_sparse_faults(struct guest *guest);
void prepare_sparse(struct guest *guest);
void prepare_sparse_zapped(struct guest *guest);
void prepare_upper(struct guest *guest);

/* A fault on the first page of each 2 MiB. 0: all went well. */
uint64_t run_sparse_fault(struct guest *guest);
/* Everything in one call. The pages counted; the bytes that were young; -1 if the call failed. */
uint64_t run_sparse_count(struct guest *guest);
uint64_t run_sparse_age(struct guest *guest);

void check_sparse_fault(struct guest *guest, uint64_t value);
void check_sparse_count(struct guest *guest, uint64_t value);
void check_sparse_age(struct guest *guest, uint64_t value);
void check_sparse_zap(struct guest *guest, uint64_t value);
void check_upper_count(struct guest *guest, uint64_t value);
void check_upper_age(struct guest *guest, uint64_t value);
/* No page was found. */
void check_none(struct guest *guest, uint64_t value);

#endif
