/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A test format with the overwrite discipline, modelled on NPT; README.md is its manual. Levels 0 to 3 are F0 to F3.
 */
#include "fake.h"

#include "attrs.h"
#include "bits.h"

#define FO_P	   TDP_BIT(0)
#define FO_W	   TDP_BIT(1)
#define FO_X	   TDP_BIT(2)
#define FO_LEAF	   TDP_BIT(7) /* above level 0 */
#define FO_A	   TDP_BIT(8)
#define FO_D	   TDP_BIT(9)
#define FO_MT	   TDP_BITS(11, 10)
#define FO_ADDR	   TDP_BITS(39, 12)
#define FO_HW	   TDP_BIT(53)
#define FO_MW	   TDP_BIT(54)
#define FO_SD	   TDP_BIT(55)
#define FO_SW	   TDP_BITS(57, 56)
#define FO_RSVD	   (TDP_BITS(6, 3) | TDP_BITS(52, 40) | TDP_BITS(63, 58))

#define FO_EMPTY   TDP_BIT(63)
#define FO_PAYLOAD TDP_BITS(51, 12)
#define FO_KIND	   TDP_BITS(5, 3)
#define FO_TABLE   (FO_P | FO_W | FO_X | FO_A)

enum { FO_MT_SHIFT = 10, FO_SW_SHIFT = 56, FO_MT_NONE = 4, FO_HPA_BITS = 40, FO_GPA_BITS = 20, FO_TOP = 3 };

static const uint8_t fo_mt_decode[4] = {TDP_MT_WB, TDP_MT_UC, TDP_MT_WT, TDP_MT_WC};
static const uint8_t fo_mt_encode[TDP_MT_STAGE1 + 1] = {0, 2, FO_MT_NONE, 3, 1, 1, FO_MT_NONE};

/* A present entry can always be read, and no flag can be said. */
static enum tdp_result fo_encode(const struct tdp_layout *lay, bool huge, struct tdp_attrs attrs, tdp_spte_t *bits)
{
	enum tdp_result result = attrs_check(attrs, 2);
	tdp_spte_t mt;

	(void)lay;
	if (result != TDP_OK)
		return result;
	mt = fo_mt_encode[attrs.memtype];
	if (!(attrs.prot & TDP_R) || !attrs_one_execute(attrs) || attrs.flags != 0 || mt == FO_MT_NONE)
		return TDP_UNSUPPORTED;
	*bits = FO_P | mt << FO_MT_SHIFT | (tdp_spte_t)attrs.sw << FO_SW_SHIFT;
	*bits |= attrs.prot & TDP_W ? FO_HW | FO_MW : 0;
	*bits |= attrs.prot & TDP_X ? FO_X : 0;
	*bits |= huge ? FO_LEAF : 0;
	return TDP_OK;
}

/* DEVICE_STRICT reads back as UC. */
static void fo_decode(const struct tdp_layout *lay, bool huge, tdp_spte_t e, struct tdp_attrs *attrs)
{
	(void)lay;
	(void)huge;
	attrs->prot = (uint8_t)(TDP_R | (e & FO_W ? TDP_W : 0) | (e & FO_X ? TDP_X : 0));
	attrs->memtype = fo_mt_decode[(e & FO_MT) >> FO_MT_SHIFT];
	attrs->flags = 0;
	attrs->sw = (uint8_t)((e & FO_SW) >> FO_SW_SHIFT);
}

/* All four memory types are legal, and so is every permission. */
static uint8_t fo_reserved(const struct tdp_layout *lay, unsigned level, tdp_spte_t e)
{
	const bool leaf = level == 0 || (e & FO_LEAF);
	const tdp_spte_t low = leaf ? (TDP_BIT(12 + 2 * level) - 1) & FO_ADDR : 0;
	const tdp_spte_t bad = FO_RSVD | (leaf ? 0 : FO_D | FO_MT) | (level == 0 ? FO_LEAF : 0);

	if (leaf && !layout_has_leaf(lay, level))
		return TDP_WHY_LEVEL;
	if (layout_bad_address(lay, e & FO_ADDR, low))
		return TDP_WHY_ADDRESS;
	if (!leaf && !(e & FO_A))
		return TDP_WHY_BITS;
	return e & bad & ~lay->entry_or ? TDP_WHY_BITS : TDP_WHY_NONE;
}

/* One geometry; hosts wider than the address field count as 40 bits. */
static enum tdp_misfit fo_make_layout(struct tdp_layout *out, const struct tdp_caps *caps, const struct tdp_wish *wish)
{
	const unsigned gpa_bits = wish->gpa_bits;

	if (gpa_bits > FO_GPA_BITS)
		return TDP_MISFIT_GPA;
	out->top_level = FO_TOP;
	out->gpa_bits = (uint8_t)gpa_bits;
	out->hpa_bits = caps->hpa_bits < FO_HPA_BITS ? caps->hpa_bits : FO_HPA_BITS;
	out->leaf_levels = caps->leaf_levels & 7;
	out->features = TDP_CAP_HW_A | TDP_CAP_HW_D | (caps->features & TDP_CAP_SPLIT_FLUSH);
	return TDP_FITS;
}

/* The low bits of the base must say four levels. */
static enum tdp_result fo_from_regs(struct tdp_layout *out, const struct tdp_regs *regs, tdp_hpa_t *root)
{
	if ((regs->base & ~FO_ADDR) != FO_TOP)
		return TDP_INVALID;
	out->top_level = FO_TOP;
	out->gpa_bits = FO_GPA_BITS;
	out->hpa_bits = FO_HPA_BITS;
	out->leaf_levels = 7;
	out->features = TDP_CAP_HW_A | TDP_CAP_HW_D;
	*root = regs->base & FO_ADDR;
	return TDP_OK;
}

static void fo_regs(const struct tdp_layout *lay, tdp_hpa_t root, struct tdp_regs *out)
{
	*out = (struct tdp_regs){.base = root | lay->top_level};
}

TDP_FORMAT(tdp_fake_o) = {
	.name = "FAKE-O",
	.level_names = {"F0", "F1", "F2", "F3"},
	.page_lg2 = 12,
	.index_bits = 2,
	.max_levels = 4,
	.min_levels = 2, /* tests make shallow trees by hand */
	.discipline = TDP_OVERWRITE,
	.level_skew = 3,
	.sw_bits = 2,
	.leaf_levels = 7,
	.features = TDP_CAP_HW_A | TDP_CAP_HW_D,

	.empty = FO_EMPTY,
	.frozen = FO_EMPTY | FO_PAYLOAD | TDP_BIT(3),
	.dead = FO_EMPTY | FO_PAYLOAD | TDP_BIT(4) | TDP_BIT(3),
	.note = FO_EMPTY | FO_PAYLOAD | TDP_BIT(4),
	.payload_invert = FO_PAYLOAD,

	.present = FO_P,
	.foreign_present = FO_P,
	.frozen_mask = FO_P | TDP_BIT(5) | TDP_BIT(3),
	.frozen_tag = TDP_BIT(3),
	.note_mask = FO_P | FO_KIND,
	.note_tag = TDP_BIT(4),
	.leaf_mask = FO_LEAF,
	.leaf_tag = FO_LEAF,
	.table_bits = {[1] = FO_TABLE, [2] = FO_TABLE, [3] = FO_TABLE},
	.addr = FO_ADDR,

	.w = FO_W,
	.w_grant = FO_W | FO_D,
	.w_grant_hd = FO_W,
	.d_write = FO_D,
	.hw = FO_HW,
	.mw = FO_MW,
	.sd = FO_SD,
	.a = FO_A,
	.d = FO_D,

	.encode = fo_encode,
	.decode = fo_decode,
	.reserved = fo_reserved,
	.make_layout = fo_make_layout,
	.from_regs = fo_from_regs,
	.regs = fo_regs,
};

_Static_assert(12 + 2 * 4 == FO_GPA_BITS, "four levels of two bits over 4 KiB pages");
_Static_assert(FO_TABLE == 0x107, "table entry: P, W, X and A");
TDP_DISJOINT(FO_HW | FO_MW | FO_SD, FO_SW);
TDP_DISJOINT(FO_HW | FO_MW | FO_SD | FO_SW, FO_RSVD | FO_ADDR | TDP_BITS(11, 0));

#ifdef TDP_BUILD_ENGINE
#define TDP_INSTANCE tdp_fake_o
#include "instance.h"
#endif
