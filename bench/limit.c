/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The limit kernels: plain loops that say what memory and the locked instructions of this machine allow.
 */
#include "limit.h"

#define LINE 8u /* entries in 64 bytes */

int lim_plain_map_page(uint64_t *pte, uint64_t gpa, uint64_t entry)
{
	pte[gpa / BENCH_PAGE] = entry;
	return 0;
}

int lim_atomic_map_page(uint64_t *pte, uint64_t gpa, uint64_t entry)
{
	uint64_t empty = 0;

	return !__atomic_compare_exchange_n(&pte[gpa / BENCH_PAGE], &empty, entry, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

uint64_t lim_plain_lookup(const uint64_t *pte, uint64_t gpa)
{
	return pte[gpa / BENCH_PAGE];
}

/* One table. gcc 12 vectorises this one, but not a product instead of the shift, nor the loop in its place in the caller. */
static void fill_table(uint64_t *table, uint64_t entry)
{
	for (uint64_t k = 0; k < LIM_PTES; k++)
		table[k] = entry + (k << BENCH_PAGE_SHIFT);
}

size_t lim_tables_map_range(uint64_t **tables, struct pool *pool, size_t n, uint64_t first)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i += LIM_PTES) {
		uint64_t *table = pool_pop(pool);

		if (!table)
			break;
		fill_table(table, first + i * BENCH_PAGE);
		tables[used++] = table;
	}
	return used;
}

size_t lim_tables_map_sparse(uint64_t **tables, struct pool *pool, size_t n, uint64_t first)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i += LIM_PTES) {
		uint64_t *table = pool_pop(pool);

		if (!table)
			break;
		lim_plain_zap(table, LIM_PTES, 0);
		table[0] = first + i * BENCH_PAGE;
		tables[used++] = table;
	}
	return used;
}

/* Stores, not memset(): a C library may clear with wider or non-temporal stores than code that was compiled for any machine. */
void lim_plain_zap(uint64_t *pte, size_t n, uint64_t empty)
{
	for (size_t i = 0; i < n; i++)
		pte[i] = empty;
}

uint64_t lim_atomic_zap(uint64_t *pte, size_t n, uint64_t empty)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < n; i++)
		seen |= __atomic_exchange_n(&pte[i], empty, __ATOMIC_SEQ_CST);
	return seen;
}

/* Test a cache line as a whole; write it only if it has to change. */
size_t lim_plain_protect(uint64_t *pte, size_t n)
{
	uint64_t changed = 0;

	for (size_t i = 0; i < n; i += LINE) {
		uint64_t *line = &pte[i];
		uint64_t any = 0, here = 0;

		for (unsigned k = 0; k < LINE; k++)
			any |= line[k];
		if (!(any & LIM_WRITE))
			continue;
		for (unsigned k = 0; k < LINE; k++) {
			here += line[k] & LIM_WRITE;
			line[k] &= ~LIM_WRITE;
		}
		changed += here / LIM_WRITE;
	}
	return changed;
}

size_t lim_atomic_protect(uint64_t *pte, size_t n)
{
	size_t changed = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t old = __atomic_load_n(&pte[i], __ATOMIC_RELAXED);

		if (!(old & LIM_WRITE))
			continue;
		/* One attempt: nothing else runs here, so it cannot fail. */
		if (__atomic_compare_exchange_n(&pte[i], &old, old & ~LIM_WRITE, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			changed++;
	}
	return changed;
}

/* As lim_plain_protect(). */
size_t lim_plain_age(uint64_t *pte, size_t n, int clear)
{
	uint64_t young = 0;

	for (size_t i = 0; i < n; i += LINE) {
		uint64_t *line = &pte[i];
		uint64_t any = 0, here = 0;

		for (unsigned k = 0; k < LINE; k++)
			any |= line[k];
		if (!(any & LIM_ACCESSED))
			continue;
		for (unsigned k = 0; k < LINE; k++)
			here += line[k] & LIM_ACCESSED;
		young += here / LIM_ACCESSED;
		if (!clear)
			continue;
		for (unsigned k = 0; k < LINE; k++)
			line[k] &= ~LIM_ACCESSED;
	}
	return young;
}

size_t lim_atomic_age(uint64_t *pte, size_t n)
{
	size_t young = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t old = __atomic_load_n(&pte[i], __ATOMIC_RELAXED);

		if (!(old & LIM_ACCESSED))
			continue;
		if (__atomic_compare_exchange_n(&pte[i], &old, old & ~LIM_ACCESSED, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			young++;
	}
	return young;
}

size_t lim_plain_count(const uint64_t *pte, size_t n)
{
	uint64_t present = 0;

	for (size_t i = 0; i < n; i++)
		present += pte[i] & LIM_PRESENT;
	return present;
}
