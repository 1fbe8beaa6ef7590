/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages go elsewhere; see move.h. Two ways. In place: writes are kept out, the page is copied, the entry changes its address while the guest
 * goes on reading. Unmapped: the entry goes, the page is copied, the guest's next touch maps it at its new place.
 */
#include "move.h"

#include "log.h"
#include "memory.h"
#include "options.h"
#include "report.h"
#include "touched.h"

enum { TRIES = 16, MOVES_PER_AGING = 1024, BLOCK_IN = 4, HOME_IN = 64, HUGE_LEVEL = 1 };
#define ENTRY_WRITABLE UINT64_C(2)

static const struct tdp_attrs rwx = {.prot = TDP_RWX}, rx = {.prot = TDP_RX};

static uint64_t choose(uint64_t below)
{
	return random_next(&options.seed) % below;
}

/* What maps a page now. Whether anything does. */
static bool look(uint64_t gfn, struct tdp_mapping *out)
{
	const enum tdp_result r = tdp_lookup(&tree, gfn * PAGE, out, NULL);

	if (r != TDP_ABSENT)
		tree_must(r, "tdp_lookup", gfn * PAGE);
	return r == TDP_OK;
}

/* A page that the guest has used lately, if a few tries find one. */
static uint64_t pick(struct tdp_mapping *m, bool *mapped)
{
	uint64_t gfn = 0;

	for (unsigned i = 0; i < TRIES; i++) {
		gfn = touched_page((unsigned)choose(touched_count()));
		*mapped = look(gfn, m);
		if (*mapped && m->entry.accessed)
			break;
	}
	return gfn;
}

/* Long enough for the guest to write something. */
static void dawdle(void)
{
	for (volatile unsigned i = 0; i < 20000; i++)
		;
}

/* What comes before the first and behind the last call that takes something away from the guest. */
static void begin(uint64_t to, uint64_t from, enum caller who)
{
	if (breaks(BREAK_COPY_EARLY)) {
		page_copy(to, from);
		dawdle();
	}
	if (breaks(BREAK_KICK_EARLY)) {
		guest_flush(who);
		flush_muted = true;
	}
}

static void copy(uint64_t to, uint64_t from)
{
	if (!breaks(BREAK_COPY_EARLY) && !breaks(BREAK_NO_COPY))
		page_copy(to, from);
}

static void end(uint64_t gfn, uint64_t to, uint64_t from)
{
	flush_muted = false;
	page_move(gfn, to);
	frame_give(from);
	report.moves++;
}

/*
 * The guest may read the page all the time, and write to it again when it is at its new place: at once or, if writes are logged by write
 * protection, by a fault.
 */
static void replace(uint64_t gpa, uint64_t size, uint64_t from, uint64_t to, enum caller who)
{
	const bool closed = log_is_on() && !options.by_flag;
	struct tdp_op op = tree_op(who, 0);

	tree_must(tdp_replace(&tree, gpa, size, from, to, closed ? rx : rwx, &op), "tdp_replace", gpa);
	if (!closed)
		return;
	op = tree_op(who, log_flag());
	tree_must(tdp_set_attrs(&tree, gpa, size, rwx, TDP_MASK_PROT, &op), "tdp_set_attrs", gpa);
	if (breaks(BREAK_MOVE_OPENS))
		__atomic_fetch_or(tree_entry(gpa), ENTRY_WRITABLE, __ATOMIC_SEQ_CST);
}

static void move_in_place(uint64_t gfn, enum caller who)
{
	const uint64_t gpa = gfn * PAGE, from = page_hpa(gfn), to = frame_take();
	struct tdp_op op = tree_op(who, 0);

	begin(to, from, who);
	tree_must(tdp_protect(&tree, gpa, PAGE, &op), "tdp_protect", gpa);
	copy(to, from);
	replace(gpa, PAGE, from, to, who);
	end(gfn, to, from);
	report.replaced++;
}

static void move_unmapped(uint64_t gfn, enum caller who)
{
	const uint64_t gpa = gfn * PAGE, from = page_hpa(gfn), to = frame_take();
	struct tdp_op op = tree_op(who, 0);

	begin(to, from, who);
	tree_must(tdp_zap(&tree, gpa, PAGE, &op), "tdp_zap", gpa);
	copy(to, from);
	end(gfn, to, from);
	report.zapped++;
}

/* All pages of a region, one behind the other. */
static void region_move(uint64_t region, uint64_t to)
{
	for (uint64_t i = 0; i < BLOCK_PAGES; i++) {
		const uint64_t gfn = region * BLOCK_PAGES + i, from = page_hpa(gfn);

		page_move(gfn, to + i * PAGE);
		frame_give(from);
		report.moves++;
	}
}

/* A leaf of 2 MiB goes elsewhere as it is. */
static void move_leaf(uint64_t region, enum caller who)
{
	const uint64_t gpa = region * BLOCK, from = page_hpa(region * BLOCK_PAGES);
	struct tdp_op op = tree_op(who, 0);
	uint64_t to;

	if (!block_take(&to))
		return;
	tree_must(tdp_protect(&tree, gpa, BLOCK, &op), "tdp_protect", gpa);
	for (uint64_t i = 0; i < BLOCK; i += PAGE)
		copy(to + i, from + i);
	replace(gpa, BLOCK, from, to, who);
	region_move(region, to);
	report.blocks++;
}

/* One page of a region that comes together: in place if it is mapped, else it is mapped now. */
static void gather_page(uint64_t gfn, uint64_t to, enum caller who)
{
	struct tdp_op op = tree_op(who, 0);
	struct tdp_mapping m;

	if (look(gfn, &m))
		replace(gfn * PAGE, PAGE, page_hpa(gfn), to, who);
	else
		tree_must(tdp_map(&tree, gfn * PAGE, PAGE, to, rwx, &op), "tdp_map", gfn * PAGE);
}

/* The pages of a region, wherever they have gone, come together in a block, and their table becomes a leaf under the running guest. */
static void bring_together(uint64_t region, enum caller who)
{
	const uint64_t gpa = region * BLOCK;
	struct tdp_op op = tree_op(who, 0);
	struct tdp_stats stats = {0};
	uint64_t to;

	if (log_is_on() || !block_take(&to))
		return;
	tree_must(tdp_protect(&tree, gpa, BLOCK, &op), "tdp_protect", gpa);
	for (uint64_t i = 0; i < BLOCK_PAGES; i++)
		copy(to + i * PAGE, page_hpa(region * BLOCK_PAGES + i));
	for (uint64_t i = 0; i < BLOCK_PAGES; i++)
		gather_page(region * BLOCK_PAGES + i, to + i * PAGE, who);
	region_move(region, to);
	op = tree_op(who, 0);
	op.stats = &stats;
	tree_must(tdp_promote(&tree, gpa, BLOCK, HUGE_LEVEL, NULL, NULL, &op), "tdp_promote", gpa);
	if (stats.promoted != 1)
		machine_fail("512 pages in one block were not promoted");
	report.promoted++;
	report.homes++;
}

static void split(uint64_t gpa, enum caller who)
{
	struct tdp_op op = tree_op(who, 0);

	tree_must(tdp_split(&tree, gpa / BLOCK * BLOCK, BLOCK, 0, &op), "tdp_split", gpa);
	report.split++;
}

/* From time to time nothing counts as used lately. */
static void age(enum caller who)
{
	struct tdp_op op = tree_op(who, 0);

	if (report.moves % MOVES_PER_AGING == 0)
		tree_must(tdp_age(&tree, 0, GUEST_SIZE, true, NULL, &op), "tdp_age", 0);
}

void move_something(enum caller who)
{
	struct tdp_mapping m;
	uint64_t gfn;
	bool mapped;

	if (touched_count() == 0)
		return;
	gfn = pick(&m, &mapped);
	if (mapped && m.entry.level > 0) {
		if (choose(BLOCK_IN) == 0) {
			move_leaf(gfn / BLOCK_PAGES, who);
			return;
		}
		split(gfn * PAGE, who);
	} else if (options.huge && gfn >= BLOCK_PAGES && choose(HOME_IN) == 0) {
		bring_together(gfn / BLOCK_PAGES, who);
		return;
	}
	if (mapped && choose(2))
		move_in_place(gfn, who);
	else
		move_unmapped(gfn, who);
	age(who);
}

void move_forget(void)
{
	struct tdp_op op = tree_op(GUESTS_PROCESSOR, 0);

	tree_must(tdp_zap(&tree, 0, GUEST_SIZE, &op), "tdp_zap", 0);
	report.forgotten++;
}
