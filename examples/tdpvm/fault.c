/* SPDX-License-Identifier: BSD-2-Clause */
/* What the guest asks for: resolve a page fault, change permissions. */
#include "guest/abi.h"
#include "problem.h"
#include "space.h"

#include <inttypes.h>
#include <sched.h>

/* The error code of an x86 page fault. */
enum { PF_WRITE = 1 << 1, PF_RESERVED = 1 << 3, PF_FETCH = 1 << 4 };

/* Put on record what a fault has mapped: a whole leaf. */
static bool record_leaf(struct space *s, struct caller *c, const struct region *region, uint64_t va, const struct tdp_op *op)
{
	const uint64_t first = va - (tdp_gpa_from_va(&s->layout, va) - op->first);

	if (first < region->va || first + op->changed > region->va + region->pages * FRAME_4K)
		return problem("the leaf for %#" PRIx64 " reaches beyond '%s'", va, region->name);
	c->stats.resolved++;
	c->stats.refaults += region_page(region, va)->zapped;
	for (uint64_t at = 0; at < op->changed; at += FRAME_4K) {
		struct page *page = region_page(region, first + at);

		page->mapped = true;
		page->zapped = false;
	}
	return true;
}

/* What is known about an address now. It may change while we read it: the notifier says so afterwards. */
static struct tdp_fault look_up(const struct space *s, const struct region *region, uint64_t va, uint64_t error)
{
	uint64_t base, size;

	region_extent(region, va, &base, &size);
	return (struct tdp_fault){
		.gpa = tdp_gpa_from_va(&s->layout, va),
		.base = tdp_gpa_from_va(&s->layout, base),
		.backing =
			{
				.hpa = region_page(region, base)->frame * FRAME_4K,
				.size = size,
				.attrs = space_attrs(region_page(region, va)->prot),
			},
		.access = error & PF_FETCH   ? TDP_EXEC_S
			  : error & PF_WRITE ? TDP_WRITE
					     : TDP_READ,
	};
}

/* Needs no look at what backs the page: a write that is logged, an access to a page that was aged. TDP_ABSENT: it takes more. */
static enum tdp_result try_fast(struct space *s, struct caller *c, uint64_t va, uint64_t error)
{
	struct tdp_op op = {.flags = TDP_LOG_DIRTY, .user = c};
	const uint32_t access = error & PF_FETCH ? TDP_EXEC_S : error & PF_WRITE ? TDP_WRITE : TDP_READ;
	enum tdp_result r = tdp_fault_fast(&s->tree, tdp_gpa_from_va(&s->layout, va), access, &op);

	c->stats.fast += r == TDP_OK;
	return r;
}

/* Try once. TDP_RACE also if what backs the page is changing. *recorded: false if what is mapped cannot be. */
static enum tdp_result try_fault(struct space *s, struct caller *c, const struct region *region, uint64_t va, uint64_t error,
				 struct tdp_op *op, bool *recorded)
{
	const uint32_t seq = notifier_seq(&s->notifier);
	const struct tdp_fault fault = look_up(s, region, va, error);

	*recorded = true;
	if (!notifier_enter(&s->notifier, c, seq, fault.base, fault.backing.size)) {
		c->stats.invalidated++;
		sched_yield(); /* who changes it may have to wait for a processor */
		return TDP_RACE;
	}
	enum tdp_result r = tdp_fault(&s->tree, &fault, op);
	if (r == TDP_OK)
		*recorded = record_leaf(s, c, region, va, op);
	c->stats.race += r == TDP_RACE;
	notifier_leave(&s->notifier, c);
	return r;
}

/* A fault where there is memory. */
static int fault_in_memory(struct space *s, struct caller *c, const struct region *region, uint64_t va, uint64_t error)
{
	struct tdp_op op = {.cache = &c->cache, .user = c};
	enum tdp_result r = TDP_ABSENT;
	bool recorded = true;

	if (s->logging) {
		op.flags |= TDP_LOG_DIRTY;
		caller_enter(c);
		r = try_fast(s, c, va, error);
		caller_leave(c);
	}
	while (r == TDP_ABSENT || (r == TDP_NOMEM && space_top_up(s, c, &op))) {
		caller_enter(c);
		r = try_fault(s, c, region, va, error, &op, &recorded);
		caller_leave(c);
	}
	switch (r) {
	case TDP_OK:
		return recorded ? TDPVM_RETRY : -1;
	case TDP_SPURIOUS:
		c->stats.spurious++;
		return TDPVM_RETRY;
	case TDP_BUSY:
		c->stats.busy++;
		return TDPVM_RETRY;
	case TDP_RACE: /* if the guest still needs it, it will fault again */
		return TDPVM_RETRY;
	case TDP_PROTECTED:
		return TDPVM_PROTECTED;
	default:
		space_failed("tdp_fault", va, r);
		return -1;
	}
}

/* A fault at a device: the tree must hold its note, and the note says which device. */
static int fault_at_device(struct space *s, struct caller *c, const struct region *region, uint64_t va, uint64_t *device)
{
	struct tdp_op op = {.user = c};
	struct tdp_mapping m;

	caller_enter(c);
	enum tdp_result r = tdp_lookup(&s->tree, tdp_gpa_from_va(&s->layout, va), &m, &op);
	caller_leave(c);
	if (r != TDP_ABSENT || m.entry.kind != TDP_NOTE || m.entry.note != region->device) {
		space_failed("no note for the device", va, r);
		return -1;
	}
	*device = m.entry.note;
	return TDPVM_MMIO;
}

int space_fault(struct space *s, struct caller *c, uint64_t va, uint64_t error, uint64_t *device)
{
	const struct region *region = regions_find(s->regions, va);
	int verdict = TDPVM_HOLE;

	c->stats.faults++;
	if (error & PF_RESERVED) {
		problem("the processor met reserved bits on its way to %#" PRIx64, va);
		verdict = -1;
	} else if (region && region->page) {
		verdict = fault_in_memory(s, c, region, va, error);
	} else if (region) {
		verdict = fault_at_device(s, c, region, va, device);
	}
	if (verdict > 0)
		c->stats.refused[verdict]++;
	return verdict;
}

bool space_allow(struct space *s, struct caller *c, uint64_t va, uint64_t bytes, uint8_t prot)
{
	struct tdp_op op = {.cache = &c->cache, .user = c};
	const tdp_gpa_t gpa = tdp_gpa_from_va(&s->layout, va);
	const struct region *region = regions_find(s->regions, va);
	enum tdp_result r;

	notifier_begin(&s->notifier, gpa, bytes);
	/* A page that is not mapped yet takes its permission from here when it faults. */
	for (uint64_t at = 0; at < bytes; at += FRAME_4K)
		region_page(region, va + at)->prot = prot;
	do {
		caller_enter(c);
		r = tdp_set_attrs(&s->tree, gpa, bytes, space_attrs(prot), TDP_MASK_PROT, &op);
		caller_leave(c);
	} while (r == TDP_NOMEM && space_top_up(s, c, &op));
	notifier_end(&s->notifier);
	c->stats.allows += r >= 0;
	return r >= 0 || space_failed("tdp_set_attrs", va, r);
}
