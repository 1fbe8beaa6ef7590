/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm stage 2, VMSAv8-64, 4 KiB granule without FEAT_LPA2: Arm ARM (DDI 0487) D8.2 (registers, concatenation), D8.3 (descriptors),
 * D8.4.2 (permissions), D8.5 (AF and dirty state), D8.6.6 (FEAT_S2FWB); VTCR_EL2 and VTTBR_EL2 in D19.2.
 * The manual's level 3 is our 0, its level 0 our 3.
 *
 * RES0 fields that hardware ignores are taken as reserved here: the library must not set them.
 */
#include "walk_impl.h"

enum { S2_VALID = 1, S2_TABLE_OR_PAGE = 2, S2_READ = 1 << 6, S2_WRITE = 1 << 7, S2_AF = 1 << 10 };

#define S2_DBM	   REF_BIT(51)
#define S2_CONTIG  REF_BIT(52)
#define S2_XN0	   REF_BIT(53)
#define S2_XN1	   REF_BIT(54)
#define SW_WRITTEN REF_BIT(55)
#define SW_DIRTY   REF_BIT(58)

#define VTCR_HA	   REF_BIT(21)
#define VTCR_HD	   REF_BIT(22)
#define VTCR_DS	   REF_BIT(32)

/* Output address width by VTCR_EL2.PS; 0: reserved, or for LPA only. */
static unsigned output_bits(const struct ref_machine *m)
{
	static const unsigned widths[8] = {32, 36, 40, 42, 44, 48, 0, 0};
	unsigned width = widths[m->control >> 16 & 7];

	return width < m->hpa_bits ? width : m->hpa_bits;
}

static bool s2_shape(const struct ref_machine *m, struct ref_shape *out)
{
	static const unsigned top[4] = {1, 2, 3, 0}; /* by SL0 */
	unsigned t0sz = (unsigned)(m->control & 0x3f), below;

	out->top = top[m->control >> 6 & 3];
	out->page_lg2 = 12;
	out->index_bits = 9;
	out->break_first = !(m->features & REF_HAS_BBML2);
	out->hw_a = (m->control & VTCR_HA) != 0;
	out->hw_d = out->hw_a && (m->control & VTCR_HD);
	below = 12 + 9 * out->top;
	if (t0sz < 16 || t0sz > 48 || (m->control & (REF_BITS(15, 14) | VTCR_DS)) || output_bits(m) == 0)
		return false;
	out->gpa_bits = 64 - t0sz;
	/* One to 16 tables in a row at the first level. */
	if (out->gpa_bits <= below || out->gpa_bits > below + 13)
		return false;
	out->root_bits = out->gpa_bits - below;
	out->root = m->base & REF_BITS(47, 1);
	return (out->root & ((REF_BIT(out->root_bits) * 8) - 1)) == 0 && !(out->root >> output_bits(m));
}

/* MemAttr[3:0] without FEAT_S2FWB: outer type in 3:2, inner in 1:0, or a Device type. */
static enum ref_memtype memtype_plain(unsigned attr)
{
	unsigned outer = attr >> 2, inner = attr & 3;

	if (outer == 0)
		return inner == 0 ? REF_STRICT : REF_UC;
	if (inner == 0)
		return REF_MT_RESERVED;
	if (outer == 1 || inner == 1)
		return REF_WC;
	return outer == 2 || inner == 2 ? REF_WT : REF_WB;
}

/* MemAttr[3:0] with FEAT_S2FWB. */
static enum ref_memtype memtype_fwb(unsigned attr)
{
	static const enum ref_memtype types[8] = {REF_STRICT, REF_UC, REF_UC, REF_UC, REF_MT_RESERVED, REF_WC, REF_WB, REF_STAGE1};

	return attr & 8 ? REF_MT_RESERVED : types[attr];
}

/* XN[1:0]; a fetch does not need read permission. */
static unsigned fetch_permissions(const struct ref_machine *m, uint64_t e)
{
	unsigned xn = (unsigned)(e >> 53 & 3);

	if (!(m->features & REF_HAS_XNX))
		return e & S2_XN1 ? 0 : REF_XS | REF_XU;
	return xn == 0 ? REF_XS | REF_XU : xn == 1 ? REF_XU : xn == 2 ? 0 : REF_XS;
}

bool ref_s2_attributes(const struct ref_machine *m, const struct ref_shape *s, uint64_t e, struct ref_entry *out)
{
	unsigned attr = (unsigned)(e >> 2 & 0xf), share = (unsigned)(e >> 8 & 3);

	out->memtype = m->features & REF_HAS_FWB ? memtype_fwb(attr) : memtype_plain(attr);
	out->perms = fetch_permissions(m, e);
	if (e & S2_READ)
		out->perms |= REF_R;
	if (e & S2_WRITE)
		out->perms |= REF_W;
	out->hw_grants_w = s->hw_d && (e & S2_DBM) && !(e & S2_WRITE);
	if (out->hw_grants_w)
		out->perms |= REF_W;
	out->accessed = (e & S2_AF) != 0;
	out->dirty = (e & S2_WRITE) != 0;
	out->dirty_kept = (e & (S2_WRITE | SW_DIRTY)) != 0;
	out->dirty_for_sw = (e & (S2_WRITE | SW_DIRTY | SW_WRITTEN)) != 0;
	out->with_a = e | S2_AF;
	out->with_d = e | S2_AF | S2_WRITE;
	if (!(m->features & REF_HAS_XNX) && (e & S2_XN0))
		return false;
	return out->memtype != REF_MT_RESERVED && share != 1 && !(e & S2_CONTIG);
}

static struct ref_entry s2_decode(const struct ref_machine *m, const struct ref_shape *s, unsigned level, uint64_t e)
{
	struct ref_entry out = {.kind = REF_ABSENT, .with_a = e, .with_d = e};
	bool low = (e & S2_TABLE_OR_PAGE) != 0;

	if (!(e & S2_VALID)) {
		if ((e & REF_BITS(5, 3)) == REF_BIT(3))
			out.kind = REF_FROZEN;
		return out;
	}
	out.hpa = e & REF_BITS(47, 12);
	if (level > 0 && low) {
		out.kind = e & (REF_BITS(63, 59) | REF_BITS(50, 48)) ? REF_RESERVED : REF_TABLE;
		out.perms = REF_RWX;
		out.accessed = true;
	} else {
		out.kind = REF_LEAF;
		if (!ref_s2_attributes(m, s, e, &out) || (e & REF_BITS(50, 48)) || (level == 0) != low || level > 2 ||
		    (out.hpa & (ref_span(s, level) - 1)))
			out.kind = REF_RESERVED;
	}
	if (out.kind != REF_RESERVED && out.hpa >> output_bits(m))
		out.kind = REF_BAD_SIZE;
	return out;
}

static uint64_t s2_poison(unsigned level, uint64_t hpa)
{
	return hpa | S2_VALID | (level == 0 ? S2_TABLE_OR_PAGE : 0) | 0xf << 2 | S2_READ | S2_WRITE | 3 << 8 | S2_AF;
}

const struct ref_walker ref_walker_s2 = {s2_shape, s2_decode, s2_poison};
