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
