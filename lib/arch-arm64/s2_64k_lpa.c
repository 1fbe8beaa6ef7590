/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm stage 2, 64 KiB granule and 52-bit addresses (FEAT_LPA): see s2.h.
 */
#define S2_PAGE_LG2 16
#define S2_LEVELS   3
#define S2_LEAVES   7
#define S2_LPA2	    0
#define S2_LPA	    1
#include "s2_geometry.h"

TDP_FORMAT(tdp_s2_64k_lpa) = {
	S2_FIELDS,
	.name = "S2-64K-LPA",
	.level_names = {"L3", "L2", "L1"},
};

_Static_assert(16 + 13 * 3 > 52, "three levels and one root table, with 1024 entries in use, are all 52 bits");
_Static_assert(TDP_BIT(16 + 13 * 2) == UINT64_C(4) << 40, "blocks of 4T besides 512M");

#ifdef TDP_BUILD_ENGINE
#define TDP_INSTANCE tdp_s2_64k_lpa
#include "instance.h"
#endif
