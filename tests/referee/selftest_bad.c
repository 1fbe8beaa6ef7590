/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traces that break a rule. Each is as short as its bug.
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

static void free_before_flush(struct hand *h)
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

/* A block of 2 MiB at gpa 2 MiB, and a table that translates just the same. */
static struct tdp_table block_and_split(struct hand *h, unsigned flags)
{
	struct tdp_table t;

	hand_begin(h, "map", NULL);
	hand_store(h, &h->mid[1], hand_leaf(h, 1, HPA, flags));
	hand_barrier(h);
	hand_end(h);
	t = hand_table(h);
	hand_fill(h, t.va, 512, hand_leaf(h, 0, HPA, flags), KIB4);
	return t;
}

static void split_in_place(struct hand *h)
{
	struct tdp_table t = block_and_split(h, 0);

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
	struct tdp_table t = block_and_split(h, 0);

	hand_fill(h, t.va, 512, hand_leaf(h, 0, HPA, 0), 0);
	hand_begin(h, "split", NULL);
	hand_store(h, &h->mid[1], hand_link(h, t.hpa));
	hand_end(h);
}

static void split_narrows(struct hand *h)
{
	struct tdp_table t = block_and_split(h, 0);

	hand_fill(h, t.va, 512, hand_leaf(h, 0, HPA, HAND_RO), KIB4);
	hand_begin(h, "split", NULL);
	hand_store(h, &h->mid[1], hand_link(h, t.hpa));
	hand_end(h);
}

/* ---- dirty ---- */

static void split_loses_dirty(struct hand *h)
{
	struct tdp_table t = block_and_split(h, HAND_CLEAN);

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

static void page_not_synced(struct hand *h)
{
	hand_map(h, 3, HPA, 0);
}

static void flush_of_an_unknown_tree(struct hand *h)
{
	struct tdp_flush f = {.tree = (const void *)&f, .gpa = 0, .size = KIB4, .level = -1};

	h->ops->flush(h->r, NULL, &f);
}

#define BOTH(fn, v)                                                                                                                \
	{#fn, fn, {.kind = REF_NPT}, v},                                                                                           \
	{                                                                                                                          \
#fn, fn, {.kind = REF_S2_4K }, v                                                                                   \
	}
#define ON_X86(fn, v)                                                                                                              \
	{                                                                                                                          \
#fn, fn, {.kind = REF_NPT }, v                                                                                     \
	}
#define ON_ARM(fn, v)                                                                                                              \
	{                                                                                                                          \
#fn, fn, {.kind = REF_S2_4K }, v                                                                                   \
	}

const struct trace bad_traces[] = {
	BOTH(zap_without_flush, REF_V3),
	BOTH(zap_flush_one_page_short, REF_V5),
	BOTH(flush_with_the_wrong_level, REF_V5),
	BOTH(flush_of_this_cpu_only, REF_V3),
	BOTH(protect_without_flush, REF_V3),
	ON_X86(type_change_without_flush, REF_V3),
	ON_ARM(type_change_without_flush, REF_V6),
	ON_X86(dirty_cleared_without_flush, REF_V3),
	BOTH(gather_forgets_a_range, REF_V5),
	BOTH(gather_flushes_the_other_tree, REF_V3),
	BOTH(unlink_with_leaf_flush, REF_V5),
	BOTH(unlink_without_flush, REF_V3),
	BOTH(unlink_with_half_a_flush, REF_V5),
	BOTH(unlink_waits_for_a_gather, REF_V3),
	BOTH(free_before_flush, REF_V4),
	BOTH(free_while_linked, REF_V4),
	BOTH(reuse_before_flush, REF_V4),
	BOTH(free_twice, REF_V18),
	BOTH(library_reads_freed_table, REF_V2),
	BOTH(walker_reaches_freed_table, REF_V2),
	BOTH(link_before_fill, REF_V2),
	BOTH(fill_after_link, REF_V2),
	BOTH(two_parents, REF_V11),
	ON_X86(table_at_another_level, REF_V11),
	BOTH(address_in_place, REF_V6),
	ON_ARM(split_in_place, REF_V6),
	ON_ARM(collapse_in_place, REF_V6),
	ON_X86(collapse_without_flush, REF_V3),
	BOTH(remap_before_flush, REF_V6),
	BOTH(map_over_open_gather, REF_V6),
	ON_X86(split_moves_pages, REF_V6),
	ON_X86(split_narrows, REF_V3),
	ON_X86(split_loses_dirty, REF_V8),
	ON_X86(plain_store_loses_late_dirty, REF_V8),
	BOTH(written_page_not_reported, REF_V8),
	BOTH(gathered_page_never_reported, REF_V8),
	BOTH(protect_drops_dirty, REF_V8),
	BOTH(report_before_flush, REF_V15),
	BOTH(guest_reaches_reclaimed_page, REF_V1),
	BOTH(leaf_maps_a_table, REF_V1),
	BOTH(wider_than_granted, REF_V7),
	BOTH(guest_writes_read_only_page, REF_V7),
	BOTH(guest_reaches_unmapped_page, REF_V1),
	BOTH(another_page_than_mapped, REF_V9),
	BOTH(mapping_is_missing, REF_V9),
	BOTH(memory_type_differs, REF_V9),
	BOTH(frozen_at_return, REF_V10),
	BOTH(misaligned_block, REF_V12),
	BOTH(address_too_wide, REF_V12),
	BOTH(no_walker_barrier, REF_V13),
	BOTH(changed_behind_the_door, REF_V16),
	{"store_not_cleaned", store_not_cleaned, {.kind = REF_S2_4K, .noncoherent = true}, REF_V17},
	{"page_not_synced", page_not_synced, {.kind = REF_S2_4K, .check_sync = true}, REF_V18},
	BOTH(flush_of_an_unknown_tree, REF_V18),
	{"lazy caches: guest_reaches_reclaimed_page", guest_reaches_reclaimed_page, {.kind = REF_NPT, .lazy = true}, REF_V1},
	{"lazy caches: zap_without_flush", zap_without_flush, {.kind = REF_NPT, .lazy = true}, REF_V3},
};
const unsigned bad_trace_count = sizeof(bad_traces) / sizeof(bad_traces[0]);
