/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The race. The second processor's guest stores to random pages and finds there what it stored last, or counts a stale page. Meanwhile the
 * first processor moves, unmaps, splits, promotes, ages and copies these pages. Frames that a page has left are poisoned and looked at
 * before they are used again; the copy is kept up to date by the dirty log alone, and must be equal in the end.
 */
#include "parts.h"

#include "breaks.h"
#include "grace.h"

#define DATA_BYTES (UINT64_C(GUEST_PAGES) * PAGE)
#define HALF_BYTES (DATA_BYTES / 2)
#define POISON	   UINT64_C(0xdeadbeefdeadbeef)
#define COPY_START (FRAMES_START + 2 * DATA_BYTES)
#define ENDLESS	   (UINT64_C(1) << 60)
enum {
	HALF = GUEST_PAGES / 2,
	SPARES = 256,
	MOST_UNMAPPED = 64,
	STEPS = 500,
	STEPS_BOCHS = 200,
	STORES_PER_STEP = 200,
	LOOKS = 2000
};

static struct {
	struct vm vm;
	uint64_t frames[HALF];
	uint64_t spares[SPARES]; /* a ring: the frame that was left longest ago comes next */
	unsigned next_spare;
	uint64_t random, expected_left;
	uint64_t moves, unmaps, splits, promotions, scans, collections, copied;
	uint64_t strayed, lost, unlogged; /* what must be 0 */
} run;

/* ---- pages that move ---- */

static void poison(uint64_t frame)
{
	for (uint64_t *word = ADDRESS(frame); word < (uint64_t *)ADDRESS(frame + PAGE); word++)
		*word = POISON;
}

static bool poisoned(uint64_t frame)
{
	for (const uint64_t *word = ADDRESS(frame); word < (uint64_t *)ADDRESS(frame + PAGE); word++)
		if (*word != POISON)
			return false;
	return true;
}

/*
 * Nobody maps the page from here on, and who had begun has finished; writes are kept out; copy; the new place. The guest waits at the page, if
 * it comes there, by faulting again and again.
 */
static void move(unsigned page)
{
	const tdp_gpa_t gpa = GUEST_DATA + (uint64_t)page * PAGE;
	const uint64_t old = run.frames[page], new = run.spares[run.next_spare];
	const struct tdp_attrs all = {.prot = TDP_RWX}, quiet = {.prot = TDP_RX};
	enum tdp_result result;

	run.strayed += !poisoned(new);
	__atomic_store_n(&run.frames[page], old | FRAME_MOVES, __ATOMIC_SEQ_CST);
	grace_wait();
	vm_announce();
	vm_must(tdp_set_attrs(&run.vm.tree, gpa, PAGE, quiet, TDP_MASK_PROT, NULL), "tdp_set_attrs");
	memcpy(ADDRESS(new), ADDRESS(old), PAGE);
	result = tdp_replace(&run.vm.tree, gpa, PAGE, old, new, all, NULL);
	if (result != TDP_ABSENT) /* then it is unmapped, and will fault in from its new place */
		vm_must(result, "tdp_replace");
	poison(old);
	run.spares[run.next_spare] = old;
	run.next_spare = (run.next_spare + 1) % SPARES;
	__atomic_store_n(&run.frames[page], new, __ATOMIC_SEQ_CST);
	run.moves++;
}

/* ---- the other half, and both ---- */

static bool second_half(void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out)
{
	(void)arg;
	*out = (struct tdp_backing){.hpa = GUEST_RAM + gpa, .size = size, .attrs = {.prot = TDP_RWX}};
	return true;
}

static void split(void)
{
	struct tdp_op op = {.cache = vm_tables(&run.vm, TDP_FAULT_TABLES)};

	run.splits += tdp_split(&run.vm.tree, GUEST_DATA + HALF_BYTES, HALF_BYTES, 0, &op) == TDP_OK;
}

static void promote(void)
{
	struct tdp_op op = {0};

	run.promotions += tdp_promote(&run.vm.tree, GUEST_DATA + HALF_BYTES, HALF_BYTES, 1, second_half, NULL, &op) == TDP_OK;
}

static void unmap(void)
{
	const uint64_t pages = 1 + random_next(&run.random) % MOST_UNMAPPED;
	const uint64_t first = random_next(&run.random) % (GUEST_PAGES - pages);
	struct tdp_op op = {.cache = vm_tables(&run.vm, TDP_FAULT_TABLES)};

	vm_must(tdp_zap(&run.vm.tree, GUEST_DATA + first * PAGE, pages * PAGE, &op), "tdp_zap");
	run.unmaps++;
}

static void scan(void)
{
	vm_must(tdp_age(&run.vm.tree, GUEST_DATA, DATA_BYTES, true, NULL, NULL), "tdp_age");
	run.scans++;
}

/* Copy what the log names: what tdp_dirty_arm() finds, and what was reported as it went away. */
static void collect(void)
{
	uint64_t named[GUEST_PAGES / 64] = {0};
	const struct tdp_bitmap out = {.words = named, .base = GUEST_DATA, .pages = GUEST_PAGES, .page_lg2 = 12};

	vm_must(tdp_dirty_arm(&run.vm.tree, GUEST_DATA, DATA_BYTES, &out, NULL), "tdp_dirty_arm");
	for (unsigned p = 0; p < GUEST_PAGES; p++) {
		if (p % 64 == 0)
			named[p / 64] |= __atomic_exchange_n(&run.vm.written[p / 64], 0, __ATOMIC_RELAXED);
		if (!(named[p / 64] >> p % 64 & 1))
			continue;
		memcpy(ADDRESS(COPY_START + (uint64_t)p * PAGE), vm_host(&run.vm, GUEST_DATA + (uint64_t)p * PAGE), PAGE);
		run.copied++;
	}
	run.collections++;
}

/* ---- the course of it ---- */

/* On the second processor. */
static void guest_job(void *arg)
{
	struct vm *vm = arg;

	vm_load(vm, false);
	vm_work(vm, guest_store, ENDLESS);
}

static uint64_t stores(void)
{
	return ENDLESS - *(volatile uint64_t *)&vm_orders(&run.vm)->times;
}

/* The guest must have its share of time between two steps, whatever else this machine's host does. */
static void let_guest_go(void)
{
	const uint64_t *left = &vm_orders(&run.vm)->times, until = *left - STORES_PER_STEP;

	for (unsigned looks = 0; __atomic_load_n(left, __ATOMIC_RELAXED) > until; looks++) {
		if (looks < LOOKS)
			cpu_pause();
		else
			cpus_nap();
	}
}

static void step(void)
{
	const unsigned what = random_next(&run.random) >> 32 & 63;

	if (what >= 12) {
		move((unsigned)(random_next(&run.random) % HALF));
		return;
	}
	vm_announce();
	switch (what) {
	case 0 ... 3:
		split();
		break;
	case 4 ... 7:
		promote();
		break;
	case 8 ... 9:
		unmap();
		break;
	case 10:
		scan();
		break;
	default:
		collect();
	}
}

/* The guest is out for good. It may have left between a store to a page and the one to its journal: then that page alone is ahead by one. */
static void judge(void)
{
	bool between = false;

	collect();
	for (uint64_t p = 0; p < GUEST_PAGES; p++) {
		const uint64_t *page = vm_host(&run.vm, GUEST_DATA + p * PAGE);
		const uint64_t ahead = *page - ((uint64_t *)vm_host(&run.vm, GUEST_JOURNAL))[p];

		if (ahead == 1 && !between)
			between = true;
		else
			run.lost += ahead != 0;
		run.unlogged += memcmp(page, ADDRESS(COPY_START + p * PAGE), PAGE) != 0;
	}
	for (unsigned i = 0; i < SPARES; i++)
		run.strayed += !poisoned(run.spares[i]);
}

static void report(const struct form *form, const struct guest_orders *orders)
{
	const struct fault_counts *f = &run.vm.faults;

	say("race, %s: moves %lu, unmaps %lu, splits %lu, promotions %lu, agings %lu, collections %lu (%lu pages)\n", form->name,
	    run.moves, run.unmaps, run.splits, run.promotions, run.scans, run.collections, run.copied);
	say("  guest: stores %lu, faults %lu (fast %lu, spurious %lu, page moving %lu, entry busy %lu, race lost %lu)\n", stores(),
	    f->all, f->fast, f->spurious - f->moving, f->moving, f->busy, f->lost);
	say("  flushes %lu, kicks %lu\n", run.vm.flushes, cpus_kicks);
	say("  stale reads %lu, stores to frames that were left %lu, stores lost %lu, pages missed by the log %lu\n", orders->stale,
	    run.strayed, run.lost, run.unlogged);
	if (orders->stale)
		machine_fail("with %s broken the second processor's guest saw stale memory: at %lx %lx instead of %lx",
			     break_name(), orders->stale_at, orders->stale_seen, orders->stale_wanted);
	if (run.strayed || run.lost || run.unlogged)
		machine_fail("with %s broken the guest's memory is wrong", break_name());
}

void race(const struct form *form)
{
	const uint64_t steps = machine_number("steps", machine_is_bochs() ? STEPS_BOCHS : STEPS);

	memset(&run, 0, sizeof(run));
	cpus_kicks = 0;
	run.random = machine_seed();
	vm_open(&run.vm, form, 0);
	give_data(&run.vm, run.frames);
	memset(ADDRESS(COPY_START), 0, DATA_BYTES);
	for (unsigned p = 0; p < GUEST_PAGES; p++)
		run.vm.written[p / 64] = ~UINT64_C(0);
	for (unsigned i = 0; i < SPARES; i++) {
		run.spares[i] = FRAMES_START + DATA_BYTES + (uint64_t)i * PAGE;
		poison(run.spares[i]);
	}
	cpus_do(guest_job, &run.vm);
	for (uint64_t s = 0; s < steps; s++) {
		step();
		grace_poll();
		let_guest_go();
	}
	cpus_stop();
	judge();
	report(form, vm_orders(&run.vm));
	vm_close(&run.vm);
}
