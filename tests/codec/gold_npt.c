/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NPT entries, written as the numbers that the bit tables give: APM vol. 2, 5.3 for hardware's bits; ours are 9 (host-writable), 10
 * (MMU-writable), 11 (written since mapped), and the caller's are 58:52.
 */
#include "layouts.h"

/* Positions 4 and 5 of this PAT hold WP and WC. */
static const uint64_t other_pat = 0x0007010500070406;

/* Leaves of the page at 0x12345000 with the power-on PAT. */
static const struct {
	struct tdp_attrs attrs;
	tdp_spte_t raw;
} pages[] = {
	{{TDP_RWX, TDP_MT_WB, 0, 0}, 0x12345627},
	{{TDP_RX, TDP_MT_WB, 0, 0}, 0x12345025},
	{{TDP_RW, TDP_MT_WB, 0, 0}, 0x8000000012345627},
	{{TDP_R, TDP_MT_WB, 0, 0}, 0x8000000012345025},
	{{TDP_RWX, TDP_MT_WT, 0, 0}, 0x1234562f},
	{{TDP_RWX, TDP_MT_UC, 0, 0}, 0x1234563f},
	{{TDP_RWX, TDP_MT_DEVICE_STRICT, 0, 0}, 0x1234563f},
	{{TDP_RWX, TDP_MT_WB, TDP_ATTR_SUPERVISOR, 0}, 0x12345623},
	{{TDP_RWX, TDP_MT_WB, 0, 1}, 0x0010000012345627},
	{{TDP_RWX, TDP_MT_WB, 0, 0x40}, 0x0400000012345627},
	{{TDP_RWX, TDP_MT_WB, 0, 0x7f}, 0x07f0000012345627},
};

Test(gold_npt, pages)
{
	struct tdp_layout lay = test_layout(&tdp_npt, 48, TDP_CAP_NX);

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		CHECK_EQ(test_leaf(&lay, 0, 0x12345000, pages[i].attrs), pages[i].raw, "vector %zu", i);
}

Test(gold_npt, leaves_by_level)
{
	const struct tdp_attrs rwx = {TDP_RWX, TDP_MT_WB, 0, 0};
	struct tdp_layout lay = test_layout(&tdp_npt, 48, TDP_CAP_NX);

	CHECK_EQ(test_leaf(&lay, 0, 0x40201000, rwx), 0x40201627, "PTE");
	CHECK_EQ(test_leaf(&lay, 1, 0x40200000, rwx), 0x402006a7, "PDE");
	CHECK_EQ(test_leaf(&lay, 2, 0x40000000, rwx), 0x400006a7, "PDPE");
	lay.entry_or = UINT64_C(1) << 47;
	CHECK_EQ(test_leaf(&lay, 1, 0x40200000, rwx), 0x8000402006a7, "with an encryption bit");
	CHECK_EQ(test_decode(&lay, TDP_OURS, 1, 0x8000402006a7).hpa, 0x40200000, "which is no address bit");
}

/* The PAT bit is bit 7 of a 4K leaf and bit 12 of a larger one. */
Test(gold_npt, other_pat)
{
	const struct tdp_attrs wp = {TDP_RWX, TDP_MT_WP, 0, 0}, wc = {TDP_RWX, TDP_MT_WC, 0, 0};
	struct tdp_layout lay = test_layout(&tdp_npt, 48, TDP_CAP_NX);
	struct tdp_entry e;
	tdp_spte_t raw;

	CHECK_EQ(tdp_encode_leaf(&lay, 0, 0x1000, wp, &raw), TDP_UNSUPPORTED, "no WP at power-on");
	CHECK_EQ(tdp_encode_leaf(&lay, 0, 0x1000, wc, &raw), TDP_UNSUPPORTED, "no WC at power-on");
	lay.pat = other_pat;
	CHECK_EQ(test_leaf(&lay, 0, 0x12345000, wp), 0x123456a7, "WP, 4K");
	CHECK_EQ(test_leaf(&lay, 0, 0x12345000, wc), 0x123456af, "WC, 4K");
	CHECK_EQ(test_leaf(&lay, 1, 0x40200000, wp), 0x402016a7, "WP, 2M");
	CHECK_EQ(test_leaf(&lay, 2, 0x40000000, wc), 0x400016af, "WC, 1G");
	e = test_decode(&lay, TDP_OURS, 1, 0x402016a7);
	CHECK_EQ(e.hpa, 0x40200000, "PAT is no address bit");
	CHECK_EQ(e.attrs.memtype, TDP_MT_WP, "type");
	CHECK_EQ(test_decode(&lay, TDP_OURS, 0, 0x12345637).attrs.memtype, TDP_MT_UC, "UC- reads as UC");
}

Test(gold_npt, leaf_in_words)
{
	struct tdp_layout lay = test_layout(&tdp_npt, 48, TDP_CAP_NX);
	/* RW cleared, HW and MW kept, D (bit 6) and SD set, NX, sw = 0x21. */
	struct tdp_entry e = test_decode(&lay, TDP_OURS, 0, 0x8210000012345e65);

	CHECK_EQ(e.kind, TDP_LEAF, "kind");
	CHECK_EQ(e.hpa, 0x12345000, "hpa");
	CHECK_EQ(e.size, 0x1000, "size");
	CHECK_EQ(e.attrs.prot, TDP_RW, "granted");
	CHECK_EQ(e.live, TDP_R, "hardware");
	CHECK_EQ(e.attrs.sw, 0x21, "sw");
	CHECK_EQ(e.accessed, 1, "A");
	CHECK_EQ(e.dirty, 1, "D");
	CHECK_EQ(e.state, TDP_STATE_MMU_WRITABLE | TDP_STATE_WRITTEN, "state");
}

Test(gold_npt, tables)
{
	struct tdp_layout lay = test_layout(&tdp_npt, 48, TDP_CAP_NX);

	for (unsigned level = 1; level < 4; level++) {
		struct tdp_entry e = test_decode(&lay, TDP_OURS, level, 0x68ec027);

		CHECK_EQ(e.kind, TDP_TABLE, "level %u", level);
		CHECK_EQ(e.hpa, 0x68ec000, "level %u", level);
		CHECK_EQ(e.accessed, 1, "level %u", level);
		CHECK_EQ(tdp_npt.table_bits[level], 0x27, "level %u", level);
	}
}

/* Entries that KVM of Linux 6.1 wrote on an AMD model. */
Test(gold_npt, foreign)
{
	struct tdp_layout lay = test_layout(&tdp_npt, 48, TDP_CAP_NX);
	struct tdp_entry e = test_decode(&lay, TDP_FOREIGN, 0, 0x6207e67);

	CHECK_EQ(e.kind, TDP_LEAF, "kind");
	CHECK_EQ(e.hpa, 0x6207000, "hpa");
	CHECK_EQ(e.attrs.prot, TDP_RWX, "prot");
	CHECK_EQ(e.attrs.memtype, TDP_MT_WB, "type");
	CHECK_EQ(e.accessed, 1, "A");
	CHECK_EQ(e.dirty, 1, "D");
	CHECK_EQ(e.state, 0, "state");
	e = test_decode(&lay, TDP_FOREIGN, 0, 0x6207e65);
	CHECK_EQ(e.attrs.prot, TDP_RX, "write-protected: bit 9 is not believed");
	e = test_decode(&lay, TDP_FOREIGN, 3, 0x68ee827);
	CHECK_EQ(e.kind, TDP_TABLE, "kind");
	CHECK_EQ(e.hpa, 0x68ee000, "hpa");
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 0, 0x5a0).kind, TDP_EMPTY, "KVM's removed entry");
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 0, 0x0400000006207e67).attrs.sw, 0, "sw");
}

Test(gold_npt, ncr3)
{
	struct tdp_layout lay = test_layout(&tdp_npt, 48, TDP_CAP_NX);
	struct tdp_regs regs;

	tdp_npt.regs(&lay, 0x12345000, &regs);
	CHECK_EQ(regs.base, 0x12345000, "base");
	CHECK_EQ(regs.control, 0, "control");
	CHECK_EQ(regs.control_mask, 0x1000, "CR4.LA57");
	lay.entry_or = UINT64_C(1) << 47;
	tdp_npt.regs(&lay, 0x12345000, &regs);
	CHECK_EQ(regs.base, 0x800012345000, "the root is encrypted too");
	lay = test_layout(&tdp_npt, 57, TDP_CAP_NX);
	tdp_npt.regs(&lay, 0x12345000, &regs);
	CHECK_EQ(regs.base, 0x12345000, "base");
	CHECK_EQ(regs.control, 0x1000, "CR4.LA57");
}
