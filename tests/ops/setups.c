/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The formats, geometries and engines that every test of an operation runs on.
 */
#include "harness.h"

#include "fake.h"

#define AD (TDP_CAP_HW_A | TDP_CAP_HW_D)

static const struct setup setups[] = {
	{
		.name = "NPT",
		.format = &tdp_npt,
		.engine = &tdp_npt_engine,
		.kind = REF_NPT,
		.gpa_bits = 48,
		.hpa_bits = 46,
		.caps = TDP_CAP_NX,
		.ref_features = REF_HAS_1G | REF_HAS_NX,
		.traits = HW_A | HW_D | IS_NPT,
	},
	{
		.name = "NPT, five levels",
		.format = &tdp_npt,
		.engine = &tdp_npt_engine,
		.kind = REF_NPT,
		.gpa_bits = 57,
		.hpa_bits = 46,
		.caps = TDP_CAP_NX,
		.ref_features = REF_HAS_1G | REF_HAS_NX | REF_HAS_LA57,
		.traits = HW_A | HW_D | IS_NPT | DEEP,
	},
	{
		.name = "NPT PAE",
		.format = &tdp_npt_pae,
		.engine = &tdp_npt_pae_engine,
		.kind = REF_NPT,
		.gpa_bits = 32,
		.hpa_bits = 40,
		.caps = TDP_CAP_NX,
		.ref_features = REF_PAE | REF_HAS_NX,
		.traits = HW_A | HW_D | IS_NPT | PAE,
	},
	{
		.name = "EPT",
		.format = &tdp_ept,
		.engine = &tdp_ept_engine,
		.kind = REF_EPT,
		.gpa_bits = 48,
		.hpa_bits = 46,
		.caps = AD | TDP_CAP_EXEC_ONLY | TDP_CAP_VE,
		.ref_features = REF_HAS_1G | REF_HAS_EXEC_ONLY,
		.traits = HW_A | HW_D | IS_EPT,
	},
	{
		.name = "EPT, mode-based execute, five levels",
		.format = &tdp_ept,
		.engine = &tdp_ept_engine,
		.kind = REF_EPT,
		.gpa_bits = 57,
		.hpa_bits = 46,
		.caps = AD | TDP_CAP_EXEC_ONLY | TDP_CAP_VE | TDP_CAP_MBEC,
		.ref_features = REF_HAS_1G | REF_HAS_EXEC_ONLY | REF_HAS_MBEC,
		.traits = HW_A | HW_D | IS_EPT | DEEP,
	},
	{
		.name = "EPT without A/D, mode-based execute",
		.format = &tdp_ept_noad,
		.engine = &tdp_ept_noad_engine,
		.kind = REF_EPT,
		.gpa_bits = 48,
		.hpa_bits = 46,
		.caps = TDP_CAP_EXEC_ONLY | TDP_CAP_VE | TDP_CAP_MBEC,
		.ref_features = REF_HAS_1G | REF_HAS_EXEC_ONLY | REF_HAS_MBEC,
		.traits = IS_EPT | TRACKS,
	},
	{
		.name = "EPT without A/D",
		.format = &tdp_ept_noad,
		.engine = &tdp_ept_noad_engine,
		.kind = REF_EPT,
		.gpa_bits = 48,
		.hpa_bits = 46,
		.caps = TDP_CAP_EXEC_ONLY | TDP_CAP_VE,
		.ref_features = REF_HAS_1G | REF_HAS_EXEC_ONLY,
		.traits = IS_EPT | TRACKS,
	},
	{
		.name = "S2, 40 bits: two root tables, software A and D",
		.format = &tdp_s2_4k,
		.engine = &tdp_s2_4k_engine,
		.kind = REF_S2_4K,
		.gpa_bits = 40,
		.hpa_bits = 40,
		.ref_features = REF_HAS_1G,
		.traits = BREAK | CONCAT | IS_S2,
	},
	{
		.name = "S2, 48 bits, hardware A and D",
		.format = &tdp_s2_4k,
		.engine = &tdp_s2_4k_engine,
		.kind = REF_S2_4K,
		.gpa_bits = 48,
		.hpa_bits = 48,
		.caps = AD,
		.ref_features = REF_HAS_1G,
		.traits = BREAK | HW_A | HW_D | IS_S2,
	},
	{
		.name = "S2, 43 bits: 16 root tables, hardware A, XNX",
		.format = &tdp_s2_4k,
		.engine = &tdp_s2_4k_engine,
		.kind = REF_S2_4K,
		.gpa_bits = 43,
		.hpa_bits = 44,
		.caps = TDP_CAP_HW_A | TDP_CAP_XNX,
		.ref_features = REF_HAS_1G | REF_HAS_XNX,
		.traits = BREAK | CONCAT | HW_A | IS_S2,
	},
	{
		.name = "FAKE-O",
		.format = &tdp_fake_o,
		.engine = &tdp_fake_o_engine,
		.kind = REF_FAKE_O,
		.gpa_bits = 20,
		.hpa_bits = 40,
		.ref_features = REF_HAS_1G,
		.traits = HW_A | HW_D | FAKE,
	},
	{
		.name = "FAKE-B",
		.format = &tdp_fake_b,
		.engine = &tdp_fake_b_engine,
		.kind = REF_FAKE_B,
		.gpa_bits = 20,
		.hpa_bits = 40,
		.ref_features = REF_HAS_1G,
		.traits = BREAK | FAKE,
	},
	{
		.name = "FAKE-B, four root tables, hardware A",
		.format = &tdp_fake_b,
		.engine = &tdp_fake_b_engine,
		.kind = REF_FAKE_B,
		.gpa_bits = 22,
		.hpa_bits = 40,
		.caps = TDP_CAP_HW_A,
		.ref_features = REF_HAS_1G | REF_HW_ACCESSED,
		.traits = BREAK | CONCAT | HW_A | FAKE,
	},
	{
		.name = "EPT by the generic engine",
		.format = &tdp_ept,
		.engine = &tdp_generic_engine,
		.kind = REF_EPT,
		.gpa_bits = 48,
		.hpa_bits = 46,
		.caps = AD | TDP_CAP_EXEC_ONLY | TDP_CAP_VE,
		.ref_features = REF_HAS_1G | REF_HAS_EXEC_ONLY,
		.traits = HW_A | HW_D | IS_EPT | GENERIC,
	},
	{
		.name = "S2 by the generic engine, 40 bits, hardware A and D",
		.format = &tdp_s2_4k,
		.engine = &tdp_generic_engine,
		.kind = REF_S2_4K,
		.gpa_bits = 40,
		.hpa_bits = 40,
		.caps = AD,
		.ref_features = REF_HAS_1G,
		.traits = BREAK | CONCAT | HW_A | HW_D | IS_S2 | GENERIC,
	},
	{
		.name = "FAKE-O by the generic engine",
		.format = &tdp_fake_o,
		.engine = &tdp_generic_engine,
		.kind = REF_FAKE_O,
		.gpa_bits = 20,
		.hpa_bits = 40,
		.ref_features = REF_HAS_1G,
		.traits = HW_A | HW_D | FAKE | GENERIC,
	},
};

const struct setup *setup_at(unsigned n)
{
	return n < sizeof(setups) / sizeof(setups[0]) ? &setups[n] : NULL;
}

struct tdp_caps setup_caps(const struct setup *s)
{
	return (struct tdp_caps){
		.size = sizeof(struct tdp_caps),
		.hpa_bits = s->hpa_bits,
		.leaf_levels = 7,
		.features = s->caps,
	};
}
