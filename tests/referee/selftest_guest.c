/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traces that break a rule: dirty pages, what the guest sees, states at return. Each is as short as its bug.
 */
#include "hand.h"

enum { HPA = 0x10000000, OTHER = 0x20000000 };

/* ---- dirty ---- */

static void split_loses_dirty(struct hand *h)
{
	struct tdp_table t = hand_block_and_split(h, HPA, HAND_CLEAN);

	hand_begin(h, "split", NULL);
	/* The adversary sets Dirty in the block right now. */
	hand_store(h, &h->mid[1], hand_link(h, t.hpa));
	hand_end(h);
}

static void plain_store_loses_late_dirty(struct hand *h)
{
	hand_map(h, 3, HPA, HAND_CLEAN);
	hand_begin(h, "zap", NULL);
	hand_store(h, &h->page[3], hand_frozen(h));
	hand_flush(h, 3 * KIB4, KIB4, 0, false);
	hand_store(h, &h->page[3], 0);
	hand_end(h);
}

static void written_page_not_reported(struct hand *h)
{
	hand_map(h, 3, HPA, HAND_CLEAN);
	referee_guest(h->r, h, 3 * KIB4, REF_W);
	hand_begin(h, "zap", NULL);
	hand_xchg(h, &h->page[3], hand_frozen(h));
	hand_flush(h, 3 * KIB4, KIB4, 0, false);
	hand_store(h, &h->page[3], 0);
	hand_end(h);
}

static void gathered_page_never_reported(struct hand *h)
{
	hand_map(h, 3, HPA, HAND_CLEAN);
	referee_guest(h->r, h, 3 * KIB4, REF_W);
	hand_begin(h, "zap", &h->gather);
	hand_xchg(h, &h->page[3], 0);
	hand_end(h);
	hand_begin(h, "gather_flush", &h->gather);
	hand_flush(h, 3 * KIB4, KIB4, 0, false);
	referee_gather_due(h->r, &h->gather);
	hand_end(h);
}

static void protect_drops_dirty(struct hand *h)
{
	hand_map(h, 3, HPA, HAND_CLEAN);
	referee_guest(h->r, h, 3 * KIB4, REF_W);
	hand_begin(h, "protect", NULL);
	hand_store(h, &h->page[3], hand_leaf(h, 0, HPA, HAND_RO | HAND_CLEAN));
	hand_flush(h, 3 * KIB4, KIB4, 0, false);
	hand_end(h);
}

static void report_before_flush(struct hand *h)
{
	hand_map(h, 3, HPA, 0);
	hand_begin(h, "zap", NULL);
	hand_xchg(h, &h->page[3], hand_frozen(h));
	hand_dirty(h, 3 * KIB4, KIB4);
	hand_flush(h, 3 * KIB4, KIB4, 0, false);
	hand_store(h, &h->page[3], 0);
	hand_end(h);
}

/* By a call that has nothing to do with the gather. */
static void report_what_a_gather_took(struct hand *h)
{
	hand_map(h, 3, HPA, 0);
	hand_begin(h, "zap", &h->gather);
	hand_xchg(h, &h->page[3], 0);
	hand_end(h);
	hand_begin(h, "arm", NULL);
	hand_dirty(h, 3 * KIB4, KIB4);
	hand_end(h);
}

/* Dirty is moved to "written since mapped", and nobody is told. */
static void collected_by_nobody(struct hand *h)
{
	referee_log_writes(h->r, true);
	hand_map(h, 3, HPA, 0);
	referee_guest(h->r, h, 3 * KIB4, REF_W);
	hand_begin(h, "arm", NULL);
	hand_store(h, &h->page[3], hand_leaf(h, 0, HPA, HAND_CLEAN | HAND_RO));
	hand_flush(h, 3 * KIB4, KIB4, 0, false);
	hand_end(h);
}

/* ---- the guest sees it ---- */

static void guest_reaches_reclaimed_page(struct hand *h)
{
	hand_map(h, 3, HPA, 0);
	referee_guest(h->r, h, 3 * KIB4, REF_W);
	hand_begin(h, "zap", NULL);
	hand_dirty(h, 3 * KIB4, hand_xchg(h, &h->page[3], 0) ? KIB4 : 0);
	hand_end(h);
	referee_forget(h->r);
	referee_reclaim(h->r, HPA, KIB4);
	referee_guest(h->r, h, 3 * KIB4, REF_R);
}

static void leaf_maps_a_table(struct hand *h)
{
	hand_map(h, 3, h->page_hpa, 0);
}

/* The reference of the traces below: page 3 maps HPA read-only, nothing else is mapped. */
static struct referee_page one_page(void *arg, tdp_gpa_t gpa)
{
	(void)arg;
	if (gpa != 3 * KIB4)
		return (struct referee_page){.mapped = false};
	return (struct referee_page){.mapped = true, .hpa = HPA, .must = TDP_R, .may = TDP_R | TDP_X, .memtype = TDP_MT_WB};
}

static void wider_than_granted(struct hand *h)
{
	hand_map(h, 3, HPA, 0);
	referee_check_map(h->r, h, 0, 8 * KIB4, one_page, NULL);
}

static void guest_writes_read_only_page(struct hand *h)
{
	hand_map(h, 3, HPA, 0);
	referee_expect(h->r, h, one_page, NULL);
	referee_guest(h->r, h, 3 * KIB4, REF_W);
}

static void guest_reaches_unmapped_page(struct hand *h)
{
	hand_map(h, 4, HPA, 0);
	referee_expect(h->r, h, one_page, NULL);
	referee_guest(h->r, h, 4 * KIB4, REF_R);
}

static void another_page_than_mapped(struct hand *h)
{
	hand_map(h, 3, OTHER, HAND_RO);
	referee_check_map(h->r, h, 0, 8 * KIB4, one_page, NULL);
}

static void mapping_is_missing(struct hand *h)
{
	referee_check_map(h->r, h, 0, 8 * KIB4, one_page, NULL);
}

static void memory_type_differs(struct hand *h)
{
	hand_map(h, 3, HPA, HAND_RO | HAND_UC);
	referee_check_map(h->r, h, 0, 8 * KIB4, one_page, NULL);
}

/* ---- the rest ---- */

static void frozen_at_return(struct hand *h)
{
	hand_begin(h, "zap", NULL);
	hand_store(h, &h->page[3], hand_frozen(h));
	hand_end(h);
}

static void misaligned_block(struct hand *h)
{
	hand_begin(h, "map", NULL);
	hand_store(h, &h->mid[1], hand_leaf(h, 1, HPA + 2 * KIB4, 0));
	hand_barrier(h);
	hand_end(h);
}

static void address_too_wide(struct hand *h)
{
	hand_map(h, 3, UINT64_C(1) << 41, 0);
}

static void no_walker_barrier(struct hand *h)
{
	hand_begin(h, "map", NULL);
	hand_store(h, &h->page[3], hand_leaf(h, 0, HPA, 0));
	hand_end(h);
}

static void no_walker_barrier_after_widening(struct hand *h)
{
	hand_map(h, 3, HPA, HAND_RO);
	hand_begin(h, "fault", NULL);
	hand_store(h, &h->page[3], hand_leaf(h, 0, HPA, 0));
	hand_end(h);
}

static void changed_behind_the_door(struct hand *h)
{
	h->page[3] = hand_leaf(h, 0, HPA, 0);
	referee_audit(h->r);
}

static void store_not_cleaned(struct hand *h)
{
	hand_begin(h, "map", NULL);
	hand_store(h, &h->page[3], hand_leaf(h, 0, HPA, 0));
	hand_barrier(h);
	hand_end(h);
}

static void flushed_before_it_was_cleaned(struct hand *h)
{
	hand_begin(h, "map", NULL);
	hand_store(h, &h->page[3], hand_leaf(h, 0, HPA, 0));
	h->ops->table_clean(h->r, &h->page[3], 8);
	hand_barrier(h);
	hand_end(h);
	hand_begin(h, "zap", NULL);
	hand_xchg(h, &h->page[3], 0);
	hand_flush(h, 3 * KIB4, KIB4, 0, false);
	h->ops->table_clean(h->r, &h->page[3], 8);
	hand_end(h);
}

static void linked_before_it_was_cleaned(struct hand *h)
{
	struct tdp_table t;

	hand_begin(h, "map", NULL);
	t = hand_table(h);
	hand_store(h, &h->mid[1], hand_link(h, t.hpa));
	h->ops->table_clean(h->r, t.va, KIB4);
	h->ops->table_clean(h->r, &h->mid[1], 8);
	hand_barrier(h);
	hand_end(h);
}

static void page_not_synced(struct hand *h)
{
	hand_map(h, 3, HPA, 0);
}

static void flush_of_an_unknown_tree(struct hand *h)
{
	struct tdp_flush f = {.tree = (const void *)&f, .gpa = 0, .size = KIB4, .level = -1};

	h->ops->flush(h->r, NULL, &f);
}

const struct trace guest_traces[] = {
	{TRACE(split_loses_dirty), ON_NPT, REF_V8},
	{TRACE(plain_store_loses_late_dirty), ON_NPT, REF_V8},
	{TRACE(written_page_not_reported), BOTH, REF_V8},
	{TRACE(gathered_page_never_reported), BOTH, REF_V8},
	{TRACE(protect_drops_dirty), BOTH, REF_V8},
	{TRACE(report_before_flush), BOTH, REF_V15},
	{TRACE(report_what_a_gather_took), BOTH, REF_V15},
	{TRACE(collected_by_nobody), BOTH, REF_V8},
	{TRACE(guest_reaches_reclaimed_page), BOTH, REF_V1},
	{TRACE(leaf_maps_a_table), BOTH, REF_V1},
	{TRACE(wider_than_granted), BOTH, REF_V7},
	{TRACE(guest_writes_read_only_page), BOTH, REF_V7},
	{TRACE(guest_reaches_unmapped_page), BOTH, REF_V1},
	{TRACE(another_page_than_mapped), BOTH, REF_V9},
	{TRACE(mapping_is_missing), BOTH, REF_V9},
	{TRACE(memory_type_differs), BOTH, REF_V9},
	{TRACE(frozen_at_return), BOTH, REF_V10},
	{TRACE(misaligned_block), BOTH, REF_V12},
	{TRACE(address_too_wide), BOTH, REF_V12},
	{TRACE(no_walker_barrier), BOTH, REF_V13},
	{TRACE(no_walker_barrier_after_widening), BOTH, REF_V13},
	{TRACE(changed_behind_the_door), BOTH, REF_V16},
	{TRACE(store_not_cleaned), ON_S2, REF_V17, {.noncoherent = true}},
	{TRACE(flushed_before_it_was_cleaned), ON_S2, REF_V17, {.noncoherent = true}},
	{TRACE(linked_before_it_was_cleaned), ON_S2, REF_V17, {.noncoherent = true}},
	{TRACE(page_not_synced), ON_S2, REF_V18, {.check_sync = true}},
	{TRACE(flush_of_an_unknown_tree), BOTH, REF_V18},
	{TRACE(guest_reaches_reclaimed_page), ON_NPT, REF_V1, {.lazy = true}},
};
const unsigned guest_trace_count = sizeof(guest_traces) / sizeof(guest_traces[0]);
