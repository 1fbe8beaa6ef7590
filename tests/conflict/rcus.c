/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ways of sharing a tree. One thread acts at a time, so where a table is retired its grace period is over at once.
 */
#include "bed.h"

#ifdef TDP_TEST
#include "points.h"
#endif
#ifdef WITH_URCU
#include <tdpmmu/urcu.h>
#endif

struct decoy decoy = {.lock = PTHREAD_RWLOCK_INITIALIZER};
static _Thread_local unsigned depth;

/* A reader says in a word of its own that it is inside: what an RCU for many CPUs does. */
static void own_lock(void *ctx)
{
	(void)ctx;
	__atomic_store_n(&depth, depth + 1, __ATOMIC_SEQ_CST);
}

static void own_unlock(void *ctx)
{
	(void)ctx;
	__atomic_store_n(&depth, depth - 1, __ATOMIC_RELEASE);
}

/* Controls: a statistic of the whole VM; a lock whose readers are counted; a store of what was there already. */
static void counting_lock(void *ctx)
{
	(void)ctx;
	__atomic_fetch_add(&decoy.counter, 1, __ATOMIC_RELAXED);
}

static void rwlock_lock(void *ctx)
{
	(void)ctx;
	pthread_rwlock_rdlock(&decoy.lock);
}

static void rwlock_unlock(void *ctx)
{
	(void)ctx;
	pthread_rwlock_unlock(&decoy.lock);
}

static void constant_lock(void *ctx)
{
	(void)ctx;
	__atomic_store_n(&decoy.constant, 0, __ATOMIC_RELAXED);
}

static void nothing(void *ctx)
{
	(void)ctx;
}

static void defer(void *ctx, struct tdp_rcu_head *head, void (*fn)(struct tdp_rcu_head *))
{
	(void)ctx;
	fn(head);
}

#ifdef TDP_TEST
/* Another control: the engine counts what it does in a word of the whole VM (points.c). */
static void statistics_on(void)
{
	statistics = true;
}

static void statistics_off(void)
{
	statistics = false;
}
#endif

#define HOOKS(lock, unlock)                                                                                                        \
	{                                                                                                                          \
		.size = sizeof(struct tdp_rcu), .read_lock = (lock), .read_unlock = (unlock), .defer = defer, .barrier = nothing   \
	}

static const struct tdp_rcu own = HOOKS(own_lock, own_unlock), counting = HOOKS(counting_lock, nothing),
			    rwlock = HOOKS(rwlock_lock, rwlock_unlock), constant = HOOKS(constant_lock, nothing);

static const struct bed_rcu kinds[] = {
	{.name = "keep"},
	[BED_RCU_OWN] = {.name = "own", .rcu = &own},
#ifdef TDP_TEST
	{.name = "statistics", .enter = statistics_on, .leave = statistics_off, .decoy = true},
#endif
	{.name = "counter", .rcu = &counting, .decoy = true},
	{.name = "rwlock", .rcu = &rwlock, .decoy = true, .silent = true},
	{.name = "constant", .rcu = &constant, .decoy = true, .silent = true},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

#ifdef WITH_URCU
/* A flavour of liburcu as one of ours. */
static const struct bed_rcu *flavor(unsigned i)
{
	static const char *const names[] = {"memb", "mb", "bp", "qsbr"};
	static struct bed_rcu kind;
	const struct tdp_urcu *urcu;

	if (i >= sizeof(names) / sizeof(names[0]))
		return NULL;
	urcu = tdp_urcu_find(names[i]);
	kind = (struct bed_rcu){
		.name = urcu->name, .rcu = &urcu->rcu, .enter = urcu->register_thread, .leave = urcu->unregister_thread};
	return &kind;
}
#else
static const struct bed_rcu *flavor(unsigned i)
{
	(void)i;
	return NULL;
}
#endif

const struct bed_rcu *bed_rcu(unsigned i)
{
	return i < KINDS ? &kinds[i] : flavor(i - KINDS);
}
