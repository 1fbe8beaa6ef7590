/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_map(): what it maps, by which leaves, what it takes and what it owes (nothing).
 */
#include "harness.h"

TREE_TEST(map, one_page)
{
	FORETOLD(TDP_OK, tdp_map(&h->tree, 2 * h->p, h->p, HPA, RWX, &h->op));
	SAME(h->op.next, 3 * h->p);
	SAME(h->op.first, 2 * h->p);
	SAME(h->op.changed, h->p);
	SAME(FLUSHES, 0);
	SAME(BARRIERS, 1);
	SAME(TAKEN, h->layout.top_level);
	SAME(tables_linked(h), h->layout.top_level);
	MAPPED(2 * h->p, h->p, HPA, RWX);
	HOLE(0, 2 * h->p);
	HOLE(3 * h->p, 2 * h->b);
	SAME(LIVE(2 * h->p), TDP_RWX);
	SAME(entry_at(h, 2 * h->p).accessed, 1);
	SAME(entry_at(h, 2 * h->p).dirty, !h->hw_d);
	GUEST(2 * h->p, REF_W);
	GUEST_FAULTS(3 * h->p, REF_R);
}

TREE_TEST(map, one_leaf_of_each_level, .without = PAE)
{
	FORETOLD(TDP_OK, tdp_map(&h->tree, h->g, h->g, HPA + h->g, RWX, &h->op));
	SAME(TAKEN, h->layout.top_level - 2);
	SAME(entry_at(h, h->g).level, 2);
	FORETOLD(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA + h->b, RX, &h->op));
	SAME(TAKEN, 1);
	SAME(entry_at(h, h->b).level, 1);
	FORETOLD(TDP_OK, tdp_map(&h->tree, h->p, h->p, HPA + h->p, RO, &h->op));
	SAME(TAKEN, 1);
	MAPPED(h->g, h->g, HPA + h->g, RWX);
	MAPPED(h->b, h->b, HPA + h->b, RX);
	MAPPED(h->p, h->p, HPA + h->p, RO);
	HOLE(0, h->p);
	HOLE(2 * h->b, h->g - 2 * h->b);
}

/* The largest leaves that alignment allows: pages, then a b, then a g, and back down. */
TREE_TEST(map, largest_leaves, .without = PAE)
{
	const tdp_gpa_t gpa = h->g - h->b - h->p;
	const uint64_t size = h->p + h->b + h->g + h->b + h->p;
	struct tdp_count count;

	FORETOLD(TDP_OK, tdp_map(&h->tree, gpa, size, HPA + gpa, RWX, &h->op));
	SAME(h->op.changed, size);
	SAME(BARRIERS, 1);
	IS(TDP_OK, tdp_count(&h->tree, 0, h->end, &count, NULL));
	SAME(count.leaves[0], 2);
	SAME(count.leaves[1], 2);
	SAME(count.leaves[2], 1);
	SAME(count.bytes, size);
	MAPPED(gpa, size, HPA + gpa, RWX);
	HOLE(gpa - h->p, h->p);
	HOLE(gpa + size, h->p);
}

/* Where gpa and hpa are not aligned alike the lower level is used. */
TREE_TEST(map, misaligned_host_memory)
{
	FORETOLD(TDP_OK, tdp_map(&h->tree, 0, h->g, HPA + h->b, RWX, &h->op));
	SAME(entry_at(h, 0).level, 1);
	SAME(TAKEN, h->layout.top_level - 1);
	MAPPED(0, h->g, HPA + h->b, RWX);
	FORETOLD(TDP_OK, tdp_map(&h->tree, h->g, 2 * h->b, HPA2 + h->p, RWX, &h->op));
	SAME(entry_at(h, h->g).level, 0);
	SAME(TAKEN, 3);
	MAPPED(h->g, 2 * h->b, HPA2 + h->p, RWX);
}

TREE_TEST(map, highest_level_by_the_caller, .without = PAE)
{
	for (unsigned level = 0; level < 3; level++) {
		WITH(.max_level_plus1 = (uint8_t)(level + 1));
		FORETOLD(TDP_OK, tdp_map(&h->tree, (2 * level + 1) * h->b, h->b, HPA + h->b, RWX, &h->op));
		SAME(entry_at(h, (2 * level + 1) * h->b).level, level < 1 ? 0 : 1);
	}
	WITH(.max_level_plus1 = 200);
	FORETOLD(TDP_OK, tdp_map(&h->tree, 2 * h->g, h->g, HPA, RWX, &h->op));
	SAME(entry_at(h, 2 * h->g).level, 2);
	WITH(.max_level_plus1 = 2);
	FORETOLD(TDP_OK, tdp_map(&h->tree, 3 * h->g, h->g, HPA, RWX, &h->op));
	SAME(entry_at(h, 3 * h->g).level, 1);
	MAPPED(3 * h->g, h->g, HPA, RWX);
}

/* A range over many tables, neither end aligned. */
TREE_TEST(map, pages_over_many_tables)
{
	const tdp_gpa_t gpa = h->b - h->p;
	const uint64_t size = 4 * h->b + 2 * h->p;

	FORETOLD(TDP_OK, tdp_map(&h->tree, gpa, size, HPA, RWX, &h->op));
	SAME(h->op.changed, size);
	SAME(entry_at(h, gpa + 2 * h->b).level, 0);
	MAPPED(gpa, size, HPA, RWX);
	HOLE(gpa - h->p, h->p);
	HOLE(gpa + size, h->b - 2 * h->p);
}

TREE_TEST(map, without_a_context)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RWX, NULL));
	IS(TDP_SPURIOUS, tdp_map(&h->tree, 0, h->b, HPA, RWX, NULL));
	IS(TDP_EXISTS, tdp_map(&h->tree, 0, h->b, HPA2, RWX, NULL));
	WITH(.flags = TDP_EXCLUSIVE);
	FORETOLD(TDP_OK, tdp_map(&h->tree, h->b, h->p, HPA, RWX, &h->op));
	MAPPED(0, h->b, HPA, RWX);
}

TREE_TEST(map, spurious)
{
	uint64_t state;

	IS(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA + h->b, RWX, &h->op));
	IS(TDP_OK, map_at(h, 0, 2 * h->b, h->b, HPA + 2 * h->b, RWX));
	state = tables_digest(h);
	/* By the same leaves, by smaller and by larger ones, in part and across both. */
	FORETOLD(TDP_SPURIOUS, tdp_map(&h->tree, h->b, h->b, HPA + h->b, RWX, &h->op));
	SAME(h->op.next, 2 * h->b);
	SAME(h->op.changed + BARRIERS + FLUSHES + STORES + h->op.tables, 0);
	FORETOLD(TDP_SPURIOUS, tdp_map(&h->tree, h->b + h->p, h->p, HPA + h->b + h->p, RWX, &h->op));
	FORETOLD(TDP_SPURIOUS, tdp_map(&h->tree, 2 * h->b, h->b, HPA + 2 * h->b, RWX, &h->op));
	FORETOLD(TDP_SPURIOUS, tdp_map(&h->tree, 2 * h->b - h->p, 2 * h->p, HPA + 2 * h->b - h->p, RWX, &h->op));
	WITH(.max_level_plus1 = 1);
	FORETOLD(TDP_SPURIOUS, tdp_map(&h->tree, h->b, 2 * h->b, HPA + h->b, RWX, &h->op));
	SAME(tables_digest(h), state);
}

/* Accessed, Dirty and a protection do not make it another mapping. */
TREE_TEST(map, spurious_whatever_moved)
{
	WITH(.flags = TDP_PREFETCH);
	IS(TDP_OK, tdp_map(&h->tree, 0, 2 * h->b, HPA, RWX, &h->op));
	WITH(0);
	IS(TDP_SPURIOUS, tdp_map(&h->tree, 0, 2 * h->b, HPA, RWX, &h->op));
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->p, NULL));
	IS(TDP_SPURIOUS, tdp_map(&h->tree, 0, 2 * h->b, HPA, RWX, &h->op));
	SAME(LIVE(0) & TDP_W, 0); /* and it does not end the protection */
	SAME(entry_at(h, 0).state & TDP_STATE_MMU_WRITABLE, 0);
}

/* Pages that are there already are stepped over, the gaps are filled. */
TREE_TEST(map, fills_gaps)
{
	IS(TDP_OK, tdp_map(&h->tree, h->p, h->p, HPA + h->p, RWX, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, 2 * h->b, h->b, HPA + 2 * h->b, RWX, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, h->g, h->p, HPA + h->g, RWX, &h->op));
	FORETOLD(TDP_OK, tdp_map(&h->tree, 0, h->g + 2 * h->p, HPA, RWX, &h->op));
	SAME(h->op.changed, h->g + 2 * h->p - (2 * h->p + h->b));
	SAME(h->op.next, h->g + 2 * h->p);
	MAPPED(0, h->g + 2 * h->p, HPA, RWX);
	SAME(entry_at(h, 0).level, 0);
	SAME(entry_at(h, h->b).level, 1);
}

/* An empty table that a zap left is no mapping: it is filled. */
TREE_TEST(map, into_an_empty_table)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	WITH(.flags = TDP_ZAP_LEAVES);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
	WITH(0);
	FORETOLD(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA2, RX, &h->op));
	SAME(TAKEN, 0);
	SAME(entry_at(h, 0).level, 0);
	MAPPED(0, h->b, HPA2, RX);
}

/* Something else is there: what lies before it is done, nothing is overwritten. */
TREE_TEST(map, exists, .without = PAE | NO_SD)
{
	const struct tdp_attrs sw = {TDP_RWX, TDP_MT_WB, 0, 1}, uc = {TDP_RWX, TDP_MT_UC, 0, 0};

	IS(TDP_OK, tdp_map(&h->tree, h->b + h->p, h->p, HPA + h->b + h->p, RWX, &h->op));
	FORETOLD(TDP_EXISTS, tdp_map(&h->tree, 0, 3 * h->b, HPA, RX, &h->op));
	SAME(h->op.next, h->b + h->p);
	SAME(h->op.changed, h->b + h->p);
	SAME(BARRIERS, 1);
	MAPPED(0, h->b + h->p, HPA, RX);
	MAPPED(h->b + h->p, h->p, HPA + h->b + h->p, RWX);
	HOLE(h->b + 2 * h->p, 2 * h->p);
	/* Another address, a memory type, a caller's bit; inside a huge leaf. */
	FORETOLD(TDP_EXISTS, tdp_map(&h->tree, 0, h->p, HPA + h->p, RX, &h->op));
	FORETOLD(TDP_EXISTS, tdp_map(&h->tree, h->b + h->p, h->p, HPA + h->b + h->p, sw, &h->op));
	FORETOLD(TDP_EXISTS, tdp_map(&h->tree, h->b + h->p, h->p, HPA + h->b + h->p, uc, &h->op));
	FORETOLD(TDP_EXISTS, tdp_map(&h->tree, h->p, h->p, HPA, RX, &h->op));
	SAME(h->op.next, h->p);
	SAME(h->op.changed + BARRIERS + STORES, 0);
}

/* In the middle of a huge leaf that is not just so from there on. */
TREE_TEST(map, exists_inside_a_huge_leaf)
{
	uint64_t state;

	IS(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA + h->b, RWX, &h->op));
	state = tables_digest(h);
	FORETOLD(TDP_EXISTS, tdp_map(&h->tree, h->b + h->p, h->p, HPA, RWX, &h->op));
	SAME(h->op.next, h->b + h->p);
	SAME(tables_digest(h), state);
	/* The part in front of it is mapped. */
	FORETOLD(TDP_EXISTS, tdp_map(&h->tree, h->b - h->p, 2 * h->p, HPA2, RWX, &h->op));
	SAME(h->op.next, h->b);
	SAME(h->op.changed, h->p);
	MAPPED(h->b - h->p, h->p, HPA2, RWX);
	MAPPED(h->b, h->b, HPA + h->b, RWX);
}
