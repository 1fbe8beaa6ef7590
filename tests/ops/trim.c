/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_trim(): empty tables go, all others stay.
 */
#include "harness.h"

/* An empty leaf table at gpa. */
static void make_empty_table(struct harness *h, tdp_gpa_t gpa)
{
	IS(TDP_OK, map_at(h, 0, gpa, h->p, HPA, RWX));
	WITH(.flags = TDP_ZAP_LEAVES);
	IS(TDP_OK, tdp_zap(&h->tree, gpa, h->p, &h->op));
	WITH(0);
}

TREE_TEST(trim, nothing_to_do)
{
	uint64_t state;

	IS(TDP_SPURIOUS, tdp_trim(&h->tree, 0, h->end, &h->op));
	SAME(h->op.next, h->end);
	SAME(h->op.tables + FLUSHES + STORES, 0);
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, h->b, h->p, 1, &h->op));
	state = tables_digest(h);
	IS(TDP_SPURIOUS, tdp_trim(&h->tree, 0, h->end, &h->op));
	SAME(h->op.tables + FLUSHES + STORES + FREED, 0);
	SAME(tables_digest(h), state);
}

/* One table, and the upper ones that become empty by it, up to the root. */
TREE_TEST(trim, chain)
{
	make_empty_table(h, h->g + h->b);
	IS(TDP_OK, tdp_trim(&h->tree, h->g + h->b, h->p, &h->op));
	SAME(h->op.tables, h->layout.top_level);
	SAME(h->op.next, h->g + h->b + h->p);
	SAME(h->op.changed, 0); /* no mapping changed */
	SAME(FREED, h->layout.top_level);
	SAME(FLUSHES, 1);
	SAME(referee_flush(h->r, 0)->tables, 1);
	SAME(tables_linked(h), 0);
	IS(TDP_SPURIOUS, tdp_trim(&h->tree, 0, h->end, &h->op));
}

/* The flush covers the whole span of every table that went, and no more. */
TREE_TEST(trim, flush_covers_the_span)
{
	IS(TDP_OK, map_at(h, 0, 0, h->p, HPA, RWX));
	make_empty_table(h, h->b);
	make_empty_table(h, 3 * h->b);
	IS(TDP_OK, tdp_trim(&h->tree, h->b + h->p, h->p, &h->op));
	SAME(h->op.tables, 1);
	SAME(FLUSHES, 1);
	FLUSH(0, h->b, h->b, -1, true);
	make_empty_table(h, h->b);
	IS(TDP_OK, tdp_trim(&h->tree, 0, h->g, &h->op));
	SAME(h->op.tables, 2);
	SAME(FLUSHES, 1);
	FLUSH(0, h->b, 3 * h->b, -1, true);
	MAPPED(0, h->p, HPA, RWX);
}

/* Tables outside of the range are not looked at. */
TREE_TEST(trim, exactly_the_range)
{
	make_empty_table(h, 0);
	make_empty_table(h, h->b);
	make_empty_table(h, 2 * h->b);
	IS(TDP_OK, tdp_trim(&h->tree, h->b, h->b, &h->op));
	SAME(h->op.tables, 1);
	FLUSH(0, h->b, h->b, -1, true);
	SAME(tables_linked(h), h->layout.top_level + 1);
	IS(TDP_OK, tdp_trim(&h->tree, 0, h->end, &h->op));
	SAME(h->op.tables, h->layout.top_level + 1);
	SAME(tables_linked(h), 0);
}

/* One mapping or one note, at the last entry, keeps a table and those above it. */
TREE_TEST(trim, what_keeps_a_table)
{
	make_empty_table(h, h->b);
	IS(TDP_OK, tdp_note(&h->tree, 2 * h->b - h->p, h->p, 1, &h->op));
	make_empty_table(h, 2 * h->b);
	IS(TDP_OK, map_at(h, 0, 3 * h->b - h->p, h->p, HPA, RO));
	IS(TDP_SPURIOUS, tdp_trim(&h->tree, 0, h->end, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, 2 * h->b - h->p, h->p, 0, &h->op));
	IS(TDP_OK, tdp_trim(&h->tree, 0, h->end, &h->op));
	SAME(h->op.tables, 1);
	MAPPED(3 * h->b - h->p, h->p, HPA, RO);
	GUEST(3 * h->b - h->p, REF_R);
}

/* Tables of every level in one call. */
TREE_TEST(trim, many_tables)
{
	unsigned tables;

	for (unsigned i = 0; i < 4; i++) {
		make_empty_table(h, i * h->g);
		make_empty_table(h, i * h->g + 3 * h->b);
	}
	IS(TDP_OK, tdp_map(&h->tree, h->g + h->b, h->b, HPA + h->b, RWX, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, 2 * h->g + 2 * h->b, h->b, 9, &h->op));
	tables = tables_linked(h);
	IS(TDP_OK, tdp_trim(&h->tree, 0, h->end, &h->op));
	SAME(h->op.tables, 8 + 2);
	SAME(FLUSHES, 1);
	SAME(tables_linked(h), tables - 10);
	MAPPED(h->g + h->b, h->b, HPA + h->b, RWX);
	NOTED(2 * h->g + 2 * h->b, h->b, 9);
}

/* An open gather owes flushes for leaves of a table that trim frees: nothing stale survives. */
TREE_TEST(trim, with_an_open_gather)
{
	struct tdp_gather gather = {0};

	IS(TDP_OK, map_at(h, 0, h->b, h->p, HPA, RWX));
	GUEST(h->b, REF_W);
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, h->b, h->p, &h->op));
	SAME(FLUSHES, 0);
	WITH(0);
	IS(TDP_OK, tdp_trim(&h->tree, 0, h->end, &h->op));
	SAME(h->op.tables, h->layout.top_level);
	GATHER_FLUSH(&gather);
	CHECK(referee_reported(h->r, h->b));
}
