/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm stage 2, 16 KiB granule and 52-bit addresses (FEAT_LPA2): see s2.h.
 */
#define S2_PAGE_LG2 14
#define S2_LEVELS   4
#define S2_LEAVES   7
#define S2_LPA2	    1
#define S2_LPA	    0
#include "s2_geometry.h"

TDP_FORMAT(tdp_s2_16k_lpa2) = {
	S2_FIELDS,
	.name = "S2-16K-LPA2",
	.level_names = {"L3", "L2", "L1", "L0"},
};

_Static_assert(14 + 11 * 3 + 4 == 51, "three levels and 16 root tables are 51 bits; 52 take a fourth level");
_Static_assert(TDP_BIT(14 + 11 * 2) == UINT64_C(64) << 30, "blocks of 64G besides 32M");

#ifdef TDP_BUILD_ENGINE
#define TDP_INSTANCE tdp_s2_16k_lpa2
#include "instance.h"
#endif
