/* SPDX-License-Identifier: BSD-2-Clause */
#include "geometry.h"

#define HCR_FWB (UINT64_C(1) << 46)

/* Family, name in result lines, format, granule, tables; then width of input, width of output, levels. */
#define IN_4K	    "4k", "s2-4k", &tdp_s2_4k, &tdp_s2_4k_engine, TDP_GRANULE_4K, 192
#define IN_16K	    "16k", "s2-16k", &tdp_s2_16k, &tdp_s2_16k_engine, TDP_GRANULE_16K, 96
#define IN_64K	    "64k", "s2-64k", &tdp_s2_64k, &tdp_s2_64k_engine, TDP_GRANULE_64K, 32
#define IN_4K_LPA2  "4k-lpa2", "s2-4k-lpa2", &tdp_s2_4k_lpa2, &tdp_s2_4k_lpa2_engine, TDP_GRANULE_4K_52, 192
#define IN_16K_LPA2 "16k-lpa2", "s2-16k-lpa2", &tdp_s2_16k_lpa2, &tdp_s2_16k_lpa2_engine, TDP_GRANULE_16K_52, 96
#define IN_64K_LPA  "64k-lpa", "s2-64k-lpa", &tdp_s2_64k_lpa, &tdp_s2_64k_lpa_engine, TDP_GRANULE_64K_52, 32

/* QEMU 7.2 refuses what the manual allows. */
#define LEVEL_MINUS1 "start level -1 with fewer than 52 bits"
#define LEVEL_0_16K  "start level 0 with the 16 KiB granule"

const struct geometry geometries[] = {
	/* L2, 4 to 16 root tables; L1; L1, 2 to 16; L0 */
	{IN_4K, 32, 32, 0, NULL},
	{IN_4K, 33, 36, 0, NULL},
	{IN_4K, 34, 48, 0, NULL},
	{IN_4K, 35, 40, 0, NULL},
	{IN_4K, 36, 36, 0, NULL},
	{IN_4K, 37, 42, 0, NULL},
	{IN_4K, 38, 44, 0, NULL},
	{IN_4K, 39, 48, 0, NULL},
	{IN_4K, 40, 40, 0, NULL},
	{IN_4K, 41, 48, 0, NULL},
	{IN_4K, 42, 42, 0, NULL},
	{IN_4K, 43, 44, 0, NULL},
	{IN_4K, 44, 44, 0, NULL},
	{IN_4K, 45, 48, 0, NULL},
	{IN_4K, 46, 48, 0, NULL},
	{IN_4K, 47, 48, 0, NULL},
	{IN_4K, 48, 48, 0, NULL},
	/* less; L3; a level more than needed */
	{IN_4K, 25, 48, 0, NULL},
	{IN_4K, 28, 48, 0, NULL},
	{IN_4K, 31, 32, 0, NULL},
	{IN_4K, 20, 40, 1, NULL},
	{IN_4K, 25, 48, 1, NULL},
	{IN_4K, 31, 40, 3, NULL},
	{IN_4K, 34, 40, 3, NULL},
	{IN_4K, 40, 48, 4, NULL},
	{IN_4K, 43, 48, 4, NULL},
	/* L2; L2, 2 to 16; L1; L1, 2 */
	{IN_16K, 32, 32, 0, NULL},
	{IN_16K, 36, 36, 0, NULL},
	{IN_16K, 37, 48, 0, NULL},
	{IN_16K, 38, 40, 0, NULL},
	{IN_16K, 39, 42, 0, NULL},
	{IN_16K, 40, 44, 0, NULL},
	{IN_16K, 41, 48, 0, NULL},
	{IN_16K, 44, 44, 0, NULL},
	{IN_16K, 47, 48, 0, NULL},
	{IN_16K, 48, 48, 0, NULL},
	/* L3, 1 to 16; a level more than needed */
	{IN_16K, 25, 40, 1, NULL},
	{IN_16K, 27, 40, 1, NULL},
	{IN_16K, 29, 40, 1, NULL},
	{IN_16K, 37, 42, 3, NULL},
	{IN_16K, 40, 48, 3, NULL},
	/* L2; L2, 2 to 16; L1 */
	{IN_64K, 32, 32, 0, NULL},
	{IN_64K, 36, 36, 0, NULL},
	{IN_64K, 42, 42, 0, NULL},
	{IN_64K, 43, 44, 0, NULL},
	{IN_64K, 44, 48, 0, NULL},
	{IN_64K, 45, 48, 0, NULL},
	{IN_64K, 46, 48, 0, NULL},
	{IN_64K, 47, 48, 0, NULL},
	{IN_64K, 48, 48, 0, NULL},
	/* L3, 1 to 16; a level more than needed */
	{IN_64K, 26, 40, 1, NULL},
	{IN_64K, 29, 40, 1, NULL},
	{IN_64K, 31, 40, 1, NULL},
	{IN_64K, 33, 40, 1, NULL},
	{IN_64K, 43, 48, 3, NULL},
	{IN_64K, 46, 48, 3, NULL},
	/* L1, 16; L0; L0, 2 to 16; L-1 */
	{IN_4K_LPA2, 43, 48, 0, NULL},
	{IN_4K_LPA2, 48, 52, 0, NULL},
	{IN_4K_LPA2, 49, 52, 0, NULL},
	{IN_4K_LPA2, 50, 52, 0, NULL},
	{IN_4K_LPA2, 51, 52, 0, NULL},
	{IN_4K_LPA2, 52, 52, 0, NULL},
	{IN_4K_LPA2, 40, 52, 0, NULL},
	{IN_4K_LPA2, 34, 52, 0, NULL},
	{IN_4K_LPA2, 52, 52, 5, NULL},
	{IN_4K_LPA2, 49, 52, 5, LEVEL_MINUS1},
	{IN_4K_LPA2, 50, 52, 5, LEVEL_MINUS1},
	{IN_4K_LPA2, 51, 52, 5, LEVEL_MINUS1},
	/* L2, 16; L1; L1, 2 to 16 */
	{IN_16K_LPA2, 40, 52, 0, NULL},
	{IN_16K_LPA2, 47, 52, 0, NULL},
	{IN_16K_LPA2, 48, 52, 0, NULL},
	{IN_16K_LPA2, 49, 52, 0, NULL},
	{IN_16K_LPA2, 50, 52, 0, NULL},
	{IN_16K_LPA2, 51, 52, 0, NULL},
	{IN_16K_LPA2, 29, 52, 1, NULL},
	{IN_16K_LPA2, 52, 52, 4, LEVEL_0_16K},
	/* L2, 16; L1 */
	{IN_64K_LPA, 46, 52, 0, NULL},
	{IN_64K_LPA, 47, 52, 0, NULL},
	{IN_64K_LPA, 48, 52, 0, NULL},
	{IN_64K_LPA, 49, 52, 0, NULL},
	{IN_64K_LPA, 50, 52, 0, NULL},
	{IN_64K_LPA, 51, 52, 0, NULL},
	{IN_64K_LPA, 52, 52, 0, NULL},
	{IN_64K_LPA, 33, 52, 1, NULL},
};
const unsigned geometry_count = sizeof(geometries) / sizeof(geometries[0]);

/* What -cpu max has in any case. */
#define MAX (REF_HAS_1G | REF_HAS_LPA2 | REF_HAS_TTST)

const struct feature_set feature_sets[] = {
	{"soft", TDP_CAP_TTST, MAX, 0},
	{"ha-hd-fwb", TDP_CAP_TTST | TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_FWB | TDP_CAP_XNX, MAX | REF_HAS_FWB | REF_HAS_XNX,
	 HCR_FWB},
};
const unsigned feature_set_count = sizeof(feature_sets) / sizeof(feature_sets[0]);
