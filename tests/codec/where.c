/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where in a block of entries a bit is set: found for whole cache lines at once, so against the entries one by one. The test build of the
 * engine never does the former.
 */
#include <criterion/criterion.h>

#include <inttypes.h>

#include "spte.h"

/* Repeatable, without a pattern. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Words that have the bit where set says, and anything else in the other 63. */
static void fill(tdp_spte_t *block, uint64_t set, tdp_spte_t bit, uint64_t *state)
{
	for (unsigned i = 0; i < SPTE_BLOCK; i++)
		block[i] = (next(state) & ~bit) | (set >> i & 1 ? bit : 0);
}

/* A hint leaves none out; where lines are taken as a whole it names no other. */
static void check(const tdp_spte_t *p, uint64_t set, unsigned shift)
{
	uint64_t where = spte_where(p, SPTE_BLOCK, UINT64_C(1) << shift);

	if (spte_lines(p, SPTE_BLOCK) && shift <= 48)
		cr_assert(where == set, "bit %u: %016" PRIx64 " instead of %016" PRIx64, shift, where, set);
	cr_assert((where & set) == set, "bit %u: %016" PRIx64 " without all of %016" PRIx64, shift, where, set);
}

Test(where, every_bit)
{
	_Alignas(64) tdp_spte_t block[SPTE_BLOCK + SPTE_LINE];
	uint64_t state = 1;

	for (unsigned shift = 0; shift < 64; shift++) {
		for (unsigned i = 0; i < SPTE_BLOCK; i++) {
			fill(block, UINT64_C(1) << i, UINT64_C(1) << shift, &state);
			check(block, UINT64_C(1) << i, shift);
		}
		for (unsigned round = 0; round < 16; round++) {
			uint64_t set = round == 0 ? 0 : round == 1 ? ~UINT64_C(0) : next(&state) & next(&state);

			fill(block, set, UINT64_C(1) << shift, &state);
			check(block, set, shift);
			/* Not at a line's beginning. */
			fill(block + 1, set, UINT64_C(1) << shift, &state);
			check(block + 1, set, shift);
		}
	}
}

/* Less than a block: any of these, and none behind them. */
Test(where, part)
{
	_Alignas(64) tdp_spte_t block[SPTE_BLOCK] = {0};

	for (unsigned n = 1; n < SPTE_BLOCK; n++)
		cr_assert(spte_where(block, n, 1) == ~UINT64_C(0) >> (SPTE_BLOCK - n), "%u entries", n);
}
