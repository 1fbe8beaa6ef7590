/* SPDX-License-Identifier: BSD-2-Clause */
#include "world.h"

#include <stdlib.h>

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

enum { ZONE_PAGES = 37 }; /* a stretch of one memory type; no power of two, so that it cuts leaves */

static void add_cell(struct world *w, tdp_gpa_t gpa, uint64_t size)
{
	if (w->cells == WORLD_CELLS)
		abort();
	w->gpa[w->cells] = gpa;
	w->size[w->cells++] = size;
}

static void begin_island(struct world *w, tdp_gpa_t gpa, tdp_gpa_t end)
{
	w->island[w->islands++] = (struct island){.first = w->cells, .gpa = gpa, .end = end};
}

static void end_island(struct world *w)
{
	struct island *island = &w->island[w->islands - 1];

	island->cells = w->cells - island->first;
}

static void add_pages(struct world *w, tdp_gpa_t gpa, tdp_gpa_t end)
{
	struct island *island = &w->island[w->islands - 1];

	island->hot = w->cells;
	for (; gpa < end; gpa += PAGE)
		add_cell(w, gpa, PAGE);
	island->hots = w->cells - island->hot;
}

/* Cold cells that shrink towards an address, or grow away from it. */
static void add_cold(struct world *w, tdp_gpa_t gpa, uint64_t first, uint64_t last)
{
	for (uint64_t size = first;; size = first < last ? 2 * size : size / 2) {
		add_cell(w, gpa, size);
		gpa += size;
		if (size == last)
			break;
	}
}

void world_make(struct world *w, const struct setup *s)
{
	struct tdp_layout layout = setup_layout(s);

	*w = (struct world){
		.setup = s, .index_bits = s->format->index_bits, .top = layout.top_level, .end = UINT64_C(1) << s->gpa_bits};
	w->hw_a = setup_hw_a(s);
	w->hw_d = setup_hw_d(s);
	w->tracks = setup_tracks(s);
	w->breaks = setup_breaks(s);
	if (s->gpa_bits < 30) {
		begin_island(w, 0, w->end);
		add_pages(w, 0, w->end);
		end_island(w);
		return;
	}
	begin_island(w, 0, 3 * GIB);
	add_cold(w, 0, 512 * MIB, 4 * MIB);
	add_pages(w, GIB - 4 * MIB, GIB + 4 * MIB);
	add_cold(w, GIB + 4 * MIB, 4 * MIB, 512 * MIB);
	add_cell(w, 2 * GIB, GIB);
	end_island(w);
	begin_island(w, w->end - GIB, w->end);
	add_cold(w, w->end - GIB, 512 * MIB, 2 * MIB);
	add_pages(w, w->end - 2 * MIB, w->end);
	end_island(w);
}

unsigned world_first(const struct world *w, tdp_gpa_t gpa)
{
	unsigned lo = 0, hi = w->cells;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;

		if (w->gpa[mid] + w->size[mid] <= gpa)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool world_has_cold(const struct world *w, tdp_gpa_t gpa, tdp_gpa_t end)
{
	WORLD_EACH(w, i, gpa, end)
		if (!world_hot(w, i))
			return true;
	return false;
}

/* Cold memory is write-back; pages come in zones, one of three uncacheable. */
static uint8_t cell_memtype(const struct world *w, unsigned i)
{
	return world_hot(w, i) && (w->gpa[i] >> PAGE_LG2) / ZONE_PAGES % 3 == 1 ? TDP_MT_UC : TDP_MT_WB;
}

uint8_t world_memtype(const struct world *w, tdp_gpa_t gpa, uint64_t size, uint64_t *uniform)
{
	unsigned first = world_first(w, gpa), i = first;

	while (i < w->cells && w->gpa[i] < gpa + size && cell_memtype(w, i) == cell_memtype(w, first))
		i++;
	if (i < w->cells && w->gpa[i] < gpa + size)
		size = w->gpa[i] - gpa;
	*uniform = size;
	return cell_memtype(w, first);
}
