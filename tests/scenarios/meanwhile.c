/* SPDX-License-Identifier: BSD-2-Clause */
#include "meanwhile.h"

static struct {
	struct harness *h;
	const struct meanwhile *m;
	struct tdp_cache cache; /* the other thread's */
	unsigned at, points;
} now;

static void on_point(void *arg)
{
	struct tdp_op op = {.cache = &now.cache};

	(void)arg;
	if (now.points++ == now.at)
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
	now.h = h;
	now.m = m;
	for (now.at = 0;; now.at++) {
		m->plant(h);
		SAME(tdp_cache_fill(&now.cache, 16, referee_ops(h->r), h->r, NULL), TDP_OK);
		now.points = 0;
		WITH(0);
		referee_on_point(h->r, on_point, NULL);
		m->call(h);
		referee_on_point(h->r, NULL, NULL);
		WITH(0);
		m->check(h);
		empty(h);
		if (now.points <= now.at)
			break;
	}
	referee_drain(h->r, &now.cache);
	return now.at;
}
