/* SPDX-License-Identifier: BSD-2-Clause */
#include "frames.h"

#include "el2.h"
#include "lock.h"
#include "pool.h"

enum { LOCKS = 1024, WORDS = PAGE_SIZE / 8 };
#define POISON UINT64_C(0xdededededededede)
#define PRIME  UINT64_C(0x100000001b3)

static uint64_t guest_pages;
static uint64_t *frame_of;
static struct lock page_locks[LOCKS];
static struct {
	struct lock lock;
	uint64_t *ring; /* first in, first out */
	uint64_t size, first, count, stale;
} spare;

static void poison(uint64_t frame)
{
	for (unsigned i = 0; i < WORDS; i++)
		((uint64_t *)frame)[i] = POISON;
}

static bool poison_is_whole(uint64_t frame)
{
	uint64_t differs = 0;

	for (unsigned i = 0; i < WORDS; i++)
		differs |= ((const uint64_t *)frame)[i] ^ POISON;
	return differs == 0;
}

void frames_init(uint64_t pages, uint64_t end)
{
	const uint64_t spares = HOST_BASE + pages * PAGE_SIZE;

	guest_pages = pages;
	frame_of = pool_take(pages * sizeof(*frame_of), sizeof(*frame_of), "the list of the guest's frames");
	for (uint64_t i = 0; i < pages; i++)
		frame_of[i] = HOST_BASE + i * PAGE_SIZE;
	spare.size = (end - spares) / PAGE_SIZE;
	spare.ring = pool_take(spare.size * sizeof(*spare.ring), sizeof(*spare.ring), "the list of spare frames");
	for (uint64_t i = 0; i < spare.size; i++)
		frames_give(spares + i * PAGE_SIZE);
}

uint64_t frames_pages(void)
{
	return guest_pages;
}

bool frames_is_guest_memory(uint64_t gpa)
{
	return gpa >= GUEST_BASE && gpa - GUEST_BASE < guest_pages * PAGE_SIZE;
}

void frames_lock(uint64_t page)
{
	lock(&page_locks[page % LOCKS]);
}

void frames_unlock(uint64_t page)
{
	unlock(&page_locks[page % LOCKS]);
}

uint64_t frames_of(uint64_t page)
{
	return frame_of[page];
}

void frames_move(uint64_t page, uint64_t to)
{
	const uint64_t from = frame_of[page];

	frame_of[page] = to;
	frames_give(from);
}

uint64_t frames_take(void)
{
	uint64_t frame = 0;

	lock(&spare.lock);
	if (spare.count > 0) {
		frame = spare.ring[spare.first];
		spare.first = (spare.first + 1) % spare.size;
		spare.count--;
	}
	unlock(&spare.lock);
	if (frame && !poison_is_whole(frame))
		__atomic_fetch_add(&spare.stale, 1, __ATOMIC_RELAXED);
	return frame;
}

void frames_give(uint64_t frame)
{
	poison(frame);
	lock(&spare.lock);
	spare.ring[(spare.first + spare.count++) % spare.size] = frame;
	unlock(&spare.lock);
}

void frames_copy(uint64_t to, uint64_t from)
{
	for (unsigned i = 0; i < WORDS; i++)
		((volatile uint64_t *)to)[i] = ((const volatile uint64_t *)from)[i];
}

uint64_t frames_hash(uint64_t frame)
{
	uint64_t hash = 0;

	for (unsigned i = 0; i < WORDS; i++)
		hash = (hash ^ ((const volatile uint64_t *)frame)[i]) * PRIME;
	return hash;
}

uint64_t frames_stale(void)
{
	for (uint64_t i = 0; i < spare.count; i++)
		spare.stale += !poison_is_whole(spare.ring[(spare.first + i) % spare.size]);
	return spare.stale;
}
