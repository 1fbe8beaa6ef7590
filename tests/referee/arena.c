/* SPDX-License-Identifier: BSD-2-Clause */
#include "arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define GIB (UINT64_C(1) << 30)

enum { SETS = 4 }; /* struct entry_set in a struct frame */

/* Zeroed memory, committed only where it is touched, aligned to 16 concatenated tables. */
static void *reserve(size_t bytes, size_t frame_size)
{
	const size_t align = 16 * frame_size;
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

void arena_init(struct arena *a, enum ref_kind kind, unsigned frames, unsigned lg2, unsigned hpa_bits)
{
	const size_t size = (size_t)frames << lg2;

	*a = (struct arena){.kind = kind, .count = frames, .lg2 = lg2};
	/* High, so that tests which map host memory from 0 upwards do not meet it. */
	a->base = (UINT64_C(3) << (hpa_bits - 2)) & ~(GIB - 1);
	a->mem = reserve(size, arena_frame_size(a));
	a->shadow = reserve(size, arena_frame_size(a));
	a->frame = calloc(frames, sizeof(*a->frame));
	a->sets = calloc(frames, SETS * arena_frame_entries(a) / 8);
	if (!a->frame || !a->sets) {
		perror("referee: calloc");
		abort();
	}
}

void arena_fini(struct arena *a)
{
	munmap(a->mem, (size_t)a->count << a->lg2);
	munmap(a->shadow, (size_t)a->count << a->lg2);
	free(a->frame);
	free(a->sets);
}

/* Fills a frame with mappings of the trap page: as far below the arena as a huge page's alignment allows. */
static void fill_poison(struct arena *a, int f, unsigned level)
{
	uint64_t *entry = arena_entries(a, f);
	uint64_t poison = ref_poison(a->kind, level, a->base - GIB);

	for (unsigned i = 0; i < arena_frame_entries(a); i++)
		entry[i] = poison;
	memcpy(arena_shadow(a, f), entry, arena_frame_size(a));
}

/* A frame becomes a table that nobody has linked or filled. */
static void begin(struct arena *a, int f)
{
	const size_t words = arena_frame_entries(a) / 64;
	uint64_t *sets = a->sets + SETS * words * (size_t)f;

	a->frame[f] = (struct frame){.state = FRAME_TABLE,
				     .level = -1,
				     .written = {sets},
				     .uncleaned = {sets + words},
				     .outdated = {sets + 2 * words},
				     .raced = {sets + 3 * words}};
	memset(sets, 0, SETS * words * sizeof(*sets));
	fill_poison(a, f, 0);
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
	for (unsigned i = 0; i < n; i++)
		begin(a, first + (int)i);
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
	if (hpa < a->base || (hpa - a->base) >> a->lg2 >= a->count)
		return NO_FRAME;
	return (int)((hpa - a->base) >> a->lg2);
}

int arena_frame_of(const struct arena *a, const void *va)
{
	uintptr_t offset = (uintptr_t)va - (uintptr_t)a->mem;

	return offset >> a->lg2 >= a->count ? NO_FRAME : (int)(offset >> a->lg2);
}

uint64_t arena_hpa(const struct arena *a, int f)
{
	return a->base + ((uint64_t)f << a->lg2);
}

uint64_t *arena_entries(const struct arena *a, int f)
{
	return (uint64_t *)(void *)(a->mem + ((size_t)f << a->lg2));
}

uint64_t *arena_shadow(const struct arena *a, int f)
{
	return a->shadow + ((size_t)f << a->lg2) / 8;
}

bool arena_has_table(const struct arena *a, uint64_t hpa, uint64_t size)
{
	uint64_t end = hpa + size, limit = a->base + ((uint64_t)a->next << a->lg2);

	if (end <= a->base || hpa >= limit)
		return false;
	for (hpa = hpa < a->base ? a->base : hpa; hpa < end && hpa < limit; hpa += arena_frame_size(a))
		if (a->frame[arena_frame_at(a, hpa)].state == FRAME_TABLE)
			return true;
	return false;
}
