/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/urcu alone: what struct tdp_rcu promises, for each flavour, out of line and in line.
 */
/* This program is compatible with the LGPL: that is what the first of these says to liburcu. */
#define _LGPL_SOURCE
#define TDP_URCU_INLINE
#include <tdpmmu/urcu.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static unsigned tests, failures;

static void ok(bool good, const char *flavor, const char *what)
{
	failures += !good;
	printf("%sok %u - %s: %s\n", good ? "" : "not ", ++tests, flavor, what);
}

/* A head that lies in something, as it does in a tree. */
struct deferred {
	struct tdp_rcu_head head;
	const struct tdp_rcu *rcu;
	unsigned again, calls;
};

/* Defers itself as often as it shall. */
static void run(struct tdp_rcu_head *head)
{
	struct deferred *d = (struct deferred *)(void *)head;
	unsigned again = d->again;

	d->again = again - (again > 0);
	__atomic_fetch_add(&d->calls, 1, __ATOMIC_RELEASE);
	if (again > 0)
		d->rcu->defer(NULL, head, run);
}

static unsigned calls(const struct deferred *d)
{
	return __atomic_load_n(&d->calls, __ATOMIC_ACQUIRE);
}

/* A reader that sits in a section, entered twice, until it is told to leave. */
struct reader {
	const struct tdp_urcu *flavor;
	const struct tdp_rcu *rcu;
	bool inside, leave;
};

/* qsbr has none: a thread reads until it says otherwise. */
static void section(void (*hook)(void *ctx))
{
	if (hook)
		hook(NULL);
}

static void *sit(void *arg)
{
	struct reader *r = arg;

	r->flavor->register_thread();
	section(r->rcu->read_lock);
	section(r->rcu->read_lock);
	section(r->rcu->read_unlock);
	__atomic_store_n(&r->inside, true, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&r->leave, __ATOMIC_ACQUIRE))
		usleep(1000);
	section(r->rcu->read_unlock);
	r->flavor->quiescent();
	r->flavor->offline();
	r->flavor->online();
	r->flavor->unregister_thread();
	return NULL;
}

static void test(const struct tdp_urcu *flavor, const struct tdp_rcu *rcu)
{
	struct reader reader = {.flavor = flavor, .rcu = rcu};
	struct deferred once = {.rcu = rcu}, thrice = {.rcu = rcu, .again = 2};
	pthread_t thread;

	ok(rcu->size == sizeof(*rcu) && rcu->reserved == 0, flavor->name, "the size is said");
	flavor->register_thread();
	if (pthread_create(&thread, NULL, sit, &reader) != 0)
		return ok(false, flavor->name, "a thread");
	while (!__atomic_load_n(&reader.inside, __ATOMIC_ACQUIRE))
		usleep(1000);
	rcu->defer(NULL, &once.head, run);
	flavor->offline();
	usleep(100000);
	ok(calls(&once) == 0, flavor->name, "a reader, also in a nested section, keeps a callback waiting");
	__atomic_store_n(&reader.leave, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	rcu->barrier(NULL);
	ok(calls(&once) == 1, flavor->name, "a barrier waits for the callback");
	flavor->online();
	rcu->defer(NULL, &thrice.head, run);
	/* As a tree does: until nothing is in flight. */
	for (unsigned i = 1; i <= 3; i++)
		rcu->barrier(NULL);
	ok(calls(&thrice) == 3, flavor->name, "a callback may defer its own head");
	flavor->unregister_thread();
}

int main(void)
{
	static const char *const names[] = {"memb", "mb", "bp", "qsbr"};
	static struct tdp_rcu inlined[4];

	for (unsigned i = 0; i < 4; i++) {
		const struct tdp_urcu *flavor = tdp_urcu_find(names[i]);

		ok(flavor && strcmp(flavor->name, names[i]) == 0, names[i], "found by its name");
		if (!flavor)
			continue;
		test(flavor, &flavor->rcu);
		inlined[i] = tdp_urcu_inlined(flavor);
		ok(flavor->rcu.read_lock ? inlined[i].read_lock != flavor->rcu.read_lock : !inlined[i].read_lock, names[i],
		   "in line is another function, if there is one");
		test(flavor, &inlined[i]);
	}
	ok(tdp_urcu_find("") == NULL && tdp_urcu_find("member") == NULL, "others", "not found");
	printf("1..%u\n", tests);
	return failures != 0;
}
