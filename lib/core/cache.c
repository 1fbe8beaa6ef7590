/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Caches of spare tables: a list through the tables' own memory, so a cache needs none and giving cannot fail.
 */
#include "tree_impl.h"

void tdp_cache_give(struct tdp_cache *cache, const struct tdp_table *table)
{
	struct cache *c = cache_of(cache);
	struct cache_node *node = table->va;

	node->next = c->head;
	node->hpa = table->hpa;
	node->aux = table->aux;
	c->head = node;
	c->count++;
}

bool tdp_cache_take(struct tdp_cache *cache, struct tdp_table *out)
{
	struct cache *c = cache_of(cache);

	if (!c->head)
		return false;
	cache_pop(c, out);
	return true;
}

unsigned tdp_cache_count(const struct tdp_cache *cache)
{
	return (unsigned)cache_of(cache)->count;
}

enum tdp_result tdp_cache_fill(struct tdp_cache *cache, unsigned count, const struct tdp_mm_ops *ops, void *ctx, void *user)
{
	while (tdp_cache_count(cache) < count) {
		struct tdp_table table = {0};

		if (!ops || !ops->table_alloc)
			return TDP_INVALID;
		if (!ops->table_alloc(ctx, user, &table))
			return TDP_NOMEM;
		tdp_cache_give(cache, &table);
	}
	return TDP_OK;
}
