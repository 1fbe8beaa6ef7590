/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm stage-2 translation tables, VMSAv8-64 with the 4 KiB granule and 48-bit descriptors: Arm ARM, D8 "The AArch64 Virtual Memory
 * System Architecture". The manual's levels 3, 2, 1 and 0 are our levels 0, 1, 2 and 3.
 *
 * Geometry: an IPA size of up to 34 bits starts at our level 1, up to 43 at our level 2, up to 48 at our level 3; up to 16 root
 * tables in a row are preferred to one more level, which would cost every walk a load.
 * Memory types with FEAT_S2FWB are always forced (that is what the feature is for; only TDP_MT_STAGE1 leaves the choice to stage 1), so
 * TDP_ATTR_FORCE_MT adds nothing there and is not reported back; without FWB it cannot be said.
 * Deviations: no 52-bit addresses (FEAT_LPA2), no contiguous hint, bits 62:59 are the caller's because our VTCR_EL2 keeps HWU59-62 at 0.
 */
#include "attrs.h"
#include "bits.h"

#define S2_VALID    TDP_BIT(0)
#define S2_TABLE    TDP_BIT(1) /* table, or a page at our level 0 */
#define S2_MEMATTR  TDP_BITS(5, 2)
#define S2_S2AP_R   TDP_BIT(6)
#define S2_S2AP_W   TDP_BIT(7)
#define S2_SH	    TDP_BITS(9, 8)
#define S2_SH_OUTER (UINT64_C(2) << 8)
#define S2_SH_INNER (UINT64_C(3) << 8)
#define S2_AF	    TDP_BIT(10)
#define S2_NT	    TDP_BIT(16) /* a block's, FEAT_BBM level 1 */
#define S2_ADDR	    TDP_BITS(47, 12)
#define S2_ADDR_52  TDP_BITS(49, 48) /* address bits only with FEAT_LPA2 */
#define S2_DBM	    TDP_BIT(51)
#define S2_XN	    TDP_BITS(54, 53)
#define S2_SD	    TDP_BIT(55) /* ours: written since mapped */
#define S2_HW	    TDP_BIT(56) /* ours: host-writable */
#define S2_MW	    TDP_BIT(57) /* ours: MMU-writable */
#define S2_D	    TDP_BIT(58) /* ours: software dirty */
#define S2_SW	    TDP_BITS(62, 59)
#define S2_PAYLOAD  TDP_BITS(51, 12)
#define S2_KIND	    TDP_BITS(5, 3)

/* VTCR_EL2 fields that a layout decides. HWU59-62, DS and SL2 are among them because descriptors rely on their being 0. */
#define VTCR_T0SZ	TDP_BITS(5, 0)
#define VTCR_SL0	TDP_BITS(7, 6)
#define VTCR_IRGN0	TDP_BITS(9, 8)
#define VTCR_IRGN0_WBWA (UINT64_C(1) << 8)
#define VTCR_ORGN0	TDP_BITS(11, 10)
#define VTCR_ORGN0_WBWA (UINT64_C(1) << 10)
#define VTCR_SH0	TDP_BITS(13, 12)
#define VTCR_SH0_INNER	(UINT64_C(3) << 12)
#define VTCR_TG0	TDP_BITS(15, 14)
#define VTCR_TG0_RSVD	TDP_BITS(15, 14)
#define VTCR_PS		TDP_BITS(18, 16)
#define VTCR_HA		TDP_BIT(21)
#define VTCR_HD		TDP_BIT(22)
#define VTCR_HWU	TDP_BITS(28, 25)
#define VTCR_RES1	TDP_BIT(31)
#define VTCR_DS		TDP_BIT(32)
#define VTCR_SL2	TDP_BIT(33)
#define VTCR_DECIDED                                                                                                               \
	(VTCR_T0SZ | VTCR_SL0 | VTCR_IRGN0 | VTCR_ORGN0 | VTCR_SH0 | VTCR_TG0 | VTCR_PS | VTCR_HA | VTCR_HD | VTCR_HWU |           \
	 VTCR_RES1 | VTCR_DS | VTCR_SL2)
#define VTTBR_BADDR TDP_BITS(47, 1)

enum { S2_MEMATTR_SHIFT = 2, S2_XN_SHIFT = 53, S2_SW_SHIFT = 59, S2_NO_TYPE = 16, VTCR_SL0_SHIFT = 6, VTCR_PS_SHIFT = 16 };

/* MemAttr without FWB: outer policy in [3:2] (0: Device), inner in [1:0]; 4, 8 and 12 are reserved. The weaker policy is reported. */
static const uint8_t s2_mt_decode[16] = {TDP_MT_DEVICE_STRICT,
					 TDP_MT_UC,
					 TDP_MT_UC,
					 TDP_MT_UC,
					 TDP_MT_UC,
					 TDP_MT_WC,
					 TDP_MT_WC,
					 TDP_MT_WC,
					 TDP_MT_UC,
					 TDP_MT_WC,
					 TDP_MT_WT,
					 TDP_MT_WT,
					 TDP_MT_UC,
					 TDP_MT_WC,
					 TDP_MT_WT,
					 TDP_MT_WB};
static const uint8_t s2_mt_encode[TDP_MT_STAGE1 + 1] = {0xf, 0xa, S2_NO_TYPE, 5, 1, 0, S2_NO_TYPE};
#define S2_MT_RESERVED (TDP_BIT(4) | TDP_BIT(8) | TDP_BIT(12))

/* MemAttr with FWB, bit 3 being 0: 0xx Device, 101 Non-cacheable, 110 Write-Back, 111 stage 1; 4 is reserved. */
static const uint8_t s2_fwb_decode[16] = {TDP_MT_DEVICE_STRICT,
					  TDP_MT_UC,
					  TDP_MT_UC,
					  TDP_MT_UC,
					  TDP_MT_UC,
					  TDP_MT_WC,
					  TDP_MT_WB,
					  TDP_MT_STAGE1,
					  TDP_MT_UC,
					  TDP_MT_UC,
					  TDP_MT_UC,
					  TDP_MT_UC,
					  TDP_MT_UC,
					  TDP_MT_UC,
					  TDP_MT_UC,
					  TDP_MT_UC};
static const uint8_t s2_fwb_encode[TDP_MT_STAGE1 + 1] = {6, S2_NO_TYPE, S2_NO_TYPE, 5, 1, 0, 7};
#define S2_FWB_RESERVED (TDP_BIT(4) | TDP_BITS(15, 8))

/* XN[1:0] by (XU, XS) and back: 00 both, 01 EL0 only, 10 none, 11 EL1 only. Without FEAT_XNX only 00 and 10 exist. */
static const uint8_t s2_xn_encode[4] = {2, 3, 1, 0};
static const uint8_t s2_xn_decode[4] = {TDP_X, TDP_XU, 0, TDP_XS};

/* Widths of output addresses by VTCR_EL2.PS; 52 bits count as 48 without FEAT_LPA2, 7 is reserved. */
static const uint8_t s2_ps_bits[8] = {32, 36, 40, 42, 44, 48, 48, 0};

/* Hardware ignores SH of Device memory and acts as outer shareable: the leaf says so. Normal memory is shared by all CPUs. */
static enum tdp_result s2_encode(const struct tdp_layout *lay, bool huge, struct tdp_attrs attrs, tdp_spte_t *bits)
{
	const bool fwb = lay->features & TDP_CAP_FWB;
	enum tdp_result result = attrs_check(attrs, 4);
	tdp_spte_t type;

	if (result != TDP_OK)
		return result;
	type = fwb ? s2_fwb_encode[attrs.memtype] : s2_mt_encode[attrs.memtype];
	if (type == S2_NO_TYPE || (attrs.flags & (TDP_ATTR_SUPERVISOR | TDP_ATTR_VE)))
		return TDP_UNSUPPORTED;
	if ((attrs.flags & TDP_ATTR_FORCE_MT) && (!fwb || attrs.memtype == TDP_MT_STAGE1))
		return TDP_UNSUPPORTED;
	if (!attrs_one_execute(attrs) && !(lay->features & TDP_CAP_XNX))
		return TDP_UNSUPPORTED;

	*bits = S2_VALID | type << S2_MEMATTR_SHIFT | (tdp_spte_t)attrs.sw << S2_SW_SHIFT;
	*bits |= attrs.memtype == TDP_MT_UC || attrs.memtype == TDP_MT_DEVICE_STRICT ? S2_SH_OUTER : S2_SH_INNER;
	*bits |= attrs.prot & TDP_R ? S2_S2AP_R : 0;
	*bits |= attrs.prot & TDP_W ? S2_HW | S2_MW : 0;
	*bits |= (tdp_spte_t)s2_xn_encode[(attrs.prot & TDP_X) >> 2] << S2_XN_SHIFT;
	*bits |= huge ? 0 : S2_TABLE;
	return TDP_OK;
}

/* DBM lets writes through only where hardware sets dirty; XN[0] counts only with FEAT_XNX. */
TDP_INLINE void s2_decode(const struct tdp_layout *lay, bool huge, tdp_spte_t e, struct tdp_attrs *attrs)
{
	const tdp_spte_t writable = S2_S2AP_W | (lay->features & TDP_CAP_HW_D ? S2_DBM : 0);
	const unsigned xn = (unsigned)(e >> S2_XN_SHIFT) & (lay->features & TDP_CAP_XNX ? 3 : 2);
	const unsigned type = (unsigned)((e & S2_MEMATTR) >> S2_MEMATTR_SHIFT);

	(void)huge;
	attrs->prot = (uint8_t)((e & S2_S2AP_R ? TDP_R : 0) | (e & writable ? TDP_W : 0) | s2_xn_decode[xn]);
	attrs->memtype = lay->features & TDP_CAP_FWB ? s2_fwb_decode[type] : s2_mt_decode[type];
	attrs->flags = 0;
	attrs->sw = (uint8_t)((e & S2_SW) >> S2_SW_SHIFT);
}

/* Encodings that give a translation or address size fault, and reserved ones that no correct hypervisor writes. */
static uint8_t s2_reserved(const struct tdp_layout *lay, unsigned level, tdp_spte_t e)
{
	const bool leaf = level == 0 || !(e & S2_TABLE);
	const tdp_spte_t low = leaf ? (TDP_BIT(12 + 9 * level) - 1) & S2_ADDR & ~S2_NT : 0;
	const tdp_spte_t bad_types = lay->features & TDP_CAP_FWB ? S2_FWB_RESERVED : S2_MT_RESERVED;

	if ((leaf && !layout_has_leaf(lay, level)) || (level == 0 && !(e & S2_TABLE)))
		return TDP_WHY_LEVEL;
	if (leaf && (bad_types >> ((e & S2_MEMATTR) >> S2_MEMATTR_SHIFT) & 1))
		return TDP_WHY_MEMTYPE;
	return layout_bad_address(lay, e & (S2_ADDR | S2_ADDR_52), low) ? TDP_WHY_ADDRESS : TDP_WHY_NONE;
}

/* The level from which an IPA size is walked, and log2 of the root tables in a row there. */
static unsigned s2_start(unsigned gpa_bits, unsigned *concat_lg2)
{
	const unsigned top = gpa_bits <= 34 ? 1 : gpa_bits <= 43 ? 2 : 3;
	const unsigned one_table = 12 + 9 * (top + 1);

	*concat_lg2 = gpa_bits > one_table ? gpa_bits - one_table : 0;
	return top;
}

/* Hardware manages dirty state only where it also manages the access flag. */
static enum tdp_misfit s2_make_layout(struct tdp_layout *out, const struct tdp_caps *caps, const struct tdp_wish *wish)
{
	const unsigned gpa_bits = wish->gpa_bits;
	unsigned concat_lg2, top;

	if (gpa_bits < 32 || gpa_bits > 48)
		return TDP_MISFIT_GPA;
	top = s2_start(gpa_bits, &concat_lg2);
	if (caps->max_levels != 0 && caps->max_levels <= top)
		return TDP_MISFIT_LEVELS;
	for (unsigned ps = 0; ps < 6; ps++) {
		if (s2_ps_bits[ps] <= caps->hpa_bits)
			out->hpa_bits = s2_ps_bits[ps];
	}
	out->top_level = (uint8_t)top;
	out->root_concat_lg2 = (uint8_t)concat_lg2;
	out->gpa_bits = (uint8_t)gpa_bits;
	out->leaf_levels = caps->leaf_levels & (top == 1 ? 3 : 7);
	out->features = caps->features & (TDP_CAP_HW_A | TDP_CAP_FWB | TDP_CAP_XNX | TDP_CAP_SPLIT_FLUSH);
	if (out->features & TDP_CAP_HW_A)
		out->features |= caps->features & TDP_CAP_HW_D;
	return TDP_FITS;
}

/*
 * VTCR_EL2 says nothing about FEAT_S2FWB (HCR_EL2.FWB) and FEAT_XNX: a caller who knows adds them to layout.features. The start level is
 * taken from SL0, since others choose differently; which pairs of T0SZ and SL0 are consistent is the manual's rule (D8.2).
 */
static enum tdp_result s2_from_regs(struct tdp_layout *out, const struct tdp_regs *regs, tdp_hpa_t *root)
{
	const unsigned gpa_bits = 64 - (unsigned)(regs->control & VTCR_T0SZ);
	const unsigned top = 1 + ((unsigned)(regs->control & VTCR_SL0) >> VTCR_SL0_SHIFT);
	const unsigned shift = 12 + 9 * top;
	const unsigned ps = (unsigned)(regs->control & VTCR_PS) >> VTCR_PS_SHIFT;
	const tdp_hpa_t base = regs->base & VTTBR_BADDR;

	if ((regs->control & VTCR_TG0) == VTCR_TG0_RSVD || s2_ps_bits[ps] == 0)
		return TDP_INVALID;
	if ((regs->control & (VTCR_TG0 | VTCR_DS | VTCR_SL2)) || top > 3 || gpa_bits < 32 || gpa_bits > 48)
		return TDP_UNSUPPORTED;
	if (gpa_bits < shift + 1 || gpa_bits > shift + 9 + 4)
		return TDP_INVALID;
	/* Aligned to the entries in use, and to 64 bytes at least. */
	if (base & (TDP_BIT(gpa_bits - shift < 3 ? 6 : gpa_bits - shift + 3) - 1))
		return TDP_INVALID;

	out->top_level = (uint8_t)top;
	out->root_concat_lg2 = (uint8_t)(gpa_bits > shift + 9 ? gpa_bits - shift - 9 : 0);
	out->gpa_bits = (uint8_t)gpa_bits;
	out->hpa_bits = s2_ps_bits[ps];
	out->leaf_levels = top == 1 ? 3 : 7;
	if (regs->control & VTCR_HA)
		out->features = TDP_CAP_HW_A | (regs->control & VTCR_HD ? TDP_CAP_HW_D : 0);
	*root = base;
	return TDP_OK;
}

/* VTTBR_EL2 without its VMID, and VTCR_EL2 for write-back tables shared by all CPUs. */
static void s2_regs(const struct tdp_layout *lay, tdp_hpa_t root, struct tdp_regs *out)
{
	uint64_t ps = 0;

	while (ps < 5 && s2_ps_bits[ps + 1] <= lay->hpa_bits)
		ps++;
	*out = (struct tdp_regs){.base = root, .control_mask = VTCR_DECIDED};
	out->control = VTCR_RES1 | VTCR_IRGN0_WBWA | VTCR_ORGN0_WBWA | VTCR_SH0_INNER | (64 - (uint64_t)lay->gpa_bits);
	out->control |= (uint64_t)(lay->top_level - 1) << VTCR_SL0_SHIFT | ps << VTCR_PS_SHIFT;
	out->control |= lay->features & TDP_CAP_HW_A ? VTCR_HA : 0;
	out->control |= lay->features & TDP_CAP_HW_D ? VTCR_HD : 0;
}

TDP_FORMAT(tdp_s2_4k) = {
	.name = "S2-4K",
	.level_names = {"L3", "L2", "L1", "L0"},
	.page_lg2 = 12,
	.index_bits = 9,
	.max_levels = 4,
	.min_levels = 2,
	.concat_lg2_max = 4,
	.discipline = TDP_BREAK_BEFORE_MAKE,
	.sw_bits = 4,
	.wd_shift = 51,
	.leaf_levels = 7,

	.empty = 0,
	.frozen = TDP_BIT(3),
	.dead = TDP_BIT(4) | TDP_BIT(3),
	.note = TDP_BIT(4),

	.present = S2_VALID,
	.foreign_present = S2_VALID,
	.frozen_mask = S2_VALID | TDP_BIT(5) | TDP_BIT(3),
	.frozen_tag = TDP_BIT(3),
	.note_mask = S2_VALID | S2_KIND,
	.note_tag = TDP_BIT(4),
	.leaf_mask = S2_TABLE,
	.leaf_tag = 0,
	.table_bits = {[1] = S2_VALID | S2_TABLE, [2] = S2_VALID | S2_TABLE, [3] = S2_VALID | S2_TABLE},
	.addr = S2_ADDR,

	.w = S2_S2AP_W | S2_DBM,
	.w_grant = S2_S2AP_W,
	.w_grant_hd = S2_DBM,
	.d_write = S2_S2AP_W,
	.hw = S2_HW,
	.mw = S2_MW,
	.sd = S2_SD,
	.a = S2_AF,
	.d = S2_D | S2_S2AP_W,
	.w_is_d = S2_S2AP_W,

	.encode = s2_encode,
	.decode = s2_decode,
	.reserved = s2_reserved,
	.make_layout = s2_make_layout,
	.from_regs = s2_from_regs,
	.regs = s2_regs,
};

_Static_assert(12 + 9 * 4 == 48 && 12 + 9 * 3 + 4 == 43 && 12 + 9 * 2 + 4 == 34, "widths by start level, 16 root tables at most");
_Static_assert(S2_S2AP_W << 51 == S2_D, "wd_shift takes W over into the software dirty bit");
/* Every leaf bit has one owner: hardware (with RES0 bits), the library, or the caller. */
#define S2_HARDWARE (TDP_BITS(54, 0) | TDP_BIT(63))
#define S2_LIBRARY  (S2_SD | S2_HW | S2_MW | S2_D)
TDP_DISJOINT(S2_HARDWARE, S2_LIBRARY);
TDP_DISJOINT(S2_HARDWARE, S2_SW);
TDP_DISJOINT(S2_LIBRARY, S2_SW);
_Static_assert((S2_HARDWARE | S2_LIBRARY | S2_SW) == ~UINT64_C(0), "every leaf bit has one owner");
/* Not-present entries. */
TDP_DISJOINT(S2_PAYLOAD | TDP_BITS(4, 3), S2_VALID);
TDP_DISJOINT(TDP_BITS(9, 6) | S2_PAYLOAD | TDP_BITS(62, 52), S2_VALID | S2_KIND); /* a note's value */

#ifdef TDP_BUILD_ENGINE
#define TDP_INSTANCE tdp_s2_4k
#include "instance.h"
#endif
