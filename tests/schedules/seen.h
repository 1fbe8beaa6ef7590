/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The states that an exploration has seen: a set of numbers that grows as far as it may.
 */
#ifndef SCHEDULES_SEEN_H
#define SCHEDULES_SEEN_H

#include <stdbool.h>
#include <stdint.h>

/* Empty, for so many states at most; 0: for as many as a gigabyte holds. */
void seen_start(unsigned long max);
/* Is this one new? */
bool seen_add(uint64_t state);
unsigned long seen_count(void);
/* There is no room for more: what is not seen may be new. */
bool seen_full(void);

#endif
