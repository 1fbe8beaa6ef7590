/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm stage 2, 4 KiB granule: see s2.h.
 */
#define S2_PAGE_LG2 12
#define S2_LEVELS   4
#define S2_LEAVES   7
#define S2_LPA2	    0
#define S2_LPA	    0
#include "s2_geometry.h"

TDP_FORMAT(tdp_s2_4k) = {
	S2_FIELDS,
	.name = "S2-4K",
	.level_names = {"L3", "L2", "L1", "L0"},
};

_Static_assert(12 + 9 * 4 == 48, "four levels and one root table are all 48 bits");
_Static_assert(12 + 9 * 3 + 4 == 43 && 12 + 9 * 2 + 4 == 34 && 12 + 9 + 4 == 25, "widths by start level, 16 root tables at most");
_Static_assert(TDP_BIT(12 + 9) == 2 << 20 && TDP_BIT(12 + 9 * 2) == 1 << 30, "blocks of 2M and 1G");

#ifdef TDP_BUILD_ENGINE
#define TDP_INSTANCE tdp_s2_4k
#include "instance.h"
#endif
