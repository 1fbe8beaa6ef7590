/* SPDX-License-Identifier: BSD-2-Clause */
#include "rcu.h"

#include "el2.h"
#include "flush.h"
#include "lock.h"

/* One line of the cache each, so that no CPU waits for another's. count is odd while the CPU is inside. */
static struct reader {
	uint64_t count;
	uint64_t depth;
} __attribute__((aligned(64))) readers[CPUS];

/* The library has at most one callback in flight per tree, and there is one tree. */
static struct {
	struct lock lock;
	struct tdp_rcu_head *head;
	void (*fn)(struct tdp_rcu_head *);
	uint64_t asked[CPUS]; /* where each reader was */
	uint64_t begun, done; /* callbacks */
} waiting;

static void read_lock(void *ctx)
{
	struct reader *r = &readers[this_cpu()];

	(void)ctx;
	if (r->depth++ > 0)
		return;
	__atomic_store_n(&r->count, r->count + 1, __ATOMIC_RELAXED);
	/* Whoever does not see that we are inside has unlinked his table before we can look for it. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void read_unlock(void *ctx)
{
	struct reader *r = &readers[this_cpu()];

	(void)ctx;
	if (--r->depth == 0)
		__atomic_store_n(&r->count, r->count + 1, __ATOMIC_RELEASE);
}

uint64_t rcu_count(unsigned cpu)
{
	return __atomic_load_n(&readers[cpu].count, __ATOMIC_ACQUIRE);
}

/* Whether every CPU that was inside has left since. */
static bool grace_is_over(void)
{
	for (unsigned i = 0; i < CPUS; i++) {
		if (waiting.asked[i] % 2 == 1 && rcu_count(i) == waiting.asked[i])
			return false;
	}
	return true;
}

static void defer(void *ctx, struct tdp_rcu_head *head, void (*fn)(struct tdp_rcu_head *))
{
	(void)ctx;
	if (omission == OMIT_GRACE) {
		fn(head);
		return;
	}
	/* The other half of the fence in read_lock(). */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	lock(&waiting.lock);
	for (unsigned i = 0; i < CPUS; i++)
		waiting.asked[i] = rcu_count(i);
	waiting.fn = fn;
	waiting.begun++;
	__atomic_store_n(&waiting.head, head, __ATOMIC_RELEASE);
	unlock(&waiting.lock);
}

void rcu_poll(void)
{
	struct tdp_rcu_head *head = NULL;
	void (*fn)(struct tdp_rcu_head *) = NULL;

	if (!__atomic_load_n(&waiting.head, __ATOMIC_ACQUIRE))
		return;
	lock(&waiting.lock);
	if (waiting.head && grace_is_over()) {
		head = waiting.head;
		fn = waiting.fn;
		waiting.head = NULL;
	}
	unlock(&waiting.lock);
	if (!head)
		return;
	/* May defer again. */
	fn(head);
	__atomic_fetch_add(&waiting.done, 1, __ATOMIC_RELEASE);
}

static void barrier(void *ctx)
{
	const uint64_t wanted = __atomic_load_n(&waiting.begun, __ATOMIC_ACQUIRE);

	(void)ctx;
	while (__atomic_load_n(&waiting.done, __ATOMIC_ACQUIRE) < wanted) {
		rcu_poll();
		BARRIER("yield");
	}
}

const struct tdp_rcu rcu = {
	.size = sizeof(rcu), .read_lock = read_lock, .read_unlock = read_unlock, .defer = defer, .barrier = barrier};
