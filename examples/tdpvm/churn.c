/* SPDX-License-Identifier: BSD-2-Clause */
/* Moves pages that the guest writes to, by tdp_replace(), and unmaps short ranges. */
#include "unrest.h"
#include "vm.h"

enum {
	BATCH = 4,	 /* pages moved at a time */
	ROUNDS_MIN = 40, /* at least, however slow this machine is */
	ROUNDS_MAX = 400,
	MILLISECONDS = 1500, /* not much longer, if it had its minimum */
	PAUSE = 500000,	     /* nanoseconds between two rounds */
	NEAR = 512,	     /* pages that a batch is picked from: faults on them have to wait for it */
	ZAP_PAGES = 64	     /* the longest range that is unmapped */
};

/* Whether all of what would move is mapped. */
static bool all_mapped(const struct move *move)
{
	for (uint64_t at = 0; at < move->bytes; at += FRAME_4K)
		if (!region_page(move->region, move->va + at)->mapped)
			return false;
	return true;
}

/* Move a few pages; one flush keeps writes out of all of them. Half of the time it is pages that the vCPUs write to all the time. */
static bool move_some(struct unrest *u)
{
	struct vm *vm = u->vm;
	const bool hot = unrest_pick(u, 2);
	const struct region *region = vm->data[hot ? 0 : unrest_pick(u, 2)];
	const uint64_t first = hot ? 0 : unrest_pick(u, region->pages) / NEAR * NEAR;
	const uint64_t near = hot ? vm->vcpus.count : region->pages - first < NEAR ? region->pages - first : NEAR;
	struct move batch[BATCH];
	unsigned count = 0;

	for (unsigned i = 0; i < BATCH; i++) {
		if (!unrest_claim(u, region, first + unrest_pick(u, near), &batch[count]))
			continue;
		if (all_mapped(&batch[count])) {
			count++;
		} else {
			frames_give_back(&vm->frames, batch[count].to, batch[count].bytes);
			unrest_give_back(&batch[count], 1);
		}
	}
	bool ok = !count || space_move(&vm->space, &u->caller, batch, count);
	unrest_give_back(batch, count);
	return ok;
}

/* Unmap a range; the guest faults it back in. */
static bool zap_some(struct unrest *u)
{
	const struct region *region = u->vm->data[unrest_pick(u, 2)];
	const struct span span = unrest_span(u, region, ZAP_PAGES);

	return space_zap(&u->vm->space, &u->caller, &span, 1, 0);
}

/* See unrest_fn. */
static bool churn_round(struct unrest *u)
{
	return move_some(u) && (u->rounds % 4 || zap_some(u));
}

void churn_open(struct unrest *u, struct vm *vm)
{
	const unsigned chaos = vm->options->chaos;

	unrest_open(u, vm, TDPVM_MAX_VCPUS, churn_round);
	u->rounds_min = ROUNDS_MIN;
	u->milliseconds = chaos ? chaos * 1000ull : MILLISECONDS;
	if (!chaos)
		u->rounds_max = ROUNDS_MAX;
	u->pause = PAUSE;
}
