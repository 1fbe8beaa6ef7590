/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm stage-2 descriptors, VMSAv8-64: Arm ARM, D8 "The AArch64 Virtual Memory System Architecture". What the formats share, each a
 * granule with 48- or 52-bit addresses; s2_geometry.h has levels and registers. A format's file defines, before it includes this one:
 *   S2_PAGE_LG2   log2 of the granule in bytes: 12, 14 or 16
 *   S2_LEVELS     the most levels; the manual's levels 3, 2, 1, 0 and -1 are our levels 0, 1, 2, 3 and 4
 *   S2_LEAVES     bit L: blocks, or pages, at our level L
 *   S2_LPA2       1: FEAT_LPA2, VTCR_EL2.DS = 1: address bits 51:50 in bits 9:8, where shareability was
 *   S2_LPA        1: FEAT_LPA, 64 KiB granule and VTCR_EL2.PS = 6: address bits 51:48 in bits 15:12
 *
 * Memory types with FEAT_S2FWB are always forced (that is what the feature is for; only TDP_MT_STAGE1 leaves the choice to stage 1), so
 * TDP_ATTR_FORCE_MT adds nothing there and is not reported back; without FWB it cannot be said.
 * Deviations: no contiguous hint, bits 62:59 are the caller's because our VTCR_EL2 keeps HWU59-62 at 0.
 */
#ifndef TDPMMU_ARCH_ARM64_S2_H
#define TDPMMU_ARCH_ARM64_S2_H

#include "attrs.h"
#include "bits.h"

#define S2_VALID    TDP_BIT(0)
#define S2_TABLE    TDP_BIT(1) /* table, or a page at our level 0 */
#define S2_MEMATTR  TDP_BITS(5, 2)
#define S2_S2AP_R   TDP_BIT(6)
#define S2_S2AP_W   TDP_BIT(7)
#define S2_SH_OUTER (UINT64_C(2) << 8)
#define S2_SH_INNER (UINT64_C(3) << 8)
#define S2_AF	    TDP_BIT(10)
#define S2_NT	    TDP_BIT(16) /* a block's, FEAT_BBM level 1 */
#define S2_DBM	    TDP_BIT(51)
#define S2_XN	    TDP_BITS(54, 53)
#define S2_SD	    TDP_BIT(55) /* ours: written since mapped */
#define S2_HW	    TDP_BIT(56) /* ours: host-writable */
#define S2_MW	    TDP_BIT(57) /* ours: MMU-writable */
#define S2_D	    TDP_BIT(58) /* ours: software dirty */
#define S2_SW	    TDP_BITS(62, 59)
#define S2_KIND	    TDP_BITS(5, 3)

/* The address: a field in place, one with the highest bits, and what between bits 49 and 12 is neither and must be 0. */
#if S2_LPA2
#define S2_ADDR	      TDP_BITS(49, S2_PAGE_LG2)
#define S2_HIGH	      TDP_BITS(9, 8)
#define S2_HIGH_SHIFT 42
#define S2_PA_BITS    52
#elif S2_LPA
#define S2_ADDR	      TDP_BITS(47, 16)
#define S2_HIGH	      TDP_BITS(15, 12)
#define S2_HIGH_SHIFT 36
#define S2_PA_BITS    52
#else
#define S2_ADDR	      TDP_BITS(47, S2_PAGE_LG2)
#define S2_HIGH	      UINT64_C(0)
#define S2_HIGH_SHIFT 0
#define S2_PA_BITS    48
#endif
#define S2_NO_ADDR (TDP_BITS(49, 12) & ~(S2_ADDR | S2_HIGH))

enum { S2_INDEX_BITS = S2_PAGE_LG2 - 3, S2_MEMATTR_SHIFT = 2, S2_XN_SHIFT = 53, S2_SW_SHIFT = 59, S2_NO_TYPE = 16 };

_Static_assert(S2_MEMATTR == UINT64_C(15) << S2_MEMATTR_SHIFT, "a field is where its value is");
_Static_assert(S2_XN == UINT64_C(3) << S2_XN_SHIFT && S2_SW == UINT64_C(15) << S2_SW_SHIFT, "a field is where its value is");

/* MemAttr without FWB: outer policy in [3:2] (0: Device), inner in [1:0]; 4, 8 and 12 are reserved. The weaker policy is reported. */
static const uint8_t s2_mt_decode[16] = {TDP_MT_DEVICE_STRICT,
					 TDP_MT_UC,
					 TDP_MT_UC,
					 TDP_MT_UC,
					 TDP_MT_UC, /* reserved */
					 TDP_MT_WC,
					 TDP_MT_WC,
					 TDP_MT_WC,
					 TDP_MT_UC, /* reserved */
					 TDP_MT_WC,
					 TDP_MT_WT,
					 TDP_MT_WT,
					 TDP_MT_UC, /* reserved */
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
					  TDP_MT_UC, /* reserved */
					  TDP_MT_WC,
					  TDP_MT_WB,
					  TDP_MT_STAGE1,
					  TDP_MT_UC, /* reserved */
					  TDP_MT_UC, /* reserved */
					  TDP_MT_UC, /* reserved */
					  TDP_MT_UC, /* reserved */
					  TDP_MT_UC, /* reserved */
					  TDP_MT_UC, /* reserved */
					  TDP_MT_UC, /* reserved */
					  TDP_MT_UC /* reserved */};
static const uint8_t s2_fwb_encode[TDP_MT_STAGE1 + 1] = {6, S2_NO_TYPE, S2_NO_TYPE, 5, 1, 0, 7};
#define S2_FWB_RESERVED (TDP_BIT(4) | TDP_BITS(15, 8))

/* XN[1:0] by (XU, XS) and back: 00 both, 01 EL0 only, 10 none, 11 EL1 only. Without FEAT_XNX only 00 and 10 exist. */
static const uint8_t s2_xn_encode[4] = {2, 3, 1, 0};
static const uint8_t s2_xn_decode[4] = {TDP_X, TDP_XU, 0, TDP_XS};

/*
 * Hardware ignores SH of Device memory and acts as outer shareable: the leaf says so. Normal memory is shared by all CPUs. With FEAT_LPA2
 * all that is up to VTCR_EL2.SH0.
 */
static inline tdp_spte_t s2_shareability(struct tdp_attrs attrs)
{
	if (S2_LPA2)
		return 0;
	return attrs.memtype == TDP_MT_UC || attrs.memtype == TDP_MT_DEVICE_STRICT ? S2_SH_OUTER : S2_SH_INNER;
}

static inline enum tdp_result s2_encode(const struct tdp_layout *lay, bool huge, struct tdp_attrs attrs, tdp_spte_t *bits)
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

	*bits = S2_VALID | type << S2_MEMATTR_SHIFT | (tdp_spte_t)attrs.sw << S2_SW_SHIFT | s2_shareability(attrs);
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
static inline uint8_t s2_reserved(const struct tdp_layout *lay, unsigned level, tdp_spte_t e)
{
	const bool leaf = level == 0 || !(e & S2_TABLE);
	const tdp_spte_t low = leaf ? (TDP_BIT(S2_PAGE_LG2 + S2_INDEX_BITS * level) - 1) & S2_ADDR & ~S2_NT : 0;
	const tdp_spte_t bad_types = lay->features & TDP_CAP_FWB ? S2_FWB_RESERVED : S2_MT_RESERVED;
	const tdp_hpa_t address = (e & S2_ADDR) | (e & S2_HIGH) << S2_HIGH_SHIFT;

	if ((leaf && !layout_has_leaf(lay, level)) || (level == 0 && !(e & S2_TABLE)))
		return TDP_WHY_LEVEL;
	if (leaf && (bad_types >> ((e & S2_MEMATTR) >> S2_MEMATTR_SHIFT) & 1))
		return TDP_WHY_MEMTYPE;
	return (e & S2_NO_ADDR) || layout_bad_address(lay, address, low) ? TDP_WHY_ADDRESS : TDP_WHY_NONE;
}

/* What the formats' constants share. */
#define S2_FIELDS                                                                                                                  \
	.page_lg2 = S2_PAGE_LG2, .index_bits = S2_INDEX_BITS, .max_levels = S2_LEVELS, .min_levels = 1, .concat_lg2_max = 4,       \
	.discipline = TDP_BREAK_BEFORE_MAKE, .sw_bits = 4, .wd_shift = 51, .high_shift = S2_HIGH_SHIFT, .leaf_levels = S2_LEAVES,  \
	.empty = 0, .frozen = TDP_BIT(3), .dead = TDP_BIT(4) | TDP_BIT(3), .note = TDP_BIT(4), .present = S2_VALID,                \
	.foreign_present = S2_VALID, .frozen_mask = S2_VALID | TDP_BIT(5) | TDP_BIT(3), .frozen_tag = TDP_BIT(3),                  \
	.note_mask = S2_VALID | S2_KIND, .note_tag = TDP_BIT(4), .leaf_mask = S2_TABLE, .leaf_tag = 0,                             \
	.table_bits =                                                                                                              \
		{[1] = S2_VALID | S2_TABLE, [2] = S2_VALID | S2_TABLE, [3] = S2_VALID | S2_TABLE, [4] = S2_VALID | S2_TABLE},      \
	.addr = S2_ADDR, .addr_high = S2_HIGH, .w = S2_S2AP_W | S2_DBM, .w_grant = S2_S2AP_W, .w_grant_hd = S2_DBM,                \
	.d_write = S2_S2AP_W, .hw = S2_HW, .mw = S2_MW, .sd = S2_SD, .a = S2_AF, .d = S2_D | S2_S2AP_W, .w_is_d = S2_S2AP_W,       \
	.encode = s2_encode, .decode = s2_decode, .reserved = s2_reserved, .make_layout = s2_make_layout,                          \
	.from_regs = s2_from_regs, .regs = s2_regs

_Static_assert(S2_S2AP_W << 51 == S2_D, "wd_shift takes W over into the software dirty bit");
/* Every leaf bit has one owner: hardware (with RES0 bits), the library, or the caller. */
#define S2_HARDWARE (TDP_BITS(54, 0) | TDP_BIT(63))
#define S2_LIBRARY  (S2_SD | S2_HW | S2_MW | S2_D)
TDP_DISJOINT(S2_HARDWARE, S2_LIBRARY);
TDP_DISJOINT(S2_HARDWARE, S2_SW);
TDP_DISJOINT(S2_LIBRARY, S2_SW);
_Static_assert((S2_HARDWARE | S2_LIBRARY | S2_SW) == ~UINT64_C(0), "every leaf bit has one owner");
/* The two fields are the whole address, and do not meet. */
TDP_DISJOINT(S2_ADDR, S2_HIGH);
TDP_DISJOINT(S2_ADDR, S2_HIGH << S2_HIGH_SHIFT);
_Static_assert((S2_ADDR | S2_HIGH << S2_HIGH_SHIFT) == TDP_BITS(S2_PA_BITS - 1, S2_PAGE_LG2), "all of the address is there");
TDP_DISJOINT(S2_ADDR | S2_HIGH, S2_LIBRARY | S2_SW | S2_XN | S2_DBM | S2_AF);
/* Not-present entries. */
TDP_DISJOINT(TDP_PAYLOAD | TDP_BITS(4, 3), S2_VALID);
TDP_DISJOINT(TDP_BITS(9, 6) | TDP_PAYLOAD | TDP_BITS(62, 52), S2_VALID | S2_KIND); /* a note's value */

#endif
