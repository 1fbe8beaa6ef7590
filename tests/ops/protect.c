/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_protect(): writes out, everything else as it was.
 */
#include "harness.h"

TREE_TEST(protect, one_page)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, 3 * h->p, HPA, RWX, &h->op));
	GUEST(h->p, REF_W);
	IS(TDP_OK, tdp_protect(&h->tree, h->p, h->p, &h->op));
	SAME(h->op.next, 2 * h->p);
	SAME(h->op.first, h->p);
	SAME(h->op.changed, h->p);
	SAME(FLUSHES, 1);
	FLUSH(0, h->p, h->p, 0, false);
	MAPPED(0, 3 * h->p, HPA, RWX); /* what was granted stays granted */
	SAME(LIVE(0), TDP_RWX);
	SAME(LIVE(h->p), TDP_RX);
	SAME(LIVE(2 * h->p), TDP_RWX);
	SAME(entry_at(h, h->p).state & TDP_STATE_MMU_WRITABLE, 0);
	SAME(entry_at(h, h->p).dirty, 1);
	GUEST_FAULTS(h->p, REF_W);
	GUEST(h->p, REF_XU);
}

/* Pages of many tables: one flush, exactly the range. */
TREE_TEST(protect, many_pages)
{
	IS(TDP_OK, map_at(h, 0, 0, 4 * h->b, HPA, RWX));
	IS(TDP_OK, tdp_protect(&h->tree, h->p, 2 * h->b + h->p, &h->op));
	SAME(h->op.changed, 2 * h->b + h->p);
	SAME(FLUSHES, 1);
	FLUSH(0, h->p, 2 * h->b + h->p, 0, false);
	SAME(LIVE(0), TDP_RWX);
	for (tdp_gpa_t gpa = h->p; gpa < 2 * h->b + 2 * h->p; gpa += h->p)
		SAME(LIVE(gpa), TDP_RX);
	SAME(LIVE(2 * h->b + 2 * h->p), TDP_RWX);
	MAPPED(0, 4 * h->b, HPA, RWX);
}

/* A leaf that sticks out is protected whole; no table is needed. */
TREE_TEST(protect, whole_leaves)
{
	harness_tables(h, h->layout.top_level);
	IS(TDP_OK, tdp_map(&h->tree, 0, 3 * h->b, HPA, RWX, &h->op));
	harness_tables(h, 0);
	IS(TDP_OK, tdp_protect(&h->tree, 2 * h->b - h->p, 2 * h->p, &h->op));
	SAME(h->op.changed, 2 * h->b);
	SAME(h->op.next, 2 * h->b + h->p);
	SAME(FLUSHES, 1);
	CHECK(referee_flush(h->r, 0)->gpa == h->b && referee_flush(h->r, 0)->size == 2 * h->b);
	SAME(LIVE(0), TDP_RWX);
	SAME(LIVE(h->b), TDP_RX);
	SAME(LIVE(3 * h->b - h->p), TDP_RX);
	SAME(entry_at(h, h->b).level, 1);
}

/* Nothing is present: nothing is flushed. */
TREE_TEST(protect, nothing_there)
{
	uint64_t state;

	IS(TDP_OK, tdp_note(&h->tree, 0, h->p, 5, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, h->g, h->g, 5, &h->op));
	state = tables_digest(h);
	IS(TDP_SPURIOUS, tdp_protect(&h->tree, 0, h->end, &h->op));
	SAME(h->op.next, h->end);
	SAME(h->op.changed + FLUSHES + STORES, 0);
	SAME(tables_digest(h), state);
}

/* All read-only already: no entry changes, but whoever made them so may not have flushed. */
TREE_TEST(protect, spurious_but_flushed)
{
	uint64_t state;

	IS(TDP_OK, tdp_map(&h->tree, 0, 2 * h->p, HPA, RX, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA, RX, &h->op));
	state = tables_digest(h);
	IS(TDP_SPURIOUS, tdp_protect(&h->tree, h->p, h->p, &h->op));
	SAME(h->op.changed + STORES, 0);
	SAME(FLUSHES, 1);
	FLUSH(0, h->p, h->p, 0, false);
	IS(TDP_SPURIOUS, tdp_protect(&h->tree, h->b, h->b, &h->op));
	SAME(FLUSHES, 1);
	SAME(tables_digest(h), state);
}

/* A page that waits for its first logged write could become writable: it is shut for good. */
TREE_TEST(protect, what_could_become_writable)
{
	const struct tdp_fault write = {.backing = {.hpa = HPA, .size = h->p, .attrs = RWX}, .access = TDP_WRITE};

	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	WITH(0);
	SAME(LIVE(0), TDP_RX);
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->p, &h->op));
	SAME(h->op.changed, h->p);
	IS(TDP_PROTECTED, tdp_fault(&h->tree, &write, &h->op));
	IS(TDP_SPURIOUS, tdp_protect(&h->tree, 0, h->p, &h->op));
}

/* Dirty that hardware sets at the last moment stays, and so does what the write bit itself meant. */
TREE_TEST(protect, keeps_dirty)
{
	IS(TDP_OK, map_at(h, 0, 0, 2 * h->b, HPA, RWX));
	IS(TDP_OK, tdp_protect(&h->tree, 0, 2 * h->b, &h->op));
	for (tdp_gpa_t gpa = 0; gpa < 2 * h->b; gpa += h->p)
		SAME(entry_at(h, gpa).dirty, 1); /* the adversary wrote, or writable meant dirty */
	IS(TDP_OK, tdp_zap(&h->tree, 0, 2 * h->b, &h->op));
	REPORTED(0, 2 * h->b);
}

/* Pages of one cache line in different states. */
TREE_TEST(protect, mixed_neighbours, .quiet = true)
{
	IS(TDP_OK, map_at(h, 0, 0, h->p, HPA, RWX));
	IS(TDP_OK, map_at(h, 0, h->p, h->p, HPA, RX));
	IS(TDP_OK, map_at(h, 0, 3 * h->p, h->p, HPA, RW));
	GUEST(0, REF_W);
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->b, &h->op));
	SAME(h->op.changed, 2 * h->p);
	SAME(FLUSHES, 1);
	FLUSH(0, 0, h->b, 0, false);
	SAME(LIVE(0), TDP_RX);
	SAME(LIVE(h->p), TDP_RX);
	SAME(LIVE(3 * h->p), TDP_R);
	SAME(entry_at(h, 0).dirty, 1);
	SAME(entry_at(h, h->p).dirty, 0);
	SAME(entry_at(h, 3 * h->p).dirty, !h->hw_d);
}

/* Behind the last page there may be a hole as large as half the address space: it is not flushed. */
TREE_TEST(protect, flush_ends_at_the_range)
{
	IS(TDP_OK, tdp_map(&h->tree, h->b - h->p, h->p, HPA, RWX, &h->op));
	IS(TDP_OK, tdp_protect(&h->tree, h->b - h->p, 2 * h->p, &h->op));
	SAME(FLUSHES, 1);
	SAME(referee_flush(h->r, 0)->gpa, h->b - h->p);
	SAME(referee_flush(h->r, 0)->size, 2 * h->p);
}

/* The flush can wait for a gather. */
TREE_TEST(protect, gathered)
{
	struct tdp_gather gather = {0};

	IS(TDP_OK, tdp_map(&h->tree, 0, 2 * h->p, HPA, RWX, &h->op));
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->p, &h->op));
	IS(TDP_SPURIOUS, tdp_protect(&h->tree, 0, h->p, &h->op));
	IS(TDP_OK, tdp_protect(&h->tree, h->p, h->p, &h->op));
	SAME(FLUSHES, 0);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 1);
	FLUSH(0, 0, 2 * h->p, 0, false);
	GUEST_FAULTS(0, REF_W);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 0);
}

/* Hardware that sets Accessed at the worst moment is not undone: a page that is in use must not look old. */
TREE_TEST(protect, late_accessed, .with = HW_A | HW_D)
{
	IS(TDP_OK, map_at(h, 0, 0, h->b, HPA, RW));
	for (tdp_gpa_t gpa = 0; gpa < h->b; gpa += h->p)
		GUEST(gpa, REF_W);
	IS(TDP_OK, tdp_age(&h->tree, 0, h->b, true, NULL, &h->op));
	for (tdp_gpa_t gpa = 0; gpa < h->b; gpa += h->p)
		SAME(entry_at(h, gpa).accessed, 0);
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->b, &h->op));
	for (tdp_gpa_t gpa = 0; gpa < h->b; gpa += h->p)
		SAME(entry_at(h, gpa).accessed, 1);
}
