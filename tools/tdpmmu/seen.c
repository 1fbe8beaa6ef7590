/* SPDX-License-Identifier: BSD-2-Clause */
#include "seen.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 1024 };

/* Where a table is, or would go. */
static struct seen_table *slot_of(const struct seen *seen, tdp_hpa_t key)
{
	size_t at = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (seen->room - 1);

	while (seen->slots[at].hpa != 0 && seen->slots[at].hpa != key)
		at = (at + 1) & (seen->room - 1);
	return &seen->slots[at];
}

/* Twice the room, so that half of it stays empty. */
static void grow(struct seen *seen)
{
	struct seen old = *seen;

	seen->room = old.room ? 2 * old.room : FIRST_ROOM;
	seen->slots = calloc(seen->room, sizeof(*seen->slots));
	if (!seen->slots)
		trouble("out of memory");
	for (size_t i = 0; i < old.room; i++) {
		if (old.slots[i].hpa != 0)
			*slot_of(seen, old.slots[i].hpa) = old.slots[i];
	}
	free(old.slots);
}

const struct seen_table *seen_add(struct seen *seen, tdp_hpa_t hpa, tdp_gpa_t gpa, unsigned level)
{
	struct seen_table *slot;

	if (2 * seen->count >= seen->room)
		grow(seen);
	slot = slot_of(seen, hpa + 1);
	if (slot->hpa != 0)
		return slot;
	*slot = (struct seen_table){hpa + 1, gpa, level};
	seen->count++;
	return NULL;
}

static int by_address(const void *a, const void *b)
{
	const struct seen_table *x = a, *y = b;

	return x->hpa < y->hpa ? -1 : x->hpa > y->hpa;
}

void seen_sort(struct seen *seen)
{
	size_t used = 0;

	for (size_t i = 0; i < seen->room; i++) {
		if (seen->slots[i].hpa != 0)
			seen->slots[used++] = seen->slots[i];
	}
	if (used)
		qsort(seen->slots, used, sizeof(*seen->slots), by_address);
}

void seen_free(struct seen *seen)
{
	free(seen->slots);
	memset(seen, 0, sizeof(*seen));
}
