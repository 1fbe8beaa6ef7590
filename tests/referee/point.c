/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where another thread could come in between. The referee's tests have one thread; a test may play another one here.
 */
#include "referee_impl.h"

#include <spte.h>

void tdp_test_point(const volatile void *word)
{
	struct referee *r = referee_current;

	(void)word;
	if (!r || !r->point || r->in_point)
		return;
	r->in_point = true;
	r->point(r->point_arg);
	r->in_point = false;
}

void referee_on_point(struct referee *r, referee_event_fn fn, void *arg)
{
	r->point = fn;
	r->point_arg = arg;
}
