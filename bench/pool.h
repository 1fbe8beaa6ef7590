/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for tables: one 2 MiB aligned stretch of huge pages, touched in advance, handed out last in, first out.
 *
 * The library's hooks and the LIM-tables kernel take their pages from the same pool, so neither has an advantage.
 */
#ifndef TDPMMU_BENCH_POOL_H
#define TDPMMU_BENCH_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_PAGE_SHIFT 12u
#define BENCH_PAGE	 (1u << BENCH_PAGE_SHIFT)

struct pool {
	char *memory;	 /* first page */
	size_t capacity; /* pages */
	void **free;	 /* a stack of free pages; free[top - 1] is the next one out */
	size_t top;	 /* how many are free */
	void *mapping;	 /* what munmap() gets back */
	size_t mapped;	 /* bytes of mapping */
};

/* Reserve and touch the memory; ends the program if there is none. */
void pool_init(struct pool *pool, size_t pages);
void pool_fini(struct pool *pool);

/*
 * Sort the free pages: the next one out is the lowest, or the highest. Where tables lie decides what memory prefetchers can do for a
 * walk of a large guest (2 to 4 times, whoever walks), so each measurement starts from the same order, that of a fresh pool.
 */
void pool_sort(struct pool *pool, bool lowest_first);

/* A page with arbitrary contents; NULL when all are out. */
static inline void *pool_pop(struct pool *pool)
{
	return pool->top > 0 ? pool->free[--pool->top] : NULL;
}

static inline void pool_push(struct pool *pool, void *page)
{
	pool->free[pool->top++] = page;
}

/* bytes of zeroed, touched, 2 MiB aligned memory on huge pages where the kernel has them. */
void *huge_alloc(size_t bytes, void **mapping, size_t *mapped);

#endif
