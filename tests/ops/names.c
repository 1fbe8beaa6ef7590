/* SPDX-License-Identifier: BSD-2-Clause */
#include "names.h"

struct tdp_bitmap *names_of(struct harness *h, struct names *n)
{
	memset(n, 0, sizeof(*n));
	n->map =
		(struct tdp_bitmap){.words = n->words, .pages = NAMES_WORDS * UINT64_C(64), .page_lg2 = h->setup->format->page_lg2};
	return &n->map;
}

bool named(const struct names *n, uint64_t page)
{
	return n->words[page / 64] >> page % 64 & 1;
}

unsigned how_many(const struct names *n)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < NAMES_WORDS; i++)
		sum += (unsigned)__builtin_popcountll(n->words[i]);
	return sum;
}

enum tdp_result arm(struct harness *h, tdp_gpa_t gpa, uint64_t size, const struct tdp_bitmap *out)
{
	referee_collects(h->r, &h->tree, out);
	return tdp_dirty_arm(&h->tree, gpa, size, out, &h->op);
}

void guest_writes(struct harness *h, tdp_gpa_t gpa)
{
	if (referee_guest(h->r, &h->tree, gpa, REF_W).fault == REF_OK)
		return;
	IS(TDP_OK, tdp_fault_fast(&h->tree, gpa, TDP_WRITE, &h->op));
	GUEST(gpa, REF_W);
}
