/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { MAX_RANGES = 512, COPY_BYTES = 64 << 20, ARENA_BYTES = COPY_BYTES + (1 << 20) };

struct range {
	uintptr_t start, end;
	uint8_t *copy;
};

struct arena {
	unsigned ranges;
	struct range range[MAX_RANGES];
};

static struct arena *arena; /* its own record comes first in it, then what snapshot_arena() gave away, then the copies */
static uint8_t *rest;

static void fail(const char *what)
{
	fprintf(stderr, "conflict: %s\n", what);
	abort();
}

void *snapshot_arena(size_t bytes)
{
	void *given;

	if (!arena) {
		/* Touched page by page as it is needed. */
		arena = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (arena == MAP_FAILED)
			fail("no memory for a copy");
		rest = (uint8_t *)(arena + 1);
	}
	given = rest;
	rest += (bytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
	return given;
}

/* One line of /proc/self/maps. The kernel may show the arena and its neighbour as one. */
static void add_range(uintptr_t start, uintptr_t end, uint8_t **copy)
{
	uintptr_t hole = (uintptr_t)arena, hole_end = hole + ARENA_BYTES;

	if (start < hole && end > hole)
		add_range(start, hole, copy);
	if (start < hole_end && end > hole) {
		start = hole_end;
		if (start >= end)
			return;
	}
	if (arena->ranges == MAX_RANGES || *copy + (end - start) > (uint8_t *)arena + ARENA_BYTES)
		fail("more memory than there is room for");
	arena->range[arena->ranges++] = (struct range){start, end, *copy};
	*copy += end - start;
}

void snapshot_find(void)
{
	char text[512], rights[5];
	uintptr_t start, end;
	uint8_t *copy = rest;
	FILE *maps = fopen("/proc/self/maps", "re");

	if (!maps)
		fail("no /proc/self/maps");
	arena->ranges = 0;
	while (fgets(text, sizeof(text), maps))
		if (sscanf(text, "%" SCNxPTR "-%" SCNxPTR " %4s", &start, &end, rights) == 3 && rights[0] == 'r' &&
		    rights[1] == 'w')
			add_range(start, end, &copy);
	fclose(maps);
}

void snapshot_take(void)
{
	for (unsigned i = 0; i < arena->ranges; i++) {
		const struct range *range = &arena->range[i];

		memcpy(range->copy, (const void *)range->start, range->end - range->start);
	}
}

void snapshot_compare(struct lines *lines, const struct places *places, enum actor who)
{
	for (unsigned i = 0; i < arena->ranges; i++) {
		const struct range *range = &arena->range[i];

		for (uintptr_t at = range->start; at < range->end; at += LINE_BYTES)
			if (memcmp((const void *)at, range->copy + (at - range->start), LINE_BYTES) != 0)
				lines_add(lines, places, at, LINE_BYTES, true, who);
	}
}
