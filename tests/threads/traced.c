/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The test build's door to entries, with threads: a write and its record are one step, so that the trace has the order of the writes.
 */
#include "traced.h"

#include <broken.h>
#include <spte.h>

int tdp_test_broken;

void tdp_test_point(const volatile void *word, bool locked)
{
	(void)word;
	(void)locked;
}

void tdp_test_access(enum tdp_spte_event event, tdp_spte_t *entry, tdp_spte_t old_value, tdp_spte_t new_value)
{
	(void)entry;
	(void)old_value;
	(void)new_value;
	if (event != TDP_SPTE_LOAD && event != TDP_SPTE_PRIVATE)
		trace_lock();
}

void tdp_test_done(tdp_spte_t *entry, bool written)
{
	if (written)
		trace_wrote(entry);
	trace_unlock();
}
