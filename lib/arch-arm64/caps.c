/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities from Arm's ID registers: Arm ARM, D19, ID_AA64MMFR0_EL1, ID_AA64MMFR1_EL1 and ID_AA64MMFR2_EL1. The library reads no
 * system register: the embedder does.
 */
#include <tdpmmu/format.h>

#include "bits.h"

/* Where the four-bit fields start. */
enum {
	MMFR0_PARANGE = 0,
	MMFR0_TGRAN16 = 20,
	MMFR0_TGRAN64 = 24,
	MMFR0_TGRAN4 = 28,
	MMFR0_TGRAN16_2 = 32,
	MMFR0_TGRAN64_2 = 36,
	MMFR0_TGRAN4_2 = 40,
	MMFR1_HAFDBS = 0,
	MMFR1_XNX = 28,
	MMFR2_ST = 28,
	MMFR2_FWB = 40,
	MMFR2_BBM = 52
};

/* Values of TGran4_2, TGran16_2 and TGran64_2: 0 means as stage 1 has it. */
enum { GRANULE_AS_STAGE1 = 0, GRANULE_NONE = 1, GRANULE_48 = 2, GRANULE_52 = 3 };
/* Stage 1 counts from zeroes of its own: TGran4 and TGran64 have 0 supported and 15 not, TGran16 has 0 not; next comes 52 bits. */
enum { STAGE1_NONE = 15 };

static unsigned field(uint64_t reg, unsigned shift)
{
	return (unsigned)(reg >> shift) & 0xf;
}

/* What stage 2 has of a granule: 48 or 52 bits, as enum tdp_granule, or 0. stage1: support at stage 1, counted from 0 for 48 bits. */
static uint32_t granule(uint64_t mmfr0, unsigned shift_2, unsigned stage1, uint32_t g48, uint32_t g52)
{
	const unsigned stage2 = field(mmfr0, shift_2);
	unsigned has = stage2;

	if (stage2 == GRANULE_AS_STAGE1)
		has = stage1 == STAGE1_NONE ? GRANULE_NONE : stage1 == 0 ? GRANULE_48 : GRANULE_52;
	if (has == GRANULE_NONE)
		return 0;
	return has == GRANULE_48 ? g48 : g48 | g52;
}

/* All three. The 64 KiB granule has 52 bits wherever physical addresses do (FEAT_LPA); its own field knows no such value. */
static uint32_t granules(uint64_t mmfr0, unsigned hpa_bits)
{
	const unsigned stage1_16k = (field(mmfr0, MMFR0_TGRAN16) - 1) & 0xf;
	const uint32_t wide_64k = hpa_bits == 52 ? TDP_GRANULE_64K_52 : 0;
	uint32_t all;

	all = granule(mmfr0, MMFR0_TGRAN4_2, field(mmfr0, MMFR0_TGRAN4), TDP_GRANULE_4K, TDP_GRANULE_4K_52);
	all |= granule(mmfr0, MMFR0_TGRAN16_2, stage1_16k, TDP_GRANULE_16K, TDP_GRANULE_16K_52);
	all |= granule(mmfr0, MMFR0_TGRAN64_2, field(mmfr0, MMFR0_TGRAN64), TDP_GRANULE_64K | wide_64k, 0);
	return all ? all : TDP_GRANULE_NONE;
}

/* Of the manual's blocks what any of the granules has: 3, 2 and 1 everywhere but in 16K and 64K without 52 bits, 0 in 4K with them. */
static uint32_t leaf_levels(uint32_t granules)
{
	uint32_t levels = 3;

	if (granules & (TDP_GRANULE_4K | TDP_GRANULE_16K_52 | TDP_GRANULE_64K_52))
		levels |= 4;
	return granules & TDP_GRANULE_4K_52 ? levels | 8 : levels;
}

/* The IPA size is limited by the PA size, so both widths come from PARange. */
enum tdp_result tdp_caps_arm64(struct tdp_caps *out, const struct tdp_arm64 *arm)
{
	/* PARange 7 is 56 bits, of which only 128-bit descriptors can name more than 52. */
	static const uint8_t widths[8] = {32, 36, 40, 42, 44, 48, 52, 52};
	unsigned parange;

	if (!out || !arm || (arm->size != 0 && arm->size != sizeof(*arm)) || arm->reserved != 0)
		return TDP_INVALID;
	parange = field(arm->mmfr0, MMFR0_PARANGE);
	if (parange >= sizeof(widths))
		return TDP_UNSUPPORTED;
	*out = (struct tdp_caps){.size = sizeof(*out), .gpa_bits = widths[parange], .hpa_bits = widths[parange]};
	out->granules = granules(arm->mmfr0, out->hpa_bits);
	out->leaf_levels = leaf_levels(out->granules);
	out->bbm = (uint8_t)field(arm->mmfr2, MMFR2_BBM);
	out->features |= field(arm->mmfr1, MMFR1_HAFDBS) >= 1 ? TDP_CAP_HW_A : 0;
	out->features |= field(arm->mmfr1, MMFR1_HAFDBS) >= 2 ? TDP_CAP_HW_D : 0;
	out->features |= field(arm->mmfr1, MMFR1_XNX) >= 1 ? TDP_CAP_XNX : 0;
	out->features |= field(arm->mmfr2, MMFR2_FWB) >= 1 ? TDP_CAP_FWB : 0;
	out->features |= field(arm->mmfr2, MMFR2_ST) >= 1 ? TDP_CAP_TTST : 0;
	out->features |= out->granules & (TDP_GRANULE_4K_52 | TDP_GRANULE_16K_52) ? TDP_CAP_LPA2 : 0;
	return TDP_OK;
}
