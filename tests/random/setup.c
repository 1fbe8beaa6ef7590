/* SPDX-License-Identifier: BSD-2-Clause */
#include "setup.h"

#include <fake.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define X86 (TDP_CAP_HW_A | TDP_CAP_HW_D)

const struct setup setups[] = {
	{"npt", &tdp_npt, &tdp_npt_engine, REF_NPT, 48, 7, X86 | TDP_CAP_NX, REF_HAS_NX | REF_HAS_1G, 0, 0, 0},
	{"npt5", &tdp_npt, &tdp_npt_engine, REF_NPT, 57, 7, X86 | TDP_CAP_NX, REF_HAS_NX | REF_HAS_1G | REF_HAS_LA57, 0, 0, 0},
	{"npt-pae", &tdp_npt_pae, &tdp_npt_pae_engine, REF_NPT, 32, 3, X86 | TDP_CAP_NX, REF_HAS_NX | REF_PAE, 0, 0, 0},
	{"ept", &tdp_ept, &tdp_ept_engine, REF_EPT, 48, 7, X86 | TDP_CAP_EXEC_ONLY | TDP_CAP_VE, REF_HAS_EXEC_ONLY | REF_HAS_1G, 0,
	 0, 0},
	{"ept-noad", &tdp_ept_noad, &tdp_ept_noad_engine, REF_EPT, 48, 7, TDP_CAP_EXEC_ONLY, REF_HAS_EXEC_ONLY | REF_HAS_1G, 0, 0,
	 0},
	{"ept-mbec", &tdp_ept, &tdp_ept_engine, REF_EPT, 57, 7, X86 | TDP_CAP_EXEC_ONLY | TDP_CAP_MBEC,
	 REF_HAS_EXEC_ONLY | REF_HAS_1G | REF_HAS_MBEC, 0, 0, 0},
	{"ept-noad-mbec", &tdp_ept_noad, &tdp_ept_noad_engine, REF_EPT, 48, 7, TDP_CAP_MBEC, REF_HAS_1G | REF_HAS_MBEC, 0, 0, 0},
	{"s2", &tdp_s2_4k, &tdp_s2_4k_engine, REF_S2, 40, 7, 0, REF_HAS_1G, 0, SETUP_NONCOHERENT, 0},
	{"s2-hw", &tdp_s2_4k, &tdp_s2_4k_engine, REF_S2, 48, 7, X86 | TDP_CAP_XNX | TDP_CAP_FWB,
	 REF_HAS_1G | REF_HAS_XNX | REF_HAS_FWB, 0, 0, 0},
	{"s2-lpa2", &tdp_s2_4k_lpa2, &tdp_s2_4k_lpa2_engine, REF_S2, 52, 7, TDP_CAP_XNX | TDP_CAP_HW_A,
	 REF_HAS_1G | REF_HAS_XNX | REF_HAS_LPA2, 0, 0, 0},
	{"s2-lpa2-shared", &tdp_s2_4k_lpa2, &tdp_s2_4k_lpa2_engine, REF_S2, 48, 7, X86, REF_HAS_1G | REF_HAS_LPA2, 0, SETUP_SHARED,
	 0},
	{"riscv", &riscv_g, &riscv_g_engine, REF_RISCV, 50, 7, 0, REF_HAS_1G, 0, 0, 0},
	{"riscv-hw", &riscv_g, &tdp_generic_engine, REF_RISCV, 41, 7, X86, REF_HAS_1G | REF_HW_ACCESSED, 0, 0, 0},
	{"fake-o", &tdp_fake_o, &tdp_fake_o_engine, REF_FAKE_O, 20, 7, X86, REF_HAS_1G, 0, 0, 0},
	{"fake-b", &tdp_fake_b, &tdp_fake_b_engine, REF_FAKE_B, 20, 7, 0, REF_HAS_1G, 0, SETUP_NONCOHERENT, 0},
	{"fake-b-wide", &tdp_fake_b, &tdp_fake_b_engine, REF_FAKE_B, 22, 7, TDP_CAP_HW_A, REF_HAS_1G | REF_HW_ACCESSED, 0,
	 SETUP_TABLE_MAP, 0},
	{"fake-o-exact", &tdp_fake_o, &tdp_fake_o_engine, REF_FAKE_O, 20, 7, X86 | TDP_CAP_SPLIT_FLUSH, REF_HAS_1G | REF_OWES_SPLIT,
	 0, SETUP_NO_ADVERSARY | SETUP_NONCOHERENT, 0},
	{"generic-ept", &tdp_ept, &tdp_generic_engine, REF_EPT, 48, 3, X86, 0, 0, SETUP_LAZY | SETUP_NO_DIRTY, 0},
	{"generic-npt", &tdp_npt, &tdp_generic_engine, REF_NPT, 48, 7, X86 | TDP_CAP_NX, REF_HAS_NX | REF_HAS_1G | REF_GUEST_TABLES,
	 0, SETUP_TABLE_MAP, UINT64_C(0x0007010500070406)},
	{"generic-npt-pae", &tdp_npt_pae, &tdp_generic_engine, REF_NPT, 32, 3, X86, REF_PAE, 0, SETUP_TABLE_MAP, 0},
	{"generic-fake-b", &tdp_fake_b, &tdp_generic_engine, REF_FAKE_B, 21, 7, TDP_CAP_HW_A, REF_HAS_1G | REF_HW_ACCESSED,
	 TDP_TREE_NO_BREAK, 0, 0},
	{"s2-wp", &tdp_s2_4k, &tdp_s2_4k_engine, REF_S2, 42, 7, X86, REF_HAS_1G, TDP_TREE_LOG_BY_WRITE_PROTECT, 0, 0},
	{"ept-wp", &tdp_ept, &tdp_ept_engine, REF_EPT, 48, 7, X86, REF_HAS_1G, TDP_TREE_LOG_BY_WRITE_PROTECT, 0, 0},
	{"npt-shared", &tdp_npt, &tdp_npt_engine, REF_NPT, 48, 7, X86 | TDP_CAP_NX, REF_HAS_NX | REF_HAS_1G, 0, SETUP_SHARED, 0},
	{"npt-pae-shared", &tdp_npt_pae, &tdp_npt_pae_engine, REF_NPT, 32, 3, X86 | TDP_CAP_NX, REF_HAS_NX | REF_PAE, 0,
	 SETUP_SHARED, 0},
	{"ept-noad-shared", &tdp_ept_noad, &tdp_ept_noad_engine, REF_EPT, 48, 7, 0, REF_HAS_1G, 0, SETUP_SHARED, 0},
	{"s2-shared", &tdp_s2_4k, &tdp_s2_4k_engine, REF_S2, 40, 7, 0, REF_HAS_1G, 0, SETUP_SHARED | SETUP_NONCOHERENT, 0},
	{"fake-o-shared", &tdp_fake_o, &tdp_fake_o_engine, REF_FAKE_O, 20, 7, X86, REF_HAS_1G, 0, SETUP_SHARED | SETUP_NONCOHERENT,
	 0},
	{"riscv-shared", &riscv_g, &riscv_g_engine, REF_RISCV, 41, 7, 0, REF_HAS_1G, 0, SETUP_SHARED, 0},
	{"riscv-hw-shared", &riscv_g, &riscv_g_engine, REF_RISCV, 50, 7, X86, REF_HAS_1G | REF_HW_ACCESSED, 0, SETUP_SHARED, 0},
	{"fake-b-shared", &tdp_fake_b, &tdp_fake_b_engine, REF_FAKE_B, 20, 7, 0, REF_HAS_1G, 0, SETUP_SHARED | SETUP_NONCOHERENT,
	 0},
};
const unsigned setup_count = sizeof(setups) / sizeof(setups[0]);

const struct setup *setup_find(const char *name)
{
	for (unsigned i = 0; i < setup_count; i++)
		if (strcmp(setups[i].name, name) == 0)
			return &setups[i];
	return NULL;
}

unsigned setup_hpa_bits(const struct setup *s)
{
	if (s->format == &tdp_s2_4k_lpa2)
		return 52;					/* every part of the address field */
	return s->kind == REF_S2 && s->gpa_bits > 43 ? 44 : 40; /* four levels are for machines with that much */
}

struct tdp_layout setup_layout(const struct setup *s)
{
	struct tdp_caps caps = {.hpa_bits = (uint8_t)setup_hpa_bits(s),
				.leaf_levels = s->leaf_levels,
				.features = s->features,
				.granules = TDP_GRANULE_4K | TDP_GRANULE_4K_52};
	struct tdp_layout layout;
	enum tdp_result result = tdp_layout_make(&layout, s->format, &caps, s->gpa_bits);

	if (result != TDP_OK) {
		fprintf(stderr, "%s: tdp_layout_make: %s\n", s->name, tdp_result_name(result));
		abort();
	}
	layout.pat = s->pat;
	return layout;
}

/* Overwrite formats whose hardware sets Accessed and Dirty whatever the features say. */
static bool x86_flags(const struct setup *s)
{
	return (s->kind == REF_EPT || s->kind == REF_NPT || s->kind == REF_FAKE_O) && !setup_tracks(s);
}

bool setup_hw_a(const struct setup *s)
{
	return x86_flags(s) || (s->features & TDP_CAP_HW_A);
}

bool setup_hw_d(const struct setup *s)
{
	bool asked = (s->kind == REF_S2 || s->kind == REF_RISCV) && (s->features & TDP_CAP_HW_D) &&
		     !(s->tree_flags & TDP_TREE_LOG_BY_WRITE_PROTECT);

	return (x86_flags(s) && !(s->tree_flags & TDP_TREE_LOG_BY_WRITE_PROTECT)) || asked;
}

bool setup_tracks(const struct setup *s)
{
	return s->format == &tdp_ept_noad;
}

bool setup_remembers(const struct setup *s)
{
	return s->kind != REF_RISCV;
}

bool setup_breaks(const struct setup *s)
{
	return s->kind == REF_S2 || s->kind == REF_FAKE_B;
}

#define TYPE(x) (1u << TDP_MT_##x)

/* Memory types that can be said. */
static unsigned types(const struct setup *s)
{
	switch (s->kind) {
	case REF_EPT:
		return TYPE(WB) | TYPE(WT) | TYPE(WP) | TYPE(WC) | TYPE(UC) | TYPE(DEVICE_STRICT);
	case REF_NPT: /* a PAT of the tests' own holds all types, the one after power-on only three */
		return TYPE(WB) | TYPE(WT) | TYPE(UC) | TYPE(DEVICE_STRICT) | (s->pat ? TYPE(WC) | TYPE(WP) : 0);
	case REF_S2:
		if (s->features & TDP_CAP_FWB)
			return TYPE(WB) | TYPE(WC) | TYPE(UC) | TYPE(DEVICE_STRICT) | TYPE(STAGE1);
		return TYPE(WB) | TYPE(WT) | TYPE(WC) | TYPE(UC) | TYPE(DEVICE_STRICT);
	case REF_RISCV:
		return TYPE(WB) | TYPE(WC) | TYPE(UC) | TYPE(DEVICE_STRICT);
	case REF_FAKE_O:
	case REF_FAKE_B:
		break;
	}
	return TYPE(WB) | TYPE(WT) | TYPE(WC) | TYPE(UC) | TYPE(DEVICE_STRICT);
}

/* Permissions that can be said. */
static bool permissions(const struct setup *s, unsigned prot)
{
	bool one_x = (prot & TDP_X) == 0 || (prot & TDP_X) == TDP_X;

	if (!one_x && !(s->kind == REF_S2 && (s->features & TDP_CAP_XNX)) && !(s->kind == REF_EPT && (s->features & TDP_CAP_MBEC)))
		return false;
	switch (s->kind) {
	case REF_EPT:
		return (prot & TDP_RW) != TDP_W && ((prot & TDP_R) || (s->features & TDP_CAP_EXEC_ONLY));
	case REF_NPT:
		return (prot & TDP_R) && ((prot & TDP_X) || (s->features & TDP_CAP_NX));
	case REF_FAKE_O:
		return (prot & TDP_R) != 0;
	case REF_RISCV:
		return (prot & TDP_RW) != TDP_W;
	case REF_S2:
	case REF_FAKE_B:
		break;
	}
	return true;
}

/* Flags that can be said. */
static unsigned flags(const struct setup *s, unsigned memtype)
{
	switch (s->kind) {
	case REF_EPT:
		return TDP_ATTR_FORCE_MT | (s->features & TDP_CAP_VE ? TDP_ATTR_VE : 0);
	case REF_NPT:
		return TDP_ATTR_SUPERVISOR;
	case REF_S2:
		return (s->features & TDP_CAP_FWB) && memtype != TDP_MT_STAGE1 ? TDP_ATTR_FORCE_MT : 0;
	case REF_RISCV:
	case REF_FAKE_O:
	case REF_FAKE_B:
		break;
	}
	return 0;
}

enum tdp_result setup_express(const struct setup *s, struct tdp_attrs *attrs)
{
	static const unsigned sw_bits[] = {
		[REF_EPT] = 4, [REF_NPT] = 7, [REF_S2] = 4, [REF_RISCV] = 0, [REF_FAKE_O] = 2, [REF_FAKE_B] = 4};
	bool one_device_type = s->kind == REF_EPT || s->kind == REF_NPT || s->kind == REF_FAKE_O || s->kind == REF_RISCV;
	unsigned callers = setup_tracks(s) ? 1 : s->ref_features & REF_PAE ? 0 : sw_bits[s->kind];

	if (attrs->prot == 0 || attrs->prot > TDP_RWX || attrs->memtype > TDP_MT_STAGE1 ||
	    (attrs->flags & ~(TDP_ATTR_FORCE_MT | TDP_ATTR_SUPERVISOR | TDP_ATTR_VE)))
		return TDP_INVALID;
	if (attrs->sw >> callers || !permissions(s, attrs->prot) || !(types(s) >> attrs->memtype & 1) ||
	    (attrs->flags & ~flags(s, attrs->memtype)))
		return TDP_UNSUPPORTED;
	if (one_device_type && attrs->memtype == TDP_MT_DEVICE_STRICT)
		attrs->memtype = TDP_MT_UC;
	/* With FWB types are always forced, and that is not reported back. */
	if (s->kind == REF_S2)
		attrs->flags = 0;
	return TDP_OK;
}
