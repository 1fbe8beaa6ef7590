/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * threads-broken is threads-stress on the test build of the library, with a broken variant of the engine if TDPMMU_BROKEN names one. Where a
 * thread could be interrupted it sometimes is, so that windows of a few instructions are met within seconds.
 */
#include <spte.h>

#include "../broken/names.h"

#include <sched.h>

int tdp_test_broken;

static __attribute__((constructor)) void begin_broken(void)
{
	tdp_test_broken = broken_by_environment();
}

void tdp_test_access(enum tdp_spte_event event, tdp_spte_t *entry, tdp_spte_t old_value, tdp_spte_t new_value)
{
	(void)event;
	(void)entry;
	(void)old_value;
	(void)new_value;
}

void tdp_test_point(const volatile void *word, bool locked)
{
	static _Thread_local uint32_t steps;

	(void)word;
	(void)locked;
	steps = steps * 1664525 + 1013904223;
	if (steps >> 25 == 0) /* one in 128 */
		sched_yield();
}

void tdp_test_done(tdp_spte_t *entry, bool written)
{
	(void)entry;
	(void)written;
}
