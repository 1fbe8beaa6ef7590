/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Splits and promotions, measured.
 */
#include "huge.h"

void prepare_blocks(struct guest *guest)
{
	struct tdp_op op = {.flags = TDP_EXCLUSIVE, .max_level_plus1 = 2, .cache = &guest->cache};

	guest_make_empty(guest);
	guest_fill_cache(guest, &guest->cache);
	guest_expect(guest, "map", (uint64_t)tdp_map(&guest->tree, 0, guest->bytes, GUEST_HPA, guest_attrs(), &op), TDP_OK);
}

uint64_t run_split(struct guest *guest)
{
	struct tdp_op op = {.cache = &guest->cache};

	return tdp_split(&guest->tree, 0, guest->bytes, 0, &op) == TDP_OK ? op.changed : 0;
}

void check_split(struct guest *guest, uint64_t value)
{
	guest_expect(guest, "split", value, guest->bytes);
	guest_drain_cache(guest, &guest->cache);
	guest_check_leaves(guest, guest->format->written, guest->format->moving, "split");
}

uint64_t run_promote(struct guest *guest)
{
	struct tdp_op op = {0};

	return tdp_promote(&guest->tree, 0, guest->bytes, 1, NULL, NULL, &op) == TDP_OK ? op.changed : 0;
}

void check_promote(struct guest *guest, uint64_t value)
{
	struct tdp_mapping m;

	/* The RCU's thread gives the tables back; those that waited behind a grace period get one of their own. */
	for (unsigned i = 0; guest->rcu && i < 2; i++)
		guest->rcu->barrier(NULL);
	guest_expect(guest, "promote", value, guest->bytes);
	for (uint64_t gpa = 0; gpa < guest->bytes; gpa += UINT64_C(1) << 21) {
		guest_expect(guest, "promote", (uint64_t)tdp_lookup(&guest->tree, gpa, &m, NULL), TDP_OK);
		guest_expect(guest, "promote", m.entry.hpa, GUEST_HPA + gpa);
		guest_expect(guest, "promote", m.entry.level, 1);
	}
}

/* ---- guests of nothing but large leaves ---- */

#define BLOCK (UINT64_C(1) << 21)

void prepare_huge(struct guest *guest)
{
	unsigned tables = 0;

	guest_make_empty(guest);
	for (unsigned span_lg2 = 30; span_lg2 < 48; span_lg2 += 9)
		tables += (unsigned)((guest->bytes + (UINT64_C(1) << span_lg2) - 1) >> span_lg2);
	guest_expect(guest, "cache", (uint64_t)tdp_cache_fill(&guest->cache, tables, &guest->ops, guest, NULL), TDP_OK);
	guest->dirty_bytes = 0;
}

uint64_t run_huge_map(struct guest *guest)
{
	struct tdp_op op = {.flags = TDP_EXCLUSIVE, .max_level_plus1 = 2, .cache = &guest->cache};

	return (uint64_t)tdp_map(&guest->tree, 0, guest->bytes, GUEST_HPA, guest_attrs(), &op);
}

void prepare_huge_mapped(struct guest *guest)
{
	prepare_huge(guest);
	check_huge_map(guest, run_huge_map(guest));
}

uint64_t run_huge_count(struct guest *guest)
{
	struct tdp_count count;

	return tdp_count(&guest->tree, 0, guest->bytes, &count, NULL) == TDP_OK ? count.leaves[1] : 0;
}

uint64_t run_huge_zap(struct guest *guest)
{
	return tdp_zap(&guest->tree, 0, guest->bytes, NULL) == TDP_OK ? guest->dirty_bytes : UINT64_MAX;
}

/* It took as many tables as it should have. */
void check_huge_map(struct guest *guest, uint64_t value)
{
	struct tdp_mapping m;

	guest_expect(guest, "map", value, TDP_OK);
	guest_expect(guest, "tables left over", tdp_cache_count(&guest->cache), 0);
	for (uint64_t gpa = 0; gpa < guest->bytes; gpa += BLOCK) {
		guest_expect(guest, "map", (uint64_t)tdp_lookup(&guest->tree, gpa, &m, NULL), TDP_OK);
		guest_expect(guest, "map", m.entry.hpa, GUEST_HPA + gpa);
		guest_expect(guest, "map", m.entry.level, 1);
	}
}

void check_huge_count(struct guest *guest, uint64_t value)
{
	guest_expect(guest, "count", value, guest->bytes / BLOCK);
}

void check_huge_zap(struct guest *guest, uint64_t value)
{
	/* Nobody wrote; but where hardware does not say so a page that is open for writing counts as written. */
	guest_expect(guest, "zap: dirty bytes", value, guest->format->clean ? 0 : guest->bytes);
	guest_check_empty(guest, "zap");
}
