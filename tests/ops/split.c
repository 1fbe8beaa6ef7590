/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_split(): leaves into tables, in place; what is mapped stays what it was.
 */
#include "harness.h"

/* Leaves of level 1 become pages: one table each, exactly where the range touches them. */
TREE_TEST(split, to_pages, .modes = ALONE | SHARED | KEEPING)
{
	struct tdp_stats stats = {0};

	IS(TDP_OK, map_at(h, 1, 0, 4 * h->b, HPA, RWX));
	WITH(.cache = h->cache, .stats = &stats);
	FORETOLD(TDP_OK, tdp_split(&h->tree, 2 * h->b - h->p, 2 * h->p, 0, &h->op));
	SAME(TAKEN, 2);
	SAME(h->op.next, 2 * h->b + h->p);
	SAME(h->op.changed, 2 * h->b);
	SAME(stats.split, 2);
	SAME(BARRIERS, 1);
	SAME(FLUSHES, h->bbm ? 1 : 0);
	if (h->bbm)
		FLUSH(0, h->b, 2 * h->b, 1, false);
	MAPPED(0, 4 * h->b, HPA, RWX);
	SAME(entry_at(h, 0).level, 1);
	SAME(entry_at(h, h->b).level, 0);
	SAME(entry_at(h, 3 * h->b - h->p).level, 0);
	SAME(entry_at(h, 3 * h->b).level, 1);
	FORETOLD(TDP_SPURIOUS, tdp_split(&h->tree, h->b, 2 * h->b, 0, &h->op));
	SAME(h->op.changed + FLUSHES + STORES + BARRIERS, 0);
	SAME(stats.split, 2);
}

/* Level by level, through tables that are not there yet; only the parts that the range touches. */
TREE_TEST(split, through_levels, .modes = ALONE | SHARED, .without = PAE)
{
	struct tdp_stats stats = {0};

	IS(TDP_OK, map_at(h, 2, 0, 2 * h->g, HPA, RX));
	WITH(.cache = h->cache, .stats = &stats);
	FORETOLD(TDP_OK, tdp_split(&h->tree, h->g - h->b - h->p, 2 * h->b, 0, &h->op));
	SAME(TAKEN, 2 + 3); /* two leaves of level 2; in the first one two of level 1, in the other one */
	SAME(stats.split, 5);
	SAME(h->op.changed, 2 * h->g + 3 * h->b);
	MAPPED(0, 2 * h->g, HPA, RX);
	SAME(entry_at(h, h->g - 3 * h->b).level, 1);
	SAME(entry_at(h, h->g - 2 * h->b).level, 0);
	SAME(entry_at(h, h->g + h->b - h->p).level, 0);
	SAME(entry_at(h, h->g + h->b).level, 1);
}

/* Not further down than the level that was asked for. */
TREE_TEST(split, to_level_1, .without = PAE)
{
	IS(TDP_OK, map_at(h, 2, 0, h->g, HPA, RWX));
	IS(TDP_OK, map_at(h, 1, h->g, h->b, HPA + h->g, RWX));
	FORETOLD(TDP_OK, tdp_split(&h->tree, 0, 2 * h->g, 1, &h->op));
	SAME(TAKEN, 1);
	SAME(h->op.next, 2 * h->g);
	for (tdp_gpa_t gpa = 0; gpa <= h->g; gpa += h->b)
		SAME(entry_at(h, gpa).level, 1);
	MAPPED(0, h->g + h->b, HPA, RWX);
	FORETOLD(TDP_SPURIOUS, tdp_split(&h->tree, 0, 2 * h->g, 1, &h->op));
	FORETOLD(TDP_SPURIOUS, tdp_split(&h->tree, 0, 2 * h->g, 2, &h->op));
}

/* Every page inherits what the leaf was, which is more than what it permits (S32). */
TREE_TEST(split, inherits, .quiet = true, .without = PAE | NO_SD)
{
	const struct tdp_attrs attrs = {TDP_RW, TDP_MT_UC, 0, 1};

	IS(TDP_OK, map_at(h, 1, 0, h->b, HPA, attrs));
	IS(TDP_OK, map_at(h, 1, h->b, h->b, HPA + h->b, attrs));
	IS(TDP_OK, map_at(h, 1, 2 * h->b, h->b, HPA + 2 * h->b, RX));
	GUEST(h->p, REF_W);
	IS(TDP_OK, tdp_protect(&h->tree, h->b, h->b, &h->op));
	IS(TDP_OK, tdp_split(&h->tree, 0, 3 * h->b, 0, &h->op));
	MAPPED(0, 2 * h->b, HPA, attrs);
	MAPPED(2 * h->b, h->b, HPA + 2 * h->b, RX);
	for (tdp_gpa_t gpa = 0; gpa < h->b; gpa += h->p) {
		SAME(entry_at(h, gpa).dirty, 1);
		SAME(entry_at(h, gpa).accessed, 1);
		SAME(LIVE(h->b + gpa), TDP_R);
		SAME(entry_at(h, h->b + gpa).state & TDP_STATE_MMU_WRITABLE, 0);
		SAME(entry_at(h, 2 * h->b + gpa).dirty, 0);
	}
}

/* Dirty that hardware sets at the last moment is every page's (S22). */
TREE_TEST(split, late_dirty, .with = HW_D, .modes = ALONE | SHARED)
{
	IS(TDP_OK, map_at(h, 1, 0, h->b, HPA, RWX));
	WITH(.cache = h->cache);
	IS(TDP_OK, tdp_split(&h->tree, 0, h->b, 0, &h->op));
	for (tdp_gpa_t gpa = 0; gpa < h->b; gpa += h->p)
		SAME(entry_at(h, gpa).dirty, 1);
}

/* Holes, notes and pages are passed over. */
TREE_TEST(split, around)
{
	IS(TDP_OK, tdp_note(&h->tree, h->b, h->b, 5, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, h->g, h->g, 6, &h->op));
	IS(TDP_OK, map_at(h, 0, 2 * h->b, h->p, HPA, RWX));
	FORETOLD(TDP_SPURIOUS, tdp_split(&h->tree, 0, h->end, 0, &h->op));
	SAME(h->op.next, h->end);
	IS(TDP_OK, map_at(h, 1, 3 * h->b, h->b, HPA, RWX));
	FORETOLD(TDP_OK, tdp_split(&h->tree, 0, h->end, 0, &h->op));
	SAME(TAKEN, 1);
	NOTED(h->b, h->b, 5);
	NOTED(h->g, h->g, 6);
	MAPPED(3 * h->b, h->b, HPA, RWX);
}

/* More neighbours than one break takes. */
TREE_TEST(split, many, .modes = ALONE | SHARED)
{
	const unsigned leaves = h->n < 40 ? (unsigned)h->n : 40;

	IS(TDP_OK, map_at(h, 1, 0, leaves * h->b, HPA, RW));
	WITH(.cache = h->cache);
	FORETOLD(TDP_OK, tdp_split(&h->tree, 0, leaves * h->b, 0, &h->op));
	SAME(TAKEN, leaves);
	SAME(BARRIERS, 1);
	SAME(FLUSHES, h->bbm ? (leaves + 7) / 8 : 0);
	MAPPED(0, leaves * h->b, HPA, RW);
	for (tdp_gpa_t gpa = 0; gpa < leaves * h->b; gpa += h->b)
		SAME(entry_at(h, gpa).level, 0);
}

/* A device's tree: found before anything changes. */
TREE_TEST(split, no_break, .with = BREAK, .flags = TDP_TREE_NO_BREAK)
{
	uint64_t state;

	IS(TDP_OK, map_at(h, 0, 0, h->p, HPA, RWX));
	FORETOLD(TDP_SPURIOUS, tdp_split(&h->tree, 0, h->end, 0, &h->op));
	IS(TDP_OK, map_at(h, 1, h->b, 2 * h->b, HPA, RWX));
	state = tables_digest(h);
	FORETOLD(TDP_UNSUPPORTED, tdp_split(&h->tree, 0, 2 * h->b, 0, &h->op));
	SAME(h->op.changed + STORES + FLUSHES, 0);
	SAME(tables_digest(h), state);
}

/* Nobody walks the tables yet: no flush on any format. */
TREE_TEST(split, before_it_is_live, .by_hand = true)
{
	const struct tdp_table root = harness_unloaded(h, TDP_TREE_NO_BREAK);

	IS(TDP_OK, map_at(h, 1, 0, 2 * h->b, HPA, RWX));
	IS(TDP_OK, tdp_split(&h->tree, 0, 2 * h->b, 0, &h->op));
	SAME(FLUSHES, 0);
	SAME(entry_at(h, h->b).level, 0);
	harness_unloaded_end(h, &root);
}

/* Where splitting what can be executed needs a flush (an erratum of some parts), it comes. */
TREE_TEST(split, erratum, .without = BREAK | NO_SD, .caps = TDP_CAP_SPLIT_FLUSH)
{
	IS(TDP_OK, map_at(h, 1, 0, 2 * h->b, HPA, RWX));
	IS(TDP_OK, tdp_split(&h->tree, 0, h->p, 0, &h->op));
	SAME(FLUSHES, 1);
	FLUSH(0, 0, h->b, 1, false);
}

TREE_TEST(split, refusals)
{
	IS(TDP_OK, map_at(h, 1, 0, h->b, HPA, RWX));
	IS(TDP_UNSUPPORTED, tdp_split(&h->tree, 0, h->b, 3, &h->op));
	IS(TDP_UNSUPPORTED, tdp_split(&h->tree, 0, h->b, 200, &h->op));
	IS(TDP_INVALID, tdp_split(&h->tree, 0, 0, 0, &h->op));
	IS(TDP_INVALID, tdp_split(&h->tree, 1, h->p, 0, &h->op));
	IS(TDP_RANGE, tdp_split(&h->tree, h->end, h->p, 0, &h->op));
	WITH(.flags = TDP_OVERZAP);
	IS(TDP_INVALID, tdp_split(&h->tree, 0, h->b, 0, &h->op));
	SAME(entry_at(h, 0).level, 1);
}
