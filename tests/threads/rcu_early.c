/* SPDX-License-Identifier: BSD-2-Clause */
#include "rcu.h"

#include <assert.h>
#include <pthread.h>

/* A bit per thread: the reader that it is. */
static _Thread_local uint64_t self;
static _Thread_local unsigned depth;
/* Callbacks whose time has come, in the thread that runs them; a callback that defers again appends here instead of recursing. */
static _Thread_local struct rcu_deferred *ready;
static _Thread_local bool running;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct rcu_deferred *waiting;
static uint64_t threads, inside; /* bits in use; readers in a section */
static uint64_t queued, done;

static void run_ready(void)
{
	if (running)
		return;
	running = true;
	while (ready) {
		struct rcu_deferred *d = ready;

		ready = d->next;
		d->fn((struct tdp_rcu_head *)(void *)d);
		pthread_mutex_lock(&mutex);
		done++;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&mutex);
	}
	running = false;
}

static void read_lock(void *ctx)
{
	(void)ctx;
	assert(self != 0);
	if (depth++ > 0)
		return;
	pthread_mutex_lock(&mutex);
	inside |= self;
	pthread_mutex_unlock(&mutex);
}

static void read_unlock(void *ctx)
{
	(void)ctx;
	if (--depth > 0)
		return;
	pthread_mutex_lock(&mutex);
	inside &= ~self;
	for (struct rcu_deferred **p = &waiting; *p;) {
		struct rcu_deferred *d = *p;

		d->readers &= ~self;
		if (d->readers != 0) {
			p = &d->next;
			continue;
		}
		*p = d->next;
		d->next = ready;
		ready = d;
	}
	pthread_mutex_unlock(&mutex);
	run_ready();
}

static void defer(void *ctx, struct tdp_rcu_head *head, void (*fn)(struct tdp_rcu_head *))
{
	struct rcu_deferred *d = (struct rcu_deferred *)(void *)head, **list;

	(void)ctx;
	d->fn = fn;
	pthread_mutex_lock(&mutex);
	queued++;
	d->readers = inside;
	list = d->readers ? &waiting : &ready;
	d->next = *list;
	*list = d;
	pthread_mutex_unlock(&mutex);
	run_ready();
}

static void barrier(void *ctx)
{
	uint64_t until;

	(void)ctx;
	pthread_mutex_lock(&mutex);
	until = queued;
	while (done < until)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
}

static void enter_thread(void)
{
	pthread_mutex_lock(&mutex);
	self = ~threads & (threads + 1); /* the lowest that is free */
	assert(self != 0);
	threads |= self;
	pthread_mutex_unlock(&mutex);
}

static void leave_thread(void)
{
	pthread_mutex_lock(&mutex);
	threads &= ~self;
	self = 0;
	pthread_mutex_unlock(&mutex);
}

static const struct tdp_rcu hooks = {
	.size = sizeof(hooks),
	.read_lock = read_lock,
	.read_unlock = read_unlock,
	.defer = defer,
	.barrier = barrier,
};

const struct rcu_kind rcu_early = {.name = "early", .rcu = &hooks, .enter_thread = enter_thread, .leave_thread = leave_thread};
