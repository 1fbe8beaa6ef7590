/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Roots in VTTBR_EL2, bit by bit and by their alignment; and what VTCR_EL2 says beside the geometry. Arm ARM, D19, VTTBR_EL2: BADDR is
 * 47:1, a table is aligned to its size but to 64 bytes at least, bit 0 is CnP, 63:48 are the VMID. With 52-bit addresses bits 51:48 of
 * the root are in 5:2 and bit 1 is 0.
 */
#include "layouts.h"

/* Trees of 22 bits whose roots have 2, 4 or 64 entries, so that most bits may be the address. VTCR_EL2 without T0SZ. */
static const struct {
	const struct tdp_format *format;
	uint64_t vtcr;
	bool wide;
	unsigned first; /* lowest bit that may be the root's */
} roots[] = {
	{&tdp_s2_4k, 0x80053500, false, 6},	 {&tdp_s2_16k, 0x8005b500, false, 11},	    {&tdp_s2_64k, 0x80057500, false, 9},
	{&tdp_s2_4k_lpa2, 0x180063500, true, 6}, {&tdp_s2_16k_lpa2, 0x18006b500, true, 11}, {&tdp_s2_64k_lpa, 0x80067500, true, 9},
};

/* What one bit of the register adds to the root; *bad: it may not be there. */
static tdp_hpa_t root_of(bool wide, unsigned first, unsigned bit, bool *bad)
{
	const bool high = wide && bit >= 2 && bit <= 5;

	*bad = bit >= 1 && bit < first && !high;
	return high ? UINT64_C(1) << (bit + 46) : bit >= first && bit < 48 ? UINT64_C(1) << bit : 0;
}

Test(vttbr, every_bit)
{
	for (unsigned i = 0; i < 64 * sizeof(roots) / sizeof(roots[0]); i++) {
		const unsigned bit = i % 64, r = i / 64;
		const struct tdp_regs regs = {.base = UINT64_C(1) << bit, .control = roots[r].vtcr | (64 - 22)};
		struct tdp_layout lay;
		struct tdp_regs again;
		tdp_hpa_t root = 1, want;
		bool bad;

		want = root_of(roots[r].wide, roots[r].first, bit, &bad);
		CHECK_EQ((unsigned)-tdp_layout_from_regs(&lay, roots[r].format, &regs, &root), bad ? (unsigned)-TDP_INVALID : 0,
			 "%s, bit %u", roots[r].format->name, bit);
		if (bad)
			continue;
		CHECK_EQ(root, want, "%s, bit %u", roots[r].format->name, bit);
		lay.format->regs(&lay, root, &again);
		CHECK_EQ(again.base, want ? regs.base : 0, "%s, bit %u and back", roots[r].format->name, bit);
	}
}

/* 4 KiB tables from the manual's level 2: 22 bits leave a root of two entries, each further bit doubles it. */
Test(vttbr, alignment)
{
	for (unsigned gpa_bits = 22; gpa_bits <= 34; gpa_bits++) {
		const unsigned bytes_lg2 = gpa_bits - 21 + 3, aligned = bytes_lg2 < 6 ? 6 : bytes_lg2;

		for (unsigned bit = 1; bit < 20; bit++) {
			const struct tdp_regs regs = {.base = UINT64_C(1) << bit, .control = 0x80053500 | (64 - gpa_bits)};
			struct tdp_layout lay;
			tdp_hpa_t root;

			CHECK_EQ(tdp_layout_from_regs(&lay, &tdp_s2_4k, &regs, &root) == TDP_OK, bit >= aligned,
				 "%u bits, a root at bit %u", gpa_bits, bit);
		}
	}
}

static const struct {
	const char *what;
	const struct tdp_format *format;
	uint64_t vtcr;
	unsigned features;
} said[] = {
	{"24 bits are a small table", &tdp_s2_4k, 0x80053528, TDP_CAP_TTST},
	{"25 bits are none", &tdp_s2_4k, 0x80053527, 0},
	{"one level of 4K is one, whatever the width", &tdp_s2_4k, 0x800535e7, TDP_CAP_TTST},
	{"one level of 16K is none", &tdp_s2_16k, 0x8005b527, 0},
	{"24 bits of 16K are", &tdp_s2_16k, 0x8005b528, TDP_CAP_TTST},
	{"one level of 64K is none", &tdp_s2_64k, 0x80057527, 0},
	{"24 bits of 64K are", &tdp_s2_64k, 0x80057528, TDP_CAP_TTST},
	{"one level of 4K with LPA2", &tdp_s2_4k_lpa2, 0x1800535e7, TDP_CAP_TTST | TDP_CAP_LPA2},
	{"HA", &tdp_s2_4k, 0x80253527, TDP_CAP_HW_A},
	{"HA and HD", &tdp_s2_4k, 0x80653527, TDP_CAP_HW_A | TDP_CAP_HW_D},
	{"HD alone does nothing", &tdp_s2_4k, 0x80453527, 0},
};

Test(vttbr, features)
{
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		const struct tdp_regs regs = {.control = said[i].vtcr};
		struct tdp_layout lay;
		tdp_hpa_t root;

		CHECK_EQ(tdp_layout_from_regs(&lay, said[i].format, &regs, &root), TDP_OK, "%s", said[i].what);
		CHECK_EQ(lay.features, said[i].features, "%s", said[i].what);
	}
}
