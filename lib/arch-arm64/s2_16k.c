/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm stage 2, 16 KiB granule: see s2.h.
 */
#define S2_PAGE_LG2 14
#define S2_LEVELS   3
#define S2_LEAVES   3
#define S2_LPA2	    0
#define S2_LPA	    0
#include "s2_geometry.h"

TDP_FORMAT(tdp_s2_16k) = {
	S2_FIELDS,
	.name = "S2-16K",
	.level_names = {"L3", "L2", "L1"},
};

_Static_assert(14 + 11 * 3 + 1 == 48, "three levels and two root tables are all 48 bits");
_Static_assert(14 + 11 * 2 + 4 == 40 && 14 + 11 + 4 == 29, "widths by start level, 16 root tables at most");
_Static_assert(TDP_BIT(14 + 11) == 32 << 20, "blocks of 32M");

#ifdef TDP_BUILD_ENGINE
#define TDP_INSTANCE tdp_s2_16k
#include "instance.h"
#endif
