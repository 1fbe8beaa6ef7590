/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm stage-2 entries, written as the numbers that the bit tables give: Arm ARM, D8 for hardware's bits; ours are 55 (written since
 * mapped), 56 (host-writable), 57 (MMU-writable), 58 (dirty), and the caller's are 62:59.
 */
#include "layouts.h"

struct vector {
	struct tdp_attrs attrs;
	tdp_spte_t raw;
};

/* Compares leaves of the page at 0x12345000. */
static void check_pages(const struct tdp_layout *lay, const struct vector *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		CHECK_EQ(test_leaf(lay, 0, 0x12345000, v[i].attrs), v[i].raw, "vector %zu", i);
}

/* Without features: W is S2AP[1], one bit forbids execution. */
static const struct vector plain[] = {
	{{TDP_RWX, TDP_MT_WB, 0, 0}, 0x03000000123457ff},
	{{TDP_RX, TDP_MT_WB, 0, 0}, 0x000000001234577f},
	{{TDP_R, TDP_MT_WB, 0, 0}, 0x004000001234577f},
	{{TDP_W, TDP_MT_WB, 0, 0}, 0x03400000123457bf},
	{{TDP_X, TDP_MT_WB, 0, 0}, 0x000000001234573f},
	{{TDP_RX, TDP_MT_WT, 0, 0}, 0x000000001234576b},
	{{TDP_RX, TDP_MT_WC, 0, 0}, 0x0000000012345757},
	{{TDP_RX, TDP_MT_UC, 0, 0}, 0x0000000012345647},
	{{TDP_RX, TDP_MT_DEVICE_STRICT, 0, 0}, 0x0000000012345643},
	{{TDP_RX, TDP_MT_WB, 0, 1}, 0x080000001234577f},
	{{TDP_RX, TDP_MT_WB, 0, 8}, 0x400000001234577f},
	{{TDP_RX, TDP_MT_WB, 0, 15}, 0x780000001234577f},
};

/* With hardware A and D, FWB and XNX: W is DBM, so the page starts clean. */
static const struct vector rich[] = {
	{{TDP_RWX, TDP_MT_WB, 0, 0}, 0x030800001234575b},	 {{TDP_RWX, TDP_MT_WB, TDP_ATTR_FORCE_MT, 0}, 0x030800001234575b},
	{{TDP_RX, TDP_MT_WC, 0, 0}, 0x0000000012345757},	 {{TDP_RX, TDP_MT_STAGE1, 0, 0}, 0x000000001234575f},
	{{TDP_RX, TDP_MT_UC, 0, 0}, 0x0000000012345647},	 {{TDP_RX, TDP_MT_DEVICE_STRICT, 0, 0}, 0x0000000012345643},
	{{TDP_R, TDP_MT_WB, 0, 0}, 0x004000001234575b},		 {{TDP_R | TDP_XS, TDP_MT_WB, 0, 0}, 0x006000001234575b},
	{{TDP_R | TDP_XU, TDP_MT_WB, 0, 0}, 0x002000001234575b},
};

Test(gold_s2, pages)
{
	const unsigned all = TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_FWB | TDP_CAP_XNX;
	struct tdp_layout lay = test_layout(&tdp_s2_4k, 40, 0);

	check_pages(&lay, plain, sizeof(plain) / sizeof(plain[0]));
	lay = test_layout(&tdp_s2_4k, 40, all);
	check_pages(&lay, rich, sizeof(rich) / sizeof(rich[0]));
}

Test(gold_s2, leaves_by_level)
{
	const struct tdp_attrs rwx = {TDP_RWX, TDP_MT_WB, 0, 0};
	struct tdp_layout lay = test_layout(&tdp_s2_4k, 40, 0);

	CHECK_EQ(test_leaf(&lay, 0, 0x40201000, rwx), 0x03000000402017ff, "L3");
	CHECK_EQ(test_leaf(&lay, 1, 0x40200000, rwx), 0x03000000402007fd, "L2");
	CHECK_EQ(test_leaf(&lay, 2, 0x40000000, rwx), 0x03000000400007fd, "L1");
}

Test(gold_s2, leaf_in_words)
{
	struct tdp_layout lay = test_layout(&tdp_s2_4k, 40, 0);
	struct tdp_entry e;

	/* Protected after a write: S2AP[1] and 57 cleared, 58 has taken the dirtiness over; 59 is the caller's. */
	e = test_decode(&lay, TDP_OURS, 1, 0x0d0000004020077d);
	CHECK_EQ(e.kind, TDP_LEAF, "kind");
	CHECK_EQ(e.hpa, 0x40200000, "hpa");
	CHECK_EQ(e.size, 0x200000, "size");
	CHECK_EQ(e.attrs.prot, TDP_RWX, "granted");
	CHECK_EQ(e.live, TDP_RX, "hardware");
	CHECK_EQ(e.attrs.sw, 1, "sw");
	CHECK_EQ(e.accessed, 1, "A");
	CHECK_EQ(e.dirty, 1, "D");
	CHECK_EQ(e.state, 0, "state");
	/* Writable means dirty where hardware sets no dirty state. */
	e = test_decode(&lay, TDP_OURS, 0, 0x03000000123457ff);
	CHECK_EQ(e.live, TDP_RWX, "hardware");
	CHECK_EQ(e.dirty, 1, "D");
	CHECK_EQ(e.state, TDP_STATE_MMU_WRITABLE, "state");
	/* DBM alone permits nothing without hardware dirty state. */
	CHECK_EQ(test_decode(&lay, TDP_OURS, 0, 0x030800001234577f).live, TDP_RX, "DBM");

	lay = test_layout(&tdp_s2_4k, 40, TDP_CAP_HW_A | TDP_CAP_HW_D);
	e = test_decode(&lay, TDP_OURS, 0, 0x030800001234577f);
	CHECK_EQ(e.live, TDP_RWX, "DBM");
	CHECK_EQ(e.dirty, 0, "clean until written");
	CHECK_EQ(test_decode(&lay, TDP_OURS, 0, 0x03080000123457ff).dirty, 1, "written");
}

/* Inner and outer policies that differ read as the weaker one; GRE and nGRE read as UC. */
Test(gold_s2, every_memattr)
{
	static const uint8_t types[16] = {[0] = TDP_MT_DEVICE_STRICT,
					  [1] = TDP_MT_UC,
					  [2] = TDP_MT_UC,
					  [3] = TDP_MT_UC,
					  [5] = TDP_MT_WC,
					  [6] = TDP_MT_WC,
					  [7] = TDP_MT_WC,
					  [9] = TDP_MT_WC,
					  [10] = TDP_MT_WT,
					  [11] = TDP_MT_WT,
					  [13] = TDP_MT_WC,
					  [14] = TDP_MT_WT,
					  [15] = TDP_MT_WB};
	static const uint8_t forced[8] = {
		[0] = TDP_MT_DEVICE_STRICT, [1] = TDP_MT_UC, [2] = TDP_MT_UC, [3] = TDP_MT_UC, [5] = TDP_MT_WC, [6] = TDP_MT_WB,
		[7] = TDP_MT_STAGE1};
	struct tdp_layout lay = test_layout(&tdp_s2_4k, 40, 0), fwb = test_layout(&tdp_s2_4k, 40, TDP_CAP_FWB);

	for (unsigned i = 0; i < 16; i++) {
		struct tdp_entry e = test_decode(&lay, TDP_FOREIGN, 0, 0x12345743 | (tdp_spte_t)i << 2);

		CHECK_EQ(e.kind, i == 4 || i == 8 || i == 12 ? TDP_RESERVED : TDP_LEAF, "MemAttr %u", i);
		CHECK_EQ(e.attrs.memtype, types[i], "MemAttr %u", i);
		e = test_decode(&fwb, TDP_FOREIGN, 0, 0x12345743 | (tdp_spte_t)i << 2);
		CHECK_EQ(e.kind, i == 4 || i >= 8 ? TDP_RESERVED : TDP_LEAF, "FWB MemAttr %u", i);
		CHECK_EQ(e.attrs.memtype, i < 8 ? forced[i] : 0, "FWB MemAttr %u", i);
	}
}

Test(gold_s2, tables)
{
	struct tdp_layout lay = test_layout(&tdp_s2_4k, 48, 0);

	for (unsigned level = 1; level < 4; level++) {
		/* Bit 10 is AF in leaves only. */
		struct tdp_entry e = test_decode(&lay, TDP_OURS, level, 0x5e17403);

		CHECK_EQ(e.kind, TDP_TABLE, "level %u", level);
		CHECK_EQ(e.hpa, 0x5e17000, "level %u", level);
		CHECK_EQ(e.accessed, 0, "level %u: tables have no A", level);
		CHECK_EQ(tdp_s2_4k.table_bits[level], 3, "level %u", level);
	}
}

/* Another hypervisor's software bits 58:55 and 63 are not believed, contiguous and nT mean nothing to us. */
Test(gold_s2, foreign)
{
	struct tdp_layout lay = test_layout(&tdp_s2_4k, 40, TDP_CAP_HW_A | TDP_CAP_HW_D);
	struct tdp_entry e = test_decode(&lay, TDP_FOREIGN, 0, 0xff9000001234577f);

	CHECK_EQ(e.kind, TDP_LEAF, "kind");
	CHECK_EQ(e.attrs.prot, TDP_RX, "prot");
	CHECK_EQ(e.dirty, 0, "bit 58 is not believed");
	CHECK_EQ(e.attrs.sw, 0, "sw");
	CHECK_EQ(e.state, 0, "state");
	e = test_decode(&lay, TDP_FOREIGN, 0, 0x12345fff);
	CHECK_EQ(e.attrs.prot, TDP_RWX, "prot");
	CHECK_EQ(e.dirty, 1, "a writable page may have been written");
	e = test_decode(&lay, TDP_FOREIGN, 1, 0x402107fd);
	CHECK_EQ(e.kind, TDP_LEAF, "a block with nT");
	CHECK_EQ(e.hpa, 0x40200000, "hpa");
}

static const struct {
	unsigned gpa_bits, hpa_bits, features, top, concat_lg2;
	uint64_t vtcr;
} geometries[] = {
	{32, 40, 0, 1, 2, 0x80023520},
	{34, 40, 0, 1, 4, 0x8002351e},
	{35, 40, 0, 2, 0, 0x8002355d},
	{39, 40, 0, 2, 0, 0x80023559},
	{40, 40, 0, 2, 1, 0x80023558},
	{43, 44, 0, 2, 4, 0x80043555},
	{44, 44, 0, 3, 0, 0x80043594},
	{48, 48, 0, 3, 0, 0x80053590},
	{40, 48, TDP_CAP_HW_A, 2, 1, 0x80253558},
	{40, 48, TDP_CAP_HW_A | TDP_CAP_HW_D, 2, 1, 0x80653558},
	{40, 48, TDP_CAP_HW_D, 2, 1, 0x80053558},
};

Test(gold_s2, vtcr_and_vttbr)
{
	for (size_t i = 0; i < sizeof(geometries) / sizeof(geometries[0]); i++) {
		struct tdp_caps caps = test_caps();
		struct tdp_layout lay;
		struct tdp_regs regs;

		caps.hpa_bits = (uint8_t)geometries[i].hpa_bits;
		caps.features = geometries[i].features;
		CHECK_EQ(tdp_layout_make(&lay, &tdp_s2_4k, &caps, geometries[i].gpa_bits), TDP_OK, "vector %zu", i);
		CHECK_EQ(lay.top_level, geometries[i].top, "vector %zu", i);
		CHECK_EQ(lay.root_concat_lg2, geometries[i].concat_lg2, "vector %zu", i);
		CHECK_EQ(lay.hpa_bits, geometries[i].hpa_bits, "vector %zu", i);
		CHECK_EQ(tdp_root_size(&lay), UINT64_C(4096) << geometries[i].concat_lg2, "vector %zu", i);
		tdp_s2_4k.regs(&lay, 0x12340000, &regs);
		CHECK_EQ(regs.base, 0x12340000, "vector %zu", i);
		CHECK_EQ(regs.control, geometries[i].vtcr, "vector %zu", i);
		CHECK_EQ(regs.control_mask, 0x39e67ffff, "vector %zu", i);
	}
}
