/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S23: a page that was write-protected for the log already was write-protected for page-table tracking, too: nothing seemed to be left to do, so the
 * page stayed "may be made writable", and was not flushed; the next fault opened it.
 * S24: the host made a page read-only: the entry lost W and host-writable, but not MMU-writable, so the quick fault gave W back.
 */
#include "meanwhile.h"
#include "names.h"

/* Page 1 of four, written, and then shut for the log where a fault sets Dirty. */
static void plant_logged(struct harness *h)
{
	struct names n;

	IS(TDP_OK, map_at(h, 0, 0, 4 * h->p, HPA, RWX));
	GUEST(h->p, REF_W);
	IS(TDP_OK, arm(h, 0, 4 * h->p, names_of(h, &n)));
}

/* Nobody can write to page 1, and no fault changes that. */
static void check_shut(struct harness *h, enum tdp_result quick)
{
	const struct tdp_fault f = {.gpa = h->p,
				    .base = h->p,
				    .backing = {.hpa = HPA + h->p, .size = h->p, .attrs = quick == TDP_ABSENT ? RX : RWX},
				    .access = TDP_WRITE};

	GUEST_FAULTS(h->p, REF_W);
	IS(quick, tdp_fault_fast(&h->tree, h->p, TDP_WRITE, &h->op));
	WITH(.flags = TDP_LOG_DIRTY);
	IS(quick, tdp_fault_fast(&h->tree, h->p, TDP_WRITE, &h->op));
	WITH(0);
	IS(TDP_PROTECTED, tdp_fault(&h->tree, &f, &h->op));
	SAME(LIVE(h->p) & TDP_W, 0);
	SAME(entry_at(h, h->p).state & TDP_STATE_MMU_WRITABLE, 0);
	GUEST_FAULTS(h->p, REF_W);
	SAME(LIVE(0) & TDP_R, TDP_R);
}

/* ---- S23 ---- */

SCENARIO(S23, logged_then_protected, .flags = TDP_TREE_LOG_BY_WRITE_PROTECT)
{
	plant_logged(h);
	SAME(LIVE(h->p), TDP_RX);
	IS(TDP_OK, tdp_protect(&h->tree, h->p, h->p, &h->op));
	SAME(FLUSHES, 1);
	check_shut(h, TDP_PROTECTED);
	IS(TDP_SPURIOUS, tdp_protect(&h->tree, h->p, h->p, &h->op));
	SAME(STORES, 0);
}

/* The log's own flush has not come yet: whoever protects cannot wait for it. */
SCENARIO(S23, logged_with_a_gather_then_protected)
{
	struct tdp_gather gather = {0};
	struct names n;

	IS(TDP_OK, map_at(h, 0, 0, 4 * h->p, HPA, RWX));
	GUEST(h->p, REF_W);
	WITH(.gather = &gather);
	IS(TDP_OK, arm(h, 0, 4 * h->p, names_of(h, &n)));
	SAME(FLUSHES, 0);
	WITH(0);
	IS(TDP_OK, tdp_protect(&h->tree, h->p, h->p, &h->op));
	CHECK(FLUSHES >= 1);
	check_shut(h, TDP_PROTECTED);
	GATHER_FLUSH(&gather);
}

/* Collections, a round that is given back, splits and promotions leave the protection as it is. */
SCENARIO(S23, protection_outlasts_the_log)
{
	struct names n;

	plant_logged(h);
	IS(TDP_OK, tdp_protect(&h->tree, h->p, h->p, &h->op));
	IS_EITHER(TDP_OK, TDP_SPURIOUS, arm(h, 0, 4 * h->p, names_of(h, &n)));
	n.words[0] = 0xf;
	n.map.pages = 4;
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_dirty_restore(&h->tree, &n.map, &h->op));
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_age(&h->tree, 0, 4 * h->p, true, NULL, &h->op));
	check_shut(h, TDP_PROTECTED);
	WITH(.flags = TDP_EXCLUSIVE);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
	WITH(0);
	IS(TDP_OK, map_at(h, 1, 0, h->b, HPA, RWX));
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->b, &h->op));
	IS(TDP_OK, tdp_split(&h->tree, 0, h->b, 0, &h->op));
	check_shut(h, TDP_PROTECTED);
	IS(TDP_OK, promote(h, 0, h->b, 1, NULL, NULL));
	check_shut(h, TDP_PROTECTED);
}

/* The quick fault comes in the middle. */
static enum tdp_result quick;

static void quick_write(struct harness *h, struct tdp_op *op)
{
	quick = tdp_fault_fast(&h->tree, h->p, TDP_WRITE, op);
	CHECK(quick >= 0 || quick == TDP_PROTECTED || quick == TDP_ABSENT || quick == TDP_BUSY || quick == TDP_RACE);
	if (quick == TDP_OK)
		(void)referee_guest(h->r, &h->tree, h->p, REF_W);
}

static void protect_page_1(struct harness *h)
{
	IS(TDP_OK, tdp_protect(&h->tree, h->p, h->p, &h->op));
}

static void check_protected(struct harness *h)
{
	check_shut(h, TDP_PROTECTED);
}

SCENARIO(S23, quick_fault_while_it_is_protected, .modes = IN_COMPANY, .flags = TDP_TREE_LOG_BY_WRITE_PROTECT)
{
	const struct meanwhile m = {plant_logged, protect_page_1, quick_write, check_protected};

	CHECK(meanwhile_each(h, &m) > 2);
}

/* ---- S24 ---- */

static void read_only(struct harness *h)
{
	IS(TDP_OK, tdp_set_attrs(&h->tree, h->p, h->p, RX, TDP_MASK_PROT, &h->op));
}

static void check_read_only(struct harness *h)
{
	check_shut(h, TDP_ABSENT);
	MAPPED(h->p, h->p, HPA + h->p, RX);
}

SCENARIO(S24, host_page_turns_read_only)
{
	struct names n;

	IS(TDP_OK, map_at(h, 0, 0, 4 * h->p, HPA, RWX));
	GUEST(h->p, REF_W);
	read_only(h);
	CHECK(FLUSHES >= 1);
	check_read_only(h);
	/* What happened before is remembered, and collecting or giving it back opens nothing. */
	IS(TDP_OK, arm(h, 0, 4 * h->p, names_of(h, &n)));
	CHECK(named(&n, 1));
	n.map.pages = 4;
	IS(TDP_OK, tdp_dirty_restore(&h->tree, &n.map, &h->op));
	check_read_only(h);
	/* The host's page is writable again: the next write, and no earlier one, is logged. */
	IS_EITHER(TDP_OK, TDP_SPURIOUS, arm(h, 0, 4 * h->p, names_of(h, &n)));
	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_OK, tdp_set_attrs(&h->tree, h->p, h->p, RWX, TDP_MASK_PROT, &h->op));
	SAME(LIVE(h->p), TDP_RX);
	IS(TDP_OK, tdp_fault_fast(&h->tree, h->p, TDP_WRITE, &h->op));
	GUEST(h->p, REF_W);
}

/* It was shut for the log already, so that W is not there to be taken. */
SCENARIO(S24, logged_then_read_only, .flags = TDP_TREE_LOG_BY_WRITE_PROTECT)
{
	plant_logged(h);
	read_only(h);
	CHECK(FLUSHES >= 1);
	check_read_only(h);
}

SCENARIO(S24, quick_fault_while_it_turns_read_only, .modes = IN_COMPANY, .flags = TDP_TREE_LOG_BY_WRITE_PROTECT)
{
	const struct meanwhile m = {plant_logged, read_only, quick_write, check_read_only};

	CHECK(meanwhile_each(h, &m) > 2);
}
