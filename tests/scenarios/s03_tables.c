/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S03: a table unlinked and freed without its flush: a stale walk cache still reaches it.
 * S15: an empty table left by a leaf-only zap is not mistaken for a mapping.
 * S17: a page that changes from RAM to MMIO: the old leaf is dropped, counted, flushed.
 */
#include "scenarios.h"

/* The guest has every upper level cached; then tables go, and their frames become other things at once. */
SCENARIO(S03, freed_tables_are_out_of_walk_caches, .modes = FREEING)
{
	IS(TDP_OK, map_at(h, 0, 0, 2 * h->p, HPA, RWX));
	IS(TDP_OK, map_at(h, 0, h->g + h->b, 2 * h->p, HPA + h->b, RWX));
	GUEST(0, REF_R);
	GUEST(h->g + h->b, REF_W);
	IS(TDP_OK, tdp_zap(&h->tree, h->g, h->g, &h->op));
	SAME(FREED, 2);
	FLUSH(0, h->g, h->g, -1, true);
	GUEST_FAULTS(h->g + h->b, REF_R);
	GUEST_FAULTS(h->g + h->b + h->p, REF_R); /* never touched before: only through a stale upper level */
	GUEST(0, REF_W);
	/* Other memory at the same place, in new tables. */
	IS(TDP_OK, map_at(h, 0, h->g + h->b, 2 * h->p, HPA2, RWX));
	referee_reclaim(h->r, HPA + h->b, 2 * h->p);
	GUEST(h->g + h->b, REF_W);
	GUEST(h->g + h->b + h->p, REF_W);
}

SCENARIO(S03, trimmed_tables_are_out_of_walk_caches, .modes = FREEING)
{
	IS(TDP_OK, map_at(h, 0, h->b, h->p, HPA, RWX));
	GUEST(h->b, REF_R);
	WITH(.flags = TDP_ZAP_LEAVES);
	IS(TDP_OK, tdp_zap(&h->tree, h->b, h->b, &h->op));
	WITH(0);
	IS(TDP_OK, tdp_trim(&h->tree, 0, h->end, &h->op));
	SAME(FREED, h->layout.top_level);
	SAME(referee_flush(h->r, 0)->tables, 1);
	GUEST_FAULTS(h->b, REF_R);
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA2, RWX, &h->op));
	GUEST(h->b, REF_W);
}

/* A table becomes a leaf: everything of the old table is gone before the leaf appears. */
SCENARIO(S03, leaf_where_a_table_was, .modes = FREEING)
{
	IS(TDP_OK, map_at(h, 0, h->b, h->b, HPA, RWX));
	GUEST(h->b + 2 * h->p, REF_W);
	IS(TDP_OK, tdp_zap(&h->tree, h->b, h->b, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA2, RX, &h->op));
	SAME(entry_at(h, h->b).level, 1);
	SAME(FLUSHES, 0);
	GUEST(h->b + 2 * h->p, REF_R);
	GUEST_FAULTS(h->b + 2 * h->p, REF_W);
}

/* ---- S15 ---- */

SCENARIO(S15, empty_table_is_no_mapping)
{
	const struct tdp_fault f = {
		.gpa = h->b + h->p, .base = h->b, .backing = {.hpa = HPA2, .size = h->b, .attrs = RWX}, .access = TDP_WRITE};
	struct tdp_mapping m;

	IS(TDP_OK, map_at(h, 0, h->b, h->b, HPA, RWX)); /* prefaulted by pages */
	WITH(.flags = TDP_ZAP_LEAVES);
	IS(TDP_OK, tdp_zap(&h->tree, h->b, h->b, &h->op));
	WITH(0);
	IS(TDP_ABSENT, tdp_lookup(&h->tree, h->b + h->p, &m, NULL));
	SAME(m.entry.kind, TDP_EMPTY);
	IS(TDP_ABSENT, tdp_extent(&h->tree, h->b, h->b, &m, NULL));
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op)); /* neither SPURIOUS nor EXISTS */
	SAME(TAKEN, 0);
	MAPPED(h->b + h->p, h->p, HPA2 + h->p, RWX);
	GUEST(h->b + h->p, REF_W);
	FORETOLD(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA2, RWX, &h->op));
	SAME(h->op.changed, h->b - h->p);
	MAPPED(h->b, h->b, HPA2, RWX);
}

/* With the table trimmed the large leaf is possible again. */
SCENARIO(S15, large_leaf_after_a_trim, .modes = FREEING)
{
	IS(TDP_OK, map_at(h, 0, h->b, h->b, HPA, RWX));
	WITH(.flags = TDP_ZAP_LEAVES);
	IS(TDP_OK, tdp_zap(&h->tree, h->b, h->b, &h->op));
	WITH(0);
	IS(TDP_OK, tdp_trim(&h->tree, h->b, h->b, &h->op));
	FORETOLD(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA2, RWX, &h->op));
	SAME(entry_at(h, h->b).level, 1);
	GUEST(h->b, REF_W);
}

/* ---- S17 ---- */

SCENARIO(S17, ram_becomes_mmio)
{
	const struct tdp_fault f = {
		.gpa = h->p, .base = h->p, .backing = {.hpa = HPA, .size = h->p, .attrs = RWX}, .access = TDP_READ};
	struct tdp_count count;

	IS(TDP_OK, tdp_map(&h->tree, 0, 3 * h->p, HPA, RWX, &h->op));
	GUEST(h->p, REF_W);
	IS(TDP_EXISTS, tdp_note(&h->tree, h->p, h->p, 0xe000, &h->op)); /* not over the leaf */
	SAME(h->op.next, h->p);
	GUEST(h->p, REF_R);
	IS(TDP_OK, tdp_zap(&h->tree, h->p, h->p, &h->op));
	SAME(h->op.changed, h->p);
	SAME(FLUSHES, 1);
	CHECK(referee_reported(h->r, h->p));
	IS(TDP_OK, tdp_note(&h->tree, h->p, h->p, 0xe000, &h->op));
	SAME(FLUSHES, 0);
	referee_reclaim(h->r, HPA + h->p, h->p);
	GUEST_FAULTS(h->p, REF_R);
	IS(TDP_EXISTS, tdp_fault(&h->tree, &f, &h->op)); /* the embedder emulates */
	IS(TDP_OK, tdp_count(&h->tree, 0, h->end, &count, NULL));
	SAME(count.leaves[0], 2);
	SAME(count.notes, 1);
}

/* And back again, inside a huge leaf. */
SCENARIO(S17, part_of_a_huge_leaf_becomes_mmio_and_ram_again)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->g, HPA, RWX, &h->op));
	GUEST(h->b + h->p, REF_W);
	IS(TDP_OK, tdp_zap(&h->tree, h->b + h->p, h->p, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, h->b + h->p, h->p, 1, &h->op));
	GUEST_FAULTS(h->b + h->p, REF_W);
	GUEST(h->b, REF_W);
	WITH(.flags = TDP_OVER_NOTE);
	IS(TDP_OK, tdp_map(&h->tree, h->b + h->p, h->p, HPA2, RWX, &h->op));
	MAPPED(0, h->b + h->p, HPA, RWX);
	MAPPED(h->b + h->p, h->p, HPA2, RWX);
	MAPPED(h->b + 2 * h->p, h->g - h->b - 2 * h->p, HPA + h->b + 2 * h->p, RWX);
	GUEST(h->b + h->p, REF_W);
}
