/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AMD nested page tables of a host in legacy PAE mode; see npt.h. Three levels: a root of four entries (32 bytes, below 4 GiB), then tables
 * of 512. They translate 32 bits; leaves are 4 KiB and 2 MiB. APM vol. 2, 5.2.3 (figures 5-10 to 5-16) and 15.25.
 *
 * Bits 62:52 are reserved, so that all software bits are the library's: attrs.sw must be 0. A root entry has P, PWT, PCD, three bits that
 * are ignored and an address; everything else of it is reserved, also what other table entries have: RW, U/S, A and NX. The processor may
 * load the four of them ahead of time, so a root is one vCPU's.
 */
#include "npt.h"

#define PAE_RESERVED	  TDP_BITS(62, 52)
#define PAE_ROOT_RESERVED (NPT_RW | NPT_US | TDP_BITS(8, 5) | NPT_NX | PAE_RESERVED)
#define PAE_CR3_ROOT	  TDP_BITS(31, 5)

enum { PAE_ROOT = 2, PAE_GPA_BITS = 32 };

static enum tdp_result pae_encode(const struct tdp_layout *lay, bool huge, struct tdp_attrs attrs, tdp_spte_t *bits)
{
	return npt_encode_attrs(lay, huge, attrs, 0, bits);
}

TDP_INLINE void pae_decode(const struct tdp_layout *lay, bool huge, tdp_spte_t e, struct tdp_attrs *attrs)
{
	npt_decode_attrs(lay, huge, e, attrs);
	attrs->sw = 0;
}

/* The root's entries have rules of their own. */
static uint8_t pae_reserved(const struct tdp_layout *lay, unsigned level, tdp_spte_t e)
{
	if (level < PAE_ROOT)
		return npt_must_be_zero(lay, level, e, PAE_RESERVED);
	if (e & NPT_PS)
		return TDP_WHY_LEVEL;
	if (layout_bad_address(lay, e & NPT_ADDR, 0))
		return TDP_WHY_ADDRESS;
	return e & PAE_ROOT_RESERVED ? TDP_WHY_BITS : TDP_WHY_NONE;
}

static enum tdp_misfit pae_make_layout(struct tdp_layout *out, const struct tdp_caps *caps, const struct tdp_wish *wish)
{
	if (wish->gpa_bits > PAE_GPA_BITS)
		return TDP_MISFIT_GPA;
	if (caps->min_levels > 3 || (caps->max_levels != 0 && caps->max_levels < 3))
		return TDP_MISFIT_LEVELS;
	npt_machine(out, caps, 3);
	out->top_level = PAE_ROOT;
	out->gpa_bits = wish->gpa_bits;
	return TDP_FITS;
}

/* CR3 has 32 bits. */
static enum tdp_result pae_from_regs(struct tdp_layout *out, const struct tdp_regs *regs, tdp_hpa_t *root)
{
	if (regs->base & TDP_BITS(63, 32))
		return TDP_INVALID;
	npt_any_machine(out, 3);
	out->top_level = PAE_ROOT;
	out->gpa_bits = PAE_GPA_BITS;
	*root = regs->base & PAE_CR3_ROOT;
	return TDP_OK;
}

/* There is no room for an encryption bit, so the root is not encrypted. */
static void pae_regs(const struct tdp_layout *lay, tdp_hpa_t root, struct tdp_regs *out)
{
	(void)lay;
	*out = (struct tdp_regs){.base = root};
}

TDP_FORMAT(tdp_npt_pae) = {
	NPT_FIELDS,
	.name = "NPT PAE",
	.level_names = {"PTE", "PDE", "PDPE"},
	.max_levels = 3,
	.min_levels = 3,
	.root_bits = 2,
	.root_per_vcpu = true,
	.sw_bits = 0,
	.leaf_levels = 3,
	.table_bits = {[1] = NPT_TABLE, [PAE_ROOT] = NPT_P},
	.encode = pae_encode,
	.decode = pae_decode,
	.reserved = pae_reserved,
	.make_layout = pae_make_layout,
	.from_regs = pae_from_regs,
	.regs = pae_regs,
};

_Static_assert(12 + 9 * 2 + 2 == PAE_GPA_BITS, "two levels of nine bits over 4 KiB pages, and a root of four entries");
_Static_assert((PAE_ROOT_RESERVED & NPT_P) == 0, "what a root entry that we write has");
/* Every leaf bit has one owner: hardware (62:52 is reserved) or the library. */
TDP_DISJOINT(PAE_RESERVED, NPT_HARDWARE | NPT_LIBRARY);
_Static_assert((NPT_HARDWARE | NPT_LIBRARY | PAE_RESERVED) == ~UINT64_C(0), "every leaf bit has one owner");

#ifdef TDP_BUILD_ENGINE
#define TDP_INSTANCE tdp_npt_pae
#include "instance.h"
#endif
