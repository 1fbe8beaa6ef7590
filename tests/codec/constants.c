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

/* Of all features, those that a layout has. */
static const struct {
	const struct tdp_format *format;
	unsigned gpa_bits, features;
} featured[] = {
	{&tdp_ept, 48, TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_EXEC_ONLY | TDP_CAP_MBEC | TDP_CAP_VE | TDP_CAP_SPLIT_FLUSH},
	{&tdp_ept_noad, 48, TDP_CAP_EXEC_ONLY | TDP_CAP_MBEC | TDP_CAP_VE | TDP_CAP_SPLIT_FLUSH},
	{&tdp_npt, 48, TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_NX | TDP_CAP_SPLIT_FLUSH},
	{&tdp_npt_pae, 32, TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_NX | TDP_CAP_SPLIT_FLUSH},
	{&tdp_s2_4k, 40, TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_FWB | TDP_CAP_XNX | TDP_CAP_TTST | TDP_CAP_SPLIT_FLUSH},
	{&tdp_s2_4k_lpa2, 40,
	 TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_FWB | TDP_CAP_XNX | TDP_CAP_LPA2 | TDP_CAP_TTST | TDP_CAP_SPLIT_FLUSH},
};

Test(constants, features)
{
	const struct tdp_caps caps = {.hpa_bits = 52, .leaf_levels = 7, .features = ~0u, .granules = ~0u};

	for (size_t i = 0; i < sizeof(featured) / sizeof(featured[0]); i++) {
		struct tdp_layout lay;

		CHECK_EQ(tdp_layout_make(&lay, featured[i].format, &caps, featured[i].gpa_bits), TDP_OK, "layout %zu", i);
		CHECK_EQ(lay.features, featured[i].features, "%s", featured[i].format->name);
	}
}

/* What registers do not tell is taken for as much as there can be. */
Test(constants, from_registers)
{
	static const unsigned features[] = {TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_EXEC_ONLY, TDP_CAP_EXEC_ONLY,
					    TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_NX, TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_NX};

	for (unsigned i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		const struct tdp_regs regs = {.base = bases[i].base};
		struct tdp_layout lay;
		tdp_hpa_t root;

		CHECK_EQ(tdp_layout_from_regs(&lay, bases[i].format, &regs, &root), TDP_OK, "%s", bases[i].format->name);
		CHECK_EQ(lay.hpa_bits, 52, "%s", bases[i].format->name);
		CHECK_EQ(lay.features, features[i], "%s", bases[i].format->name);
		CHECK_EQ(lay.leaf_levels, bases[i].format->leaf_levels, "%s", bases[i].format->name);
	}
}

/* Secondary processor-based VM-execution controls: 18 is EPT-violation #VE, 22 mode-based execute control; no other changes an entry. */
Test(constants, controls_of_ept)
{
	for (unsigned i = 0; i < 128; i++) {
		const struct tdp_format *format = i < 64 ? &tdp_ept : &tdp_ept_noad;
		const uint64_t bit = UINT64_C(1) << i % 64;
		const unsigned more = i % 64 == 18 ? TDP_CAP_VE : i % 64 == 22 ? TDP_CAP_MBEC : 0;
		const struct tdp_regs regs = {.base = bases[i / 64].base, .control = bit};
		struct tdp_layout lay, none;
		struct tdp_regs again;
		tdp_hpa_t root;

		CHECK_EQ(tdp_layout_from_regs(&none, format, &(struct tdp_regs){.base = regs.base}, &root), TDP_OK, "no control");
		CHECK_EQ(tdp_layout_from_regs(&lay, format, &regs, &root), TDP_OK, "%s, control %u", format->name, i % 64);
		CHECK_EQ(lay.features ^ none.features, more, "%s, control %u", format->name, i % 64);
		format->regs(&lay, root, &again);
		CHECK_EQ(again.control, more ? bit : 0, "%s, control %u", format->name, i % 64);
		CHECK_EQ(again.control_mask, 0x440000, "%s", format->name);
	}
}

/* A PAT entry with a reserved bit holds no type. */
Test(constants, pat_bytes)
{
	struct tdp_layout lay = test_layout(&tdp_npt, 48, TDP_CAP_NX);
	tdp_spte_t raw;

	for (unsigned bit = 3; bit < 8; bit++) {
		lay.pat = UINT64_C(0x0101010101010106) | UINT64_C(1) << bit;
		CHECK_EQ(-tdp_encode_leaf(&lay, 0, 0, (struct tdp_attrs){TDP_RWX, TDP_MT_WB, 0, 0}, &raw), -TDP_UNSUPPORTED,
			 "bit %u", bit);
		CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 0, 0x12345027).why, TDP_WHY_MEMTYPE, "bit %u", bit);
	}
}
