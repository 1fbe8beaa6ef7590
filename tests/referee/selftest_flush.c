/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traces that break a rule: flushes, tables, break-before-make. Each is as short as its bug.
 */
#include "hand.h"

enum { HPA = 0x10000000, OTHER = 0x20000000 };

/* ---- flushes ---- */

static void zap_without_flush(struct hand *h)
{
	hand_map(h, 3, HPA, HAND_CLEAN);
	hand_begin(h, "zap", NULL);
	hand_dirty(h, 3 * KIB4, hand_xchg(h, &h->page[3], 0) ? KIB4 : 0);
	hand_end(h);
}

static void zap_flush_one_page_short(struct hand *h)
{
	hand_map(h, 3, HPA, HAND_CLEAN);
	hand_map(h, 4, HPA + KIB4, HAND_CLEAN);
	hand_begin(h, "zap", NULL);
	hand_xchg(h, &h->page[3], hand_frozen(h));
	hand_xchg(h, &h->page[4], hand_frozen(h));
	hand_flush(h, 3 * KIB4, KIB4, 0, false);
	hand_dirty(h, 3 * KIB4, KIB4);
	hand_store(h, &h->page[3], 0);
	hand_store(h, &h->page[4], 0);
	hand_end(h);
}

static void flush_with_the_wrong_level(struct hand *h)
{
	hand_map(h, 3, HPA, HAND_CLEAN);
	hand_begin(h, "zap", NULL);
	hand_xchg(h, &h->page[3], 0);
	hand_flush(h, 3 * KIB4, KIB4, 1, false);
	hand_end(h);
}

static void flush_of_this_cpu_only(struct hand *h)
{
	struct tdp_flush f = {.tree = (const void *)h, .gpa = 3 * KIB4, .size = KIB4, .local = 1};

	hand_map(h, 3, HPA, HAND_CLEAN);
	hand_begin(h, "zap", NULL);
	hand_xchg(h, &h->page[3], 0);
	h->ops->flush(h->r, NULL, &f);
	hand_end(h);
}

static void protect_without_flush(struct hand *h)
{
	hand_map(h, 3, HPA, 0);
	hand_begin(h, "protect", NULL);
	hand_store(h, &h->page[3], hand_leaf(h, 0, HPA, HAND_RO));
	hand_end(h);
}

static void type_change_without_flush(struct hand *h)
{
	hand_map(h, 3, HPA, 0);
	hand_begin(h, "set_attrs", NULL);
	hand_store(h, &h->page[3], hand_leaf(h, 0, HPA, HAND_UC));
	hand_end(h);
}

static void dirty_cleared_without_flush(struct hand *h)
{
	hand_map(h, 3, HPA, 0);
	hand_begin(h, "collect", NULL);
	hand_store(h, &h->page[3], hand_leaf(h, 0, HPA, HAND_CLEAN));
	hand_end(h);
}

static void gather_forgets_a_range(struct hand *h)
{
	hand_map(h, 3, HPA, HAND_CLEAN);
	hand_map(h, 9, HPA, HAND_CLEAN);
	hand_begin(h, "zap", &h->gather);
	hand_xchg(h, &h->page[3], 0);
	hand_xchg(h, &h->page[9], 0);
	hand_end(h);
	hand_begin(h, "gather_flush", &h->gather);
	hand_flush(h, 9 * KIB4, KIB4, 0, false);
	referee_gather_due(h->r, &h->gather);
	hand_end(h);
}

static void gather_flushes_the_other_tree(struct hand *h)
{
	hand_map(h, 3, HPA, HAND_CLEAN);
	hand_begin(h, "zap", &h->gather);
	hand_xchg(h, &h->page[3], 0);
	hand_end(h);
	hand_begin(h, "gather_flush", &h->gather);
	referee_gather_due(h->r, &h->gather);
	hand_end(h);
}

/* ---- tables ---- */

static void unlink_with_leaf_flush(struct hand *h)
{
	hand_begin(h, "zap", NULL);
	hand_xchg(h, h->mid, hand_frozen(h));
	hand_flush(h, 0, MIB2, -1, false);
	hand_store(h, h->mid, 0);
	hand_end(h);
}

static void unlink_without_flush(struct hand *h)
{
	hand_begin(h, "zap", NULL);
	hand_xchg(h, h->mid, 0);
	hand_end(h);
}

static void unlink_with_half_a_flush(struct hand *h)
{
	hand_begin(h, "zap", NULL);
	hand_xchg(h, h->mid, 0);
	hand_flush(h, 0, MIB2 / 2, -1, true);
	hand_end(h);
}

static void unlink_waits_for_a_gather(struct hand *h)
{
	hand_begin(h, "zap", &h->gather);
	hand_xchg(h, h->mid, 0);
	hand_end(h);
}

void free_before_flush(struct hand *h)
{
	hand_begin(h, "zap", NULL);
	hand_xchg(h, h->mid, hand_frozen(h));
	hand_free(h, h->page_hpa);
	hand_flush(h, 0, MIB2, -1, true);
	hand_store(h, h->mid, 0);
	hand_end(h);
}

static void free_while_linked(struct hand *h)
{
	hand_begin(h, "trim", NULL);
	hand_free(h, h->page_hpa);
	hand_end(h);
}

static void reuse_before_flush(struct hand *h)
{
	hand_begin(h, "zap and map", NULL);
	hand_xchg(h, h->mid, 0);
	hand_store(h, &h->mid[1], hand_link(h, h->page_hpa));
	hand_flush(h, 0, MIB2, -1, true);
	hand_end(h);
}

static void free_twice(struct hand *h)
{
	hand_begin(h, "zap", NULL);
	hand_xchg(h, h->mid, 0);
	hand_flush(h, 0, MIB2, -1, true);
	hand_free(h, h->page_hpa);
	hand_free(h, h->page_hpa);
	hand_end(h);
}

static void library_reads_freed_table(struct hand *h)
{
	hand_begin(h, "zap", NULL);
	hand_xchg(h, h->mid, 0);
	hand_flush(h, 0, MIB2, -1, true);
	hand_free(h, h->page_hpa);
	hand_load(h, h->page);
	hand_end(h);
}

static void walker_reaches_freed_table(struct hand *h)
{
	hand_map(h, 3, HPA, 0);
	hand_begin(h, "zap", NULL);
	hand_xchg(h, h->mid, 0);
	hand_flush(h, 0, MIB2, -1, false);
	hand_free(h, h->page_hpa);
	referee_forget(h->r);
	referee_guest(h->r, h, 3 * KIB4, REF_R);
	hand_end(h);
}

static void link_before_fill(struct hand *h)
{
	struct tdp_table t = {0};

	hand_begin(h, "map", NULL);
	h->ops->table_alloc(h->r, NULL, &t);
	hand_store(h, &h->mid[1], hand_link(h, t.hpa));
	hand_barrier(h);
	hand_end(h);
}

static void fill_after_link(struct hand *h)
{
	hand_begin(h, "split", NULL);
	hand_fill(h, &h->page[7], 1, hand_leaf(h, 0, HPA, HAND_CLEAN), 0);
	hand_barrier(h);
	hand_end(h);
}

static void two_parents(struct hand *h)
{
	hand_begin(h, "map", NULL);
	hand_store(h, &h->mid[1], hand_link(h, h->page_hpa));
	hand_barrier(h);
	hand_end(h);
}

static void table_at_another_level(struct hand *h)
{
	uint64_t *root = h->root.va;

	hand_begin(h, "move", NULL);
	hand_xchg(h, h->mid, 0);
	hand_flush(h, 0, MIB2, -1, true);
	hand_store(h, &root[1], hand_link(h, h->page_hpa));
	hand_barrier(h);
	hand_end(h);
}

/* ---- break-before-make ---- */

static void address_in_place(struct hand *h)
{
	hand_map(h, 3, HPA, 0);
	hand_begin(h, "replace", NULL);
	hand_store(h, &h->page[3], hand_leaf(h, 0, OTHER, 0));
	hand_flush(h, 3 * KIB4, KIB4, 0, false);
	hand_dirty(h, 3 * KIB4, KIB4);
	hand_end(h);
}

static void split_in_place(struct hand *h)
{
	struct tdp_table t = hand_block_and_split(h, HPA, 0);

	hand_begin(h, "split", NULL);
	hand_store(h, &h->mid[1], hand_link(h, t.hpa));
	hand_flush(h, MIB2, MIB2, 1, false);
	hand_end(h);
}

static void collapse_in_place(struct hand *h)
{
	hand_begin(h, "promote", NULL);
	hand_store(h, h->mid, hand_leaf(h, 1, HPA, HAND_CLEAN));
	hand_flush(h, 0, MIB2, -1, true);
	hand_end(h);
}

static void collapse_without_flush(struct hand *h)
{
	hand_begin(h, "promote", NULL);
	hand_store(h, h->mid, hand_leaf(h, 1, HPA, HAND_CLEAN));
	hand_end(h);
}

static void remap_before_flush(struct hand *h)
{
	hand_map(h, 3, HPA, HAND_CLEAN | HAND_RO);
	hand_begin(h, "replace", NULL);
	hand_xchg(h, &h->page[3], hand_frozen(h));
	hand_store(h, &h->page[3], hand_leaf(h, 0, OTHER, HAND_CLEAN));
	hand_flush(h, 3 * KIB4, KIB4, 0, false);
	hand_end(h);
}

static void map_over_open_gather(struct hand *h)
{
	hand_map(h, 3, HPA, HAND_CLEAN | HAND_RO);
	hand_begin(h, "zap", &h->gather);
	hand_xchg(h, &h->page[3], 0);
	hand_end(h);
	hand_map(h, 3, OTHER, HAND_CLEAN);
}

static void split_moves_pages(struct hand *h)
{
	struct tdp_table t = hand_block_and_split(h, HPA, 0);

	hand_fill(h, t.va, 512, hand_leaf(h, 0, HPA, 0), 0);
	hand_begin(h, "split", NULL);
	hand_store(h, &h->mid[1], hand_link(h, t.hpa));
	hand_end(h);
}

static void split_narrows(struct hand *h)
{
	struct tdp_table t = hand_block_and_split(h, HPA, 0);

	hand_fill(h, t.va, 512, hand_leaf(h, 0, HPA, HAND_RO), KIB4);
	hand_begin(h, "split", NULL);
	hand_store(h, &h->mid[1], hand_link(h, t.hpa));
	hand_end(h);
}

const struct trace flush_traces[] = {
	{TRACE(zap_without_flush), BOTH, REF_V3},
	{TRACE(zap_flush_one_page_short), BOTH, REF_V5},
	{TRACE(flush_with_the_wrong_level), BOTH, REF_V5},
	{TRACE(flush_of_this_cpu_only), BOTH, REF_V3},
	{TRACE(protect_without_flush), BOTH, REF_V3},
	{TRACE(type_change_without_flush), ON_NPT, REF_V3},
	{TRACE(type_change_without_flush), ON_S2, REF_V6},
	{TRACE(dirty_cleared_without_flush), ON_NPT, REF_V3},
	{TRACE(gather_forgets_a_range), BOTH, REF_V5},
	{TRACE(gather_flushes_the_other_tree), BOTH, REF_V3},
	{TRACE(unlink_with_leaf_flush), BOTH, REF_V5},
	{TRACE(unlink_without_flush), BOTH, REF_V3},
	{TRACE(unlink_with_half_a_flush), BOTH, REF_V5},
	{TRACE(unlink_waits_for_a_gather), BOTH, REF_V3},
	{TRACE(free_before_flush), BOTH, REF_V4},
	{TRACE(free_while_linked), BOTH, REF_V4},
	{TRACE(reuse_before_flush), BOTH, REF_V4},
	{TRACE(free_twice), BOTH, REF_V18},
	{TRACE(library_reads_freed_table), BOTH, REF_V2},
	{TRACE(walker_reaches_freed_table), BOTH, REF_V2},
	{TRACE(link_before_fill), BOTH, REF_V2},
	{TRACE(fill_after_link), BOTH, REF_V2},
	{TRACE(two_parents), BOTH, REF_V11},
	{TRACE(table_at_another_level), ON_NPT, REF_V11},
	{TRACE(address_in_place), BOTH, REF_V6},
	{TRACE(split_in_place), ON_S2, REF_V6},
	{TRACE(collapse_in_place), ON_S2, REF_V6},
	{TRACE(collapse_without_flush), ON_NPT, REF_V3},
	{TRACE(remap_before_flush), BOTH, REF_V6},
	{TRACE(map_over_open_gather), BOTH, REF_V6},
	{TRACE(split_moves_pages), ON_NPT, REF_V6},
	{TRACE(split_narrows), ON_NPT, REF_V3},
	{TRACE(zap_without_flush), ON_NPT, REF_V3, {.lazy = true}},
};
const unsigned flush_trace_count = sizeof(flush_traces) / sizeof(flush_traces[0]);
