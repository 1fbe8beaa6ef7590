/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm stage-2 entries and registers of the other granules and of 52-bit addresses, written as the numbers that the manual's tables give:
 * FEAT_LPA2 has PA[51:50] in bits 9:8 and no SH, FEAT_LPA (64 KiB) has PA[51:48] in bits 15:12.
 */
#include "layouts.h"

static const struct tdp_attrs rwx = {TDP_RWX, TDP_MT_WB, 0, 0};

static const struct {
	const struct tdp_format *format;
	unsigned level;
	tdp_hpa_t hpa;
	tdp_spte_t raw;
} leaves[] = {
	{&tdp_s2_16k, 0, 0x12344000, 0x03000000123447ff},	   {&tdp_s2_16k, 1, 0x42000000, 0x03000000420007fd},
	{&tdp_s2_64k, 0, 0x12340000, 0x03000000123407ff},	   {&tdp_s2_64k, 1, 0x60000000, 0x03000000600007fd},
	{&tdp_s2_4k_lpa2, 0, 0x12345000, 0x03000000123454ff},	   {&tdp_s2_4k_lpa2, 0, 0xf123456789000, 0x03031234567897ff},
	{&tdp_s2_4k_lpa2, 0, 0x8000000001000, 0x03000000000016ff}, {&tdp_s2_4k_lpa2, 0, 0x4000000001000, 0x03000000000015ff},
	{&tdp_s2_4k_lpa2, 1, 0xc000040200000, 0x03000000402007fd}, {&tdp_s2_4k_lpa2, 2, 0x40000000, 0x03000000400004fd},
	{&tdp_s2_4k_lpa2, 3, 0x4008000000000, 0x03000080000005fd}, {&tdp_s2_16k_lpa2, 0, 0xf123456788000, 0x03031234567887ff},
	{&tdp_s2_16k_lpa2, 1, 0x42000000, 0x03000000420004fd},	   {&tdp_s2_16k_lpa2, 2, 0x8001000000000, 0x03000010000006fd},
	{&tdp_s2_64k_lpa, 0, 0xf123456780000, 0x030012345678f7ff}, {&tdp_s2_64k_lpa, 0, 0x1000000010000, 0x03000000000117ff},
	{&tdp_s2_64k_lpa, 0, 0x2000000010000, 0x03000000000127ff}, {&tdp_s2_64k_lpa, 0, 0x4000000010000, 0x03000000000147ff},
	{&tdp_s2_64k_lpa, 0, 0x8000000010000, 0x03000000000187ff}, {&tdp_s2_64k_lpa, 1, 0x1000060000000, 0x03000000600017fd},
	{&tdp_s2_64k_lpa, 2, 0x8040000000000, 0x03000400000087fd},
};

/* A layout that has everything that the format has. */
static struct tdp_layout widest(const struct tdp_format *format)
{
	return test_layout(format, format->addr_high ? 52 : 48, 0);
}

Test(gold_s2_granules, leaves)
{
	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		const struct tdp_layout lay = widest(leaves[i].format);
		struct tdp_entry e;

		CHECK_EQ(test_leaf(&lay, leaves[i].level, leaves[i].hpa, rwx), leaves[i].raw, "vector %zu", i);
		e = test_decode(&lay, TDP_FOREIGN, leaves[i].level, leaves[i].raw);
		CHECK_EQ(e.kind, TDP_LEAF, "vector %zu", i);
		CHECK_EQ(e.hpa, leaves[i].hpa, "vector %zu", i);
		CHECK_EQ(e.attrs.prot, TDP_RWX, "vector %zu", i);
		CHECK_EQ(e.attrs.memtype, TDP_MT_WB, "vector %zu", i);
	}
}

/* Shareability is in the entry only where the address is not. */
Test(gold_s2_granules, device)
{
	const struct tdp_attrs device = {TDP_RX, TDP_MT_DEVICE_STRICT, 0, 0};
	struct tdp_layout lay = widest(&tdp_s2_64k_lpa);

	CHECK_EQ(test_leaf(&lay, 0, 0x12340000, device), 0x12340643, "LPA");
	lay = widest(&tdp_s2_16k_lpa2);
	CHECK_EQ(test_leaf(&lay, 0, 0x12344000, device), 0x12344443, "LPA2");
}

static const struct {
	const struct tdp_format *format;
	tdp_hpa_t hpa;
	tdp_spte_t raw;
} tables[] = {
	{&tdp_s2_16k, 0x12344000, 0x12344003},
	{&tdp_s2_64k, 0x12340000, 0x12340003},
	{&tdp_s2_4k_lpa2, 0xf123456789000, 0x0003123456789303},
	{&tdp_s2_16k_lpa2, 0xf123456788000, 0x0003123456788303},
	{&tdp_s2_64k_lpa, 0xf123456780000, 0x000012345678f003},
};

Test(gold_s2_granules, tables)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const struct tdp_layout lay = widest(tables[i].format);

		for (unsigned level = 1; level <= lay.top_level; level++) {
			struct tdp_entry e = test_decode(&lay, TDP_OURS, level, tables[i].raw);

			CHECK_EQ(e.kind, TDP_TABLE, "vector %zu level %u", i, level);
			CHECK_EQ(e.hpa, tables[i].hpa, "vector %zu level %u", i, level);
			CHECK_EQ(tables[i].format->table_bits[level], 3, "vector %zu level %u", i, level);
		}
	}
}

static const struct {
	const char *what;
	const struct tdp_format *format;
	unsigned level;
	tdp_spte_t raw;
	enum tdp_why why;
} reserved[] = {
	{"bit 12 of a page", &tdp_s2_16k, 0, 0x1234577f, TDP_WHY_ADDRESS},
	{"bit 13 of a page", &tdp_s2_16k, 0, 0x1234677f, TDP_WHY_ADDRESS},
	{"bit 13 of a table", &tdp_s2_16k, 2, 0x12346003, TDP_WHY_ADDRESS},
	{"bit 24 of a block", &tdp_s2_16k, 1, 0x4300077d, TDP_WHY_ADDRESS},
	{"nT of a block", &tdp_s2_16k, 1, 0x4201077d, TDP_WHY_NONE},
	{"block of 64G", &tdp_s2_16k, 2, 0x100000077d, TDP_WHY_LEVEL},
	{"bit 44 of the address", &tdp_s2_16k, 0, 0x10001234477f, TDP_WHY_ADDRESS},
	{"bit 48", &tdp_s2_16k, 0, 0x100001234477f, TDP_WHY_ADDRESS},
	{"bit 12 of a page", &tdp_s2_64k, 0, 0x1234177f, TDP_WHY_ADDRESS},
	{"bit 15 of a page", &tdp_s2_64k, 0, 0x1234877f, TDP_WHY_ADDRESS},
	{"bit 15 of a table", &tdp_s2_64k, 1, 0x12348003, TDP_WHY_ADDRESS},
	{"bit 28 of a block", &tdp_s2_64k, 1, 0x7000077d, TDP_WHY_ADDRESS},
	{"nT of a block", &tdp_s2_64k, 1, 0x6001077d, TDP_WHY_NONE},
	{"block of 4T", &tdp_s2_64k, 2, 0x4000000077d, TDP_WHY_LEVEL},
	{"bit 49", &tdp_s2_64k, 0, 0x200001234077f, TDP_WHY_ADDRESS},
	{"bits 50, 52 and 63 are nobody's", &tdp_s2_4k_lpa2, 0, 0x801400001234577f, TDP_WHY_NONE},
	{"block of 256T", &tdp_s2_4k_lpa2, 4, 0x47d, TDP_WHY_LEVEL},
	{"bit 38 of a block", &tdp_s2_4k_lpa2, 3, 0xc00000047d, TDP_WHY_ADDRESS},
	{"nT of a block", &tdp_s2_4k_lpa2, 3, 0x800001047d, TDP_WHY_NONE},
	{"MemAttr 0100", &tdp_s2_4k_lpa2, 0, 0x12345453, TDP_WHY_MEMTYPE},
	{"bit 12 of a page", &tdp_s2_16k_lpa2, 0, 0x1234577f, TDP_WHY_ADDRESS},
	{"block of 128T", &tdp_s2_16k_lpa2, 3, 0x80000000047d, TDP_WHY_LEVEL},
	{"bit 35 of a block", &tdp_s2_16k_lpa2, 2, 0x180000047d, TDP_WHY_ADDRESS},
	{"bit 48", &tdp_s2_64k_lpa, 0, 0x100001234077f, TDP_WHY_ADDRESS},
	{"bit 49 of a table", &tdp_s2_64k_lpa, 2, 0x2000012340003, TDP_WHY_ADDRESS},
	{"bit 41 of a block", &tdp_s2_64k_lpa, 2, 0x6000000f77d, TDP_WHY_ADDRESS},
	{"01 at level 0", &tdp_s2_64k_lpa, 0, 0x1234f77d, TDP_WHY_LEVEL},
};

Test(gold_s2_granules, reserved)
{
	struct tdp_layout lay;

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		lay = widest(reserved[i].format);
		CHECK_EQ(test_decode(&lay, TDP_FOREIGN, reserved[i].level, reserved[i].raw).why, reserved[i].why, "%s: %s",
			 lay.format->name, reserved[i].what);
	}
	lay = widest(&tdp_s2_4k_lpa2);
	lay.hpa_bits = 48;
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 0, 0x1234557f).why, TDP_WHY_ADDRESS, "bit 50 of the address on a machine of 48");
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 0, 0x100001234547f).why, TDP_WHY_ADDRESS, "bit 48");
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 1, 0x12345203).why, TDP_WHY_ADDRESS, "bit 51 of a table's address");
}

/* levels 0: not asked for. */
static const struct {
	const struct tdp_format *format;
	unsigned gpa_bits, hpa_bits, levels, features, top, concat_lg2;
	uint64_t vtcr;
} geometries[] = {
	{&tdp_s2_4k, 16, 48, 0, TDP_CAP_TTST, 0, 0, 0x800535f0},
	{&tdp_s2_4k, 22, 48, 0, TDP_CAP_TTST, 1, 0, 0x8005352a},
	{&tdp_s2_4k, 25, 48, 1, TDP_CAP_TTST, 0, 4, 0x800535e7},
	{&tdp_s2_4k, 25, 48, 0, 0, 1, 0, 0x80053527},
	{&tdp_s2_4k, 31, 48, 2, 0, 1, 1, 0x80053521},
	{&tdp_s2_4k, 31, 48, 3, 0, 2, 0, 0x80053561},
	{&tdp_s2_4k, 40, 48, 4, 0, 3, 0, 0x80053598},
	{&tdp_s2_16k, 25, 48, 0, 0, 0, 0, 0x8005b527},
	{&tdp_s2_16k, 29, 48, 1, 0, 0, 4, 0x8005b523},
	{&tdp_s2_16k, 29, 48, 0, 0, 1, 0, 0x8005b563},
	{&tdp_s2_16k, 40, 48, 0, 0, 1, 4, 0x8005b558},
	{&tdp_s2_16k, 40, 48, 3, 0, 2, 0, 0x8005b598},
	{&tdp_s2_16k, 41, 48, 0, 0, 2, 0, 0x8005b597},
	{&tdp_s2_16k, 48, 52, 0, 0, 2, 1, 0x8005b590},
	{&tdp_s2_64k, 17, 48, 0, TDP_CAP_TTST, 0, 0, 0x8005752f},
	{&tdp_s2_64k, 25, 48, 0, 0, 0, 0, 0x80057527},
	{&tdp_s2_64k, 33, 48, 1, 0, 0, 4, 0x8005751f},
	{&tdp_s2_64k, 33, 48, 0, 0, 1, 0, 0x8005755f},
	{&tdp_s2_64k, 46, 48, 0, 0, 1, 4, 0x80057552},
	{&tdp_s2_64k, 46, 48, 3, 0, 2, 0, 0x80057592},
	{&tdp_s2_64k, 47, 48, 0, 0, 2, 0, 0x80057591},
	{&tdp_s2_64k, 48, 52, 0, 0, 2, 0, 0x80057590},
	{&tdp_s2_4k_lpa2, 40, 48, 0, 0, 2, 1, 0x180053558},
	{&tdp_s2_4k_lpa2, 40, 52, 0, TDP_CAP_HW_A | TDP_CAP_HW_D, 2, 1, 0x180663558},
	{&tdp_s2_4k_lpa2, 48, 52, 0, 0, 3, 0, 0x180063590},
	{&tdp_s2_4k_lpa2, 52, 52, 0, 0, 3, 4, 0x18006358c},
	{&tdp_s2_4k_lpa2, 52, 52, 5, 0, 4, 0, 0x38006350c},
	{&tdp_s2_4k_lpa2, 49, 52, 5, 0, 4, 0, 0x38006350f},
	{&tdp_s2_16k_lpa2, 48, 52, 0, 0, 2, 1, 0x18006b590},
	{&tdp_s2_16k_lpa2, 48, 52, 4, 0, 3, 0, 0x18006b5d0},
	{&tdp_s2_16k_lpa2, 51, 52, 0, 0, 2, 4, 0x18006b58d},
	{&tdp_s2_16k_lpa2, 52, 52, 0, 0, 3, 0, 0x18006b5cc},
	{&tdp_s2_64k_lpa, 46, 52, 0, 0, 1, 4, 0x80067552},
	{&tdp_s2_64k_lpa, 52, 52, 0, 0, 2, 0, 0x8006758c},
};

Test(gold_s2_granules, vtcr_and_vttbr)
{
	for (size_t i = 0; i < sizeof(geometries) / sizeof(geometries[0]); i++) {
		const struct tdp_wish wish = {.gpa_bits = (uint8_t)geometries[i].gpa_bits, .levels = (uint8_t)geometries[i].levels};
		const bool wide = geometries[i].format->addr_high && geometries[i].hpa_bits == 52;
		const tdp_hpa_t root = wide ? 0xf123456000000 : 0x123456000000;
		struct tdp_caps caps = test_caps();
		struct tdp_layout lay, back;
		struct tdp_regs regs;
		tdp_hpa_t back_root;

		caps.hpa_bits = (uint8_t)geometries[i].hpa_bits;
		caps.features = geometries[i].features;
		CHECK_EQ(tdp_layout_choose(&lay, geometries[i].format, &caps, &wish, NULL), TDP_OK, "vector %zu", i);
		CHECK_EQ(lay.top_level, geometries[i].top, "vector %zu", i);
		CHECK_EQ(lay.root_concat_lg2, geometries[i].concat_lg2, "vector %zu", i);
		CHECK_EQ(lay.hpa_bits, wide ? 52 : 48, "vector %zu", i);
		CHECK_EQ(tdp_root_size(&lay), tdp_table_size(&lay) << geometries[i].concat_lg2, "vector %zu", i);
		lay.format->regs(&lay, root, &regs);
		CHECK_EQ(regs.base, wide ? 0x12345600003c : 0x123456000000, "vector %zu", i);
		CHECK_EQ(regs.control, geometries[i].vtcr, "vector %zu", i);
		CHECK_EQ(regs.control_mask, 0x39e67ffff, "vector %zu", i);
		CHECK_EQ(tdp_layout_from_regs(&back, lay.format, &regs, &back_root), TDP_OK, "vector %zu", i);
		CHECK_EQ(back_root, root, "vector %zu", i);
		CHECK_EQ(back.top_level, lay.top_level, "vector %zu", i);
		CHECK_EQ(back.root_concat_lg2, lay.root_concat_lg2, "vector %zu", i);
		CHECK_EQ(back.gpa_bits, lay.gpa_bits, "vector %zu", i);
		CHECK_EQ(back.leaf_levels, lay.leaf_levels, "vector %zu", i);
	}
}

/* VTCR_EL2 values of another format, or reserved. */
static const struct {
	const char *what;
	const struct tdp_format *format;
	uint64_t vttbr, vtcr;
	enum tdp_result result;
} registers[] = {
	{"4K", &tdp_s2_16k, 0, 0x80053558, TDP_UNSUPPORTED},
	{"64K", &tdp_s2_16k, 0, 0x80057558, TDP_UNSUPPORTED},
	{"16K, DS", &tdp_s2_16k, 0, 0x18005b558, TDP_UNSUPPORTED},
	{"16K, no DS", &tdp_s2_16k_lpa2, 0, 0x8005b558, TDP_UNSUPPORTED},
	{"16K, SL2", &tdp_s2_16k_lpa2, 0, 0x38005b518, TDP_UNSUPPORTED},
	{"16K, start at L0 without DS", &tdp_s2_16k, 0, 0x8005b5d0, TDP_INVALID},
	{"16K, 41 bits from L2", &tdp_s2_16k, 0, 0x8005b557, TDP_INVALID},
	{"16K, 36 bits from L1", &tdp_s2_16k, 0, 0x8005b59c, TDP_INVALID},
	{"16K, reserved PS", &tdp_s2_16k_lpa2, 0, 0x18007b558, TDP_INVALID},
	{"64K, reserved SL0", &tdp_s2_64k, 0, 0x800575d0, TDP_INVALID},
	{"64K, PS of 52 bits", &tdp_s2_64k, 0, 0x80067590, TDP_UNSUPPORTED},
	{"64K, PS of 48 bits", &tdp_s2_64k_lpa, 0, 0x80057590, TDP_UNSUPPORTED},
	{"64K, DS", &tdp_s2_64k_lpa, 0, 0x180067590, TDP_UNSUPPORTED},
	{"64K, 49 bits", &tdp_s2_64k, 0, 0x8005758f, TDP_UNSUPPORTED},
	{"64K, 16 bits", &tdp_s2_64k, 0, 0x80057530, TDP_UNSUPPORTED},
	{"4K, SL2 and SL0", &tdp_s2_4k_lpa2, 0, 0x38006354c, TDP_INVALID},
	{"4K, 48 bits from L-1", &tdp_s2_4k_lpa2, 0, 0x380063510, TDP_INVALID},
	{"bit 1 of a wide root", &tdp_s2_64k_lpa, 2, 0x80067590, TDP_INVALID},
	{"a wide root that is misaligned", &tdp_s2_64k_lpa, 0x100, 0x80067590, TDP_INVALID},
	{"a wide root that is not", &tdp_s2_64k_lpa, 0x200, 0x80067590, TDP_OK},
};

Test(gold_s2_granules, registers)
{
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		const struct tdp_regs regs = {.base = registers[i].vttbr, .control = registers[i].vtcr};
		struct tdp_layout lay;
		tdp_hpa_t root;

		CHECK_EQ((unsigned)-tdp_layout_from_regs(&lay, registers[i].format, &regs, &root), (unsigned)-registers[i].result,
			 "%s", registers[i].what);
	}
}
