/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each walk_<format>.c supplies to walk.c.
 */
#ifndef REFEREE_WALK_IMPL_H
#define REFEREE_WALK_IMPL_H

#include "walk.h"

#define REF_BIT(n)	 (UINT64_C(1) << (n))
#define REF_BITS(hi, lo) ((~UINT64_C(0) >> (63 - (hi))) & (~UINT64_C(0) << (lo)))

struct ref_walker {
	bool (*shape)(const struct ref_machine *m, struct ref_shape *out);
	struct ref_entry (*decode)(const struct ref_machine *m, const struct ref_shape *s, unsigned level, uint64_t value);
	uint64_t (*poison)(unsigned level, uint64_t hpa);
};

extern const struct ref_walker ref_walker_ept, ref_walker_npt, ref_walker_s2, ref_walker_riscv, ref_walker_fake_o,
	ref_walker_fake_b;

/* Bytes that an entry of a level maps. */
static inline uint64_t ref_span(const struct ref_shape *s, unsigned level)
{
	return REF_BIT(s->page_lg2 + s->index_bits * level);
}

/*
 * Arm stage-2 attributes, shared by the real format and by the fake one that borrows its bits. Fills everything but kind and hpa;
 * false: a reserved combination.
 */
bool ref_s2_attributes(const struct ref_machine *m, const struct ref_shape *s, uint64_t value, struct ref_entry *out);

#endif
