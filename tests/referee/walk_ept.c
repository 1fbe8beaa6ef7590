/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intel EPT: SDM vol. 3C, 29.3.2 (tables 29-1 to 29-7), 29.3.3.1 (misconfigurations), 29.3.5 (accessed and dirty); EPTP: 25.6.11.
 * Level names: PML5E 4, PML4E 3, PDPTE 2, PDE 1, PTE 0.
 */
#include "walk_impl.h"

enum {
	EPT_READ = 1,
	EPT_WRITE = 2,
	EPT_EXEC = 4,
	EPT_TYPE_SHIFT = 3,
	EPT_IPAT = 1 << 6,
	EPT_PAGE = 1 << 7,
	EPT_A = 1 << 8,
	EPT_D = 1 << 9,
	EPT_EXEC_USER = 1 << 10
};

/* Values that only the library's software tells apart: 5:3 of a not-present entry, bit 11, and "written since mapped". */
#define SW_PRESENT REF_BIT(11)
#define SW_WRITTEN REF_BIT(56)
/* Without accessed and dirty flags a leaf that shall show its next access permits nothing and waits with its rights here. */
#define SW_READ	     REF_BIT(52)
#define SW_EXEC	     REF_BIT(54)
#define SW_EXEC_USER REF_BIT(62)
#define SW_WRITE     REF_BIT(55) /* also while it does not wait: writes may be let through */

static bool ept_shape(const struct ref_machine *m, struct ref_shape *out)
{
	unsigned type = (unsigned)(m->base & 7), length = (unsigned)(m->base >> 3 & 7);

	if ((type != 0 && type != 6) || (length != 3 && length != 4) || (m->base & REF_BITS(11, 7)))
		return false;
	if (m->base >> m->hpa_bits)
		return false;
	out->root = m->base & REF_BITS(51, 12);
	out->top = length;
	out->gpa_bits = length == 4 ? 57 : 48;
	out->page_lg2 = 12;
	out->index_bits = out->root_bits = 9;
	out->hw_a = out->hw_d = (m->base & REF_BIT(6)) != 0;
	return true;
}

/* Permissions, or 0 where the combination is a misconfiguration. */
static unsigned ept_permissions(const struct ref_machine *m, uint64_t e)
{
	unsigned perms = 0;

	if (e & EPT_READ)
		perms |= REF_R;
	if (e & EPT_WRITE)
		perms |= REF_W;
	if (e & EPT_EXEC)
		perms |= m->features & REF_HAS_MBEC ? REF_XS : REF_XS | REF_XU;
	if ((m->features & REF_HAS_MBEC) && (e & EPT_EXEC_USER))
		perms |= REF_XU;
	if (!(e & EPT_READ) && ((e & EPT_WRITE) || !(m->features & REF_HAS_EXEC_ONLY)))
		return 0;
	return perms;
}

static enum ref_memtype ept_memtype(uint64_t e)
{
	static const enum ref_memtype types[8] = {REF_UC, REF_WC, REF_MT_RESERVED, REF_MT_RESERVED,
						  REF_WT, REF_WP, REF_WB,	   REF_MT_RESERVED};

	return types[e >> EPT_TYPE_SHIFT & 7];
}

/* Which bits must be 0 in a present entry. */
static uint64_t ept_reserved(const struct ref_machine *m, const struct ref_shape *s, unsigned level, bool leaf)
{
	uint64_t reserved = REF_BITS(51, m->hpa_bits);

	if (m->hpa_bits >= 52)
		reserved = 0;
	if (!leaf)
		return reserved | (level >= 3 ? REF_BITS(7, 3) : REF_BITS(6, 3));
	return reserved | (level == 0 ? 0 : (ref_span(s, level) - 1) & REF_BITS(51, 12));
}

/* A leaf that waits, as it will be after a read: W comes back if the page is dirty anyway. */
static uint64_t ept_woken(uint64_t e)
{
	e |= e & SW_READ ? EPT_READ : 0;
	e |= e & SW_EXEC ? EPT_EXEC : 0;
	e |= e & SW_EXEC_USER ? EPT_EXEC_USER : 0;
	return (e & SW_WRITE) && (e & EPT_D) ? e | EPT_WRITE : e;
}

static struct ref_entry ept_decode(const struct ref_machine *m, const struct ref_shape *s, unsigned level, uint64_t e)
{
	uint64_t present = EPT_READ | EPT_WRITE | EPT_EXEC | (m->features & REF_HAS_MBEC ? EPT_EXEC_USER : 0);
	struct ref_entry out = {.kind = REF_ABSENT};
	bool leaf = level == 0 || (level <= 2 && (e & EPT_PAGE));
	bool waits = !s->hw_a && leaf && !(e & present) && (e & SW_PRESENT);

	if (waits) {
		e = ept_woken(e);
	} else if (!(e & present)) {
		if ((e & (SW_PRESENT | REF_BITS(5, 3))) == REF_BIT(3))
			out.kind = REF_FROZEN;
		return out;
	}
	out.kind = leaf ? REF_LEAF : REF_TABLE;
	out.hpa = e & REF_BITS(51, 12);
	out.perms = ept_permissions(m, e);
	out.waits = waits;
	out.accessed = s->hw_a ? (e & EPT_A) != 0 : !waits;
	out.with_a = e | EPT_A;
	out.with_d = e | EPT_A | EPT_D;
	if (leaf) {
		out.memtype = ept_memtype(e);
		out.force_mt = (e & EPT_IPAT) != 0;
		out.dirty = out.dirty_kept = (e & EPT_D) != 0;
		out.may_write = !s->hw_a && (e & SW_WRITE);
		out.dirty_for_sw = (e & (EPT_D | SW_WRITTEN)) != 0;
	}
	if (out.perms == 0 || (e & ept_reserved(m, s, level, leaf)) || out.memtype == REF_MT_RESERVED ||
	    (leaf && level == 2 && !(m->features & REF_HAS_1G)))
		out.kind = REF_RESERVED;
	out.on_purpose = out.perms == 0 && (e & (SW_PRESENT | REF_BITS(5, 3))) == REF_BIT(4);
	return out;
}

static uint64_t ept_poison(unsigned level, uint64_t hpa)
{
	return hpa | EPT_READ | EPT_WRITE | EPT_EXEC | 6 << EPT_TYPE_SHIFT | EPT_A | EPT_D | EPT_EXEC_USER | SW_PRESENT |
	       (level > 0 ? EPT_PAGE : 0);
}

const struct ref_walker ref_walker_ept = {ept_shape, ept_decode, ept_poison};
