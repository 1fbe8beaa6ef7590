/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S43: cache maintenance of a page that is mapped: for device memory too, by the loser of a race (when the guest was using the page
 * already), or after the entry was visible.
 * S44: on unmap the invalidation of leaves may be put off, but one put off that of a table as well.
 */
#include "meanwhile.h"
#include "names.h"

static struct {
	struct harness *h;
	void (*plain)(void *ctx, tdp_hpa_t hpa, uint64_t size, bool data, bool exec);
	tdp_gpa_t gpa;	/* where the page that is watched will be ... */
	tdp_hpa_t hpa;	/* ... and what backs it */
	unsigned calls; /* for that page */
} sync;

/* The page is not there yet, and nobody else is at it: who comes now is told to come again. */
static void on_page_sync(void *ctx, tdp_hpa_t hpa, uint64_t size, bool data, bool exec)
{
	struct harness *h = sync.h;

	sync.plain(ctx, hpa, size, data, exec);
	if (!h || hpa > sync.hpa || hpa + size <= sync.hpa)
		return;
	sync.calls++;
	if (referee_walk(h->r, &h->tree, sync.gpa, REF_R).fault == REF_OK)
		harness_fail(h, 0, "%s: a page is made ready that the guest can see", h->call);
}

static void watch_syncs(struct tdp_mm_ops *ops)
{
	sync.plain = ops->page_sync;
	sync.h = NULL;
	ops->page_sync = on_page_sync;
}

/* From here on. */
static void watch(struct harness *h, tdp_gpa_t gpa, tdp_hpa_t hpa)
{
	sync.h = h;
	sync.gpa = gpa;
	sync.hpa = hpa;
	sync.calls = 0;
}

static struct tdp_fault fault_at(struct harness *h, tdp_gpa_t gpa, struct tdp_attrs attrs)
{
	return (struct tdp_fault){
		.gpa = gpa, .base = gpa, .backing = {.hpa = HPA + gpa, .size = h->p, .attrs = attrs}, .access = TDP_READ};
}

SCENARIO(S43, memory_is_made_ready_before_it_is_seen, .hooks = watch_syncs, .check_sync = true)
{
	struct tdp_fault f = fault_at(h, h->p, RX);

	watch(h, h->p, HPA + h->p);
	IS(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(sync.calls, 1);
	watch(h, h->p, HPA + h->p);
	IS(TDP_SPURIOUS, tdp_fault(&h->tree, &f, &h->op));
	SAME(sync.calls, 0);
	watch(h, h->b + 3 * h->p, HPA + h->b + 3 * h->p);
	IS(TDP_OK, map_at(h, 0, h->b, h->b, HPA + h->b, RWX));
	SAME(sync.calls, 1);
	watch(h, 2 * h->b + h->p, HPA + 2 * h->b + h->p);
	IS(TDP_OK, map_at(h, 1, 2 * h->b, h->b, HPA + 2 * h->b, RWX));
	SAME(sync.calls, 1);
	/* A split makes no page appear. */
	watch(h, 2 * h->b + h->p, HPA + 2 * h->b + h->p);
	IS(TDP_OK, tdp_zap(&h->tree, 2 * h->b, h->p, &h->op));
	SAME(sync.calls, 0);
	watch(h, h->b, HPA2);
	IS(TDP_OK, tdp_replace(&h->tree, h->b, h->p, HPA + h->b, HPA2, RWX, &h->op));
	SAME(sync.calls, 1);
}

/* Device registers are not written back. */
SCENARIO(S43, not_for_devices, .hooks = watch_syncs, .check_sync = true)
{
	struct tdp_fault f = fault_at(h, h->p, UC);

	IS(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(harness_delta(h).syncs, 0);
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA, UC, &h->op));
	SAME(harness_delta(h).syncs, 0);
	IS(TDP_OK, tdp_replace(&h->tree, h->b, h->p, HPA, HPA2, UC, &h->op));
	SAME(harness_delta(h).syncs, 0);
}

/* Of two who map one page the winner makes it ready, once. */
static void fault_too(struct harness *h, struct tdp_op *op)
{
	const struct tdp_fault f = fault_at(h, h->p, RWX);
	enum tdp_result r = tdp_fault(&h->tree, &f, op);

	CHECK(r == TDP_OK || r == TDP_SPURIOUS || r == TDP_BUSY || r == TDP_RACE);
}

static void one_fault(struct harness *h)
{
	const struct tdp_fault f = fault_at(h, h->p, RWX);
	enum tdp_result r;

	watch(h, h->p, HPA + h->p);
	harness_before(h, "the first fault");
	r = tdp_fault(&h->tree, &f, &h->op);
	harness_after(h, __LINE__, r, r, "the first fault");
}

static void some_table(struct harness *h)
{
	sync.h = NULL;
	IS(TDP_OK, map_at(h, 0, 0, h->p, HPA, RWX));
}

static void made_ready_once(struct harness *h)
{
	SAME(sync.calls, 1);
	GUEST(h->p, REF_R);
}

SCENARIO(S43, by_the_winner_of_a_race, .modes = IN_COMPANY, .hooks = watch_syncs, .check_sync = true)
{
	const struct meanwhile m = {some_table, one_fault, fault_too, made_ready_once};

	CHECK(meanwhile_each(h, &m) > 3);
}

/* ---- S44 ---- */

/* Single pages in two tables, and a huge leaf. */
static void plant(struct harness *h)
{
	IS(TDP_OK, map_at(h, 0, 0, 2 * h->b, HPA, RWX));
	IS(TDP_OK, map_at(h, 1, 2 * h->b, h->b, HPA + 2 * h->b, RWX));
	GUEST(h->p, REF_W);
	GUEST(h->b, REF_W);
	GUEST(2 * h->b, REF_W);
}

SCENARIO(S44, leaves_may_wait)
{
	struct tdp_gather gather = {0};

	plant(h);
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 2 * h->p, &h->op));
	SAME(FLUSHES, 0);
	WITH(.gather = &gather, .flags = TDP_ZAP_LEAVES);
	IS(TDP_OK, tdp_zap(&h->tree, 2 * h->p, h->b, &h->op));
	SAME(FLUSHES, 0);
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, 2 * h->b, h->b, &h->op));
	SAME(FLUSHES, 0);
	SAME(FREED, 0);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 1);
	CHECK(referee_reported(h->r, h->p) && referee_reported(h->r, h->b) && referee_reported(h->r, 2 * h->b));
	GUEST_FAULTS(h->p, REF_R);
	GUEST_FAULTS(2 * h->b, REF_R);
}

/* The table is flushed and freed inside the call, whatever the gather holds of leaves. */
SCENARIO(S44, tables_may_not, .modes = FREEING)
{
	struct tdp_gather gather = {0};

	plant(h);
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, h->p, h->p, &h->op)); /* a leaf of the table that stays */
	SAME(FLUSHES, 0);
	IS(TDP_OK, tdp_zap(&h->tree, h->b, 2 * h->b, &h->op)); /* a table and a huge leaf */
	SAME(FREED, 1);
	CHECK(FLUSHES >= 1);
	SAME(referee_flush(h->r, 0)->tables, 1);
	GUEST_FAULTS(h->b, REF_R);
	GUEST_FAULTS(h->b + h->p, REF_R); /* through no cached upper level either */
	GATHER_FLUSH(&gather);
	GUEST_FAULTS(h->p, REF_R);
	GUEST_FAULTS(2 * h->b, REF_R);
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
	SAME(FREED, 1);
	SAME(FLUSHES, 1);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 0);
}

/* A collection may put its flush off, and so the moment from which pages may be read; what is written until then is not lost. */
SCENARIO(S44, collection_may_wait)
{
	struct tdp_gather gather = {0};
	struct names n;

	plant(h);
	WITH(.gather = &gather);
	IS(TDP_OK, arm(h, 0, 2 * h->p, names_of(h, &n)));
	SAME(FLUSHES, 0);
	CHECK(named(&n, 1));
	(void)referee_guest(h->r, &h->tree, h->p, REF_W); /* by what was cached */
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 1);
	WITH(0);
	SAME(LIVE(h->p) & TDP_W, h->hw_d ? TDP_W : 0);
}

/* A promotion's tables go at once, whatever waits of their pages. */
SCENARIO(S44, promoted_tables_may_not, .without = LARGE)
{
	struct tdp_gather gather = {0};
	struct names n;

	plant(h);
	WITH(.gather = &gather);
	IS(TDP_OK, arm(h, 0, h->b, names_of(h, &n)));
	WITH(0);
	IS(TDP_OK, promote(h, 0, 2 * h->b, 1, NULL, NULL));
	SAME(FLUSHES, 1);
	FLUSH(0, 0, 2 * h->b, -1, true);
	SAME(FREED, 2);
	GATHER_FLUSH(&gather);
	MAPPED(0, 2 * h->b, HPA, RWX);
}
