/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a scheduler could switch to another thread. The referee's tests have one thread; a test may let one call of another thread's come
 * in between, whole.
 */
#include <spte.h>

#include "referee_impl.h"

static struct {
	referee_event_fn fn;
	void *arg;
	unsigned points; /* that are left before it */
	bool came;
} between;

void referee_between(unsigned points, referee_event_fn fn, void *arg)
{
	between.fn = fn;
	between.arg = arg;
	between.points = points;
	between.came = false;
}

bool referee_came_between(void)
{
	return between.came;
}

void point_call_ends(void)
{
	between.fn = NULL;
}

/* The call that was to come in between, if this is the place. */
static void come_between(void)
{
	referee_event_fn fn = between.fn;

	if (!fn || between.points-- > 0)
		return;
	between.fn = NULL;
	between.came = true;
	fn(between.arg);
}

void tdp_test_point(const volatile void *word, bool locked)
{
	(void)locked;
	if (!word) /* a fence, which is no access */
		return;
	come_between();
}
