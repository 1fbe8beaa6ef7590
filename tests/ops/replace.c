/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_replace(): other memory behind present pages, never two pages at once.
 */
#include "harness.h"

TREE_TEST(replace, one_page)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, 2 * h->p, HPA, RWX, &h->op));
	GUEST(0, REF_R);
	FORETOLD(TDP_OK, tdp_replace(&h->tree, 0, h->p, HPA, HPA2, RWX, &h->op));
	SAME(h->op.next, h->p);
	SAME(h->op.first, 0);
	SAME(h->op.changed, h->p);
	SAME(FLUSHES, 1);
	FLUSH(0, 0, h->p, 0, false);
	SAME(BARRIERS, 1);
	SAME(TAKEN, 0);
	MAPPED(0, h->p, HPA2, RWX);
	MAPPED(h->p, h->p, HPA + h->p, RWX);
	SAME(entry_at(h, 0).accessed, 1);
	GUEST(0, REF_W);
}

/* A gather does not put the flush off: the old page is the caller's when the call returns. */
TREE_TEST(replace, flushes_inside_in_spite_of_a_gather)
{
	struct tdp_gather gather = {0};

	IS(TDP_OK, tdp_map(&h->tree, 0, 2 * h->p, HPA, RWX, &h->op));
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_replace(&h->tree, 0, 2 * h->p, HPA, HPA2, RWX, &h->op));
	SAME(FLUSHES, 1);
	referee_reclaim(h->r, HPA, 2 * h->p);
	GUEST(0, REF_W);
	GUEST(h->p, REF_W);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 0);
}

TREE_TEST(replace, many_pages_and_tables)
{
	const uint64_t size = 2 * h->b + 2 * h->p;

	IS(TDP_OK, map_at(h, 0, 0, 4 * h->b, HPA, RWX));
	FORETOLD(TDP_OK, tdp_replace(&h->tree, h->b - h->p, size, HPA + h->b - h->p, HPA2, RX, &h->op));
	SAME(h->op.changed, size);
	SAME(h->op.next, h->b - h->p + size);
	CHECK(FLUSHES >= 1 && FLUSHES <= 4); /* no more than one for each leaf table */
	MAPPED(0, h->b - h->p, HPA, RWX);
	MAPPED(h->b - h->p, size, HPA2, RX);
	MAPPED(3 * h->b + h->p, h->b - h->p, HPA + 3 * h->b + h->p, RWX);
}

TREE_TEST(replace, huge_leaves_stay_huge, .without = PAE)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, 2 * h->b, HPA, RWX, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, h->g, h->g, HPA + h->g, RWX, &h->op));
	FORETOLD(TDP_OK, tdp_replace(&h->tree, 0, 2 * h->b, HPA, HPA2, RWX, &h->op));
	SAME(TAKEN, 0);
	SAME(FLUSHES, 1);
	FLUSH(0, 0, 2 * h->b, 1, false);
	SAME(entry_at(h, 0).level, 1);
	FORETOLD(TDP_OK, tdp_replace(&h->tree, h->g, h->g, HPA + h->g, HPA2 + h->g, RX, &h->op));
	FLUSH(0, h->g, h->g, 2, false);
	MAPPED(0, 2 * h->b, HPA2, RWX);
	MAPPED(h->g, h->g, HPA2 + h->g, RX);
}

/* Part of a huge leaf: the rest keeps its memory and attributes. */
TREE_TEST(replace, part_of_a_huge_leaf, .without = PAE | NO_SD)
{
	const struct tdp_attrs sw = {TDP_RWX, TDP_MT_UC, 0, 1};

	IS(TDP_OK, tdp_map(&h->tree, 0, h->g, HPA, sw, &h->op));
	FORETOLD(TDP_OK, tdp_replace(&h->tree, h->b + h->p, h->p, HPA + h->b + h->p, HPA2, RX, &h->op));
	SAME(TAKEN, 2);
	MAPPED(0, h->b + h->p, HPA, sw);
	MAPPED(h->b + h->p, h->p, HPA2, RX);
	MAPPED(h->b + 2 * h->p, h->g - h->b - 2 * h->p, HPA + h->b + 2 * h->p, sw);
	/* Both ends in the same leaf, and in two leaves. */
	IS(TDP_OK, tdp_map(&h->tree, h->g, 2 * h->g, HPA + h->g, RWX, &h->op));
	FORETOLD(TDP_OK, tdp_replace(&h->tree, 2 * h->g - h->p, h->b + 2 * h->p, HPA + 2 * h->g - h->p, HPA2 - h->p, RWX, &h->op));
	SAME(entry_at(h, 2 * h->g).level, 1);
	MAPPED(h->g, h->g - h->p, HPA + h->g, RWX);
	MAPPED(2 * h->g - h->p, h->b + 2 * h->p, HPA2 - h->p, RWX);
	MAPPED(2 * h->g + h->b + h->p, h->g - h->b - h->p, HPA + 2 * h->g + h->b + h->p, RWX);
}

/* New memory that is less aligned than the leaf: it is split as far as that demands. */
TREE_TEST(replace, by_less_aligned_memory, .without = PAE)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, 2 * h->g, HPA, RWX, &h->op));
	FORETOLD(TDP_OK, tdp_replace(&h->tree, 0, h->g, HPA, HPA2 + h->b, RWX, &h->op));
	SAME(TAKEN, 1);
	SAME(entry_at(h, 0).level, 1);
	MAPPED(0, h->g, HPA2 + h->b, RWX);
	FORETOLD(TDP_OK, tdp_replace(&h->tree, h->g, 2 * h->b, HPA + h->g, HPA2 + h->p, RWX, &h->op));
	SAME(TAKEN, 3);
	SAME(entry_at(h, h->g).level, 0);
	MAPPED(h->g, 2 * h->b, HPA2 + h->p, RWX);
	MAPPED(h->g + 2 * h->b, h->g - 2 * h->b, HPA + h->g + 2 * h->b, RWX);
}

/* Another address is there: what came before is done. */
TREE_TEST(replace, race)
{
	uint64_t state;

	IS(TDP_OK, map_at(h, 0, 0, h->b, HPA, RWX));
	IS(TDP_OK, map_at(h, 0, h->b, h->b, HPA2, RWX));
	FORETOLD(TDP_RACE, tdp_replace(&h->tree, h->p, 2 * h->b - h->p, HPA + h->p, HPA2 + h->g, RX, &h->op));
	SAME(h->op.next, h->b);
	SAME(h->op.changed, h->b - h->p);
	SAME(FLUSHES, 1);
	FLUSH(0, h->p, h->b - h->p, 0, false);
	MAPPED(0, h->p, HPA, RWX);
	MAPPED(h->p, h->b - h->p, HPA2 + h->g, RX);
	MAPPED(h->b, h->b, HPA2, RWX);
	state = tables_digest(h);
	FORETOLD(TDP_RACE, tdp_replace(&h->tree, h->b, h->p, HPA, HPA2 + h->g, RX, &h->op));
	SAME(h->op.next, h->b);
	SAME(h->op.changed + FLUSHES + STORES + BARRIERS, 0);
	SAME(tables_digest(h), state);
}

/* Nothing is there, or a note. */
TREE_TEST(replace, absent)
{
	uint64_t state;

	IS(TDP_OK, tdp_map(&h->tree, 0, 2 * h->p, HPA, RWX, &h->op));
	FORETOLD(TDP_ABSENT, tdp_replace(&h->tree, 0, h->b, HPA, HPA2, RWX, &h->op));
	SAME(h->op.next, 2 * h->p);
	SAME(h->op.changed, 2 * h->p);
	MAPPED(0, 2 * h->p, HPA2, RWX);
	IS(TDP_OK, tdp_note(&h->tree, 2 * h->p, h->p, 5, &h->op));
	state = tables_digest(h);
	FORETOLD(TDP_ABSENT, tdp_replace(&h->tree, 2 * h->p, h->p, HPA, HPA2, RWX, &h->op));
	FORETOLD(TDP_ABSENT, tdp_replace(&h->tree, 3 * h->p, h->p, HPA, HPA2, RWX, &h->op));
	FORETOLD(TDP_ABSENT, tdp_replace(&h->tree, 2 * h->g, h->g, HPA, HPA2, RWX, &h->op));
	SAME(h->op.next, 2 * h->g);
	SAME(FLUSHES + STORES + BARRIERS, 0);
	SAME(tables_digest(h), state);
}

/* The old page is reported if it was written, and the new one counts as written, too. */
TREE_TEST(replace, dirty_goes_to_the_hook_and_on, .quiet = true, .without = NO_SD)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, 4 * h->p, HPA, RX, &h->op));
	IS(TDP_OK, tdp_set_attrs(&h->tree, 2 * h->p, 2 * h->p, RWX, TDP_MASK_PROT, &h->op));
	GUEST(2 * h->p, REF_W);
	FORETOLD(TDP_OK, tdp_replace(&h->tree, 0, 4 * h->p, HPA, HPA2, RX, &h->op));
	/* Where hardware sets no Dirty, whatever is writable counts as written. */
	REPORTED(2 * h->p, h->hw_d ? h->p : 2 * h->p);
	SAME(entry_at(h, 0).dirty, 0);
	SAME(entry_at(h, 2 * h->p).dirty, 1);
	SAME(entry_at(h, 3 * h->p).dirty, !h->hw_d);
	MAPPED(0, 4 * h->p, HPA2, RX);
	SAME(LIVE(2 * h->p), TDP_RX);
	/* A later zap reports the new page, because nobody collected it since. */
	IS(TDP_OK, tdp_zap(&h->tree, 0, 4 * h->p, &h->op));
	REPORTED(2 * h->p, h->hw_d ? h->p : 2 * h->p);
}

/* Neighbours are reported in one call, after the flush. */
TREE_TEST(replace, reports_are_merged, .quiet = true)
{
	IS(TDP_OK, map_at(h, 0, 0, 2 * h->b, HPA, RWX));
	for (tdp_gpa_t gpa = 0; gpa < 2 * h->b; gpa += h->p)
		GUEST(gpa, REF_W);
	IS(TDP_OK, tdp_replace(&h->tree, 0, 2 * h->b, HPA, HPA2, RWX, &h->op));
	SAME(harness_delta(h).dirties, 1);
	REPORTED(0, 2 * h->b);
}

/* tdp_replace() grants: a protection ends, attributes are the new ones. */
TREE_TEST(replace, grants_anew, .without = PAE | NO_SD)
{
	const struct tdp_attrs sw = {TDP_RWX, TDP_MT_UC, 0, 1};

	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RW, &h->op));
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->b, &h->op));
	FORETOLD(TDP_OK, tdp_replace(&h->tree, 0, h->b, HPA, HPA2, sw, &h->op));
	MAPPED(0, h->b, HPA2, sw);
	SAME(LIVE(0), TDP_RWX);
	SAME(entry_at(h, 0).state & TDP_STATE_MMU_WRITABLE, TDP_STATE_MMU_WRITABLE);
}

/* The same address, other attributes: also a replacement. */
TREE_TEST(replace, in_place)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RWX, &h->op));
	FORETOLD(TDP_OK, tdp_replace(&h->tree, 0, h->b, HPA, HPA, RX, &h->op));
	SAME(FLUSHES, 1);
	MAPPED(0, h->b, HPA, RX);
}

/* Pages of several levels in one range are one flush for mixed levels. */
TREE_TEST(replace, mixed_levels)
{
	IS(TDP_OK, map_at(h, 0, h->b - h->p, h->p, HPA + h->b - h->p, RWX));
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA + h->b, RWX, &h->op));
	FORETOLD(TDP_OK, tdp_replace(&h->tree, h->b - h->p, h->b + h->p, HPA + h->b - h->p, HPA2 + h->b - h->p, RWX, &h->op));
	CHECK(FLUSHES >= 1 && FLUSHES <= 2);
	if (FLUSHES == 1)
		FLUSH(0, h->b - h->p, h->b + h->p, -1, false);
	MAPPED(h->b - h->p, h->b + h->p, HPA2 + h->b - h->p, RWX);
}

/* Devices use the tree: there may be no moment without a mapping. */
TREE_TEST(replace, no_break, .flags = TDP_TREE_NO_BREAK)
{
	uint64_t state;

	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RWX, &h->op));
	state = tables_digest(h);
	FORETOLD(TDP_UNSUPPORTED, tdp_replace(&h->tree, 0, h->b, HPA, HPA2, RWX, &h->op));
	FORETOLD(TDP_UNSUPPORTED, tdp_replace(&h->tree, 0, h->p, HPA, HPA2, RWX, &h->op));
	SAME(FLUSHES + STORES + h->op.changed, 0);
	SAME(tables_digest(h), state);
}
