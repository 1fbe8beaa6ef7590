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
	MMFR0_TGRAN4 = 28,
	MMFR0_TGRAN4_2 = 40,
	MMFR1_HAFDBS = 0,
	MMFR1_XNX = 28,
	MMFR2_FWB = 40,
	MMFR2_BBM = 52
};

/* Stage-2 support of the 4 KiB granule, TGran4_2: 0 means as stage 1 has it. */
enum { GRANULE_AS_STAGE1 = 0, GRANULE_NONE = 1, GRANULE_48 = 2, GRANULE_52 = 3 };

static unsigned field(uint64_t reg, unsigned shift)
{
	return (unsigned)(reg >> shift) & 0xf;
}

/* Stage 1 counts from another zero: 0 supported, 1 with 52 bits, 15 not supported. */
static unsigned stage2_granule(uint64_t mmfr0)
{
	const unsigned stage2 = field(mmfr0, MMFR0_TGRAN4_2);
	const unsigned stage1 = field(mmfr0, MMFR0_TGRAN4);

	if (stage2 != GRANULE_AS_STAGE1)
		return stage2;
	if (stage1 == 0xf)
		return GRANULE_NONE;
	return stage1 == 0 ? GRANULE_48 : GRANULE_52;
}

/*
 * The IPA size is limited by the PA size, so both widths come from PARange. Leaf levels are those of the 4 KiB granule: none if stage 2
 * does not have it, which tdp_layout_make() refuses.
 */
enum tdp_result tdp_caps_arm64(struct tdp_caps *out, uint64_t mmfr0, uint64_t mmfr1, uint64_t mmfr2)
{
	/* PARange 7 is 56 bits, of which only 128-bit descriptors can name more than 52. */
	static const uint8_t widths[8] = {32, 36, 40, 42, 44, 48, 52, 52};
	const unsigned parange = field(mmfr0, MMFR0_PARANGE);
	const unsigned granule = stage2_granule(mmfr0);

	if (!out)
		return TDP_INVALID;
	if (parange >= sizeof(widths))
		return TDP_UNSUPPORTED;
	*out = (struct tdp_caps){.size = sizeof(*out), .gpa_bits = widths[parange], .hpa_bits = widths[parange]};
	out->leaf_levels = granule == GRANULE_NONE ? 0 : 7;
	out->bbm = (uint8_t)field(mmfr2, MMFR2_BBM);
	out->features |= field(mmfr1, MMFR1_HAFDBS) >= 1 ? TDP_CAP_HW_A : 0;
	out->features |= field(mmfr1, MMFR1_HAFDBS) >= 2 ? TDP_CAP_HW_D : 0;
	out->features |= field(mmfr1, MMFR1_XNX) >= 1 ? TDP_CAP_XNX : 0;
	out->features |= field(mmfr2, MMFR2_FWB) >= 1 ? TDP_CAP_FWB : 0;
	out->features |= granule == GRANULE_52 ? TDP_CAP_LPA2 : 0;
	return TDP_OK;
}
