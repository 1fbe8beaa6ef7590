/* SPDX-License-Identifier: BSD-2-Clause */
/* The test build's hooks. */
#include "race.h"

#include "broken.h"
#include "el2.h"
#include "spte.h"

enum { STATUS_NO_DEFECT = 3, ONE_IN = 4 };

int tdp_test_broken;
static uint64_t retries, random_state = 2463534242;

void race_choose(const char *defect)
{
	if (!defect[0])
		return;
#define X(name, what)                                                                                                              \
	if (same_text(defect, #name))                                                                                              \
		tdp_test_broken = TDP_BROKEN_##name;
	TDP_BROKEN_LIST(X)
#undef X
	if (tdp_test_broken != TDP_BROKEN_NONE)
		return;
	say("no defect is called %s\n", defect);
	quit(STATUS_NO_DEFECT);
}

uint64_t race_retries(void)
{
	return retries;
}

void tdp_test_point(const volatile void *word, bool locked)
{
	(void)word;
	(void)locked;
}

/* Called between the look at an entry and its change. Now and then CPU 1 has its turn: a burst of stores. */
void tdp_test_access(enum tdp_spte_event event, tdp_spte_t *entry, tdp_spte_t old_value, tdp_spte_t new_value)
{
	(void)entry;
	(void)old_value;
	(void)new_value;
	if (event == TDP_SPTE_LOAD || event == TDP_SPTE_PRIVATE || (REG_READ(mpidr_el1) & 0xff) != 0)
		return;
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	if (random_state % ONE_IN == 0)
		BARRIER("yield");
}

void tdp_test_done(tdp_spte_t *entry, bool written)
{
	(void)entry;
	if (!written && (REG_READ(mpidr_el1) & 0xff) == 0)
		retries++;
}
