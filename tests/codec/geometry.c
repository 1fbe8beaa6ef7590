/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From capabilities to a layout to register values and back, and what the layout says about sizes.
 */
#include "layouts.h"

#include "fake.h"

/* A machine's IA32_VMX_EPT_VPID_CAP: execute-only, 4 levels, UC and WB, 2M, 1G, INVEPT, A/D. */
static const struct tdp_vmx vmx_machine = {.ept_vpid_cap = 0x0000000006334141, .maxphyaddr = 46};

Test(geometry, vmx_caps)
{
	struct tdp_vmx vmx = vmx_machine;
	struct tdp_caps caps;

	CHECK_EQ(tdp_caps_vmx(&caps, &vmx), TDP_OK, "a machine");
	CHECK_EQ(caps.size, sizeof(caps), "size");
	CHECK_EQ(caps.gpa_bits, 0, "whatever the format can do");
	CHECK_EQ(caps.hpa_bits, 46, "hpa_bits");
	CHECK_EQ(caps.max_levels, 4, "levels");
	CHECK_EQ(caps.leaf_levels, 7, "leaves");
	CHECK_EQ(caps.features, TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_EXEC_ONLY, "features");
	CHECK_EQ(caps.entry_or, 0, "no encryption");
	vmx = (struct tdp_vmx){.ept_vpid_cap = 0x40c0, .maxphyaddr = 32};
	CHECK_EQ(tdp_caps_vmx(&caps, &vmx), TDP_OK, "the least, with 5 levels");
	CHECK_EQ(caps.max_levels, 5, "levels");
	CHECK_EQ(caps.min_levels, 4, "or four");
	CHECK_EQ(caps.leaf_levels, 1, "leaves");
	CHECK_EQ(caps.features, 0, "features");
	vmx = vmx_machine;
	vmx.ept_vpid_cap &= ~UINT64_C(0x10000);
	CHECK_EQ(tdp_caps_vmx(&caps, &vmx), TDP_OK, "no 2M");
	CHECK_EQ(caps.leaf_levels, 5, "leaves");
	vmx.ept_vpid_cap = 0x40c0;
	vmx.controls2 = 0x400000;
	CHECK_EQ(tdp_caps_vmx(&caps, &vmx), TDP_OK, "mode-based execute");
	CHECK_EQ(caps.features, TDP_CAP_MBEC, "features");
	vmx.controls2 = ~UINT32_C(0x400000);
	CHECK_EQ(tdp_caps_vmx(&caps, &vmx), TDP_OK, "#VE");
	CHECK_EQ(caps.features, TDP_CAP_VE, "features");
}

Test(geometry, svm_caps)
{
	struct tdp_svm svm = {.maxphyaddr = 48, .pages_1g = true};
	struct tdp_caps caps;

	CHECK_EQ(tdp_caps_svm(&caps, &svm), TDP_OK, "with 1G pages");
	CHECK_EQ(caps.size, sizeof(caps), "size");
	CHECK_EQ(caps.gpa_bits, 0, "whatever the format can do");
	CHECK_EQ(caps.hpa_bits, 48, "hpa_bits");
	CHECK_EQ(caps.max_levels, 4, "levels");
	CHECK_EQ(caps.min_levels, 4, "levels");
	CHECK_EQ(caps.leaf_levels, 7, "leaves");
	CHECK_EQ(caps.features, TDP_CAP_HW_A | TDP_CAP_HW_D, "features");
	CHECK_EQ(caps.entry_or, 0, "no encryption");
	svm = (struct tdp_svm){.maxphyaddr = 40, .guest_bits = 39, .nx = true, .la57 = true};
	CHECK_EQ(tdp_caps_svm(&caps, &svm), TDP_OK, "a host with LA57, without 1G pages");
	CHECK_EQ(caps.gpa_bits, 39, "gpa_bits");
	CHECK_EQ(caps.max_levels, 5, "levels");
	CHECK_EQ(caps.min_levels, 5, "levels");
	CHECK_EQ(caps.leaf_levels, 3, "leaves");
	CHECK_EQ(caps.features, TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_NX, "features");
	svm = (struct tdp_svm){.maxphyaddr = 48, .pae = true, .c_bit = 47, .reduction = 5};
	CHECK_EQ(tdp_caps_svm(&caps, &svm), TDP_OK, "a host in PAE mode that encrypts");
	CHECK_EQ(caps.max_levels, 3, "levels");
	CHECK_EQ(caps.min_levels, 3, "levels");
	CHECK_EQ(caps.hpa_bits, 43, "encryption takes bits");
	CHECK_EQ(caps.entry_or, UINT64_C(1) << 47, "and one is in every entry");
}

/* From what CPUID says to what VMCB and VMCS get, field by field. */
Test(geometry, from_cpuid_to_registers)
{
	struct tdp_svm svm = {.maxphyaddr = 48, .nx = true, .c_bit = 47, .reduction = 5};
	struct tdp_vmx vmx = vmx_machine;
	struct tdp_layout lay;
	struct tdp_caps caps;
	struct tdp_regs regs;

	CHECK_EQ(tdp_caps_svm(&caps, &svm), TDP_OK, "AMD");
	CHECK_EQ(tdp_layout_make(&lay, &tdp_npt, &caps, 48), TDP_OK, "NPT");
	CHECK_EQ(test_leaf(&lay, 0, 0x12345000, (struct tdp_attrs){.prot = TDP_RWX}), 0x800012345627, "an encrypted page");
	tdp_npt.regs(&lay, 0x12345000, &regs);
	CHECK_EQ(regs.base, 0x800012345000, "nCR3");
	vmx.ept_vpid_cap |= 0x80;
	vmx.controls2 = 0x440000;
	CHECK_EQ(tdp_caps_vmx(&caps, &vmx), TDP_OK, "Intel");
	CHECK_EQ(tdp_layout_make(&lay, &tdp_ept, &caps, 57), TDP_OK, "EPT");
	tdp_ept.regs(&lay, 0x12345000, &regs);
	CHECK_EQ(regs.base & 7, 6, "EPTP: write-back");
	CHECK_EQ(regs.base >> 3 & 7, 4, "EPTP: five levels, less one");
	CHECK_EQ(regs.base >> 6 & 1, 1, "EPTP: accessed and dirty flags");
	CHECK_EQ(regs.base >> 7 & 0x1f, 0, "EPTP: no supervisor shadow stacks, reserved");
	CHECK_EQ(regs.base & ~UINT64_C(0xfff), 0x12345000, "EPTP: root");
	CHECK_EQ(regs.control, 0x440000, "controls that must be on");
	CHECK_EQ(regs.control_mask, 0x440000, "controls that matter");
	CHECK_EQ(tdp_layout_make(&lay, &tdp_ept_noad, &caps, 48), TDP_OK, "EPT without A/D");
	tdp_ept_noad.regs(&lay, 0x12345000, &regs);
	CHECK_EQ(regs.base, 0x1234501e, "EPTP: four levels, no flags");
}

#define G(x) TDP_GRANULE_##x

/* Where TGran16 is 0 that granule is missing; where TGran4 and TGran64 are, theirs is there. */
static const struct {
	const char *what;
	uint64_t mmfr0, mmfr1, mmfr2;
	unsigned bits, leaf_levels, bbm, features, granules;
} arm[] = {
	{"the least", 0, 0, 0, 32, 7, 0, 0, G(4K) | G(64K)},
	{"40 bits", 2, 0, 0, 40, 7, 0, 0, G(4K) | G(64K)},
	{"42 bits, access flag", 3, 1, 0, 42, 7, 0, TDP_CAP_HW_A, G(4K) | G(64K)},
	{"44 bits, dirty state", 4, 2, 0, 44, 7, 0, TDP_CAP_HW_A | TDP_CAP_HW_D, G(4K) | G(64K)},
	{"48 bits, XNX, FWB, BBM 2", 5, 0x10000000, 0x0020010000000000, 48, 7, 2, TDP_CAP_XNX | TDP_CAP_FWB, G(4K) | G(64K)},
	{"small tables", 5, 0, 0x10000000, 48, 7, 0, TDP_CAP_TTST, G(4K) | G(64K)},
	{"52 bits, LPA2 at stage 1 and so at stage 2", 0x10000006, 0, 0, 52, 15, 0, TDP_CAP_LPA2,
	 G(4K) | G(4K_52) | G(64K) | G(64K_52)},
	{"52 bits, LPA2 at stage 2", 0x30010000006, 0, 0, 52, 15, 0, TDP_CAP_LPA2, G(4K) | G(4K_52) | G(64K) | G(64K_52)},
	{"LPA2 at stage 1 only", 0x20010000006, 0, 0, 52, 7, 0, 0, G(4K) | G(64K) | G(64K_52)},
	{"56 bits count as 52", 7, 0, 0, 52, 7, 0, 0, G(4K) | G(64K) | G(64K_52)},
	{"no 4K granule", 0xf0000001, 0, 0, 36, 3, 0, 0, G(64K)},
	{"no 4K granule at stage 2", 0x10000000001, 0, 0, 36, 3, 0, 0, G(64K)},
	{"4K granule at stage 2 only", 0x200f0000001, 0, 0, 36, 7, 0, 0, G(4K) | G(64K)},
	{"16K granule", 0xff100005, 0, 0, 48, 3, 0, 0, G(16K)},
	{"16K granule with LPA2", 0xff200006, 0, 0, 52, 7, 0, TDP_CAP_LPA2, G(16K) | G(16K_52)},
	{"16K granule at stage 2 only", 0x2ff000005, 0, 0, 48, 3, 0, 0, G(16K)},
	{"16K granule at stage 2 with LPA2", 0x3ff100006, 0, 0, 52, 7, 0, TDP_CAP_LPA2, G(16K) | G(16K_52)},
	{"16K granule at stage 1 only", 0x1ff200006, 0, 0, 52, 3, 0, 0, G(NONE)},
	{"64K granule at stage 1 only", 0x10f0000005, 0, 0, 48, 3, 0, 0, G(NONE)},
	{"64K granule at stage 2 only", 0x20ff000005, 0, 0, 48, 3, 0, 0, G(64K)},
	{"64K granule with LPA", 0xf0000006, 0, 0, 52, 7, 0, 0, G(64K) | G(64K_52)},
	{"everything", 0x10200006, 0, 0, 52, 15, 0, TDP_CAP_LPA2, 63},
};

Test(geometry, arm_caps)
{
	for (size_t i = 0; i < sizeof(arm) / sizeof(arm[0]); i++) {
		const struct tdp_arm64 cpu = {.mmfr0 = arm[i].mmfr0, .mmfr1 = arm[i].mmfr1, .mmfr2 = arm[i].mmfr2};
		struct tdp_caps caps;

		CHECK_EQ(tdp_caps_arm64(&caps, &cpu), TDP_OK, "%s", arm[i].what);
		CHECK_EQ(caps.gpa_bits, arm[i].bits, "%s", arm[i].what);
		CHECK_EQ(caps.hpa_bits, arm[i].bits, "%s", arm[i].what);
		CHECK_EQ(caps.leaf_levels, arm[i].leaf_levels, "%s", arm[i].what);
		CHECK_EQ(caps.bbm, arm[i].bbm, "%s", arm[i].what);
		CHECK_EQ(caps.features, arm[i].features, "%s", arm[i].what);
		CHECK_EQ(caps.granules, arm[i].granules, "%s", arm[i].what);
	}
}

/* big.LITTLE, and machines of different vendors. */
Test(geometry, granules_of_two)
{
	static const struct {
		unsigned a, b, both;
	} pairs[] = {
		{0, 0, 0}, /* x86, or 4K on both */
		{0, G(4K) | G(64K), G(4K)},
		{G(4K) | G(16K), G(16K) | G(64K), G(16K)},
		{G(4K) | G(4K_52), G(4K), G(4K)},
		{G(16K), 0, G(NONE)},
		{G(16K), G(64K), G(NONE)},
		{G(NONE), G(64K), G(NONE)},
		{G(NONE), 0, G(NONE)},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct tdp_caps acc = {.granules = pairs[i].a}, other = {.granules = pairs[i].b};

		tdp_caps_intersect(&acc, &other);
		CHECK_EQ(acc.granules, pairs[i].both, "pair %zu", i);
		acc = (struct tdp_caps){.granules = pairs[i].a};
		tdp_caps_intersect(&other, &acc);
		CHECK_EQ(other.granules, pairs[i].both, "pair %zu the other way round", i);
	}
}

Test(geometry, intersection)
{
	struct tdp_caps acc = {.hpa_bits = 48,
			       .bbm = 2,
			       .leaf_levels = 7,
			       .features = TDP_CAP_HW_A | TDP_CAP_HW_D,
			       .granules = TDP_GRANULE_4K | TDP_GRANULE_64K,
			       .entry_or = UINT64_C(1) << 47};
	const struct tdp_caps iommu = {.gpa_bits = 39,
				       .hpa_bits = 46,
				       .max_levels = 3,
				       .min_levels = 3,
				       .bbm = 1,
				       .leaf_levels = 3,
				       .features = TDP_CAP_HW_A | TDP_CAP_EXEC_ONLY | TDP_CAP_SPLIT_FLUSH,
				       .granules = TDP_GRANULE_4K | TDP_GRANULE_16K,
				       .entry_or = UINT64_C(1) << 47};
	const struct tdp_caps wide = {
		.gpa_bits = 48, .hpa_bits = 52, .max_levels = 5, .bbm = 2, .leaf_levels = 7, .features = TDP_CAP_HW_A};

	tdp_caps_intersect(&acc, &iommu);
	CHECK_EQ(acc.gpa_bits, 39, "0 is whatever the format can do");
	CHECK_EQ(acc.hpa_bits, 46, "hpa_bits");
	CHECK_EQ(acc.max_levels, 3, "0 is whatever the format has");
	CHECK_EQ(acc.min_levels, 3, "the deeper one");
	CHECK_EQ(acc.bbm, 1, "bbm");
	CHECK_EQ(acc.granules, TDP_GRANULE_4K, "granules");
	CHECK_EQ(acc.entry_or, UINT64_C(1) << 47, "both encrypt by the same bit");
	CHECK_EQ(acc.leaf_levels, 3, "leaves");
	CHECK_EQ(acc.features, TDP_CAP_HW_A | TDP_CAP_SPLIT_FLUSH, "allowances and demands");
	tdp_caps_intersect(&acc, &wide);
	CHECK_EQ(acc.gpa_bits, 39, "the narrower stays");
	CHECK_EQ(acc.hpa_bits, 46, "the narrower stays");
	CHECK_EQ(acc.max_levels, 3, "the narrower stays");
	CHECK_EQ(acc.min_levels, 3, "the deeper one stays");
	CHECK_EQ(acc.entry_or, 0, "one that does not encrypt");
	CHECK_EQ(acc.features, TDP_CAP_HW_A | TDP_CAP_SPLIT_FLUSH, "the demand stays");
}

/* Geometry survives regs() and from_regs(); what registers do not say comes back as the widest. */
static void check_inverse(const struct tdp_layout *lay, const char *what)
{
	const tdp_hpa_t root = tdp_root_size(lay) > 0x10000 ? 0x12000000 : 0x12340000;
	struct tdp_layout back;
	struct tdp_regs regs;
	tdp_hpa_t back_root;

	lay->format->regs(lay, root, &regs);
	CHECK_EQ(regs.control & ~regs.control_mask, 0, "%s: control outside its mask", what);
	regs.control |= ~regs.control_mask & 0x80000; /* VS, the embedder's bit 19 of VTCR_EL2 */
	if (lay->format == &tdp_fake_b)
		regs.control &= regs.control_mask;
	CHECK_EQ(tdp_layout_from_regs(&back, lay->format, &regs, &back_root), TDP_OK, "%s", what);
	CHECK_EQ(back_root & ~lay->entry_or, root, "%s", what);
	CHECK_EQ((uintptr_t)back.format, (uintptr_t)lay->format, "%s", what);
	CHECK_EQ(back.top_level, lay->top_level, "%s", what);
	CHECK_EQ(back.root_concat_lg2, lay->root_concat_lg2, "%s", what);
	CHECK(back.gpa_bits >= lay->gpa_bits, "%s: %u", what, back.gpa_bits);
	CHECK(back.hpa_bits >= lay->hpa_bits, "%s: %u", what, back.hpa_bits);
	CHECK_EQ(back.leaf_levels, lay->leaf_levels, "%s", what);
	if (test_is_s2(lay->format)) {
		CHECK_EQ(back.gpa_bits, lay->gpa_bits, "%s", what);
		CHECK_EQ(back.hpa_bits, lay->hpa_bits, "%s", what);
		CHECK_EQ(back.features, lay->features & (TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_LPA2), "%s", what);
	}
}

Test(geometry, registers_and_back)
{
	struct test_layout layouts[TEST_LAYOUTS];

	test_layouts(layouts);
	for (unsigned i = 0; i < TEST_LAYOUTS; i++)
		check_inverse(&layouts[i].layout, layouts[i].name);
	for (unsigned bits = 32; bits <= 48; bits++) {
		struct tdp_layout lay = test_layout(&tdp_s2_4k, bits, TDP_CAP_HW_A);

		check_inverse(&lay, "S2 of every IPA size");
	}
}

Test(geometry, start_levels_of_others)
{
	struct tdp_regs regs = {.base = 0x12340000};
	struct tdp_layout lay;
	tdp_hpa_t root;

	/* 40 bits from level 0 would be legal too: the dump decides. */
	regs.control = 0x80023598;
	CHECK_EQ(tdp_layout_from_regs(&lay, &tdp_s2_4k, &regs, &root), TDP_OK, "L0 with 40 bits");
	CHECK_EQ(lay.top_level, 3, "L0");
	CHECK_EQ(lay.root_concat_lg2, 0, "one table");
	/* VMID and CnP are not the root's. */
	regs.base = 0x0123000012340001;
	CHECK_EQ(tdp_layout_from_regs(&lay, &tdp_s2_4k, &regs, &root), TDP_OK, "VMID and CnP");
	CHECK_EQ(root, 0x12340000, "root");
	/* A root with 32 entries is aligned to its 256 bytes. */
	regs = (struct tdp_regs){.base = 0x12340100, .control = 0x8002355d};
	CHECK_EQ(tdp_layout_from_regs(&lay, &tdp_s2_4k, &regs, &root), TDP_OK, "35 bits from L1");
	CHECK_EQ(root, 0x12340100, "root");
	regs.base = 0x12340080;
	CHECK_EQ(tdp_layout_from_regs(&lay, &tdp_s2_4k, &regs, &root), TDP_INVALID, "misaligned");
	/* A guest's CR3 with a PCID. */
	regs = (struct tdp_regs){.base = 0x12340fff};
	CHECK_EQ(tdp_layout_from_regs(&lay, &tdp_npt, &regs, &root), TDP_OK, "PCID");
	CHECK_EQ(root, 0x12340000, "root");
	CHECK_EQ(lay.top_level, 3, "four levels");
	regs.control = 0x1000;
	CHECK_EQ(tdp_layout_from_regs(&lay, &tdp_npt, &regs, &root), TDP_OK, "CR4.LA57");
	CHECK_EQ(lay.top_level, 4, "five levels");
	CHECK_EQ(lay.gpa_bits, 57, "57 bits");
	regs = (struct tdp_regs){.base = 0x123400a0};
	CHECK_EQ(tdp_layout_from_regs(&lay, &tdp_npt_pae, &regs, &root), TDP_OK, "PAE");
	CHECK_EQ(root, 0x123400a0, "a root is aligned to its 32 bytes");
}

Test(geometry, sizes_and_names)
{
	struct tdp_layout ept = test_layout(&tdp_ept, 57, TDP_CAP_HW_A | TDP_CAP_HW_D), npt = test_layout(&tdp_npt, 48, 0);
	struct tdp_layout s2 = test_layout(&tdp_s2_4k, 40, 0), fake = test_layout(&tdp_fake_o, 20, 0);
	struct tdp_layout pae = test_layout(&tdp_npt_pae, 30, 0);

	CHECK_EQ(tdp_level_size(&ept, 0), 0x1000, "4K");
	CHECK_EQ(tdp_level_size(&ept, 1), 0x200000, "2M");
	CHECK_EQ(tdp_level_size(&ept, 4), UINT64_C(1) << 48, "256T");
	CHECK_EQ(tdp_level_size(&ept, 5), 0, "above the top level");
	CHECK_EQ(tdp_level_size(&s2, 3), 0, "above the start level");
	CHECK_EQ(tdp_level_size(&fake, 1), 0x4000, "16K");
	cr_assert_str_eq(tdp_level_name(&ept, 4), "PML5E");
	cr_assert_str_eq(tdp_level_name(&npt, 2), "PDPE");
	cr_assert_str_eq(tdp_level_name(&s2, 1), "L2");
	cr_assert_str_eq(tdp_level_name(&s2, 3), "?");
	cr_assert_str_eq(tdp_level_name(&s2, 1000), "?");
	CHECK_EQ(tdp_table_size(&ept), 4096, "table");
	CHECK_EQ(tdp_root_size(&ept), 4096, "root");
	CHECK_EQ(tdp_root_size(&s2), 8192, "two root tables");
	CHECK_EQ(tdp_table_size(&fake), 32, "a short table");
	CHECK_EQ(tdp_table_size(&pae), 4096, "PAE");
	CHECK_EQ(tdp_root_size(&pae), 32, "a short root");
	CHECK_EQ(tdp_level_size(&pae, 2), 0x40000000, "1G");
	CHECK_EQ(tdp_sw_bits(&pae), 0, "PAE");
	CHECK_EQ(tdp_sw_bits(&ept), 4, "EPT");
	CHECK_EQ(tdp_sw_bits(&npt), 7, "NPT");
	CHECK_EQ(tdp_sw_bits(&s2), 4, "S2");
	CHECK_EQ(tdp_sw_bits(&fake), 2, "FAKE-O");
}

Test(geometry, signs)
{
	struct tdp_layout pae = test_layout(&tdp_npt_pae, 30, 0), npt = test_layout(&tdp_npt, 40, 0),
			  five = test_layout(&tdp_ept, 57, TDP_CAP_HW_A | TDP_CAP_HW_D);

	CHECK_EQ(tdp_gpa_from_va(&npt, 0xffff800000001000), 0x800000001000, "sign-extended");
	CHECK_EQ(tdp_gpa_from_va(&npt, 0x800000001000), 0x800000001000, "not");
	CHECK_EQ(tdp_gpa_from_va(&npt, 0x00007fffffffffff), 0x00007fffffffffff, "positive");
	CHECK_EQ(tdp_gpa_from_va(&pae, 0xffffffff80001000), 0x80001000, "32 bits, whatever the guest has");
	CHECK_EQ(tdp_gpa_from_va(&five, 0xff00000000001000), 0x0100000000001000, "57 bits");
}
