/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is different for one caller when calls are shared: where tables come from and when they go, and pauses.
 */
#include "harness.h"

#define POOL referee_cache(h->r)

/* The pool belongs to nobody in particular, so a shared call takes tables from its own cache only; an exclusive one may have both. */
TREE_TEST(shared, needs_a_cache, .shared = true)
{
	IS(TDP_NOMEM, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	SAME(h->op.tables, h->layout.top_level);
	SAME(TAKEN + STORES, 0);
	WITH(.flags = TDP_EXCLUSIVE);
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	SAME(TAKEN, h->layout.top_level);
	WITH(.cache = POOL);
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->p, HPA, RWX, &h->op));
	SAME(TAKEN, 1);
}

/* A zap of everything retires every table, in one chain with one callback, behind one flush. */
TREE_TEST(shared, tables_go_in_one_chain, .shared = true)
{
	const unsigned tables = 3;

	for (unsigned i = 0; i < tables; i++) {
		WITH(.cache = POOL, .max_level_plus1 = 1);
		IS(TDP_OK, tdp_map(&h->tree, i * h->b, h->p, HPA, RWX, &h->op));
	}
	WITH(0);
	IS(TDP_OK, tdp_zap(&h->tree, 0, tables * h->b, &h->op));
	SAME(FLUSHES, 1);
	FLUSH(0, 0, tables * h->b, -1, true);
	SAME(FREED, tables);
	HOLE(0, h->b);
}

/* The same by a trim, which works through one table after the other; never are two tables of a level mapped at a time. */
TREE_TEST(shared, trimmed_tables_are_mapped_one_by_one, .shared = true, .map_tables = true)
{
	const unsigned tables = 3;

	for (unsigned i = 0; i < tables; i++) {
		WITH(.cache = POOL, .max_level_plus1 = 1);
		IS(TDP_OK, tdp_map(&h->tree, i * h->b, h->p, HPA, RWX, &h->op));
	}
	WITH(.flags = TDP_ZAP_LEAVES);
	IS(TDP_OK, tdp_zap(&h->tree, 0, tables * h->b, &h->op));
	WITH(0);
	IS(TDP_OK, tdp_trim(&h->tree, 0, tables * h->b, &h->op));
	CHECK(h->op.tables >= tables);
	SAME(FREED, h->op.tables);
}

/* Without RCU nobody knows when readers have left: a shared zap keeps tables, trim is refused, an exclusive call frees. */
TREE_TEST(shared, keep_tables, .flags = TDP_TREE_KEEP_TABLES)
{
	WITH(.cache = POOL, .max_level_plus1 = 1);
	IS(TDP_OK, tdp_map(&h->tree, 0, 2 * h->p, HPA, RWX, &h->op));
	WITH(0);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op));
	SAME(FREED, 0);
	HOLE(0, h->b);
	IS(TDP_UNSUPPORTED, tdp_trim(&h->tree, 0, h->end, &h->op));
	WITH(.flags = TDP_EXCLUSIVE);
	IS(TDP_OK, tdp_trim(&h->tree, 0, h->end, &h->op));
	SAME(FREED, h->layout.top_level);
}

static bool always(void *ctx, void *user)
{
	(void)ctx;
	(void)user;
	return true;
}

static unsigned yields;

static void on_yield(void *ctx, void *user)
{
	(void)ctx;
	(void)user;
	yields++;
}

static void pauses(struct tdp_mm_ops *ops)
{
	ops->should_yield = always;
	ops->yield = on_yield;
	yields = 0;
}

static void stops(struct tdp_mm_ops *ops)
{
	ops->should_yield = always;
}

/* A pause after each table, and the call finishes all the same. Nobody is asked who did not say so. */
TREE_TEST(shared, pauses_between_tables, .hooks = pauses)
{
	IS(TDP_OK, map_at(h, 0, 0, 3 * h->b, HPA, RWX));
	yields = 0;
	WITH(.flags = TDP_ZAP_LEAVES);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
	SAME(yields, 0);
	WITH(.flags = TDP_ZAP_LEAVES | TDP_MAY_YIELD);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 3 * h->b, &h->op));
	SAME(yields, 2);
	SAME(h->op.next, 3 * h->b);
	SAME(h->op.changed, 2 * h->b);
	HOLE(0, h->b);
}

/* Before the lock is dropped the gather is flushed: whoever gets it may reuse the pages (a notifier that dropped its lock first). */
TREE_TEST(shared, gather_is_flushed_before_a_pause, .hooks = pauses)
{
	struct tdp_gather gather = {0};

	IS(TDP_OK, map_at(h, 0, 0, 2 * h->b, HPA, RWX));
	yields = 0;
	WITH(.gather = &gather, .flags = TDP_ZAP_LEAVES | TDP_MAY_YIELD);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 2 * h->b, &h->op));
	SAME(yields, 1);
	SAME(FLUSHES, 1);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 1);
}

/* Nobody to drop the lock: the call stops, and the caller goes on from op->next, with progress each time (I9). */
TREE_TEST(shared, stops_without_a_yield_hook, .hooks = stops)
{
	tdp_gpa_t gpa = 0;
	unsigned stops_seen = 0;

	IS(TDP_OK, map_at(h, 0, 0, 3 * h->b, HPA, RWX));
	for (; stops_seen < 10; stops_seen++) {
		enum tdp_result r;

		WITH(.flags = TDP_ZAP_LEAVES | TDP_MAY_YIELD);
		harness_before(h, "zap");
		r = tdp_zap(&h->tree, gpa, 3 * h->b - gpa, &h->op);
		harness_after(h, __LINE__, h->op.next == 3 * h->b ? TDP_OK : TDP_STOPPED, r, "zap");
		CHECK(h->op.next > gpa);
		gpa = h->op.next;
		HOLE(0, gpa);
		if (r == TDP_OK)
			break;
	}
	SAME(stops_seen, 2);
}

static unsigned backings;

/* Pages that no larger leaf fits. */
static bool odd_pages(void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out)
{
	const struct harness *h = arg;

	(void)size;
	backings++;
	*out = (struct tdp_backing){.hpa = HPA + (gpa ^ h->p), .size = h->p, .attrs = RWX};
	return true;
}

/* Tables run out: what is missing is counted as far as the call may go without a pause (it was all of the rest, without a question). */
TREE_TEST(shared, counts_no_further_than_a_pause, .hooks = stops)
{
	uint32_t asked;

	harness_tables(h, 0);
	WITH(.flags = TDP_MAY_YIELD);
	backings = 0;
	IS(TDP_NOMEM, tdp_map_from(&h->tree, 0, 2 * h->g, odd_pages, h, &h->op));
	asked = h->op.tables;
	CHECK(backings <= 2 * h->n + 2);
	CHECK(asked >= 1);
	/* So many are enough to get on. */
	harness_tables(h, asked);
	IS(TDP_STOPPED, tdp_map_from(&h->tree, 0, 2 * h->g, odd_pages, h, &h->op));
	CHECK(h->op.next > 0);
	/* A call that may not pause counts all of it. */
	harness_tables(h, 0);
	WITH(.flags = 0);
	IS(TDP_NOMEM, tdp_map_from(&h->tree, h->op.next, 2 * h->g - h->op.next, odd_pages, h, &h->op));
	CHECK(h->op.tables > h->n);
}
