/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest on CPU 1 stores growing numbers to some pages while CPU 0 collects, over and over, which of them it has written, and copies
 * those, as a migration does. In the end every copy must be what the page is.
 */
#include "bare.h"

#include "stage2.h"
#include "verdict.h"

enum { PAGES = 16, COPIES = 1000, RANDOM = 88172645 };
#define GPA UINT64_C(0xb0000000)
#define HPA UINT64_C(0x48500000)

static struct vcpu vcpu;
static uint64_t copy[PAGES], named, collections;

static void store(void)
{
	for (guest_enter(&vcpu); vcpu_class(&vcpu) != EC_HVC; guest_enter(&vcpu)) {
		if (bare_open(&vcpu))
			continue;
		say("[hv] guest: ESR %x IPA %x\n", vcpu.esr, vcpu_ipa(&vcpu));
		quit(VERDICT_GUEST);
	}
}

static void collect(void)
{
	uint64_t pages = 0;
	const struct tdp_bitmap map = {.words = &pages, .base = GPA, .pages = PAGES, .page_lg2 = 12};

	MUST(tdp_dirty_arm(&stage2, GPA, PAGES * PAGE, &map, NULL));
	for (unsigned i = 0; i < PAGES; i++) {
		if (!(pages >> i & 1))
			continue;
		copy[i] = bare_get(HPA + i * PAGE);
		named++;
	}
	collections++;
}

bool race_show(void)
{
	uint64_t differ = 0;

	bare_clear();
	bare_map(GPA, PAGES * PAGE, HPA, TDP_RW);
	for (unsigned i = 0; i < PAGES; i++)
		bare_set(HPA + i * PAGE, 0);
	bare_set(CONTROL, 0);
	vcpu = (struct vcpu){.pc = (uint64_t)guest_bursts, .pstate = PSTATE_EL1};
	vcpu.x[0] = GPA;
	vcpu.x[2] = RANDOM;
	vcpu.x[3] = CONTROL;
	vcpu.x[4] = PAGES - 1;
	bare_start(store);
	while (bare_get(HPA) == 0)
		BARRIER("yield");
	/* However the two CPUs share the host's: until the guest has been met at work often enough. */
	while (named < COPIES) {
		collect();
		BARRIER("yield");
	}
	bare_set(CONTROL, 1);
	bare_wait();
	collect();
	for (unsigned i = 0; i < PAGES; i++)
		differ += copy[i] != bare_get(HPA + i * PAGE);
	say("a guest stores %u times while its dirty pages are collected %u times: %u copied, %u copies differ%s\n", vcpu.x[1],
	    collections, named, differ, differ ? "  WRONG" : "");
	return differ == 0;
}
