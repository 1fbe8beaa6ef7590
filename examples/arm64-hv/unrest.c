/* SPDX-License-Identifier: BSD-2-Clause */
#include "unrest.h"

#include "el2.h"
#include "move.h"
#include "options.h"
#include "rcu.h"
#include "verdict.h"

static bool ending, running;
static uint64_t state;

bool unrest_is_ending(void)
{
	return __atomic_load_n(&ending, __ATOMIC_ACQUIRE);
}

uint64_t unrest_random(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % below;
}

void unrest_pause(uint64_t microseconds)
{
	const uint64_t until = REG_READ(cntpct_el0) + REG_READ(cntfrq_el0) * microseconds / 1000000;

	while (REG_READ(cntpct_el0) < until && !unrest_is_ending())
		BARRIER("yield");
}

static void rounds(void)
{
	static void (*const round_of[])(void) = {
		[MODE_MIGRATE] = move_round, [MODE_DIRTY] = dirty_round, [MODE_SPLIT_PROMOTE] = huge_round};

	while (!unrest_is_ending()) {
		round_of[options.mode]();
		rcu_poll();
	}
	__atomic_store_n(&running, false, __ATOMIC_RELEASE);
	for (;;)
		BARRIER("wfi");
}

void unrest_start(void)
{
	if (options.mode == MODE_PLAIN)
		return;
	state = options.seed * UINT64_C(0x9e3779b97f4a7c15);
	running = true;
	if (start_cpu((unsigned)options.smp, rounds))
		return;
	say("[hv] CPU %u is missing: the machine needs one more than the guest has\n", options.smp);
	quit(VERDICT_INPUT);
}

void unrest_stop(void)
{
	__atomic_store_n(&ending, true, __ATOMIC_RELEASE);
	while (__atomic_load_n(&running, __ATOMIC_ACQUIRE)) {
		rcu_poll();
		BARRIER("yield");
	}
}
