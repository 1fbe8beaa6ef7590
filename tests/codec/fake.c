/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The test formats, in the numbers of tests/formats/README.md: entries rotate left by 3 bits per level.
 */
#include "layouts.h"

#include "fake.h"

static const struct tdp_attrs rwx = {TDP_RWX, TDP_MT_WB, 0, 0};

Test(fake, overwrite)
{
	struct tdp_layout lay = test_layout(&tdp_fake_o, 20, 0);
	struct tdp_regs regs;

	/* P W X = 7, A = 0x100, HW and MW = bits 53 and 54. */
	CHECK_EQ(test_leaf(&lay, 0, 0x12345000, rwx), 0x0060000012345107, "4K");
	/* 0x0060000012344187 rotated by 3 and 0x0060000012340187 rotated by 6. */
	CHECK_EQ(test_leaf(&lay, 1, 0x12344000, rwx), 0x0300000091a20c38, "16K");
	CHECK_EQ(test_leaf(&lay, 2, 0x12340000, rwx), 0x180000048d0061c0, "64K");
	CHECK_EQ(test_leaf(&lay, 0, 0x1000, (struct tdp_attrs){TDP_R, TDP_MT_WC, 0, 3}), 0x0300000000001d01, "read only, WC, sw");
	CHECK_EQ(test_leaf(&lay, 0, 0x1000, (struct tdp_attrs){TDP_RX, TDP_MT_UC, 0, 0}), 0x1505, "UC");
	CHECK_EQ(test_leaf(&lay, 0, 0x1000, (struct tdp_attrs){TDP_RX, TDP_MT_WT, 0, 0}), 0x1905, "WT");
	CHECK_EQ(test_decode(&lay, TDP_OURS, 1, UINT64_C(0x12345107) << 3).hpa, 0x12345000, "a table");
	CHECK_EQ(test_decode(&lay, TDP_OURS, 1, UINT64_C(0x12345107) << 3).kind, TDP_TABLE, "a table");
	tdp_fake_o.regs(&lay, 0x5000, &regs);
	CHECK_EQ(regs.base, 0x5003, "base");
}

Test(fake, break_before_make)
{
	struct tdp_layout lay = test_layout(&tdp_fake_b, 22, 0);
	struct tdp_regs regs;

	CHECK_EQ(test_leaf(&lay, 0, 0x12345000, rwx), 0x03000000123457ff, "4K");
	/* 0x03000000123447fd rotated by 3 and 0x03000000123407fd rotated by 6. */
	CHECK_EQ(test_leaf(&lay, 1, 0x12344000, rwx), 0x1800000091a23fe8, "16K");
	CHECK_EQ(test_leaf(&lay, 2, 0x12340000, rwx), 0xc00000048d01ff40, "64K");
	CHECK_EQ(test_leaf(&lay, 0, 0x1000, (struct tdp_attrs){TDP_W, TDP_MT_UC, 0, 15}), 0x7b40000000001687, "write only, UC, sw");
	CHECK_EQ(tdp_root_size(&lay), 128, "four root tables");
	tdp_fake_b.regs(&lay, 0x5000, &regs);
	CHECK_EQ(regs.base, 0x5000, "base");
	CHECK_EQ(regs.control, 42, "control");
	CHECK_EQ(regs.control_mask, 0x3f, "control_mask");
}

/* An entry read at the wrong level is never taken for the same mapping: what the rotation is for. */
Test(fake, levels_cannot_be_confused)
{
	const struct tdp_format *const formats[] = {&tdp_fake_o, &tdp_fake_b};

	for (unsigned f = 0; f < 2; f++) {
		struct tdp_layout lay = test_layout(formats[f], 20, 0);

		for (unsigned i = 0; i < 9; i++) {
			unsigned at = i / 3, read_at = i % 3;
			tdp_spte_t raw = test_leaf(&lay, at, 0x12340000, rwx);
			struct tdp_entry e = test_decode(&lay, TDP_OURS, read_at, raw);

			CHECK_EQ(e.kind == TDP_LEAF && e.hpa == 0x12340000, at == read_at, "%s written at %u, read at %u",
				 formats[f]->name, at, read_at);
		}
	}
}
