/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest on CPU 1 loads in a loop, through a table of its own. CPU 0 moves the page that this table lies in, with tdp_replace(), and puts
 * another table into the new frame; once the call has returned, the guest must find its way by the new one. The flush hook leaves
 * something out, and each omission must show.
 */
#include "bare.h"

#include "flush.h"
#include "stage2.h"
#include "verdict.h"

enum { ROUNDS = 8 };
/* Stage 1 (Arm ARM, D8.3): 39 bits from L1 on, write-back tables, no TTBR1. Pages and blocks: AttrIndx 0, inner shareable, accessed. */
#define TCR	UINT64_C(0x500803519)
#define SCTLR_M UINT64_C(0x30d00801)
#define SCTLR	UINT64_C(0x30d00800)
#define MAIR	UINT64_C(0xff)
enum { DESC_BLOCK = 0x701, DESC_PAGE = 0x703, DESC_TABLE = 3 };
/* The guest's tables, and the two pages that its two last tables lead to. */
#define GUEST_L1 UINT64_C(0x90000000)
#define GUEST_L2 UINT64_C(0x90001000)
#define GUEST_L3 UINT64_C(0x90002000)
#define GUEST_A	 UINT64_C(0x90003000)
#define GUEST_B	 UINT64_C(0x90004000)
#define VIRTUAL	 UINT64_C(0x80000000)
#define HOST	 UINT64_C(0x48300000) /* of GUEST_L1; the others follow */
#define HOST_L3	 UINT64_C(0x48400000) /* GUEST_L3 lies in one of two frames: the first leads to A, the second to B */
#define VALUE_A	 UINT64_C(0xaaaa)
#define VALUE_B	 UINT64_C(0xbbbb)

static struct vcpu vcpu;

static void fill(void)
{
	bare_clear();
	bare_map(GUEST_L1, 2 * PAGE, HOST, TDP_RW);
	bare_map(GUEST_L3, PAGE, HOST_L3, TDP_RW);
	bare_map(GUEST_A, 2 * PAGE, HOST + 3 * PAGE, TDP_RW);
	/* The gigabyte of code and control as it is, and the one with our page. */
	bare_set(HOST + (CONTROL >> 30) * 8, (CONTROL & ~UINT64_C(0x3fffffff)) | DESC_BLOCK);
	bare_set(HOST + (VIRTUAL >> 30) * 8, GUEST_L2 | DESC_TABLE);
	bare_set(HOST + PAGE, GUEST_L3 | DESC_TABLE);
	bare_set(HOST_L3, GUEST_A | DESC_PAGE);
	bare_set(HOST_L3 + PAGE, GUEST_B | DESC_PAGE);
	bare_set(HOST + 3 * PAGE, VALUE_A);
	bare_set(HOST + 4 * PAGE, VALUE_B);
}

/* CPU 1: while its table is being moved the guest may find none; it tries again. */
static void watch(void)
{
	REG_WRITE(mair_el1, MAIR);
	REG_WRITE(tcr_el1, TCR);
	REG_WRITE(ttbr0_el1, GUEST_L1);
	REG_WRITE(sctlr_el1, SCTLR_M);
	BARRIER("isb");
	TLB_INVALIDATE("vmalle1");
	BARRIER("dsb nsh");
	BARRIER("isb");
	for (guest_enter(&vcpu); vcpu_class(&vcpu) != EC_HVC; guest_enter(&vcpu)) {
		if (vcpu_class(&vcpu) == EC_DATA_ABORT && (vcpu.esr & ISS_S1PTW))
			continue;
		say("[hv] guest: ESR %x FAR %x\n", vcpu.esr, vcpu.far);
		quit(VERDICT_GUEST);
	}
	REG_WRITE(sctlr_el1, SCTLR);
	BARRIER("isb");
}

/* Whether the guest's last load, after the move, went the old way. */
static bool is_stale(void)
{
	const struct tdp_attrs attrs = {.prot = TDP_RW, .memtype = TDP_MT_WB};

	fill();
	bare_set(CONTROL, 0);
	bare_set(CONTROL + 8, 0);
	vcpu = (struct vcpu){.pc = (uint64_t)guest_watch, .pstate = PSTATE_EL1};
	vcpu.x[0] = VIRTUAL;
	vcpu.x[3] = CONTROL;
	bare_start(watch);
	while (bare_get(CONTROL + 8) == 0)
		BARRIER("yield");
	MUST(tdp_replace(&stage2, GUEST_L3, PAGE, HOST_L3, HOST_L3 + PAGE, attrs, NULL));
	bare_set(CONTROL, 1);
	bare_wait();
	return vcpu.x[1] != VALUE_B;
}

bool stale_show(void)
{
	static const struct {
		enum omission what;
		const char *name;
	} ways[] = {
		{OMIT_NOTHING, "DSB, IPAS2E1IS, DSB, VMALLE1IS, DSB, ISB"},
		{OMIT_ALL, "no TLBI"},
		{OMIT_STAGE1, "no VMALLE1IS"},
		{OMIT_STAGE2, "no IPAS2E1IS"},
		{OMIT_BROADCAST, "not the IS forms"},
		{OMIT_ADDRESS, "IPAS2E1IS of the neighbour"},
	};
	bool well = true;

	say("a page moves under a guest that is using it; %u times each\n", (uint64_t)ROUNDS);
	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		uint64_t stale = 0;
		bool right;

		for (unsigned k = 0; k < ROUNDS; k++) {
			omission = ways[i].what;
			stale += is_stale();
			omission = OMIT_NOTHING;
		}
		right = ways[i].what == OMIT_NOTHING ? stale == 0 : stale > 0;
		say("  %u stale  %s%s\n", stale, ways[i].name, right ? "" : "  WRONG");
		well = well && right;
	}
	return well;
}
