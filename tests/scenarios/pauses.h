/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that pause: should_yield and yield hooks that count, and do something else meanwhile.
 *
 *	SCENARIO(S02, ..., .hooks = pauses_hooks)
 *	{
 *		pauses_start(h, 1, zap_something);
 *		WITH(.flags = TDP_MAY_YIELD);
 *		IS(TDP_OK, tdp_zap(...));
 *		SAME(pauses_end(h), 2);
 *	}
 */
#ifndef TDPMMU_TESTS_SCENARIOS_PAUSES_H
#define TDPMMU_TESTS_SCENARIOS_PAUSES_H

#include "scenarios.h"

void pauses_hooks(struct tdp_mm_ops *ops);

/*
 * From now on the answer to every n-th question is yes (0: never), and work is done in each pause; NULL: nothing. A pause is checked: no
 * read section, nothing frozen, nothing owed, and op->next has moved since the last one (I9).
 */
void pauses_start(struct harness *h, unsigned every, void (*work)(struct harness *h));
/* No more. How many pauses there were. */
unsigned pauses_end(struct harness *h);

/* Since the start: how often the hook was asked, and the most accesses to entries between two questions, or a question and the end. */
unsigned pauses_asked(void);
unsigned pauses_most_work(void);
/* After the end: how many bytes all of its flushes covered. */
uint64_t pauses_flushed(void);
/* In work(): which pause this is, from 0, and where the interrupted call came to. */
unsigned pauses_number(void);
tdp_gpa_t pauses_next(void);

#endif
