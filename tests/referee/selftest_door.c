/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * More traces that break a rule: the contracts of the hooks, what the arena knows about its frames, and registers.
 */
#include "hand.h"

enum { HPA = 0x10000000, OTHER = 0x20000000 };

static void load_after_a_change_behind_the_door(struct hand *h)
{
	h->page[3] = hand_leaf(h, 0, HPA, 0);
	hand_load(h, &h->page[3]);
}

static void cached_page_vanishes_behind_the_door(struct hand *h)
{
	hand_map(h, 3, HPA, 0);
	referee_guest(h->r, h, 3 * KIB4, REF_R);
	h->page[3] = 0;
	referee_audit(h->r);
}

static void library_reads_unfilled_table(struct hand *h)
{
	struct tdp_table t = {0};

	h->ops->table_alloc(h->r, NULL, &t);
	hand_load(h, t.va);
}

static void walker_reads_unfilled_table(struct hand *h)
{
	struct tdp_table t = {0};

	h->ops->table_alloc(h->r, NULL, &t);
	hand_store(h, &h->mid[1], hand_link(h, t.hpa));
	hand_load(h, h->mid);
	referee_forget(h->r);
	referee_guest(h->r, h, MIB2, REF_R);
}

static void link_to_a_freed_table(struct hand *h)
{
	struct tdp_table t = hand_table(h);

	hand_free(h, t.hpa);
	hand_begin(h, "map", NULL);
	hand_store(h, &h->mid[1], hand_link(h, t.hpa));
	hand_end(h);
}

static void link_to_guest_memory(struct hand *h)
{
	hand_begin(h, "map", NULL);
	hand_store(h, &h->mid[1], hand_link(h, HPA));
	hand_end(h);
}

static void guest_reaches_a_table(struct hand *h)
{
	hand_map(h, 3, h->page_hpa, 0);
	referee_forget(h->r);
	referee_guest(h->r, h, 3 * KIB4, REF_R);
}

static struct referee_page nothing(void *arg, tdp_gpa_t gpa)
{
	(void)arg;
	(void)gpa;
	return (struct referee_page){.mapped = false};
}

static void reserved_bits_found_by_the_map_check(struct hand *h)
{
	hand_map(h, 3, UINT64_C(1) << 41, 0);
	referee_forget(h->r);
	referee_check_map(h->r, h, 3 * KIB4, KIB4, nothing, NULL);
}

static void free_in_a_later_call(struct hand *h)
{
	hand_begin(h, "zap", NULL);
	hand_xchg(h, h->mid, 0);
	hand_end(h);
	referee_forget(h->r);
	hand_begin(h, "zap again", NULL);
	hand_free(h, h->page_hpa);
	hand_end(h);
}

static void root_not_filled(struct hand *h)
{
	struct tdp_table root = referee_root(h->r, KIB4);
	struct tdp_regs regs = {.base = root.hpa, .control = h->control};

	referee_attach_regs(h->r, &root, &regs);
}

static void registers_refused(struct hand *h)
{
	struct tdp_regs regs = {.base = UINT64_C(1) << 45, .control = h->control};

	referee_attach_regs(h->r, &regs, &regs);
}

/* ---- hooks ---- */

static void free_under_another_address(struct hand *h)
{
	struct tdp_table t = hand_table(h);

	t.va = h->root.va;
	h->ops->table_free(h->r, &t);
}

static void flush_of_half_a_page(struct hand *h)
{
	hand_flush(h, 0, KIB4 / 2, -1, false);
}

static void flush_beyond_the_top(struct hand *h)
{
	hand_flush(h, UINT64_C(1) << 48, KIB4, -1, false);
}

static void clean_of_no_table(struct hand *h)
{
	h->ops->table_clean(h->r, h, 8);
}

static void sync_of_nothing(struct hand *h)
{
	h->ops->page_sync(h->r, HPA, 0, true, false);
}

static void report_of_nothing(struct hand *h)
{
	hand_dirty(h, 3 * KIB4, 0);
}

static void guest_memory_mapped_as_table(struct hand *h)
{
	h->ops->table_map(h->r, HPA, 0, 0);
}

static void unmapped_in_the_wrong_order(struct hand *h)
{
	void *va = h->ops->table_map(h->r, h->root.hpa, 2, 0);

	h->ops->table_map(h->r, h->page_hpa, 0, 0);
	h->ops->table_unmap(h->r, va);
}

static void table_left_mapped(struct hand *h)
{
	hand_begin(h, "lookup", NULL);
	h->ops->table_map(h->r, h->page_hpa, 0, 0);
	hand_end(h);
}

static void more_tables_mapped_than_levels(struct hand *h)
{
	for (unsigned i = 0; i <= REF_MAX_LEVELS; i++)
		h->ops->table_map(h->r, h->page_hpa, 0, 0);
}

const struct trace door_traces[] = {
	{TRACE(load_after_a_change_behind_the_door), BOTH, REF_V16},
	{TRACE(cached_page_vanishes_behind_the_door), BOTH, REF_V5},
	{TRACE(library_reads_unfilled_table), BOTH, REF_V2},
	{TRACE(walker_reads_unfilled_table), BOTH, REF_V2},
	{TRACE(link_to_a_freed_table), BOTH, REF_V2},
	{TRACE(link_to_guest_memory), BOTH, REF_V2},
	{TRACE(guest_reaches_a_table), BOTH, REF_V1},
	{TRACE(reserved_bits_found_by_the_map_check), BOTH, REF_V12},
	{TRACE(free_in_a_later_call), BOTH, REF_V4},
	{TRACE(free_before_flush), ON_NPT, REF_V4, {.lazy = true}},
	{TRACE(root_not_filled), BOTH, REF_V2},
	{TRACE(registers_refused), BOTH, REF_V12},
	{TRACE(free_under_another_address), BOTH, REF_V18},
	{TRACE(flush_of_half_a_page), BOTH, REF_V18},
	{TRACE(flush_beyond_the_top), BOTH, REF_V18},
	{TRACE(clean_of_no_table), BOTH, REF_V18},
	{TRACE(sync_of_nothing), BOTH, REF_V18},
	{TRACE(report_of_nothing), BOTH, REF_V18},
	{TRACE(guest_memory_mapped_as_table), ON_NPT, REF_V2, {.map_tables = true}},
	{TRACE(unmapped_in_the_wrong_order), ON_NPT, REF_V18, {.map_tables = true}},
	{TRACE(table_left_mapped), ON_NPT, REF_V18, {.map_tables = true}},
	{TRACE(more_tables_mapped_than_levels), ON_NPT, REF_V18, {.map_tables = true}},
};
const unsigned door_trace_count = sizeof(door_traces) / sizeof(door_traces[0]);
