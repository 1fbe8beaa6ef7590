/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The measured operations.
 */
#include "ops.h"
#include "age.h"
#include "huge.h"
#include "sparse.h"

/* ---- states ---- */

/* Nothing mapped, no table at hand. */
static void prepare_empty(struct guest *guest)
{
	guest_make_empty(guest);
}

/* The same, and the tables were in use just now, as those are that the limit fills. */
static void prepare_emptied(struct guest *guest)
{
	guest_make_mapped(guest, guest->format->written);
	guest_make_empty(guest);
}

/* As prepare_empty() for operations that fetch tables a few at a time: they shall lie in the order of what they map, too. */
static void prepare_faults(struct guest *guest)
{
	guest_make_empty(guest);
	pool_sort(guest->pool, true);
}

/* Every table exists and nothing is mapped: as after the host took all memory back. */
static void prepare_refaults(struct guest *guest)
{
	guest_make_mapped(guest, guest->format->written);
	guest_zap_leaves(guest);
}

/* All mapped and written by the guest. */
static void prepare_written(struct guest *guest)
{
	guest_make_mapped(guest, guest->format->written);
	guest->dirty_bytes = 0;
}

/* All mapped and read, so that hardware may set Dirty in any entry at any moment. */
static void prepare_clean(struct guest *guest)
{
	guest_make_mapped(guest, guest->format->clean);
	guest->dirty_bytes = 0;
}

/* All mapped, written and write-protected. */
static void prepare_protected(struct guest *guest)
{
	guest_make_mapped(guest, guest->format->written_protected);
}

/* ---- lookup ---- */

/* Each page in ascending order. The sum of what they point to. */
static uint64_t run_lookup_seq(struct guest *guest)
{
	uint64_t sum = 0;

	for (uint64_t gpa = 0; gpa < guest->bytes; gpa += BENCH_PAGE) {
		struct tdp_mapping mapping;

		if (tdp_lookup(&guest->tree, gpa, &mapping, NULL) != TDP_OK)
			return 0;
		sum += mapping.entry.hpa;
	}
	return sum;
}

/* Each page once in random order. The sum of what they point to. */
static uint64_t run_lookup_rand(struct guest *guest)
{
	uint64_t n = guest_pages(guest), sum = 0;

	for (uint64_t i = 0; i < n; i++) {
		struct tdp_mapping mapping;

		if (tdp_lookup(&guest->tree, bench_shuffle(i, n), &mapping, NULL) != TDP_OK)
			return 0;
		sum += mapping.entry.hpa;
	}
	return sum;
}

/* Each page in ascending order, undecoded. The sum of what they point to. */
static uint64_t run_lookup_raw_seq(struct guest *guest)
{
	uint64_t sum = 0;

	for (uint64_t gpa = 0; gpa < guest->bytes; gpa += BENCH_PAGE) {
		tdp_spte_t entry;
		unsigned level;

		if (tdp_lookup_raw(&guest->tree, gpa, &entry, &level) != TDP_OK || level != 0)
			return 0;
		sum += entry & guest->format->address;
	}
	return sum;
}

/* Each page once in random order, undecoded. The sum of what they point to. */
static uint64_t run_lookup_raw_rand(struct guest *guest)
{
	uint64_t n = guest_pages(guest), sum = 0;

	for (uint64_t i = 0; i < n; i++) {
		tdp_spte_t entry;
		unsigned level;

		if (tdp_lookup_raw(&guest->tree, bench_shuffle(i, n), &entry, &level) != TDP_OK || level != 0)
			return 0;
		sum += entry & guest->format->address;
	}
	return sum;
}

/* The sum is right only if each page was found. */
static void check_lookup(struct guest *guest, uint64_t value)
{
	guest_expect(guest, "lookup", value, bench_address_sum(guest_pages(guest)));
}

/* ---- map ---- */

/* Fetch tables for one more page: what a fault handler does when it is told NOMEM. */
static __attribute__((noinline)) bool more_tables(struct guest *guest)
{
	return tdp_cache_fill(&guest->cache, TDP_FAULT_TABLES, &guest->ops, guest, NULL) == TDP_OK;
}

/* Write faults; the backing is the whole guest, held to pages. */
static struct tdp_fault write_fault(const struct guest *guest)
{
	return (struct tdp_fault){
		.backing = {.hpa = GUEST_HPA, .size = guest->bytes, .attrs = guest_attrs(), .max_level_plus1 = 1},
		.access = TDP_WRITE,
	};
}

/* One fault, as a vCPU's thread resolves it. */
static inline bool resolve(struct guest *guest, const struct tdp_fault *fault, struct tdp_op *op)
{
	enum tdp_result result = tdp_fault(&guest->tree, fault, op);

	if (__builtin_expect(result == TDP_OK, 1))
		return true;
	return result == TDP_NOMEM && more_tables(guest) && tdp_fault(&guest->tree, fault, op) == TDP_OK;
}

/* A fault on each page, in ascending order. 0: all went well. */
static uint64_t run_fault(struct guest *guest)
{
	struct tdp_op op = {.cache = &guest->cache};
	struct tdp_fault fault = write_fault(guest);

	for (uint64_t gpa = 0; gpa < guest->bytes; gpa += BENCH_PAGE) {
		fault.gpa = gpa; /* it comes from the processor each time, not from where the last one was kept */
		if (!resolve(guest, &fault, &op))
			return 1;
	}
	return 0;
}

/* A fault on each page once, in random order. 0: all went well. */
static uint64_t run_fault_rand(struct guest *guest)
{
	struct tdp_op op = {.cache = &guest->cache};
	struct tdp_fault fault = write_fault(guest);
	uint64_t n = guest_pages(guest);

	for (uint64_t i = 0; i < n; i++) {
		fault.gpa = bench_shuffle(i, n);
		if (!resolve(guest, &fault, &op))
			return 1;
	}
	return 0;
}

/* tdp_map() of each page, in ascending order. 0: all went well. */
static uint64_t run_map_page(struct guest *guest)
{
	struct tdp_op op = {.cache = &guest->cache};

	for (uint64_t gpa = 0; gpa < guest->bytes; gpa += BENCH_PAGE) {
		enum tdp_result result = tdp_map(&guest->tree, gpa, BENCH_PAGE, GUEST_HPA + gpa, guest_attrs(), &op);

		if (__builtin_expect(result == TDP_NOMEM && more_tables(guest), 0))
			result = tdp_map(&guest->tree, gpa, BENCH_PAGE, GUEST_HPA + gpa, guest_attrs(), &op);
		if (__builtin_expect(result != TDP_OK, 0))
			return 1;
	}
	return 0;
}

/* Every page waits for its first write since it was collected. */
static void prepare_armed(struct guest *guest)
{
	guest_make_mapped(guest, guest->format->armed);
}

/* A write to each page, in ascending order. 0: all went well. */
static uint64_t run_fault_fast(struct guest *guest)
{
	struct tdp_op op = {0};

	for (uint64_t gpa = 0; gpa < guest->bytes; gpa += BENCH_PAGE)
		if (tdp_fault_fast(&guest->tree, gpa, TDP_WRITE, &op) != TDP_OK)
			return 1;
	return 0;
}

/* Everything in one call, its tables fetched first. */
static uint64_t run_map_range(struct guest *guest)
{
	guest_map(guest);
	return 0;
}

/* Every page is mapped with what was granted. */
static void check_mapped(struct guest *guest, uint64_t value)
{
	guest_expect(guest, "map", value, 0);
	guest_check_leaves(guest, guest->format->written, guest->format->moving, "map");
}

/* The same, and it took as many tables as it should have. */
static void check_map_range(struct guest *guest, uint64_t value)
{
	check_mapped(guest, value);
	guest_expect(guest, "map: tables", guest->tables_out - tdp_cache_count(&guest->cache), guest_tables(guest));
}

/* ---- zap ---- */

/* Everything, tables too, in one call. The bytes reported dirty. */
static uint64_t run_zap(struct guest *guest)
{
	if (tdp_zap(&guest->tree, 0, guest->bytes, NULL) != TDP_OK)
		return 1;
	return guest->dirty_bytes;
}

/* All written pages were reported, all tables came back. */
static void check_zapped(struct guest *guest, uint64_t value)
{
	guest_expect(guest, "zap: dirty bytes", value, guest->bytes);
	guest_check_empty(guest, "zap");
}

/* Everything but the tables, the flush gathered. The bytes reported dirty. */
static uint64_t run_zap_leaves(struct guest *guest)
{
	struct tdp_gather gather = {.opaque = {0}};
	struct tdp_op op = {.flags = TDP_ZAP_LEAVES, .gather = &gather};

	if (tdp_zap(&guest->tree, 0, guest->bytes, &op) != TDP_OK)
		return 1;
	tdp_gather_flush(&gather, NULL);
	return guest->dirty_bytes;
}

/* Every leaf went, every table stayed; nothing was written, or all was. */
static void check_leaves_gone(struct guest *guest, uint64_t value, uint64_t dirty)
{
	guest_expect(guest, "zap leaves: dirty bytes", value, dirty);
	guest_expect(guest, "zap leaves: entries left", raw_used(&guest->raw), 0);
}

/* After a zap of written pages. */
static void check_zap_leaves(struct guest *guest, uint64_t value)
{
	check_leaves_gone(guest, value, guest->bytes);
}

/* After a zap of pages that were never written. */
static void check_zap_leaves_live(struct guest *guest, uint64_t value)
{
	check_leaves_gone(guest, value, 0);
}

/* ---- protect and count ---- */

/* Everything in one call. The result. */
static uint64_t run_protect(struct guest *guest)
{
	return (uint64_t)tdp_protect(&guest->tree, 0, guest->bytes, NULL);
}

/* Write permission went, Dirty stayed. */
static void check_protect(struct guest *guest, uint64_t value)
{
	guest_expect(guest, "protect", value, TDP_OK);
	guest_check_leaves(guest, guest->format->written_protected, 0, "protect");
}

/* The same where no page had been written. */
static void check_protect_live(struct guest *guest, uint64_t value)
{
	guest_expect(guest, "protect", value, TDP_OK);
	guest_check_leaves(guest, guest->format->clean_protected, 0, "protect");
}

/* It was so before. */
static void check_protect_again(struct guest *guest, uint64_t value)
{
	guest_expect(guest, "protect", value, TDP_SPURIOUS);
	guest_check_leaves(guest, guest->format->written_protected, 0, "protect");
}

/* Everything in one call. The pages counted. */
static uint64_t run_count(struct guest *guest)
{
	struct tdp_count count;

	if (tdp_count(&guest->tree, 0, guest->bytes, &count, NULL) != TDP_OK)
		return 0;
	return count.leaves[0];
}

/* Each page counts once. */
static void check_count(struct guest *guest, uint64_t value)
{
	guest_expect(guest, "count", value, guest_pages(guest));
}

const struct bench_op bench_ops[] = {
	{"map_range", ALONE, false, prepare_emptied, run_map_range, check_map_range, DENSE, PER_PTE},
	{"lookup_seq", ALONE, false, prepare_written, run_lookup_seq, check_lookup, DENSE, PER_PTE},
	{"lookup_rand", ALONE, false, prepare_written, run_lookup_rand, check_lookup, DENSE, PER_PTE},
	{"lookup_raw_seq", ALONE, false, prepare_written, run_lookup_raw_seq, check_lookup, DENSE, PER_PTE},
	{"lookup_raw_rand", ALONE, false, prepare_written, run_lookup_raw_rand, check_lookup, DENSE, PER_PTE},
	{"count", ALONE, false, prepare_written, run_count, check_count, DENSE, PER_PTE},
	{"protect", ALONE, false, prepare_written, run_protect, check_protect, DENSE, PER_PTE},
	{"protect_live", ALONE, true, prepare_clean, run_protect, check_protect_live, DENSE, PER_PTE},
	{"protect_again", ALONE, false, prepare_protected, run_protect, check_protect_again, DENSE, PER_PTE},
	{"age", ALONE, false, prepare_young, run_age, check_age, DENSE, PER_PTE},
	{"age_live", ALONE, true, prepare_young_clean, run_age, check_age_clean, DENSE, PER_PTE},
	{"age_some", ALONE, false, prepare_some_young, run_age, check_age_some, DENSE, PER_PTE},
	{"age_some_count", ALONE, false, prepare_some_young, run_age_count, check_age_some_count, DENSE, PER_PTE},
	{"age_none", ALONE, false, prepare_old, run_age, check_age_none, DENSE, PER_PTE},
	{"age_test", ALONE, false, prepare_young, run_age_test, check_age_test, DENSE, PER_PTE},
	{"fault_fast", ALONE, false, prepare_armed, run_fault_fast, check_mapped, DENSE, PER_PTE},
	{"zap_leaves", ALONE, false, prepare_written, run_zap_leaves, check_zap_leaves, DENSE, PER_PTE},
	{"zap_leaves_live", ALONE, true, prepare_clean, run_zap_leaves, check_zap_leaves_live, DENSE, PER_PTE},
	{"zap", ALONE, false, prepare_written, run_zap, check_zapped, DENSE, PER_PTE},
	{"fault", ALONE, false, prepare_faults, run_fault, check_mapped, DENSE, PER_PTE},
	{"map_page", ALONE, false, prepare_faults, run_map_page, check_mapped, DENSE, PER_PTE},
	{"age_shared", QSBR, false, prepare_young, run_age, check_age, DENSE, PER_PTE},
	{"age_some_shared", QSBR, false, prepare_some_young, run_age, check_age_some, DENSE, PER_PTE},
	{"age_some_count_shared", QSBR, false, prepare_some_young, run_age_count, check_age_some_count, DENSE, PER_PTE},
	{"age_none_shared", QSBR, false, prepare_old, run_age, check_age_none, DENSE, PER_PTE},
	{"age_test_shared", QSBR, false, prepare_young, run_age_test, check_age_test, DENSE, PER_PTE},
	{"fault_fast_shared", QSBR, false, prepare_armed, run_fault_fast, check_mapped, DENSE, PER_PTE},
	{"split", ALONE, false, prepare_blocks, run_split, check_split, DENSE, PER_PTE},
	{"promote", ALONE, false, prepare_written, run_promote, check_promote, DENSE, PER_PTE},
	{"promote_live", ALONE, true, prepare_clean, run_promote, check_promote, DENSE, PER_PTE},
	{"split_shared", QSBR, false, prepare_blocks, run_split, check_split, DENSE, PER_PTE},
	{"promote_shared", QSBR, false, prepare_written, run_promote, check_promote, DENSE, PER_PTE},
	{"fault_shared", QSBR, false, prepare_faults, run_fault, check_mapped, DENSE, PER_PTE},
	{"fault_shared_rand", QSBR, false, prepare_faults, run_fault_rand, check_mapped, DENSE, PER_PTE},
	{"refault_shared", QSBR, false, prepare_refaults, run_fault, check_mapped, DENSE, PER_PTE},
	{"fault_memb", MEMB, false, prepare_faults, run_fault, check_mapped, DENSE, PER_PTE},
	{"fault_memb_rand", MEMB, false, prepare_faults, run_fault_rand, check_mapped, DENSE, PER_PTE},
	{"refault_memb", MEMB, false, prepare_refaults, run_fault, check_mapped, DENSE, PER_PTE},
	{"sparse_count", QSBR, false, prepare_sparse, run_sparse_count, check_sparse_count, SPARSE, PER_TABLE},
	{"sparse_age", QSBR, false, prepare_sparse, run_sparse_age, check_sparse_age, SPARSE, PER_TABLE},
	{"sparse_zapped_count", QSBR, false, prepare_sparse_zapped, run_sparse_count, check_none, SPARSE, PER_TABLE},
	{"sparse_zap", ALONE, false, prepare_sparse, run_zap, check_sparse_zap, SPARSE, PER_TABLE},
	{"sparse_fault", MEMB, false, prepare_sparse_faults, run_sparse_fault, check_sparse_fault, SPARSE, PER_TABLE},
	{"upper_count", QSBR, false, prepare_upper, run_sparse_count, check_upper_count, UPPER, PER_GIB},
	{"upper_age", QSBR, false, prepare_upper, run_sparse_age, check_upper_age, UPPER, PER_GIB},
	{"empty_count", QSBR, false, prepare_empty, run_sparse_count, check_none, UPPER, PER_CALL},
	{"empty_age", QSBR, false, prepare_empty, run_sparse_age, check_none, UPPER, PER_CALL},
	{"huge_map", ALONE, false, prepare_huge, run_huge_map, check_huge_map, HUGE, PER_TABLE},
	{"huge_count", ALONE, false, prepare_huge_mapped, run_huge_count, check_huge_count, HUGE, PER_TABLE},
	{"huge_zap", ALONE, false, prepare_huge_mapped, run_huge_zap, check_huge_zap, HUGE, PER_TABLE},
	{.name = NULL},
};
