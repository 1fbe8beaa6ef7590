/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm stage 2, 64 KiB granule: see s2.h.
 */
#define S2_PAGE_LG2 16
#define S2_LEVELS   3
#define S2_LEAVES   3
#define S2_LPA2	    0
#define S2_LPA	    0
#include "s2_geometry.h"

TDP_FORMAT(tdp_s2_64k) = {
	S2_FIELDS,
	.name = "S2-64K",
	.level_names = {"L3", "L2", "L1"},
};

_Static_assert(16 + 13 * 3 > 48, "three levels and one root table, with 64 entries in use, are all 48 bits");
_Static_assert(16 + 13 * 2 + 4 == 46 && 16 + 13 + 4 == 33, "widths by start level, 16 root tables at most");
_Static_assert(TDP_BIT(16 + 13) == 512 << 20, "blocks of 512M");

#ifdef TDP_BUILD_ENGINE
#define TDP_INSTANCE tdp_s2_64k
#include "instance.h"
#endif
