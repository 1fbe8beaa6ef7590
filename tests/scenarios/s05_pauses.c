/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S05 for collections, splits and promotions: what they find when they go on is not what they left. (Zaps, maps and changes of attributes:
 * s02_pauses.c.)
 */
#include "names.h"
#include "pauses.h"

/* n tables of pages from 0 on; the second page of each was written while writes are logged. */
static void plant_logged(struct harness *h, unsigned n)
{
	IS(TDP_OK, map_at(h, 0, 0, n * h->b, HPA, RWX));
	IS_EITHER(TDP_OK, TDP_SPURIOUS, arm(h, 0, n * h->b, NULL));
	referee_log_writes(h->r, true);
	for (unsigned i = 0; i < n; i++)
		guest_writes(h, i * h->b + h->p);
}

/* Into a bitmap of huge pages, which all of the range fits into on every format. */
static struct tdp_bitmap *huge_pages(struct harness *h, struct names *n)
{
	names_of(h, n)->page_lg2 = (uint32_t)__builtin_ctzll(h->b);
	return &n->map;
}

/* The bitmap of the collection that pauses; NULL: it is another call. And what lies between two units of work. */
static struct names *collecting;
static uint64_t step;

/* The first pause only; its own calls are done. */
static bool is_first(void)
{
	return pauses_number() == 0;
}

static void goes_on(struct harness *h)
{
	if (collecting)
		referee_collects(h->r, &h->tree, &collecting->map);
	harness_tables(h, 64);
}

/* Everything goes, the upper tables in which the call stands too. */
static void all_goes(struct harness *h)
{
	WITH(.flags = TDP_EXCLUSIVE); /* the call that pauses is not inside */
	if (is_first())
		IS(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op));
	goes_on(h);
}

/* A huge leaf comes instead of what is ahead, and is written to. */
static void huge_leaf_ahead(struct harness *h)
{
	WITH(.flags = TDP_EXCLUSIVE, .max_level_plus1 = 2);
	if (is_first()) {
		IS(TDP_OK, tdp_zap(&h->tree, step, h->b, &h->op));
		IS(TDP_OK, tdp_map(&h->tree, step, h->b, HPA + step, RWX, &h->op));
		SAME(entry_at(h, step).level, 1);
		GUEST(step, REF_W);
	}
	goes_on(h);
}

/* One that reaches from behind the call, or from where it goes on, to beyond its end. */
static void huge_leaf_around(struct harness *h)
{
	const tdp_gpa_t base = step & ~(h->g - 1);

	WITH(.flags = TDP_EXCLUSIVE);
	if (is_first()) {
		IS(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op));
		IS(TDP_OK, tdp_map(&h->tree, base, h->g, HPA + base, RWX, &h->op));
		SAME(entry_at(h, step).level, 2);
		GUEST(base + 2 * h->b, REF_W);
	}
	goes_on(h);
}

/* ---- collections ---- */

static void collect(struct harness *h, struct names *n, void (*meanwhile)(struct harness *h), unsigned least)
{
	plant_logged(h, 3);
	collecting = n;
	step = h->b;
	pauses_start(h, 1, meanwhile);
	WITH(.flags = TDP_MAY_YIELD);
	IS(TDP_OK, arm(h, 0, 3 * h->b, huge_pages(h, n)));
	CHECK(pauses_end(h) >= least);
	SAME(h->op.next, 3 * h->b);
}

SCENARIO(S05, tables_go_under_a_collection, .hooks = pauses_hooks, .quiet = true)
{
	struct names n;

	collect(h, &n, all_goes, 1);
	SAME(n.words[0], 1); /* the zap has reported the others */
	SAME(h->op.changed, h->p);
}

SCENARIO(S05, huge_leaf_appears_under_a_collection, .hooks = pauses_hooks, .quiet = true)
{
	struct names n;

	collect(h, &n, huge_leaf_ahead, 1);
	SAME(n.words[0], 7);
	SAME(h->op.changed, 2 * h->p + h->b);
	IS(TDP_SPURIOUS, arm(h, 0, 3 * h->b, huge_pages(h, &n)));
}

/* It sticks out, so it is closed and stays dirty, for those who collect the rest of it. */
SCENARIO(S05, huge_leaf_appears_around_the_rest_of_a_collection, .hooks = pauses_hooks, .quiet = true, .without = PAE | LARGE)
{
	struct names n;

	collect(h, &n, huge_leaf_around, 1);
	SAME(n.words[0], 7);
	SAME(h->op.changed, h->p + 2 * h->b);
	SAME(entry_at(h, 0).dirty, 1);
	GUEST_FAULTS(2 * h->b, REF_W);
}

/* ---- splits: a unit of work is a table whose leaves are split ---- */

static void split_with_pauses(struct harness *h, uint64_t size, void (*meanwhile)(struct harness *h))
{
	for (unsigned i = 0; i < 3; i++)
		IS(TDP_OK, map_at(h, 1, i * h->g, h->b, HPA + i * h->g, RWX));
	GUEST(h->p, REF_W);
	collecting = NULL;
	step = h->g;
	pauses_start(h, 1, meanwhile);
	WITH(.flags = TDP_MAY_YIELD);
	IS(TDP_OK, tdp_split(&h->tree, 0, size, 0, &h->op));
	CHECK(pauses_end(h) >= 1);
	SAME(h->op.next, size);
}

SCENARIO(S05, tables_go_under_a_split, .hooks = pauses_hooks)
{
	split_with_pauses(h, 3 * h->g, all_goes);
	HOLE(0, 3 * h->g);
}

SCENARIO(S05, huge_leaf_appears_around_the_rest_of_a_split, .hooks = pauses_hooks, .without = PAE)
{
	split_with_pauses(h, h->g + h->b, huge_leaf_around);
	SAME(entry_at(h, h->g + h->b - h->p).level, 0);
	SAME(entry_at(h, h->g + h->b).level, 1);
	HOLE(0, h->g);
	MAPPED(h->g, h->g, HPA + h->g, RWX);
}

/* ---- promotions: a unit of work is a table whose tables become leaves ---- */

static void promote_with_pauses(struct harness *h, void (*meanwhile)(struct harness *h))
{
	for (unsigned i = 0; i < 3; i++) {
		IS(TDP_OK, map_at(h, 0, i * h->g, h->b, HPA + i * h->g, RWX));
		GUEST(i * h->g + h->p, REF_W);
	}
	collecting = NULL;
	step = h->g;
	pauses_start(h, 1, meanwhile);
	WITH(.flags = TDP_MAY_YIELD);
	IS(TDP_OK, promote(h, 0, 3 * h->g, 1, NULL, NULL));
	CHECK(pauses_end(h) >= 1);
	SAME(h->op.next, 3 * h->g);
}

SCENARIO(S05, tables_go_under_a_promotion, .hooks = pauses_hooks)
{
	promote_with_pauses(h, all_goes);
	HOLE(h->g, 2 * h->g);
}

SCENARIO(S05, huge_leaf_appears_under_a_promotion, .hooks = pauses_hooks)
{
	promote_with_pauses(h, huge_leaf_ahead);
	for (unsigned i = 0; i < 3; i++) {
		SAME(entry_at(h, i * h->g).level, 1);
		MAPPED(i * h->g, h->b, HPA + i * h->g, RWX);
	}
	SAME(h->op.tables, 2);
}

/* What was alike when the call began is not any more. */
static void one_page_is_protected(struct harness *h)
{
	if (is_first())
		IS(TDP_OK, tdp_protect(&h->tree, h->g + h->p, h->p, &h->op));
	goes_on(h);
}

SCENARIO(S05, pages_change_under_a_promotion, .hooks = pauses_hooks)
{
	promote_with_pauses(h, one_page_is_protected);
	for (unsigned i = 0; i < 3; i++)
		SAME(entry_at(h, i * h->g).level, i != 1);
	GUEST_FAULTS(h->g + h->p, REF_W);
	GUEST(h->g + 2 * h->p, REF_W);
}
