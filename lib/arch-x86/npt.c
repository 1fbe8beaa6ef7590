/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AMD nested page tables in long mode, four or five levels; see npt.h. Also an x86-64 guest's own page tables.
 *
 * The walker of nested tables has as many levels as the host's own paging at VMRUN, so five if and only if the host's CR4.LA57 is set
 * (APM vol. 2, 15.25.3). The protection key (62:59) stays 0: it means something when the tables are a guest's own.
 */
#include "levels.h"
#include "npt.h"

#define NPT_SW	 TDP_BITS(58, 52)
#define NPT_PKEY TDP_BITS(62, 59)
#define CR4_LA57 TDP_BIT(12)

enum { NPT_SW_SHIFT = 52 };

static enum tdp_result npt_encode(const struct tdp_layout *lay, bool huge, struct tdp_attrs attrs, tdp_spte_t *bits)
{
	enum tdp_result result = npt_encode_attrs(lay, huge, attrs, 7, bits);

	if (result == TDP_OK)
		*bits |= (tdp_spte_t)attrs.sw << NPT_SW_SHIFT;
	return result;
}

TDP_INLINE void npt_decode(const struct tdp_layout *lay, bool huge, tdp_spte_t e, struct tdp_attrs *attrs)
{
	npt_decode_attrs(lay, huge, e, attrs);
	attrs->sw = (uint8_t)((e & NPT_SW) >> NPT_SW_SHIFT);
}

/* A PML4E and a PML5E have no G, nor is any of them a leaf. */
static uint8_t npt_reserved(const struct tdp_layout *lay, unsigned level, tdp_spte_t e)
{
	return npt_must_be_zero(lay, level, e, level >= 3 ? NPT_G : 0);
}

static enum tdp_misfit npt_make_layout(struct tdp_layout *out, const struct tdp_caps *caps, const struct tdp_wish *wish)
{
	npt_machine(out, caps, 7);
	return x86_geometry(out, caps, wish);
}

/* CR3 tells nothing but the root (its low bits are a PCID or cache controls); CR4 tells the levels. */
static enum tdp_result npt_from_regs(struct tdp_layout *out, const struct tdp_regs *regs, tdp_hpa_t *root)
{
	const unsigned levels = regs->control & CR4_LA57 ? 5 : 4;

	if (regs->base & TDP_BITS(63, 52))
		return TDP_INVALID;
	out->top_level = (uint8_t)(levels - 1);
	out->gpa_bits = (uint8_t)X86_GPA_BITS(levels);
	npt_any_machine(out, 7);
	*root = regs->base & NPT_ADDR;
	return TDP_OK;
}

/* nCR3 or CR3; the encryption bit covers the root too. */
static void npt_regs(const struct tdp_layout *lay, tdp_hpa_t root, struct tdp_regs *out)
{
	*out = (struct tdp_regs){
		.base = root | lay->entry_or, .control = lay->top_level == 4 ? CR4_LA57 : 0, .control_mask = CR4_LA57};
}

TDP_FORMAT(tdp_npt) = {
	NPT_FIELDS,
	.name = "NPT",
	.level_names = {"PTE", "PDE", "PDPE", "PML4E", "PML5E"},
	.max_levels = 5,
	.min_levels = 4,
	.usual_levels = 4,
	.sw_bits = 7,
	.leaf_levels = 7,
	.table_bits = {[1] = NPT_TABLE, [2] = NPT_TABLE, [3] = NPT_TABLE, [4] = NPT_TABLE},
	.encode = npt_encode,
	.decode = npt_decode,
	.reserved = npt_reserved,
	.make_layout = npt_make_layout,
	.from_regs = npt_from_regs,
	.regs = npt_regs,
};

/* Every leaf bit has one owner: hardware (62:59 in a guest's own tables), the library, or the caller. */
TDP_DISJOINT(NPT_HARDWARE, NPT_PKEY);
TDP_DISJOINT(NPT_HARDWARE | NPT_PKEY, NPT_SW);
TDP_DISJOINT(NPT_LIBRARY, NPT_SW);
_Static_assert((NPT_HARDWARE | NPT_PKEY | NPT_LIBRARY | NPT_SW) == ~UINT64_C(0), "every leaf bit has one owner");

#ifdef TDP_BUILD_ENGINE
#define TDP_INSTANCE tdp_npt
#include "instance.h"
#endif
