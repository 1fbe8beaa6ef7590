/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The limits of the measured operations: the same loops around the limit kernels.
 */
#include "goals.h"
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

static void prepare_empty(struct flat *flat)
{
	memset(flat->pte, 0, pages(flat) * sizeof(*flat->pte));
}

static void prepare_written(struct flat *flat)
{
	fill(flat, LIM_WRITTEN);
}

static void prepare_protected(struct flat *flat)
{
	fill(flat, LIM_WRITTEN & ~LIM_WRITE);
}

/* Give LIM-tables' pages back. */
static void return_tables(struct flat *flat)
{
	while (flat->tables_out > 0)
		pool_push(flat->pool, flat->tables[--flat->tables_out]);
}

/* Fill tables from the pool. How many. */
static uint64_t run_map_range(struct flat *flat)
{
	flat->tables_out = lim_tables_map_range(flat->tables, flat->pool, pages(flat), LIM_RIGHTS | GUEST_HPA);
	return flat->tables_out;
}

/* The pool's next pages were just used, as they were for the library, whose tables come straight from its last zap. */
static void prepare_pool(struct flat *flat)
{
	pool_sort(flat->pool, true);
	run_map_range(flat);
	return_tables(flat);
}

static void check_map_range(struct flat *flat, uint64_t value)
{
	uint64_t n = pages(flat), bad = 0;

	expect("map_range", value, n / LIM_PTES);
	for (uint64_t i = 0; i < n; i++)
		bad += flat->tables[i / LIM_PTES][i % LIM_PTES] != (LIM_RIGHTS | (GUEST_HPA + i * BENCH_PAGE));
	expect("map_range", bad, 0);
	return_tables(flat);
}

/* ---- page by page ---- */

static uint64_t run_map_page(struct flat *flat)
{
	for (uint64_t gpa = 0; gpa < flat->bytes; gpa += BENCH_PAGE)
		if (lim_plain_map_page(flat->pte, gpa, LIM_RIGHTS | (GUEST_HPA + gpa)) != 0)
			return 1;
	return 0;
}

static uint64_t run_fault(struct flat *flat)
{
	for (uint64_t gpa = 0; gpa < flat->bytes; gpa += BENCH_PAGE)
		if (lim_atomic_map_page(flat->pte, gpa, LIM_RIGHTS | (GUEST_HPA + gpa)) != 0)
			return 1;
	return 0;
}

static uint64_t run_fault_rand(struct flat *flat)
{
	uint64_t n = pages(flat);

	for (uint64_t i = 0; i < n; i++) {
		uint64_t gpa = bench_shuffle(i, n);

		if (lim_atomic_map_page(flat->pte, gpa, LIM_RIGHTS | (GUEST_HPA + gpa)) != 0)
			return 1;
	}
	return 0;
}

static void check_map_page(struct flat *flat, uint64_t value)
{
	expect("map_page", value, 0);
	expect("map_page", mismatches(flat, LIM_RIGHTS), 0);
}

static uint64_t run_lookup_seq(struct flat *flat)
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

static uint64_t run_lookup_rand(struct flat *flat)
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

static void check_lookup(struct flat *flat, uint64_t value)
{
	expect("lookup", value, bench_address_sum(pages(flat)));
}

/* ---- ranges ---- */

static uint64_t run_zap_plain(struct flat *flat)
{
	lim_plain_zap(flat->pte, pages(flat), LIM_EMPTY);
	return flat->pte[0] ^ LIM_EMPTY;
}

static uint64_t run_zap_atomic(struct flat *flat)
{
	return lim_atomic_zap(flat->pte, pages(flat), LIM_EMPTY) & LIM_WRITTEN;
}

static void check_zap(struct flat *flat, uint64_t value)
{
	expect("zap", value, 0);
	expect("zap", lim_plain_count(flat->pte, pages(flat)), 0);
}

/* The exchanges saw every bit that was set. */
static void check_zap_atomic(struct flat *flat, uint64_t value)
{
	expect("zap_leaves_live", value, LIM_WRITTEN);
	expect("zap_leaves_live", lim_plain_count(flat->pte, pages(flat)), 0);
}

static uint64_t run_protect_plain(struct flat *flat)
{
	return lim_plain_protect(flat->pte, pages(flat));
}

static uint64_t run_protect_atomic(struct flat *flat)
{
	return lim_atomic_protect(flat->pte, pages(flat));
}

static void check_protect(struct flat *flat, uint64_t value)
{
	expect("protect", value, pages(flat));
	expect("protect", mismatches(flat, LIM_WRITTEN & ~LIM_WRITE), 0);
}

static void check_protect_again(struct flat *flat, uint64_t value)
{
	expect("protect_again", value, 0);
	expect("protect_again", mismatches(flat, LIM_WRITTEN & ~LIM_WRITE), 0);
}

static uint64_t run_count(struct flat *flat)
{
	return lim_plain_count(flat->pte, pages(flat));
}

static void check_count(struct flat *flat, uint64_t value)
{
	expect("count", value, pages(flat));
}

/* All young, some of them, or none. */
static void prepare_young(struct flat *flat)
{
	prepare_written(flat);
}

static void prepare_some_young(struct flat *flat)
{
	for (uint64_t i = 0; i < pages(flat); i++)
		flat->pte[i] = (raw_some(i) ? LIM_WRITTEN : LIM_WRITTEN & ~LIM_ACCESSED) | (GUEST_HPA + i * BENCH_PAGE);
}

static void prepare_old(struct flat *flat)
{
	fill(flat, LIM_WRITTEN & ~LIM_ACCESSED);
}

static uint64_t run_age_plain(struct flat *flat)
{
	return lim_plain_age(flat->pte, pages(flat), 1);
}

static uint64_t run_age_test(struct flat *flat)
{
	return lim_plain_age(flat->pte, pages(flat), 0);
}

static uint64_t run_age_atomic(struct flat *flat)
{
	return lim_atomic_age(flat->pte, pages(flat));
}

static void check_age(struct flat *flat, uint64_t value)
{
	expect("age", value, pages(flat));
	expect("age", mismatches(flat, LIM_WRITTEN & ~LIM_ACCESSED), 0);
}

static void check_age_some(struct flat *flat, uint64_t value)
{
	uint64_t some = 0;

	for (uint64_t i = 0; i < pages(flat); i++)
		some += raw_some(i);
	expect("age_some", value, some);
	expect("age_some", mismatches(flat, LIM_WRITTEN & ~LIM_ACCESSED), 0);
}

static void check_age_none(struct flat *flat, uint64_t value)
{
	expect("age_none", value, 0);
	expect("age_none", mismatches(flat, LIM_WRITTEN & ~LIM_ACCESSED), 0);
}

static void check_age_test(struct flat *flat, uint64_t value)
{
	expect("age_test", value, pages(flat));
	expect("age_test", mismatches(flat, LIM_WRITTEN), 0);
}

/*
 * The two numbers are the MUST figures, hot and cold. They were agreed on for another machine (a Xeon) against limits and against other
 * hypervisors' code; where a goal names only the latter it is converted: zap_leaves, hot, 0.06 of a peer that took 34.3 times the limit.
 * Engine and limits are compiled for the same CPU, so the goal of count is the one for equal vector widths.
 * A refault and a quick fault have no goals of their own and are held to those of a fault in ascending order.
 * Promotions have none against a limit (936 ns per table alone was agreed on): these are what the slowest format measured, with some room,
 * so that a met one says only that nothing got worse. arm64 scans a table twice.
 */
static const struct goal goals[] = {
	{"map_range", "LIM-tables", 3.0, 1.35, prepare_pool, run_map_range, check_map_range},
	{"lookup_seq", "LIM-plain", 3.2, 3.2, prepare_written, run_lookup_seq, check_lookup},
	{"lookup_rand", "LIM-plain", 3.2, 3.2, prepare_written, run_lookup_rand, check_lookup},
	{"lookup_raw_seq", "LIM-plain", 3.2, 3.2, prepare_written, run_lookup_seq, check_lookup},
	{"lookup_raw_rand", "LIM-plain", 3.2, 3.2, prepare_written, run_lookup_rand, check_lookup},
	{"count", "LIM-plain", 1.7, 1.7, prepare_written, run_count, check_count},
	{"protect", "LIM-plain", 3.0, 1.3, prepare_written, run_protect_plain, check_protect},
	{"protect_live", "LIM-atomic", 1.2, 1.2, prepare_written, run_protect_atomic, check_protect},
	{"protect_again", "LIM-plain", 1.8, 1.8, prepare_protected, run_protect_plain, check_protect_again},
	{"zap_leaves", "LIM-plain", 2.06, 1.25, prepare_written, run_zap_plain, check_zap},
	{"zap_leaves_live", "LIM-atomic", 1.25, 1.25, prepare_written, run_zap_atomic, check_zap_atomic},
	{"zap", "LIM-plain", 1.3, 1.1, prepare_written, run_zap_plain, check_zap},
	{"age", "LIM-plain", 2.2, 1.3, prepare_young, run_age_plain, check_age},
	{"age_live", "LIM-atomic", 1.2, 1.2, prepare_young, run_age_atomic, check_age},
	{"age_some", "LIM-atomic", 1.5, 1.2, prepare_some_young, run_age_atomic, check_age_some},
	{"age_none", "LIM-plain", 1.8, 1.8, prepare_old, run_age_plain, check_age_none},
	{"age_test", "LIM-plain", 1.8, 1.8, prepare_young, run_age_test, check_age_test},
	{"age_shared", "LIM-atomic", 1.2, 1.2, prepare_young, run_age_atomic, check_age},
	{"age_some_shared", "LIM-atomic", 1.5, 1.2, prepare_some_young, run_age_atomic, check_age_some},
	{"age_none_shared", "LIM-plain", 1.8, 1.8, prepare_old, run_age_plain, check_age_none},
	{"age_test_shared", "LIM-plain", 1.8, 1.8, prepare_young, run_age_test, check_age_test},
	{"fault", "LIM-plain", 4.5, 4.5, prepare_empty, run_map_page, check_map_page},
	{"fault_fast", "LIM-plain", 4.5, 4.5, prepare_empty, run_map_page, check_map_page},
	{"map_page", "LIM-plain", 4.5, 4.5, prepare_empty, run_map_page, check_map_page},
	{"fault_fast_shared", "LIM-atomic", 2.3, 2.3, prepare_empty, run_fault, check_map_page},
	{"split", "LIM-tables", 1.35, 1.35, prepare_pool, run_map_range, check_map_range},
	{"promote", "LIM-plain", 4.5, 4.5, prepare_written, run_count, check_count},
	{"promote_live", "LIM-atomic", 1.8, 1.8, prepare_written, run_zap_atomic, check_zap_atomic},
	{"split_shared", "LIM-tables", 1.35, 1.35, prepare_pool, run_map_range, check_map_range},
	{"promote_shared", "LIM-atomic", 1.8, 1.8, prepare_written, run_zap_atomic, check_zap_atomic},
	{"fault_shared", "LIM-atomic", 2.3, 2.3, prepare_empty, run_fault, check_map_page},
	{"fault_shared_rand", "LIM-atomic", 2.2, 4.2, prepare_empty, run_fault_rand, check_map_page},
	{"refault_shared", "LIM-atomic", 2.3, 2.3, prepare_empty, run_fault, check_map_page},
	{"fault_memb", "LIM-atomic", 2.3, 2.3, prepare_empty, run_fault, check_map_page},
	{"fault_memb_rand", "LIM-atomic", 2.2, 4.2, prepare_empty, run_fault_rand, check_map_page},
	{"refault_memb", "LIM-atomic", 2.3, 2.3, prepare_empty, run_fault, check_map_page},
};

const struct goal *goal_of(const char *op)
{
	for (size_t i = 0; i < sizeof(goals) / sizeof(goals[0]); i++)
		if (strcmp(goals[i].op, op) == 0)
			return &goals[i];
	bench_fail("no limit for %s", op);
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
	return_tables(flat);
	free(flat->tables);
	munmap(flat->mapping, flat->mapped);
}
