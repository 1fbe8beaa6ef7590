/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hooks over one flavour of liburcu. Its file includes the flavour's header of liburcu, defines FLAVOR(name) as what liburcu
 * calls that function, and then includes this. FLAVOR_ALWAYS_READS: a thread counts as a reader until it says otherwise, so that there are
 * no read sections to enter.
 *
 * Without _LGPL_SOURCE liburcu's headers declare functions and nothing more, so what is compiled here depends on its interface only.
 */
#ifdef _LGPL_SOURCE
#error "the archive calls liburcu's functions out of line; see the licences in tdpmmu/urcu.h"
#endif

#include <tdpmmu/urcu.h>

#include "tsan.h"

/* What liburcu and we keep in the head that lies in a tree. */
struct deferred {
	struct rcu_head rcu;
	void (*fn)(struct tdp_rcu_head *head);
};
_Static_assert(sizeof(struct deferred) <= sizeof(struct tdp_rcu_head), "the embedded head must hold liburcu's and the function");
_Static_assert(_Alignof(struct deferred) <= _Alignof(struct tdp_rcu_head), "and be aligned like it");

#ifndef FLAVOR_ALWAYS_READS
static void hook_read_lock(void *ctx)
{
	(void)ctx;
	FLAVOR(read_lock)();
}

static void hook_read_unlock(void *ctx)
{
	(void)ctx;
	TSAN_RELEASE(&tsan_readers);
	FLAVOR(read_unlock)();
}
#endif

/* In liburcu's worker thread. fn may defer the same head again: nothing of it is touched afterwards. */
static void grace_period_over(struct rcu_head *rcu)
{
	struct deferred *d = (struct deferred *)(void *)rcu;

	TSAN_ACQUIRE(rcu);
	TSAN_ACQUIRE(&tsan_readers);
	d->fn((struct tdp_rcu_head *)(void *)d);
	TSAN_RELEASE(&tsan_done);
}

static void hook_defer(void *ctx, struct tdp_rcu_head *head, void (*fn)(struct tdp_rcu_head *))
{
	struct deferred *d = (struct deferred *)(void *)head;

	(void)ctx;
	d->fn = fn;
	TSAN_RELEASE(&d->rcu);
	FLAVOR(call_rcu)(&d->rcu, grace_period_over);
}

static void hook_barrier(void *ctx)
{
	(void)ctx;
	FLAVOR(barrier)();
	TSAN_ACQUIRE(&tsan_done);
}

/* A quiescent state ends what ThreadSanitizer must take for a read section. */
static void thread_quiescent(void)
{
	TSAN_RELEASE(&tsan_readers);
	FLAVOR(quiescent_state)();
}

static void thread_offline(void)
{
	TSAN_RELEASE(&tsan_readers);
	FLAVOR(thread_offline)();
}

static void thread_unregister(void)
{
	TSAN_RELEASE(&tsan_readers);
	FLAVOR(unregister_thread)();
}

const struct tdp_urcu FLAVOR_OBJECT = {
	.name = FLAVOR_NAME,
	.rcu =
		{
			.size = sizeof(struct tdp_rcu),
#ifndef FLAVOR_ALWAYS_READS
			.read_lock = hook_read_lock,
			.read_unlock = hook_read_unlock,
#endif
			.defer = hook_defer,
			.barrier = hook_barrier,
		},
	.register_thread = FLAVOR(register_thread),
	.unregister_thread = thread_unregister,
	.online = FLAVOR(thread_online),
	.offline = thread_offline,
	.quiescent = thread_quiescent,
};
