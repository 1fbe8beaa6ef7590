/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The zapper of --chaos: unmaps ranges of any size, up to upper tables, which then go through RCU; lets pages come back elsewhere; maps
 * ranges while the vCPUs fault on them. It keeps off nothing but the pages that churn.c is moving at that moment.
 */
#include "unrest.h"
#include "vm.h"

enum {
	ROUNDS_MIN = 60, /* at least, however slow this machine is */
	PAUSE = 1000000, /* nanoseconds between two rounds */
	SPANS = 4,	 /* with one flush */
	ZAP_PAGES = 64,	 /* the longest of these */
	TABLES = 4,	 /* leaf tables in a row */
	MOVES = 16,	 /* pages of a range that come back elsewhere */
	REMAP_PAGES = 512,
	LEAF_TABLE = 21, /* log2 of what a leaf table covers; each level up adds a factor of 512 */
	LEVEL = 9,
	LEVELS = 3
};

/* Half of the time, map the beginning of a range again, while the vCPUs do the same. */
static bool remap_some(struct unrest *u, struct span span)
{
	if (span.va < span.region->va) {
		span.bytes -= span.region->va - span.va;
		span.va = span.region->va;
	}
	if (span.bytes > REMAP_PAGES * FRAME_4K)
		span.bytes = REMAP_PAGES * FRAME_4K;
	return unrest_pick(u, 2) || space_remap(&u->vm->space, &u->caller, &span);
}

/* Some data. */
static const struct region *some_region(struct unrest *u)
{
	return u->vm->data[unrest_pick(u, 2)];
}

/* Unmap several ranges with one flush. */
static bool zap_spans(struct unrest *u)
{
	struct span span[SPANS];
	const unsigned count = 1 + (unsigned)unrest_pick(u, SPANS);

	for (unsigned i = 0; i < count; i++)
		span[i] = unrest_span(u, some_region(u), ZAP_PAGES);
	return space_zap(&u->vm->space, &u->caller, span, count, 0) && remap_some(u, span[0]);
}

/* What some table of a random level covers, where there is nothing but data; of leaf tables a few in a row. */
static struct span table_span(struct unrest *u)
{
	const struct region *region = some_region(u);
	const uint64_t va = region->va + unrest_pick(u, region->pages) * FRAME_4K;
	unsigned shift = LEAF_TABLE;
	struct span span;

	while (shift < LEAF_TABLE + (LEVELS - 1) * LEVEL && unrest_pick(u, 4) == 0)
		shift += LEVEL;
	for (;; shift -= LEVEL) {
		span = (struct span){.region = region, .va = va & ~((1ull << shift) - 1), .bytes = 1ull << shift};
		if (shift == LEAF_TABLE || regions_alone(&u->vm->regions, region, span.va, span.bytes))
			break;
	}
	if (shift == LEAF_TABLE && regions_alone(&u->vm->regions, region, span.va, TABLES * span.bytes))
		span.bytes *= 1 + unrest_pick(u, TABLES);
	return span;
}

/* Unmap whole tables. They go at once, or stay empty until a sweep finds them, unless somebody maps there first. */
static bool zap_tables(struct unrest *u, bool sweep)
{
	struct space *s = &u->vm->space;
	const struct span span = table_span(u);

	u->caller.stats.table_zaps++;
	if (!space_zap(s, &u->caller, &span, 1, sweep ? TDP_ZAP_LEAVES : 0))
		return false;
	if (sweep && !space_trim(s, &u->caller, &span))
		return false;
	return remap_some(u, span);
}

/* Unmap a range; some of its pages come back elsewhere. */
static bool move_some(struct unrest *u)
{
	const struct span span = unrest_span(u, some_region(u), ZAP_PAGES);
	const uint64_t page = (span.va - span.region->va) / FRAME_4K, pages = span.bytes / FRAME_4K;
	struct move move[MOVES];
	unsigned count = 0;

	for (unsigned i = 0; i < MOVES; i++)
		count += unrest_claim(u, span.region, page + unrest_pick(u, pages), &move[count]);
	bool ok = space_move_unmapped(&u->vm->space, &u->caller, &span, move, count);
	unrest_give_back(move, count);
	return ok && remap_some(u, span);
}

/* See unrest_fn. */
static bool chaos_round(struct unrest *u)
{
	switch (unrest_pick(u, 8)) {
	case 0:
	case 1:
		return zap_tables(u, false);
	case 2:
		return zap_tables(u, true);
	case 3:
	case 4:
		return zap_spans(u);
	default:
		return move_some(u);
	}
}

void chaos_open(struct unrest *u, struct vm *vm)
{
	unrest_open(u, vm, TDPVM_MAX_VCPUS + 1, chaos_round);
	u->rounds_min = ROUNDS_MIN;
	u->milliseconds = vm->options->chaos * 1000ull;
	u->pause = PAUSE;
}
