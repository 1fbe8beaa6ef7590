/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AMD nested paging with a long-mode host: APM vol. 2, 5.3 (figures 5-17 to 5-27), 5.4 (fields), 7.8.2 (PAT), 15.25.5 (every nested
 * access is a user access). With REF_PAE the host is in legacy PAE mode: 5.2.3 (figures 5-10 to 5-16). With REF_GUEST_TABLES the same tables are a guest's own (CR3), where supervisor accesses exist.
 * Level names: PML5E 4, PML4E 3, PDPE 2, PDE 1, PTE 0.
 */
#include "walk_impl.h"

enum {
	NPT_P = 1,
	NPT_RW = 2,
	NPT_US = 4,
	NPT_PWT = 8,
	NPT_PCD = 16,
	NPT_A = 32,
	NPT_D = 64,
	NPT_PS = 128,
	NPT_PAT_4K = 128,
	NPT_PAT_HUGE = 4096
};

#define NPT_NX	     REF_BIT(63)
#define PAT_POWER_ON UINT64_C(0x0007040600070406)
#define SW_WRITTEN   REF_BIT(11)

/* Three levels, the root four entries that CR3 holds 27 address bits of. */
static bool pae_shape(const struct ref_machine *m, struct ref_shape *out)
{
	out->root = m->base & REF_BITS(31, 5);
	out->top = 2;
	out->gpa_bits = 32;
	out->page_lg2 = 12;
	out->index_bits = 9;
	out->root_bits = 2;
	out->hw_a = out->hw_d = true;
	return m->base >> 32 == 0;
}

static bool npt_shape(const struct ref_machine *m, struct ref_shape *out)
{
	bool la57 = (m->features & REF_HAS_LA57) != 0;

	if (m->features & REF_PAE)
		return pae_shape(m, out);
	out->root = m->base & REF_BITS(51, 12);
	if (out->root >> m->hpa_bits)
		return false;
	out->top = la57 ? 4 : 3;
	out->gpa_bits = la57 ? 57 : 48;
	out->page_lg2 = 12;
	out->index_bits = out->root_bits = 9;
	out->hw_a = out->hw_d = true;
	return true;
}

/* The PAT entry that PAT, PCD and PWT select. */
static enum ref_memtype npt_memtype(const struct ref_machine *m, unsigned level, uint64_t e)
{
	static const enum ref_memtype types[8] = {REF_UC, REF_WC, REF_MT_RESERVED, REF_MT_RESERVED, REF_WT, REF_WP, REF_WB, REF_UC};
	uint64_t pat = m->pat ? m->pat : PAT_POWER_ON;
	unsigned index = (e & NPT_PWT ? 1 : 0) | (e & NPT_PCD ? 2 : 0);

	if (e & (level == 0 ? NPT_PAT_4K : NPT_PAT_HUGE))
		index |= 4;
	return types[pat >> (8 * index) & 7];
}

static unsigned npt_permissions(const struct ref_machine *m, uint64_t e)
{
	unsigned perms = REF_R | REF_XS | REF_XU;

	if (e & NPT_RW)
		perms |= REF_W;
	if (e & NPT_NX)
		perms &= ~(unsigned)(REF_XS | REF_XU);
	if (!(e & NPT_US))
		perms = m->features & REF_GUEST_TABLES ? perms & ~(unsigned)REF_XU : 0;
	return perms;
}

static uint64_t npt_reserved(const struct ref_machine *m, const struct ref_shape *s, unsigned level, bool leaf)
{
	uint64_t reserved = m->hpa_bits >= 52 ? 0 : REF_BITS(51, m->hpa_bits);

	if (!(m->features & REF_HAS_NX))
		reserved |= NPT_NX;
	if (level >= 3)
		reserved |= REF_BITS(8, 7);
	if (m->features & REF_PAE)
		reserved |= REF_BITS(62, 52);
	if (leaf && level > 0)
		reserved |= (ref_span(s, level) - 1) & REF_BITS(51, 13);
	return reserved;
}

/* An entry of a PAE root says where a table is and nothing more: no permissions, no Accessed. */
static struct ref_entry pae_root_entry(const struct ref_machine *m, uint64_t e)
{
	struct ref_entry out = {.kind = REF_TABLE, .hpa = e & REF_BITS(51, 12), .perms = REF_RWX, .accessed = true};
	uint64_t reserved = REF_BITS(63, 52) | REF_BITS(8, 5) | NPT_RW | NPT_US;

	if (m->hpa_bits < 52)
		reserved |= REF_BITS(51, m->hpa_bits);
	if (e & reserved)
		out.kind = REF_RESERVED;
	out.with_a = out.with_d = e;
	return out;
}

static struct ref_entry npt_decode(const struct ref_machine *m, const struct ref_shape *s, unsigned level, uint64_t e)
{
	struct ref_entry out = {.kind = REF_ABSENT};
	bool leaf = level == 0 || (level <= 2 && (e & NPT_PS));

	if (!(e & NPT_P)) {
		if ((e & REF_BITS(5, 3)) == REF_BIT(3))
			out.kind = REF_FROZEN;
		return out;
	}
	if ((m->features & REF_PAE) && level == 2)
		return pae_root_entry(m, e);
	out.kind = leaf ? REF_LEAF : REF_TABLE;
	out.hpa = e & REF_BITS(51, 12);
	out.perms = npt_permissions(m, e);
	out.accessed = (e & NPT_A) != 0;
	out.with_a = e | NPT_A;
	out.with_d = e | NPT_A | NPT_D;
	if (leaf) {
		if (level > 0)
			out.hpa &= ~(uint64_t)NPT_PAT_HUGE;
		out.memtype = npt_memtype(m, level, e);
		out.dirty = out.dirty_kept = (e & NPT_D) != 0;
		out.dirty_for_sw = (e & (NPT_D | SW_WRITTEN)) != 0;
	}
	if ((e & npt_reserved(m, s, level, leaf)) || out.memtype == REF_MT_RESERVED ||
	    (leaf && level == 2 && !(m->features & REF_HAS_1G)))
		out.kind = REF_RESERVED;
	return out;
}

static uint64_t npt_poison(unsigned level, uint64_t hpa)
{
	return hpa | NPT_P | NPT_RW | NPT_US | NPT_A | NPT_D | (level > 0 ? NPT_PS : 0);
}

const struct ref_walker ref_walker_npt = {npt_shape, npt_decode, npt_poison};
