/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages of the guest move to other frames while it runs. In two ways: one that never takes the page away for longer than a flush takes,
 * and one that unmaps it and lets the guest's next access find it. Now and then a whole table goes, or pages grow old.
 */
#include "move.h"

#include "frames.h"
#include "guest.h"
#include "options.h"
#include "pool.h"
#include "report.h"
#include "stage2.h"
#include "unrest.h"
#include "verdict.h"

enum { PATIENCE = 2000, LAG = 64, TRIES = 256, DROP_EVERY = 512, AGE_EVERY = 16, REGION = 512 * PAGE_SIZE };

static uint64_t moved, passed, replaced, dropped, aged;
static const struct tdp_attrs all = {.prot = TDP_RWX, .memtype = TDP_MT_WB}, no_writes = {.prot = TDP_RX, .memtype = TDP_MT_WB};

static uint64_t owed(void)
{
	return __atomic_load_n(&guest_counts.memory, __ATOMIC_RELAXED) / options.every;
}

static uint64_t done(void)
{
	return __atomic_load_n(&moved, __ATOMIC_RELAXED) + __atomic_load_n(&passed, __ATOMIC_RELAXED);
}

void move_after_fault(void)
{
	if (options.mode != MODE_MIGRATE)
		return;
	while (owed() > done() + LAG && !unrest_is_ending())
		BARRIER("yield");
}

/* Some page that is mapped; false if none was found: then a round is passed. */
static bool pick(uint64_t *page)
{
	struct tdp_mapping m;

	for (unsigned i = 0; i < TRIES; i++) {
		*page = unrest_random(frames_pages());
		if (tdp_lookup(&stage2, GUEST_BASE + *page * PAGE_SIZE, &m, NULL) == TDP_OK)
			return true;
	}
	return false;
}

static void copy(uint64_t to, uint64_t from)
{
	if (omission != OMIT_COPY)
		frames_copy(to, from);
}

/* The guest may read all the time; a write meanwhile waits for the page's lock and finds the new frame. */
static void move_in_place(uint64_t page, uint64_t to)
{
	const uint64_t gpa = GUEST_BASE + page * PAGE_SIZE, from = frames_of(page);
	enum tdp_result r;

	if (omission != OMIT_WRITE_PROTECT)
		MUST(tdp_set_attrs(&stage2, gpa, PAGE_SIZE, no_writes, TDP_MASK_PROT, NULL));
	copy(to, from);
	if (omission == OMIT_BREAK)
		frames_move(page, to);
	do
		r = tdp_replace(&stage2, gpa, PAGE_SIZE, from, to, all, NULL);
	while (r == TDP_BUSY);
	MUST(r);
	if (omission != OMIT_BREAK)
		frames_move(page, to);
	replaced++;
}

/* Break, copy, and leave the make to the guest's next fault. */
static void move_away(uint64_t page, uint64_t to)
{
	const uint64_t gpa = GUEST_BASE + page * PAGE_SIZE, from = frames_of(page);

	if (omission == OMIT_BREAK || omission == OMIT_WRITE_PROTECT)
		copy(to, from);
	if (omission == OMIT_BREAK)
		frames_move(page, to);
	MUST(tdp_zap(&stage2, gpa, PAGE_SIZE, NULL));
	if (omission != OMIT_BREAK && omission != OMIT_WRITE_PROTECT)
		copy(to, from);
	if (omission != OMIT_BREAK)
		frames_move(page, to);
}

static bool move_one(void)
{
	uint64_t page, to;

	if (!pick(&page))
		return false;
	to = frames_take();
	if (!to)
		return false;
	frames_lock(page);
	if (unrest_random(2))
		move_in_place(page, to);
	else
		move_away(page, to);
	frames_unlock(page);
	return true;
}

void move_round(void)
{
	const uint64_t region = GUEST_BASE + unrest_random(frames_pages() * PAGE_SIZE / REGION) * REGION;

	if (owed() <= done())
		unrest_pause(PATIENCE);
	if (!move_one()) {
		__atomic_fetch_add(&passed, 1, __ATOMIC_RELAXED);
		return;
	}
	__atomic_fetch_add(&moved, 1, __ATOMIC_RELAXED);
	if (moved % AGE_EVERY == 0) {
		MUST(tdp_age(&stage2, region, REGION, true, NULL, NULL));
		aged++;
	}
	/* No frame changes, only the table goes, behind a grace period: the guest faults its pages in again. */
	if (moved % DROP_EVERY == 1) {
		MUST(tdp_zap(&stage2, region, REGION, NULL));
		dropped++;
	}
}

bool move_finish(void)
{
	const uint64_t stale = frames_stale();

	say("[hv] moved %u pages, %u of them in place; %u tables dropped, %u times 2 MiB aged; %u rounds found no page\n", moved,
	    replaced, dropped, aged, passed);
	say("[hv] frames written to after their page had moved away: %u%s\n", stale, stale ? "  WRONG" : "");
	report_add("moved", moved);
	report_add("replaced", replaced);
	report_add("dropped", dropped);
	report_add("stale", stale);
	if (moved >= options.moves)
		return stale == 0;
	say("[hv] fewer than the %u moves that were asked for  WRONG\n", options.moves);
	return false;
}
