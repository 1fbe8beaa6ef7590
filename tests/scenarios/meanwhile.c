/* SPDX-License-Identifier: BSD-2-Clause */
#include "meanwhile.h"

static struct {
	struct harness *h;
	const struct meanwhile *m;
	struct tdp_cache cache; /* the other thread's */
} now;

static void comes(void *arg)
{
	struct tdp_op op = {.cache = &now.cache};

	(void)arg;
	now.m->other(now.h, &op);
}

/* Everything goes, upper tables too. */
static void empty(struct harness *h)
{
	WITH(.flags = TDP_EXCLUSIVE);
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_zap(&h->tree, 0, h->end, &h->op));
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_trim(&h->tree, 0, h->end, &h->op));
	harness_tables(h, 64);
	WITH(0);
}

unsigned meanwhile_each(struct harness *h, const struct meanwhile *m)
{
	unsigned at = 0;
	bool came;

	now.h = h;
	now.m = m;
	do {
		m->plant(h);
		SAME(tdp_cache_fill(&now.cache, 16, referee_ops(h->r), h->r, NULL), TDP_OK);
		WITH(0);
		referee_between(at++, comes, NULL);
		m->call(h);
		came = referee_came_between();
		WITH(0);
		m->check(h);
		empty(h);
	} while (came);
	referee_drain(h->r, &now.cache);
	return at - 1;
}
