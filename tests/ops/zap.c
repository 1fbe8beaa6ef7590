/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_zap() by default: exactly the range, flushed, reported, tables freed.
 */
#include "harness.h"

TREE_TEST(zap, one_page)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, 3 * h->p, HPA, RWX, &h->op));
	GUEST(h->p, REF_R);
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->p, h->p, &h->op));
	SAME(h->op.next, 2 * h->p);
	SAME(h->op.first, h->p);
	SAME(h->op.changed, h->p);
	SAME(FLUSHES, 1);
	FLUSH(0, h->p, h->p, 0, false);
	SAME(FREED, 0);
	MAPPED(0, h->p, HPA, RWX);
	HOLE(h->p, h->p);
	MAPPED(2 * h->p, h->p, HPA + 2 * h->p, RWX);
	GUEST_FAULTS(h->p, REF_R);
}

TREE_TEST(zap, nothing_there)
{
	uint64_t state = tables_digest(h);

	FORETOLD(TDP_SPURIOUS, tdp_zap(&h->tree, 0, h->end, &h->op));
	SAME(h->op.next, h->end);
	SAME(h->op.changed + FLUSHES + STORES + FREED, 0);
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	state = tables_digest(h);
	FORETOLD(TDP_SPURIOUS, tdp_zap(&h->tree, h->p, h->b - h->p, &h->op));
	SAME(h->op.next, h->b);
	SAME(FLUSHES + STORES, 0);
	SAME(tables_digest(h), state);
}

/* One flush for everything: leaves of one table, of several, of several levels. */
TREE_TEST(zap, one_flush)
{
	IS(TDP_OK, map_at(h, 0, 0, h->b, HPA, RWX));
	IS(TDP_OK, map_at(h, 0, 2 * h->b, h->b, HPA, RWX));
	IS(TDP_OK, tdp_map(&h->tree, 3 * h->b, h->b, HPA + 3 * h->b, RWX, &h->op));
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->p, 2 * h->p, &h->op));
	SAME(FLUSHES, 1);
	FLUSH(0, h->p, 2 * h->p, 0, false);
	FORETOLD(TDP_OK, tdp_zap(&h->tree, 3 * h->b, h->b, &h->op));
	SAME(FLUSHES, 1);
	FLUSH(0, 3 * h->b, h->b, 1, false);
	IS(TDP_OK, tdp_map(&h->tree, 3 * h->b, h->b, HPA + 3 * h->b, RWX, &h->op));
	FORETOLD(TDP_OK, tdp_zap(&h->tree, 3 * h->p, 4 * h->b - 3 * h->p, &h->op));
	SAME(FLUSHES, 1);
	FLUSH(0, 3 * h->p, 4 * h->b - 3 * h->p, -1, true); /* the table at 2b went with it */
	SAME(h->op.changed, h->p * (h->n - 3) + 2 * h->b);
}

TREE_TEST(zap, leaves_of_two_levels)
{
	IS(TDP_OK, map_at(h, 0, h->b - h->p, h->p, HPA + h->b - h->p, RWX));
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA + h->b, RWX, &h->op));
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->b - h->p, h->b + h->p, &h->op));
	SAME(FLUSHES, 1);
	FLUSH(0, h->b - h->p, h->b + h->p, -1, false);
	SAME(FREED, 0);
	HOLE(0, h->g);
}

/* Tables wholly inside the range go, also with upper levels; the flush says so and covers their span. */
TREE_TEST(zap, frees_tables)
{
	IS(TDP_OK, map_at(h, 0, h->g - h->p, 2 * h->b, HPA, RWX));
	IS(TDP_OK, map_at(h, 0, 2 * h->g - h->p, 2 * h->p, HPA, RWX));
	SAME(referee_counts(h->r).linked, tables_linked(h));
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->g, h->g, &h->op));
	SAME(FREED, 1 + 3);
	SAME(FLUSHES, 1);
	FLUSH(0, h->g, h->g, -1, true);
	MAPPED(h->g - h->p, h->p, HPA, RWX);
	MAPPED(2 * h->g, h->p, HPA + h->p, RWX);
	HOLE(h->g, h->g);
	FORETOLD(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op));
	SAME(referee_counts(h->r).linked, 0);
	SAME(FLUSHES, 1);
	FLUSH(0, 0, h->end, -1, true);
}

/* A table of which one entry lies outside stays. */
TREE_TEST(zap, keeps_tables_it_does_not_cover)
{
	IS(TDP_OK, map_at(h, 0, 0, 2 * h->b, HPA, RWX));
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->p, h->b - h->p, &h->op));
	SAME(FREED, 0);
	FLUSH(0, h->p, h->b - h->p, 0, false);
	FORETOLD(TDP_OK, tdp_zap(&h->tree, 0, 2 * h->b - h->p, &h->op));
	SAME(FREED, 1);
	MAPPED(2 * h->b - h->p, h->p, HPA + 2 * h->b - h->p, RWX);
}

/* An empty table in the range goes, too: something was there. */
TREE_TEST(zap, frees_empty_tables)
{
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->p, HPA, RWX, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, h->b, h->p, &h->op));
	SAME(FREED, 0);
	IS(TDP_OK, tdp_zap(&h->tree, h->b, h->b, &h->op));
	SAME(FREED, 1);
	FLUSH(0, h->b, h->b, -1, true);
}

/* A leaf that sticks out is split: exactly the range goes, the rest keeps address, attributes and levels where it can. */
TREE_TEST(zap, splits_what_sticks_out, .without = PAE | NO_SD)
{
	const struct tdp_attrs sw = {TDP_RWX, TDP_MT_UC, 0, 1};

	IS(TDP_OK, tdp_map(&h->tree, 0, h->g, HPA, sw, &h->op));
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->b + h->p, h->p, &h->op));
	SAME(TAKEN, 2);
	SAME(h->op.changed, h->p);
	SAME(h->op.first, h->b + h->p);
	SAME(h->op.next, h->b + 2 * h->p);
	MAPPED(0, h->b + h->p, HPA, sw);
	HOLE(h->b + h->p, h->p);
	MAPPED(h->b + 2 * h->p, h->g - h->b - 2 * h->p, HPA + h->b + 2 * h->p, sw);
	SAME(entry_at(h, 0).level, 1);
	SAME(entry_at(h, 2 * h->b).level, 1);
	/* From a b boundary: one table is enough. */
	IS(TDP_OK, tdp_map(&h->tree, h->g, h->g, HPA, RWX, &h->op));
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->g + h->b, h->g - h->b, &h->op));
	SAME(TAKEN, 1);
	MAPPED(h->g, h->b, HPA, RWX);
	HOLE(h->g + h->b, h->g - h->b);
}

/* Both ends stick out: of two leaves, and of one at different depths. */
TREE_TEST(zap, splits_at_both_ends, .without = PAE)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, 3 * h->g, HPA, RWX, &h->op));
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->g - h->p, h->g + 2 * h->p, &h->op));
	SAME(TAKEN, 4);
	MAPPED(0, h->g - h->p, HPA, RWX);
	HOLE(h->g - h->p, h->g + 2 * h->p);
	MAPPED(2 * h->g + h->p, h->g - h->p, HPA + 2 * h->g + h->p, RWX);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 4 * h->g, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, 0, h->g, HPA, RWX, &h->op));
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->b, h->b + h->p, &h->op));
	SAME(TAKEN, 2);
	MAPPED(0, h->b, HPA, RWX);
	HOLE(h->b, h->b + h->p);
	MAPPED(2 * h->b + h->p, h->g - 2 * h->b - h->p, HPA + 2 * h->b + h->p, RWX);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->g, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, 0, h->g, HPA, RWX, &h->op));
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->b - h->p, h->b + 2 * h->p, &h->op));
	SAME(TAKEN, 3);
	HOLE(h->b - h->p, h->b + 2 * h->p);
}

/* A split where hardware sets Dirty keeps it, also if hardware sets it at the last moment. */
TREE_TEST(zap, split_keeps_dirty)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RWX, &h->op));
	GUEST(3 * h->p, REF_W);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->p, &h->op));
	SAME(entry_at(h, 3 * h->p).dirty, 1);
	IS(TDP_OK, tdp_zap(&h->tree, h->p, h->b - h->p, &h->op));
	CHECK(referee_reported(h->r, 3 * h->p));
}

/* Exactly what was written is reported, neighbours in one call. */
TREE_TEST(zap, reports_written_pages, .quiet = true, .with = HW_D, .without = NO_SD)
{
	IS(TDP_OK, map_at(h, 0, 0, 2 * h->b, HPA, RWX));
	GUEST(h->p, REF_R);
	GUEST(2 * h->p, REF_W);
	GUEST(3 * h->p, REF_W);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->b - h->p, &h->op));
	if (h->n > 4) {
		SAME(harness_delta(h).dirties, 1);
		REPORTED(2 * h->p, 2 * h->p);
	} else {
		REPORTED(2 * h->p, h->p);
	}
	/* Inside a table that is unlinked, and as a huge leaf. */
	GUEST(h->b + h->p, REF_W);
	IS(TDP_OK, tdp_zap(&h->tree, h->b, h->b, &h->op));
	REPORTED(h->b + h->p, h->p);
	IS(TDP_OK, tdp_map(&h->tree, h->g, 2 * h->b, HPA, RWX, &h->op));
	GUEST(h->g + h->b + 2 * h->p, REF_W);
	IS(TDP_OK, tdp_zap(&h->tree, h->g, 2 * h->b, &h->op));
	REPORTED(h->g + h->b, h->b);
}

/* Without hardware's Dirty a writable page counts as written, a read-only one does not. */
TREE_TEST(zap, reports_writable_pages, .without = HW_D | NO_SD)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, h->p, h->p, HPA, RX, &h->op));
	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_OK, tdp_map(&h->tree, 2 * h->p, h->p, HPA, RWX, &h->op));
	WITH(0);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->b - h->p, &h->op));
	REPORTED(0, h->p);
}

/* Hardware sets Dirty at the very last moment: the referee's adversary does, and the page is reported. */
TREE_TEST(zap, reports_the_last_write, .with = HW_D)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA + h->b, RWX, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->p, &h->op));
	REPORTED(0, h->p);
	IS(TDP_OK, tdp_zap(&h->tree, h->b, h->b, &h->op));
	REPORTED(h->b, h->b);
}

/* A protected page that had been written is reported: protection is no cleaning. */
TREE_TEST(zap, reports_protected_pages, .quiet = true)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, 2 * h->p, HPA, RWX, &h->op));
	GUEST(0, REF_W);
	IS(TDP_OK, tdp_protect(&h->tree, 0, 2 * h->p, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, 0, 2 * h->p, &h->op));
	REPORTED(0, h->hw_d && !(h->setup->traits & NO_SD) ? h->p : 2 * h->p);
}

/* Not one page of the range is used after the return: the memory is the caller's. */
TREE_TEST(zap, memory_can_be_reused)
{
	for (unsigned level = 0; level < 3; level++) {
		const uint64_t size = tdp_level_size(&h->layout, level);

		IS(TDP_OK, map_at(h, level, size, size, HPA + size, RWX));
		GUEST(size, REF_W);
		GUEST(2 * size - h->p, REF_XS);
		IS(TDP_OK, tdp_zap(&h->tree, size, size, &h->op));
		referee_reclaim(h->r, HPA + size, size);
		GUEST_FAULTS(size, REF_R);
		GUEST_FAULTS(2 * size - h->p, REF_R);
		referee_lend(h->r, HPA + size, size);
	}
}

/* The hole behind a range is not flushed with it: flushes of a page grew to the end of a 512 GiB hole. */
TREE_TEST(zap, flush_ends_with_the_range)
{
	const tdp_gpa_t gpa = h->g - h->p;

	IS(TDP_OK, map_at(h, 0, gpa, h->p, HPA, RWX));
	IS(TDP_OK, tdp_zap(&h->tree, gpa, 2 * h->p, &h->op));
	SAME(FLUSHES, 1);
	FLUSH(0, gpa, 2 * h->p, 0, false);
	SAME(h->op.next, h->g + h->p);
}
