/* SPDX-License-Identifier: BSD-2-Clause */
#include "share.h"

#ifdef WITH_URCU
/* This program is compatible with the LGPL: that is what the first of these says to liburcu, whose read side is then compiled in. */
#define _LGPL_SOURCE
#define TDP_URCU_INLINE
#include <tdpmmu/urcu.h>

/* A flavour as a vCPU thread would use it. */
static struct share of_flavor(const struct tdp_urcu *flavor, struct tdp_rcu *rcu)
{
	*rcu = tdp_urcu_inlined(flavor);
	return (struct share){.rcu = rcu, .enter = flavor->register_thread, .leave = flavor->unregister_thread};
}
#endif

bool share_exists(enum sharing sharing)
{
#ifdef WITH_URCU
	return sharing < SHARINGS;
#else
	return sharing == ALONE;
#endif
}

const struct share *share_get(enum sharing sharing)
{
	static struct share shares[SHARINGS];
#ifdef WITH_URCU
	static struct tdp_rcu rcu[SHARINGS];

	if (!shares[QSBR].rcu) {
		shares[QSBR] = of_flavor(&tdp_urcu_qsbr, &rcu[QSBR]);
		shares[MEMB] = of_flavor(&tdp_urcu_memb, &rcu[MEMB]);
	}
#endif
	return &shares[sharing];
}

void share_enter_all(void)
{
	for (enum sharing sharing = ALONE; sharing < SHARINGS; sharing++)
		if (share_get(sharing)->enter)
			share_get(sharing)->enter();
}

void share_leave_all(void)
{
	for (enum sharing sharing = ALONE; sharing < SHARINGS; sharing++)
		if (share_get(sharing)->leave)
			share_get(sharing)->leave();
}
