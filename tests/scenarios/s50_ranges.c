/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S50: a range that ends exactly at the top, or wraps (every bad range and operation: tests/ops/bad_range.c).
 * S51: a 2M page over memory with two memory types.
 * S54: unmapping what is not mapped at the top of the range loops for ever.
 */
#include "scenarios.h"

SCENARIO(S50, ends_at_the_top, .modes = FREEING)
{
	const tdp_gpa_t gpa = h->end - 2 * h->b - h->p;
	const uint64_t size = 2 * h->b + h->p;
	struct tdp_mapping m;
	struct tdp_count c;

	FORETOLD(TDP_OK, tdp_map(&h->tree, gpa, size, HPA - h->p, RWX, &h->op));
	SAME(h->op.next, h->end);
	SAME(entry_at(h, h->end - 1).level, 1);
	IS(TDP_OK, tdp_extent(&h->tree, gpa, size, &m, NULL));
	SAME(m.gpa, gpa);
	SAME(m.entry.size, size);
	IS(TDP_OK, tdp_count(&h->tree, gpa, size, &c, NULL));
	SAME(c.bytes, size);
	FORETOLD(TDP_OK, tdp_set_attrs(&h->tree, h->end - h->p, h->p, RX, TDP_MASK_PROT, &h->op));
	SAME(h->op.next, h->end);
	FORETOLD(TDP_OK, tdp_replace(&h->tree, h->end - 2 * h->p, h->p, HPA + 2 * h->b - 2 * h->p, HPA2, RX, &h->op));
	IS(TDP_OK, tdp_protect(&h->tree, gpa, size, &h->op));
	SAME(h->op.next, h->end);
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->end - h->p, h->p, &h->op));
	SAME(h->op.next, h->end);
	WITH(.flags = TDP_ZAP_LEAVES);
	FORETOLD(TDP_OK, tdp_zap(&h->tree, gpa, size, &h->op));
	SAME(h->op.next, h->end);
	WITH(0);
	IS(TDP_OK, tdp_trim(&h->tree, gpa, size, &h->op));
	SAME(h->op.next, h->end);
	SAME(tables_linked(h), 0);
	IS(TDP_OK, tdp_note(&h->tree, gpa, size, 5, &h->op));
	SAME(h->op.next, h->end);
	NOTED(gpa, size, 5);
}

/* An OVERZAP at the top goes no further than the top. */
SCENARIO(S50, overzap_at_the_top, .without = PAE)
{
	IS(TDP_OK, tdp_map(&h->tree, h->end - h->g, h->g, HPA, RWX, &h->op));
	WITH(.flags = TDP_OVERZAP);
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->end - h->p, h->p, &h->op));
	SAME(h->op.first, h->end - h->g);
	SAME(h->op.next, h->end);
	SAME(h->op.changed, h->g);
	FLUSH(0, h->end - h->g, h->g, 2, false);
}

SCENARIO(S50, wraps)
{
	uint64_t state;

	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, h->end - h->p, h->p, HPA, RWX, &h->op));
	state = tables_digest(h);
	IS(TDP_RANGE, tdp_zap(&h->tree, h->end - h->p, 2 * h->p, &h->op));
	IS(TDP_RANGE, tdp_zap(&h->tree, h->end - h->p, -h->end, &h->op));
	IS(TDP_RANGE, tdp_zap(&h->tree, h->p, -h->p, &h->op));
	IS(TDP_INVALID, tdp_zap(&h->tree, h->p, 0, &h->op));
	SAME(tables_digest(h), state);
}

/* ---- S51 ---- */

/* Write-back below the border, uncacheable above; the border lies inside a b. */
static tdp_hpa_t border;

static uint8_t two_types(void *ctx, tdp_gpa_t gpa, tdp_hpa_t hpa, uint64_t size, uint64_t *uniform)
{
	(void)ctx;
	(void)gpa;
	*uniform = hpa < border && border - hpa < size ? border - hpa : size;
	return hpa < border ? TDP_MT_WB : TDP_MT_UC;
}

static void ask_two_types(struct tdp_mm_ops *ops)
{
	ops->memtype = two_types;
}

SCENARIO(S51, map_over_two_memory_types, .hooks = ask_two_types)
{
	const struct tdp_attrs uc = {TDP_RWX, TDP_MT_UC, 0, 0};

	border = HPA + h->b + 2 * h->p;
	FORETOLD(TDP_OK, tdp_map(&h->tree, 0, 3 * h->b, HPA, ASK, &h->op));
	SAME(entry_at(h, 0).level, 1);
	SAME(entry_at(h, h->b).level, 0);
	SAME(entry_at(h, 2 * h->b).level, 1);
	MAPPED(0, h->b + 2 * h->p, HPA, RWX);
	MAPPED(h->b + 2 * h->p, 2 * h->b - 2 * h->p, border, uc);
}

SCENARIO(S51, fault_over_two_memory_types, .hooks = ask_two_types)
{
	struct tdp_fault f = {.gpa = h->b, .backing = {.hpa = HPA, .size = h->g, .attrs = ASK}, .access = TDP_READ};
	const struct tdp_attrs uc = {TDP_RWX, TDP_MT_UC, 0, 0};

	border = HPA + h->b + 2 * h->p;
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(entry_at(h, h->b).level, 0); /* neither the g nor the b around it has one type */
	MAPPED(h->b, h->p, HPA + h->b, RWX);
	f.gpa = h->b + 3 * h->p;
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	MAPPED(h->b + 3 * h->p, h->p, HPA + h->b + 3 * h->p, uc);
	f.gpa = 2 * h->b + h->p;
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(entry_at(h, 2 * h->b).level, 1);
	MAPPED(2 * h->b, h->b, HPA + 2 * h->b, uc);
	f.gpa = 0;
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(entry_at(h, 0).level, 1);
	MAPPED(0, h->b, HPA, RWX);
}

SCENARIO(S51, replace_over_two_memory_types, .hooks = ask_two_types)
{
	const struct tdp_attrs uc = {TDP_RWX, TDP_MT_UC, 0, 0};

	border = HPA2 + h->b + 2 * h->p;
	IS(TDP_OK, tdp_map(&h->tree, 0, 3 * h->b, HPA, RWX, &h->op));
	FORETOLD(TDP_OK, tdp_replace(&h->tree, 0, 3 * h->b, HPA, HPA2, ASK, &h->op));
	MAPPED(0, h->b + 2 * h->p, HPA2, RWX);
	MAPPED(h->b + 2 * h->p, 2 * h->b - 2 * h->p, border, uc);
	SAME(entry_at(h, 0).level, 1);
	SAME(entry_at(h, h->b).level, 0);
}

/* ---- S54 ---- */

/* Ends at the top, where nothing is mapped; the rest of the tree is empty, full, or noted. */
SCENARIO(S54, nothing_mapped_at_the_top, .modes = FREEING)
{
	const uint64_t sizes[] = {h->p, h->b, h->b + h->p, h->g, h->g - h->p, h->end / 2, h->end - h->p, h->end};
	struct tdp_mapping m;
	struct tdp_visit v;

	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			const tdp_gpa_t gpa = h->end - sizes[i];

			IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_zap(&h->tree, gpa, sizes[i], &h->op));
			SAME(h->op.next, h->end);
			IS(TDP_SPURIOUS, tdp_zap(&h->tree, gpa, sizes[i], &h->op));
			IS(TDP_SPURIOUS, tdp_protect(&h->tree, gpa, sizes[i], &h->op));
			IS(TDP_SPURIOUS, tdp_set_attrs(&h->tree, gpa, sizes[i], RO, TDP_MASK_PROT, &h->op));
			IS(TDP_SPURIOUS, tdp_note(&h->tree, gpa, sizes[i], 0, &h->op));
			IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_trim(&h->tree, gpa, sizes[i], &h->op));
			SAME(h->op.next, h->end);
			IS(TDP_ABSENT, tdp_extent(&h->tree, gpa, sizes[i], &m, NULL));
			IS(TDP_ABSENT, tdp_next(&h->tree, gpa, sizes[i], TDP_VISIT_LEAF, &v, NULL));
			IS(TDP_OK, tdp_next(&h->tree, h->end - h->p, h->p, TDP_VISIT_HOLE, &v, NULL));
			SAME(v.gpa + v.entry.size, h->end);
		}
		if (round == 0)
			IS(TDP_OK, tdp_map(&h->tree, h->end - h->g, h->p, HPA, RWX, &h->op));
		else
			IS(TDP_OK, tdp_map(&h->tree, h->end - h->b - h->p, h->p, HPA, RWX, &h->op));
	}
}
