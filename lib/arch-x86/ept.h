/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What both forms of EPT share, with accessed and dirty flags (ept.c) and without (ept_noad.c): hardware's bits, memory types,
 * permissions, misconfigurations and the EPTP. SDM vol. 3C, "The Extended Page Table Mechanism (EPT)". The manual's EPT PTE, PDE, PDPTE,
 * PML4E and PML5E are our levels 0, 1, 2, 3 and 4.
 */
#ifndef TDPMMU_ARCH_X86_EPT_H
#define TDPMMU_ARCH_X86_EPT_H

#include "attrs.h"
#include "bits.h"
#include "levels.h"

#define EPT_R	    TDP_BIT(0)
#define EPT_W	    TDP_BIT(1)
#define EPT_X	    TDP_BIT(2)
#define EPT_MT	    TDP_BITS(5, 3)
#define EPT_IPAT    TDP_BIT(6)
#define EPT_PS	    TDP_BIT(7)
#define EPT_A	    TDP_BIT(8)
#define EPT_D	    TDP_BIT(9)
#define EPT_XU	    TDP_BIT(10) /* with mode-based execute; then X is XS */
#define EPT_SP	    TDP_BIT(11) /* ours: software-present */
#define EPT_ADDR    TDP_BITS(51, 12)
#define EPT_HW	    TDP_BIT(53) /* ours: host-writable */
#define EPT_MW	    TDP_BIT(55) /* ours: MMU-writable */
#define EPT_SD	    TDP_BIT(56) /* ours: written since mapped */
#define EPT_SVE	    TDP_BIT(63) /* suppress #VE */
#define EPT_PRESENT (EPT_R | EPT_W | EPT_X | EPT_XU)
#define EPT_KIND    TDP_BITS(5, 3)

/* EPTP, SDM vol. 3C, 25.6.11. Bit 7, supervisor shadow stacks, is the embedder's. */
#define EPTP_WB	  UINT64_C(6)
#define EPTP_LEN  TDP_BITS(5, 3)
#define EPTP_AD	  TDP_BIT(6)
#define EPTP_RSVD (TDP_BITS(11, 8) | TDP_BITS(63, 52))

/* Secondary processor-based VM-execution controls that give bits of an entry their meaning, SDM vol. 3C, 25.6.2. */
#define VMX2_VE	  TDP_BIT(18)
#define VMX2_MBEC TDP_BIT(22)

enum { EPT_MT_SHIFT = 3, EPTP_LEN_SHIFT = 3, EPT_MT_NONE = 7, EPT_XU_SHIFT = 7 };
_Static_assert(EPT_R == TDP_R && EPT_W == TDP_W && EPT_X == TDP_XS && EPT_XU == TDP_XU << EPT_XU_SHIFT, "permissions are shifted");
_Static_assert(EPT_MT == UINT64_C(7) << EPT_MT_SHIFT && EPTP_LEN == UINT64_C(7) << EPTP_LEN_SHIFT,
	       "fields are where their values are");

/* Memory types by hardware's number (2, 3 and 7 are reserved) and back. */
static const uint8_t ept_mt_decode[8] = {TDP_MT_UC, TDP_MT_WC, TDP_MT_UC, TDP_MT_UC, TDP_MT_WT, TDP_MT_WP, TDP_MT_WB, TDP_MT_UC};
static const uint8_t ept_mt_encode[TDP_MT_STAGE1 + 1] = {6, 4, 5, 1, 0, 0, EPT_MT_NONE};
#define EPT_MT_RESERVED (TDP_BIT(2) | TDP_BIT(3) | TDP_BIT(7))

/* All but the caller's bits. Refuses what would be a misconfiguration on this machine. */
static inline enum tdp_result ept_encode_attrs(const struct tdp_layout *lay, bool huge, struct tdp_attrs attrs, unsigned sw_bits,
					       tdp_spte_t *bits)
{
	const bool modes = lay->features & TDP_CAP_MBEC;
	enum tdp_result result = attrs_check(attrs, sw_bits);
	uint8_t mt;

	if (result != TDP_OK)
		return result;
	mt = ept_mt_encode[attrs.memtype];
	if ((attrs.prot & TDP_RW) == TDP_W || (!modes && !attrs_one_execute(attrs)) || mt == EPT_MT_NONE ||
	    (attrs.flags & TDP_ATTR_SUPERVISOR))
		return TDP_UNSUPPORTED;
	if (!(attrs.prot & TDP_R) && !(lay->features & TDP_CAP_EXEC_ONLY))
		return TDP_UNSUPPORTED;
	if ((attrs.flags & TDP_ATTR_VE) && !(lay->features & TDP_CAP_VE))
		return TDP_UNSUPPORTED;

	*bits = EPT_SP | (attrs.prot & (EPT_R | EPT_X)) | (tdp_spte_t)mt << EPT_MT_SHIFT;
	*bits |= modes ? (tdp_spte_t)(attrs.prot & TDP_XU) << EPT_XU_SHIFT : 0;
	*bits |= attrs.prot & TDP_W ? EPT_HW | EPT_MW : 0;
	*bits |= attrs.flags & TDP_ATTR_FORCE_MT ? EPT_IPAT : 0;
	*bits |= attrs.flags & TDP_ATTR_VE ? 0 : EPT_SVE;
	*bits |= huge ? EPT_PS : 0;
	return TDP_OK;
}

/*
 * All but the caller's bits. Without mode-based execute XU follows XS. Suppress-#VE means nothing on a machine without the control, so TDP_ATTR_VE is not reported
 * there.
 */
TDP_INLINE void ept_decode_attrs(const struct tdp_layout *lay, tdp_spte_t e, struct tdp_attrs *attrs)
{
	attrs->prot = (uint8_t)((e & (EPT_R | EPT_W | EPT_X)) |
				(lay->features & TDP_CAP_MBEC ? e >> EPT_XU_SHIFT & TDP_XU : (e & EPT_X) << 1));
	attrs->memtype = ept_mt_decode[(e & EPT_MT) >> EPT_MT_SHIFT];
	attrs->flags = (uint8_t)((e & EPT_IPAT ? TDP_ATTR_FORCE_MT : 0) |
				 (!(e & EPT_SVE) && (lay->features & TDP_CAP_VE) ? TDP_ATTR_VE : 0));
}

/* EPT misconfigurations, SDM vol. 3C, 29.3.3.1. */
static inline uint8_t ept_reserved(const struct tdp_layout *lay, unsigned level, tdp_spte_t e)
{
	const bool leaf = level == 0 || (e & EPT_PS);
	const tdp_spte_t low = leaf ? (TDP_BIT(12 + 9 * level) - 1) & EPT_ADDR : 0;
	const tdp_spte_t exec = lay->features & TDP_CAP_MBEC ? EPT_X | EPT_XU : EPT_X;

	if (!(e & EPT_R) && ((e & EPT_W) || ((e & exec) && !(lay->features & TDP_CAP_EXEC_ONLY))))
		return TDP_WHY_PERMISSION;
	if (leaf && !layout_has_leaf(lay, level))
		return TDP_WHY_LEVEL;
	if (leaf && (EPT_MT_RESERVED >> ((e & EPT_MT) >> EPT_MT_SHIFT) & 1))
		return TDP_WHY_MEMTYPE;
	if (layout_bad_address(lay, e & EPT_ADDR, low))
		return TDP_WHY_ADDRESS;
	return !leaf && (e & (EPT_MT | EPT_IPAT)) ? TDP_WHY_BITS : TDP_WHY_NONE;
}

/* need: features that the format cannot do without. */
static inline enum tdp_misfit ept_geometry(struct tdp_layout *out, const struct tdp_caps *caps, const struct tdp_wish *wish,
					   uint32_t need)
{
	if ((caps->features & need) != need)
		return TDP_MISFIT_FEATURE;
	out->hpa_bits = caps->hpa_bits;
	out->leaf_levels = caps->leaf_levels & 7;
	out->features = need | (caps->features & (TDP_CAP_EXEC_ONLY | TDP_CAP_MBEC | TDP_CAP_VE | TDP_CAP_SPLIT_FLUSH));
	return x86_geometry(out, caps, wish);
}

/*
 * ad: EPTP_AD, or 0. An EPTP tells the levels only, and the controls what some bits mean: page sizes and execute-only are taken as allowed,
 * addresses as 52 bits wide.
 */
static inline enum tdp_result ept_from_eptp(struct tdp_layout *out, const struct tdp_regs *regs, uint64_t ad, tdp_hpa_t *root)
{
	const unsigned top = (unsigned)((regs->base & EPTP_LEN) >> EPTP_LEN_SHIFT);
	const uint64_t type = regs->base & 7;

	if ((regs->base & EPTP_RSVD) || (type != EPTP_WB && type != 0) || (top != 3 && top != 4))
		return TDP_INVALID;
	if ((regs->base & EPTP_AD) != ad)
		return TDP_UNSUPPORTED;
	out->top_level = (uint8_t)top;
	out->gpa_bits = (uint8_t)X86_GPA_BITS(top + 1);
	out->hpa_bits = 52;
	out->leaf_levels = 7;
	out->features = (ad ? TDP_CAP_HW_A | TDP_CAP_HW_D : 0) | TDP_CAP_EXEC_ONLY;
	out->features |= (regs->control & VMX2_MBEC ? TDP_CAP_MBEC : 0) | (regs->control & VMX2_VE ? TDP_CAP_VE : 0);
	*root = regs->base & EPT_ADDR;
	return TDP_OK;
}

/* The EPTP for write-back tables, and the controls that the layout counts on. */
static inline void ept_eptp(const struct tdp_layout *lay, tdp_hpa_t root, uint64_t ad, struct tdp_regs *out)
{
	*out = (struct tdp_regs){.base = root | EPTP_WB | (uint64_t)lay->top_level << EPTP_LEN_SHIFT | ad,
				 .control_mask = VMX2_MBEC | VMX2_VE};
	out->control = (lay->features & TDP_CAP_MBEC ? VMX2_MBEC : 0) | (lay->features & TDP_CAP_VE ? VMX2_VE : 0);
}

/* With mode-based execute a table entry must have XU, too; without, hardware ignores it, so it is always there. */
#define EPT_TABLE (EPT_R | EPT_W | EPT_X | EPT_A | EPT_XU | EPT_SP)

/* What does not depend on who sets Accessed and Dirty. A note may misconfigure, so its kind does not look at R, W, X. */
#define EPT_FIELDS                                                                                                                 \
	.level_names = {"PTE", "PDE", "PDPTE", "PML4E", "PML5E"}, .page_lg2 = 12, .index_bits = 9, .max_levels = 5,                \
	.min_levels = 4, .usual_levels = 4, .discipline = TDP_OVERWRITE, .leaf_levels = 7, .empty = EPT_SVE,                       \
	.frozen = EPT_SVE | EPT_ADDR | TDP_BIT(3), .dead = EPT_SVE | EPT_ADDR | TDP_BIT(4) | TDP_BIT(3),                           \
	.note = EPT_SVE | EPT_ADDR | TDP_BIT(4), .payload_invert = EPT_ADDR, .present = EPT_SP, .foreign_present = EPT_PRESENT,    \
	.present_mbec = EPT_XU, .frozen_mask = EPT_PRESENT | EPT_SP | TDP_BIT(5) | TDP_BIT(3), .frozen_tag = TDP_BIT(3),           \
	.note_mask = EPT_SP | EPT_KIND, .note_tag = TDP_BIT(4), .note_misconfig = EPT_W | EPT_X, .note_ve = EPT_SVE,               \
	.leaf_mask = EPT_PS, .leaf_tag = EPT_PS,                                                                                   \
	.table_bits = {[1] = EPT_TABLE, [2] = EPT_TABLE, [3] = EPT_TABLE, [4] = EPT_TABLE}, .addr = EPT_ADDR, .w = EPT_W,          \
	.w_grant = EPT_W | EPT_D, .w_grant_hd = EPT_W, .d_write = EPT_D, .hw = EPT_HW, .mw = EPT_MW, .sd = EPT_SD, .a = EPT_A,     \
	.d = EPT_D, .reserved = ept_reserved

/* Leaf bits of hardware (57, 58, 60, 61 when a control is on) and of the library in both forms. */
#define EPT_HARDWARE (TDP_BITS(10, 0) | EPT_ADDR | TDP_BIT(57) | TDP_BIT(58) | TDP_BIT(60) | TDP_BIT(61) | EPT_SVE)
#define EPT_LIBRARY  (EPT_SP | EPT_HW | EPT_MW | EPT_SD)
TDP_DISJOINT(EPT_HARDWARE, EPT_LIBRARY);
/* Not-present entries. */
_Static_assert((EPT_SVE | EPT_ADDR | TDP_BIT(3)) == UINT64_C(0x800ffffffffff008), "FROZEN");
_Static_assert((EPT_SVE | EPT_ADDR | TDP_BITS(4, 3)) == UINT64_C(0x800ffffffffff018), "DEAD");
TDP_DISJOINT(EPT_SVE | EPT_ADDR | TDP_BITS(4, 3), EPT_PRESENT | EPT_SP);
TDP_DISJOINT(TDP_BITS(9, 6) | EPT_ADDR | TDP_BITS(62, 52), EPT_PRESENT | EPT_SP | EPT_SVE | EPT_KIND); /* a note's value */

#endif
