/* SPDX-License-Identifier: BSD-2-Clause */
#include "regions.h"
#include "frames.h"
#include "problem.h"

#include <inttypes.h>
#include <stdlib.h>

/* A free slot of the table for a range that overlaps no other. */
static struct region *slot(struct regions *r, const char *name, uint64_t va, uint64_t pages)
{
	uint64_t last = va + (pages * FRAME_4K - 1);

	if (!pages || va % FRAME_4K || last < va || r->count == REGIONS_MAX) {
		problem("%s: no room for %" PRIu64 " pages at %#" PRIx64, name, pages, va);
		return NULL;
	}
	for (unsigned i = 0; i < r->count; i++) {
		const struct region *o = &r->one[i];

		if (va <= o->va + (o->pages * FRAME_4K - 1) && o->va <= last) {
			problem("%s at %#" PRIx64 " overlaps %s at %#" PRIx64, name, va, o->name, o->va);
			return NULL;
		}
	}
	return &r->one[r->count];
}

struct region *regions_add(struct regions *r, const char *name, uint64_t va, uint64_t pages, uint8_t prot, bool huge)
{
	struct region *region = slot(r, name, va, pages);

	if (!region)
		return NULL;
	struct page *page = calloc(pages, sizeof(*page));
	if (!page) {
		problem("out of memory");
		return NULL;
	}
	for (uint64_t i = 0; i < pages; i++)
		page[i].prot = prot;
	*region = (struct region){.name = name, .va = va, .pages = pages, .prot = prot, .huge = huge, .page = page};
	r->count++;
	return region;
}

struct region *regions_add_device(struct regions *r, const char *name, uint64_t va, uint64_t pages, uint64_t device)
{
	struct region *region = slot(r, name, va, pages);

	if (!region)
		return NULL;
	*region = (struct region){.name = name, .va = va, .pages = pages, .device = device};
	r->count++;
	return region;
}

void regions_close(struct regions *r)
{
	for (unsigned i = 0; i < r->count; i++)
		free(r->one[i].page);
	r->count = 0;
}

struct region *regions_find(struct regions *r, uint64_t va)
{
	for (unsigned i = 0; i < r->count; i++)
		if (va - r->one[i].va < r->one[i].pages * FRAME_4K)
			return &r->one[i];
	return NULL;
}

struct page *region_page(const struct region *region, uint64_t va)
{
	return &region->page[(va - region->va) / FRAME_4K];
}

bool regions_alone(const struct regions *r, const struct region *region, uint64_t va, uint64_t bytes)
{
	const uint64_t last = va + (bytes - 1);

	for (unsigned i = 0; i < r->count; i++) {
		const struct region *o = &r->one[i];

		if (o != region && va <= o->va + (o->pages * FRAME_4K - 1) && o->va <= last)
			return false;
	}
	return true;
}

void region_extent(const struct region *region, uint64_t va, uint64_t *base, uint64_t *size)
{
	uint64_t at = (va - region->va) / FRAME_4K, low = at, high = at + 1;

	if (region->huge) {
		const struct page *p = region->page;
		uint64_t first = at & ~511ull, end = first + 512 < region->pages ? first + 512 : region->pages;

		while (low > first && p[low - 1].frame + 1 == p[low].frame && p[low - 1].prot == p[low].prot)
			low--;
		while (high < end && p[high - 1].frame + 1 == p[high].frame && p[high - 1].prot == p[high].prot)
			high++;
	}
	*base = region->va + low * FRAME_4K;
	*size = (high - low) * FRAME_4K;
}

bool regions_expect(struct regions *r, uint64_t va, tdp_hpa_t *hpa)
{
	const struct region *region = regions_find(r, va);

	if (!region || !region->page)
		return false;
	const struct page *page = region_page(region, va);
	*hpa = page->frame * FRAME_4K + va % FRAME_4K;
	return page->mapped;
}
