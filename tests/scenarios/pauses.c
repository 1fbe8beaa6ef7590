/* SPDX-License-Identifier: BSD-2-Clause */
#include "pauses.h"

static struct {
	struct harness *h; /* NULL: nobody pauses */
	unsigned every;
	void (*work)(struct harness *h);
	unsigned asked, yields;
	unsigned accesses, most;
	tdp_gpa_t next;
	uint64_t flushed;
} now;

/* Accesses to entries so far. */
static unsigned accesses(const struct harness *h)
{
	struct referee_counts c = referee_counts(h->r);

	return c.loads + c.stores;
}

/* A stretch of work ends here. */
static void measure(const struct harness *h)
{
	unsigned work = accesses(h) - now.accesses;

	now.most = work > now.most ? work : now.most;
	now.accesses = accesses(h);
}

static bool on_should_yield(void *ctx, void *user)
{
	(void)ctx;
	(void)user;
	if (!now.h)
		return false;
	measure(now.h);
	return ++now.asked, now.every && now.asked % now.every == 0;
}

/* The log of flushes ends here. */
static void add_flushes(const struct harness *h)
{
	const struct tdp_flush *f;

	for (unsigned i = 0; (f = referee_flush(h->r, i)) != NULL; i++)
		now.flushed += f->size;
}

static void nothing(struct harness *h)
{
	(void)h;
}

static void on_yield(void *ctx, void *user)
{
	struct harness *h = now.h;

	(void)ctx;
	(void)user;
	if (!h)
		return;
	measure(h);
	if (referee_reading())
		harness_fail(h, 0, "%s pauses in a read section", h->call);
	if (now.yields && h->op.next <= now.next)
		harness_fail(h, 0, "%s came from %#" PRIx64 " to %#" PRIx64 " between two pauses", h->call, now.next, h->op.next);
	now.next = h->op.next;
	add_flushes(h);
	now.h = NULL; /* what is done meanwhile does not pause */
	harness_pause(h, now.work ? now.work : nothing);
	now.h = h;
	now.yields++;
	now.accesses = accesses(h);
}

void pauses_hooks(struct tdp_mm_ops *ops)
{
	now.h = NULL;
	ops->should_yield = on_should_yield;
	ops->yield = on_yield;
}

void pauses_start(struct harness *h, unsigned every, void (*work)(struct harness *h))
{
	now.h = h;
	now.every = every;
	now.work = work;
	now.asked = now.yields = now.most = 0;
	now.flushed = 0;
	now.accesses = accesses(h);
}

unsigned pauses_end(struct harness *h)
{
	measure(h);
	add_flushes(h);
	now.h = NULL;
	return now.yields;
}

unsigned pauses_asked(void)
{
	return now.asked;
}

unsigned pauses_most_work(void)
{
	return now.most;
}

uint64_t pauses_flushed(void)
{
	return now.flushed;
}

unsigned pauses_number(void)
{
	return now.yields;
}

tdp_gpa_t pauses_next(void)
{
	return now.next;
}
