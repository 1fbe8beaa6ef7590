/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S02: two roots and one zap over both, which drops its lock inside the second: the flush that the first one needs comes before that.
 * S05: progress was measured on a child's position while the parent's walk paused, so the walk repeated or left out a part.
 * S06: what was flushed at a pause was flushed once more at the end.
 */
#include "pauses.h"

#define LEAVES_WITH_PAUSES (TDP_ZAP_LEAVES | TDP_MAY_YIELD)

/* n tables of single pages from gpa on. */
static void plant(struct harness *h, tdp_gpa_t gpa, unsigned n, tdp_hpa_t hpa)
{
	IS(TDP_OK, map_at(h, 0, gpa, n * h->b, hpa, RWX));
	for (unsigned i = 0; i < n; i++)
		GUEST(gpa + i * h->b + h->p, REF_W);
}

/* ---- S02 ---- */

static struct tdp_tree second;

/* The guest of the second tree. */
static bool second_faults(struct harness *h, tdp_gpa_t gpa)
{
	return referee_guest(h->r, &second, gpa, REF_R).fault != REF_OK;
}

/* The host takes what both trees have lost so far, and something else moves in at the first one's place. */
static void host_reuses(struct harness *h)
{
	referee_reclaim(h->r, HPA, 2 * h->p);
	referee_reclaim(h->r, HPA + h->b, pauses_next());
	GUEST_FAULTS(0, REF_R);
	GUEST_FAULTS(h->p, REF_R);
	for (tdp_gpa_t gpa = h->p; gpa < pauses_next(); gpa += h->b)
		CHECK(second_faults(h, gpa));
	IS(TDP_OK, tdp_map(&h->tree, 0, 2 * h->p, HPA2 + pauses_number() * h->b, RWX, &h->op));
	GUEST(h->p, REF_W);
	WITH(.flags = TDP_ZAP_LEAVES);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 2 * h->p, &h->op));
}

/* In both trees something was used; flags: of the zap in the second. */
static void zap_both(struct harness *h, uint32_t flags)
{
	struct tdp_gather gather = {0};
	struct tdp_op op = {.max_level_plus1 = 1, .cache = h->cache};

	SAME(referee_start(h->r, &second, h->setup->engine, &h->layout, h->mode == KEEPING ? TDP_TREE_KEEP_TABLES : 0, 2), TDP_OK);
	harness_tables(h, 64);
	plant(h, 0, 1, HPA);
	IS(TDP_OK, tdp_map(&second, 0, 3 * h->b, HPA + h->b, RWX, &op));
	for (unsigned i = 0; i < 3; i++)
		CHECK(referee_guest(h->r, &second, i * h->b + h->p, REF_W).fault == REF_OK);
	WITH(.flags = TDP_ZAP_LEAVES, .gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 2 * h->p, &h->op));
	SAME(FLUSHES, 0);
	pauses_start(h, 1, host_reuses);
	WITH(.flags = flags, .gather = &gather);
	IS(TDP_OK, tdp_zap(&second, 0, 3 * h->b, &h->op));
	CHECK(pauses_end(h) >= 2);
	GATHER_FLUSH(&gather);
	for (tdp_gpa_t gpa = h->p; gpa < 3 * h->b; gpa += h->b)
		CHECK(second_faults(h, gpa));
	referee_lend(h->r, HPA, 4 * h->b);
	WITH(0);
	referee_stop(h->r, &second);
}

SCENARIO(S02, pause_among_leaves_of_the_second_tree, .hooks = pauses_hooks)
{
	zap_both(h, LEAVES_WITH_PAUSES);
}

/* One that narrows, without a gather: what it owes is flushed before the lock goes, too. */
static void nobody_writes(struct harness *h)
{
	for (tdp_gpa_t gpa = h->p; gpa < pauses_next(); gpa += h->b)
		GUEST_FAULTS(gpa, REF_W);
	if (pauses_number() > 0)
		return;
	IS(TDP_OK, tdp_set_attrs(&h->tree, 2 * h->p, h->p, RWX, TDP_MASK_PROT, &h->op)); /* behind the walk */
	GUEST(2 * h->p, REF_W);
}

SCENARIO(S02, pause_while_narrowing, .hooks = pauses_hooks)
{
	plant(h, 0, 3, HPA);
	pauses_start(h, 1, nobody_writes);
	WITH(.flags = TDP_MAY_YIELD);
	IS(TDP_OK, tdp_protect(&h->tree, 0, 3 * h->b, &h->op));
	SAME(pauses_end(h), 2);
	GUEST_FAULTS(2 * h->b + h->p, REF_W);
	GUEST(2 * h->p, REF_W);
	pauses_start(h, 1, nobody_writes);
	WITH(.flags = TDP_MAY_YIELD);
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, 3 * h->b, RX, TDP_MASK_PROT, &h->op));
	SAME(pauses_end(h), 2);
	GUEST_FAULTS(2 * h->b + h->p, REF_W);
}

/* ---- S05 ---- */

/* All of it goes while the walk pauses, the upper tables in which it stood too. */
static void all_goes(struct harness *h)
{
	WITH(.flags = TDP_EXCLUSIVE); /* the call that pauses is not inside */
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op));
}

SCENARIO(S05, tables_go_under_a_zap, .hooks = pauses_hooks, .without = LARGE)
{
	plant(h, 0, 3, HPA);
	pauses_start(h, 1, all_goes);
	WITH(.flags = LEAVES_WITH_PAUSES);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 3 * h->b, &h->op));
	SAME(pauses_end(h), 1);
	SAME(h->op.changed, h->b);
	SAME(h->op.next, 3 * h->b);
	HOLE(0, 3 * h->b);
}

SCENARIO(S05, tables_go_under_a_map, .hooks = pauses_hooks)
{
	pauses_start(h, 1, all_goes);
	WITH(.flags = TDP_MAY_YIELD, .max_level_plus1 = 1);
	IS(TDP_OK, tdp_map(&h->tree, 0, 3 * h->b, HPA, RWX, &h->op));
	SAME(pauses_end(h), 2);
	SAME(h->op.changed, 3 * h->b);
	HOLE(0, 2 * h->b);
	MAPPED(2 * h->b, h->b, HPA + 2 * h->b, RWX);
}

SCENARIO(S05, tables_go_under_a_note, .hooks = pauses_hooks)
{
	IS(TDP_OK, tdp_note(&h->tree, 0, 3 * h->b, 4, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, h->p, h->p, 5, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, h->b + h->p, h->p, 5, &h->op));
	pauses_start(h, 1, all_goes);
	WITH(.flags = TDP_MAY_YIELD);
	IS(TDP_OK, tdp_note(&h->tree, 2 * h->p, 3 * h->b - 2 * h->p, 6, &h->op));
	CHECK(pauses_end(h) >= 1);
	HOLE(0, h->b);
	NOTED(2 * h->b, h->b, 6);
}

/* Where it goes on there is a huge leaf now. */
static void huge_leaf_ahead(struct harness *h)
{
	if (pauses_number() > 0)
		return;
	WITH(.flags = TDP_EXCLUSIVE);
	IS(TDP_OK, tdp_zap(&h->tree, h->b, h->b, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA2, RWX, &h->op));
	SAME(entry_at(h, h->b).level, 1);
	GUEST(h->b, REF_W);
}

SCENARIO(S05, huge_leaf_appears_under_a_zap, .hooks = pauses_hooks)
{
	plant(h, 0, 3, HPA);
	pauses_start(h, 1, huge_leaf_ahead);
	WITH(.flags = LEAVES_WITH_PAUSES);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 3 * h->b, &h->op));
	CHECK(pauses_end(h) >= 1);
	SAME(h->op.changed, 3 * h->b);
	HOLE(0, 3 * h->b);
	GUEST_FAULTS(h->b, REF_R);
}

/* One that reaches from behind the walk to beyond its end: exactly the rest of the range goes. */
static void huge_leaf_around(struct harness *h)
{
	WITH(.flags = TDP_EXCLUSIVE);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, 0, h->g, HPA2, RWX, &h->op));
	SAME(entry_at(h, 0).level, 2);
	GUEST(2 * h->b, REF_W);
	GUEST(3 * h->b, REF_W);
	pauses_start(h, 0, NULL);
}

SCENARIO(S05, huge_leaf_appears_around_the_rest_of_a_zap, .hooks = pauses_hooks, .without = PAE | LARGE)
{
	plant(h, 0, 3, HPA);
	pauses_start(h, 1, huge_leaf_around);
	WITH(.flags = LEAVES_WITH_PAUSES);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 2 * h->b + h->p, &h->op));
	(void)pauses_end(h);
	SAME(h->op.next, 2 * h->b + h->p);
	MAPPED(0, h->b, HPA2, RWX);
	HOLE(h->b, h->b + h->p);
	MAPPED(2 * h->b + h->p, h->g - 2 * h->b - h->p, HPA2 + 2 * h->b + h->p, RWX);
	GUEST_FAULTS(2 * h->b, REF_R);
	GUEST(2 * h->b + h->p, REF_W);
}

SCENARIO(S05, huge_leaf_appears_around_the_rest_of_set_attrs, .hooks = pauses_hooks, .without = PAE)
{
	plant(h, 0, 3, HPA);
	pauses_start(h, 1, huge_leaf_around);
	WITH(.flags = TDP_MAY_YIELD);
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, 2 * h->b + h->p, RX, TDP_MASK_PROT, &h->op));
	(void)pauses_end(h);
	MAPPED(0, h->b, HPA2, RWX);
	MAPPED(h->b, h->b + h->p, HPA2 + h->b, RX);
	MAPPED(2 * h->b + h->p, h->g - 2 * h->b - h->p, HPA2 + 2 * h->b + h->p, RWX);
	GUEST_FAULTS(2 * h->b, REF_W);
	GUEST(3 * h->b, REF_W);
}

/* ---- S06 ---- */

/* Something is found in the first table only. */
SCENARIO(S06, gather_flushed_at_a_pause_is_not_flushed_again, .hooks = pauses_hooks, .without = LARGE)
{
	struct tdp_gather gather = {0};

	plant(h, 0, 3, HPA);
	WITH(.flags = TDP_ZAP_LEAVES);
	IS(TDP_OK, tdp_zap(&h->tree, h->b, 2 * h->b, &h->op));
	pauses_start(h, 1, NULL);
	WITH(.flags = LEAVES_WITH_PAUSES, .gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 3 * h->b, &h->op));
	SAME(pauses_end(h), 2);
	SAME(FLUSHES, 1);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 0);
}

/* And in all of them, each flush for what came since the last one, and for no more. */
static void check_flushes(struct harness *h, unsigned want)
{
	SAME(pauses_end(h), 2);
	SAME(FLUSHES, want);
	SAME(pauses_flushed(), want * h->b);
}

SCENARIO(S06, one_flush_for_each_part, .hooks = pauses_hooks, .without = LARGE)
{
	plant(h, 0, 3, HPA);
	pauses_start(h, 1, NULL);
	WITH(.flags = TDP_MAY_YIELD);
	IS(TDP_OK, tdp_protect(&h->tree, 0, 3 * h->b, &h->op));
	check_flushes(h, 3);
	pauses_start(h, 1, NULL);
	WITH(.flags = TDP_MAY_YIELD);
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, 3 * h->b, RO, TDP_MASK_PROT, &h->op));
	check_flushes(h, 3);
	pauses_start(h, 1, NULL);
	WITH(.flags = LEAVES_WITH_PAUSES);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 3 * h->b, &h->op));
	check_flushes(h, 3);
}

/* Nothing of a part is found: no flush for it, neither at its pause nor at the end. */
SCENARIO(S06, no_flush_where_nothing_was, .hooks = pauses_hooks, .without = LARGE)
{
	plant(h, 0, 3, HPA);
	WITH(.flags = TDP_ZAP_LEAVES);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 2 * h->b, &h->op));
	pauses_start(h, 1, NULL);
	WITH(.flags = TDP_MAY_YIELD);
	IS(TDP_OK, tdp_protect(&h->tree, 0, 3 * h->b, &h->op));
	check_flushes(h, 1);
	pauses_start(h, 1, NULL);
	WITH(.flags = LEAVES_WITH_PAUSES);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 3 * h->b, &h->op));
	check_flushes(h, 1);
}
