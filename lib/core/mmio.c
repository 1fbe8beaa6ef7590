/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Notes of emulated devices: access in bits 3:0, the page's number in 43:4, the generation in 54:44. In an entry the number lies where an
 * address does (inverted on x86).
 */
#include <tdpmmu/format.h>

#include "bits.h"

enum { ACCESS_BITS = 4, FRAME_BITS = 40, PAGE_LG2 = 12, GENERATION_SHIFT = ACCESS_BITS + FRAME_BITS };
_Static_assert(TDP_RWX < 1 << ACCESS_BITS, "every access has a place");
_Static_assert((uint64_t)TDP_MMIO_GENERATIONS << GENERATION_SHIFT == UINT64_C(1) << TDP_NOTE_BITS, "all bits are used");

enum tdp_result tdp_mmio_pack(const struct tdp_mmio *mmio, uint64_t *note)
{
	if (!mmio || !note || mmio->access == 0 || mmio->access > TDP_RWX || (mmio->gpa & TDP_BITS(PAGE_LG2 - 1, 0)) ||
	    mmio->reserved[0] || mmio->reserved[1] || mmio->reserved[2])
		return TDP_INVALID;
	if (mmio->gpa >> (PAGE_LG2 + FRAME_BITS))
		return TDP_RANGE;
	*note = mmio->access | mmio->gpa >> PAGE_LG2 << ACCESS_BITS;
	*note |= (uint64_t)(mmio->generation % TDP_MMIO_GENERATIONS) << GENERATION_SHIFT;
	return TDP_OK;
}

struct tdp_mmio tdp_mmio_unpack(uint64_t note)
{
	return (struct tdp_mmio){
		.gpa = (note >> ACCESS_BITS & TDP_BITS(FRAME_BITS - 1, 0)) << PAGE_LG2,
		.generation = (uint32_t)(note >> GENERATION_SHIFT) % TDP_MMIO_GENERATIONS,
		.access = (uint8_t)(note & TDP_BITS(ACCESS_BITS - 1, 0)),
	};
}
