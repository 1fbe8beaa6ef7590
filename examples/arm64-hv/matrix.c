/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a guest may do: every kind of access to pages that were granted one thing or another, by a guest at EL1 and its user at EL0. A cell
 * says what came of it: "yes", "fault" (yes, after a fault that the hypervisor resolved), or "no".
 */
#include "bare.h"

#include "pool.h"
#include "stage2.h"
#include "verdict.h"

enum { RET = 0xd65f03c0, COLUMNS = 4 };
#define GPA UINT64_C(0x8000000000) /* half-way up, so that the upper levels matter */
#define HPA UINT64_C(0x48200000)

enum state { MAPPED, ABSENT, OLD, PROTECTED, LOGGED };
enum outcome { YES, FAULT, NO };
static const char *const outcomes[] = {"yes", "fault", "no"};

static const struct row {
	const char *name;
	unsigned prot;
	enum state state;
} rows[] = {
	{"r---", TDP_R, MAPPED},
	{"rw--", TDP_RW, MAPPED},
	{"r-xx", TDP_RX, MAPPED},
	{"rwxx", TDP_RWX, MAPPED},
	{"-w--", TDP_W, MAPPED},
	{"rwxx, not mapped yet", TDP_RWX, ABSENT},
	{"rwxx, grown old", TDP_RWX, OLD},
	{"rwxx, writes logged", TDP_RWX, LOGGED},
	{"rwxx, write-protected", TDP_RWX, PROTECTED},
};

static const struct column {
	enum tdp_access access;
	uint64_t pstate;
	char *code;
} columns[COLUMNS] = {
	{TDP_READ, PSTATE_EL1, guest_load_el1},
	{TDP_WRITE, PSTATE_EL1, guest_store_el1},
	{TDP_EXEC_S, PSTATE_EL1, guest_call_el1},
	{TDP_EXEC_U, PSTATE_EL0, guest_call_el0},
};

static struct vcpu vcpu;

static void prepare(const struct row *row)
{
	bare_clear();
	if (row->state != ABSENT)
		bare_map(GPA, PAGE, HPA, row->prot);
	if (row->state == OLD) {
		MUST(tdp_age(&stage2, GPA, PAGE, true, NULL, NULL));
		TLB_INVALIDATE("vmalls12e1is"); /* aging owes no flush */
		BARRIER("dsb ish");
	}
	if (row->state == LOGGED)
		MUST(tdp_dirty_arm(&stage2, GPA, PAGE, NULL, NULL));
	if (row->state == PROTECTED)
		MUST(tdp_protect(&stage2, GPA, PAGE, NULL));
}

/* One access, and the hypervisor's answer to each fault. */
static enum outcome try(const struct row *row, const struct column *column)
{
	const struct tdp_fault fault = {
		.gpa = GPA,
		.base = GPA,
		.backing = {.hpa = HPA, .size = PAGE, .attrs = {.prot = (uint8_t)row->prot, .memtype = TDP_MT_WB}},
		.access = column->access,
	};
	struct tdp_op op = {.cache = pool_cache(TDP_FAULT_TABLES)};
	enum outcome outcome = YES;

	prepare(row);
	bare_set(HPA, RET);
	vcpu = (struct vcpu){.pc = (uint64_t)column->code, .pstate = column->pstate};
	vcpu.x[0] = GPA;
	for (guest_enter(&vcpu); vcpu_class(&vcpu) != EC_HVC; guest_enter(&vcpu)) {
		if (tdp_fault(&stage2, &fault, &op) < 0)
			return NO;
		outcome = FAULT;
	}
	return outcome;
}

/* What the grant, the state and this machine's hardware say. */
static enum outcome expect(const struct row *row, const struct column *column)
{
	const bool hardware = stage2_hardware_dirty();

	if (!(row->prot & (unsigned)column->access))
		return NO;
	if (row->state == PROTECTED && column->access == TDP_WRITE)
		return NO;
	if (row->state == ABSENT || (row->state == OLD && !hardware) ||
	    (row->state == LOGGED && !hardware && column->access == TDP_WRITE))
		return FAULT;
	return YES;
}

static void pad(const char *text, unsigned width)
{
	say("%s", text);
	for (unsigned n = 0; n < width; n++) {
		if (*text)
			text++;
		else
			say(" ");
	}
}

bool matrix_show(void)
{
	bool well = true;

	say("granted                  load   store  run at EL1  run at EL0\n");
	for (unsigned r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		pad(rows[r].name, 25);
		for (unsigned c = 0; c < COLUMNS; c++) {
			const enum outcome got = try(&rows[r], &columns[c]);

			pad(outcomes[got], c < 2 ? 7 : 12);
			if (got == expect(&rows[r], &columns[c]))
				continue;
			say("(WRONG) ");
			well = false;
		}
		say("\n");
	}
	return well;
}
