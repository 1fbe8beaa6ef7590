/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flags, attributes and masks that an operation does not know, or that a format cannot express.
 */
#include "harness.h"

enum { KNOWN_BITS = 32 };

/* An operation and the flags that its comment lists. */
struct flags_case {
	const char *name;
	enum tdp_result (*call)(struct harness *h);
	uint32_t known;
};

static bool some_memory(void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out)
{
	(void)arg;
	(void)gpa;
	*out = (struct tdp_backing){.hpa = HPA2, .size = size, .attrs = RWX};
	return true;
}

static enum tdp_verdict look(void *arg, struct tdp_visit *visit)
{
	(void)arg;
	(void)visit;
	return TDP_GO;
}

static enum tdp_result call_map(struct harness *h)
{
	return tdp_map(&h->tree, h->g, h->p, HPA, RWX, &h->op);
}

static enum tdp_result call_map_from(struct harness *h)
{
	return tdp_map_from(&h->tree, h->g, h->p, some_memory, NULL, &h->op);
}

static enum tdp_result call_fault(struct harness *h)
{
	const struct tdp_fault f = {
		.gpa = h->g, .base = h->g, .backing = {.hpa = HPA, .size = h->p, .attrs = RWX}, .access = TDP_READ};

	return tdp_fault(&h->tree, &f, &h->op);
}

static enum tdp_result call_replace(struct harness *h)
{
	return tdp_replace(&h->tree, 0, h->p, HPA, HPA2, RWX, &h->op);
}

static enum tdp_result call_note(struct harness *h)
{
	return tdp_note(&h->tree, h->g, h->p, 5, &h->op);
}

static enum tdp_result call_zap(struct harness *h)
{
	return tdp_zap(&h->tree, 0, h->p, &h->op);
}

static enum tdp_result call_trim(struct harness *h)
{
	return tdp_trim(&h->tree, 0, h->p, &h->op);
}

static enum tdp_result call_set_attrs(struct harness *h)
{
	return tdp_set_attrs(&h->tree, 0, h->p, RO, TDP_MASK_PROT, &h->op);
}

static enum tdp_result call_protect(struct harness *h)
{
	return tdp_protect(&h->tree, 0, h->p, &h->op);
}

static enum tdp_result call_next(struct harness *h)
{
	struct tdp_visit v;

	return tdp_next(&h->tree, 0, h->p, TDP_VISIT_LEAF, &v, &h->op);
}

static enum tdp_result call_extent(struct harness *h)
{
	struct tdp_mapping m;

	return tdp_extent(&h->tree, 0, h->p, &m, &h->op);
}

static enum tdp_result call_count(struct harness *h)
{
	struct tdp_count c;

	return tdp_count(&h->tree, 0, h->p, &c, &h->op);
}

static enum tdp_result call_walk(struct harness *h)
{
	return tdp_walk(&h->tree, 0, h->p, TDP_VISIT_LEAF, look, NULL, &h->op);
}

#define MAP_FLAGS (TDP_EXCLUSIVE | TDP_LOG_DIRTY | TDP_PREFETCH | TDP_DRY_RUN | TDP_OVER_NOTE)

static const struct flags_case cases[] = {
	{"map", call_map, MAP_FLAGS | TDP_MAY_YIELD},
	{"map_from", call_map_from, MAP_FLAGS | TDP_MAY_YIELD},
	{"fault", call_fault, MAP_FLAGS},
	{"replace", call_replace, TDP_EXCLUSIVE | TDP_DRY_RUN},
	{"note", call_note, TDP_EXCLUSIVE | TDP_DRY_RUN | TDP_NOTE_MISCONFIG | TDP_NOTE_VE | TDP_MAY_YIELD},
	{"zap", call_zap, TDP_EXCLUSIVE | TDP_OVERZAP | TDP_SKIP_PARTIAL | TDP_ZAP_LEAVES | TDP_DRY_RUN | TDP_MAY_YIELD},
	{"trim", call_trim, TDP_EXCLUSIVE | TDP_MAY_YIELD},
	{"set_attrs", call_set_attrs, TDP_EXCLUSIVE | TDP_SKIP_PARTIAL | TDP_LOG_DIRTY | TDP_DRY_RUN | TDP_MAY_YIELD},
	{"protect", call_protect, TDP_EXCLUSIVE | TDP_MAY_YIELD},
	{"next", call_next, TDP_EXCLUSIVE},
	{"extent", call_extent, TDP_EXCLUSIVE},
	{"count", call_count, TDP_EXCLUSIVE},
	{"walk", call_walk, TDP_EXCLUSIVE | TDP_LOG_DIRTY},
};

/* A flag that an operation does not know is refused, alone and with a known one. */
TREE_TEST(bad_args, unknown_flags)
{
	uint64_t state;

	IS(TDP_OK, map_at(h, 0, 0, 2 * h->p, HPA, RWX));
	state = tables_digest(h);
	for (unsigned c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		for (unsigned bit = 0; bit < KNOWN_BITS; bit++) {
			const uint32_t flag = UINT32_C(1) << bit;
			enum tdp_result r;

			if (cases[c].known & flag)
				continue;
			WITH(.flags = flag | (bit % 2 ? TDP_EXCLUSIVE : 0));
			harness_before(h, cases[c].name);
			r = cases[c].call(h);
			harness_after(h, (int)bit, TDP_INVALID, r, cases[c].name);
			SAME(STORES + FLUSHES + TAKEN, 0);
			SAME(tables_digest(h), state);
		}
	}
}

/* And each that it lists is known. */
TREE_TEST(bad_args, known_flags)
{
	for (unsigned c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		for (unsigned bit = 0; bit < KNOWN_BITS; bit++) {
			const uint32_t flag = UINT32_C(1) << bit;
			enum tdp_result r;

			if (!(cases[c].known & flag) || flag == TDP_NOTE_MISCONFIG || flag == TDP_NOTE_VE)
				continue;
			WITH(0);
			harness_tables(h, 16);
			IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_map(&h->tree, 0, 2 * h->p, HPA, RWX, &h->op));
			WITH(.flags = flag);
			harness_before(h, cases[c].name);
			r = cases[c].call(h);
			harness_after(h, (int)bit, r == TDP_SPURIOUS ? TDP_SPURIOUS : TDP_OK, r, cases[c].name);
			WITH(0);
			IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_zap(&h->tree, 0, h->end, &h->op));
		}
	}
}

/* ---- attributes ---- */

/* Every operation that takes attributes refuses these, with the result that encoding them gives. */
static void check_attrs(struct harness *h, int line, struct tdp_attrs attrs)
{
	const struct tdp_fault f = {.gpa = h->g,
				    .base = h->g,
				    .backing = {.hpa = HPA, .size = h->p, .attrs = attrs},
				    .access = attrs.prot & 15 ? attrs.prot & (unsigned)-attrs.prot & 15 : TDP_READ};
	const uint64_t state = tables_digest(h);
	enum tdp_result want;
	tdp_spte_t raw;

	want = tdp_encode_leaf(&h->layout, 0, HPA, attrs, &raw);
	if (want >= 0)
		harness_fail(h, line, "prot %u memtype %u flags %u sw %u can be expressed", attrs.prot, attrs.memtype, attrs.flags,
			     attrs.sw);
	IS(want, tdp_map(&h->tree, h->g, h->p, HPA, attrs, &h->op));
	IS(want, tdp_map(&h->tree, 0, h->b, HPA, attrs, &h->op)); /* also where something is mapped */
	IS(want, tdp_replace(&h->tree, 0, h->p, HPA, HPA2, attrs, &h->op));
	IS(want, tdp_set_attrs(&h->tree, 0, h->p, attrs, TDP_MASK_PROT | TDP_MASK_MEMTYPE | TDP_MASK_FLAGS | TDP_MASK_SW, &h->op));
	if (attrs.prot & 15)
		IS(want, tdp_fault(&h->tree, &f, &h->op));
	SAME(STORES + FLUSHES, 0);
	SAME(tables_digest(h), state);
}
#define REFUSED(...) check_attrs(h, __LINE__, (struct tdp_attrs){__VA_ARGS__})

TREE_TEST(bad_args, attributes_nobody_knows)
{
	IS(TDP_OK, map_at(h, 0, 0, 2 * h->p, HPA, RWX));
	REFUSED(0, TDP_MT_WB, 0, 0);
	REFUSED(TDP_RWX + 1, TDP_MT_WB, 0, 0);
	REFUSED(255, TDP_MT_WB, 0, 0);
	REFUSED(TDP_R, TDP_MT_STAGE1 + 1, 0, 0);
	REFUSED(TDP_R, 254, 0, 0);
	REFUSED(TDP_R, TDP_MT_WB, 8, 0);
	REFUSED(TDP_R, TDP_MT_WB, 0x80, 0);
	REFUSED(TDP_R, TDP_MT_WB, 0, (uint8_t)(1u << tdp_sw_bits(&h->layout)));
	REFUSED(TDP_R, TDP_MT_WB, 0, 255);
}

TREE_TEST(bad_args, attributes_ept_has_not, .with = IS_EPT)
{
	IS(TDP_OK, map_at(h, 0, 0, 2 * h->p, HPA, RWX));
	REFUSED(TDP_W, TDP_MT_WB, 0, 0); /* write without read */
	REFUSED(TDP_W | TDP_X, TDP_MT_WB, 0, 0);
	if (!(h->layout.features & TDP_CAP_MBEC))
		REFUSED(TDP_R | TDP_XS, TDP_MT_WB, 0, 0);
	REFUSED(TDP_R, TDP_MT_STAGE1, 0, 0);
	REFUSED(TDP_R, TDP_MT_WB, TDP_ATTR_SUPERVISOR, 0);
}

TREE_TEST(bad_args, attributes_npt_has_not, .with = IS_NPT)
{
	IS(TDP_OK, map_at(h, 0, 0, 2 * h->p, HPA, RWX));
	REFUSED(TDP_W, TDP_MT_WB, 0, 0);
	REFUSED(TDP_X, TDP_MT_WB, 0, 0);
	REFUSED(TDP_R | TDP_XU, TDP_MT_WB, 0, 0);
	REFUSED(TDP_R, TDP_MT_WP, 0, 0); /* not in the power-on PAT */
	REFUSED(TDP_R, TDP_MT_WB, TDP_ATTR_FORCE_MT, 0);
	REFUSED(TDP_R, TDP_MT_WB, TDP_ATTR_VE, 0);
}

TREE_TEST(bad_args, attributes_stage_2_has_not, .with = IS_S2)
{
	IS(TDP_OK, map_at(h, 0, 0, 2 * h->p, HPA, RWX));
	REFUSED(TDP_R, TDP_MT_WP, 0, 0);
	REFUSED(TDP_R, TDP_MT_STAGE1, 0, 0); /* without FWB */
	REFUSED(TDP_R, TDP_MT_WB, TDP_ATTR_FORCE_MT, 0);
	REFUSED(TDP_R, TDP_MT_WB, TDP_ATTR_SUPERVISOR, 0);
	REFUSED(TDP_R, TDP_MT_WB, TDP_ATTR_VE, 0);
	if (!(h->layout.features & TDP_CAP_XNX))
		REFUSED(TDP_R | TDP_XS, TDP_MT_WB, 0, 0);
}

/* ---- the rest ---- */

TREE_TEST(bad_args, masks)
{
	uint64_t state;

	IS(TDP_OK, map_at(h, 0, 0, 2 * h->p, HPA, RWX));
	state = tables_digest(h);
	IS(TDP_INVALID, tdp_set_attrs(&h->tree, 0, h->p, RO, 0, &h->op));
	IS(TDP_INVALID, tdp_set_attrs(&h->tree, 0, h->p, RO, 16, &h->op));
	IS(TDP_INVALID, tdp_set_attrs(&h->tree, 0, h->p, RO, TDP_MASK_PROT | 0x80000000u, &h->op));
	IS(TDP_INVALID, tdp_walk(&h->tree, 0, h->p, 0, look, NULL, &h->op));
	IS(TDP_INVALID, tdp_walk(&h->tree, 0, h->p, 32, look, NULL, &h->op));
	IS(TDP_INVALID, tdp_walk(&h->tree, 0, h->p, TDP_VISIT_LEAF | 0x100, look, NULL, &h->op));
	IS(TDP_INVALID, tdp_walk(&h->tree, 0, h->p, TDP_VISIT_LEAF, NULL, NULL, &h->op));
	for (unsigned when = 0; when < 64; when++) {
		struct tdp_visit v;

		if (when == 0 || when & ~(unsigned)(TDP_VISIT_LEAF | TDP_VISIT_HOLE | TDP_VISIT_BAD))
			IS(TDP_INVALID, tdp_next(&h->tree, 0, h->p, when, &v, &h->op));
	}
	SAME(tables_digest(h), state);
}

static void check_bad_faults(struct harness *h)
{
	const struct tdp_fault good = {
		.gpa = h->b + 1, .base = h->b, .backing = {.hpa = HPA, .size = 2 * h->p, .attrs = RWX}, .access = TDP_READ};
	const uint64_t state = tables_digest(h);
	struct tdp_fault f;

	IS(TDP_INVALID, tdp_fault(&h->tree, NULL, &h->op));
#define BAD_FAULT(want, change)                                                                                                    \
	do {                                                                                                                       \
		f = good;                                                                                                          \
		change;                                                                                                            \
		IS(want, tdp_fault(&h->tree, &f, &h->op));                                                                         \
		SAME(tables_digest(h), state);                                                                                     \
	} while (0)
	BAD_FAULT(TDP_INVALID, f.access = 0);
	BAD_FAULT(TDP_INVALID, f.access = 16);
	BAD_FAULT(TDP_INVALID, f.access = TDP_READ | 0x80000000u);
	BAD_FAULT(TDP_INVALID, f.reserved = 1);
	BAD_FAULT(TDP_INVALID, f.gpa = h->b - 1); /* outside of the backing */
	BAD_FAULT(TDP_INVALID, f.gpa = h->b + 2 * h->p);
	BAD_FAULT(TDP_RANGE, f.gpa = h->end);
	BAD_FAULT(TDP_RANGE, f.gpa = UINT64_MAX);
	BAD_FAULT(TDP_INVALID, f.base = h->b + 1);
	BAD_FAULT(TDP_INVALID, f.backing.size = 0);
	BAD_FAULT(TDP_INVALID, f.backing.size = h->p + 1);
	BAD_FAULT(TDP_RANGE, f.backing.size = h->end);
	BAD_FAULT(TDP_RANGE, f.backing.size = -h->p);
	BAD_FAULT(TDP_INVALID, f.backing.hpa = HPA + 8);
	BAD_FAULT(TDP_RANGE, f.backing.hpa = (UINT64_C(1) << h->layout.hpa_bits) - h->p);
	BAD_FAULT(TDP_PROTECTED, (f.access = TDP_READ | TDP_WRITE, f.backing.attrs.prot = TDP_R));
	BAD_FAULT(TDP_INVALID, h->op.flags = 0x80000000u);
	h->op.flags = 0;
}

TREE_TEST(bad_args, faults)
{
	check_bad_faults(h);
}

/* The quick way through a fault, which begins where a leaf table has room, has rules of its own to keep. */
TREE_TEST(bad_args, faults_into_a_table)
{
	IS(TDP_OK, map_at(h, 0, h->b + 5 * h->p, h->p, HPA2, RWX));
	check_bad_faults(h);
}
