/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_extent() and tdp_count(): runs and sums.
 */
#include "harness.h"

/* The first run in a range must be this one. */
static void check_extent(struct harness *h, int line, tdp_gpa_t gpa, uint64_t size, tdp_gpa_t want_gpa, uint64_t want_size,
			 tdp_hpa_t want_hpa)
{
	struct tdp_mapping m;
	enum tdp_result r = tdp_extent(&h->tree, gpa, size, &m, NULL);

	if (r != TDP_OK || m.gpa != want_gpa || m.entry.size != want_size || m.entry.hpa != want_hpa || m.entry.kind != TDP_LEAF)
		harness_fail(h, line, "%s: gpa %#" PRIx64 " size %#" PRIx64 " hpa %#" PRIx64, tdp_result_name(r), m.gpa,
			     m.entry.size, m.entry.hpa);
}
#define EXTENT(...) check_extent(h, __LINE__, __VA_ARGS__)

/* A run goes on over levels, and is clipped to the range. */
TREE_TEST(extent, merges_levels)
{
	const tdp_gpa_t gpa = h->g - h->b - h->p;
	const uint64_t size = h->g + 2 * h->b + 2 * h->p;

	IS(TDP_OK, tdp_map(&h->tree, gpa, size, HPA + gpa, RWX, &h->op));
	EXTENT(0, h->end, gpa, size, HPA + gpa);
	EXTENT(gpa, size, gpa, size, HPA + gpa);
	EXTENT(gpa + h->p, h->p, gpa + h->p, h->p, HPA + gpa + h->p);
	EXTENT(h->g + h->p, h->b, h->g + h->p, h->b, HPA + h->g + h->p); /* inside one leaf */
	EXTENT(h->g - h->p, h->g, h->g - h->p, h->g, HPA + h->g - h->p);
	EXTENT(2 * h->g - h->p, h->end - 2 * h->g + h->p, 2 * h->g - h->p, h->b + 2 * h->p, HPA + 2 * h->g - h->p);
}

/* What ends a run: a hole, a note, another address, another attribute. */
TREE_TEST(extent, ends, .without = PAE | NO_SD)
{
	const struct tdp_attrs sw = {TDP_RWX, TDP_MT_WB, 0, 1};

	harness_tables(h, 80);
	IS(TDP_OK, tdp_map(&h->tree, 0, 2 * h->p, HPA, RWX, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, 2 * h->p, h->p, 1, &h->op));
	IS(TDP_OK, map_at(h, 0, 3 * h->p, h->p, HPA + 3 * h->p, RWX));
	EXTENT(0, h->end, 0, 2 * h->p, HPA);
	EXTENT(2 * h->p, h->end - 2 * h->p, 3 * h->p, h->p, HPA + 3 * h->p);
	IS(TDP_OK, map_at(h, 0, h->b, h->p, HPA, RWX));
	IS(TDP_OK, map_at(h, 0, h->b + h->p, h->p, HPA, RWX));
	EXTENT(h->b, h->b, h->b, h->p, HPA);
	IS(TDP_OK, map_at(h, 1, 2 * h->b, h->b, HPA, RWX));
	IS(TDP_OK, map_at(h, 1, 3 * h->b, h->b, HPA + h->b, sw));
	EXTENT(2 * h->b, h->g, 2 * h->b, h->b, HPA);
	IS(TDP_OK, map_at(h, 0, h->g, h->p, HPA, RWX));
	IS(TDP_OK, map_at(h, 0, h->g + h->p, h->p, HPA + h->p, RX));
	IS(TDP_OK, map_at(h, 0, h->g + 2 * h->p, h->p, HPA + 2 * h->p, (struct tdp_attrs){TDP_RX, TDP_MT_UC, 0, 0}));
	EXTENT(h->g, h->b, h->g, h->p, HPA);
	EXTENT(h->g + h->p, h->b, h->g + h->p, h->p, HPA + h->p);
	EXTENT(h->g + 2 * h->p, h->b, h->g + 2 * h->p, h->p, HPA + 2 * h->p);
}

/* Accessed, Dirty, the level and what hardware permits at this instant do not. */
TREE_TEST(extent, what_does_not_end_a_run, .quiet = true)
{
	struct tdp_mapping m;

	IS(TDP_OK, map_at(h, 0, 0, h->p, HPA, RWX));
	WITH(.flags = TDP_PREFETCH);
	IS(TDP_OK, tdp_map(&h->tree, h->p, h->p, HPA + h->p, RWX, &h->op));
	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_OK, tdp_map(&h->tree, 2 * h->p, h->b - 2 * h->p, HPA + 2 * h->p, RWX, &h->op));
	WITH(0);
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA + h->b, RWX, &h->op));
	GUEST(0, REF_W);
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->p, &h->op));
	EXTENT(0, h->end, 0, 2 * h->b, HPA);
	IS(TDP_OK, tdp_extent(&h->tree, 0, h->b, &m, &h->op));
	SAME(m.entry.attrs.prot, TDP_RWX);
	SAME(m.entry.live, TDP_RX); /* of the leaf at its start */
	SAME(m.entry.dirty, 1);
}

TREE_TEST(extent, nothing_mapped)
{
	struct tdp_mapping m;

	IS(TDP_ABSENT, tdp_extent(&h->tree, 0, h->end, &m, NULL));
	IS(TDP_OK, tdp_note(&h->tree, 0, h->g, 4, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, h->g, h->p, HPA, RWX, &h->op));
	IS(TDP_ABSENT, tdp_extent(&h->tree, 0, h->g, &m, NULL));
	IS(TDP_ABSENT, tdp_extent(&h->tree, h->g + h->p, h->end - h->g - h->p, &m, NULL));
}

/* ---- counts ---- */

TREE_TEST(count, everything, .without = PAE)
{
	const unsigned top = h->layout.top_level;
	const uint64_t roots = UINT64_C(1) << h->layout.root_concat_lg2;
	uint64_t below = 0;
	struct tdp_count c;

	IS(TDP_OK, tdp_count(&h->tree, 0, h->end, &c, NULL));
	for (unsigned level = 0; level < TDP_MAX_LEVELS; level++) {
		SAME(c.leaves[level], 0);
		SAME(c.tables[level], level == top ? roots : 0);
	}
	SAME(c.notes + c.bytes, 0);
	IS(TDP_OK, tdp_map(&h->tree, h->g - h->b - h->p, h->g + h->b + h->p, HPA - h->b - h->p, RWX, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, 2 * h->g, h->p, 1, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, 2 * h->g + h->b, h->b, 2, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, 3 * h->g, h->g, 3, &h->op));
	IS(TDP_OK, tdp_count(&h->tree, 0, h->end, &c, &h->op));
	SAME(c.leaves[0], 1);
	SAME(c.leaves[1], 1);
	SAME(c.leaves[2], 1);
	SAME(c.notes, 3);
	SAME(c.bytes, h->g + h->b + h->p);
	SAME(c.tables[0], 2);
	SAME(c.tables[1], 2);
	SAME(c.tables[top], roots);
	for (unsigned level = 0; level < top; level++)
		below += c.tables[level];
	SAME(below, tables_linked(h));
}

/* An entry that overlaps the range counts whole. */
TREE_TEST(count, part_of_a_tree, .without = PAE)
{
	struct tdp_count c;

	IS(TDP_OK, tdp_map(&h->tree, 0, h->g + h->b + 2 * h->p, HPA, RWX, &h->op));
	IS(TDP_OK, tdp_count(&h->tree, h->p, h->p, &c, NULL));
	SAME(c.leaves[2], 1);
	SAME(c.bytes, h->g);
	SAME(c.tables[0], 0);
	IS(TDP_OK, tdp_count(&h->tree, h->g - h->p, 2 * h->p, &c, NULL));
	SAME(c.leaves[2] + c.leaves[1] * 10, 11);
	SAME(c.bytes, h->g + h->b);
	IS(TDP_OK, tdp_count(&h->tree, h->g + h->b + h->p, h->p, &c, NULL));
	SAME(c.leaves[0], 1);
	SAME(c.tables[0], 1);
	SAME(c.bytes, h->p);
	IS(TDP_OK, tdp_count(&h->tree, h->g + h->b + 2 * h->p, h->p, &c, NULL));
	SAME(c.bytes, 0);
}
