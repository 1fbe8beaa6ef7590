/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the host does to mapped memory while the guest runs, two: pages move to other frames. In both ways faults are kept out from
 * before the copy until the page is known to lie in its new frame: a fault in between would map the old one again, write to it, and
 * the write would stay behind.
 */
#include "problem.h"
#include "space.h"

#include <sched.h>
#include <string.h>
#include <time.h>

enum {
	PAUSE = 100000 /* nanoseconds between copy and replacement */
};

/* The tree's address of a page. */
static tdp_gpa_t gpa_of(const struct space *s, const struct move *move)
{
	return tdp_gpa_from_va(&s->layout, move->va);
}

/* Where a page lies now. */
static uint64_t frame_of(const struct move *move)
{
	return region_page(move->region, move->va)->frame * FRAME_4K;
}

/*
 * Wait until nobody uses a page that the zapper has unmapped. That it is absent does not say so: the zapper's flush may still be to come.
 * But a zap that finds it absent flushes for whoever owes it.
 */
static bool make_sure_it_is_gone(struct space *s, struct caller *c, const struct move *move)
{
	const struct span span = {.region = move->region, .va = move->va, .bytes = move->bytes};

	return space_unmap(s, c, &span, 1, 0);
}

/* Keep writes out of a page. The flush waits in the gather: one kick serves all pages of a batch. */
static bool seal(struct space *s, struct caller *c, const struct move *move, struct tdp_gather *gather)
{
	struct tdp_op op = {.cache = &c->cache, .gather = gather, .user = c};
	enum tdp_result r;

	do {
		caller_enter(c);
		r = tdp_set_attrs(&s->tree, gpa_of(s, move), move->bytes, space_attrs(TDP_R), TDP_MASK_PROT, &op);
		caller_leave(c);
	} while (r == TDP_NOMEM && space_top_up(s, c, &op));
	if (r < 0)
		return space_failed("tdp_set_attrs", move->va, r);
	return op.changed == move->bytes || make_sure_it_is_gone(s, c, move);
}

/* Copy a page that nobody writes to. */
static void copy(const struct space *s, const struct move *move)
{
	memcpy(s->frames->ram + move->to, s->frames->ram + frame_of(move), move->bytes);
}

/* From now on the page lies in its new frame. Nobody uses the old one any more: put it to rest. */
static void record_moved(struct space *s, struct caller *c, const struct move *move)
{
	const uint64_t from = frame_of(move);

	for (uint64_t at = 0; at < move->bytes; at += FRAME_4K)
		region_page(move->region, move->va + at)->frame = (uint32_t)((move->to + at) / FRAME_4K);
	frames_retire(s->frames, from, move->bytes);
	c->stats.moves++;
	c->stats.moved += move->bytes;
}

/* Let the guest see the copy, if it is mapped at all. */
static enum tdp_result replace(struct space *s, struct caller *c, const struct move *move)
{
	struct tdp_op op = {.cache = &c->cache, .user = c};
	const uint8_t prot = region_page(move->region, move->va)->prot;
	enum tdp_result r;

	do {
		caller_enter(c);
		r = tdp_replace(&s->tree, gpa_of(s, move), move->bytes, frame_of(move), move->to, space_attrs(prot), &op);
		caller_leave(c);
		if (r == TDP_BUSY)
			sched_yield();
	} while (r == TDP_BUSY || (r == TDP_NOMEM && space_top_up(s, c, &op)));
	return r;
}

/* Put a copied page in the place of the old one. */
static bool transfer(struct space *s, struct caller *c, const struct move *move)
{
	enum tdp_result r = replace(s, c, move);

	if (r < 0 && r != TDP_ABSENT)
		return space_failed("tdp_replace", move->va, r);
	if (r == TDP_ABSENT && !make_sure_it_is_gone(s, c, move))
		return false;
	record_moved(s, c, move);
	return true;
}

bool space_move(struct space *s, struct caller *c, const struct move *move, unsigned count)
{
	struct tdp_gather gather = {0};
	bool ok = true;

	for (unsigned i = 0; i < count; i++)
		notifier_begin(&s->notifier, gpa_of(s, &move[i]), move[i].bytes);
	for (unsigned i = 0; i < count && ok; i++)
		ok = seal(s, c, &move[i], &gather);
	/* From here on no vCPU writes to any of them, through whatever it may have cached. */
	caller_enter(c);
	tdp_gather_flush(&gather, c);
	caller_leave(c);
	for (unsigned i = 0; i < count && ok; i++)
		copy(s, &move[i]);
	/* A write that slipped through all the same would be lost with the old frame: give it time to happen. */
	nanosleep(&(struct timespec){.tv_nsec = PAUSE}, NULL);
	for (unsigned i = 0; i < count && ok; i++)
		ok = transfer(s, c, &move[i]);
	for (unsigned i = 0; i < count; i++)
		notifier_end(&s->notifier);
	return ok;
}

bool space_move_unmapped(struct space *s, struct caller *c, const struct span *span, const struct move *move, unsigned count)
{
	notifier_begin(&s->notifier, tdp_gpa_from_va(&s->layout, span->va), span->bytes);
	/* Faults that looked a frame up before this are over, and what they mapped goes now. Later ones have to look again. */
	bool ok = space_unmap(s, c, span, 1, 0);
	c->stats.zaps++;
	for (unsigned i = 0; i < count && ok; i++) {
		copy(s, &move[i]);
		record_moved(s, c, &move[i]);
	}
	notifier_end(&s->notifier);
	return ok;
}
