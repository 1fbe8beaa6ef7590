/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EPT entries without accessed and dirty flags (EPTP bit 6 = 0), written as numbers: as gold_ept.c, but bits 8 and 9 are ours, the
 * caller has 59, and an access-tracked leaf keeps R in 52 and X in 54.
 */
#include "layouts.h"

static const unsigned all = TDP_CAP_EXEC_ONLY | TDP_CAP_VE;

/* Leaves of the page at 0x12345000. What is writable is dirty, because hardware would not say. */
static const struct {
	struct tdp_attrs attrs;
	tdp_spte_t raw;
} pages[] = {
	{{TDP_RWX, TDP_MT_WB, 0, 0}, 0x80a0000012345b37},
	{{TDP_RW, TDP_MT_WB, 0, 0}, 0x80a0000012345b33},
	{{TDP_RX, TDP_MT_WB, 0, 0}, 0x8000000012345935},
	{{TDP_R, TDP_MT_WB, 0, 0}, 0x8000000012345931},
	{{TDP_X, TDP_MT_WB, 0, 0}, 0x8000000012345934}, /* needs execute-only */
	{{TDP_RW, TDP_MT_UC, 0, 0}, 0x80a0000012345b03},
	{{TDP_RWX, TDP_MT_WB, TDP_ATTR_FORCE_MT, 0}, 0x80a0000012345b77},
	{{TDP_RWX, TDP_MT_WB, TDP_ATTR_VE, 0}, 0x00a0000012345b37}, /* needs #VE */
	{{TDP_RWX, TDP_MT_WB, 0, 1}, 0x88a0000012345b37},
};

Test(gold_ept_noad, pages)
{
	struct tdp_layout lay = test_layout(&tdp_ept_noad, 48, all);
	struct tdp_attrs two = {TDP_RWX, TDP_MT_WB, 0, 2};
	tdp_spte_t raw;

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		CHECK_EQ(test_leaf(&lay, 0, 0x12345000, pages[i].attrs), pages[i].raw, "vector %zu", i);
	CHECK_EQ(test_leaf(&lay, 1, 0x40200000, pages[0].attrs), 0x80a0000040200bb7, "PDE");
	CHECK_EQ(tdp_sw_bits(&lay), 1, "the caller has one bit");
	CHECK_EQ(tdp_encode_leaf(&lay, 0, 0x12345000, two, &raw), TDP_UNSUPPORTED, "and no second one");
}

/* A tracked leaf permits nothing, and says what was granted. */
Test(gold_ept_noad, tracked)
{
	static const struct {
		tdp_spte_t raw;
		uint8_t granted, state;
		bool dirty;
	} tracked[] = {
		{0x80f0000012345a30, TDP_RWX, TDP_STATE_MMU_WRITABLE | TDP_STATE_TRACKED, true},
		{0x80b0000012345830, TDP_RW, TDP_STATE_MMU_WRITABLE | TDP_STATE_TRACKED, false},
		{0x8070000012345a30, TDP_RWX, TDP_STATE_TRACKED, true}, /* protected */
		{0x8050000012345830, TDP_RX, TDP_STATE_TRACKED, false},
		{0x8040000012345830, TDP_X, TDP_STATE_TRACKED, false},
		{0x81b0000012345830, TDP_RW, TDP_STATE_MMU_WRITABLE | TDP_STATE_TRACKED | TDP_STATE_WRITTEN, false},
	};
	struct tdp_layout lay = test_layout(&tdp_ept_noad, 48, all);

	for (size_t i = 0; i < sizeof(tracked) / sizeof(tracked[0]); i++) {
		struct tdp_entry e = test_decode(&lay, TDP_OURS, 0, tracked[i].raw);

		CHECK_EQ(e.kind, TDP_LEAF, "vector %zu", i);
		CHECK_EQ(e.hpa, 0x12345000, "vector %zu", i);
		CHECK_EQ(e.attrs.prot, tracked[i].granted, "vector %zu", i);
		CHECK_EQ(e.live, 0, "vector %zu", i);
		CHECK_EQ(e.accessed, 0, "vector %zu", i);
		CHECK_EQ(e.dirty, tracked[i].dirty, "vector %zu", i);
		CHECK_EQ(e.state, tracked[i].state, "vector %zu", i);
		CHECK_EQ(e.attrs.memtype, TDP_MT_WB, "vector %zu", i);
		CHECK_EQ(e.attrs.sw, 0, "vector %zu", i);
		CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 0, tracked[i].raw).kind, TDP_EMPTY, "hardware sees nothing");
	}
}

/* With mode-based execute XU waits in bit 62; a leaf that permits nothing but that is not tracked. */
Test(gold_ept_noad, modes)
{
	struct tdp_layout lay = test_layout(&tdp_ept_noad, 48, all | TDP_CAP_MBEC);
	struct tdp_entry e = test_decode(&lay, TDP_OURS, 0, 0xc010000012345830);

	CHECK_EQ(e.attrs.prot, TDP_R | TDP_XU, "granted");
	CHECK_EQ(e.live, 0, "hardware");
	CHECK_EQ(e.state, TDP_STATE_TRACKED, "tracked");
	CHECK_EQ(test_leaf(&lay, 0, 0x12345000, (struct tdp_attrs){.prot = TDP_XU}), 0x8000000012345d30, "user only");
	e = test_decode(&lay, TDP_OURS, 0, 0x8000000012345d30);
	CHECK_EQ(e.attrs.prot, TDP_XU, "granted");
	CHECK_EQ(e.live, TDP_XU, "hardware");
	CHECK_EQ(e.state, 0, "not tracked");
}

/* In somebody else's tree bits 8 and 9 are that one's software. */
Test(gold_ept_noad, foreign)
{
	struct tdp_layout lay = test_layout(&tdp_ept_noad, 48, 0);
	struct tdp_entry e = test_decode(&lay, TDP_FOREIGN, 0, 0x600000004203b77);

	CHECK_EQ(e.kind, TDP_LEAF, "kind");
	CHECK_EQ(e.hpa, 0x4203000, "hpa");
	CHECK_EQ(e.attrs.prot, TDP_RWX, "prot");
	CHECK_EQ(e.accessed, 0, "A");
	CHECK_EQ(e.dirty, 0, "D");
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 1, 0x5e17907).kind, TDP_TABLE, "table");
}

Test(gold_ept_noad, eptp)
{
	struct tdp_layout four = test_layout(&tdp_ept_noad, 48, 0), five = test_layout(&tdp_ept_noad, 49, 0), out;
	struct tdp_regs regs;
	tdp_hpa_t root = 0;

	tdp_ept_noad.regs(&five, 0x12345000, &regs);
	CHECK_EQ(regs.base, 0x12345026, "5 levels, write-back, no A/D");
	tdp_ept_noad.regs(&four, 0x12345000, &regs);
	CHECK_EQ(regs.base, 0x1234501e, "4 levels, write-back, no A/D");
	CHECK_EQ(tdp_layout_from_regs(&out, &tdp_ept_noad, &regs, &root), TDP_OK, "read back");
	CHECK_EQ(root, 0x12345000, "root");
	CHECK_EQ(out.features, TDP_CAP_EXEC_ONLY, "neither A nor D");
	CHECK_EQ(tdp_layout_from_regs(&out, &tdp_ept, &regs, &root), TDP_UNSUPPORTED, "not EPT with A/D");
	regs.base |= 0x40;
	CHECK_EQ(tdp_layout_from_regs(&out, &tdp_ept_noad, &regs, &root), TDP_UNSUPPORTED, "not this one");
	CHECK_EQ(tdp_layout_from_regs(&out, &tdp_ept, &regs, &root), TDP_OK, "EPT with A/D");
}

/* A machine without the flags: the format that needs them is refused, this one is not; one with them may be driven so, too. */
Test(gold_ept_noad, machines)
{
	struct tdp_caps caps = test_caps();
	struct tdp_layout lay;

	caps.features = 0;
	CHECK_EQ(tdp_layout_make(&lay, &tdp_ept, &caps, 48), TDP_UNSUPPORTED, "no A/D");
	CHECK_EQ(tdp_layout_make(&lay, &tdp_ept_noad, &caps, 48), TDP_OK, "no A/D");
	caps.features = TDP_CAP_HW_A | TDP_CAP_HW_D;
	CHECK_EQ(tdp_layout_make(&lay, &tdp_ept_noad, &caps, 48), TDP_OK, "A/D off");
	CHECK_EQ(lay.features, 0, "off");
}
