/* SPDX-License-Identifier: BSD-2-Clause */
#include "geometry.h"

#define HCR_FWB (UINT64_C(1) << 46)

/* Widths of input and output. */
#define GRANULE_4K(ipa, pa)                                                                                                        \
	{                                                                                                                          \
		"4k", "s2-4k", &tdp_s2_4k, &tdp_s2_4k_engine, REF_S2_4K, ipa, pa, 7, 0, 256                                        \
	}

const struct geometry geometries[] = {
	/* L2, 4 to 16 root tables */
	GRANULE_4K(32, 32),
	GRANULE_4K(33, 36),
	GRANULE_4K(34, 48),
	/* L1 */
	GRANULE_4K(35, 40),
	GRANULE_4K(36, 36),
	GRANULE_4K(37, 42),
	GRANULE_4K(38, 44),
	GRANULE_4K(39, 48),
	/* L1, 2 to 16 */
	GRANULE_4K(40, 40),
	GRANULE_4K(41, 48),
	GRANULE_4K(42, 42),
	GRANULE_4K(43, 44),
	/* L0 */
	GRANULE_4K(44, 44),
	GRANULE_4K(45, 48),
	GRANULE_4K(46, 48),
	GRANULE_4K(47, 48),
	GRANULE_4K(48, 48),
};
const unsigned geometry_count = sizeof(geometries) / sizeof(geometries[0]);

const struct feature_set feature_sets[] = {
	{"soft", 0, 0, 0},
	{"ha-hd-fwb", TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_FWB | TDP_CAP_XNX, REF_HAS_FWB | REF_HAS_XNX, HCR_FWB},
};
const unsigned feature_set_count = sizeof(feature_sets) / sizeof(feature_sets[0]);
