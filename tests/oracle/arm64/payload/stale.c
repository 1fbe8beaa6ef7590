/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest on CPU 1 loads through one of its tables, over and over. CPU 0 moves that table to another host page with tdp_replace(). Once
 * the call has returned no load may go the old way.
 *
 * Words: ROUNDS VARIANT. The variant says what the flush hook forgets; "" is the right one. The machine's exit status: 0 if no load went
 * the old way, 1 if one did.
 */
#include "stage1.h"

enum { STATUS_STALE = 1, STATUS_GUEST = 2, STATUS_NO_VARIANT = 3 };

extern char guest_watch[];

static struct space space;
static struct vcpu vcpu;
static uint64_t go, returned, faults;

/* Stage 2 of one page, and then whatever combines both stages. */
static void invalidate(bool stage2, uint64_t page, bool stage1)
{
	BARRIER("dsb ishst");
	if (stage2) {
		TLB_INVALIDATE_IPA("ipas2e1is", page >> 12);
		BARRIER("dsb ish");
	}
	if (stage1) {
		TLB_INVALIDATE("vmalle1is");
		BARRIER("dsb ish");
	}
	BARRIER("isb");
}

static void flush_nothing(const struct tdp_flush *f)
{
	invalidate(false, f->gpa, false);
}

static void flush_stage2_only(const struct tdp_flush *f)
{
	invalidate(true, f->gpa, false);
}

static void flush_stage1_only(const struct tdp_flush *f)
{
	invalidate(false, f->gpa, true);
}

static void flush_neighbour(const struct tdp_flush *f)
{
	invalidate(true, f->gpa ^ STAGE1_PAGE, true);
}

/* Not VMALLS12E1, which QEMU 7.2 broadcasts although it is not the IS form. */
static void flush_here_only(const struct tdp_flush *f)
{
	BARRIER("dsb ishst");
	TLB_INVALIDATE_IPA("ipas2e1", f->gpa >> 12);
	BARRIER("dsb nsh");
	TLB_INVALIDATE("vmalle1");
	BARRIER("dsb nsh");
	BARRIER("isb");
}

static const struct {
	const char *name;
	void (*flush)(const struct tdp_flush *f);
} variants[] = {
	{"", space_flush},
	{"nothing", flush_nothing},
	{"stage2-only", flush_stage2_only},
	{"stage1-only", flush_stage1_only},
	{"neighbour", flush_neighbour},
	{"here-only", flush_here_only},
};

static void choose(const char *name)
{
	for (unsigned i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
		if (same_text(variants[i].name, name)) {
			space.flush = variants[i].flush;
			return;
		}
	}
	say("no variant is called %s\n", name);
	quit(STATUS_NO_VARIANT);
}

static uint64_t get(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void set(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static void wait_for(const uint64_t *word, uint64_t value)
{
	while (get(word) != value)
		BARRIER("yield");
}

/* Lets the guest in once per turn. While its table is being moved it may find no translation for it: it tries again. */
static void cpu1(void)
{
	space_load(&space);
	stage1_load(false);
	for (uint64_t turn = 1;; turn++) {
		wait_for(&go, turn);
		for (guest_enter(&vcpu); vcpu_class(&vcpu) != EC_HVC; guest_enter(&vcpu)) {
			if (vcpu_class(&vcpu) != EC_DATA_ABORT || !(vcpu.esr & ISS_S1PTW)) {
				say("guest: ESR %x FAR %x\n", vcpu.esr, vcpu.far);
				quit(STATUS_GUEST);
			}
			faults++;
			BARRIER("yield");
		}
		set(&returned, turn);
	}
}

/* Moves table i while the guest uses it. false: a load went the old way after that. */
static bool turn(unsigned i, uint64_t number, tdp_hpa_t from, tdp_hpa_t to, uint64_t wanted)
{
	const struct tdp_attrs attrs = {.prot = TDP_RW, .memtype = TDP_MT_WB};
	uint64_t *const control = (uint64_t *)STAGE1_CONTROL;

	set(&control[0], 0);
	set(&control[1], 0);
	vcpu = (struct vcpu){.pc = (uint64_t)guest_watch, .pstate = PSTATE_EL1};
	vcpu.x[0] = stage1_va(i);
	vcpu.x[3] = STAGE1_CONTROL;
	set(&go, number);
	while (get(&control[1]) == 0)
		BARRIER("yield");
	MUST(tdp_replace(&space.tree, stage1_table(i), STAGE1_PAGE, from, to, attrs, NULL));
	set(&control[0], 1);
	wait_for(&returned, number);
	return vcpu.x[1] == wanted;
}

void el2_main(void)
{
	const uint64_t rounds = number(argument(1));
	uint64_t turns = 0, stale = 0;

	space_init(&space, 40, SPACE_SHARED);
	stage1_init(&space);
	choose(argument(2));
	space_load(&space);
	if (!start_cpu(1, cpu1))
		quit(STATUS_GUEST);
	for (uint64_t r = 0; r < rounds; r++) {
		const bool back = r & 1;

		for (unsigned i = 0; i < STAGE1_PAGES; i++) {
			stale += !turn(i, ++turns, back ? STAGE1_TABLE_B : STAGE1_TABLE_A, back ? STAGE1_TABLE_A : STAGE1_TABLE_B,
				       back ? STAGE1_A : STAGE1_B);
		}
		TLB_INVALIDATE("alle1is");
		BARRIER("dsb ish");
	}
	say("faults=%u queries=%u mismatches=%u\n", faults, turns, stale);
	quit(stale ? STATUS_STALE : 0);
}
