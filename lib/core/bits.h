/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bits and bit ranges by the numbers that the manuals print.
 */
#ifndef TDPMMU_CORE_BITS_H
#define TDPMMU_CORE_BITS_H

#include <stdint.h>

/* Bit n. */
#define TDP_BIT(n) (UINT64_C(1) << (n))
/* Bits high:low, both included. */
#define TDP_BITS(high, low) ((~UINT64_C(0) >> (63 - (high))) & (~UINT64_C(0) << (low)))

_Static_assert(TDP_BITS(51, 12) == UINT64_C(0x000ffffffffff000), "an example: the payload of a not-present entry");
_Static_assert(TDP_BITS(63, 0) == ~UINT64_C(0), "the whole entry");

/* What a format file says about two masks that must not meet. */
#define TDP_DISJOINT(a, b) _Static_assert(((a) & (b)) == 0, #a " and " #b " overlap")

#endif
