/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the machine allows: the memory work of each operation over flat arrays of 8-byte entries, with no tree and no library.
 *
 *   LIM-plain   stores, loads and scans that a compiler may vectorise
 *   LIM-atomic  one locked operation per changed entry, as needed where hardware may set Accessed or Dirty meanwhile
 *   LIM-tables  table pages from a pool, filled whole without zeroing them first
 *
 * Each function lives in its own object, like the library's, and is compiled with the library's optimisation: a ratio compares
 * work, not inlining. Entry i stands for page i of the guest. The bits are NPT-like; their positions do not matter here.
 */
#ifndef TDPMMU_BENCH_LIMIT_H
#define TDPMMU_BENCH_LIMIT_H

#include "pool.h"

#include <stddef.h>
#include <stdint.h>

#define LIM_PRESENT  UINT64_C(0x001)
#define LIM_WRITE    UINT64_C(0x002)
#define LIM_ACCESSED UINT64_C(0x100)
#define LIM_DIRTY    UINT64_C(0x200)
#define LIM_ADDRESS  UINT64_C(0x000ffffffffff000)
#define LIM_PTES     512u /* per table */

/* One page per call: a fault, or a map of one page. 0: done. */
int lim_plain_map_page(uint64_t *pte, uint64_t gpa, uint64_t entry);

/* The same by one compare-and-swap from the empty entry. 0: done; 1: it was not empty. */
int lim_atomic_map_page(uint64_t *pte, uint64_t gpa, uint64_t entry);

/* One page per call: the entry of an address. */
uint64_t lim_plain_lookup(const uint64_t *pte, uint64_t gpa);

/* Fill n entries, a multiple of LIM_PTES, in tables from the pool: first, first + one page, ... How many tables it took. */
size_t lim_tables_map_range(uint64_t **tables, struct pool *pool, size_t n, uint64_t first);

/* The same for the first entry of each table, the others empty. */
size_t lim_tables_map_sparse(uint64_t **tables, struct pool *pool, size_t n, uint64_t first);

/* Make n entries empty; the empty entry need not be 0. */
void lim_plain_zap(uint64_t *pte, size_t n, uint64_t empty);
/* The same by exchanges; the OR of what was there. */
uint64_t lim_atomic_zap(uint64_t *pte, size_t n, uint64_t empty);

/* Clear the write bit where it is set, in n entries, a multiple of 8. How many had it. */
size_t lim_plain_protect(uint64_t *pte, size_t n);
/* The same by compare-and-swap. */
size_t lim_atomic_protect(uint64_t *pte, size_t n);

/* How many of n entries, a multiple of 8, are young; with clear they become old. */
size_t lim_plain_age(uint64_t *pte, size_t n, int clear);
/* The same by compare-and-swap. */
size_t lim_atomic_age(uint64_t *pte, size_t n);

/* How many of n entries are present. */
size_t lim_plain_count(const uint64_t *pte, size_t n);

#endif
