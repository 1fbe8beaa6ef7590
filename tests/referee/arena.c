/* SPDX-License-Identifier: BSD-2-Clause */
#include "arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define GIB (UINT64_C(1) << 30)

/* Zeroed memory, committed only where it is touched, aligned to 64 KiB (16 concatenated tables). */
static void *reserve(size_t bytes)
{
	const size_t align = 16 * FRAME_SIZE;
	void *p = mmap(NULL, bytes + align, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uintptr_t start;

	if (p == MAP_FAILED) {
		perror("referee: mmap");
		abort();
	}
	start = ((uintptr_t)p + align - 1) & ~(uintptr_t)(align - 1);
	if (start != (uintptr_t)p)
		munmap(p, start - (uintptr_t)p);
	munmap((void *)(start + bytes), (uintptr_t)p + align - start);
	return (void *)start;
}

void arena_init(struct arena *a, enum ref_kind kind, unsigned frames, unsigned hpa_bits)
{
	*a = (struct arena){.kind = kind, .count = frames};
	/* High, so that tests which map host memory from 0 upwards do not meet it. */
	a->base = (UINT64_C(3) << (hpa_bits - 2)) & ~(GIB - 1);
	a->mem = reserve((size_t)frames * FRAME_SIZE);
	a->shadow = reserve((size_t)frames * FRAME_SIZE);
	a->frame = calloc(frames, sizeof(*a->frame));
	if (!a->frame) {
		perror("referee: calloc");
		abort();
	}
}

void arena_fini(struct arena *a)
{
	munmap(a->mem, (size_t)a->count * FRAME_SIZE);
	munmap(a->shadow, (size_t)a->count * FRAME_SIZE);
	free(a->frame);
}

/* Fills a frame with mappings of the trap page: as far below the arena as a huge page's alignment allows. */
static void fill_poison(struct arena *a, int f, unsigned level)
{
	uint64_t *entry = arena_entries(a, f);
	uint64_t poison = ref_poison(a->kind, level, a->base - GIB);

	for (unsigned i = 0; i < FRAME_ENTRIES; i++)
		entry[i] = poison;
	memcpy(arena_shadow(a, f), entry, FRAME_SIZE);
}

/* A run of never used frames, or, once there is none, a single freed one, the oldest first. */
static int find_run(struct arena *a, unsigned n)
{
	unsigned start = (a->next + n - 1) & ~(n - 1);

	if (start + n <= a->count) {
		a->next = start + n;
		return (int)start;
	}
	for (unsigned tried = 0; n == 1 && tried < a->count; tried++) {
		unsigned f = a->recycle;

		a->recycle = (a->recycle + 1) % a->count;
		if (a->frame[f].state == FRAME_POISONED && a->frame[f].stale == 0)
			return (int)f;
	}
	return NO_FRAME;
}

int arena_alloc(struct arena *a, unsigned n)
{
	int first = find_run(a, n);

	if (first == NO_FRAME)
		return NO_FRAME;
	for (unsigned i = 0; i < n; i++) {
		a->frame[first + (int)i] = (struct frame){.state = FRAME_TABLE, .level = -1};
		fill_poison(a, first + (int)i, 0);
	}
	return first;
}

void arena_free(struct arena *a, int f)
{
	struct frame *frame = &a->frame[f];

	frame->state = FRAME_POISONED;
	fill_poison(a, f, frame->level < 0 ? 0 : (unsigned)frame->level);
}

bool arena_fails_now(struct arena *a)
{
	if (a->fail_in == 0)
		return false;
	if (a->fail_in > 1) {
		a->fail_in--;
		return false;
	}
	if (!a->fail_sticky)
		a->fail_in = 0;
	return true;
}

int arena_frame_at(const struct arena *a, uint64_t hpa)
{
	if (hpa < a->base || (hpa - a->base) >> FRAME_LG2 >= a->count)
		return NO_FRAME;
	return (int)((hpa - a->base) >> FRAME_LG2);
}

int arena_frame_of(const struct arena *a, const void *va)
{
	uintptr_t offset = (uintptr_t)va - (uintptr_t)a->mem;

	return offset >> FRAME_LG2 >= a->count ? NO_FRAME : (int)(offset >> FRAME_LG2);
}

uint64_t arena_hpa(const struct arena *a, int f)
{
	return a->base + ((uint64_t)f << FRAME_LG2);
}

uint64_t *arena_entries(const struct arena *a, int f)
{
	return (uint64_t *)(void *)(a->mem + ((size_t)f << FRAME_LG2));
}

uint64_t *arena_shadow(const struct arena *a, int f)
{
	return a->shadow + ((size_t)f << FRAME_LG2) / 8;
}

bool arena_has_table(const struct arena *a, uint64_t hpa, uint64_t size)
{
	uint64_t end = hpa + size, limit = a->base + ((uint64_t)a->next << FRAME_LG2);

	if (end <= a->base || hpa >= limit)
		return false;
	for (hpa = hpa < a->base ? a->base : hpa; hpa < end && hpa < limit; hpa += FRAME_SIZE)
		if (a->frame[arena_frame_at(a, hpa)].state == FRAME_TABLE)
			return true;
	return false;
}
