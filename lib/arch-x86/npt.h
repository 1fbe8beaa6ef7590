/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What both forms of AMD's nested page tables share, long mode (npt.c) and legacy PAE (npt_pae.c): hardware's bits, memory types,
 * permissions. APM vol. 2, 5.2.3 "PAE Paging", 5.3 "Long-Mode Page Translation" and 15.25 "Nested Paging". The manual's PTE, PDE, PDPE,
 * PML4E and PML5E are our levels 0, 1, 2, 3 and 4.
 *
 * A nested walk counts as a user access, so U/S is 1 unless TDP_ATTR_SUPERVISOR says that the tables are a guest's own. Memory types
 * are positions in the PAT that is in force (layout.pat; for nested paging the host's), so a type that the PAT does not hold cannot
 * be said. G (bit 8) stays 0: it means something when the tables are a guest's own.
 */
#ifndef TDPMMU_ARCH_X86_NPT_H
#define TDPMMU_ARCH_X86_NPT_H

#include "attrs.h"
#include "bits.h"

#define NPT_P		 TDP_BIT(0)
#define NPT_RW		 TDP_BIT(1)
#define NPT_US		 TDP_BIT(2)
#define NPT_PWT		 TDP_BIT(3)
#define NPT_PCD		 TDP_BIT(4)
#define NPT_A		 TDP_BIT(5)
#define NPT_D		 TDP_BIT(6)
#define NPT_PS		 TDP_BIT(7) /* above level 0 */
#define NPT_G		 TDP_BIT(8)
#define NPT_HW		 TDP_BIT(9)  /* ours: host-writable */
#define NPT_MW		 TDP_BIT(10) /* ours: MMU-writable */
#define NPT_SD		 TDP_BIT(11) /* ours: written since mapped */
#define NPT_ADDR	 TDP_BITS(51, 12)
#define NPT_NX		 TDP_BIT(63)
#define NPT_KIND	 TDP_BITS(5, 3)
#define NPT_TABLE	 (NPT_P | NPT_RW | NPT_US | NPT_A)

#define NPT_PAT_POWER_ON UINT64_C(0x0007040600070406)

/* PAT is bit 7 of a 4K leaf and bit 12 of a larger one. */
enum { NPT_PWT_SHIFT = 3, NPT_PAT_SHIFT_4K = 7, NPT_PAT_SHIFT_HUGE = 12, NPT_PAT_NONE = 0xff };

/* Memory types by their number in the PAT (2 and 3 are reserved, 7 is UC-) and back. */
static const uint8_t npt_mt_decode[8] = {TDP_MT_UC, TDP_MT_WC, TDP_MT_UC, TDP_MT_UC, TDP_MT_WT, TDP_MT_WP, TDP_MT_WB, TDP_MT_UC};
static const uint8_t npt_mt_encode[TDP_MT_STAGE1 + 1] = {6, 4, 5, 1, 0, 0, NPT_PAT_NONE};
#define NPT_PAT_LEGAL (TDP_BIT(0) | TDP_BIT(1) | TDP_BIT(4) | TDP_BIT(5) | TDP_BIT(6) | TDP_BIT(7))

/* The PAT byte that an entry selects. */
TDP_INLINE unsigned npt_pat_byte(const struct tdp_layout *lay, bool huge, tdp_spte_t e)
{
	const uint64_t pat = lay->pat != 0 ? lay->pat : NPT_PAT_POWER_ON;
	const unsigned high = huge ? NPT_PAT_SHIFT_HUGE : NPT_PAT_SHIFT_4K;
	const unsigned index = (unsigned)(e >> NPT_PWT_SHIFT & 3) | (unsigned)(e >> high & 1) << 2;

	return (unsigned)(pat >> (index * 8)) & 0xff;
}

/* May a PAT byte hold this? */
static inline bool npt_pat_legal(unsigned byte)
{
	return byte < 8 && (NPT_PAT_LEGAL >> byte & 1);
}

/* PWT, PCD and PAT of the first PAT byte that holds a type; false if none does. */
static inline bool npt_pat_bits(const struct tdp_layout *lay, bool huge, unsigned type, tdp_spte_t *bits)
{
	const uint64_t pat = lay->pat != 0 ? lay->pat : NPT_PAT_POWER_ON;

	for (unsigned index = 0; index < 8; index++) {
		if ((pat >> (index * 8) & 0xff) != type)
			continue;
		*bits = (tdp_spte_t)(index & 3) << NPT_PWT_SHIFT;
		*bits |= (tdp_spte_t)(index >> 2) << (huge ? NPT_PAT_SHIFT_HUGE : NPT_PAT_SHIFT_4K);
		return true;
	}
	return false;
}

/* All but the caller's bits. A present entry can always be read. */
static inline enum tdp_result npt_encode_attrs(const struct tdp_layout *lay, bool huge, struct tdp_attrs attrs, unsigned sw_bits,
					       tdp_spte_t *bits)
{
	enum tdp_result result = attrs_check(attrs, sw_bits);
	tdp_spte_t type;

	if (result != TDP_OK)
		return result;
	if (!(attrs.prot & TDP_R) || !attrs_one_execute(attrs) || (attrs.flags & (TDP_ATTR_FORCE_MT | TDP_ATTR_VE)))
		return TDP_UNSUPPORTED;
	if (!(attrs.prot & TDP_X) && !(lay->features & TDP_CAP_NX))
		return TDP_UNSUPPORTED;
	if (!npt_pat_bits(lay, huge, npt_mt_encode[attrs.memtype], &type))
		return TDP_UNSUPPORTED;

	*bits = NPT_P | type;
	*bits |= attrs.prot & TDP_W ? NPT_HW | NPT_MW : 0;
	*bits |= attrs.prot & TDP_X ? 0 : NPT_NX;
	*bits |= attrs.flags & TDP_ATTR_SUPERVISOR ? 0 : NPT_US;
	*bits |= huge ? NPT_PS : 0;
	return TDP_OK;
}

/* All but the caller's bits. UC- reads as UC. */
TDP_INLINE void npt_decode_attrs(const struct tdp_layout *lay, bool huge, tdp_spte_t e, struct tdp_attrs *attrs)
{
	attrs->prot = (uint8_t)(TDP_R | (e & NPT_RW) | (e & NPT_NX ? 0 : TDP_X));
	attrs->memtype = npt_mt_decode[npt_pat_byte(lay, huge, e) & 7];
	attrs->flags = e & NPT_US ? 0 : TDP_ATTR_SUPERVISOR;
}

/* Bits of a leaf, or of a table entry that is not one of PAE's root, that the manual marks "must be zero". must: more of them. */
static inline uint8_t npt_must_be_zero(const struct tdp_layout *lay, unsigned level, tdp_spte_t e, tdp_spte_t must)
{
	const bool huge = level > 0 && (e & NPT_PS);
	const bool leaf = level == 0 || huge;
	const tdp_spte_t low = leaf ? (TDP_BIT(12 + 9 * level) - 1) & NPT_ADDR : 0;

	if (leaf && !layout_has_leaf(lay, level))
		return TDP_WHY_LEVEL;
	if (leaf && !npt_pat_legal(npt_pat_byte(lay, huge, e)))
		return TDP_WHY_MEMTYPE;
	if (layout_bad_address(lay, e & NPT_ADDR & ~(huge ? TDP_BIT(NPT_PAT_SHIFT_HUGE) : 0), low))
		return TDP_WHY_ADDRESS;
	if ((e & NPT_NX) && !(lay->features & TDP_CAP_NX))
		return TDP_WHY_BITS;
	return e & must ? TDP_WHY_BITS : TDP_WHY_NONE;
}

/* What a layout has of the machine. NPT always has A and D, so no capability is asked for them. */
static inline void npt_machine(struct tdp_layout *out, const struct tdp_caps *caps, uint32_t leaf_levels)
{
	out->hpa_bits = caps->hpa_bits;
	out->leaf_levels = caps->leaf_levels & leaf_levels;
	out->features = TDP_CAP_HW_A | TDP_CAP_HW_D | (caps->features & (TDP_CAP_NX | TDP_CAP_SPLIT_FLUSH));
	out->entry_or = caps->entry_or;
}

/* A register tells nothing of the machine: the widest is assumed. */
static inline void npt_any_machine(struct tdp_layout *out, uint32_t leaf_levels)
{
	out->hpa_bits = 52;
	out->leaf_levels = leaf_levels;
	out->features = TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_NX;
}

/* What does not depend on the mode of the host. */
#define NPT_FIELDS                                                                                                                 \
	.page_lg2 = 12, .index_bits = 9, .discipline = TDP_OVERWRITE, .features = TDP_CAP_HW_A | TDP_CAP_HW_D, .empty = 0,         \
	.frozen = NPT_ADDR | TDP_BIT(3), .dead = NPT_ADDR | TDP_BIT(4) | TDP_BIT(3), .note = NPT_ADDR | TDP_BIT(4),                \
	.payload_invert = NPT_ADDR, .present = NPT_P, .foreign_present = NPT_P, .frozen_mask = NPT_P | TDP_BIT(5) | TDP_BIT(3),    \
	.frozen_tag = TDP_BIT(3), .note_mask = NPT_P | NPT_KIND, .note_tag = TDP_BIT(4), .leaf_mask = NPT_PS, .leaf_tag = NPT_PS,  \
	.addr = NPT_ADDR, .w = NPT_RW, .w_grant = NPT_RW | NPT_D, .w_grant_hd = NPT_RW, .d_write = NPT_D, .hw = NPT_HW,            \
	.mw = NPT_MW, .sd = NPT_SD, .a = NPT_A, .d = NPT_D

_Static_assert(NPT_RW == TDP_W, "npt_decode_attrs() copies the bit");
_Static_assert(NPT_PWT == TDP_BIT(NPT_PWT_SHIFT) && NPT_PCD == TDP_BIT(NPT_PWT_SHIFT + 1), "the low bits of an index into the PAT");
_Static_assert(NPT_TABLE == 0x27, "table entry: P, RW, U/S and A");
/* Leaf bits of hardware and of the library in both forms. */
#define NPT_HARDWARE (TDP_BITS(8, 0) | NPT_ADDR | NPT_NX)
#define NPT_LIBRARY  (NPT_HW | NPT_MW | NPT_SD)
TDP_DISJOINT(NPT_HARDWARE, NPT_LIBRARY);
/* Not-present entries. */
_Static_assert((NPT_ADDR | TDP_BIT(3)) == UINT64_C(0x000ffffffffff008), "FROZEN");
_Static_assert((NPT_ADDR | TDP_BITS(4, 3)) == UINT64_C(0x000ffffffffff018), "DEAD");
TDP_DISJOINT(NPT_ADDR | TDP_BITS(4, 3), NPT_P);
TDP_DISJOINT(TDP_BITS(9, 6) | NPT_ADDR | TDP_BITS(62, 52), NPT_P | NPT_KIND); /* a note's value */

#endif
