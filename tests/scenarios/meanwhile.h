/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Another thread, as far as one thread can play it: a whole call of its own in the middle of a call, at each moment in turn at which the
 * scheduler could have let it run. On every format, while tests/schedules interleaves step by step, on the two small ones.
 */
#ifndef TDPMMU_TESTS_SCENARIOS_MEANWHILE_H
#define TDPMMU_TESTS_SCENARIOS_MEANWHILE_H

#include "scenarios.h"

/* Whose calls are shared. */
#define IN_COMPANY (SHARED | KEEPING)

struct meanwhile {
	void (*plant)(struct harness *h);
	void (*call)(struct harness *h); /* IS() as usual; the first call is interrupted */
	/* What the other thread does; op has a cache of its own. It must not wait for the first call. */
	void (*other)(struct harness *h, struct tdp_op *op);
	void (*check)(struct harness *h); /* when both are done */
};

/* Once for each moment, each time with an empty tree. Returns how many moments there were. */
unsigned meanwhile_each(struct harness *h, const struct meanwhile *m);

#endif
