/* SPDX-License-Identifier: BSD-2-Clause */
#include "points.h"
#include "bed.h"

#include "broken.h"
#include "spte.h"

int tdp_test_broken = TDP_BROKEN_NONE;
bool statistics;

/* A thread's own, or it would be what two faults have in common. */
static _Thread_local struct {
	struct lines *lines;
	const struct places *places;
	enum actor who;
} to;

void points_to(struct lines *lines, const struct places *places, enum actor who)
{
	to.places = places;
	to.who = who;
	to.lines = lines;
}

void tdp_test_point(const volatile void *word, bool locked)
{
	(void)word;
	(void)locked;
	if (statistics)
		__atomic_fetch_add(&decoy.counter, 1, __ATOMIC_RELAXED);
}

void tdp_test_access(enum tdp_spte_event event, tdp_spte_t *entry, tdp_spte_t old_value, tdp_spte_t new_value)
{
	(void)old_value;
	(void)new_value;
	if (to.lines)
		lines_add(to.lines, to.places, (uintptr_t)entry, sizeof(*entry), event != TDP_SPTE_LOAD, to.who);
}

/* It was counted when it was announced: a compare-exchange that fails takes the line, too. */
void tdp_test_done(tdp_spte_t *entry, bool written)
{
	(void)entry;
	(void)written;
}
