/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of the guest's address space that the random operations use, cut into cells. No operation begins or ends inside a cell.
 *
 * A fake format has one island, the whole space, and its cells are pages. A real format has two: three gigabytes from 0 on, with single
 * pages around the first 1 GiB boundary, and the last gigabyte of the space, with single pages at its end; everything else is in
 * cold cells of 2 MiB to 1 GiB that are only ever mapped by huge leaves.
 */
#ifndef RANDOM_WORLD_H
#define RANDOM_WORLD_H

#include "setup.h"

enum { WORLD_CELLS = 2700, WORLD_ISLANDS = 2, PAGE_LG2 = 12 };
#define PAGE UINT64_C(4096)

struct island {
	unsigned first, cells;
	tdp_gpa_t gpa, end;
	unsigned hot, hots; /* index of the first single page, and how many there are in a row */
};

struct world {
	const struct setup *setup;
	unsigned index_bits, top; /* top: level of the root's entries */
	uint64_t end;		  /* of the whole space */
	bool hw_a, hw_d, breaks, tracks;
	unsigned cells, islands;
	struct island island[WORLD_ISLANDS];
	tdp_gpa_t gpa[WORLD_CELLS];
	uint64_t size[WORLD_CELLS];
};

void world_make(struct world *w, const struct setup *s);

/* Bytes that an entry of a level maps. */
static inline uint64_t world_span(const struct world *w, unsigned level)
{
	return UINT64_C(1) << (PAGE_LG2 + w->index_bits * level);
}

/* The first cell that ends behind gpa; w->cells: none. */
unsigned world_first(const struct world *w, tdp_gpa_t gpa);
/* Is this cell a single page? */
static inline bool world_hot(const struct world *w, unsigned i)
{
	return w->size[i] == PAGE;
}

/* Every cell i of [gpa, stop). */
#define WORLD_EACH(w, i, from, stop) for (unsigned i = world_first(w, from); i < (w)->cells && (w)->gpa[i] < (stop); i++)

/* Does [gpa, end) hold a cold cell? */
bool world_has_cold(const struct world *w, tdp_gpa_t gpa, tdp_gpa_t end);

/* The memory type for TDP_MT_ASK, and over how many of the size bytes it stays the same. */
uint8_t world_memtype(const struct world *w, tdp_gpa_t gpa, uint64_t size, uint64_t *uniform);

#endif
