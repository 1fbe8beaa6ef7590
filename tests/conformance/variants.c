/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every format, on machines that can do little and much. A new format is a new line.
 */
#include "conformance.h"

#include <fake.h>

#define AD	     (TDP_CAP_HW_A | TDP_CAP_HW_D)
#define BIT(n)	     (UINT64_C(1) << (n))
#define BITS(hi, lo) ((~UINT64_C(0) >> (63 - (hi))) & (~UINT64_C(0) << (lo)))

/* Arm: shareability 01, bit 50, the contiguous hint, XN[0] without FEAT_XNX; what the top bits of a table entry say to stage 1 only. */
#define S2_LEAF	 (BITS(9, 8) | BIT(50) | BIT(52))
#define S2_XN0	 BIT(53)
#define S2_HUGE	 BIT(16) /* nT, of FEAT_BBM level 1 */
#define S2_TABLE (BIT(50) | BITS(63, 59))

const struct variant variants[] = {
	{.name = "EPT", .format = &tdp_ept, .kind = REF_EPT, .gpa_bits = 48, .sw_bits = 4, .features = AD},
	{.name = "EPT, execute-only and #VE",
	 .format = &tdp_ept,
	 .kind = REF_EPT,
	 .gpa_bits = 48,
	 .sw_bits = 4,
	 .features = AD | TDP_CAP_EXEC_ONLY | TDP_CAP_VE},
	{.name = "EPT, 5 levels, no 1G leaves",
	 .format = &tdp_ept,
	 .kind = REF_EPT,
	 .gpa_bits = 57,
	 .sw_bits = 4,
	 .hpa_bits = 52,
	 .leaf_levels = 3,
	 .features = AD | TDP_CAP_EXEC_ONLY},
	{.name = "EPT without A/D", .format = &tdp_ept_noad, .kind = REF_EPT, .gpa_bits = 48, .sw_bits = 1},
	{.name = "EPT without A/D, 5 levels, execute-only and #VE",
	 .format = &tdp_ept_noad,
	 .kind = REF_EPT,
	 .gpa_bits = 57,
	 .sw_bits = 1,
	 .hpa_bits = 39,
	 .features = TDP_CAP_EXEC_ONLY | TDP_CAP_VE},
	{.name = "NPT without NX", .format = &tdp_npt, .kind = REF_NPT, .gpa_bits = 48, .sw_bits = 7},
	{.name = "NPT", .format = &tdp_npt, .kind = REF_NPT, .gpa_bits = 40, .sw_bits = 7, .hpa_bits = 52, .features = TDP_CAP_NX},
	{.name = "NPT as a guest's own tables, all types in the PAT",
	 .format = &tdp_npt,
	 .kind = REF_NPT,
	 .ref_features = REF_GUEST_TABLES,
	 .gpa_bits = 48,
	 .sw_bits = 7,
	 .features = TDP_CAP_NX,
	 .pat = 0x0007010500070406},
	{.name = "NPT with an encryption bit, no 1G leaves",
	 .format = &tdp_npt,
	 .kind = REF_NPT,
	 .gpa_bits = 48,
	 .sw_bits = 7,
	 .leaf_levels = 3,
	 .features = TDP_CAP_NX,
	 .entry_or = BIT(47)},
	{.name = "S2-4K, software A and D",
	 .format = &tdp_s2_4k,
	 .kind = REF_S2_4K,
	 .gpa_bits = 40,
	 .sw_bits = 4,
	 .unused_leaf = S2_LEAF | S2_XN0,
	 .unused_huge = S2_HUGE,
	 .unused_table = S2_TABLE},
	{.name = "S2-4K, two levels, XNX, hardware A",
	 .format = &tdp_s2_4k,
	 .kind = REF_S2_4K,
	 .gpa_bits = 34,
	 .sw_bits = 4,
	 .hpa_bits = 32,
	 .features = TDP_CAP_XNX | TDP_CAP_HW_A,
	 .unused_leaf = S2_LEAF,
	 .unused_huge = S2_HUGE,
	 .unused_table = S2_TABLE},
	{.name = "S2-4K, four levels, hardware A and D",
	 .format = &tdp_s2_4k,
	 .kind = REF_S2_4K,
	 .gpa_bits = 48,
	 .sw_bits = 4,
	 .hpa_bits = 48,
	 .features = AD,
	 .unused_leaf = S2_LEAF | S2_XN0,
	 .unused_huge = S2_HUGE,
	 .unused_table = S2_TABLE},
	{.name = "S2-4K, FWB, XNX, hardware A and D",
	 .format = &tdp_s2_4k,
	 .kind = REF_S2_4K,
	 .gpa_bits = 39,
	 .sw_bits = 4,
	 .features = AD | TDP_CAP_FWB | TDP_CAP_XNX,
	 .unused_leaf = S2_LEAF,
	 .unused_huge = S2_HUGE,
	 .unused_table = S2_TABLE},
	{.name = "FAKE-O", .format = &tdp_fake_o, .kind = REF_FAKE_O, .gpa_bits = 20, .sw_bits = 2},
	{.name = "FAKE-B", .format = &tdp_fake_b, .kind = REF_FAKE_B, .gpa_bits = 20, .sw_bits = 4, .unused_leaf = BITS(9, 8)},
	{.name = "FAKE-B, four root tables",
	 .format = &tdp_fake_b,
	 .kind = REF_FAKE_B,
	 .gpa_bits = 22,
	 .sw_bits = 4,
	 .hpa_bits = 36,
	 .features = TDP_CAP_HW_A,
	 .unused_leaf = BITS(9, 8)},
};
const unsigned variant_count = sizeof(variants) / sizeof(variants[0]);
