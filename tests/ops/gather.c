/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * struct tdp_gather: flushes of leaves put off, and what is never put off. Full and foreign gathers are in tests/scenarios.
 */
#include "harness.h"

TREE_TEST(gather, empty)
{
	struct tdp_gather gather = {0}, zero = {0};

	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 0);
	SAME(memcmp(&gather, &zero, sizeof(zero)), 0);
}

TREE_TEST(gather, zap_is_put_off, .quiet = true, .without = NO_SD)
{
	struct tdp_gather gather = {0}, zero = {0};

	IS(TDP_OK, map_at(h, 0, 0, 4 * h->p, HPA, RWX));
	GUEST(0, REF_W);
	GUEST(2 * h->p, REF_W);
	WITH(.gather = &gather);
	FORETOLD(TDP_OK, tdp_zap(&h->tree, 0, 3 * h->p, &h->op));
	SAME(FLUSHES, 0);
	REPORTED(0, 0);
	SAME(h->op.changed, 3 * h->p);
	HOLE(0, 3 * h->p);
	GUEST(0, REF_R); /* a TLB may still know it */
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 1);
	FLUSH(0, 0, 3 * h->p, 0, false);
	if (h->hw_d)
		SAME(referee_reported_bytes(h->r), 2 * h->p);
	else
		REPORTED(0, 3 * h->p);
	CHECK(referee_reported(h->r, 0) && referee_reported(h->r, 2 * h->p));
	GUEST_FAULTS(0, REF_R);
	SAME(memcmp(&gather, &zero, sizeof(zero)), 0);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 0);
}

/* Several calls: one flush over all of them. */
TREE_TEST(gather, ranges_add_up)
{
	struct tdp_gather gather = {0};

	IS(TDP_OK, map_at(h, 0, 0, h->b, HPA, RWX));
	IS(TDP_OK, map_at(h, 0, 2 * h->b, h->b, HPA, RWX));
	IS(TDP_OK, map_at(h, 1, 3 * h->b, h->b, HPA, RWX));
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, 2 * h->b + h->p, h->p, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, h->p, h->p, &h->op));
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 1);
	FLUSH(0, h->p, 2 * h->b + h->p, 0, false);
	IS(TDP_OK, tdp_zap(&h->tree, 2 * h->p, h->p, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, 3 * h->b, h->b, &h->op));
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 1);
	FLUSH(0, 2 * h->p, 4 * h->b - 2 * h->p, -1, false);
}

/* Tables go inside the call all the same, with their flush; leaves beside them wait. */
TREE_TEST(gather, tables_are_not_put_off)
{
	struct tdp_gather gather = {0};

	IS(TDP_OK, map_at(h, 0, 0, 2 * h->b, HPA, RWX));
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
	SAME(FLUSHES, 1);
	FLUSH(0, 0, h->b, -1, true);
	SAME(FREED, 1);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 0);
	IS(TDP_OK, map_at(h, 0, 0, h->b, HPA, RWX));
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->b + 2 * h->p, &h->op));
	SAME(FREED, 1);
	CHECK(FLUSHES >= 1);
	GATHER_FLUSH(&gather);
	HOLE(0, h->b + 2 * h->p);
}

/* With ZAP_LEAVES everything waits, over any number of tables. */
TREE_TEST(gather, leaves_of_many_tables)
{
	struct tdp_gather gather = {0};

	IS(TDP_OK, map_at(h, 0, 0, 4 * h->b, HPA, RWX));
	WITH(.gather = &gather, .flags = TDP_ZAP_LEAVES);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 4 * h->b, &h->op));
	SAME(FLUSHES, 0);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 1);
	FLUSH(0, 0, 4 * h->b, 0, false);
	REPORTED(0, 4 * h->b); /* the adversary wrote, or writable meant written */
}

/* Huge leaves: reported whole, at any level and address. */
TREE_TEST(gather, huge_leaves, .without = PAE)
{
	struct tdp_gather gather = {0};

	IS(TDP_OK, tdp_map(&h->tree, h->g, h->g, HPA, RWX, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, 3 * h->g - h->b, h->b, HPA + h->g, RWX, &h->op));
	GUEST(h->g, REF_W);
	GUEST(3 * h->g - h->b, REF_W);
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, h->g, h->g, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, 3 * h->g - h->b, h->b, &h->op));
	GATHER_FLUSH(&gather);
	SAME(referee_reported_bytes(h->r), h->g + h->b);
	CHECK(referee_reported(h->r, h->g) && referee_reported(h->r, 2 * h->g - h->p));
	CHECK(referee_reported(h->r, 3 * h->g - h->b) && referee_reported(h->r, 3 * h->g - h->p));
}

/* Narrowing can wait, too; a fault, a mapping or a note owes nothing. */
TREE_TEST(gather, set_attrs)
{
	struct tdp_gather gather = {0};

	WITH(.gather = &gather);
	IS(TDP_OK, map_at(h, 0, 0, 4 * h->p, HPA, RWX));
	IS(TDP_OK, tdp_note(&h->tree, h->b, h->p, 4, &h->op));
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 0);
	FORETOLD(TDP_OK, tdp_set_attrs(&h->tree, h->p, h->p, RO, TDP_MASK_PROT, &h->op));
	IS(TDP_OK, tdp_set_attrs(&h->tree, 3 * h->p, h->p, RX, TDP_MASK_PROT, &h->op));
	SAME(FLUSHES, 0);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 1);
	FLUSH(0, h->p, 3 * h->p, 0, false);
	GUEST_FAULTS(h->p, REF_W);
}

/* The parts of a call that split: a break's flush comes inside, the removal's waits. */
TREE_TEST(gather, zap_that_splits)
{
	struct tdp_gather gather = {0};

	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RWX, &h->op));
	GUEST(h->p, REF_W);
	WITH(.gather = &gather);
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->p, h->p, &h->op));
	SAME(FLUSHES, h->bbm);
	if (h->bbm)
		FLUSH(0, 0, h->b, 1, false);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 1);
	FLUSH(0, h->p, h->p, 0, false);
	CHECK(referee_reported(h->r, h->p));
}

/* Two gathers of two threads over one tree: each owes its own. */
TREE_TEST(gather, two_of_them)
{
	struct tdp_gather one = {0}, two = {0};

	IS(TDP_OK, map_at(h, 0, 0, 4 * h->p, HPA, RWX));
	WITH(.gather = &one);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->p, &h->op));
	WITH(.gather = &two);
	IS(TDP_OK, tdp_zap(&h->tree, 2 * h->p, h->p, &h->op));
	GATHER_FLUSH(&two);
	FLUSH(0, 2 * h->p, h->p, 0, false);
	GATHER_FLUSH(&one);
	FLUSH(0, 0, h->p, 0, false);
}

/*
 * What a gather cleared and has not flushed is found absent by a zap with another one, whose flush must cover it all the same: else the
 * page would be given away under a translation that is still cached.
 */
TREE_TEST(gather, absent_by_another_gather)
{
	struct tdp_gather one = {0}, two = {0};

	IS(TDP_OK, map_at(h, 0, 0, 4 * h->p, HPA, RWX));
	GUEST(0, REF_R);
	WITH(.gather = &one);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->p, &h->op));
	WITH(.gather = &two);
	IS(TDP_SPURIOUS, tdp_zap(&h->tree, 0, h->p, &h->op));
	SAME(FLUSHES, 0);
	GATHER_FLUSH(&two);
	FLUSH(0, 0, h->p, -1, false);
	referee_reclaim(h->r, HPA, h->p);
	GUEST_FAULTS(0, REF_R);
	referee_lend(h->r, HPA, h->p);
	GATHER_FLUSH(&one);
}

/* A note in the place of what another gather cleared does not hide that it may still be cached; it goes with a flush. */
TREE_TEST(gather, note_where_another_gather_cleared, .modes = ALONE | SHARED | KEEPING)
{
	struct tdp_gather one = {0};

	IS(TDP_OK, map_at(h, 0, 0, 4 * h->p, HPA, RWX));
	IS(TDP_OK, tdp_map(&h->tree, 2 * h->b, h->b, HPA2, RWX, &h->op));
	GUEST(0, REF_R);
	GUEST(2 * h->b, REF_R);
	WITH(.gather = &one, .cache = h->cache);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->p, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, 2 * h->b, h->b, &h->op));
	WITH(.cache = h->cache);
	IS(TDP_OK, tdp_note(&h->tree, 0, h->p, 5, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, 2 * h->b, h->b, 6, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->p, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, 2 * h->b, h->b, &h->op));
	referee_reclaim(h->r, HPA, h->p);
	referee_reclaim(h->r, HPA2, h->b);
	GUEST_FAULTS(0, REF_R);
	GUEST_FAULTS(2 * h->b, REF_R);
	referee_lend(h->r, HPA, h->p);
	referee_lend(h->r, HPA2, h->b);
	GATHER_FLUSH(&one);
}

/* Unloading flushes everything, and warns of the gather that is still open. */
TREE_TEST(gather, unloaded_before_the_flush, .corrupt = true)
{
	struct tdp_gather gather = {0};

	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->p, &h->op));
	IS(TDP_OK, (tdp_tree_unload(&h->tree, NULL), TDP_OK));
	SAME(referee_counts(h->r).warnings, 1);
	SAME(FLUSHES, 1);
	CHECK(strlen(referee_warning(h->r)) > 0);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 0);
}
