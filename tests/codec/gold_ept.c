/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EPT entries, written as the numbers that the bit tables give: SDM vol. 3C for hardware's bits; ours are 11 (present), 53 (host-
 * writable), 55 (MMU-writable), 56 (written since mapped), and the caller's are 52, 54, 59, 62.
 */
#include "layouts.h"

static const unsigned ad = TDP_CAP_HW_A | TDP_CAP_HW_D;

/* Leaves of the page at 0x12345000 by permission and type. */
static const struct {
	struct tdp_attrs attrs;
	tdp_spte_t raw;
} pages[] = {
	{{TDP_RWX, TDP_MT_WB, 0, 0}, 0x80a0000012345937},
	{{TDP_RW, TDP_MT_WB, 0, 0}, 0x80a0000012345933},
	{{TDP_RX, TDP_MT_WB, 0, 0}, 0x8000000012345935},
	{{TDP_R, TDP_MT_WB, 0, 0}, 0x8000000012345931},
	{{TDP_X, TDP_MT_WB, 0, 0}, 0x8000000012345934}, /* needs execute-only */
	{{TDP_RW, TDP_MT_WT, 0, 0}, 0x80a0000012345923},
	{{TDP_RW, TDP_MT_WP, 0, 0}, 0x80a000001234592b},
	{{TDP_RW, TDP_MT_WC, 0, 0}, 0x80a000001234590b},
	{{TDP_RW, TDP_MT_UC, 0, 0}, 0x80a0000012345903},
	{{TDP_RW, TDP_MT_DEVICE_STRICT, 0, 0}, 0x80a0000012345903},
	{{TDP_RWX, TDP_MT_WB, TDP_ATTR_FORCE_MT, 0}, 0x80a0000012345977},
	{{TDP_RWX, TDP_MT_WB, TDP_ATTR_VE, 0}, 0x00a0000012345937}, /* needs #VE */
	{{TDP_RWX, TDP_MT_WB, 0, 1}, 0x80b0000012345937},
	{{TDP_RWX, TDP_MT_WB, 0, 2}, 0x80e0000012345937},
	{{TDP_RWX, TDP_MT_WB, 0, 4}, 0x88a0000012345937},
	{{TDP_RWX, TDP_MT_WB, 0, 8}, 0xc0a0000012345937},
	{{TDP_RWX, TDP_MT_WB, 0, 15}, 0xc8f0000012345937},
};

Test(gold_ept, pages)
{
	struct tdp_layout lay = test_layout(&tdp_ept, 48, ad | TDP_CAP_EXEC_ONLY | TDP_CAP_VE);

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		CHECK_EQ(test_leaf(&lay, 0, 0x12345000, pages[i].attrs), pages[i].raw, "vector %zu", i);
}

Test(gold_ept, leaves_by_level)
{
	const struct tdp_attrs rwx = {TDP_RWX, TDP_MT_WB, 0, 0};
	struct tdp_layout lay = test_layout(&tdp_ept, 48, ad);

	CHECK_EQ(test_leaf(&lay, 0, 0x40201000, rwx), 0x80a0000040201937, "PTE");
	CHECK_EQ(test_leaf(&lay, 1, 0x40200000, rwx), 0x80a00000402009b7, "PDE");
	CHECK_EQ(test_leaf(&lay, 2, 0x40000000, rwx), 0x80a00000400009b7, "PDPTE");
	CHECK_EQ(test_leaf(&lay, 0, 0x3ffffffff000, rwx), 0x80a03ffffffff937, "the last page of 46 bits");
}

Test(gold_ept, leaf_in_words)
{
	struct tdp_layout lay = test_layout(&tdp_ept, 48, ad);
	struct tdp_entry e;

	/* W was taken away by a collection (53 and 55 stay), D moved to 56, bit 59 is the caller's sw[2]. */
	e = test_decode(&lay, TDP_OURS, 1, 0x89a00000402009b5);
	CHECK_EQ(e.kind, TDP_LEAF, "kind");
	CHECK_EQ(e.raw, 0x89a00000402009b5, "raw");
	CHECK_EQ(e.hpa, 0x40200000, "hpa");
	CHECK_EQ(e.size, 0x200000, "size");
	CHECK_EQ(e.level, 1, "level");
	CHECK_EQ(e.attrs.prot, TDP_RWX, "granted");
	CHECK_EQ(e.live, TDP_RX, "hardware");
	CHECK_EQ(e.attrs.memtype, TDP_MT_WB, "type");
	CHECK_EQ(e.attrs.flags, 0, "flags");
	CHECK_EQ(e.attrs.sw, 4, "sw");
	CHECK_EQ(e.accessed, 1, "A");
	CHECK_EQ(e.dirty, 0, "D");
	CHECK_EQ(e.state, TDP_STATE_MMU_WRITABLE | TDP_STATE_WRITTEN, "state");
	CHECK_EQ(e.note, 0, "note");
	CHECK_EQ(e.why, TDP_WHY_NONE, "why");

	/* tdp_protect() took 55 too; D (bit 9) is set, A is not. */
	e = test_decode(&lay, TDP_OURS, 0, 0x8020000012345a35);
	CHECK_EQ(e.attrs.prot, TDP_RWX, "granted");
	CHECK_EQ(e.live, TDP_RX, "hardware");
	CHECK_EQ(e.accessed, 0, "A");
	CHECK_EQ(e.dirty, 1, "D");
	CHECK_EQ(e.state, 0, "state");

	/* Software-present, but hardware sees nothing. */
	e = test_decode(&lay, TDP_OURS, 0, 0x80a0000012345830);
	CHECK_EQ(e.kind, TDP_LEAF, "kind");
	CHECK_EQ(e.live, 0, "hardware");
	CHECK_EQ(e.state, TDP_STATE_MMU_WRITABLE | TDP_STATE_TRACKED, "state");
}

/* With mode-based execute: XS in bit 2, XU in bit 10. */
Test(gold_ept, modes)
{
	static const struct {
		uint8_t prot;
		tdp_spte_t raw;
	} modes[] = {
		{TDP_R | TDP_XS, 0x8000000012345935},  {TDP_R | TDP_XU, 0x8000000012345d31}, {TDP_RX, 0x8000000012345d35},
		{TDP_RW | TDP_XU, 0x80a0000012345d33}, {TDP_RWX, 0x80a0000012345d37},	     {TDP_XU, 0x8000000012345d30},
		{TDP_XS, 0x8000000012345934},	       {TDP_X, 0x8000000012345d34},
	};
	struct tdp_layout lay = test_layout(&tdp_ept, 48, ad | TDP_CAP_MBEC | TDP_CAP_EXEC_ONLY);
	tdp_spte_t raw;

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		const struct tdp_attrs attrs = {modes[i].prot, TDP_MT_WB, 0, 0};

		CHECK_EQ(test_leaf(&lay, 0, 0x12345000, attrs), modes[i].raw, "prot %u", modes[i].prot);
	}
	lay.features &= ~(uint32_t)TDP_CAP_EXEC_ONLY;
	for (size_t i = 5; i < 8; i++) {
		const struct tdp_attrs attrs = {modes[i].prot, TDP_MT_WB, 0, 0};

		CHECK_EQ(-tdp_encode_leaf(&lay, 0, 0x12345000, attrs, &raw), -TDP_UNSUPPORTED, "prot %u", modes[i].prot);
	}
}

Test(gold_ept, tables)
{
	struct tdp_layout lay = test_layout(&tdp_ept, 57, ad);

	for (unsigned level = 1; level < 5; level++) {
		struct tdp_entry e = test_decode(&lay, TDP_OURS, level, 0x5e17d07);

		CHECK_EQ(e.kind, TDP_TABLE, "level %u", level);
		CHECK_EQ(e.hpa, 0x5e17000, "level %u", level);
		CHECK_EQ(e.size, UINT64_C(0x1000) << 9 * level, "level %u", level);
		CHECK_EQ(e.accessed, 1, "level %u", level);
		CHECK_EQ(tdp_ept.table_bits[level], 0xd07, "level %u", level);
	}
}

/* Entries that KVM of Linux 6.1 wrote on an Intel model: its software bits are 57 and 58, which are not believed. */
Test(gold_ept, foreign)
{
	struct tdp_layout lay = test_layout(&tdp_ept, 48, ad);
	struct tdp_entry e = test_decode(&lay, TDP_FOREIGN, 0, 0x600000004203b77);

	CHECK_EQ(e.kind, TDP_LEAF, "kind");
	CHECK_EQ(e.hpa, 0x4203000, "hpa");
	CHECK_EQ(e.attrs.prot, TDP_RWX, "prot");
	CHECK_EQ(e.live, TDP_RWX, "live");
	CHECK_EQ(e.attrs.memtype, TDP_MT_WB, "type");
	CHECK_EQ(e.attrs.flags, TDP_ATTR_FORCE_MT, "flags: bit 63 is clear, but there is no #VE");
	CHECK_EQ(e.accessed, 1, "A");
	CHECK_EQ(e.dirty, 1, "D");
	CHECK_EQ(e.state, 0, "state");
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 0, 0x600000004203977).dirty, 0, "collected");
	e = test_decode(&lay, TDP_FOREIGN, 1, 0x5e17907);
	CHECK_EQ(e.kind, TDP_TABLE, "kind");
	CHECK_EQ(e.hpa, 0x5e17000, "hpa");
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 0, 0x5a0).kind, TDP_EMPTY, "KVM's removed entry");

	/* Our own software bits are not believed either: all of them set, with bit 11 clear. */
	e = test_decode(&lay, TDP_FOREIGN, 0, 0x49f0000012345131);
	CHECK_EQ(e.kind, TDP_LEAF, "kind");
	CHECK_EQ(e.attrs.prot, TDP_R, "host-writable is not believed");
	CHECK_EQ(e.attrs.sw, 0, "sw");
	CHECK_EQ(e.state, 0, "state");
}

Test(gold_ept, eptp)
{
	struct tdp_layout four = test_layout(&tdp_ept, 48, ad), five = test_layout(&tdp_ept, 49, ad);
	struct tdp_regs regs;

	tdp_ept.regs(&four, 0x12345000, &regs);
	CHECK_EQ(regs.base, 0x1234505e, "4 levels, write-back, A/D");
	CHECK_EQ(regs.control, 0, "control");
	CHECK_EQ(regs.control_mask, 0x440000, "mode-based execute and #VE");
	tdp_ept.regs(&five, 0x12345000, &regs);
	CHECK_EQ(regs.base, 0x12345066, "5 levels, write-back, A/D");
}
