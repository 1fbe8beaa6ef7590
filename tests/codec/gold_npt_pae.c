/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NPT of a host in legacy PAE mode, written as the numbers that the bit tables give: APM vol. 2, 5.2.3 for hardware's bits; ours are 9
 * (host-writable), 10 (MMU-writable) and 11 (written since mapped), and there are none for the caller.
 */
#include "layouts.h"

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
	{{TDP_RWX, TDP_MT_WB, TDP_ATTR_SUPERVISOR, 0}, 0x12345623},
};

Test(gold_npt_pae, pages)
{
	struct tdp_layout lay = test_layout(&tdp_npt_pae, 32, TDP_CAP_NX);
	const struct tdp_attrs rwx = {TDP_RWX, TDP_MT_WB, 0, 0}, mine = {TDP_RWX, TDP_MT_WB, 0, 1};
	tdp_spte_t raw;

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		CHECK_EQ(test_leaf(&lay, 0, 0x12345000, pages[i].attrs), pages[i].raw, "vector %zu", i);
	CHECK_EQ(test_leaf(&lay, 1, 0x40200000, rwx), 0x402006a7, "PDE");
	CHECK_EQ(test_leaf(&lay, 0, 0x312345678000, rwx), 0x312345678627, "memory above 4 GiB");
	CHECK_EQ(-tdp_encode_leaf(&lay, 2, 0x40000000, rwx, &raw), -TDP_UNSUPPORTED, "no leaves of 1G");
	CHECK_EQ(-tdp_encode_leaf(&lay, 0, 0x1000, mine, &raw), -TDP_UNSUPPORTED, "no bits for the caller");
}

Test(gold_npt_pae, leaf_in_words)
{
	struct tdp_layout lay = test_layout(&tdp_npt_pae, 32, TDP_CAP_NX);
	/* RW cleared, HW and MW kept, D (bit 6) and SD set, NX. */
	struct tdp_entry e = test_decode(&lay, TDP_OURS, 0, 0x8000000012345e65);

	CHECK_EQ(e.kind, TDP_LEAF, "kind");
	CHECK_EQ(e.hpa, 0x12345000, "hpa");
	CHECK_EQ(e.attrs.prot, TDP_RW, "granted");
	CHECK_EQ(e.live, TDP_R, "hardware");
	CHECK_EQ(e.attrs.sw, 0, "sw");
	CHECK_EQ(e.accessed, 1, "A");
	CHECK_EQ(e.dirty, 1, "D");
	CHECK_EQ(e.state, TDP_STATE_MMU_WRITABLE | TDP_STATE_WRITTEN, "state");
}

/* A root entry has no permissions and no Accessed. */
Test(gold_npt_pae, tables)
{
	struct tdp_layout lay = test_layout(&tdp_npt_pae, 32, TDP_CAP_NX);
	struct tdp_entry e = test_decode(&lay, TDP_OURS, 1, 0x68ec027);

	CHECK_EQ(tdp_npt_pae.table_bits[1], 0x27, "PDE");
	CHECK_EQ(tdp_npt_pae.table_bits[2], 1, "PDPE");
	CHECK_EQ(e.kind, TDP_TABLE, "PDE");
	CHECK_EQ(e.accessed, 1, "PDE");
	e = test_decode(&lay, TDP_OURS, 2, 0x68ec001);
	CHECK_EQ(e.kind, TDP_TABLE, "PDPE");
	CHECK_EQ(e.hpa, 0x68ec000, "PDPE");
	CHECK_EQ(e.accessed, 0, "PDPE");
	CHECK_EQ(test_decode(&lay, TDP_OURS, 3, 0x68ec027).why, TDP_WHY_LEVEL, "there is no level 3");
}

Test(gold_npt_pae, ncr3)
{
	struct tdp_layout lay = test_layout(&tdp_npt_pae, 32, TDP_CAP_NX);
	struct tdp_regs regs;

	CHECK(tdp_npt_pae.root_per_vcpu, "one root for each vCPU");
	lay.entry_or = UINT64_C(1) << 47;
	tdp_npt_pae.regs(&lay, 0xfffff3e0, &regs);
	CHECK_EQ(regs.base, 0xfffff3e0, "32 bits, none for encryption");
	CHECK_EQ(regs.control, 0, "control");
	CHECK_EQ(regs.control_mask, 0, "control_mask");
}
