/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The numbers of every format, and of its registers bit by bit, as the manuals have them.
 */
#include "layouts.h"

static const struct {
	const struct tdp_format *format;
	unsigned page_lg2, index_bits, max_levels, min_levels, usual_levels, concat_lg2_max, root_bits, discipline, sw_bits,
		leaf_levels, features;
} numbers[] = {
	{&tdp_ept, 12, 9, 5, 4, 4, 0, 0, TDP_OVERWRITE, 4, 7, TDP_CAP_HW_A | TDP_CAP_HW_D},
	{&tdp_ept_noad, 12, 9, 5, 4, 4, 0, 0, TDP_OVERWRITE, 1, 7, 0},
	{&tdp_npt, 12, 9, 5, 4, 4, 0, 0, TDP_OVERWRITE, 7, 7, TDP_CAP_HW_A | TDP_CAP_HW_D},
	{&tdp_npt_pae, 12, 9, 3, 3, 0, 0, 2, TDP_OVERWRITE, 0, 3, TDP_CAP_HW_A | TDP_CAP_HW_D},
	{&tdp_s2_4k, 12, 9, 4, 1, 0, 4, 0, TDP_BREAK_BEFORE_MAKE, 4, 7, 0},
	{&tdp_s2_16k, 14, 11, 3, 1, 0, 4, 0, TDP_BREAK_BEFORE_MAKE, 4, 3, 0},
	{&tdp_s2_64k, 16, 13, 3, 1, 0, 4, 0, TDP_BREAK_BEFORE_MAKE, 4, 3, 0},
	{&tdp_s2_4k_lpa2, 12, 9, 5, 1, 0, 4, 0, TDP_BREAK_BEFORE_MAKE, 4, 15, 0},
	{&tdp_s2_16k_lpa2, 14, 11, 4, 1, 0, 4, 0, TDP_BREAK_BEFORE_MAKE, 4, 7, 0},
	{&tdp_s2_64k_lpa, 16, 13, 3, 1, 0, 4, 0, TDP_BREAK_BEFORE_MAKE, 4, 7, 0},
};

Test(constants, geometry)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct tdp_format *f = numbers[i].format;

		CHECK_EQ(f->page_lg2, numbers[i].page_lg2, "%s", f->name);
		CHECK_EQ(f->index_bits, numbers[i].index_bits, "%s", f->name);
		CHECK_EQ(f->max_levels, numbers[i].max_levels, "%s", f->name);
		CHECK_EQ(f->min_levels, numbers[i].min_levels, "%s", f->name);
		CHECK_EQ(f->usual_levels, numbers[i].usual_levels, "%s", f->name);
		CHECK_EQ(f->concat_lg2_max, numbers[i].concat_lg2_max, "%s", f->name);
		CHECK_EQ(f->root_bits, numbers[i].root_bits, "%s", f->name);
		CHECK_EQ(f->discipline, numbers[i].discipline, "%s", f->name);
		CHECK_EQ(f->sw_bits, numbers[i].sw_bits, "%s", f->name);
		CHECK_EQ(f->leaf_levels, numbers[i].leaf_levels, "%s", f->name);
		CHECK_EQ(f->features, numbers[i].features, "%s", f->name);
		CHECK_EQ(f->level_skew, 0, "%s", f->name);
		CHECK_EQ(f->root_per_vcpu, f == &tdp_npt_pae, "%s", f->name);
	}
}

/* The base register of a root at 0, with one more bit set: refused, or part of the root's address, or neither. */
static const struct {
	const struct tdp_format *format;
	uint64_t base, refused, root;
} bases[] = {
	/* 6: write-back; 3 << 3: four levels; bit 6: accessed and dirty flags. Bit 7, the shadow stack control, is the embedder's. */
	{&tdp_ept, 0x5e, 0xfff0000000000f00, 0x000ffffffffff000},
	{&tdp_ept_noad, 0x1e, 0xfff0000000000f00, 0x000ffffffffff000},
	/* 11:0 are a PCID, or PWT and PCD. */
	{&tdp_npt, 0, 0xfff0000000000000, 0x000ffffffffff000},
	{&tdp_npt_pae, 0, 0xffffffff00000000, 0x00000000ffffffe0},
};

Test(constants, base_registers)
{
	for (unsigned i = 0; i < 64 * sizeof(bases) / sizeof(bases[0]); i++) {
		const uint64_t bit = UINT64_C(1) << i % 64, control_of_format = bases[i / 64].base & 0x7f;
		const struct tdp_regs regs = {.base = bases[i / 64].base | bit};
		struct tdp_layout lay;
		tdp_hpa_t root = 1;
		enum tdp_result result;

		/* These say something else. */
		if (control_of_format && i % 64 < 7)
			continue;
		result = tdp_layout_from_regs(&lay, bases[i / 64].format, &regs, &root);
		CHECK_EQ(result == TDP_INVALID, (bases[i / 64].refused & bit) != 0, "%s, bit %u", bases[i / 64].format->name,
			 i % 64);
		if (result == TDP_OK)
			CHECK_EQ(root, bases[i / 64].root & bit, "%s, bit %u", bases[i / 64].format->name, i % 64);
	}
}
