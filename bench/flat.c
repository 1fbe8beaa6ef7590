/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The limits of the measured operations: the same loops around the limit kernels.
 */
#include "flat.h"
#include "fail.h"
#include "ops.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LIM_RIGHTS  (LIM_PRESENT | LIM_WRITE | LIM_ACCESSED)
#define LIM_WRITTEN (LIM_RIGHTS | LIM_DIRTY)
#define LIM_EMPTY   (UINT64_C(1) << 63) /* as in EPT */

/* How many entries the array has. */
static size_t pages(const struct flat *flat)
{
	return flat->bytes / BENCH_PAGE;
}

/* A limit kernel that computes something else measures nothing. */
static void expect(const char *op, uint64_t value, uint64_t expected)
{
	bench_check(value == expected, "limit of %s: %" PRIu64 " instead of %" PRIu64, op, value, expected);
}

/* Page i at GUEST_HPA + i pages, with these bits. */
static void fill(struct flat *flat, uint64_t bits)
{
	for (uint64_t i = 0; i < pages(flat); i++)
		flat->pte[i] = bits | (GUEST_HPA + i * BENCH_PAGE);
}

/* How many entries differ from that. */
static uint64_t mismatches(const struct flat *flat, uint64_t bits)
{
	uint64_t bad = 0;

	for (uint64_t i = 0; i < pages(flat); i++)
		bad += flat->pte[i] != (bits | (GUEST_HPA + i * BENCH_PAGE));
	return bad;
}

/* ---- states ---- */

void flat_prepare_empty(struct flat *flat)
{
	memset(flat->pte, 0, pages(flat) * sizeof(*flat->pte));
}

void flat_prepare_written(struct flat *flat)
{
	fill(flat, LIM_WRITTEN);
}

void flat_prepare_protected(struct flat *flat)
{
	fill(flat, LIM_WRITTEN & ~LIM_WRITE);
}

/* Give LIM-tables' pages back. */
static void flat_return_tables(struct flat *flat)
{
	while (flat->tables_out > 0)
		pool_push(flat->pool, flat->tables[--flat->tables_out]);
}

/* Fill tables from the pool. How many. */
uint64_t flat_run_map_range(struct flat *flat)
{
	flat->tables_out = lim_tables_map_range(flat->tables, flat->pool, pages(flat), LIM_RIGHTS | GUEST_HPA);
	return flat->tables_out;
}

/* The pool's next pages were just used, as they were for the library, whose tables come straight from its last zap. */
void flat_prepare_pool(struct flat *flat)
{
	pool_sort(flat->pool, true);
	flat_run_map_range(flat);
	flat_return_tables(flat);
}

void flat_check_map_range(struct flat *flat, uint64_t value)
{
	uint64_t n = pages(flat), bad = 0;

	expect("map_range", value, n / LIM_PTES);
	for (uint64_t i = 0; i < n; i++)
		bad += flat->tables[i / LIM_PTES][i % LIM_PTES] != (LIM_RIGHTS | (GUEST_HPA + i * BENCH_PAGE));
	expect("map_range", bad, 0);
	flat_return_tables(flat);
}

/* ---- page by page ---- */

uint64_t flat_run_map_page(struct flat *flat)
{
	for (uint64_t gpa = 0; gpa < flat->bytes; gpa += BENCH_PAGE)
		if (lim_plain_map_page(flat->pte, gpa, LIM_RIGHTS | (GUEST_HPA + gpa)) != 0)
			return 1;
	return 0;
}

uint64_t flat_run_fault(struct flat *flat)
{
	for (uint64_t gpa = 0; gpa < flat->bytes; gpa += BENCH_PAGE)
		if (lim_atomic_map_page(flat->pte, gpa, LIM_RIGHTS | (GUEST_HPA + gpa)) != 0)
			return 1;
	return 0;
}

uint64_t flat_run_fault_rand(struct flat *flat)
{
	uint64_t n = pages(flat);

	for (uint64_t i = 0; i < n; i++) {
		uint64_t gpa = bench_shuffle(i, n);

		if (lim_atomic_map_page(flat->pte, gpa, LIM_RIGHTS | (GUEST_HPA + gpa)) != 0)
			return 1;
	}
	return 0;
}

void flat_check_map_page(struct flat *flat, uint64_t value)
{
	expect("map_page", value, 0);
	expect("map_page", mismatches(flat, LIM_RIGHTS), 0);
}

uint64_t flat_run_lookup_seq(struct flat *flat)
{
	uint64_t sum = 0;

	for (uint64_t gpa = 0; gpa < flat->bytes; gpa += BENCH_PAGE) {
		uint64_t entry = lim_plain_lookup(flat->pte, gpa);

		if (!(entry & LIM_PRESENT))
			return 0;
		sum += entry & LIM_ADDRESS;
	}
	return sum;
}

uint64_t flat_run_lookup_rand(struct flat *flat)
{
	uint64_t n = pages(flat), sum = 0;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t entry = lim_plain_lookup(flat->pte, bench_shuffle(i, n));

		if (!(entry & LIM_PRESENT))
			return 0;
		sum += entry & LIM_ADDRESS;
	}
	return sum;
}

void flat_check_lookup(struct flat *flat, uint64_t value)
{
	expect("lookup", value, bench_address_sum(pages(flat)));
}

/* ---- ranges ---- */

uint64_t flat_run_zap_plain(struct flat *flat)
{
	lim_plain_zap(flat->pte, pages(flat), LIM_EMPTY);
	return flat->pte[0] ^ LIM_EMPTY;
}

uint64_t flat_run_zap_atomic(struct flat *flat)
{
	return lim_atomic_zap(flat->pte, pages(flat), LIM_EMPTY) & LIM_WRITTEN;
}

void flat_check_zap(struct flat *flat, uint64_t value)
{
	expect("zap", value, 0);
	expect("zap", lim_plain_count(flat->pte, pages(flat)), 0);
}

/* The exchanges saw every bit that was set. */
void flat_check_zap_atomic(struct flat *flat, uint64_t value)
{
	expect("zap_leaves_live", value, LIM_WRITTEN);
	expect("zap_leaves_live", lim_plain_count(flat->pte, pages(flat)), 0);
}

uint64_t flat_run_protect_plain(struct flat *flat)
{
	return lim_plain_protect(flat->pte, pages(flat));
}

uint64_t flat_run_protect_atomic(struct flat *flat)
{
	return lim_atomic_protect(flat->pte, pages(flat));
}

void flat_check_protect(struct flat *flat, uint64_t value)
{
	expect("protect", value, pages(flat));
	expect("protect", mismatches(flat, LIM_WRITTEN & ~LIM_WRITE), 0);
}

void flat_check_protect_again(struct flat *flat, uint64_t value)
{
	expect("protect_again", value, 0);
	expect("protect_again", mismatches(flat, LIM_WRITTEN & ~LIM_WRITE), 0);
}

uint64_t flat_run_count(struct flat *flat)
{
	return lim_plain_count(flat->pte, pages(flat));
}

void flat_check_count(struct flat *flat, uint64_t value)
{
	expect("count", value, pages(flat));
}

/* All young, some of them, or none. */
void flat_prepare_young(struct flat *flat)
{
	flat_prepare_written(flat);
}

void flat_prepare_some_young(struct flat *flat)
{
	for (uint64_t i = 0; i < pages(flat); i++)
		flat->pte[i] = (raw_some(i) ? LIM_WRITTEN : LIM_WRITTEN & ~LIM_ACCESSED) | (GUEST_HPA + i * BENCH_PAGE);
}

void flat_prepare_old(struct flat *flat)
{
	fill(flat, LIM_WRITTEN & ~LIM_ACCESSED);
}

uint64_t flat_run_age_plain(struct flat *flat)
{
	return lim_plain_age(flat->pte, pages(flat), 1);
}

uint64_t flat_run_age_test(struct flat *flat)
{
	return lim_plain_age(flat->pte, pages(flat), 0);
}

uint64_t flat_run_age_atomic(struct flat *flat)
{
	return lim_atomic_age(flat->pte, pages(flat));
}

void flat_check_age(struct flat *flat, uint64_t value)
{
	expect("age", value, pages(flat));
	expect("age", mismatches(flat, LIM_WRITTEN & ~LIM_ACCESSED), 0);
}

void flat_check_age_some(struct flat *flat, uint64_t value)
{
	uint64_t some = 0;

	for (uint64_t i = 0; i < pages(flat); i++)
		some += raw_some(i);
	expect("age_some", value, some);
	expect("age_some", mismatches(flat, LIM_WRITTEN & ~LIM_ACCESSED), 0);
}

void flat_check_age_none(struct flat *flat, uint64_t value)
{
	expect("age_none", value, 0);
	expect("age_none", mismatches(flat, LIM_WRITTEN & ~LIM_ACCESSED), 0);
}

void flat_check_age_test(struct flat *flat, uint64_t value)
{
	expect("age_test", value, pages(flat));
	expect("age_test", mismatches(flat, LIM_WRITTEN), 0);
}

/* ---- nearly empty ---- */

void flat_prepare_nothing(struct flat *flat)
{
	(void)flat;
}

/* What two looks at the clock take. */
uint64_t flat_run_nothing(struct flat *flat)
{
	(void)flat;
	return 0;
}

void flat_prepare_sparse(struct flat *flat)
{
	flat_prepare_empty(flat);
	for (uint64_t i = 0; i < pages(flat); i += LIM_PTES)
		flat->pte[i] = LIM_WRITTEN | (GUEST_HPA + i * BENCH_PAGE);
}

uint64_t flat_run_sparse_map(struct flat *flat)
{
	flat->tables_out = lim_tables_map_sparse(flat->tables, flat->pool, pages(flat), LIM_RIGHTS | GUEST_HPA);
	return flat->tables_out;
}

void flat_check_sparse_map(struct flat *flat, uint64_t value)
{
	uint64_t n = pages(flat), bad = 0;

	expect("sparse_fault", value, n / LIM_PTES);
	for (uint64_t i = 0; i < n; i++)
		bad += flat->tables[i / LIM_PTES][i % LIM_PTES] != (i % LIM_PTES ? 0 : (LIM_RIGHTS | (GUEST_HPA + i * BENCH_PAGE)));
	expect("sparse_fault", bad, 0);
	flat_return_tables(flat);
}

void flat_check_sparse(struct flat *flat, uint64_t value)
{
	expect("a nearly empty guest", value, pages(flat) / LIM_PTES);
}

void flat_check_none(struct flat *flat, uint64_t value)
{
	(void)flat;
	expect("an empty guest", value, 0);
}

void flat_init(struct flat *flat, uint64_t bytes, struct pool *pool)
{
	memset(flat, 0, sizeof(*flat));
	flat->bytes = bytes;
	flat->pool = pool;
	flat->pte = huge_alloc(pages(flat) * sizeof(*flat->pte), &flat->mapping, &flat->mapped);
	flat->tables = calloc(pages(flat) / LIM_PTES, sizeof(*flat->tables));
	bench_check(flat->tables, "no memory for a table directory");
}

void flat_fini(struct flat *flat)
{
	flat_return_tables(flat);
	free(flat->tables);
	munmap(flat->mapping, flat->mapped);
}
