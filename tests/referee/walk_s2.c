/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm stage 2, VMSAv8-64, any granule, with FEAT_LPA and FEAT_LPA2 or without: Arm ARM (DDI 0487) D8.2 (registers, concatenation), D8.3 (descriptors),
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
#define VTCR_SL2   REF_BIT(33)

/*
 * Output address width: VTCR_EL2.PS, as far as the machine and the descriptors reach; 0: reserved. 52 bits where neither LPA nor LPA2
 * applies are taken for 48.
 */
static unsigned output_bits(const struct ref_machine *m, unsigned page_lg2)
{
	static const unsigned widths[8] = {32, 36, 40, 42, 44, 48, 52, 0};
	unsigned width = widths[m->control >> 16 & 7];

	if (width > 48 && page_lg2 != 16 && !(m->control & VTCR_DS))
		width = 48;
	return width < m->hpa_bits ? width : m->hpa_bits;
}

/* The granule by VTCR_EL2.TG0; 0: reserved. */
static unsigned granule(const struct ref_machine *m)
{
	static const unsigned lg2[4] = {12, 16, 14, 0};

	return lg2[m->control >> 14 & 3];
}

/* The manual's level of the first table, by SL0 and SL2 (S2StartLevel); 9: reserved. */
static int start_level(const struct ref_machine *m, unsigned page_lg2)
{
	unsigned sl0 = (unsigned)(m->control >> 6 & 3);
	bool ds = (m->control & VTCR_DS) != 0;

	if (page_lg2 == 12) {
		if (ds && (m->control & VTCR_SL2))
			return sl0 == 0 ? -1 : 9;
		if (sl0 == 3)
			return m->features & REF_HAS_TTST ? 3 : 9;
		return 2 - (int)sl0;
	}
	if (sl0 == 3)
		return page_lg2 == 14 && ds ? 0 : 9;
	return 3 - (int)sl0;
}

/* Does the machine have this start (S2InvalidSL)? Tests may have machines that take wider inputs than they give; those have all. */
static bool start_exists(const struct ref_machine *m, const struct ref_shape *s)
{
	unsigned least = 0;

	if (s->page_lg2 == 12)
		least = s->top == 4 ? 52 : s->top == 3 ? 44 : 0;
	else if (s->top >= 2)
		least = s->top == 3 ? 52 : s->page_lg2 == 14 ? 42 : 44;
	return m->hpa_bits >= least || s->gpa_bits > m->hpa_bits;
}

/* T0SZ against its limits (S2MinTxSZ, S2MaxTxSZ). */
static bool input_fits(const struct ref_machine *m, const struct ref_shape *s)
{
	unsigned least = !(m->features & REF_HAS_TTST) ? 25 : s->page_lg2 == 16 ? 17 : 16;

	return s->gpa_bits >= least && s->gpa_bits <= (s->lpa || s->lpa2 ? 52 : 48);
}

static bool s2_shape(const struct ref_machine *m, struct ref_shape *out)
{
	unsigned lg2 = granule(m), below;
	int first = start_level(m, lg2);

	if (lg2 == 0 || first == 9 || output_bits(m, lg2) == 0)
		return false;
	out->top = (unsigned)(3 - first);
	out->page_lg2 = lg2;
	out->index_bits = lg2 - 3;
	out->break_first = !(m->features & REF_HAS_BBML2);
	out->hw_a = (m->control & VTCR_HA) != 0;
	out->hw_d = out->hw_a && (m->control & VTCR_HD);
	out->gpa_bits = 64 - (unsigned)(m->control & 0x3f);
	out->pa_lg2 = output_bits(m, lg2);
	out->lpa2 = (m->control & VTCR_DS) != 0;
	out->lpa = lg2 == 16 && m->hpa_bits >= 52;
	if (out->lpa2 && (lg2 == 16 || !(m->features & REF_HAS_LPA2)))
		return false;
	/* Blocks of level 1, but for 16K and 64K only with 52 bits; of level 0 with LPA2 and 4K. */
	out->leaf_top = lg2 == 12 ? (out->lpa2 ? 3 : 2) : out->lpa || out->lpa2 ? 2 : 1;
	below = lg2 + out->index_bits * out->top;
	/* One to 16 tables in a row at the first level. */
	if (!input_fits(m, out) || !start_exists(m, out) || out->gpa_bits <= below || out->gpa_bits > below + out->index_bits + 4)
		return false;
	out->root_bits = out->gpa_bits - below;
	out->root = m->base & REF_BITS(47, 1);
	if (out->pa_lg2 == 52)
		out->root = (m->base & REF_BITS(47, 6)) | (m->base & REF_BITS(5, 2)) << 46;
	return (out->root & ((REF_BIT(out->root_bits) * 8) - 1)) == 0 && !(out->root >> out->pa_lg2);
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
	return out->memtype != REF_MT_RESERVED && (s->lpa2 || share != 1) && !(e & S2_CONTIG);
}

/* The address in a descriptor, its parts put together; *rest: bits of the fields between 50 and 12 that are no part of it. */
static uint64_t address(const struct ref_shape *s, uint64_t e, uint64_t *rest)
{
	uint64_t in_place = REF_BITS(s->lpa2 ? 49 : 47, s->page_lg2), high = s->lpa ? REF_BITS(15, 12) : 0;

	*rest = e & REF_BITS(50, 12) & ~(in_place | high);
	return (e & in_place) | (e & high) << 36 | (s->lpa2 ? (e & REF_BITS(9, 8)) << 42 : 0);
}

static struct ref_entry s2_decode(const struct ref_machine *m, const struct ref_shape *s, unsigned level, uint64_t e)
{
	struct ref_entry out = {.kind = REF_ABSENT, .with_a = e, .with_d = e};
	bool low = (e & S2_TABLE_OR_PAGE) != 0;
	uint64_t rest;

	if (!(e & S2_VALID)) {
		if ((e & REF_BITS(5, 3)) == REF_BIT(3))
			out.kind = REF_FROZEN;
		return out;
	}
	out.hpa = address(s, e, &rest);
	if (level > 0 && low) {
		out.kind = rest || (e & REF_BITS(63, 59)) ? REF_RESERVED : REF_TABLE;
		out.perms = REF_RWX;
		out.accessed = true;
	} else {
		out.kind = REF_LEAF;
		if (!ref_s2_attributes(m, s, e, &out) || rest || (level == 0) != low || level > s->leaf_top ||
		    (out.hpa & (ref_span(s, level) - 1)))
			out.kind = REF_RESERVED;
	}
	if (out.kind != REF_RESERVED && out.hpa >> s->pa_lg2)
		out.kind = REF_BAD_SIZE;
	return out;
}

/* Whatever the granule: a page below 2^48, or at the top of 52 bits where bits 9:8 are its address. */
static uint64_t s2_poison(unsigned level, uint64_t hpa)
{
	return (hpa & REF_BITS(47, 30)) | S2_VALID | (level == 0 ? S2_TABLE_OR_PAGE : 0) | 0xf << 2 | S2_READ | S2_WRITE | 3 << 8 |
	       S2_AF;
}

const struct ref_walker ref_walker_s2 = {s2_shape, s2_decode, s2_poison};
