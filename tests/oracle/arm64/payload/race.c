/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest stores on CPU 1 while CPU 0 collects what it has written, as a migration would: each named page is copied. Whatever the guest
 * stored must be in the copy, or the entry must still say dirty.
 *
 * Words: HARVESTS [DEFECT], the latter one of lib/core/broken.h in the test build.
 * A harvest is: collect the pages; collect a block of 2 MiB; make the pages old; close the block by collecting half of it. All but the
 * first change entries that are clean, where hardware may be setting Dirty at that very moment.
 * The machine's exit status: 0 nothing was lost, 1 something was, anything else: it did not come to that.
 */
#include "race.h"
#include "space.h"

enum { PAGES = 16, PAGE = 4096, BLOCK = 1 << 21, RANDOM = 88172645, STATUS_LOST = 1, STATUS_GUEST = 2 };
#define GUEST_PAGES   UINT64_C(0x80000000)
#define GUEST_BLOCK   UINT64_C(0xc0000000)
#define GUEST_CONTROL UINT64_C(0xa0000000)
#define HOST_PAGES    UINT64_C(0x50000000)
#define HOST_BLOCK    UINT64_C(0x50200000)
#define HOST_CONTROL  UINT64_C(0x50400000)

extern char guest_bursts[];

static struct space space;
static struct vcpu vcpu;
static uint64_t guest_done;
/* The copy: one number per page, and the block's. */
static uint64_t copy[PAGES + 1];
static uint64_t named_pages, lost;

static uint64_t load(uint64_t hpa)
{
	return __atomic_load_n((uint64_t *)hpa, __ATOMIC_ACQUIRE);
}

/* An abort of the guest's: only a closed block gives one here. */
static void resolve(void)
{
	struct tdp_op op = {0};
	enum tdp_result r;

	if (vcpu_class(&vcpu) == EC_DATA_ABORT && (vcpu.esr & ISS_WRITE)) {
		r = tdp_fault_fast(&space.tree, vcpu_ipa(&vcpu), TDP_WRITE, &op);
		if (r >= 0 || r == TDP_RACE || r == TDP_BUSY)
			return;
	}
	say("guest: ESR %x at IPA %x, PC %x\n", vcpu.esr, vcpu_ipa(&vcpu), vcpu.pc);
	quit(STATUS_GUEST);
}

static void cpu1(void)
{
	space_load(&space);
	for (guest_enter(&vcpu); vcpu_class(&vcpu) != EC_HVC; guest_enter(&vcpu))
		resolve();
	__atomic_store_n(&guest_done, 1, __ATOMIC_RELEASE);
	for (;;)
		BARRIER("wfi");
}

/* What the collection has said about a page is compared with its content: the content is read first, so a store is dirty by then. */
static void account(unsigned i, tdp_gpa_t gpa, uint64_t hpa, bool named)
{
	const uint64_t content = load(hpa);
	struct tdp_mapping m;

	named_pages += named;
	if (!named && content != copy[i]) {
		BARRIER("dsb sy");
		MUST(tdp_lookup(&space.tree, gpa, &m, NULL));
		if (m.entry.dirty)
			return;
		lost++;
	}
	copy[i] = content;
}

static void collect(tdp_gpa_t gpa, uint64_t size, uint64_t *words)
{
	const struct tdp_bitmap map = {.words = words, .base = gpa, .pages = size / PAGE, .page_lg2 = 12};

	MUST(tdp_dirty_arm(&space.tree, gpa, size, &map, NULL));
}

static void harvest(void)
{
	static uint64_t block[BLOCK / PAGE / 64], half[BLOCK / PAGE / 64];
	uint64_t pages = 0;

	collect(GUEST_PAGES, PAGES * PAGE, &pages);
	for (unsigned i = 0; i < PAGES; i++)
		account(i, GUEST_PAGES + i * PAGE, HOST_PAGES + i * PAGE, pages >> i & 1);
	block[0] = 0;
	collect(GUEST_BLOCK, BLOCK, block);
	account(PAGES, GUEST_BLOCK, HOST_BLOCK, block[0] & 1);
	MUST(tdp_age(&space.tree, GUEST_PAGES, PAGES * PAGE, true, NULL, NULL));
	collect(GUEST_BLOCK, BLOCK / 2, half);
}

static void prepare(void)
{
	space_init(&space, 40, SPACE_HW_DIRTY | SPACE_SHARED);
	if (!(space.layout.features & TDP_CAP_HW_D)) {
		say("this machine does not set Dirty\n");
		quit(STATUS_GUEST);
	}
	space_map_code(&space);
	space_map(&space, GUEST_PAGES, PAGES * PAGE, HOST_PAGES, TDP_RW);
	space_map(&space, GUEST_BLOCK, BLOCK, HOST_BLOCK, TDP_RW);
	space_map(&space, GUEST_CONTROL, PAGE, HOST_CONTROL, TDP_R);
	vcpu = (struct vcpu){.pc = (uint64_t)guest_bursts, .pstate = PSTATE_EL1};
	vcpu.x[0] = GUEST_PAGES;
	vcpu.x[2] = RANDOM;
	vcpu.x[3] = GUEST_CONTROL;
	vcpu.x[4] = PAGES - 1;
	vcpu.x[8] = GUEST_BLOCK;
}

void el2_main(void)
{
	const uint64_t harvests = number(argument(1));

	prepare();
	race_choose(argument(2));
	space_load(&space);
	if (!start_cpu(1, cpu1))
		quit(STATUS_GUEST);
	while (load(HOST_PAGES) == 0 || load(HOST_BLOCK) == 0)
		BARRIER("yield");
	for (uint64_t i = 0; i < harvests; i++) {
		harvest();
		BARRIER("yield");
	}
	__atomic_store_n((uint64_t *)HOST_CONTROL, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&guest_done, __ATOMIC_ACQUIRE))
		BARRIER("yield");
	harvest();
	say("harvests=%u stores=%u named=%u retries=%u lost=%u\n", harvests, vcpu.x[1], named_pages, race_retries(), lost);
	quit(lost ? STATUS_LOST : 0);
}
