/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S25: pages of a nested guest were logged by Dirty bits, which named them in the wrong address space, or not at all: write protection is the only way.
 * S26: clearing by a mask ran on and on at a page that was clean already, because its bit of the mask was not cleared.
 * S45: huge leaves that were write-protected when logging began: not found by the walk over pages, or opened by the first write for all of it.
 * S52: dirty bits were cleared for a migration that then failed, and stayed cleared.
 */
#include "meanwhile.h"
#include "names.h"

/* Collects [0, size): exactly the pages of expected, of the first 64, and none beyond. */
static void check_round(struct harness *h, int line, uint64_t size, uint64_t expected)
{
	struct names n;

	IS_EITHER(TDP_OK, TDP_SPURIOUS, arm(h, 0, size, names_of(h, &n)));
	if (n.words[0] != expected || how_many(&n) != (unsigned)__builtin_popcountll(expected))
		harness_fail(h, line, "%u pages, of the first ones %#" PRIx64 ", not %#" PRIx64, how_many(&n), n.words[0],
			     expected);
}
#define ROUND(size, expected) check_round(h, __LINE__, size, expected)

/* n pages from 0 on, a round old; what is written from now on must be named. */
static void start_log(struct harness *h, uint64_t n)
{
	struct names ignored;

	IS(TDP_OK, map_at(h, 0, 0, n * h->p, HPA, RWX));
	IS_EITHER(TDP_OK, TDP_SPURIOUS, arm(h, 0, n * h->p, names_of(h, &ignored)));
	referee_log_writes(h->r, true);
}

/* ---- S25 ---- */

/* Whatever hardware could do, each first write faults, and only what was written is named. */
SCENARIO(S25, nested_guest_is_logged_by_write_protection, .flags = TDP_TREE_LOG_BY_WRITE_PROTECT)
{
	start_log(h, 4);
	for (unsigned round = 0; round < 16; round++) {
		for (unsigned page = 0; page < 4; page++) {
			GUEST_FAULTS(page * h->p, REF_W);
			(void)referee_guest(h->r, &h->tree, page * h->p, REF_R);
			if (round >> page & 1)
				guest_writes(h, page * h->p);
		}
		ROUND(4 * h->p, round);
	}
}

/* The same for a huge leaf: closed, not cleaned. */
SCENARIO(S25, huge_leaf_of_a_nested_guest, .flags = TDP_TREE_LOG_BY_WRITE_PROTECT, .without = LARGE)
{
	struct names n;

	IS(TDP_OK, map_at(h, 1, 0, h->b, HPA, RWX));
	IS(TDP_OK, arm(h, 0, h->b, names_of(h, &n)));
	GUEST_FAULTS(0, REF_W);
	SAME(LIVE(0), TDP_RX);
	ROUND(h->b, 0);
	IS(TDP_OK, tdp_split(&h->tree, 0, h->b, 0, &h->op));
	GUEST_FAULTS(h->p, REF_W);
	guest_writes(h, h->p);
	ROUND(h->b, 2);
}

/* ---- S26 ---- */

static void check_mask(struct harness *h, int line, tdp_gpa_t gpa, uint64_t mask, uint64_t expected)
{
	struct names n;
	uint64_t before;

	(void)names_of(h, &n);
	referee_collects(h->r, &h->tree, &n.map);
	before = referee_counts(h->r).loads;
	IS(expected ? TDP_OK : TDP_SPURIOUS, tdp_dirty_arm_mask(&h->tree, gpa, mask, &n.map, &h->op));
	harness_same(h, line, n.words[gpa / h->p / 64], expected, "the pages that were named");
	harness_same(h, line, h->op.next, gpa + (64 - (unsigned)__builtin_clzll(mask)) * h->p, "op.next");
	harness_same(h, line, h->op.changed, (unsigned)__builtin_popcountll(expected) * h->p, "op.changed");
	harness_same(h, line, FLUSHES, expected != 0, "FLUSHES");
	if (referee_counts(h->r).loads - before > 512)
		harness_fail(h, line, "that took %" PRIu64 " loads", referee_counts(h->r).loads - before);
}
#define MASK(gpa, mask, expected) check_mask(h, __LINE__, gpa, mask, expected)

SCENARIO(S26, clean_pages_in_a_mask, .quiet = true)
{
	start_log(h, 4);
	guest_writes(h, h->p);
	MASK(0, 0xf, 2);
	MASK(0, 0xf, 0);
	MASK(0, 1, 0);
	guest_writes(h, 0);
	guest_writes(h, 3 * h->p);
	MASK(0, 6, 0); /* the clean ones between them */
	MASK(0, 0xe, 8);
	MASK(0, 0xf, 1);
}

/* What is not there, or not there any more, is no obstacle either; nor is the end of a table. */
SCENARIO(S26, absent_pages_in_a_mask, .quiet = true)
{
	start_log(h, 4);
	guest_writes(h, 3 * h->p);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->p, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, 2 * h->p, h->p, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, 2 * h->p, h->p, 5, &h->op));
	MASK(0, ~UINT64_C(0), 8);
	MASK(0, ~UINT64_C(0), 0);
}

/* ---- S45 ---- */

static struct tdp_fault write_at(struct harness *h, tdp_gpa_t gpa, unsigned level)
{
	const uint64_t size = tdp_level_size(&h->layout, level);

	return (struct tdp_fault){.gpa = gpa, .backing = {.hpa = HPA, .size = size, .attrs = RWX}, .access = TDP_WRITE};
}

/* A leaf of a level that was closed when logging began. */
static void plant_closed(struct harness *h, unsigned level)
{
	const uint64_t size = tdp_level_size(&h->layout, level);
	struct names n;

	IS(TDP_OK, map_at(h, level, 0, size, HPA, RWX));
	GUEST(3 * h->p, REF_W);
	IS(TDP_OK, arm(h, 0, h->p, names_of(h, &n))); /* a part of it, so that it is closed on every format */
	CHECK(named(&n, 0));
	SAME(entry_at(h, 0).level, level);
	SAME(LIVE(0), TDP_RX);
}

/* Found, and split by the write, for which memory may run out at each table; one page opens. */
static void write_to_closed(struct harness *h, unsigned level)
{
	const struct tdp_fault f = write_at(h, h->p, level);

	plant_closed(h, level);
	for (unsigned have = 0; have < level; have++) {
		const uint64_t state = tables_digest(h);

		harness_tables(h, have);
		WITH(.flags = TDP_LOG_DIRTY);
		GUEST_FAULTS(h->p, REF_W);
		IS(TDP_ABSENT, tdp_fault_fast(&h->tree, h->p, TDP_WRITE, &h->op));
		IS(TDP_NOMEM, tdp_fault(&h->tree, &f, &h->op));
		SAME(h->op.tables, level);
		SAME(tables_digest(h), state);
	}
	harness_tables(h, level);
	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(TAKEN, level);
	SAME(h->op.changed, h->p);
	GUEST(h->p, REF_W);
	GUEST_FAULTS(0, REF_W);
	GUEST_FAULTS(2 * h->p, REF_W);
	SAME(entry_at(h, h->b - h->p).dirty, 1); /* that there was a write is all that the leaf knew */
	MAPPED(0, h->b, HPA, RWX);
}

SCENARIO(S45, write_to_a_closed_huge_leaf)
{
	write_to_closed(h, 1);
}

SCENARIO(S45, write_to_a_closed_leaf_of_level_2, .without = PAE)
{
	write_to_closed(h, 2);
}

/* Once the leaf's own dirtiness has been collected, pages are told apart. */
SCENARIO(S45, then_page_by_page, .quiet = true, .without = LARGE)
{
	const struct tdp_fault f = write_at(h, h->p, 1);
	struct names n;

	plant_closed(h, 1);
	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	WITH(0);
	IS(TDP_OK, arm(h, 0, h->b, names_of(h, &n)));
	SAME(how_many(&n), h->n);
	referee_log_writes(h->r, true);
	guest_writes(h, 3 * h->p);
	guest_writes(h, h->p);
	ROUND(h->b, 10);
}

/* ---- S52 ---- */

/* A round was collected; what was to be sent never arrived. */
static struct names failed;

static struct {
	bool wrote, collected_0;
} other;

static void fail_a_round(struct harness *h)
{
	memset(&other, 0, sizeof(other));
	start_log(h, 4);
	guest_writes(h, 0);
	guest_writes(h, 2 * h->p);
	IS(TDP_OK, arm(h, 0, 4 * h->p, names_of(h, &failed)));
	CHECK(named(&failed, 0) && named(&failed, 2));
	failed.words[0] &= 5;
	failed.map.pages = 4;
	ROUND(4 * h->p, 0);
}

static void give_back(struct harness *h)
{
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_dirty_restore(&h->tree, &failed.map, &h->op));
}

SCENARIO(S52, a_round_that_failed, .quiet = true)
{
	fail_a_round(h);
	give_back(h);
	SAME(h->op.changed, 2 * h->p);
	SAME(FLUSHES, 0);
	guest_writes(h, 3 * h->p);
	ROUND(4 * h->p, 13);
	ROUND(4 * h->p, 0);
}

/* What was unmapped in between was reported by that, what was replaced is somebody else's page, and dirty in its own right. */
SCENARIO(S52, a_round_that_failed_while_pages_went, .quiet = true)
{
	fail_a_round(h);
	IS(TDP_OK, tdp_zap(&h->tree, 2 * h->p, h->p, &h->op));
	REPORTED(2 * h->p, h->p);
	give_back(h);
	SAME(h->op.changed, h->p);
	HOLE(2 * h->p, h->p);
	ROUND(4 * h->p, 1);
}

/* Pages that became a huge leaf in between: it is dirty as a whole. */
SCENARIO(S52, a_round_that_failed_before_a_promotion, .quiet = true)
{
	fail_a_round(h);
	if (h->n > 4)
		IS(TDP_OK, map_at(h, 0, 4 * h->p, h->b - 4 * h->p, HPA + 4 * h->p, RWX));
	IS(TDP_OK, promote(h, 0, h->b, 1, NULL, NULL));
	give_back(h);
	SAME(entry_at(h, 0).level, 1);
	SAME(entry_at(h, 0).dirty, 1);
}

/* In company: a write that comes in the middle is not lost, nor is what is given back. */
static void write_page_1(struct harness *h, struct tdp_op *op)
{
	if (referee_guest(h->r, &h->tree, h->p, REF_W).fault != REF_OK) {
		CHECK(tdp_fault_fast(&h->tree, h->p, TDP_WRITE, op) == TDP_OK);
		CHECK(referee_guest(h->r, &h->tree, h->p, REF_W).fault == REF_OK);
	}
	other.wrote = true;
}

static void collect_page_0(struct harness *h, struct tdp_op *op)
{
	struct names n;

	CHECK(tdp_dirty_arm(&h->tree, 0, h->p, names_of(h, &n), op) >= 0);
	other.collected_0 = named(&n, 0);
}

static void check_given_back(struct harness *h)
{
	struct names n;

	IS(TDP_OK, arm(h, 0, 4 * h->p, names_of(h, &n)));
	SAME(named(&n, 0), !other.collected_0);
	SAME(named(&n, 1), other.wrote);
	CHECK(named(&n, 2) && !named(&n, 3));
	referee_log_writes(h->r, false);
}

SCENARIO(S52, company, .modes = IN_COMPANY, .quiet = true)
{
	const struct meanwhile m[] = {
		{fail_a_round, give_back, write_page_1, check_given_back},
		{fail_a_round, give_back, collect_page_0, check_given_back},
	};

	for (unsigned i = 0; i < 2; i++)
		CHECK(meanwhile_each(h, &m[i]) > 2);
}
