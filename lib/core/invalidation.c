/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters of invalidations under way.
 */
#include "roots_impl.h"

struct invalidation {
	tdp_gpa_t gpa, last; /* covers every range under way: [gpa, last] */
	uint32_t seq;	     /* how many have ended, modulo 2^32 */
	uint32_t under_way;
};
_Static_assert(sizeof(struct invalidation) <= sizeof(struct tdp_invalidation), "the opaque words must hold the real ones");

static struct invalidation *invalidation_of(const struct tdp_invalidation *inv)
{
	return (struct invalidation *)(uintptr_t)inv;
}

/* Of a range that is not empty. */
static tdp_gpa_t last_of(tdp_gpa_t gpa, uint64_t size)
{
	return size - 1 > UINT64_MAX - gpa ? UINT64_MAX : gpa + (size - 1);
}

void tdp_invalidation_begin(struct tdp_invalidation *inv, tdp_gpa_t gpa, uint64_t size)
{
	struct invalidation *i = invalidation_of(inv);
	tdp_gpa_t last = last_of(gpa, size);

	if (i->under_way++ == 0) {
		i->gpa = gpa;
		i->last = last;
		return;
	}
	i->gpa = gpa < i->gpa ? gpa : i->gpa;
	i->last = last > i->last ? last : i->last;
}

void tdp_invalidation_end(struct tdp_invalidation *inv)
{
	struct invalidation *i = invalidation_of(inv);

	/* What a lookup without the lock reads: it must not see pages from before with the number from after. */
	sequence_next(&i->seq);
	i->under_way--;
}

uint32_t tdp_invalidation_seq(const struct tdp_invalidation *inv)
{
	return root_flag(&invalidation_of(inv)->seq);
}

bool tdp_invalidation_retry(const struct tdp_invalidation *inv, uint32_t seq, tdp_gpa_t gpa, uint64_t size)
{
	const struct invalidation *i = invalidation_of(inv);

	/* By difference: numbers wrap. */
	return (i->under_way && last_of(gpa, size) >= i->gpa && gpa <= i->last) || root_flag(&i->seq) - seq != 0;
}
