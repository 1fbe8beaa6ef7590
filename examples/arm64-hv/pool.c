/* SPDX-License-Identifier: BSD-2-Clause */
#include "pool.h"

#include "el2.h"
#include "lock.h"
#include "stage2.h"
#include "verdict.h"
#include "witness.h"

enum { TABLE_SIZE = 4096 };
/* A walker that goes on through a freed table comes to a page that is not there, and its guest takes an external abort. */
#define FREED UINT64_C(0x300007ff)

extern char el2_end[];

static uint64_t memory_next, memory_end;
static struct {
	struct lock lock;
	uint64_t memory;
	uint64_t *table; /* those below count are free */
	unsigned count, size, least;
} pool;
static struct tdp_cache caches[CPUS];

void pool_memory(uint64_t end)
{
	memory_next = (uint64_t)el2_end;
	memory_end = end;
}

void *pool_take(uint64_t size, uint64_t align, const char *what)
{
	const uint64_t at = (memory_next + align - 1) & ~(align - 1);

	if (at > memory_end || size > memory_end - at) {
		say("[hv] too little memory: %s takes %u KiB, and %u KiB are left below the guest's\n", what, size >> 10,
		    at > memory_end ? 0 : (memory_end - at) >> 10);
		quit(VERDICT_INPUT);
	}
	memory_next = at + size;
	for (uint64_t i = 0; i < size / 8; i++)
		((uint64_t *)at)[i] = 0;
	return (void *)at;
}

void pool_init(unsigned tables)
{
	uint8_t *memory = pool_take((uint64_t)tables * TABLE_SIZE, TABLE_SIZE, "the pool of tables");

	pool.memory = (uint64_t)memory;
	pool.table = pool_take(tables * sizeof(*pool.table), sizeof(*pool.table), "the list of free tables");
	for (unsigned i = 0; i < tables; i++)
		pool.table[i] = (uint64_t)memory + (uint64_t)i * TABLE_SIZE;
	pool.count = pool.size = pool.least = tables;
}

bool pool_alloc(void *ctx, void *user, struct tdp_table *out)
{
	bool there;

	(void)ctx;
	(void)user;
	lock(&pool.lock);
	there = pool.count > 0;
	if (there) {
		out->hpa = pool.table[--pool.count];
		out->va = (void *)out->hpa;
		if (pool.count < pool.least)
			pool.least = pool.count;
	}
	unlock(&pool.lock);
	return there;
}

void pool_free(void *ctx, const struct tdp_table *table)
{
	(void)ctx;
	witness_free(table->hpa);
	for (unsigned i = 0; i < TABLE_SIZE / 8; i++)
		((uint64_t *)table->hpa)[i] = FREED;
	lock(&pool.lock);
	pool.table[pool.count++] = table->hpa;
	unlock(&pool.lock);
}

struct tdp_cache *pool_cache(unsigned tables)
{
	struct tdp_cache *cache = &caches[this_cpu()];

	if (tdp_cache_count(cache) < tables && tdp_cache_fill(cache, tables, &stage2_ops, NULL, NULL) < 0) {
		say("[hv] out of tables: the pool has %u, all are in use, and %u more are wanted\n", (uint64_t)pool.size,
		    (uint64_t)(tables - tdp_cache_count(cache)));
		quit(VERDICT_INPUT);
	}
	return cache;
}

unsigned pool_used(void)
{
	return pool.size - pool.count;
}

bool pool_has(uint64_t address, unsigned *number)
{
	*number = (unsigned)((address - pool.memory) / TABLE_SIZE);
	return address >= pool.memory && *number < pool.size;
}

unsigned pool_most(void)
{
	return pool.size - pool.least;
}
