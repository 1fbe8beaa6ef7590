/* SPDX-License-Identifier: BSD-2-Clause */
#include "notifier.h"

#include <sched.h>

void notifier_open(struct notifier *n)
{
	*n = (struct notifier){.shut = false};
	pthread_mutex_init(&n->lock, NULL);
}

uint32_t notifier_seq(const struct notifier *n)
{
	return tdp_invalidation_seq(&n->counters);
}

bool notifier_enter(struct notifier *n, const struct caller *c, uint32_t seq, tdp_gpa_t gpa, uint64_t size)
{
	/* Sequentially consistent, both: either we see that the gate is shut, or who shuts it sees us inside. */
	n->caller[c->number].inside = true;
	if (!n->shut && !tdp_invalidation_retry(&n->counters, seq, gpa, size))
		return true;
	notifier_leave(n, c);
	return false;
}

void notifier_leave(struct notifier *n, const struct caller *c)
{
	atomic_store_explicit(&n->caller[c->number].inside, false, memory_order_release);
}

bool notifier_changing(const struct notifier *n, tdp_gpa_t gpa, uint64_t size)
{
	return tdp_invalidation_retry(&n->counters, notifier_seq(n), gpa, size);
}

/* Nobody is inside, nor comes in, until the gate opens. Who is inside waits for vCPUs to leave the guest at most, never for us. */
static void shut(struct notifier *n)
{
	pthread_mutex_lock(&n->lock);
	n->shut = true;
	for (unsigned i = 0; i < CALLERS_MAX; i++)
		while (n->caller[i].inside)
			sched_yield();
}

/* What was done behind the gate is visible to whoever comes in. */
static void open_again(struct notifier *n)
{
	atomic_store_explicit(&n->shut, false, memory_order_release);
	pthread_mutex_unlock(&n->lock);
}

void notifier_begin(struct notifier *n, tdp_gpa_t gpa, uint64_t size)
{
	shut(n);
	tdp_invalidation_begin(&n->counters, gpa, size);
	open_again(n);
}

void notifier_end(struct notifier *n)
{
	shut(n);
	tdp_invalidation_end(&n->counters);
	open_again(n);
}
