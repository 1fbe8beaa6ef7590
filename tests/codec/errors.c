/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every error that format.h documents, and that structs of zeroes or NULL are refused.
 */
#include "layouts.h"

#include "fake.h"

static const struct tdp_attrs rwx = {TDP_RWX, TDP_MT_WB, 0, 0};

/* tdp_layout_make() that must not touch its output. */
static enum tdp_result make(const struct tdp_format *format, struct tdp_caps caps, unsigned gpa_bits)
{
	struct tdp_layout lay = {.pat = 0x5a};
	enum tdp_result result = tdp_layout_make(&lay, format, &caps, gpa_bits);

	if (result != TDP_OK)
		CHECK(lay.pat == 0x5a && lay.format == NULL, "written although refused");
	return result;
}

static const struct {
	const char *what;
	struct tdp_vmx in;
	enum tdp_result want;
} vmx[] = {
	{"good", {.ept_vpid_cap = 0x6334141, .maxphyaddr = 46}, TDP_OK},
	{"with its size", {.size = sizeof(struct tdp_vmx), .ept_vpid_cap = 0x6334141, .maxphyaddr = 46}, TDP_OK},
	{"zeroes", {0}, TDP_INVALID},
	{"no 4 levels", {.ept_vpid_cap = 0x6334101, .maxphyaddr = 46}, TDP_UNSUPPORTED},
	{"no write-back tables", {.ept_vpid_cap = 0x6330141, .maxphyaddr = 46}, TDP_UNSUPPORTED},
	{"31 bits", {.ept_vpid_cap = 0x6334141, .maxphyaddr = 31}, TDP_INVALID},
	{"53 bits", {.ept_vpid_cap = 0x6334141, .maxphyaddr = 53}, TDP_INVALID},
	{"another size", {.size = 8, .ept_vpid_cap = 0x6334141, .maxphyaddr = 46}, TDP_INVALID},
	{"a reserved field", {.ept_vpid_cap = 0x6334141, .maxphyaddr = 46, .reserved = {[6] = 1}}, TDP_INVALID},
};

static const struct {
	const char *what;
	struct tdp_svm in;
	enum tdp_result want;
} svm[] = {
	{"good", {.maxphyaddr = 46}, TDP_OK},
	{"with its size", {.size = sizeof(struct tdp_svm), .maxphyaddr = 46}, TDP_OK},
	{"zeroes", {0}, TDP_INVALID},
	{"31 bits", {.maxphyaddr = 31}, TDP_INVALID},
	{"53 bits", {.maxphyaddr = 53}, TDP_INVALID},
	{"five levels in PAE mode", {.maxphyaddr = 46, .la57 = true, .pae = true}, TDP_INVALID},
	{"encryption by bit 31", {.maxphyaddr = 46, .c_bit = 31}, TDP_INVALID},
	{"encryption by bit 52", {.maxphyaddr = 46, .c_bit = 52}, TDP_INVALID},
	{"encryption takes too many bits", {.maxphyaddr = 36, .c_bit = 47, .reduction = 5}, TDP_INVALID},
	{"or more than there are", {.maxphyaddr = 36, .c_bit = 47, .reduction = 40}, TDP_INVALID},
	{"another size", {.size = 8, .maxphyaddr = 46}, TDP_INVALID},
	{"a reserved field", {.maxphyaddr = 46, .reserved = 1}, TDP_INVALID},
};

Test(errors, caps)
{
	struct tdp_caps caps;

	for (size_t i = 0; i < sizeof(vmx) / sizeof(vmx[0]); i++)
		CHECK_EQ((unsigned)-tdp_caps_vmx(&caps, &vmx[i].in), (unsigned)-vmx[i].want, "%s", vmx[i].what);
	CHECK_EQ((unsigned)-tdp_caps_vmx(NULL, &vmx[0].in), (unsigned)-TDP_INVALID, "NULL");
	CHECK_EQ((unsigned)-tdp_caps_vmx(&caps, NULL), (unsigned)-TDP_INVALID, "NULL");
	for (size_t i = 0; i < sizeof(svm) / sizeof(svm[0]); i++)
		CHECK_EQ((unsigned)-tdp_caps_svm(&caps, &svm[i].in), (unsigned)-svm[i].want, "%s", svm[i].what);
	CHECK_EQ((unsigned)-tdp_caps_svm(NULL, &svm[0].in), (unsigned)-TDP_INVALID, "NULL");
	CHECK_EQ((unsigned)-tdp_caps_svm(&caps, NULL), (unsigned)-TDP_INVALID, "NULL");
	for (uint64_t parange = 8; parange < 16; parange++)
		CHECK_EQ((unsigned)-tdp_caps_arm64(&caps, &(struct tdp_arm64){.mmfr0 = parange}), (unsigned)-TDP_UNSUPPORTED,
			 "reserved PARange");
	CHECK_EQ((unsigned)-tdp_caps_arm64(NULL, &(struct tdp_arm64){0}), (unsigned)-TDP_INVALID, "no output");
	CHECK_EQ((unsigned)-tdp_caps_arm64(&caps, NULL), (unsigned)-TDP_INVALID, "no registers");
	CHECK_EQ((unsigned)-tdp_caps_arm64(&caps, &(struct tdp_arm64){.size = 8}), (unsigned)-TDP_INVALID, "a size that is wrong");
	CHECK_EQ((unsigned)-tdp_caps_arm64(&caps, &(struct tdp_arm64){.reserved = 1}), (unsigned)-TDP_INVALID, "a reserved field");
}

/* The borders of what is accepted. */
Test(errors, caps_just_right)
{
	const uint64_t all = 0x6334141, ad = UINT64_C(1) << 21, neighbour = UINT64_C(1) << 20;
	struct tdp_caps caps;

	CHECK_EQ(tdp_caps_vmx(&caps, &(struct tdp_vmx){.ept_vpid_cap = all & ~neighbour, .maxphyaddr = 52}), TDP_OK, "52 bits");
	CHECK_EQ(caps.features & TDP_CAP_HW_D, TDP_CAP_HW_D, "bit 21 says so");
	CHECK_EQ(tdp_caps_vmx(&caps, &(struct tdp_vmx){.ept_vpid_cap = all & ~ad, .maxphyaddr = 32}), TDP_OK, "32 bits");
	CHECK_EQ(caps.features & (TDP_CAP_HW_A | TDP_CAP_HW_D), 0, "bit 20 does not");
	CHECK_EQ(tdp_caps_svm(&caps, &(struct tdp_svm){.maxphyaddr = 52, .c_bit = 51}), TDP_OK, "the highest encryption bit");
	CHECK_EQ(caps.entry_or, UINT64_C(1) << 51, "is in entries");
}

Test(errors, layout_make)
{
	const struct tdp_format *const formats[] = {&tdp_ept,	 &tdp_ept_noad, &tdp_npt,    &tdp_s2_4k,
						    &tdp_fake_o, &tdp_fake_b,	&tdp_npt_pae};
	struct tdp_layout lay;
	struct tdp_caps caps = test_caps();

	CHECK_EQ((unsigned)-tdp_layout_make(NULL, &tdp_ept, &caps, 48), (unsigned)-TDP_INVALID, "no out");
	CHECK_EQ((unsigned)-tdp_layout_make(&lay, NULL, &caps, 48), (unsigned)-TDP_INVALID, "no format");
	CHECK_EQ((unsigned)-tdp_layout_make(&lay, &tdp_ept, NULL, 48), (unsigned)-TDP_INVALID, "no caps");
	for (unsigned f = 0; f < sizeof(formats) / sizeof(formats[0]); f++) {
		const unsigned good = f < 4 ? 40 : f < 6 ? 20 : 32;

		CHECK_EQ(make(formats[f], test_caps(), good), TDP_OK, "%s", formats[f]->name);
		CHECK_EQ((unsigned)-make(formats[f], (struct tdp_caps){0}, good), (unsigned)-TDP_INVALID, "%s: zeroes",
			 formats[f]->name);
		caps = test_caps();
		caps.size = 0;
		CHECK_EQ(make(formats[f], caps, good), TDP_OK, "%s: size 0", formats[f]->name);
		caps.size = 4;
		CHECK_EQ((unsigned)-make(formats[f], caps, good), (unsigned)-TDP_INVALID, "%s: another size", formats[f]->name);
		caps = test_caps();
		caps.leaf_levels = 6;
		CHECK_EQ((unsigned)-make(formats[f], caps, good), (unsigned)-TDP_INVALID, "%s: no level-0 leaf", formats[f]->name);
		caps = test_caps();
		caps.hpa_bits = 31;
		CHECK_EQ((unsigned)-make(formats[f], caps, good), (unsigned)-TDP_INVALID, "%s: 31 bits", formats[f]->name);
		caps.hpa_bits = 53;
		CHECK_EQ((unsigned)-make(formats[f], caps, good), (unsigned)-TDP_INVALID, "%s: 53 bits", formats[f]->name);
		caps = test_caps();
		caps.gpa_bits = (uint8_t)(good - 1);
		CHECK_EQ((unsigned)-make(formats[f], caps, good), (unsigned)-TDP_RANGE, "%s: beyond the machine", formats[f]->name);
		CHECK_EQ((unsigned)-make(formats[f], test_caps(), 58), (unsigned)-TDP_RANGE, "%s: beyond the format",
			 formats[f]->name);
		CHECK_EQ((unsigned)-make(formats[f], test_caps(), 12), (unsigned)-TDP_RANGE, "%s: one page", formats[f]->name);
		CHECK_EQ((unsigned)-make(formats[f], test_caps(), 0), (unsigned)-TDP_RANGE, "%s: nothing", formats[f]->name);
		CHECK_EQ((unsigned)-make(formats[f], test_caps(), 1u << 31), (unsigned)-TDP_RANGE, "%s: absurd", formats[f]->name);
	}
}

Test(errors, layout_make_by_format)
{
	struct tdp_caps caps = test_caps();

	caps.features &= ~(unsigned)TDP_CAP_HW_D;
	CHECK_EQ((unsigned)-make(&tdp_ept, caps, 48), (unsigned)-TDP_UNSUPPORTED, "EPT without D");
	caps = test_caps();
	caps.features &= ~(unsigned)TDP_CAP_HW_A;
	CHECK_EQ((unsigned)-make(&tdp_ept, caps, 48), (unsigned)-TDP_UNSUPPORTED, "EPT without A");
	caps = test_caps();
	caps.max_levels = 4;
	CHECK_EQ(make(&tdp_ept, caps, 48), TDP_OK, "four levels");
	CHECK_EQ((unsigned)-make(&tdp_ept, caps, 49), (unsigned)-TDP_RANGE, "49 bits in four levels");
	CHECK_EQ(make(&tdp_s2_4k, caps, 48), TDP_OK, "four levels");
	caps.max_levels = 3;
	CHECK_EQ((unsigned)-make(&tdp_ept, caps, 39), (unsigned)-TDP_UNSUPPORTED, "EPT in three levels");
	CHECK_EQ((unsigned)-make(&tdp_npt, caps, 39), (unsigned)-TDP_UNSUPPORTED, "NPT in three levels");
	CHECK_EQ(make(&tdp_npt_pae, caps, 32), TDP_OK, "PAE in three levels");
	CHECK_EQ(make(&tdp_s2_4k, caps, 43), TDP_OK, "43 bits need three levels");
	CHECK_EQ((unsigned)-make(&tdp_s2_4k, caps, 44), (unsigned)-TDP_UNSUPPORTED, "44 bits need four levels");
	caps.max_levels = 2;
	CHECK_EQ((unsigned)-make(&tdp_npt_pae, caps, 32), (unsigned)-TDP_UNSUPPORTED, "PAE in two levels");
	CHECK_EQ((unsigned)-make(&tdp_npt_pae, test_caps(), 33), (unsigned)-TDP_RANGE, "PAE, 33 bits");
	CHECK_EQ(make(&tdp_npt, test_caps(), 57), TDP_OK, "NPT, 57 bits");
	CHECK_EQ((unsigned)-make(&tdp_s2_4k, test_caps(), 49), (unsigned)-TDP_RANGE, "S2, 49 bits");
	CHECK_EQ((unsigned)-make(&tdp_s2_4k, test_caps(), 24), (unsigned)-TDP_RANGE, "S2, 24 bits");
	CHECK_EQ((unsigned)-make(&tdp_fake_o, test_caps(), 21), (unsigned)-TDP_RANGE, "FAKE-O, 21 bits");
	CHECK_EQ((unsigned)-make(&tdp_fake_b, test_caps(), 23), (unsigned)-TDP_RANGE, "FAKE-B, 23 bits");
}

static const struct {
	const char *what;
	const struct tdp_format *format;
	uint64_t base, control;
	enum tdp_result want;
} registers[] = {
	{"EPTP of zeroes", &tdp_ept, 0, 0, TDP_INVALID},
	{"EPTP, memory type 1", &tdp_ept, 0x1059, 0, TDP_INVALID},
	{"EPTP, uncacheable tables", &tdp_ept, 0x1058, 0, TDP_OK},
	{"EPTP, 3 levels", &tdp_ept, 0x1056, 0, TDP_INVALID},
	{"EPTP, 6 levels", &tdp_ept, 0x106e, 0, TDP_INVALID},
	{"EPTP, bit 8", &tdp_ept, 0x115e, 0, TDP_INVALID},
	{"EPTP, bit 63", &tdp_ept, 0x800000000000105e, 0, TDP_INVALID},
	{"EPTP, shadow stacks", &tdp_ept, 0x10de, 0, TDP_OK},
	{"EPTP, A/D off", &tdp_ept, 0x101e, 0, TDP_UNSUPPORTED},
	{"EPTP, A/D off, as such", &tdp_ept_noad, 0x101e, 0, TDP_OK},
	{"EPTP, A/D on, as one without", &tdp_ept_noad, 0x105e, 0, TDP_UNSUPPORTED},
	{"EPTP, A/D off, 3 levels", &tdp_ept_noad, 0x1016, 0, TDP_INVALID},
	{"CR3, bit 52", &tdp_npt, 0x10000000001000, 0, TDP_INVALID},
	{"CR3, other bits of CR4", &tdp_npt, 0x1000, 0xffffffffffffefff, TDP_OK},
	{"CR3 in PAE mode, bit 32", &tdp_npt_pae, 0x100001000, 0, TDP_INVALID},
	{"CR3 in PAE mode, cache controls", &tdp_npt_pae, 0x1038, 0, TDP_OK},
	{"VTCR of zeroes", &tdp_s2_4k, 0, 0, TDP_UNSUPPORTED},
	{"VTCR, 64K granule", &tdp_s2_4k, 0, 0x80027558, TDP_UNSUPPORTED},
	{"VTCR, 16K granule", &tdp_s2_4k, 0, 0x8002b558, TDP_UNSUPPORTED},
	{"VTCR, reserved granule", &tdp_s2_4k, 0, 0x8002f558, TDP_INVALID},
	{"VTCR, DS", &tdp_s2_4k, 0, 0x180023558, TDP_UNSUPPORTED},
	{"VTCR, SL2", &tdp_s2_4k, 0, 0x280023558, TDP_UNSUPPORTED},
	{"VTCR, reserved PS", &tdp_s2_4k, 0, 0x80073558, TDP_INVALID},
	{"VTCR, PS of 52 bits counts as 48", &tdp_s2_4k, 0, 0x80063558, TDP_OK},
	{"VTCR, 15 bits", &tdp_s2_4k, 0, 0x800235f1, TDP_UNSUPPORTED},
	{"VTCR, 49 bits", &tdp_s2_4k, 0, 0x8002358f, TDP_UNSUPPORTED},
	{"VTCR, 40 bits from L3", &tdp_s2_4k, 0, 0x800235d8, TDP_INVALID},
	{"VTCR, 35 bits from L2", &tdp_s2_4k, 0, 0x8002351d, TDP_INVALID},
	{"VTCR, 44 bits from L1", &tdp_s2_4k, 0, 0x80023554, TDP_INVALID},
	{"VTCR, 39 bits from L0", &tdp_s2_4k, 0, 0x80023599, TDP_INVALID},
	{"VTTBR, one of two root tables", &tdp_s2_4k, 0x1000, 0x80023558, TDP_INVALID},
	{"FAKE-O, no levels", &tdp_fake_o, 0x1000, 0, TDP_INVALID},
	{"FAKE-B, 23 bits", &tdp_fake_b, 0x1000, 41, TDP_INVALID},
	{"FAKE-B, 12 bits", &tdp_fake_b, 0x1000, 52, TDP_INVALID},
	{"FAKE-B, misaligned", &tdp_fake_b, 0x1001, 44, TDP_INVALID},
};

Test(errors, from_regs)
{
	struct tdp_regs regs = {.base = 0x105e};
	struct tdp_layout lay;
	tdp_hpa_t root;

	CHECK_EQ((unsigned)-tdp_layout_from_regs(NULL, &tdp_ept, &regs, &root), (unsigned)-TDP_INVALID, "no out");
	CHECK_EQ((unsigned)-tdp_layout_from_regs(&lay, NULL, &regs, &root), (unsigned)-TDP_INVALID, "no format");
	CHECK_EQ((unsigned)-tdp_layout_from_regs(&lay, &tdp_ept, NULL, &root), (unsigned)-TDP_INVALID, "no registers");
	CHECK_EQ((unsigned)-tdp_layout_from_regs(&lay, &tdp_ept, &regs, NULL), (unsigned)-TDP_INVALID, "no root");
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		enum tdp_result result;

		regs = (struct tdp_regs){.base = registers[i].base, .control = registers[i].control};
		lay = (struct tdp_layout){.pat = 0x5a};
		root = 0x5a;
		result = tdp_layout_from_regs(&lay, registers[i].format, &regs, &root);
		CHECK_EQ((unsigned)-result, (unsigned)-registers[i].want, "%s", registers[i].what);
		if (result != TDP_OK)
			CHECK(lay.pat == 0x5a && root == 0x5a, "%s: written although refused", registers[i].what);
	}
}

/* Levels, addresses and NULL; attributes are in round_trip.c. */
Test(errors, encode_leaf)
{
	struct tdp_layout lay = test_layout(&tdp_ept, 48, TDP_CAP_HW_A | TDP_CAP_HW_D), zero = {0};
	tdp_spte_t e = 0x5a;

	CHECK_EQ((unsigned)-tdp_encode_leaf(NULL, 0, 0x1000, rwx, &e), (unsigned)-TDP_INVALID, "no layout");
	CHECK_EQ((unsigned)-tdp_encode_leaf(&zero, 0, 0x1000, rwx, &e), (unsigned)-TDP_INVALID, "layout of zeroes");
	CHECK_EQ((unsigned)-tdp_encode_leaf(&lay, 0, 0x1000, rwx, NULL), (unsigned)-TDP_INVALID, "no out");
	CHECK_EQ((unsigned)-tdp_encode_leaf(&lay, 0, 0x1000, (struct tdp_attrs){0}, &e), (unsigned)-TDP_INVALID,
		 "attributes of zeroes");
	CHECK_EQ((unsigned)-tdp_encode_leaf(&lay, 3, 0, rwx, &e), (unsigned)-TDP_UNSUPPORTED, "no leaf at level 3");
	CHECK_EQ((unsigned)-tdp_encode_leaf(&lay, 4, 0, rwx, &e), (unsigned)-TDP_UNSUPPORTED, "above the top level");
	CHECK_EQ((unsigned)-tdp_encode_leaf(&lay, 64, 0, rwx, &e), (unsigned)-TDP_UNSUPPORTED, "no level");
	CHECK_EQ((unsigned)-tdp_encode_leaf(&lay, 0, 0x1001, rwx, &e), (unsigned)-TDP_INVALID, "misaligned");
	CHECK_EQ((unsigned)-tdp_encode_leaf(&lay, 1, 0x1000, rwx, &e), (unsigned)-TDP_INVALID, "misaligned for 2M");
	CHECK_EQ((unsigned)-tdp_encode_leaf(&lay, 0, UINT64_C(1) << 46, rwx, &e), (unsigned)-TDP_RANGE, "beyond hpa_bits");
	lay.entry_or = UINT64_C(1) << 40;
	CHECK_EQ((unsigned)-tdp_encode_leaf(&lay, 0, UINT64_C(1) << 40, rwx, &e), (unsigned)-TDP_RANGE, "the encryption bit");
	lay.leaf_levels = 1;
	CHECK_EQ((unsigned)-tdp_encode_leaf(&lay, 1, 0x200000, rwx, &e), (unsigned)-TDP_UNSUPPORTED, "no 2M leaf on this machine");
	CHECK_EQ(e, 0x5a, "written although refused");
}

/* Layouts that no function of ours made: zeroes, and damage that would make a shift undefined. */
Test(errors, no_layout)
{
	struct tdp_layout good = test_layout(&tdp_s2_4k, 40, 0), bad[6] = {{0}, good, good, good, good, good};

	bad[1].top_level = 5;
	bad[2].hpa_bits = 64;
	bad[3].root_concat_lg2 = 60;
	bad[4].gpa_bits = 64;
	bad[5].gpa_bits = 0;
	for (unsigned i = 0; i < 6; i++) {
		struct tdp_entry e = test_decode(&bad[i], TDP_OURS, 0, 0x1234577f);

		CHECK_EQ(e.kind, TDP_RESERVED, "layout %u", i);
		CHECK_EQ(e.why, TDP_WHY_LEVEL, "layout %u", i);
		CHECK_EQ(e.raw, 0x1234577f, "layout %u", i);
		CHECK_EQ(e.size, 0, "layout %u", i);
		CHECK_EQ(tdp_level_size(&bad[i], 0), 0, "layout %u", i);
		cr_assert_str_eq(tdp_level_name(&bad[i], 0), "?");
		CHECK_EQ(tdp_table_size(&bad[i]), 0, "layout %u", i);
		CHECK_EQ(tdp_root_size(&bad[i]), 0, "layout %u", i);
		CHECK_EQ(tdp_sw_bits(&bad[i]), 0, "layout %u", i);
		CHECK_EQ(tdp_gpa_from_va(&bad[i], 0xffff800000000000), 0xffff800000000000, "layout %u", i);
	}
	CHECK_EQ(test_decode(&good, TDP_OURS, 3, 3).why, TDP_WHY_LEVEL, "above the start level");
	CHECK_EQ(test_decode(&good, TDP_OURS, 1000, 3).why, TDP_WHY_LEVEL, "no level");
}

Test(errors, names)
{
	static const char *const names[] = {"STALE_ROOT", "PROTECTED", "STOPPED", "EXTERNAL", "UNSUPPORTED", "RANGE", "INVALID",
					    "NOMEM",	  "EXISTS",    "ABSENT",  "BUSY",     "RACE",	     "OK",    "SPURIOUS"};

	for (int result = TDP_STALE_ROOT; result <= TDP_SPURIOUS; result++)
		cr_assert_str_eq(tdp_result_name(result), names[result - TDP_STALE_ROOT]);
	cr_assert_str_eq(tdp_result_name(TDP_SPURIOUS + 1), "?");
	cr_assert_str_eq(tdp_result_name(TDP_STALE_ROOT - 1), "?");
	CHECK_EQ(tdp_version(), TDP_VERSION, "version");
}
