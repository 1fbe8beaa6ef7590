/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a call finds that was made while another one was under way: each case lets one whole call of another thread come between, before
 * the first access to the tables, before the second, and so on. All interleavings of smaller trees: tests/schedules.
 */
#include "harness.h"

#define CACHE referee_cache(h->r)

/*
 * Runs the body again and again: what COMES() announces does so in the next call, before its first access, then its second ...; the last
 * time not at all.
 */
#define AT_EACH_POINT                                                                                                              \
	for (unsigned at_point = 0, at_more = 1; at_more && (harness_tables(h, 32), true);                                         \
	     at_more = referee_came_between(), at_point++)
#define COMES(other) referee_between(at_point, other, h)

/* A call that comes between may be refused because of what is under way, and for no other reason. */
#define OTHER(call)                                                                                                                \
	do {                                                                                                                       \
		enum tdp_result other_got = (call);                                                                                \
		CHECK(other_got >= 0 || other_got == TDP_BUSY || other_got == TDP_EXISTS);                                         \
	} while (0)

/* The range is as it was at first. */
static void clear(struct harness *h, tdp_gpa_t gpa, uint64_t size, uint32_t flags)
{
	WITH(.flags = TDP_EXCLUSIVE | flags);
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_zap(&h->tree, gpa, size, &h->op));
}

static void map_write_back(void *arg)
{
	struct harness *h = arg;
	struct tdp_op op = {.cache = CACHE};

	OTHER(tdp_map(&h->tree, 0, h->p, HPA, RW, &op));
}

/* Devices use the tree: whatever comes between, no entry goes through an invalid window. */
TREE_TEST(company, no_break_in_a_tree_that_has_none, .with = BREAK, .shared = true, .flags = TDP_TREE_NO_BREAK)
{
	WITH(.flags = TDP_EXCLUSIVE);
	IS(TDP_OK, tdp_map(&h->tree, h->p, h->p, HPA + h->p, UC, &h->op));
	AT_EACH_POINT
	{
		COMES(map_write_back);
		WITH(.flags = 0);
		IS_EITHER(TDP_UNSUPPORTED, TDP_SPURIOUS, tdp_set_attrs(&h->tree, 0, 2 * h->p, UC, TDP_MASK_MEMTYPE, &h->op));
		SAME(FLUSHES, 0);
		clear(h, 0, h->p, TDP_ZAP_LEAVES);
	}
}

static void map_huge(void *arg)
{
	struct harness *h = arg;
	struct tdp_op op = {.cache = CACHE, .max_level_plus1 = 2};

	OTHER(tdp_map(&h->tree, 0, h->b, HPA, RWX, &op));
}

/* A leaf that appears across the range goes whole, and op says how far. */
TREE_TEST(company, overzap_says_how_far, .shared = true)
{
	AT_EACH_POINT
	{
		COMES(map_huge);
		WITH(.flags = TDP_OVERZAP);
		IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_zap(&h->tree, h->p, h->p, &h->op));
		SAME(h->op.first, h->op.changed ? 0 : h->p);
		if (h->op.changed) {
			SAME(h->op.next, h->b);
			HOLE(0, h->b);
		}
		clear(h, 0, h->b, 0);
	}
}

/* The same with a gather: what it owes covers the whole leaf. */
TREE_TEST(company, overzap_with_a_gather, .shared = true)
{
	AT_EACH_POINT
	{
		COMES(map_huge);
		struct tdp_gather gather = {0};

		WITH(.flags = TDP_OVERZAP, .gather = &gather);
		IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_zap(&h->tree, h->p, h->p, &h->op));
		GATHER_FLUSH(&gather);
		clear(h, 0, h->b, 0);
	}
}

static void map_huge_behind(void *arg)
{
	struct harness *h = arg;
	struct tdp_op op = {.cache = CACHE, .max_level_plus1 = 2};

	OTHER(tdp_map(&h->tree, h->b, h->b, HPA + h->b, RWX, &op));
}

/* Also when the call has taken leaves of that level before, which the gather knows of. */
TREE_TEST(company, overzap_with_a_gather_reaches_further, .shared = true)
{
	AT_EACH_POINT
	{
		struct tdp_gather gather = {0};

		WITH(.flags = TDP_EXCLUSIVE, .max_level_plus1 = 2);
		IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RWX, &h->op));
		COMES(map_huge_behind);
		WITH(.flags = TDP_OVERZAP, .gather = &gather);
		IS(TDP_OK, tdp_zap(&h->tree, 0, h->b + h->p, &h->op));
		GATHER_FLUSH(&gather);
		clear(h, 0, 2 * h->b, 0);
	}
}

static void map_page(void *arg)
{
	struct harness *h = arg;
	struct tdp_op op = {.cache = CACHE, .max_level_plus1 = 1};

	OTHER(tdp_map(&h->tree, 0, h->p, HPA, RWX, &op));
}

/* And at the next access it is mapped again. */
static void zap_then_map(void *arg)
{
	struct harness *h = arg;
	struct tdp_op op = {0};

	OTHER(tdp_zap(&h->tree, 0, h->b, &op));
	referee_between(0, map_page, h);
}

/* A table that goes while it is counted, and another one that comes, are one table at most. */
TREE_TEST(company, count_counts_no_table_twice, .with = FAKE, .shared = true)
{
	AT_EACH_POINT
	{
		struct tdp_count count;

		WITH(.flags = TDP_EXCLUSIVE, .max_level_plus1 = 1);
		IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
		COMES(zap_then_map);
		WITH(.flags = 0);
		IS(TDP_OK, tdp_count(&h->tree, 0, h->b, &count, &h->op));
		CHECK(count.tables[0] <= 1);
	}
}

/*
 * A leaf of level 2 instead of whatever was there. By a trim, because a zap of the tables would wait for an entry that the call under way
 * has frozen, and that call does not go on.
 */
static void map_larger(void *arg)
{
	struct harness *h = arg;
	struct tdp_op zap = {.flags = TDP_ZAP_LEAVES}, trim = {0}, map = {.cache = CACHE, .max_level_plus1 = 3};

	OTHER(tdp_zap(&h->tree, 0, h->g, &zap));
	OTHER(tdp_trim(&h->tree, 0, h->g, &trim));
	OTHER(tdp_map(&h->tree, 0, h->g, HPA, RX, &map));
}

/* Whoever has no tables is told how many it takes, also if what takes them has just appeared. */
TREE_TEST(company, fault_says_how_many_tables, .shared = true)
{
	const struct tdp_fault fault = {.backing = {.hpa = HPA, .size = h->g, .attrs = RWX}, .access = TDP_WRITE};

	AT_EACH_POINT
	{
		enum tdp_result r;

		WITH(.flags = TDP_EXCLUSIVE);
		IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RX, &h->op));
		COMES(map_larger);
		WITH(.flags = TDP_LOG_DIRTY);
		harness_before(h, "fault");
		r = tdp_fault(&h->tree, &fault, &h->op);
		harness_after(h, __LINE__, r, r, "fault");
		CHECK(r == TDP_OK || r == TDP_NOMEM || r == TDP_RACE || r == TDP_BUSY);
		SAME(r != TDP_NOMEM || h->op.tables >= (h->layout.leaf_levels & 4 ? 2 : 1), true);
		clear(h, 0, h->g, 0);
	}
}

/* The same for a range whose ends must be split. What it has is enough for what it sees first. */
TREE_TEST(company, zap_says_how_many_tables, .shared = true)
{
	AT_EACH_POINT
	{
		struct tdp_cache cache = {0};
		enum tdp_result r;

		WITH(.flags = TDP_EXCLUSIVE, .max_level_plus1 = 2);
		IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RX, &h->op));
		SAME(tdp_cache_fill(&cache, 1, referee_ops(h->r), h->r, NULL), TDP_OK);
		COMES(map_larger);
		WITH(.cache = &cache);
		harness_before(h, "zap");
		r = tdp_zap(&h->tree, h->p, h->p, &h->op);
		harness_after(h, __LINE__, r, r, "zap");
		CHECK(r == TDP_OK || r == TDP_SPURIOUS || r == TDP_NOMEM || r == TDP_BUSY);
		SAME(r != TDP_NOMEM || h->op.tables >= 1, true);
		referee_drain(h->r, &cache);
		clear(h, 0, h->g, 0);
	}
}
