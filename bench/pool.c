/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for tables and for the limit kernels' arrays.
 */
#define _GNU_SOURCE
#include "pool.h"
#include "fail.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE (2ul << 20)

void *huge_alloc(size_t bytes, void **mapping, size_t *mapped)
{
	*mapped = bytes + HUGE_PAGE;
	*mapping = mmap(NULL, *mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (*mapping == MAP_FAILED)
		bench_fail("no memory for %zu MiB of tables", bytes >> 20);

	void *start = (void *)(((uintptr_t)*mapping + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1));

	/* A hint: on small pages the figures of large guests are a little worse, for both sides of a ratio. */
	(void)madvise(start, bytes, MADV_HUGEPAGE);
	memset(start, 0, bytes);
	return start;
}

void pool_init(struct pool *pool, size_t pages)
{
	pool->memory = huge_alloc(pages * BENCH_PAGE, &pool->mapping, &pool->mapped);
	pool->capacity = pages;
	pool->free = calloc(pages, sizeof(*pool->free));
	if (!pool->free)
		bench_fail("no memory for the pool's stack");
	pool->top = 0;
	for (size_t i = pages; i > 0; i--)
		pool_push(pool, pool->memory + (i - 1) * BENCH_PAGE);
}

/* For qsort(): the lowest address last, on top of the stack. */
static int lowest_last(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t) * (void *const *)a, y = (uintptr_t) * (void *const *)b;

	return (x < y) - (x > y);
}

/* For qsort(): the highest address last. */
static int highest_last(const void *a, const void *b)
{
	return lowest_last(b, a);
}

void pool_sort(struct pool *pool, bool lowest_first)
{
	qsort(pool->free, pool->top, sizeof(*pool->free), lowest_first ? lowest_last : highest_last);
}

void pool_fini(struct pool *pool)
{
	free(pool->free);
	munmap(pool->mapping, pool->mapped);
}
