/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A test format with the break-before-make discipline and no hardware dirty state, modelled on Arm stage 2; README.md is its manual.
 * Levels 0 to 3 are B0 to B3.
 */
#include "fake.h"

#include "attrs.h"
#include "bits.h"

#define FB_VALID   TDP_BIT(0)
#define FB_TABLE   TDP_BIT(1) /* table, or a page at level 0 */
#define FB_MEMATTR TDP_BITS(5, 2)
#define FB_R	   TDP_BIT(6)
#define FB_W	   TDP_BIT(7)
#define FB_SH	   TDP_BITS(9, 8)
#define FB_AF	   TDP_BIT(10)
#define FB_ADDR	   TDP_BITS(39, 12)
#define FB_ADDR_48 TDP_BITS(47, 12)
#define FB_XN	   TDP_BIT(54)
#define FB_SD	   TDP_BIT(55)
#define FB_HW	   TDP_BIT(56)
#define FB_MW	   TDP_BIT(57)
#define FB_D	   TDP_BIT(58)
#define FB_SW	   TDP_BITS(62, 59)
#define FB_KIND	   TDP_BITS(5, 3)

enum {
	FB_MEMATTR_SHIFT = 2,
	FB_SH_SHIFT = 8,
	FB_SW_SHIFT = 59,
	FB_HPA_BITS = 40,
	FB_GPA_BITS = 20,
	FB_CONCAT_LG2 = 2,
	FB_TOP = 3,
	FB_NO_TYPE = 16
};

static const uint8_t fb_mt_encode[TDP_MT_STAGE1 + 1] = {0xf, 0xa, FB_NO_TYPE, 5, 1, 0, FB_NO_TYPE};
#define FB_MT_LEGAL (TDP_BIT(0) | TDP_BIT(1) | TDP_BIT(5) | TDP_BIT(10) | TDP_BIT(15))

/* The memory type of a MemAttr; reserved ones are as strict as can be. */
static uint8_t fb_memtype(unsigned memattr)
{
	switch (memattr) {
	case 0xf:
		return TDP_MT_WB;
	case 0xa:
		return TDP_MT_WT;
	case 5:
		return TDP_MT_WC;
	case 1:
		return TDP_MT_UC;
	default:
		return TDP_MT_DEVICE_STRICT;
	}
}

/* Read, write and execution are independent, and no flag can be said. */
static enum tdp_result fb_encode(const struct tdp_layout *lay, bool huge, struct tdp_attrs attrs, tdp_spte_t *bits)
{
	enum tdp_result result = attrs_check(attrs, 4);
	tdp_spte_t type, sh;

	(void)lay;
	if (result != TDP_OK)
		return result;
	type = fb_mt_encode[attrs.memtype];
	if (!attrs_one_execute(attrs) || attrs.flags != 0 || type == FB_NO_TYPE)
		return TDP_UNSUPPORTED;
	sh = type < 2 ? 2 : 3;
	*bits = FB_VALID | type << FB_MEMATTR_SHIFT | sh << FB_SH_SHIFT | (tdp_spte_t)attrs.sw << FB_SW_SHIFT;
	*bits |= attrs.prot & TDP_R ? FB_R : 0;
	*bits |= attrs.prot & TDP_W ? FB_HW | FB_MW : 0;
	*bits |= attrs.prot & TDP_X ? 0 : FB_XN;
	*bits |= huge ? 0 : FB_TABLE;
	return TDP_OK;
}

static void fb_decode(const struct tdp_layout *lay, bool huge, tdp_spte_t e, struct tdp_attrs *attrs)
{
	(void)lay;
	(void)huge;
	attrs->prot = (uint8_t)((e & FB_R ? TDP_R : 0) | (e & FB_W ? TDP_W : 0) | (e & FB_XN ? 0 : TDP_X));
	attrs->memtype = fb_memtype((unsigned)((e & FB_MEMATTR) >> FB_MEMATTR_SHIFT));
	attrs->flags = 0;
	attrs->sw = (uint8_t)((e & FB_SW) >> FB_SW_SHIFT);
}

static uint8_t fb_reserved(const struct tdp_layout *lay, unsigned level, tdp_spte_t e)
{
	const bool leaf = level == 0 || !(e & FB_TABLE);
	const tdp_spte_t low = leaf ? (TDP_BIT(12 + 2 * level) - 1) & FB_ADDR : 0;

	if ((leaf && !layout_has_leaf(lay, level)) || (level == 0 && !(e & FB_TABLE)))
		return TDP_WHY_LEVEL;
	if (leaf && !(FB_MT_LEGAL >> ((e & FB_MEMATTR) >> FB_MEMATTR_SHIFT) & 1))
		return TDP_WHY_MEMTYPE;
	return layout_bad_address(lay, e & FB_ADDR_48, low) ? TDP_WHY_ADDRESS : TDP_WHY_NONE;
}

/* Up to four root tables in a row. Hardware dirty state is refused by not passing it on. */
static enum tdp_misfit fb_make_layout(struct tdp_layout *out, const struct tdp_caps *caps, const struct tdp_wish *wish)
{
	const unsigned gpa_bits = wish->gpa_bits;

	if (gpa_bits < FB_GPA_BITS || gpa_bits > FB_GPA_BITS + FB_CONCAT_LG2)
		return TDP_MISFIT_GPA;
	out->top_level = FB_TOP;
	out->root_concat_lg2 = (uint8_t)(gpa_bits > FB_GPA_BITS ? gpa_bits - FB_GPA_BITS : 0);
	out->gpa_bits = (uint8_t)gpa_bits;
	out->hpa_bits = caps->hpa_bits < FB_HPA_BITS ? caps->hpa_bits : FB_HPA_BITS;
	out->leaf_levels = caps->leaf_levels & 7;
	out->features = caps->features & (TDP_CAP_HW_A | TDP_CAP_SPLIT_FLUSH);
	return TDP_FITS;
}

static enum tdp_result fb_from_regs(struct tdp_layout *out, const struct tdp_regs *regs, tdp_hpa_t *root)
{
	const uint64_t gpa_bits = 64 - regs->control;

	if ((regs->base & ~FB_ADDR) || regs->control > 64 - FB_GPA_BITS || gpa_bits > FB_GPA_BITS + FB_CONCAT_LG2)
		return TDP_INVALID;
	out->top_level = FB_TOP;
	out->root_concat_lg2 = (uint8_t)(gpa_bits > FB_GPA_BITS ? gpa_bits - FB_GPA_BITS : 0);
	out->gpa_bits = (uint8_t)gpa_bits;
	out->hpa_bits = FB_HPA_BITS;
	out->leaf_levels = 7;
	*root = regs->base;
	return TDP_OK;
}

static void fb_regs(const struct tdp_layout *lay, tdp_hpa_t root, struct tdp_regs *out)
{
	*out = (struct tdp_regs){.base = root, .control = 64 - (uint64_t)lay->gpa_bits, .control_mask = 0x3f};
}

TDP_FORMAT(tdp_fake_b) = {
	.name = "FAKE-B",
	.level_names = {"B0", "B1", "B2", "B3"},
	.page_lg2 = 12,
	.index_bits = 2,
	.max_levels = 4,
	.min_levels = 2, /* tests make shallow trees by hand */
	.concat_lg2_max = FB_CONCAT_LG2,
	.discipline = TDP_BREAK_BEFORE_MAKE,
	.level_skew = 3,
	.sw_bits = 4,
	.wd_shift = 51,
	.leaf_levels = 7,

	.empty = 0,
	.frozen = TDP_BIT(3),
	.dead = TDP_BIT(4) | TDP_BIT(3),
	.note = TDP_BIT(4),

	.present = FB_VALID,
	.foreign_present = FB_VALID,
	.frozen_mask = FB_VALID | TDP_BIT(5) | TDP_BIT(3),
	.frozen_tag = TDP_BIT(3),
	.note_mask = FB_VALID | FB_KIND,
	.note_tag = TDP_BIT(4),
	.leaf_mask = FB_TABLE,
	.leaf_tag = 0,
	.table_bits = {[1] = FB_VALID | FB_TABLE, [2] = FB_VALID | FB_TABLE, [3] = FB_VALID | FB_TABLE},
	.addr = FB_ADDR,

	.w = FB_W,
	.w_grant = FB_W,
	.w_grant_hd = FB_W,
	.d_write = FB_W,
	.hw = FB_HW,
	.mw = FB_MW,
	.sd = FB_SD,
	.a = FB_AF,
	.d = FB_D | FB_W,
	.w_is_d = FB_W,

	.encode = fb_encode,
	.decode = fb_decode,
	.reserved = fb_reserved,
	.make_layout = fb_make_layout,
	.from_regs = fb_from_regs,
	.regs = fb_regs,
};

_Static_assert(12 + 2 * 4 == FB_GPA_BITS, "four levels of two bits over 4 KiB pages");
_Static_assert(FB_W << 51 == FB_D, "wd_shift takes W over into the software dirty bit");
TDP_DISJOINT(FB_SD | FB_HW | FB_MW | FB_D, FB_SW | FB_XN | FB_ADDR_48 | TDP_BITS(11, 0));
TDP_DISJOINT(FB_SW, FB_XN | FB_ADDR_48 | FB_SH | FB_AF);

#ifdef TDP_BUILD_ENGINE
#define TDP_INSTANCE tdp_fake_b
#include "instance.h"
#endif
