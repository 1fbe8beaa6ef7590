/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guests that are nearly empty, measured.
 */
#include "sparse.h"

#define TABLE (UINT64_C(1) << 21)
#define GIB   (UINT64_C(1) << 30)

/* An empty guest and tables enough to map the beginning of each step. */
static void make_empty(struct guest *guest, uint64_t step)
{
	unsigned tables = (unsigned)(guest->bytes / step + guest->bytes / GIB + 2);

	guest_make_empty(guest);
	/* At once, so that they lie in the order of what they map. */
	guest_expect(guest, "cache", (uint64_t)tdp_cache_fill(&guest->cache, tables, &guest->ops, guest, NULL), TDP_OK);
}

/* A write fault at the beginning of each step. 0: all went well. */
static uint64_t fault_each(struct guest *guest, uint64_t step)
{
	struct tdp_op op = {.cache = &guest->cache};
	struct tdp_fault fault = {
		.backing = {.hpa = GUEST_HPA, .size = guest->bytes, .attrs = guest_attrs(), .max_level_plus1 = 1},
		.access = TDP_WRITE,
	};

	for (fault.gpa = 0; fault.gpa < guest->bytes; fault.gpa += step)
		if (tdp_fault(&guest->tree, &fault, &op) != TDP_OK)
			return 1;
	return 0;
}

void prepare_sparse_faults(struct guest *guest)
{
	make_empty(guest, TABLE);
}

uint64_t run_sparse_fault(struct guest *guest)
{
	return fault_each(guest, TABLE);
}

/* Mapped at each step, written and young. */
static void make_sparse(struct guest *guest, uint64_t step)
{
	if (raw_is_empty(&guest->raw)) {
		make_empty(guest, step);
		guest_expect(guest, "fault", fault_each(guest, step), 0);
		guest_drain_cache(guest, &guest->cache);
	}
	raw_arm_each(&guest->raw, step, guest->format->written, GUEST_HPA);
	guest->dirty_bytes = 0;
}

void prepare_sparse(struct guest *guest)
{
	make_sparse(guest, TABLE);
}

void prepare_sparse_zapped(struct guest *guest)
{
	make_sparse(guest, TABLE);
	guest_zap_leaves(guest);
}

void prepare_upper(struct guest *guest)
{
	make_sparse(guest, GIB);
}

uint64_t run_sparse_count(struct guest *guest)
{
	struct tdp_count count;

	if (tdp_count(&guest->tree, 0, guest->bytes, &count, NULL) != TDP_OK)
		return UINT64_MAX;
	return count.leaves[0];
}

uint64_t run_sparse_age(struct guest *guest)
{
	struct tdp_op op = {0};
	enum tdp_result result = tdp_age(&guest->tree, 0, guest->bytes, true, NULL, &op);

	return result == (op.changed ? TDP_OK : TDP_SPURIOUS) ? op.changed : UINT64_MAX;
}

/* Exactly the first page of each step is mapped, with these bits. */
static void expect_each(struct guest *guest, const char *op, uint64_t step, uint64_t bits, uint64_t ignore)
{
	guest_expect(guest, op, raw_each_mismatches(&guest->raw, step, bits, GUEST_HPA, ignore), 0);
}

void check_sparse_fault(struct guest *guest, uint64_t value)
{
	guest_expect(guest, "sparse fault", value, 0);
	guest_drain_cache(guest, &guest->cache);
	expect_each(guest, "sparse fault: wrong entries", TABLE, guest->format->written, guest->format->moving);
}

void check_sparse_count(struct guest *guest, uint64_t value)
{
	guest_expect(guest, "sparse count", value, guest->bytes / TABLE);
}

void check_sparse_age(struct guest *guest, uint64_t value)
{
	guest_expect(guest, "sparse age", value, guest->bytes / TABLE * BENCH_PAGE);
	expect_each(guest, "sparse age: wrong entries", TABLE, guest->format->written & ~guest->format->accessed, 0);
}

void check_sparse_zap(struct guest *guest, uint64_t value)
{
	guest_expect(guest, "sparse zap: dirty bytes", value, guest->bytes / TABLE * BENCH_PAGE);
	guest_check_empty(guest, "sparse zap");
}

void check_upper_count(struct guest *guest, uint64_t value)
{
	guest_expect(guest, "upper count", value, guest->bytes / GIB);
}

void check_upper_age(struct guest *guest, uint64_t value)
{
	guest_expect(guest, "upper age", value, guest->bytes / GIB * BENCH_PAGE);
	expect_each(guest, "upper age: wrong entries", GIB, guest->format->written & ~guest->format->accessed, 0);
}

void check_none(struct guest *guest, uint64_t value)
{
	guest_expect(guest, "pages found where there are none", value, 0);
}
