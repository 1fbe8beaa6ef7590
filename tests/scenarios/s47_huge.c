/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S47: a huge leaf taken for a table: the walk descends into guest data. Twice: where tables lie at an offset such a walk reads memory
 * that does not exist and crashes; where they are mapped by a hook it finds a table that the guest forged, and the hook notices.
 */
#include "scenarios.h"

/* A page table forged by the guest, as large as any. */
static struct {
	struct harness *h;
	tdp_hpa_t lo, hi; /* guest memory */
	tdp_spte_t table[512];
	unsigned entered;
} forged;

static void *on_table_map(void *ctx, tdp_hpa_t table, unsigned level, tdp_gpa_t gpa)
{
	(void)gpa;
	if (table < forged.lo || table >= forged.hi)
		return (void *)(uintptr_t)(table + referee_ops(ctx)->va_offset);
	forged.entered++;
	for (unsigned i = 0; i < forged.h->n; i++)
		if (tdp_encode_leaf(&forged.h->layout, level, 0, RWX, &forged.table[i]) != TDP_OK)
			forged.table[i] = 0;
	return forged.table;
}

static void map_by_hook(struct tdp_mm_ops *ops)
{
	ops->table_map = on_table_map;
}

static enum tdp_verdict count_visits(void *arg, struct tdp_visit *visit)
{
	unsigned *n = arg;

	++*n;
	return visit->when == TDP_VISIT_LEAF ? TDP_GO : TDP_STOP;
}

/* All that looks, at a huge leaf over guest memory. */
static void check_lookers(struct harness *h, unsigned level, tdp_gpa_t gpa, uint64_t size, tdp_hpa_t memory)
{
	struct tdp_mapping m;
	struct tdp_visit v;
	struct tdp_count c;
	unsigned visits = 0;

	IS(TDP_OK, tdp_lookup(&h->tree, gpa + h->p, &m, NULL));
	SAME(m.entry.level, level);
	SAME(m.entry.hpa, memory);
	IS(TDP_OK, tdp_count(&h->tree, 0, h->end, &c, NULL));
	SAME(c.leaves[level], 1);
	SAME(c.bytes, size);
	IS(TDP_OK, tdp_walk(&h->tree, gpa, size, TDP_VISIT_LEAF | TDP_VISIT_HOLE | TDP_VISIT_BAD, count_visits, &visits, NULL));
	SAME(visits, 1);
	IS(TDP_OK, tdp_next(&h->tree, gpa + h->p, h->p, TDP_VISIT_LEAF, &v, NULL));
	SAME(v.entry.level, level);
	IS(TDP_OK, tdp_extent(&h->tree, gpa, size, &m, NULL));
	SAME(m.entry.size, size);
	IS(TDP_OK, tdp_verify(&h->tree, NULL, NULL));
}

/* All that changes something. */
static void check_changers(struct harness *h, tdp_gpa_t gpa, uint64_t size, tdp_hpa_t memory)
{
	struct tdp_fault f = {
		.gpa = gpa + h->p, .base = gpa, .backing = {.hpa = memory, .size = size, .attrs = RWX}, .access = TDP_READ};
	const struct tdp_attrs uc = {TDP_RX, TDP_MT_UC, 0, 0};

	IS(TDP_SPURIOUS, tdp_trim(&h->tree, gpa, size, &h->op));
	IS(TDP_EXISTS, tdp_map(&h->tree, gpa + h->p, h->p, HPA, RWX, &h->op));
	IS(TDP_SPURIOUS, tdp_map(&h->tree, gpa + h->p, h->p, memory + h->p, RWX, &h->op));
	IS(TDP_EXISTS, tdp_note(&h->tree, gpa + h->p, h->p, 7, &h->op));
	IS(TDP_RACE, tdp_replace(&h->tree, gpa, size, HPA, HPA, RWX, &h->op));
	IS(TDP_SPURIOUS, tdp_fault(&h->tree, &f, &h->op));
	IS(TDP_OK, tdp_protect(&h->tree, gpa + h->p, h->p, &h->op));
	SAME(h->op.changed, size);
	IS(TDP_OK, tdp_set_attrs(&h->tree, gpa, size, uc, TDP_MASK_PROT | TDP_MASK_MEMTYPE, &h->op));
	WITH(.flags = TDP_SKIP_PARTIAL);
	IS(TDP_SPURIOUS, tdp_zap(&h->tree, gpa + h->p, h->p, &h->op));
	WITH(0);
	MAPPED(gpa, size, memory, uc);
	IS(TDP_OK, tdp_zap(&h->tree, gpa + h->p, h->p, &h->op)); /* split: the children are the block's, not the forged ones */
	MAPPED(gpa, h->p, memory, uc);
	MAPPED(gpa + 2 * h->p, size - 2 * h->p, memory + 2 * h->p, uc);
	IS(TDP_OK, map_at(h, 1, gpa + size, h->b, HPA, RWX));
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op)); /* a table that holds huge leaves is freed, they are not */
	SAME(tables_linked(h), 0);
}

/* Every operation, at every level that has huge leaves. */
static void check_levels(struct harness *h)
{
	for (unsigned level = 1; level < 3; level++) {
		const uint64_t size = tdp_level_size(&h->layout, level);

		forged.h = h;
		forged.lo = HPA;
		forged.hi = HPA2 + 4 * size;
		forged.entered = 0;
		IS(TDP_OK, map_at(h, level, size, size, HPA2 + size, RWX));
		check_lookers(h, level, size, size, HPA2 + size);
		check_changers(h, size, size, HPA2 + size);
		SAME(forged.entered, 0);
	}
}

SCENARIO(S47, huge_leaf_over_nothing, .modes = FREEING, .without = PAE)
{
	check_levels(h);
}

SCENARIO(S47, huge_leaf_over_a_forged_table, .modes = FREEING, .hooks = map_by_hook, .without = PAE)
{
	check_levels(h);
}
