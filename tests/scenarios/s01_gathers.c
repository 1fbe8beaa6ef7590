/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S01: two roots, one zap over both, only one of them populated: the flush need of the first survives the second. Here a gather adds
 * up the needs of several trees; what it cannot hold it flushes early, and who maps over one that is open flushes for himself.
 */
#include "scenarios.h"

enum { TREES = 5, RECORDS = 24 };

/* Further trees beside h->tree; [0] is unused. */
static struct tdp_tree trees[TREES + 1];

static void start_trees(struct harness *h, unsigned n)
{
	for (unsigned i = 1; i < n; i++)
		SAME(referee_start(h->r, &trees[i], h->setup->engine, &h->layout, 0, 100 + i), TDP_OK);
}

static void stop_trees(struct harness *h, unsigned n)
{
	for (unsigned i = 1; i < n; i++)
		referee_stop(h->r, &trees[i]);
}

/* The flushes of the last call that were for this tree. */
static unsigned flushes_of(struct harness *h, const struct tdp_tree *tree)
{
	unsigned n = 0;

	for (unsigned i = 0; i < FLUSHES; i++)
		n += referee_flush(h->r, i)->tree == tree;
	return n;
}

SCENARIO(S01, two_trees_the_second_empty)
{
	struct tdp_gather gather = {0};

	start_trees(h, 2);
	IS(TDP_OK, tdp_map(&h->tree, 0, 2 * h->p, HPA, RWX, &h->op));
	GUEST(0, REF_W);
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
	IS(TDP_SPURIOUS, tdp_zap(&trees[1], 0, h->b, &h->op));
	GATHER_FLUSH(&gather);
	GUEST_FAULTS(0, REF_R);
	SAME(flushes_of(h, &trees[1]), 0);
	stop_trees(h, 2);
}

/* Leaves only, so that nothing is flushed inside the calls: both trees are flushed once, each in its own range. */
SCENARIO(S01, two_trees_both_populated)
{
	struct tdp_gather gather = {0};
	const struct tdp_flush *f;

	start_trees(h, 2);
	IS(TDP_OK, tdp_map(&h->tree, 0, 2 * h->p, HPA, RWX, &h->op));
	IS(TDP_OK, tdp_map(&trees[1], h->g, h->p, HPA, RWX, &h->op));
	GUEST(0, REF_W);
	CHECK(referee_guest(h->r, &trees[1], h->g, REF_W).fault == REF_OK);
	WITH(.gather = &gather, .flags = TDP_ZAP_LEAVES);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 2 * h->p, &h->op));
	IS(TDP_OK, tdp_zap(&trees[1], h->g, h->p, &h->op));
	SAME(FLUSHES, 0);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 2);
	FLUSH(0, 0, 2 * h->p, 0, false);
	f = referee_flush(h->r, 1);
	CHECK(f->tree == &trees[1] && f->gpa == h->g && f->size == h->p);
	SAME(tdp_tree_tag(f->tree), 101);
	CHECK(referee_reported(h->r, 0) && referee_reported(h->r, h->g));
	GUEST_FAULTS(0, REF_R);
	CHECK(referee_guest(h->r, &trees[1], h->g, REF_R).fault != REF_OK);
	stop_trees(h, 2);
}

/* A gather remembers four trees; the fifth makes it flush early. Nothing is forgotten on the way. */
SCENARIO(S01, five_trees_in_one_gather)
{
	struct tdp_gather gather = {0};

	harness_tables(h, 64);
	start_trees(h, TREES);
	WITH(.flags = TDP_ZAP_LEAVES, .gather = &gather);
	for (unsigned i = 0; i < TREES; i++) {
		struct tdp_tree *tree = i ? &trees[i] : &h->tree;
		struct tdp_op op = {.cache = h->cache};

		IS(TDP_OK, tdp_map(tree, i * h->p, h->p, HPA + i * h->p, RWX, &op));
		CHECK(referee_guest(h->r, tree, i * h->p, REF_W).fault == REF_OK);
		IS(TDP_OK, tdp_zap(tree, i * h->p, h->p, &h->op));
		SAME(FLUSHES, i == 4 ? 4 : 0);
	}
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 1);
	SAME(flushes_of(h, &trees[4]), 1);
	for (unsigned i = 0; i < TREES; i++)
		CHECK(referee_guest(h->r, i ? &trees[i] : &h->tree, i * h->p, REF_R).fault != REF_OK);
	stop_trees(h, TREES);
}

/* And 24 records of written pages; each stretch of 64 leaves that is not full takes one. */
SCENARIO(S01, more_records_than_a_gather_holds, .without = FAKE)
{
	struct tdp_gather gather = {0};
	uint64_t reported = 0;
	unsigned early = 0;

	harness_tables(h, 80);
	for (unsigned i = 0; i < RECORDS + 3; i++) {
		IS(TDP_OK, map_at(h, 0, i * h->b, h->p, HPA + i * h->p, RWX));
		GUEST(i * h->b, REF_W);
	}
	WITH(.flags = TDP_ZAP_LEAVES, .gather = &gather);
	for (unsigned i = 0; i < RECORDS + 3; i++) {
		IS(TDP_OK, tdp_zap(&h->tree, i * h->b, h->p, &h->op));
		early += FLUSHES;
		reported += referee_reported_bytes(h->r);
		if (i < RECORDS)
			SAME(early, 0);
		if (referee_reported_bytes(h->r)) /* what was reported early is flushed */
			GUEST_FAULTS(0, REF_R);
	}
	SAME(early, 1);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 1);
	SAME(reported + referee_reported_bytes(h->r), (RECORDS + 3) * h->p);
	for (unsigned i = 0; i < RECORDS + 3; i++)
		GUEST_FAULTS(i * h->b, REF_R);
}

/* The same inside one call: it flushes in the middle and goes on. */
SCENARIO(S01, gather_fills_in_the_middle_of_a_call, .without = FAKE | NO_SD, .quiet = true)
{
	struct tdp_gather gather = {0};
	uint64_t reported;

	harness_tables(h, 80);
	IS(TDP_OK, map_at(h, 0, 0, 8 * h->b, HPA, RX));
	for (unsigned i = 0; i < 8 * 8; i += 2) { /* one page of every other stretch of 64 */
		IS(TDP_OK, tdp_set_attrs(&h->tree, i * 64 * h->p, h->p, RWX, TDP_MASK_PROT, NULL));
		GUEST(i * 64 * h->p, REF_W);
	}
	WITH(.flags = TDP_ZAP_LEAVES, .gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 8 * h->b, &h->op));
	SAME(FLUSHES, 1);
	reported = referee_reported_bytes(h->r);
	CHECK(reported > 0);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 1);
	SAME(reported + referee_reported_bytes(h->r), 32 * h->p);
	HOLE(0, 8 * h->b);
}

/* A full run of written pages is one record however long it is, up to 1024 stretches. */
SCENARIO(S01, long_runs_are_one_record, .without = FAKE)
{
	struct tdp_gather gather = {0};

	harness_tables(h, 80);
	IS(TDP_OK, map_at(h, 0, 0, 6 * h->b, HPA, RWX));
	WITH(.flags = TDP_ZAP_LEAVES, .gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 6 * h->b, &h->op)); /* the adversary writes every page */
	SAME(FLUSHES, 0);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 1);
	SAME(harness_delta(h).dirties, 1);
	REPORTED(0, 6 * h->b);
}

/* Mapping where an open gather has cleared entries: a TLB may still hold the old page, so each new entry is flushed first. */
SCENARIO(S01, map_over_an_open_gather)
{
	struct tdp_gather gather = {0};

	IS(TDP_OK, tdp_map(&h->tree, 0, 3 * h->p, HPA, RWX, &h->op));
	GUEST(0, REF_R);
	GUEST(h->p, REF_R);
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 2 * h->p, &h->op));
	WITH(0);
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA2, RWX, &h->op));
	SAME(FLUSHES, 1);
	FLUSH(0, 0, h->p, 0, false);
	referee_reclaim(h->r, HPA, h->p);
	GUEST(0, REF_W);
	GATHER_FLUSH(&gather);
	referee_lend(h->r, HPA, h->p);
	/* Closed: nothing more to flush. */
	IS(TDP_OK, tdp_map(&h->tree, h->p, h->p, HPA2 + h->p, RWX, &h->op));
	SAME(FLUSHES, 0);
}

/* The same by a fault, with a huge leaf, and by a table that is linked where a huge leaf was. */
SCENARIO(S01, install_over_an_open_gather)
{
	const struct tdp_fault f = {
		.gpa = h->b, .base = h->b, .backing = {.hpa = HPA2, .size = h->b, .attrs = RWX}, .access = TDP_READ};
	struct tdp_gather gather = {0};

	IS(TDP_OK, tdp_map(&h->tree, 0, 3 * h->b, HPA, RWX, &h->op));
	GUEST(0, REF_R);
	GUEST(h->b, REF_R);
	GUEST(2 * h->b + h->p, REF_R);
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 3 * h->b, &h->op));
	SAME(FLUSHES, 0);
	WITH(0);
	IS(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(FLUSHES, 1);
	FLUSH(0, h->b, h->b, 1, false);
	IS(TDP_OK, tdp_map(&h->tree, 2 * h->b + h->p, h->p, HPA2, RWX, &h->op)); /* a table where the b was */
	SAME(FLUSHES, 1);
	FLUSH(0, 2 * h->b, h->b, 1, false);
	IS(TDP_OK, tdp_note(&h->tree, h->p, h->p, 5, &h->op)); /* and a table for a note */
	CHECK(FLUSHES <= 1);
	referee_reclaim(h->r, HPA + h->b, 2 * h->b);
	GUEST(h->b, REF_W);
	GUEST(2 * h->b + h->p, REF_W);
	GUEST_FAULTS(2 * h->b, REF_R);
	GATHER_FLUSH(&gather);
}

/* R11: a zap that finds pages absent which somebody's open gather has cleared: they must not be in use when it returns. */
SCENARIO(S01, zap_finds_what_an_open_gather_cleared)
{
	struct tdp_gather gather = {0};

	IS(TDP_OK, tdp_map(&h->tree, 0, 2 * h->p, HPA, RWX, &h->op));
	GUEST(0, REF_W);
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->p, &h->op));
	WITH(0);
	IS(TDP_SPURIOUS, tdp_zap(&h->tree, 0, h->p, &h->op));
	SAME(FLUSHES, 1);
	FLUSH(0, 0, h->p, -1, false);
	referee_reclaim(h->r, HPA, h->p);
	GUEST_FAULTS(0, REF_R);
	GATHER_FLUSH(&gather);
	CHECK(referee_reported(h->r, 0));
	/* Closed: a zap that finds nothing flushes nothing. */
	IS(TDP_SPURIOUS, tdp_zap(&h->tree, 0, h->p, &h->op));
	SAME(FLUSHES, 0);
}

/* Narrowing clears no entry: nobody has to flush for it. */
SCENARIO(S01, map_beside_a_gather_that_only_narrowed)
{
	struct tdp_gather gather = {0};

	IS(TDP_OK, tdp_map(&h->tree, 0, 2 * h->p, HPA, RWX, &h->op));
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->p, &h->op));
	WITH(0);
	IS(TDP_OK, tdp_map(&h->tree, 3 * h->p, h->p, HPA, RWX, &h->op));
	SAME(FLUSHES, 0);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 1);
}
