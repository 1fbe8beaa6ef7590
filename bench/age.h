/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Aging: its states, the calls and the checks, for the table in ops.c.
 */
#ifndef TDPMMU_BENCH_AGE_H
#define TDPMMU_BENCH_AGE_H

#include "guest.h"

/* All mapped and written; the same, and read only; one page in 16 young; none young. */
void prepare_young(struct guest *guest);
void prepare_young_clean(struct guest *guest);
void prepare_some_young(struct guest *guest);
void prepare_old(struct guest *guest);

/* Everything in one call: make old; only look. The bytes that were young. */
uint64_t run_age(struct guest *guest);
/* Make old without naming pages. */
uint64_t run_age_count(struct guest *guest);
uint64_t run_age_test(struct guest *guest);

/* The right pages were named, and the entries are as they must be. */
void check_age(struct guest *guest, uint64_t value);
void check_age_clean(struct guest *guest, uint64_t value);
void check_age_some(struct guest *guest, uint64_t value);
void check_age_some_count(struct guest *guest, uint64_t value);
void check_age_none(struct guest *guest, uint64_t value);
void check_age_test(struct guest *guest, uint64_t value);

#endif
