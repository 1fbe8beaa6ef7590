/* SPDX-License-Identifier: BSD-2-Clause */
/* What the guest asks for: resolve a page fault, change permissions. */
#include "guest/abi.h"
#include "problem.h"
#include "space.h"

#include <inttypes.h>

/* The error code of an x86 page fault. */
enum { PF_WRITE = 1 << 1, PF_RESERVED = 1 << 3, PF_FETCH = 1 << 4 };

/* Put on record what a fault has mapped: a whole leaf. */
static bool record_leaf(struct space *s, const struct region *region, tdp_gpa_t gpa, uint64_t va)
{
	struct tdp_mapping leaf;
	enum tdp_result r = tdp_lookup(&s->tree, gpa, &leaf, NULL);

	if (r != TDP_OK)
		return space_failed("tdp_lookup after tdp_fault", va, r);
	uint64_t first = va - (gpa - leaf.gpa);
	if (first < region->va || first + leaf.entry.size > region->va + region->pages * FRAME_4K)
		return problem("the leaf for %#" PRIx64 " reaches beyond '%s'", va, region->name);
	s->stats.resolved++;
	s->stats.refaults += region_page(region, va)->zapped;
	for (uint64_t at = 0; at < leaf.entry.size; at += FRAME_4K) {
		struct page *page = region_page(region, first + at);

		page->mapped = true;
		page->zapped = false;
	}
	return true;
}

/* A fault where there is memory. */
static int fault_in_memory(struct space *s, struct tdp_cache *cache, const struct region *region, uint64_t va, uint64_t error)
{
	struct tdp_op op = {.cache = cache};
	struct tdp_fault fault = {.gpa = tdp_gpa_from_va(&s->layout, va)};
	uint64_t base, size;

	region_extent(region, va, &base, &size);
	fault.base = tdp_gpa_from_va(&s->layout, base);
	fault.backing = (struct tdp_backing){
		.hpa = region_page(region, base)->frame * FRAME_4K,
		.size = size,
		.attrs = space_attrs(region_page(region, va)->prot),
	};
	fault.access = error & PF_FETCH ? TDP_EXEC_S : error & PF_WRITE ? TDP_WRITE : TDP_READ;

	enum tdp_result r = tdp_fault(&s->tree, &fault, &op);
	if (r == TDP_PROTECTED)
		return TDPVM_PROTECTED;
	if (r == TDP_SPURIOUS) {
		s->stats.spurious++;
		return TDPVM_RETRY;
	}
	if (r != TDP_OK) {
		space_failed("tdp_fault", va, r);
		return -1;
	}
	return record_leaf(s, region, fault.gpa, va) ? TDPVM_RETRY : -1;
}

/* A fault at a device: the tree must hold its note, and the note says which device. */
static int fault_at_device(struct space *s, const struct region *region, uint64_t va, uint64_t *device)
{
	struct tdp_mapping m;
	enum tdp_result r = tdp_lookup(&s->tree, tdp_gpa_from_va(&s->layout, va), &m, NULL);

	if (r != TDP_ABSENT || m.entry.kind != TDP_NOTE || m.entry.note != region->device) {
		space_failed("no note for the device", va, r);
		return -1;
	}
	*device = m.entry.note;
	return TDPVM_MMIO;
}

int space_fault(struct space *s, struct tdp_cache *cache, uint64_t va, uint64_t error, uint64_t *device)
{
	int verdict = TDPVM_HOLE;
	enum tdp_result r = tdp_cache_fill(cache, TDP_FAULT_TABLES, &s->ops, s, NULL);

	if (r < 0) {
		space_failed("tdp_cache_fill", va, r);
		return -1;
	}
	pthread_mutex_lock(&s->lock);
	s->stats.faults++;
	const struct region *region = regions_find(s->regions, va);
	if (error & PF_RESERVED) {
		problem("the processor met reserved bits on its way to %#" PRIx64, va);
		verdict = -1;
	} else if (region && region->page) {
		verdict = fault_in_memory(s, cache, region, va, error);
	} else if (region) {
		verdict = fault_at_device(s, region, va, device);
	}
	if (verdict > 0)
		s->stats.refused[verdict]++;
	pthread_mutex_unlock(&s->lock);
	return verdict;
}

bool space_allow(struct space *s, uint64_t va, uint64_t bytes, uint8_t prot)
{
	struct tdp_op dry = {.flags = TDP_DRY_RUN};
	const tdp_gpa_t gpa = tdp_gpa_from_va(&s->layout, va);

	pthread_mutex_lock(&s->lock);
	const struct region *region = regions_find(s->regions, va);
	enum tdp_result r = tdp_set_attrs(&s->tree, gpa, bytes, space_attrs(prot), TDP_MASK_PROT, &dry);
	if (r >= 0)
		r = tdp_cache_fill(&s->bank, dry.tables, &s->ops, s, NULL);
	if (r >= 0)
		r = tdp_set_attrs(&s->tree, gpa, bytes, space_attrs(prot), TDP_MASK_PROT, NULL);
	if (r >= 0) {
		/* A page that is not mapped yet takes its permission from here when it faults. */
		for (uint64_t at = 0; at < bytes; at += FRAME_4K)
			region_page(region, va + at)->prot = prot;
		s->stats.allows++;
	}
	pthread_mutex_unlock(&s->lock);
	return r >= 0 || space_failed("tdp_set_attrs", va, r);
}
