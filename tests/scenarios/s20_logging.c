/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S20: the lockless fix of a write fault made a huge leaf writable while writes were being logged: one page was logged for 512.
 */
#include "meanwhile.h"

/* Which pages of [0, b) may be written to right now: exactly these, of the first four and the last. */
static void check_open(struct harness *h, int line, unsigned open)
{
	for (unsigned i = 0; i < 4; i++)
		if (((LIVE(i * h->p) & REF_W) != 0) != (open >> i & 1))
			harness_fail(h, line, "page %u is %s", i, open >> i & 1 ? "shut" : "open");
	if (h->n > 4 && (LIVE(h->b - h->p) & REF_W))
		harness_fail(h, line, "the last page is open");
}
#define OPEN(pages) check_open(h, __LINE__, pages)

static struct tdp_fault fault_on(struct harness *h, unsigned page, uint32_t access)
{
	return (struct tdp_fault){
		.gpa = page * h->p, .base = 0, .backing = {.hpa = HPA, .size = h->b, .attrs = RWX}, .access = access};
}

/* A huge leaf that was shut when logging began. */
static void plant_shut(struct harness *h)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RWX, &h->op));
	GUEST(h->p, REF_R);
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, h->b, RX, TDP_MASK_PROT, &h->op));
	SAME(entry_at(h, 0).level, 1);
}

SCENARIO(S20, write_fault_on_a_huge_leaf)
{
	const struct tdp_fault read = fault_on(h, 2, TDP_READ), write = fault_on(h, 1, TDP_WRITE);

	plant_shut(h);
	WITH(.flags = TDP_LOG_DIRTY);
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_fault(&h->tree, &read, &h->op));
	OPEN(0);
	IS(TDP_OK, tdp_fault(&h->tree, &write, &h->op));
	SAME(entry_at(h, h->p).level, 0);
	SAME(h->op.changed, h->p);
	OPEN(2);
	GUEST(h->p, REF_W);
	GUEST_FAULTS(0, REF_W);
}

/* Write is granted again while writes are logged: it opens at the next fault, and for one page. */
SCENARIO(S20, granted_but_not_opened)
{
	const struct tdp_fault write = fault_on(h, 3, TDP_WRITE);

	plant_shut(h);
	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, h->b, RWX, TDP_MASK_PROT, &h->op));
	SAME(entry_at(h, 0).level, 1);
	OPEN(0);
	IS(TDP_OK, tdp_fault(&h->tree, &write, &h->op));
	OPEN(8);
}

/* What is mapped meanwhile is mapped by pages, and shut. */
SCENARIO(S20, mapped_while_writes_are_logged)
{
	const struct tdp_fault read = fault_on(h, 0, TDP_READ), write = fault_on(h, 1, TDP_WRITE);

	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_OK, tdp_fault(&h->tree, &read, &h->op));
	IS(TDP_OK, tdp_fault(&h->tree, &write, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, 2 * h->p, h->b - 2 * h->p, HPA + 2 * h->p, RWX, &h->op));
	OPEN(2);
	SAME(entry_at(h, 2 * h->p).level, 0);
}

/* ---- the quick fault, which has no lock and no backing ---- */

/* Granted, and closed for the log. */
static void plant_granted(struct harness *h)
{
	plant_shut(h);
	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, h->b, RWX, TDP_MASK_PROT, &h->op));
	WITH(0);
}

SCENARIO(S20, quick_fault_on_a_huge_leaf)
{
	const struct tdp_fault write = fault_on(h, 1, TDP_WRITE);

	plant_granted(h);
	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_ABSENT, tdp_fault_fast(&h->tree, h->p, TDP_WRITE, &h->op));
	SAME(STORES + FLUSHES, 0);
	OPEN(0);
	IS(TDP_OK, tdp_fault(&h->tree, &write, &h->op));
	OPEN(2);
	IS(TDP_OK, tdp_fault_fast(&h->tree, 2 * h->p, TDP_WRITE, &h->op));
	SAME(h->op.changed, h->p);
	OPEN(6);
}

/* One that is dirty anyway, closed because a collection of a part of it found it, and made old: no touch opens it. */
SCENARIO(S20, quick_fault_on_an_old_huge_leaf, .quiet = true, .lazy = true)
{
	plant_granted(h);
	IS(TDP_OK, tdp_fault_fast(&h->tree, h->p, TDP_WRITE, &h->op));
	GUEST(h->p, REF_W);
	IS(TDP_OK, tdp_dirty_arm(&h->tree, h->p, h->p, NULL, &h->op));
	IS(TDP_OK, tdp_age(&h->tree, 0, h->p, true, NULL, &h->op));
	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_ABSENT, tdp_fault_fast(&h->tree, h->p, TDP_WRITE, &h->op));
	IS(TDP_OK, tdp_fault_fast(&h->tree, 2 * h->p, TDP_READ, &h->op));
	SAME(entry_at(h, 0).level, 1);
	OPEN(0);
	GUEST_FAULTS(h->p, REF_W);
	SAME(entry_at(h, 0).dirty, 1);
}

/* Two vCPUs write to one huge leaf at once. */
static enum tdp_result second;

static void write_page_2(struct harness *h, struct tdp_op *op)
{
	const struct tdp_fault f = fault_on(h, 2, TDP_WRITE);

	op->flags = TDP_LOG_DIRTY;
	second = tdp_fault(&h->tree, &f, op);
	CHECK(second == TDP_OK || second == TDP_BUSY || second == TDP_RACE);
}

static void write_page_1(struct harness *h)
{
	const struct tdp_fault f = fault_on(h, 1, TDP_WRITE);
	enum tdp_result r = TDP_RACE;

	second = TDP_RACE;
	for (unsigned tries = 0; r != TDP_OK && tries < 2; tries++) {
		WITH(.flags = TDP_LOG_DIRTY);
		harness_before(h, "the first vCPU's fault");
		r = tdp_fault(&h->tree, &f, &h->op);
		harness_after(h, __LINE__, r == TDP_RACE ? TDP_RACE : TDP_OK, r, "the first vCPU's fault");
	}
}

static void check_two_open(struct harness *h)
{
	OPEN(second == TDP_OK ? 6 : 2);
	SAME(entry_at(h, 0).level, 0);
}

SCENARIO(S20, two_write_faults_on_a_huge_leaf, .modes = IN_COMPANY)
{
	const struct meanwhile m = {plant_shut, write_page_1, write_page_2, check_two_open};

	CHECK(meanwhile_each(h, &m) > 3);
}

/* The other one has the quick fault only: it opens its page once there are pages, and nothing before. */
static void write_page_2_quickly(struct harness *h, struct tdp_op *op)
{
	op->flags = TDP_LOG_DIRTY;
	second = tdp_fault_fast(&h->tree, 2 * h->p, TDP_WRITE, op);
	CHECK(second == TDP_OK || second == TDP_ABSENT || second == TDP_BUSY || second == TDP_RACE);
	CHECK(second != TDP_OK || op->changed == h->p);
}

SCENARIO(S20, write_fault_and_quick_fault_on_a_huge_leaf, .modes = IN_COMPANY)
{
	const struct meanwhile m = {plant_granted, write_page_1, write_page_2_quickly, check_two_open};

	CHECK(meanwhile_each(h, &m) > 3);
}
