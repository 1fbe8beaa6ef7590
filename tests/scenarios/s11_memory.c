/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S11: memory runs out at each allocation: nothing leaked, nothing half done. (All workloads, exhaustively: tests/ops/starve.c.)
 * S49: the pool runs out; the allocator calls back into the page-table code.
 */
#include "scenarios.h"

SCENARIO(S11, map, .modes = FREEING)
{
	const unsigned need = h->layout.top_level + 2;

	/* Three leaf tables at three bs of the same g. */
	for (unsigned have = 0; have <= need; have++) {
		const uint64_t state = tables_digest(h);

		harness_tables(h, have);
		IS(have < need ? TDP_NOMEM : TDP_OK, tdp_map(&h->tree, h->b - h->p, h->b + 2 * h->p, HPA, RWX, &h->op));
		if (have < h->layout.top_level) {
			SAME(h->op.next, h->b - h->p);
			SAME(tables_digest(h), state);
			SAME(TAKEN, 0);
		} else if (have < need) {
			SAME(h->op.next, h->b + (have - h->layout.top_level) * h->b);
			SAME(TAKEN, have);
			MAPPED(h->b - h->p, h->op.next - (h->b - h->p), HPA, RWX);
			HOLE(h->op.next, h->p);
		}
		if (have < need) {
			SAME(TAKEN + h->op.tables + tdp_cache_count(referee_cache(h->r)), need);
			harness_tables(h, 0);
			IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_zap(&h->tree, 0, h->end, &h->op));
		}
	}
	MAPPED(h->b - h->p, h->b + 2 * h->p, HPA, RWX);
}

SCENARIO(S11, split_in_zap, .without = PAE)
{
	uint64_t state;

	IS(TDP_OK, tdp_map(&h->tree, 0, h->g, HPA, RWX, &h->op));
	GUEST(h->b + h->p, REF_W);
	state = tables_digest(h);
	for (unsigned have = 0; have < 3; have++) {
		harness_tables(h, have);
		IS(TDP_NOMEM, tdp_zap(&h->tree, h->b - h->p, h->b + 2 * h->p, &h->op)); /* 1 + 1 + 1 */
		SAME(h->op.tables, 3 - have);
		SAME(h->op.next, h->b - h->p);
		SAME(h->op.changed + FLUSHES + STORES + TAKEN, 0);
		SAME(tables_digest(h), state);
	}
	GUEST(h->b + h->p, REF_W);
	harness_tables(h, 3);
	IS(TDP_OK, tdp_zap(&h->tree, h->b - h->p, h->b + 2 * h->p, &h->op));
	SAME(TAKEN, 3);
	CHECK(referee_reported(h->r, h->b + h->p));
	GUEST_FAULTS(h->b + h->p, REF_W);
}

SCENARIO(S11, note)
{
	const unsigned top = h->layout.top_level;

	for (unsigned have = 0; have < top; have++) {
		const uint64_t state = tables_digest(h);

		harness_tables(h, have);
		IS(TDP_NOMEM, tdp_note(&h->tree, h->p, h->p, 3, &h->op));
		SAME(h->op.tables, top - have);
		SAME(h->op.next, h->p);
		SAME(tables_digest(h), state);
	}
	harness_tables(h, top);
	IS(TDP_OK, tdp_note(&h->tree, h->p, h->p, 3, &h->op));
	IS(TDP_NOMEM, tdp_note(&h->tree, 2 * h->p, h->b, 3, &h->op));
	SAME(h->op.next, h->b);
	SAME(h->op.tables, 1);
	NOTED(h->p, h->b - h->p, 3);
	HOLE(h->b, 2 * h->p);
}

/* ---- S49 ---- */

/* An allocator that reclaims: it finds its tables by unmapping something in the very tree that needs them. */
static struct {
	struct harness *h;
	bool (*plain)(void *ctx, void *user, struct tdp_table *out);
	unsigned calls;
	tdp_gpa_t next;
} reclaim;

static bool reclaiming_alloc(void *ctx, void *user, struct tdp_table *out)
{
	struct harness *h = reclaim.h;

	reclaim.calls++;
	if (h && reclaim.next < 8 * h->b) {
		IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_zap(&h->tree, reclaim.next, h->b, NULL));
		reclaim.next += h->b;
	}
	return reclaim.plain(ctx, user, out);
}

static void reclaim_by_alloc(struct tdp_mm_ops *ops)
{
	reclaim.plain = ops->table_alloc;
	reclaim.h = NULL;
	reclaim.calls = 0;
	reclaim.next = 0;
	ops->table_alloc = reclaiming_alloc;
}

SCENARIO(S49, allocator_calls_back, .modes = FREEING, .hooks = reclaim_by_alloc)
{
	unsigned calls;

	harness_tables(h, 64);
	IS(TDP_OK, map_at(h, 0, 0, 4 * h->b, HPA, RWX));
	harness_tables(h, 0);
	calls = reclaim.calls;
	IS(TDP_NOMEM, tdp_map(&h->tree, 5 * h->b + h->p, h->p, HPA2, RWX, &h->op));
	SAME(reclaim.calls, calls); /* no operation allocates, whatever it runs out of */
	reclaim.h = h;
	harness_tables(h, 8);
	reclaim.h = NULL;
	HOLE(0, 4 * h->b);
	SAME(tables_linked(h), h->layout.top_level - 1);
	IS(TDP_OK, tdp_map(&h->tree, 5 * h->b + h->p, h->p, HPA2, RWX, &h->op));
	GUEST(5 * h->b + h->p, REF_W);
}

/* Whatever an operation runs out of, it asks nobody. */
SCENARIO(S49, pool_runs_out)
{
	const struct tdp_fault f = {
		.gpa = h->g, .base = h->g, .backing = {.hpa = HPA, .size = h->p, .attrs = RWX}, .access = TDP_READ};
	unsigned allocs;

	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RWX, &h->op));
	harness_tables(h, 0);
	allocs = referee_counts(h->r).allocs;
	IS(TDP_NOMEM, tdp_fault(&h->tree, &f, &h->op));
	CHECK(h->op.tables > 0 && h->op.tables <= TDP_FAULT_TABLES);
	IS(TDP_NOMEM, tdp_map(&h->tree, h->g, h->p, HPA, RWX, &h->op));
	IS(TDP_NOMEM, tdp_zap(&h->tree, 0, h->p, &h->op));
	IS(TDP_NOMEM, tdp_set_attrs(&h->tree, 0, h->p, RO, TDP_MASK_PROT, &h->op));
	IS(TDP_NOMEM, tdp_replace(&h->tree, 0, h->p, HPA, HPA2, RWX, &h->op));
	IS(TDP_NOMEM, tdp_note(&h->tree, h->g, h->p, 1, &h->op));
	SAME(referee_counts(h->r).allocs, allocs);
	SAME(referee_counts(h->r).denied, 0);
	/* Without a pool or a cache there are simply none. */
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->p, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
}
