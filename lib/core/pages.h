/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which pages of a range are meant, and bitmaps in which a call names pages.
 */
#ifndef TDPMMU_CORE_PAGES_H
#define TDPMMU_CORE_PAGES_H

#include <tdpmmu/bitmap.h>

#include "words.h"

/* Pages to work on, and where to name what is found. */
struct pages {
	const struct tdp_bitmap *out; /* NULL: the dirty hook */
	tdp_gpa_t base;		      /* of mask */
	uint64_t mask;		      /* bit b: the page at base + b * granule; 0: every page */
};

/* Does the bitmap make sense, and does it cover [gpa, gpa + size), which was checked? */
TDP_INLINE bool bitmap_covers(const struct tdp_bitmap *b, uint64_t page_mask, tdp_gpa_t gpa, uint64_t size)
{
	if (!b->words || b->reserved || b->page_lg2 >= 64 || (UINT64_C(1) << b->page_lg2) <= page_mask ||
	    (b->base & ((UINT64_C(1) << b->page_lg2) - 1)))
		return false;
	return gpa >= b->base && (gpa + size - 1 - b->base) >> b->page_lg2 < b->pages;
}

/* How many bits are set. Not the compiler's own, which is a call into its library where the processor has no instruction. */
TDP_INLINE unsigned bits_count(uint64_t bits)
{
	if (bits == UINT64_MAX)
		return 64;
	bits -= bits >> 1 & UINT64_C(0x5555555555555555);
	bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
	bits = (bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (unsigned)(bits * UINT64_C(0x0101010101010101) >> 56);
}

/* Names 64 neighbours at once: bit i of bits is the i-th from first. Neighbours beyond the bitmap have no bit set. */
TDP_INLINE void bitmap_or(const struct tdp_bitmap *b, uint64_t first, uint64_t bits)
{
	unsigned shift = first % 64;

	if (bits << shift)
		word_or(&b->words[first / 64], bits << shift);
	if (shift && bits >> (64 - shift))
		word_or(&b->words[first / 64 + 1], bits >> (64 - shift));
}

/* Names whatever [gpa, end) touches. */
TDP_INLINE void bitmap_set(const struct tdp_bitmap *b, tdp_gpa_t gpa, tdp_gpa_t end)
{
	uint64_t first = (gpa - b->base) >> b->page_lg2, last = (end - 1 - b->base) >> b->page_lg2;

	for (; last - first >= 63; first += 64) {
		bitmap_or(b, first, ~UINT64_C(0));
		if (last - first == 63)
			return;
	}
	bitmap_or(b, first, ~UINT64_C(0) >> (63 - (last - first)));
}

/* Is a page that [gpa, end) touches in it? */
TDP_INLINE bool bitmap_any(const struct tdp_bitmap *b, tdp_gpa_t gpa, tdp_gpa_t end)
{
	uint64_t first = (gpa - b->base) >> b->page_lg2, last = (end - 1 - b->base) >> b->page_lg2;

	for (; first <= last; first = (first | 63) + 1) {
		uint64_t word = word_peek(&b->words[first / 64]) >> first % 64;

		if (last / 64 == first / 64)
			word &= ~UINT64_C(0) >> (63 - (last - first));
		if (word)
			return true;
	}
	return false;
}

#endif
