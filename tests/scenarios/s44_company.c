/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S44 in company: a flush that waits is nobody's business but for who maps the page meanwhile. That there is one must be known before the
 * first entry is empty, until the flush is over, and be asked when the entry is taken, not before.
 */
#include "meanwhile.h"

static struct tdp_gather gather;
static enum tdp_result mapped, mapped_first;

/* Page 1 is in use by the guest. */
static void plant_page(struct harness *h)
{
	IS(TDP_OK, map_at(h, 0, 0, 4 * h->p, HPA, RWX));
	GUEST(h->p, REF_W);
	mapped = TDP_ABSENT;
}

/* Something else moves in as soon as there is room, and is used. */
static void move_in(struct harness *h, struct tdp_op *op)
{
	mapped = tdp_map(&h->tree, h->p, h->p, HPA2, RWX, op);
	CHECK(mapped == TDP_OK || mapped == TDP_EXISTS || mapped == TDP_BUSY);
	if (mapped == TDP_OK)
		CHECK(referee_guest(h->r, &h->tree, h->p, REF_W).fault == REF_OK);
}

static void check_moved_in(struct harness *h)
{
	GATHER_FLUSH(&gather);
	if (mapped == TDP_OK) {
		MAPPED(h->p, h->p, HPA2, RWX);
		GUEST(h->p, REF_R);
	} else {
		GUEST_FAULTS(h->p, REF_R);
	}
}

static void zap_with_gather(struct harness *h)
{
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, h->p, h->p, &h->op));
}

SCENARIO(S44, page_is_mapped_while_it_goes, .modes = IN_COMPANY)
{
	const struct meanwhile m = {plant_page, zap_with_gather, move_in, check_moved_in};

	CHECK(meanwhile_each(h, &m) > 3);
}

/* ---- as the flush comes ---- */

static struct {
	struct harness *h; /* NULL: nobody comes */
	void (*flush)(void *ctx, void *user, const struct tdp_flush *flush);
} hook;

static void move_in_before_flush(void *ctx, void *user, const struct tdp_flush *f)
{
	struct harness *h = hook.h;

	hook.h = NULL; /* his own flush is not met */
	if (h)
		move_in(h, &(struct tdp_op){.cache = h->cache});
	hook.flush(ctx, user, f);
}

static void flush_hook(struct tdp_mm_ops *ops)
{
	hook.flush = ops->flush;
	ops->flush = move_in_before_flush;
}

SCENARIO(S44, page_is_mapped_as_its_flush_comes, .modes = IN_COMPANY, .hooks = flush_hook)
{
	plant_page(h);
	zap_with_gather(h);
	hook.h = h;
	GATHER_FLUSH(&gather);
	SAME(mapped, TDP_OK);
	CHECK(FLUSHES >= 2); /* his, and the one that was to come */
	check_moved_in(h);
}

/* ---- the page comes and goes in the middle of a map ---- */

static unsigned both; /* how often it did, and the map went on */

static void plant_neighbour(struct harness *h)
{
	IS(TDP_OK, map_at(h, 0, 0, h->p, HPA, RWX));
}

static void come_and_go(struct harness *h, struct tdp_op *op)
{
	move_in(h, op);
	op->gather = &gather;
	if (mapped == TDP_OK)
		CHECK(tdp_zap(&h->tree, h->p, h->p, op) == TDP_OK);
}

/* What the other one gathers in the middle may wait for his gather; this call has none. */
static void map_page(struct harness *h)
{
	struct tdp_op op = {.cache = h->cache};

	WITH(.gather = &gather);
	harness_before(h, "map");
	mapped_first = tdp_map(&h->tree, h->p, h->p, HPA + h->p, RWX, &op);
	h->op = op;
	harness_after(h, __LINE__, mapped_first, mapped_first, "map");
}

static void check_first_is_mapped(struct harness *h)
{
	GATHER_FLUSH(&gather);
	CHECK(mapped_first == TDP_OK || (mapped_first == TDP_EXISTS && mapped == TDP_OK));
	both += mapped == TDP_OK && mapped_first == TDP_OK;
	if (mapped_first == TDP_OK)
		GUEST(h->p, REF_R);
	else
		GUEST_FAULTS(h->p, REF_R);
}

SCENARIO(S44, page_comes_and_goes_while_it_is_mapped, .modes = IN_COMPANY)
{
	const struct meanwhile m = {plant_neighbour, map_page, come_and_go, check_first_is_mapped};

	both = 0;
	CHECK(meanwhile_each(h, &m) > 1);
	CHECK(both > 0);
}

/* ---- who takes permissions away finds a page gone, and yet nobody may write when he returns (S23, S24) ---- */

static void plant_and_gather(struct harness *h)
{
	plant_page(h);
	zap_with_gather(h);
	WITH(0);
}

SCENARIO(S44, protection_finds_a_page_gone)
{
	plant_and_gather(h);
	IS(TDP_SPURIOUS, tdp_protect(&h->tree, h->p, h->p, &h->op));
	CHECK(FLUSHES > 0);
	GUEST_FAULTS(h->p, REF_W);
	GATHER_FLUSH(&gather);
}

SCENARIO(S44, fewer_permissions_find_a_page_gone)
{
	plant_and_gather(h);
	IS(TDP_SPURIOUS, tdp_set_attrs(&h->tree, h->p, h->p, RX, TDP_MASK_PROT, &h->op));
	CHECK(FLUSHES > 0);
	GUEST_FAULTS(h->p, REF_W);
	GATHER_FLUSH(&gather);
	/* Nothing is owed any more, and nothing is flushed. */
	IS(TDP_SPURIOUS, tdp_set_attrs(&h->tree, h->p, h->p, RX, TDP_MASK_PROT, &h->op));
	SAME(FLUSHES, 0);
}

/* Who withholds nothing need not look; who collects with a gather of his own waits for that. */
SCENARIO(S44, more_permissions_need_not_look)
{
	struct tdp_gather own = {0};

	plant_and_gather(h);
	IS(TDP_SPURIOUS, tdp_set_attrs(&h->tree, h->p, h->p, RWX, TDP_MASK_PROT, &h->op));
	SAME(FLUSHES, 0);
	WITH(.gather = &own);
	IS(TDP_SPURIOUS, tdp_set_attrs(&h->tree, h->p, h->p, RX, TDP_MASK_PROT, &h->op));
	SAME(FLUSHES, 0);
	GATHER_FLUSH(&own);
	CHECK(FLUSHES > 0);
	GUEST_FAULTS(h->p, REF_W);
	GATHER_FLUSH(&gather);
}
