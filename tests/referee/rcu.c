/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RCU for one thread: what was deferred runs as early as it may, when the last read section is left.
 */
#include "referee_impl.h"

static struct {
	unsigned depth;
	unsigned long entered;
	struct tdp_rcu_head *head; /* at most one per tree is in flight, and here one tree at a time defers */
	void (*fn)(struct tdp_rcu_head *head);
} rcu;

static void run(void)
{
	while (rcu.depth == 0 && rcu.head) {
		struct tdp_rcu_head *head = rcu.head;

		rcu.head = NULL;
		rcu.fn(head);
	}
}

static void on_read_lock(void *ctx)
{
	(void)ctx;
	rcu.depth++;
	rcu.entered++;
}

unsigned referee_reading(void)
{
	return rcu.depth;
}

unsigned long referee_reads(void)
{
	return rcu.entered;
}

static void on_read_unlock(void *ctx)
{
	struct referee *r = ctx;

	if (rcu.depth == 0)
		verdict(&r->m.v, REF_V18, "read_unlock without read_lock");
	else
		rcu.depth--;
	run();
}

static void on_defer(void *ctx, struct tdp_rcu_head *head, void (*fn)(struct tdp_rcu_head *head))
{
	struct referee *r = ctx;

	if (rcu.head)
		verdict(&r->m.v, REF_V18, "two callbacks in flight");
	rcu.head = head;
	rcu.fn = fn;
}

static void on_barrier(void *ctx)
{
	struct referee *r = ctx;

	if (rcu.depth)
		verdict(&r->m.v, REF_V18, "barrier inside a read section");
	run();
}

const struct tdp_rcu referee_rcu = {
	.size = sizeof(referee_rcu),
	.read_lock = on_read_lock,
	.read_unlock = on_read_unlock,
	.defer = on_defer,
	.barrier = on_barrier,
};
