/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PSCI as the guest sees it, by HVC. Its CPUs are the machine's: CPU_ON starts one at EL2, which enters the guest where it was asked to.
 */
#include "guest.h"
#include "finish.h"
#include "options.h"
#include "verdict.h"

enum { PSCI_0_2 = 0x84, PSCI_FAST_64 = 0xc4 };
enum {
	FN_VERSION = 0,
	FN_CPU_SUSPEND = 1,
	FN_CPU_OFF = 2,
	FN_CPU_ON = 3,
	FN_AFFINITY_INFO = 4,
	FN_MIGRATE_INFO_TYPE = 6,
	FN_SYSTEM_OFF = 8,
	FN_SYSTEM_RESET = 9,
	FN_FEATURES = 10
};
enum {
	SUCCESS = 0,
	NOT_SUPPORTED = -1,
	INVALID_PARAMETERS = -2,
	ALREADY_ON = -4,
	AFFINITY_ON = 0,
	AFFINITY_OFF = 1,
	VERSION_1_0 = 0x10000,
	NO_TRUSTED_OS = 2
};

/* Where a CPU that is being started enters the guest. */
static struct {
	uint64_t pc, x0;
	bool on;
} started[CPUS] = {{.on = true}};

static void enter(void)
{
	guest_run(started[this_cpu()].pc, started[this_cpu()].x0);
}

static int64_t cpu_on(uint64_t cpu, uint64_t pc, uint64_t x0)
{
	if (cpu >= options.smp)
		return INVALID_PARAMETERS;
	if (__atomic_exchange_n(&started[cpu].on, true, __ATOMIC_ACQ_REL))
		return ALREADY_ON;
	started[cpu].pc = pc;
	started[cpu].x0 = x0;
	BARRIER("dsb ish");
	if (start_cpu((unsigned)cpu, enter))
		return SUCCESS;
	started[cpu].on = false;
	return INVALID_PARAMETERS;
}

static int64_t affinity_info(uint64_t cpu)
{
	if (cpu >= options.smp)
		return INVALID_PARAMETERS;
	return __atomic_load_n(&started[cpu].on, __ATOMIC_ACQUIRE) ? AFFINITY_ON : AFFINITY_OFF;
}

static int64_t features(uint64_t function)
{
	switch (function & 0xff) {
	case FN_VERSION:
	case FN_CPU_ON:
	case FN_AFFINITY_INFO:
	case FN_MIGRATE_INFO_TYPE:
	case FN_SYSTEM_OFF:
	case FN_SYSTEM_RESET:
	case FN_FEATURES:
		return function >> 24 == PSCI_0_2 || function >> 24 == PSCI_FAST_64 ? SUCCESS : NOT_SUPPORTED;
	default:
		return NOT_SUPPORTED;
	}
}

static int64_t answer(const struct vcpu *v)
{
	switch (v->x[0] & 0xff) {
	case FN_VERSION:
		return VERSION_1_0;
	case FN_CPU_ON:
		return cpu_on(v->x[1], v->x[2], v->x[3]);
	case FN_AFFINITY_INFO:
		return affinity_info(v->x[1]);
	case FN_MIGRATE_INFO_TYPE:
		return NO_TRUSTED_OS;
	case FN_SYSTEM_OFF:
		finish(VERDICT_OK);
	case FN_SYSTEM_RESET:
		finish(VERDICT_GUEST);
	case FN_FEATURES:
		return features(v->x[1] & 0xffffffff);
	default:
		return NOT_SUPPORTED;
	}
}

void psci_call(struct vcpu *v)
{
	const uint64_t function = v->x[0] & 0xffffffff;
	const uint64_t owner = function >> 24;

	__atomic_fetch_add(&guest_counts.psci, 1, __ATOMIC_RELAXED);
	if ((owner == PSCI_0_2 || owner == PSCI_FAST_64) && (function & 0xffff00) == 0)
		v->x[0] = (uint64_t)answer(v);
	else
		v->x[0] = (uint64_t)(int64_t)NOT_SUPPORTED;
}
