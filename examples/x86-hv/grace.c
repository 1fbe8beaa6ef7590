/* SPDX-License-Identifier: BSD-2-Clause */
/* RCU for two processors; see grace.h. */
#include "grace.h"

#include "machine.h"

enum { PROCESSORS = 2 };

static struct {
	uint64_t count; /* odd: inside */
	unsigned depth;
} readers[PROCESSORS];

/* What waits for a grace period: the library has at most one such callback under way per tree, and there is one tree. */
static struct {
	char lock;
	struct tdp_rcu_head *head;
	void (*fn)(struct tdp_rcu_head *);
	uint64_t seen[PROCESSORS];
} deferred;

static void lock(void)
{
	while (__atomic_test_and_set(&deferred.lock, __ATOMIC_ACQUIRE))
		cpu_pause();
}

static void unlock(void)
{
	__atomic_clear(&deferred.lock, __ATOMIC_RELEASE);
}

static void look(uint64_t seen[PROCESSORS])
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < PROCESSORS; i++)
		seen[i] = __atomic_load_n(&readers[i].count, __ATOMIC_SEQ_CST);
}

/* Have the sections ended that were open then? */
static bool over(const uint64_t seen[PROCESSORS])
{
	for (unsigned i = 0; i < PROCESSORS; i++)
		if ((seen[i] & 1) && __atomic_load_n(&readers[i].count, __ATOMIC_ACQUIRE) == seen[i])
			return false;
	return true;
}

void grace_enter(void)
{
	const unsigned i = machine_processor();

	if (readers[i].depth++ == 0)
		__atomic_add_fetch(&readers[i].count, 1, __ATOMIC_SEQ_CST);
}

void grace_leave(void)
{
	const unsigned i = machine_processor();

	if (--readers[i].depth == 0)
		__atomic_add_fetch(&readers[i].count, 1, __ATOMIC_RELEASE);
}

void grace_wait(void)
{
	uint64_t seen[PROCESSORS];

	look(seen);
	while (!over(seen))
		cpu_pause();
}

void grace_poll(void)
{
	struct tdp_rcu_head *head = NULL;
	void (*fn)(struct tdp_rcu_head *) = NULL;

	if (!__atomic_load_n(&deferred.head, __ATOMIC_RELAXED))
		return;
	lock();
	if (deferred.head && over(deferred.seen)) {
		head = deferred.head;
		fn = deferred.fn;
		deferred.head = NULL;
	}
	unlock();
	if (head)
		fn(head);
}

static void defer(void *ctx, struct tdp_rcu_head *head, void (*fn)(struct tdp_rcu_head *))
{
	(void)ctx;
	lock();
	if (deferred.head)
		machine_fail("two deferred callbacks at once");
	deferred.fn = fn;
	look(deferred.seen);
	__atomic_store_n(&deferred.head, head, __ATOMIC_RELAXED);
	unlock();
}

/* A callback may put off another one, and one that was taken by the other processor may still run: its tables are counted at the end. */
static void barrier(void *ctx)
{
	(void)ctx;
	while (__atomic_load_n(&deferred.head, __ATOMIC_ACQUIRE)) {
		grace_poll();
		cpu_pause();
	}
}

static void enter(void *ctx)
{
	(void)ctx;
	grace_enter();
}

static void leave(void *ctx)
{
	(void)ctx;
	grace_leave();
}

const struct tdp_rcu grace_rcu = {
	.size = sizeof(grace_rcu), .read_lock = enter, .read_unlock = leave, .defer = defer, .barrier = barrier};
