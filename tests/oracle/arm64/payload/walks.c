/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of stage 2 in the middle of the guest's own walk: the page that the guest's table lies in is absent, old or closed. The syndrome
 * must say S1PTW and HPFAR_EL2 must name the table, not the data; the library resolves it and the guest goes on.
 *
 * Words: soft or hardware. The machine's exit status: 0 if all was as it should be, 1 if not.
 *
 * QEMU's quirks (7.2), see README.md: the fault's level is that of the guest's walk, so it is not looked at; the guest's own update of
 * its Accessed flag is reported as a read, so a permission fault in a walk counts as a write, as it must on real machines without the bit.
 */
#include "stage1.h"

enum {
	STATUS_TRANSLATION = 4,
	STATUS_ACCESS_FLAG = 8,
	STATUS_PERMISSION = 12,
	STATUS_KIND = 0x3c,
	STATUS_NONE = 0xff,
	STATUS_WRONG = 1
};
enum { MANY = 4 };

enum state { READY, ABSENT, AGED, PROTECTED, ARMED, STATES };
static const char *const state_names[] = {"ready", "absent", "aged", "protected", "armed"};

extern char guest_load_el1[];

static struct space space;
static struct vcpu vcpu;
static bool hardware;

static void prepare(unsigned i, enum state state)
{
	const tdp_gpa_t table = stage1_table(i);

	MUST(tdp_zap(&space.tree, table, STAGE1_PAGE, NULL));
	if (state == ABSENT)
		return;
	space_map(&space, table, STAGE1_PAGE, STAGE1_TABLE_A, state == PROTECTED ? TDP_R : TDP_RW);
	if (state == AGED) {
		MUST(tdp_age(&space.tree, table, STAGE1_PAGE, true, NULL, NULL));
		TLB_INVALIDATE("vmalls12e1"); /* aging owes no flush: what is cached stays young */
		BARRIER("dsb nsh");
	}
	if (state == ARMED)
		MUST(tdp_dirty_arm(&space.tree, table, STAGE1_PAGE, NULL, NULL));
}

/* The quick way, then the other one. A closed page opens for the guest's update of its flag. */
static enum tdp_result resolve(void)
{
	const tdp_gpa_t table = vcpu_ipa(&vcpu) & ~(tdp_gpa_t)(STAGE1_PAGE - 1);
	const bool write = (vcpu.esr & STATUS_KIND) == STATUS_PERMISSION;
	const struct tdp_fault fault = {
		.gpa = table,
		.base = table,
		.backing = {.hpa = STAGE1_TABLE_A, .size = STAGE1_PAGE, .attrs = {.prot = TDP_RW}},
		.access = write ? TDP_WRITE : TDP_READ,
	};
	enum tdp_result r = tdp_fault_fast(&space.tree, table, fault.access, NULL);

	return r == TDP_ABSENT ? tdp_fault(&space.tree, &fault, NULL) : r;
}

/* A read walk needs a present page that is young, or hardware to make it so; an update of the guest's flag needs to write, too. */
static unsigned expect(enum state state, bool update)
{
	if (state == ABSENT)
		return STATUS_TRANSLATION;
	if (state == AGED && !hardware)
		return STATUS_ACCESS_FLAG;
	if (update && (state == PROTECTED || (state == ARMED && !hardware)))
		return STATUS_PERMISSION;
	return STATUS_NONE;
}

/* One load of the guest's through table i. update: the guest's entry is old, and its hardware makes it young. */
static bool try(unsigned i, enum state state, bool update)
{
	const unsigned wanted = expect(state, update);
	unsigned got = STATUS_NONE, faults = 0;
	bool right = true, dirty;
	struct tdp_mapping m;

	stage1_age(update);
	prepare(i, state);
	stage1_load(update);
	vcpu = (struct vcpu){.pc = (uint64_t)guest_load_el1, .pstate = PSTATE_EL1};
	vcpu.x[0] = stage1_va(i);
	for (guest_enter(&vcpu); vcpu_class(&vcpu) != EC_HVC && faults < MANY; guest_enter(&vcpu)) {
		if (faults++ == 0)
			got = vcpu.esr & STATUS_KIND;
		right = right && vcpu_class(&vcpu) == EC_DATA_ABORT && (vcpu.esr & ISS_S1PTW) && vcpu.far == stage1_va(i) &&
			(vcpu.hpfar & ~UINT64_C(0xf)) << 8 == stage1_table(i) && resolve() >= 0;
	}
	MUST(tdp_lookup(&space.tree, stage1_table(i), &m, NULL));
	dirty = m.entry.dirty;
	right = right && faults == (wanted != STATUS_NONE);
	if (right && got == wanted && vcpu.x[1] == STAGE1_A && (!update || dirty))
		return true;
	say("  %s update %u: kind %x, not %x; faults %u told %s x1 %x dirty %u\n", state_names[state], (uint64_t)update,
	    (uint64_t)got, (uint64_t)wanted, (uint64_t)faults, right ? "right" : "wrong", vcpu.x[1], (uint64_t)dirty);
	return false;
}

void el2_main(void)
{
	uint64_t queries = 0, mismatches = 0;

	hardware = argument(1)[0] == 'h';
	space_init(&space, 40, hardware ? SPACE_HW_DIRTY : 0);
	stage1_init(&space);
	space_load(&space);
	for (unsigned i = 0; i < STAGE1_PAGES; i++) {
		for (unsigned k = 0; k < 2 * STATES; k++, queries++)
			mismatches += !try(i, (enum state)(k / 2), k % 2);
	}
	say("queries=%u mismatches=%u\n", queries, mismatches);
	quit(mismatches ? STATUS_WRONG : 0);
}
