/* SPDX-License-Identifier: BSD-2-Clause */
/* A list of free pages under a lock. */
#include "pool.h"

#include "machine.h"

static struct {
	char lock;
	void **first; /* each free page holds where the next one is */
	unsigned count;
} pool;

static void lock(void)
{
	while (__atomic_test_and_set(&pool.lock, __ATOMIC_ACQUIRE))
		cpu_pause();
}

static void unlock(void)
{
	__atomic_clear(&pool.lock, __ATOMIC_RELEASE);
}

void pool_init(uint64_t start, unsigned pages)
{
	for (unsigned i = 0; i < pages; i++)
		pool_give(&(struct tdp_table){.va = ADDRESS(start + (uint64_t)i * PAGE)});
}

bool pool_take(struct tdp_table *out)
{
	void **page;

	lock();
	page = pool.first;
	if (page) {
		pool.first = *page;
		pool.count--;
	}
	unlock();
	if (page)
		*out = (struct tdp_table){.va = page, .hpa = HPA(page)};
	return page != NULL;
}

void pool_give(const struct tdp_table *table)
{
	void **page = table->va;

	lock();
	*page = pool.first;
	pool.first = page;
	pool.count++;
	unlock();
}

unsigned pool_left(void)
{
	return __atomic_load_n(&pool.count, __ATOMIC_RELAXED);
}
