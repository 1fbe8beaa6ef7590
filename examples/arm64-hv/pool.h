/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of the hypervisor's own: what it takes once at the start, and the fixed pool of tables, out of which each CPU keeps a few in a
 * cache of its own, so that no fault waits for another CPU to find one.
 */
#ifndef ARM64_HV_POOL_H
#define ARM64_HV_POOL_H

#include <tdpmmu/tdpmmu.h>

/* What lies between the program's end and the guest's memory. */
void pool_memory(uint64_t end);
/* Zeroed memory for good; too little of it ends the machine with a line that says what for. */
void *pool_take(uint64_t size, uint64_t align, const char *what);

/* Makes the pool. */
void pool_init(unsigned tables);
/* mm_ops.table_alloc, mm_ops.table_free. */
bool pool_alloc(void *ctx, void *user, struct tdp_table *out);
void pool_free(void *ctx, const struct tdp_table *table);
/* This CPU's cache, with at least so many tables; or an end of the machine that says what is missing. */
struct tdp_cache *pool_cache(unsigned tables);
/* Tables out of the pool: now (those in the caches count), and the most there ever were. */
unsigned pool_used(void);
unsigned pool_most(void);
/* Whether a table of the pool lies there, and which. */
bool pool_has(uint64_t address, unsigned *number);

#endif
