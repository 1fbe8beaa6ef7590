/* SPDX-License-Identifier: BSD-2-Clause */
#include "rcu.h"

#include <pthread.h>

static pthread_rwlock_t section;
static _Thread_local unsigned depth;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct rcu_deferred *queue;
static uint64_t queued, done; /* how many callbacks ever */
static bool stopping;
static pthread_t worker;

/* Only the outermost lock is taken: writers come first, so a second read lock could wait for one that waits for us. */
static void read_lock(void *ctx)
{
	(void)ctx;
	if (depth++ == 0)
		pthread_rwlock_rdlock(&section);
}

static void read_unlock(void *ctx)
{
	(void)ctx;
	if (--depth == 0)
		pthread_rwlock_unlock(&section);
}

static void defer(void *ctx, struct tdp_rcu_head *head, void (*fn)(struct tdp_rcu_head *))
{
	struct rcu_deferred *d = (struct rcu_deferred *)(void *)head;

	(void)ctx;
	d->fn = fn;
	pthread_mutex_lock(&mutex);
	d->next = queue;
	queue = d;
	queued++;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
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

/* Runs what was taken from the queue after a grace period. A callback may put its head into the queue again. */
static uint64_t run(struct rcu_deferred *list)
{
	uint64_t n = 0;

	/* Whoever was inside when the list was taken has left; nobody new can know of what the callbacks free. */
	pthread_rwlock_wrlock(&section);
	pthread_rwlock_unlock(&section);
	for (struct rcu_deferred *next; list; list = next, n++) {
		next = list->next;
		list->fn((struct tdp_rcu_head *)(void *)list);
	}
	return n;
}

static void *work(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&mutex);
	while (queue || !stopping) {
		struct rcu_deferred *list = queue;
		uint64_t n;

		if (!list) {
			pthread_cond_wait(&changed, &mutex);
			continue;
		}
		queue = NULL;
		pthread_mutex_unlock(&mutex);
		n = run(list);
		pthread_mutex_lock(&mutex);
		done += n;
		pthread_cond_broadcast(&changed);
	}
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void start(void)
{
	pthread_rwlockattr_t attr;

	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&section, &attr);
	pthread_rwlockattr_destroy(&attr);
	stopping = false;
	pthread_create(&worker, NULL, work, NULL);
}

static void stop(void)
{
	pthread_mutex_lock(&mutex);
	stopping = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
	pthread_join(worker, NULL);
	pthread_rwlock_destroy(&section);
}

static const struct tdp_rcu hooks = {
	.size = sizeof(hooks),
	.read_lock = read_lock,
	.read_unlock = read_unlock,
	.defer = defer,
	.barrier = barrier,
};

const struct rcu_kind rcu_rwlock = {.name = "rwlock", .rcu = &hooks, .start = start, .stop = stop};
