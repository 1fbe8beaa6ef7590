/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Geometry of Arm stage-2 tables and the registers that say it: Arm ARM, D8.2 "Translation table walk" (start levels, concatenated
 * tables) and D19, VTCR_EL2 and VTTBR_EL2. Included by the formats' files behind s2.h.
 *
 * A walk of n levels starts with a table, or up to 16 of them in a row, whose entries map 1 << s2_shift(n) bytes each; it serves every
 * IPA size of which at least one bit is left to that first table. So most sizes can be served by two depths, and the shallower one, with
 * several root tables, is preferred: it saves every walk a load. One level alone has no blocks, so it must be asked for or be the only way.
 */
#ifndef TDPMMU_ARCH_ARM64_S2_GEOMETRY_H
#define TDPMMU_ARCH_ARM64_S2_GEOMETRY_H

#include "s2.h"

/* VTCR_EL2 fields that a layout decides. HWU59-62, DS and SL2 are among them because descriptors rely on them. */
#define VTCR_T0SZ	TDP_BITS(5, 0)
#define VTCR_SL0	TDP_BITS(7, 6)
#define VTCR_IRGN0	TDP_BITS(9, 8)
#define VTCR_IRGN0_WBWA (UINT64_C(1) << 8)
#define VTCR_ORGN0	TDP_BITS(11, 10)
#define VTCR_ORGN0_WBWA (UINT64_C(1) << 10)
#define VTCR_SH0	TDP_BITS(13, 12)
#define VTCR_SH0_INNER	(UINT64_C(3) << 12)
#define VTCR_TG0	TDP_BITS(15, 14)
#define VTCR_TG0_4K	(UINT64_C(0) << 14)
#define VTCR_TG0_64K	(UINT64_C(1) << 14)
#define VTCR_TG0_16K	(UINT64_C(2) << 14)
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
/* A root; where addresses have 52 bits, bits 51:48 of it are in 5:2 and bit 1 is 0. */
#define VTTBR_BADDR   TDP_BITS(47, 1)
#define VTTBR_HIGH    TDP_BITS(5, 2)
#define VTTBR_ROOT_52 TDP_BITS(47, 6)

enum {
	VTCR_SL0_SHIFT = 6,
	VTCR_PS_SHIFT = 16,
	VTCR_PS_52 = 6,
	VTTBR_HIGH_SHIFT = 46,
	S2_CONCAT_LG2 = 4,
	S2_GPA_MIN = 25,			      /* T0SZ is 39 at most ... */
	S2_GPA_MIN_TTST = S2_PAGE_LG2 == 16 ? 17 : 16 /* ... and 47 or 48 with FEAT_TTST */
};

_Static_assert(VTCR_SL0 == UINT64_C(3) << VTCR_SL0_SHIFT && VTCR_PS == UINT64_C(7) << VTCR_PS_SHIFT,
	       "fields are where their values are");
_Static_assert(VTCR_T0SZ + VTCR_SL0 + VTCR_IRGN0 + VTCR_ORGN0 + VTCR_SH0 + VTCR_TG0 + VTCR_PS == TDP_BITS(18, 0), "side by side");
_Static_assert(VTTBR_HIGH << VTTBR_HIGH_SHIFT == TDP_BITS(51, 48), "what VTTBR_ROOT_52 has no room for");

/* Widths of output addresses by VTCR_EL2.PS; 52 bits count as 48 where descriptors have no room for them, 7 is reserved. */
static const uint8_t s2_ps_bits[8] = {32, 36, 40, 42, 44, 48, S2_PA_BITS, 0};

#if S2_PAGE_LG2 == 12
#define S2_TG0	      VTCR_TG0_4K
#define S2_GRANULE_48 TDP_GRANULE_4K
#define S2_GRANULE_52 TDP_GRANULE_4K_52
/* By levels less one, the start as SL2:SL0; and how wide physical addresses must be for that start (S2InvalidSL in the manual): as
 * wide as the IPA sizes that nothing shallower serves, so only who asks for more levels than it takes can ask for too many. */
static const uint8_t s2_sl[5] = {3, 0, 1, 2, 4};
static const uint8_t s2_start_pa[5] = {0, 0, 0, 44, 52};
#elif S2_PAGE_LG2 == 14
#define S2_TG0	      VTCR_TG0_16K
#define S2_GRANULE_48 TDP_GRANULE_16K
#define S2_GRANULE_52 TDP_GRANULE_16K_52
static const uint8_t s2_sl[4] = {0, 1, 2, 3};
static const uint8_t s2_start_pa[4] = {0, 0, 42, 52};
#else
#define S2_TG0	      VTCR_TG0_64K
#define S2_GRANULE_48 TDP_GRANULE_64K
#define S2_GRANULE_52 TDP_GRANULE_64K_52
static const uint8_t s2_sl[3] = {0, 1, 2};
static const uint8_t s2_start_pa[3] = {0, 0, 44};
#endif
_Static_assert(S2_LEVELS <= sizeof(s2_sl) && sizeof(s2_sl) == sizeof(s2_start_pa), "start levels of the granule");

/* log2 of the bytes that an entry of the first table maps, in a walk of so many levels. */
static inline unsigned s2_shift(unsigned levels)
{
	return S2_PAGE_LG2 + S2_INDEX_BITS * (levels - 1);
}

/* Can a walk of so many levels serve such an IPA (S2InconsistentSL in the manual)? */
static inline bool s2_serves(unsigned levels, unsigned gpa_bits)
{
	return gpa_bits > s2_shift(levels) && gpa_bits <= s2_shift(levels) + S2_INDEX_BITS + S2_CONCAT_LG2;
}

/* How many levels, if nobody says. */
static inline unsigned s2_levels(unsigned gpa_bits)
{
	unsigned levels = s2_serves(2, gpa_bits) ? 2 : 1;

	while (levels < S2_LEVELS && !s2_serves(levels, gpa_bits))
		levels++;
	return levels;
}

/* Does the machine have the granule, and 52-bit addresses with it if descriptors have them? */
static inline enum tdp_misfit s2_granule(const struct tdp_caps *caps)
{
	const uint32_t granules = caps->granules != 0 ? caps->granules : TDP_GRANULE_4K;

	if (!(granules & (S2_GRANULE_48 | S2_GRANULE_52)))
		return TDP_MISFIT_GRANULE;
	/* FEAT_LPA is there exactly where physical addresses have 52 bits. */
	if (S2_PA_BITS == 52 && (!(granules & S2_GRANULE_52) || (S2_LPA && caps->hpa_bits < 52)))
		return TDP_MISFIT_LPA;
	return TDP_FITS;
}

/* What is decided once the number of levels is. */
static inline void s2_set_levels(struct tdp_layout *out, unsigned levels, unsigned gpa_bits)
{
	const unsigned one_table = s2_shift(levels) + S2_INDEX_BITS;

	out->top_level = (uint8_t)(levels - 1);
	out->root_concat_lg2 = (uint8_t)(gpa_bits > one_table ? gpa_bits - one_table : 0);
	out->gpa_bits = (uint8_t)gpa_bits;
	out->leaf_levels = S2_LEAVES & ((UINT32_C(1) << levels) - 1);
}

/* Hardware manages dirty state only where it also manages the access flag. */
static inline enum tdp_misfit s2_make_layout(struct tdp_layout *out, const struct tdp_caps *caps, const struct tdp_wish *wish)
{
	const unsigned gpa_bits = wish->gpa_bits, levels = wish->levels != 0 ? wish->levels : s2_levels(gpa_bits);
	const bool small = caps->features & TDP_CAP_TTST;
	const enum tdp_misfit granule = s2_granule(caps);

	if (granule != TDP_FITS)
		return granule;
	if (gpa_bits < S2_GPA_MIN_TTST || gpa_bits > S2_PA_BITS)
		return TDP_MISFIT_GPA;
	if (gpa_bits < S2_GPA_MIN && !small)
		return TDP_MISFIT_CPU_GPA;
	if (!s2_serves(levels, gpa_bits) || (wish->levels != 0 && caps->hpa_bits < s2_start_pa[levels - 1]) ||
	    (caps->max_levels != 0 && caps->max_levels < levels) || (S2_PAGE_LG2 == 12 && levels == 1 && !small))
		return TDP_MISFIT_LEVELS;
	for (unsigned ps = 0; ps <= VTCR_PS_52; ps++) {
		if (s2_ps_bits[ps] <= caps->hpa_bits)
			out->hpa_bits = s2_ps_bits[ps];
	}
	s2_set_levels(out, levels, gpa_bits);
	out->leaf_levels &= caps->leaf_levels;
	out->features = caps->features & (TDP_CAP_HW_A | TDP_CAP_FWB | TDP_CAP_XNX | TDP_CAP_TTST | TDP_CAP_SPLIT_FLUSH);
	out->features |= S2_LPA2 ? TDP_CAP_LPA2 : 0;
	if (out->features & TDP_CAP_HW_A)
		out->features |= caps->features & TDP_CAP_HW_D;
	return TDP_FITS;
}

/* The root's address, and whether it is aligned to the entries in use, and to 64 bytes at least. used_lg2: how many of them. */
static inline bool s2_root(uint64_t vttbr, bool wide, unsigned used_lg2, tdp_hpa_t *root)
{
	tdp_hpa_t base = vttbr & VTTBR_BADDR;

	if (wide) {
		if (vttbr & TDP_BIT(1))
			return false;
		base = (vttbr & VTTBR_ROOT_52) | (vttbr & VTTBR_HIGH) << VTTBR_HIGH_SHIFT;
	}
	*root = base;
	return (base & (TDP_BIT(used_lg2 < 3 ? 6 : used_lg2 + 3) - 1)) == 0;
}

/* How many levels VTCR_EL2 says; 0: a reserved value. */
static inline unsigned s2_vtcr_levels(uint64_t vtcr)
{
	const unsigned sl = (unsigned)((vtcr & VTCR_SL0) >> VTCR_SL0_SHIFT) | (vtcr & VTCR_SL2 ? 4 : 0);

	for (unsigned levels = 1; levels <= S2_LEVELS; levels++) {
		if (s2_sl[levels - 1] == sl)
			return levels;
	}
	return 0;
}

/*
 * VTCR_EL2 says nothing about FEAT_S2FWB (HCR_EL2.FWB) and FEAT_XNX: a caller who knows adds them to layout.features. Of the two formats
 * of the 64 KiB granule the one with 52-bit addresses is meant if PS says 52 bits.
 */
static inline enum tdp_result s2_from_regs(struct tdp_layout *out, const struct tdp_regs *regs, tdp_hpa_t *root)
{
	const unsigned gpa_bits = 64 - (unsigned)(regs->control & VTCR_T0SZ), levels = s2_vtcr_levels(regs->control);
	const unsigned ps = (unsigned)(regs->control & VTCR_PS) >> VTCR_PS_SHIFT;

	if ((regs->control & VTCR_TG0) == VTCR_TG0_RSVD || s2_ps_bits[ps] == 0)
		return TDP_INVALID;
	if ((regs->control & VTCR_TG0) != S2_TG0 || !(regs->control & VTCR_DS) != !S2_LPA2 || gpa_bits < S2_GPA_MIN_TTST ||
	    gpa_bits > S2_PA_BITS || ((regs->control & VTCR_SL2) && S2_LEVELS < 5) ||
	    (S2_PAGE_LG2 == 16 && (ps == VTCR_PS_52) != S2_LPA))
		return TDP_UNSUPPORTED;
	if (levels == 0 || !s2_serves(levels, gpa_bits) ||
	    !s2_root(regs->base, s2_ps_bits[ps] == 52, gpa_bits - s2_shift(levels), root))
		return TDP_INVALID;

	s2_set_levels(out, levels, gpa_bits);
	out->hpa_bits = s2_ps_bits[ps];
	out->features = S2_LPA2 ? TDP_CAP_LPA2 : 0;
	if (gpa_bits < S2_GPA_MIN || (S2_PAGE_LG2 == 12 && levels == 1))
		out->features |= TDP_CAP_TTST;
	if (regs->control & VTCR_HA)
		out->features |= TDP_CAP_HW_A | (regs->control & VTCR_HD ? TDP_CAP_HW_D : 0);
	return TDP_OK;
}

/* VTTBR_EL2 without its VMID, and VTCR_EL2 for write-back tables shared by all CPUs. */
static inline void s2_regs(const struct tdp_layout *lay, tdp_hpa_t root, struct tdp_regs *out)
{
	const uint64_t sl = s2_sl[lay->top_level];
	uint64_t ps = 0;

	while (ps < VTCR_PS_52 && s2_ps_bits[ps + 1] > s2_ps_bits[ps] && s2_ps_bits[ps + 1] <= lay->hpa_bits)
		ps++;
	*out = (struct tdp_regs){.base = root, .control_mask = VTCR_DECIDED};
	if (S2_PA_BITS == 52)
		out->base = (root & VTTBR_ROOT_52) | (root >> VTTBR_HIGH_SHIFT & VTTBR_HIGH);
	out->control = VTCR_RES1 | VTCR_IRGN0_WBWA | VTCR_ORGN0_WBWA | VTCR_SH0_INNER | S2_TG0 | (64 - (uint64_t)lay->gpa_bits);
	out->control |= (sl & 3) << VTCR_SL0_SHIFT | ps << VTCR_PS_SHIFT;
	out->control |= (sl & 4 ? VTCR_SL2 : 0) | (S2_LPA2 ? VTCR_DS : 0);
	out->control |= lay->features & TDP_CAP_HW_A ? VTCR_HA : 0;
	out->control |= lay->features & TDP_CAP_HW_D ? VTCR_HD : 0;
}

#endif
