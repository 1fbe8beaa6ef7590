/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm stage 2, 4 KiB granule and 52-bit addresses (FEAT_LPA2): see s2.h.
 */
#define S2_PAGE_LG2 12
#define S2_LEVELS   5
#define S2_LEAVES   15
#define S2_LPA2	    1
#define S2_LPA	    0
#include "s2_geometry.h"

TDP_FORMAT(tdp_s2_4k_lpa2) = {
	S2_FIELDS,
	.name = "S2-4K-LPA2",
	.level_names = {"L3", "L2", "L1", "L0", "L-1"},
};

_Static_assert(12 + 9 * 4 + 4 == 52, "four levels and 16 root tables, or a fifth level with 16 entries, are all 52 bits");
_Static_assert(TDP_BIT(12 + 9 * 3) == UINT64_C(512) << 30, "blocks of 512G besides 2M and 1G");

#ifdef TDP_BUILD_ENGINE
#define TDP_INSTANCE tdp_s2_4k_lpa2
#include "instance.h"
#endif
