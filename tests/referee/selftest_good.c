/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traces that keep every rule, some of them narrowly. None may be flagged.
 */
#include "hand.h"

enum { HPA = 0x10000000, OTHER = 0x20000000 };

/* The order of a leaf zap: freeze, flush, report, clear. */
static void zap_page(struct hand *h)
{
	hand_map(h, 3, HPA, HAND_CLEAN);
	referee_guest(h->r, h, 3 * KIB4, REF_W);
	hand_begin(h, "zap", NULL);
	hand_xchg(h, &h->page[3], hand_frozen(h));
	hand_flush(h, 3 * KIB4, KIB4, 0, false);
	hand_dirty(h, 3 * KIB4, KIB4);
	hand_store(h, &h->page[3], 0);
	hand_end(h);
	referee_reclaim(h->r, HPA, KIB4);
	referee_guest(h->r, h, 3 * KIB4, REF_R);
}

/* Freeze the parent, flush, freeze and harvest the children, report, clear, free. */
static void zap_table(struct hand *h)
{
	hand_map(h, 3, HPA, HAND_CLEAN);
	referee_guest(h->r, h, 3 * KIB4, REF_W);
	hand_begin(h, "zap", NULL);
	hand_xchg(h, h->mid, hand_frozen(h));
	hand_flush(h, 0, MIB2, -1, true);
	for (unsigned i = 0; i < 512; i++)
		hand_xchg(h, &h->page[i], hand_frozen(h));
	hand_dirty(h, 3 * KIB4, KIB4);
	hand_store(h, h->mid, 0);
	hand_free(h, h->page_hpa);
	hand_end(h);
	referee_reclaim(h->r, HPA, KIB4);
	referee_guest(h->r, h, 3 * KIB4, REF_R);
}

static void flush_of_everything(struct hand *h)
{
	hand_begin(h, "zap", NULL);
	hand_xchg(h, h->mid, 0);
	hand_flush(h, 0, 0, -1, true);
	hand_free(h, h->page_hpa);
	hand_end(h);
}

static void two_halves_of_a_flush(struct hand *h)
{
	hand_begin(h, "zap", NULL);
	hand_xchg(h, h->mid, 0);
	hand_flush(h, 0, MIB2 / 2, -1, true);
	hand_flush(h, MIB2 / 2, MIB2 / 2, -1, true);
	hand_free(h, h->page_hpa);
	hand_end(h);
}

static void gather_then_flush(struct hand *h)
{
	hand_map(h, 3, HPA, HAND_CLEAN);
	hand_map(h, 9, OTHER, HAND_CLEAN | HAND_RO);
	referee_guest(h->r, h, 3 * KIB4, REF_W);
	hand_begin(h, "zap", &h->gather);
	hand_xchg(h, &h->page[3], 0);
	hand_xchg(h, &h->page[9], 0);
	hand_end(h);
	/* Still cached, and still allowed to be. */
	referee_guest(h->r, h, 3 * KIB4, REF_W);
	hand_begin(h, "gather_flush", &h->gather);
	hand_flush(h, 3 * KIB4, 7 * KIB4, -1, false);
	hand_dirty(h, 3 * KIB4, KIB4);
	referee_gather_due(h->r, &h->gather);
	hand_end(h);
}

/* A mapper that meets an open gather flushes what it is going to cover. */
static void map_over_gather_with_flush(struct hand *h)
{
	hand_map(h, 3, HPA, HAND_CLEAN | HAND_RO);
	hand_begin(h, "zap", &h->gather);
	hand_xchg(h, &h->page[3], 0);
	hand_end(h);
	hand_begin(h, "map", NULL);
	hand_cas(h, &h->page[3], 0, hand_frozen(h));
	hand_flush(h, 3 * KIB4, KIB4, -1, false);
	hand_store(h, &h->page[3], hand_leaf(h, 0, OTHER, HAND_CLEAN));
	hand_barrier(h);
	hand_end(h);
}

static void widen_in_place(struct hand *h)
{
	hand_map(h, 3, HPA, HAND_RO);
	referee_guest(h->r, h, 3 * KIB4, REF_R);
	hand_begin(h, "fault", NULL);
	hand_store(h, &h->page[3], hand_leaf(h, 0, HPA, 0));
	hand_barrier(h);
	hand_end(h);
	referee_guest(h->r, h, 3 * KIB4, REF_W);
}

static void protect_keeps_dirty(struct hand *h)
{
	hand_map(h, 3, HPA, 0);
	referee_guest(h->r, h, 3 * KIB4, REF_W);
	hand_begin(h, "protect", NULL);
	hand_store(h, &h->page[3], hand_leaf(h, 0, HPA, HAND_RO));
	hand_flush(h, 3 * KIB4, KIB4, 0, false);
	hand_end(h);
}

/* What a gather made read-only is reported, and stays Dirty: it will be reported again. */
static void report_what_stays_dirty(struct hand *h)
{
	hand_map(h, 3, HPA, 0);
	hand_begin(h, "protect", &h->gather);
	hand_store(h, &h->page[3], hand_leaf(h, 0, HPA, HAND_RO));
	hand_end(h);
	hand_begin(h, "arm", NULL);
	hand_dirty(h, 3 * KIB4, KIB4);
	hand_end(h);
	hand_begin(h, "gather_flush", &h->gather);
	hand_flush(h, 3 * KIB4, KIB4, 0, false);
	referee_gather_due(h->r, &h->gather);
	hand_end(h);
}

/* A late write to what was unmapped is not the new page's, though it leads to the same memory. */
static void log_after_unmapping(struct hand *h)
{
	referee_log_writes(h->r, true);
	hand_map(h, 3, HPA, 0);
	hand_begin(h, "zap", &h->gather);
	hand_xchg(h, &h->page[3], 0);
	hand_end(h);
	referee_guest(h->r, h, 3 * KIB4, REF_W);
	hand_begin(h, "map", NULL);
	hand_cas(h, &h->page[3], 0, hand_frozen(h));
	hand_flush(h, 3 * KIB4, KIB4, -1, false);
	hand_store(h, &h->page[3], hand_leaf(h, 0, HPA, HAND_CLEAN | HAND_RO));
	hand_barrier(h);
	hand_end(h);
	hand_begin(h, "gather_flush", &h->gather);
	hand_dirty(h, 3 * KIB4, KIB4);
	referee_gather_due(h->r, &h->gather);
	hand_end(h);
}

static void replace_through_frozen(struct hand *h)
{
	hand_map(h, 3, HPA, 0);
	referee_guest(h->r, h, 3 * KIB4, REF_W);
	hand_begin(h, "replace", NULL);
	hand_xchg(h, &h->page[3], hand_frozen(h));
	hand_flush(h, 3 * KIB4, KIB4, 0, false);
	hand_dirty(h, 3 * KIB4, KIB4);
	hand_store(h, &h->page[3], hand_leaf(h, 0, OTHER, 0));
	hand_barrier(h);
	hand_end(h);
}

/* The same entry comes back: nothing changed, nothing is owed. */
static void undo(struct hand *h)
{
	uint64_t old;

	hand_map(h, 3, HPA, 0);
	hand_begin(h, "promote gives up", NULL);
	old = hand_xchg(h, &h->page[3], hand_frozen(h));
	hand_store(h, &h->page[3], old);
	hand_barrier(h);
	hand_end(h);
}

/* A block of 2 MiB at gpa 2 MiB. */
static void map_block(struct hand *h, unsigned flags)
{
	hand_begin(h, "map", NULL);
	hand_store(h, &h->mid[1], hand_leaf(h, 1, HPA, flags));
	hand_barrier(h);
	hand_end(h);
}

static void zap_block(struct hand *h)
{
	map_block(h, HAND_RO | HAND_CLEAN);
	hand_begin(h, "zap", NULL);
	hand_xchg(h, &h->mid[1], hand_frozen(h));
	hand_flush(h, MIB2, MIB2, 1, false);
	hand_store(h, &h->mid[1], 0);
	hand_end(h);
}

/* Prebuilt, then one compare-and-swap; hardware sets Dirty at the worst moment, so the first attempt fails. */
static void split_by_cas(struct hand *h)
{
	struct tdp_table t = hand_table(h);
	uint64_t old, *child = t.va;

	map_block(h, HAND_CLEAN);
	hand_begin(h, "split", NULL);
	do {
		old = hand_load(h, &h->mid[1]);
		hand_fill(h, child, 512, hand_leaf(h, 0, HPA, old & 0x40 ? 0 : HAND_CLEAN), KIB4);
	} while (!hand_cas(h, &h->mid[1], old, hand_link(h, t.hpa)));
	hand_end(h);
	referee_guest(h->r, h, MIB2 + 5 * KIB4, REF_W);
	/* A stale block is cut where a page of it goes. */
	hand_begin(h, "zap", NULL);
	hand_xchg(h, &child[5], hand_frozen(h));
	hand_flush(h, MIB2 + 5 * KIB4, KIB4, 0, false);
	hand_dirty(h, MIB2 + 5 * KIB4, KIB4);
	hand_store(h, &child[5], 0);
	hand_end(h);
	referee_reclaim(h->r, HPA + 5 * KIB4, KIB4);
	referee_guest(h->r, h, MIB2 + 5 * KIB4, REF_R);
	referee_guest(h->r, h, MIB2 + 6 * KIB4, REF_W);
}

static void split_by_break(struct hand *h)
{
	struct tdp_table t = hand_table(h);

	map_block(h, 0);
	referee_guest(h->r, h, MIB2 + 5 * KIB4, REF_W);
	hand_fill(h, t.va, 512, hand_leaf(h, 0, HPA, 0), KIB4);
	hand_begin(h, "split", NULL);
	hand_xchg(h, &h->mid[1], hand_frozen(h));
	hand_flush(h, MIB2, MIB2, 1, false);
	hand_store(h, &h->mid[1], hand_link(h, t.hpa));
	hand_barrier(h);
	hand_end(h);
	referee_guest(h->r, h, MIB2 + 5 * KIB4, REF_W);
}

static void collapse_by_break(struct hand *h)
{
	for (unsigned i = 0; i < 512; i++)
		hand_map(h, i, HPA + i * KIB4, 0);
	referee_guest(h->r, h, 7 * KIB4, REF_W);
	hand_begin(h, "promote", NULL);
	hand_xchg(h, h->mid, hand_frozen(h));
	hand_flush(h, 0, MIB2, -1, true);
	for (unsigned i = 0; i < 512; i++)
		hand_xchg(h, &h->page[i], hand_frozen(h));
	hand_store(h, h->mid, hand_leaf(h, 1, HPA, 0));
	hand_free(h, h->page_hpa);
	hand_barrier(h);
	hand_end(h);
	referee_guest(h->r, h, 7 * KIB4, REF_W);
}

/* Children first, then the parent by one store, one flush, free. */
static void collapse_by_overwrite(struct hand *h)
{
	for (unsigned i = 0; i < 512; i++)
		hand_map(h, i, HPA + i * KIB4, 0);
	hand_begin(h, "promote", NULL);
	hand_store(h, h->mid, hand_leaf(h, 1, HPA, 0));
	hand_flush(h, 0, MIB2, -1, true);
	hand_free(h, h->page_hpa);
	hand_end(h);
}

/* Children to FROZEN, then the parent, then the flush. */
static void trim(struct hand *h)
{
	hand_begin(h, "trim", NULL);
	for (unsigned i = 0; i < 512; i++)
		hand_cas(h, &h->page[i], 0, hand_frozen(h));
	hand_cas(h, h->mid, hand_link(h, h->page_hpa), hand_frozen(h));
	hand_flush(h, 0, MIB2, -1, true);
	hand_store(h, h->mid, 0);
	hand_free(h, h->page_hpa);
	hand_end(h);
}

static void aging_owes_nothing(struct hand *h)
{
	uint64_t old;

	hand_map(h, 3, HPA, 0);
	referee_guest(h->r, h, 3 * KIB4, REF_R);
	hand_begin(h, "age", NULL);
	old = hand_load(h, &h->page[3]);
	hand_cas(h, &h->page[3], old, old & ~UINT64_C(0x20));
	hand_end(h);
}

static void notes_owe_nothing(struct hand *h)
{
	hand_begin(h, "note", NULL);
	hand_store(h, &h->page[3], 0x10 | 5 << 12);
	hand_store(h, &h->page[3], 0x10 | 6 << 12);
	hand_store(h, &h->page[3], 0);
	hand_end(h);
}

static void cleaned_and_synced(struct hand *h)
{
	hand_begin(h, "map", NULL);
	h->ops->page_sync(h->r, HPA, KIB4, true, false);
	hand_store(h, &h->page[3], hand_leaf(h, 0, HPA, 0));
	h->ops->table_clean(h->r, &h->page[3], 8);
	hand_barrier(h);
	hand_end(h);
	hand_begin(h, "zap", NULL);
	hand_xchg(h, &h->page[3], 0);
	h->ops->table_clean(h->r, &h->page[3], 8);
	hand_flush(h, 3 * KIB4, KIB4, 0, false);
	hand_end(h);
}

static void no_dirty_hook(struct hand *h)
{
	referee_ops(h->r)->dirty = NULL;
	hand_map(h, 3, HPA, 0);
	referee_guest(h->r, h, 3 * KIB4, REF_W);
	hand_begin(h, "zap", NULL);
	hand_xchg(h, &h->page[3], 0);
	hand_flush(h, 3 * KIB4, KIB4, 0, false);
	hand_end(h);
	hand_map(h, 3, HPA, HAND_CLEAN | HAND_RO);
}

const struct trace good_traces[] = {
	{TRACE(zap_page), BOTH, 0},
	{TRACE(zap_table), BOTH, 0},
	{TRACE(flush_of_everything), BOTH, 0},
	{TRACE(two_halves_of_a_flush), BOTH, 0},
	{TRACE(gather_then_flush), BOTH, 0},
	{TRACE(map_over_gather_with_flush), BOTH, 0},
	{TRACE(widen_in_place), BOTH, 0},
	{TRACE(protect_keeps_dirty), BOTH, 0},
	{TRACE(report_what_stays_dirty), BOTH, 0},
	{TRACE(log_after_unmapping), BOTH, 0},
	{TRACE(replace_through_frozen), BOTH, 0},
	{TRACE(undo), BOTH, 0},
	{TRACE(zap_block), BOTH, 0},
	{TRACE(split_by_cas), ON_NPT, 0},
	{TRACE(split_by_break), BOTH, 0},
	{TRACE(collapse_by_break), BOTH, 0},
	{TRACE(collapse_by_overwrite), ON_NPT, 0},
	{TRACE(trim), BOTH, 0},
	{TRACE(aging_owes_nothing), ON_NPT, 0},
	{TRACE(notes_owe_nothing), BOTH, 0},
	{TRACE(cleaned_and_synced), ON_S2, 0, {.noncoherent = true, .check_sync = true}},
	{TRACE(no_dirty_hook), BOTH, 0},
	{TRACE(zap_table), ON_NPT, 0, {.lazy = true}},
	{TRACE(split_by_cas), ON_NPT, 0, {.no_adversary = true}},
};
const unsigned good_trace_count = sizeof(good_traces) / sizeof(good_traces[0]);
