/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_promote(): full tables into leaves, in place. What is refused, and why, and a backing: promote_refused.c.
 */
#include "harness.h"

/* One table of pages becomes one leaf; dirty and accessed pages make a dirty and accessed leaf. */
TREE_TEST(promote, one, .modes = ALONE | SHARED, .quiet = true)
{
	struct tdp_stats stats = {0};

	IS(TDP_OK, map_at(h, 0, h->b, h->b, HPA, RWX));
	GUEST(h->b + h->p, REF_W);
	WITH(.cache = h->cache, .stats = &stats);
	IS(TDP_OK, tdp_promote(&h->tree, h->b, h->b, 1, NULL, NULL, &h->op));
	SAME(h->op.next, 2 * h->b);
	SAME(h->op.changed, h->b);
	SAME(h->op.tables, 1);
	SAME(stats.promoted, 1);
	SAME(FLUSHES, 1);
	FLUSH(0, h->b, h->b, -1, true);
	SAME(BARRIERS, 1);
	SAME(FREED, 1);
	SAME(entry_at(h, h->b).level, 1);
	SAME(entry_at(h, h->b).dirty, 1);
	SAME(entry_at(h, h->b).accessed, 1);
	SAME(LIVE(h->b), TDP_RWX);
	MAPPED(h->b, h->b, HPA, RWX);
	GUEST(2 * h->b - h->p, REF_W);
	IS(TDP_SPURIOUS, tdp_promote(&h->tree, h->b, h->b, 1, NULL, NULL, &h->op));
	SAME(h->op.changed + h->op.tables + FLUSHES + STORES + BARRIERS, 0);
	SAME(h->op.next, 2 * h->b);
}

/* A leaf that nobody wrote to is clean afterwards; Accessed alone is inherited, too. */
TREE_TEST(promote, clean, .modes = ALONE | SHARED, .quiet = true)
{
	IS(TDP_OK, map_at(h, 0, 0, h->b, HPA, RX));
	WITH(.cache = h->cache, .flags = TDP_PREFETCH);
	IS(TDP_OK, map_at(h, 0, h->b, h->b, HPA + h->b, RX));
	WITH(.cache = h->cache);
	IS(TDP_OK, tdp_promote(&h->tree, 0, 2 * h->b, 1, NULL, NULL, &h->op));
	SAME(FLUSHES, 1);
	SAME(entry_at(h, 0).dirty, 0);
	SAME(entry_at(h, 0).accessed, 1);
	SAME(entry_at(h, h->b).level, 1);
	SAME(entry_at(h, h->b).accessed, 1); /* map_at() clears the flags */
}

/* Bits that hardware sets at the last moment are not lost (S22). */
TREE_TEST(promote, late_dirty, .modes = ALONE | SHARED, .with = HW_D)
{
	IS(TDP_OK, map_at(h, 0, 0, 2 * h->b, HPA, RWX));
	WITH(.cache = h->cache);
	IS(TDP_OK, tdp_promote(&h->tree, 0, 2 * h->b, 1, NULL, NULL, &h->op));
	SAME(h->op.changed, 2 * h->b);
	MAPPED(0, 2 * h->b, HPA, RWX);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 2 * h->b, &h->op)); /* the referee knows what was written */
}

/* Regions that are only partly in the range are never touched (S27). */
TREE_TEST(promote, partial_regions, .modes = ALONE | SHARED)
{
	uint64_t state;

	IS(TDP_OK, map_at(h, 0, 0, 4 * h->b, HPA, RWX));
	WITH(.cache = h->cache);
	IS(TDP_OK, tdp_promote(&h->tree, h->b - h->p, 2 * h->b + 2 * h->p, 1, NULL, NULL, &h->op));
	SAME(h->op.changed, 2 * h->b);
	SAME(h->op.next, 3 * h->b + h->p);
	SAME(h->op.tables, 2);
	FLUSH(0, h->b, 2 * h->b, -1, true);
	SAME(entry_at(h, 0).level, 0);
	SAME(entry_at(h, h->b).level, 1);
	SAME(entry_at(h, 2 * h->b).level, 1);
	SAME(entry_at(h, 3 * h->b).level, 0);
	MAPPED(0, 4 * h->b, HPA, RWX);
	state = tables_digest(h);
	IS(TDP_SPURIOUS, tdp_promote(&h->tree, h->p, h->b - h->p, 1, NULL, NULL, &h->op));
	IS(TDP_SPURIOUS, tdp_promote(&h->tree, 3 * h->b, h->b - h->p, 1, NULL, NULL, &h->op));
	SAME(tables_digest(h), state);
}

/* From pages to the second level in one call, where all of it is full; elsewhere as far as that goes. */
TREE_TEST(promote, two_levels, .modes = ALONE | SHARED, .without = PAE)
{
	struct tdp_stats stats = {0};

	IS(TDP_OK, map_at(h, 1, 0, 2 * h->g, HPA, RW));
	WITH(.cache = h->cache);
	IS(TDP_OK, tdp_split(&h->tree, h->b, 2 * h->b, 0, &h->op));
	WITH(.cache = h->cache, .stats = &stats);
	IS(TDP_OK, tdp_promote(&h->tree, 0, h->g + h->b, 2, NULL, NULL, &h->op));
	SAME(stats.promoted, 3);
	SAME(h->op.tables, 3);
	SAME(h->op.changed, 2 * h->b + h->g);
	SAME(entry_at(h, 0).level, 2);
	SAME(entry_at(h, h->g).level, 1);
	MAPPED(0, 2 * h->g, HPA, RW);
	IS(TDP_OK, tdp_promote(&h->tree, 0, 2 * h->g, 2, NULL, NULL, &h->op));
	SAME(h->op.tables, 1);
	SAME(entry_at(h, h->g).level, 2);
	MAPPED(0, 2 * h->g, HPA, RW);
}

/* Not higher than asked for. */
TREE_TEST(promote, to_level_1)
{
	IS(TDP_OK, map_at(h, 1, 0, h->g, HPA, RW));
	IS(TDP_OK, tdp_split(&h->tree, 0, h->b, 0, &h->op));
	IS(TDP_OK, tdp_promote(&h->tree, 0, h->g, 1, NULL, NULL, &h->op));
	SAME(h->op.tables, 1);
	SAME(entry_at(h, 0).level, 1);
	SAME(entry_at(h, h->g - h->b).level, 1);
}

/* Down and up again, to and fro: the very same tables, but for what was touched. */
TREE_TEST(promote, undoes_split, .modes = ALONE | SHARED, .quiet = true, .without = PAE | NO_SD)
{
	const struct tdp_attrs attrs = {TDP_RW, TDP_MT_UC, 0, 1};
	uint64_t state;

	IS(TDP_OK, map_at(h, 2, 0, h->g, HPA, attrs));
	IS(TDP_OK, map_at(h, 1, h->g, h->b, HPA + h->g, RX));
	GUEST(h->p, REF_W);
	state = tables_digest(h);
	for (unsigned i = 0; i < 2; i++) {
		WITH(.cache = h->cache);
		IS(TDP_OK, tdp_split(&h->tree, 0, h->b + h->p, 0, &h->op));
		IS(TDP_OK, tdp_split(&h->tree, h->g, h->p, 0, &h->op));
		IS(TDP_OK, tdp_promote(&h->tree, 0, 2 * h->g, 2, NULL, NULL, &h->op));
		SAME(h->op.tables, 4);
		SAME(tables_digest(h), state);
	}
	MAPPED(0, h->g, HPA, attrs);
}

/* So many regions per flush. */
TREE_TEST(promote, batches, .modes = ALONE | SHARED)
{
	IS(TDP_OK, map_at(h, 0, 0, 4 * h->b, HPA, RW));
	WITH(.cache = h->cache, .batch_lg2 = 1);
	IS(TDP_OK, tdp_promote(&h->tree, 0, 4 * h->b, 1, NULL, NULL, &h->op));
	SAME(FLUSHES, 2);
	FLUSH(0, 0, 2 * h->b, -1, true);
	FLUSH(1, 2 * h->b, 2 * h->b, -1, true);
	SAME(h->op.tables, 4);
	WITH(.cache = h->cache);
	IS(TDP_OK, tdp_split(&h->tree, 0, 4 * h->b, 0, &h->op));
	IS(TDP_OK, tdp_promote(&h->tree, 0, 4 * h->b, 1, NULL, NULL, &h->op));
	SAME(FLUSHES, 1);
	FLUSH(0, 0, 4 * h->b, -1, true);
	WITH(.batch_lg2 = 10);
	IS(TDP_INVALID, tdp_promote(&h->tree, 0, 4 * h->b, 1, NULL, NULL, &h->op));
}

/* Regions with gaps between them share a batch; those of another upper table only where nothing is broken. */
TREE_TEST(promote, gaps, .modes = ALONE | SHARED)
{
	IS(TDP_OK, map_at(h, 0, h->g - h->b, 2 * h->b, HPA + h->g - h->b, RW));
	IS(TDP_OK, map_at(h, 0, h->g - 3 * h->b, h->b, HPA, RW));
	IS(TDP_OK, map_at(h, 0, h->g - 2 * h->b, h->p, HPA, RW));
	WITH(.cache = h->cache);
	IS(TDP_OK, tdp_promote(&h->tree, 0, 2 * h->g, 1, NULL, NULL, &h->op));
	SAME(h->op.tables, 3);
	SAME(FLUSHES, h->bbm ? 2 : 1);
	SAME(entry_at(h, h->g - 3 * h->b).level, 1);
	SAME(entry_at(h, h->g - 2 * h->b).level, 0);
	SAME(entry_at(h, h->g - h->b).level, 1);
	SAME(entry_at(h, h->g).level, 1);
	MAPPED(h->g - h->b, 2 * h->b, HPA + h->g - h->b, RW);
}

/* Pages that differ in what hardware lets through now: open only where all are, and dirty where any is (S33). */
TREE_TEST(promote, closed_pages, .modes = ALONE | SHARED, .quiet = true)
{
	const struct tdp_fault write = {.backing = {.hpa = HPA, .size = h->p, .attrs = RWX}, .access = TDP_WRITE};

	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RWX, &h->op));
	WITH(.cache = h->cache, .flags = TDP_LOG_DIRTY);
	IS(TDP_OK, tdp_fault(&h->tree, &write, &h->op));
	SAME(LIVE(0), TDP_RWX);
	SAME(LIVE(h->p), TDP_RX);
	WITH(.cache = h->cache);
	IS(TDP_OK, tdp_promote(&h->tree, 0, h->b, 1, NULL, NULL, &h->op));
	SAME(LIVE(0), TDP_RX);
	SAME(entry_at(h, 0).dirty, 1);
	SAME(entry_at(h, 0).state & TDP_STATE_MMU_WRITABLE, TDP_STATE_MMU_WRITABLE);
	MAPPED(0, h->b, HPA, RWX); /* granted all the same: the next write opens it */
}

/* A protected region stays protected as a whole. */
TREE_TEST(promote, protected, .modes = ALONE | SHARED)
{
	const struct tdp_fault write = {.backing = {.hpa = HPA, .size = h->p, .attrs = RWX}, .access = TDP_WRITE};

	IS(TDP_OK, map_at(h, 0, 0, h->b, HPA, RWX));
	WITH(.cache = h->cache);
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->b, &h->op));
	IS(TDP_OK, tdp_promote(&h->tree, 0, h->b, 1, NULL, NULL, &h->op));
	SAME(LIVE(0), TDP_RX);
	SAME(entry_at(h, 0).state & TDP_STATE_MMU_WRITABLE, 0);
	IS(TDP_PROTECTED, tdp_fault(&h->tree, &write, &h->op));
}

/* Nobody walks the tables yet: no flush, and nothing is broken. */
TREE_TEST(promote, before_it_is_live, .by_hand = true)
{
	const struct tdp_table root = harness_unloaded(h, TDP_TREE_NO_BREAK);

	IS(TDP_OK, map_at(h, 0, 0, 2 * h->b, HPA, RWX));
	IS(TDP_OK, tdp_promote(&h->tree, 0, 2 * h->b, 1, NULL, NULL, &h->op));
	SAME(FLUSHES, 0);
	SAME(entry_at(h, h->b).level, 1);
	harness_unloaded_end(h, &root);
}

/* Walkers that do not snoop, tables that are mapped one by one. */
TREE_TEST(promote, noncoherent, .modes = ALONE | SHARED, .noncoherent = true)
{
	IS(TDP_OK, map_at(h, 0, 0, 2 * h->b, HPA, RW));
	WITH(.cache = h->cache);
	IS(TDP_OK, tdp_promote(&h->tree, 0, 2 * h->b, 1, NULL, NULL, &h->op));
	SAME(h->op.tables, 2);
}

TREE_TEST(promote, mapped_tables, .modes = ALONE | SHARED, .map_tables = true, .without = PAE)
{
	IS(TDP_OK, map_at(h, 1, 0, h->g, HPA, RW));
	WITH(.cache = h->cache);
	IS(TDP_OK, tdp_split(&h->tree, 0, 2 * h->b, 0, &h->op));
	IS(TDP_OK, tdp_promote(&h->tree, 0, h->g, 2, NULL, NULL, &h->op));
	SAME(h->op.tables, 3);
	MAPPED(0, h->g, HPA, RW);
}
