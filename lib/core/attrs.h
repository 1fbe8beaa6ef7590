/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the codec checks first: attributes inside their enumerations, layouts that hold together.
 */
#ifndef TDPMMU_CORE_ATTRS_H
#define TDPMMU_CORE_ATTRS_H

#include "fmt.h"

#define TDP_MASK_ALL (TDP_MASK_PROT | TDP_MASK_MEMTYPE | TDP_MASK_FLAGS | TDP_MASK_SW)

/* Are those of these fields that are in the mask (tdp_attr_mask) inside their enumerations? */
TDP_INLINE bool attrs_known(struct tdp_attrs attrs, unsigned mask)
{
	const unsigned flags = TDP_ATTR_FORCE_MT | TDP_ATTR_SUPERVISOR | TDP_ATTR_VE;

	return !((mask & TDP_MASK_PROT) && (attrs.prot == 0 || attrs.prot > TDP_RWX)) &&
	       !((mask & TDP_MASK_MEMTYPE) && attrs.memtype > TDP_MT_STAGE1) &&
	       !((mask & TDP_MASK_FLAGS) && (attrs.flags & ~flags));
}

/* Values that no format knows are TDP_INVALID; caller bits that this one has no room for are TDP_UNSUPPORTED. */
TDP_INLINE enum tdp_result attrs_check(struct tdp_attrs attrs, unsigned sw_bits)
{
	if (!attrs_known(attrs, TDP_MASK_ALL))
		return TDP_INVALID;
	return attrs.sw >> sw_bits == 0 ? TDP_OK : TDP_UNSUPPORTED;
}

/* The four bytes as one word, permissions lowest. */
TDP_INLINE uint32_t attrs_word(struct tdp_attrs attrs)
{
	return (uint32_t)attrs.prot | (uint32_t)attrs.memtype << 8 | (uint32_t)attrs.flags << 16 | (uint32_t)attrs.sw << 24;
}

/* Write-back memory, permissions that exist and nothing else: one comparison. */
TDP_INLINE bool attrs_plain(struct tdp_attrs attrs)
{
	return attrs_word(attrs) <= TDP_RWX;
}
_Static_assert(TDP_MT_WB == 0, "attrs_plain() takes it for nothing");

/* Can execution in this mix of modes be said by one bit? */
TDP_INLINE bool attrs_one_execute(struct tdp_attrs attrs)
{
	return (attrs.prot & TDP_X) == 0 || (attrs.prot & TDP_X) == TDP_X;
}

/* The format of a layout; NULL if the layout is none: all zero, or damaged so that a shift would be undefined. */
TDP_INLINE const struct tdp_format *layout_format(const struct tdp_layout *lay)
{
	const struct tdp_format *fmt = lay ? lay->format : NULL;

	if (!fmt || lay->top_level >= fmt->max_levels || lay->top_level + 1u < fmt->min_levels || lay->hpa_bits > 52 ||
	    lay->root_concat_lg2 > fmt->concat_lg2_max)
		return NULL;
	if (lay->gpa_bits < fmt->page_lg2 || lay->gpa_bits > fmt_root_gpa_bits(fmt, lay))
		return NULL;
	return fmt;
}

/* The levels without those that lie above a gap: a split goes level by level, and its leaves must be possible. */
TDP_INLINE uint32_t leaf_levels_joined(uint32_t levels)
{
	return levels & ~(levels + 1);
}

/* May a leaf be at this level? */
TDP_INLINE bool layout_has_leaf(const struct tdp_layout *lay, unsigned level)
{
	return level < 32 && (lay->leaf_levels >> level & 1) != 0;
}

/* Is an address field (without the encryption bit) beyond the host's width, or inside the page that it names? */
TDP_INLINE bool layout_bad_address(const struct tdp_layout *lay, tdp_spte_t field, tdp_spte_t low)
{
	field &= ~lay->entry_or;
	return field >> lay->hpa_bits != 0 || (field & low) != 0;
}

#endif
