/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flags of tdp_zap(), trees that refuse breaks, trees that are not loaded.
 */
#include "harness.h"

TREE_TEST(zap_flags, overzap, .without = PAE)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->g, HPA, RWX, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, h->g, h->b, HPA + h->g, RWX, &h->op));
	WITH(.flags = TDP_OVERZAP);
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->g + h->p, h->p, &h->op));
	SAME(TAKEN, 0);
	SAME(h->op.first, h->g);
	SAME(h->op.next, h->g + h->b);
	SAME(h->op.changed, h->b);
	FLUSH(0, h->g, h->b, 1, false);
	HOLE(h->g, h->b);
	MAPPED(0, h->g, HPA, RWX);
	IS(TDP_OK, tdp_map(&h->tree, h->g, h->b, HPA + h->g, RWX, NULL));
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->g - h->p, 2 * h->p, &h->op));
	SAME(h->op.first, 0);
	SAME(h->op.next, h->g + h->b);
	SAME(h->op.changed, h->g + h->b);
	SAME(FLUSHES, 1);
	HOLE(0, 2 * h->g);
}

/* What does not stick out is zapped exactly. */
TREE_TEST(zap_flags, overzap_of_pages)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, 3 * h->p, HPA, RWX, &h->op));
	WITH(.flags = TDP_OVERZAP);
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->p, h->p, &h->op));
	SAME(h->op.first, h->p);
	SAME(h->op.next, 2 * h->p);
	MAPPED(0, h->p, HPA, RWX);
	MAPPED(2 * h->p, h->p, HPA + 2 * h->p, RWX);
	FORETOLD(TDP_SPURIOUS, tdp_zap(&h->tree, h->p, h->p, &h->op));
	SAME(h->op.next, 2 * h->p);
}

/* A coarse note goes whole. */
TREE_TEST(zap_flags, overzap_of_a_note)
{
	IS(TDP_OK, tdp_note(&h->tree, h->b, h->b, 5, &h->op));
	WITH(.flags = TDP_OVERZAP);
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->b + h->p, h->p, &h->op));
	SAME(TAKEN + FLUSHES, 0);
	SAME(h->op.first, h->b);
	SAME(h->op.next, 2 * h->b);
	HOLE(h->b, h->b);
}

TREE_TEST(zap_flags, skip_partial)
{
	uint64_t state;

	IS(TDP_OK, tdp_map(&h->tree, 0, 3 * h->b, HPA, RWX, &h->op));
	state = tables_digest(h);
	WITH(.flags = TDP_SKIP_PARTIAL);
	FORETOLD(TDP_SPURIOUS, tdp_zap(&h->tree, h->b + h->p, h->p, &h->op));
	SAME(h->op.next, h->b + 2 * h->p);
	SAME(h->op.changed + FLUSHES + STORES, 0);
	FORETOLD(TDP_SPURIOUS, tdp_zap(&h->tree, h->p, 2 * h->b - 2 * h->p, &h->op));
	SAME(tables_digest(h), state);
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->p, 2 * h->b + h->p, &h->op));
	SAME(h->op.changed, h->b);
	SAME(h->op.next, 2 * h->b + 2 * h->p);
	SAME(TAKEN, 0);
	MAPPED(0, h->b, HPA, RWX);
	HOLE(h->b, h->b);
	MAPPED(2 * h->b, h->b, HPA + 2 * h->b, RWX);
}

/* Every table stays, and no flush is for tables. */
TREE_TEST(zap_flags, leaves_only)
{
	unsigned tables;

	IS(TDP_OK, map_at(h, 0, 0, 2 * h->b, HPA, RWX));
	IS(TDP_OK, tdp_map(&h->tree, h->g, h->g, HPA + h->g, RWX, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, 2 * h->b, h->p, 3, &h->op));
	tables = tables_linked(h);
	WITH(.flags = TDP_ZAP_LEAVES);
	FORETOLD(TDP_OK, tdp_zap(&h->tree, 0, 4 * h->g, &h->op));
	SAME(FREED, 0);
	SAME(h->op.changed, 2 * h->b + h->g + h->p);
	SAME(h->op.next, 4 * h->g);
	for (unsigned i = 0; i < FLUSHES; i++)
		SAME(referee_flush(h->r, i)->tables, 0);
	SAME(tables_linked(h), tables);
	HOLE(0, 4 * h->g);
	FORETOLD(TDP_SPURIOUS, tdp_zap(&h->tree, 0, 4 * h->g, &h->op));
	SAME(FLUSHES + STORES, 0);
}

/* The caller says how many leaf tables share a flush. */
TREE_TEST(zap_flags, leaves_in_batches)
{
	const uint64_t tables = h->n < 16 ? h->n : 16;

	harness_tables(h, 80);
	for (unsigned lg2 = 1; lg2 < 4; lg2++) {
		const uint64_t batch = UINT64_C(1) << lg2;

		IS(TDP_OK, map_at(h, 0, 0, tables * h->b, HPA, RWX));
		WITH(.flags = TDP_ZAP_LEAVES, .batch_lg2 = (uint8_t)lg2);
		IS(TDP_OK, tdp_zap(&h->tree, 0, tables * h->b, &h->op));
		SAME(FLUSHES, tables < batch ? 1 : tables / batch);
		SAME(h->op.changed, tables * h->b);
		HOLE(0, tables * h->b);
		WITH(0);
	}
}

/* 32 tables if he does not say. */
TREE_TEST(zap_flags, default_batch, .without = FAKE)
{
	harness_tables(h, 80);
	IS(TDP_OK, map_at(h, 0, h->p, 65 * h->b, HPA, RWX));
	WITH(.flags = TDP_ZAP_LEAVES);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 66 * h->b, &h->op));
	SAME(FLUSHES, 3);
	HOLE(0, 66 * h->b);
}

/* A split needs a moment without a mapping: refused where the formats break first, in place where they overwrite. */
TREE_TEST(zap_flags, no_break, .flags = TDP_TREE_NO_BREAK)
{
	uint64_t state;

	IS(TDP_OK, tdp_map(&h->tree, 0, 2 * h->b, HPA, RWX, &h->op));
	state = tables_digest(h);
	if (h->bbm) {
		DRY(TDP_UNSUPPORTED, tdp_zap(&h->tree, h->p, h->p, &h->op));
		IS(TDP_UNSUPPORTED, tdp_zap(&h->tree, h->p, h->p, &h->op));
		SAME(h->op.next, h->p);
		SAME(h->op.changed + FLUSHES + STORES, 0);
		IS(TDP_UNSUPPORTED, tdp_zap(&h->tree, 0, h->b + h->p, &h->op));
		SAME(tables_digest(h), state);
	} else {
		FORETOLD(TDP_OK, tdp_zap(&h->tree, h->p, h->p, &h->op));
		IS(TDP_OK, tdp_map(&h->tree, h->p, h->p, HPA + h->p, RWX, &h->op));
	}
	/* Whole leaves go everywhere: nothing is made after that break. */
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->b, h->b, &h->op));
	WITH(.flags = TDP_OVERZAP);
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->p, h->p, &h->op));
}

/* Nobody walks a tree that is not loaded, so nothing is flushed; what was writable is reported all the same. */
TREE_TEST(zap_flags, not_loaded, .quiet = true, .by_hand = true)
{
	const struct tdp_table root = harness_unloaded(h, 0);
	struct tdp_gather gather = {0};

	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RWX, &h->op));
	IS(TDP_OK, map_at(h, 0, h->b, h->b, HPA + h->b, RWX));
	IS(TDP_OK, tdp_zap(&h->tree, h->p, h->p, &h->op));
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, h->p, UC, TDP_MASK_MEMTYPE, &h->op));
	IS(TDP_OK, tdp_replace(&h->tree, h->b, h->p, HPA + h->b, HPA2, RX, &h->op));
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->b, &h->op));
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, h->b + h->p, h->p, &h->op));
	if (!h->hw_d)
		REPORTED(h->b + h->p, h->p);
	WITH(0);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op));
	tdp_gather_flush(&gather, NULL);
	SAME(referee_counts(h->r).flushes, 0);
	harness_unloaded_end(h, &root);
}

/* No dirty hook: dirty state is dropped, everything else is as before. */
static void without_dirty(struct tdp_mm_ops *ops)
{
	ops->dirty = NULL;
}

TREE_TEST(zap_flags, without_the_dirty_hook, .hooks = without_dirty)
{
	struct tdp_gather gather = {0};

	IS(TDP_OK, map_at(h, 0, 0, 3 * h->b, HPA, RWX));
	GUEST(h->p, REF_W);
	IS(TDP_OK, tdp_zap(&h->tree, h->p, h->p, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, h->b, h->b, &h->op));
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->p, &h->op));
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 1);
	IS(TDP_OK, tdp_replace(&h->tree, 2 * h->b, h->b, HPA + 2 * h->b, HPA2, RWX, &h->op));
	SAME(referee_counts(h->r).dirties, 0);
}
