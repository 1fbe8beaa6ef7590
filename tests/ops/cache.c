/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Caches of spare tables: by themselves, of a call, and a tree's pool.
 */
#include "harness.h"

enum { CACHE_NODE = 32 };

Test(cache, give_and_take)
{
	static char memory[3][4096] __attribute__((aligned(4096)));
	struct tdp_cache cache = {0}, moved;
	struct tdp_table table = {0}, seen = {0};
	unsigned found = 0;

	cr_assert_eq(tdp_cache_count(&cache), 0);
	cr_assert_not(tdp_cache_take(&cache, &seen));
	cr_assert_null(seen.va);
	for (unsigned i = 0; i < 3; i++) {
		memset(memory[i], 0x33, sizeof(memory[i]));
		table = (struct tdp_table){.va = memory[i], .hpa = 0x10000 + i * 0x1000, .aux = &memory[i][i]};
		tdp_cache_give(&cache, &table);
		cr_assert_eq(tdp_cache_count(&cache), i + 1);
		for (unsigned at = CACHE_NODE; at < sizeof(memory[i]); at++)
			cr_assert(memory[i][at] == 0x33); /* only the start is scratch */
	}
	moved = cache; /* movable while idle */
	memset(&cache, 0xff, sizeof(cache));
	while (tdp_cache_take(&moved, &table)) {
		const unsigned i = (unsigned)(table.hpa - 0x10000) / 0x1000;

		cr_assert(i < 3 && table.va == memory[i] && table.aux == &memory[i][i]);
		found |= 1u << i;
	}
	cr_assert_eq(found, 7);
	cr_assert_eq(tdp_cache_count(&moved), 0);
}

TREE_TEST(cache, fill, .with = IS_NPT)
{
	struct tdp_mm_ops no_alloc = *referee_ops(h->r);
	struct tdp_cache cache = {0};

	no_alloc.table_alloc = NULL;
	SAME(tdp_cache_fill(&cache, 3, referee_ops(h->r), h->r, NULL), TDP_OK);
	SAME(tdp_cache_count(&cache), 3);
	SAME(tdp_cache_fill(&cache, 2, referee_ops(h->r), h->r, NULL), TDP_OK); /* at least so many */
	SAME(tdp_cache_count(&cache), 3);
	SAME(tdp_cache_fill(&cache, 3, &no_alloc, h->r, NULL), TDP_OK); /* nothing is missing */
	SAME(tdp_cache_fill(&cache, 3, NULL, NULL, NULL), TDP_OK);
	SAME(tdp_cache_fill(&cache, 4, &no_alloc, h->r, NULL), TDP_INVALID);
	SAME(tdp_cache_fill(&cache, 4, NULL, NULL, NULL), TDP_INVALID);
	SAME(tdp_cache_count(&cache), 3);
	/* The n-th allocation fails: the cache keeps what it got. */
	for (unsigned n = 1; n < 6; n++) {
		referee_drain(h->r, &cache);
		referee_fail_alloc(h->r, n, false);
		SAME(tdp_cache_fill(&cache, 5, referee_ops(h->r), h->r, NULL), TDP_NOMEM);
		SAME(tdp_cache_count(&cache), n - 1);
		SAME(tdp_cache_fill(&cache, 5, referee_ops(h->r), h->r, NULL), TDP_OK);
		SAME(tdp_cache_count(&cache), 5);
	}
	referee_drain(h->r, &cache);
	referee_fail_alloc(h->r, 1, true);
	SAME(tdp_cache_fill(&cache, 1, referee_ops(h->r), h->r, NULL), TDP_NOMEM);
	SAME(tdp_cache_fill(&cache, 1, referee_ops(h->r), h->r, NULL), TDP_NOMEM);
	referee_fail_alloc(h->r, 0, false);
}

/* A call's own cache comes first; the tree's pool is not touched. */
TREE_TEST(cache, of_the_call)
{
	struct tdp_cache cache = {0};

	SAME(tdp_cache_fill(&cache, 2 * h->layout.top_level, referee_ops(h->r), h->r, NULL), TDP_OK);
	WITH(.cache = &cache);
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	SAME(TAKEN, 0);
	SAME(tdp_cache_count(&cache), h->layout.top_level);
	referee_drain(h->r, &cache);
	IS(TDP_NOMEM, tdp_map(&h->tree, h->b, h->p, HPA, RWX, &h->op)); /* although the pool is full */
	SAME(h->op.tables, 1);
	WITH(0);
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->p, HPA, RWX, &h->op));
	SAME(TAKEN, 1);
}

/* Without table_free tables go back to the pool. */
static void without_table_free(struct tdp_mm_ops *ops)
{
	ops->table_free = NULL;
}

TREE_TEST(cache, pool_takes_freed_tables, .hooks = without_table_free)
{
	const unsigned pool = tdp_cache_count(referee_cache(h->r));

	IS(TDP_OK, map_at(h, 0, h->b - h->p, 2 * h->p, HPA, RWX));
	SAME(TAKEN, h->layout.top_level + 1);
	IS(TDP_OK, tdp_zap(&h->tree, h->b, h->b, &h->op));
	SAME(tdp_cache_count(referee_cache(h->r)), pool - h->layout.top_level);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op));
	SAME(tdp_cache_count(referee_cache(h->r)), pool);
	SAME(referee_counts(h->r).frees, 0);
}

/* And they can be used again at once, at any level. */
TREE_TEST(cache, pool_is_used_again, .hooks = without_table_free)
{
	harness_tables(h, h->layout.top_level);
	for (unsigned i = 0; i < 4; i++) {
		IS(TDP_OK, map_at(h, 0, i * h->g, h->p, HPA, RWX));
		SAME(TAKEN, h->layout.top_level);
		GUEST(i * h->g, REF_W);
		IS(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op));
	}
}
