/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sums that stand for what was summed: 64 bits, so that among the states of a scenario two with one sum are not to be expected.
 */
#ifndef SCHEDULES_HASH_H
#define SCHEDULES_HASH_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t hash_word(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

uint64_t hash_bytes(uint64_t h, const void *bytes, size_t n);

#endif
