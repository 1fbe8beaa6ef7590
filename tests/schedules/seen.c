/* SPDX-License-Identifier: BSD-2-Clause */
#include "seen.h"

#include <stdlib.h>

/* The largest room, in states; while it grows to that, the half of it is there, too. */
enum { LEAST_LG2 = 12, MOST_LG2 = 27 };

static uint64_t *slots;
static unsigned room_lg2;
static unsigned long count, limit;

static void make_room(unsigned lg2)
{
	room_lg2 = lg2;
	slots = calloc((size_t)1 << lg2, sizeof(*slots));
	if (!slots)
		abort();
}

void seen_start(unsigned long max)
{
	const unsigned long most = (1ul << MOST_LG2) / 4 * 3;

	free(slots);
	make_room(LEAST_LG2);
	count = 0;
	limit = max && max < most ? max : most;
}

/* Where a state is, or would be. */
static uint64_t *slot_of(uint64_t state)
{
	const uint64_t mask = (UINT64_C(1) << room_lg2) - 1;

	for (uint64_t i = state;; i++)
		if (slots[i & mask] == state || slots[i & mask] == 0)
			return &slots[i & mask];
}

static void grow(void)
{
	uint64_t *old = slots;
	const uint64_t room = UINT64_C(1) << room_lg2;

	make_room(room_lg2 + 1);
	for (uint64_t i = 0; i < room; i++)
		if (old[i])
			*slot_of(old[i]) = old[i];
	free(old);
}

bool seen_add(uint64_t state)
{
	uint64_t *slot;

	state += state == 0;
	slot = slot_of(state);
	if (*slot == state)
		return false;
	*slot = state;
	count++;
	if (count > (1ul << room_lg2) / 4 * 3 && room_lg2 < MOST_LG2)
		grow();
	return true;
}

unsigned long seen_count(void)
{
	return count;
}

bool seen_full(void)
{
	return count > limit;
}
