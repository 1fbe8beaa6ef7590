/* SPDX-License-Identifier: BSD-2-Clause */
#include "caller.h"

void caller_register(struct caller *c)
{
	c->rcu->register_thread();
	c->rcu->offline();
}

void caller_unregister(struct caller *c)
{
	c->rcu->unregister_thread();
}

void caller_enter(struct caller *c)
{
	c->rcu->online();
}

void caller_leave(struct caller *c)
{
	c->rcu->offline();
}

void stats_add(struct stats *sum, const struct stats *one)
{
	_Static_assert(sizeof(*sum) % sizeof(uint64_t) == 0, "numbers and nothing else");
	uint64_t *to = (uint64_t *)sum;
	const uint64_t *from = (const uint64_t *)one;

	for (unsigned i = 0; i < sizeof(*sum) / sizeof(*to); i++)
		to[i] += from[i];
}
