/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flags of tdp_map(), memory types asked for, and the hooks it calls.
 */
#include "harness.h"

TREE_TEST(map_flags, log_dirty)
{
	WITH(.flags = TDP_LOG_DIRTY);
	FORETOLD(TDP_OK, tdp_map(&h->tree, 0, 2 * h->b, HPA, RWX, &h->op));
	SAME(entry_at(h, 0).level, 0);
	SAME(entry_at(h, h->b).level, 0);
	MAPPED(0, 2 * h->b, HPA, RWX);
	SAME(LIVE(0), TDP_RX);
	SAME(entry_at(h, 0).state, TDP_STATE_MMU_WRITABLE);
	SAME(entry_at(h, 0).dirty, 0);
	GUEST(0, REF_R);
	GUEST_FAULTS(0, REF_W);
	IS(TDP_SPURIOUS, tdp_map(&h->tree, 0, 2 * h->b, HPA, RWX, &h->op));
}

TREE_TEST(map_flags, prefetch, .quiet = true)
{
	WITH(.flags = TDP_PREFETCH);
	FORETOLD(TDP_OK, tdp_map(&h->tree, h->b - h->p, h->b + h->p, HPA + h->b - h->p, RWX, &h->op));
	SAME(entry_at(h, h->b - h->p).accessed, 0);
	SAME(entry_at(h, h->b).accessed, 0);
	MAPPED(h->b - h->p, h->b + h->p, HPA + h->b - h->p, RWX);
	if (h->setup->traits & HW_A) {
		GUEST(h->b, REF_R);
		SAME(entry_at(h, h->b).accessed, 1);
	} else {
		GUEST_FAULTS(h->b, REF_R);
	}
}

/* A note stops a mapping, unless the caller says that it counts as absent. */
TREE_TEST(map_flags, over_note)
{
	IS(TDP_OK, tdp_note(&h->tree, h->b, h->p, 0x1234, &h->op));
	FORETOLD(TDP_EXISTS, tdp_map(&h->tree, h->b - h->p, 3 * h->p, HPA, RWX, &h->op));
	SAME(h->op.next, h->b);
	MAPPED(h->b - h->p, h->p, HPA, RWX);
	NOTED(h->b, h->p, 0x1234);
	WITH(.flags = TDP_OVER_NOTE);
	FORETOLD(TDP_OK, tdp_map(&h->tree, h->b - h->p, 3 * h->p, HPA, RWX, &h->op));
	SAME(h->op.changed, 2 * h->p);
	SAME(FLUSHES, 0);
	MAPPED(h->b - h->p, 3 * h->p, HPA, RWX);
}

/* A part of a coarse note: the rest of it stays. */
TREE_TEST(map_flags, over_part_of_a_note, .without = PAE)
{
	IS(TDP_OK, tdp_note(&h->tree, h->g, h->g, 77, &h->op));
	WITH(.flags = TDP_OVER_NOTE);
	FORETOLD(TDP_OK, tdp_map(&h->tree, h->g + h->b - h->p, h->b + 2 * h->p, HPA + h->b - h->p, RWX, &h->op));
	MAPPED(h->g + h->b - h->p, h->b + 2 * h->p, HPA + h->b - h->p, RWX);
	SAME(entry_at(h, h->g + h->b).level, 1);
	NOTED(h->g, h->b - h->p, 77);
	NOTED(h->g + 2 * h->b + h->p, h->g - 2 * h->b - h->p, 77);
	/* A whole one is replaced by one leaf. */
	WITH(0);
	IS(TDP_OK, tdp_note(&h->tree, 3 * h->g, h->g, 78, &h->op));
	WITH(.flags = TDP_OVER_NOTE);
	FORETOLD(TDP_OK, tdp_map(&h->tree, 3 * h->g, h->g, HPA, RWX, &h->op));
	SAME(TAKEN, 0);
	SAME(entry_at(h, 3 * h->g).level, 2);
}

/* Walkers that do not snoop: every entry and table is cleaned before they may need it. */
TREE_TEST(map_flags, tables_are_cleaned, .noncoherent = true)
{
	IS(TDP_OK, tdp_map(&h->tree, h->b - h->p, h->g + 2 * h->p, HPA + h->b - h->p, RWX, &h->op));
	CHECK(harness_delta(h).cleans > 0);
	IS(TDP_OK, tdp_map(&h->tree, h->b - 2 * h->p, h->p, HPA, RWX, &h->op));
	IS(TDP_OK, tdp_set_attrs(&h->tree, h->b, h->p, RO, TDP_MASK_PROT, &h->op));
	IS(TDP_OK, tdp_protect(&h->tree, h->b, h->g, &h->op));
	IS(TDP_OK, tdp_replace(&h->tree, h->b, 2 * h->b, HPA + h->b, HPA2 + h->p, RWX, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, 2 * h->g, h->p, 3, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, h->b + h->p, 2 * h->b, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->g, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, 2 * h->g, h->p, &h->op));
	IS(TDP_OK, tdp_trim(&h->tree, 0, h->end, &h->op));
}

/* page_sync comes before the page appears, for memory; never for devices. */
TREE_TEST(map_flags, pages_are_synced, .check_sync = true)
{
	const struct tdp_fault fault = {
		.gpa = 0, .base = 0, .backing = {.hpa = HPA, .size = h->b, .attrs = RWX}, .access = TDP_READ};

	IS(TDP_OK, tdp_map(&h->tree, h->b - h->p, h->g, HPA + h->b - h->p, RWX, &h->op));
	CHECK(harness_delta(h).syncs > 0);
	IS(TDP_OK, tdp_fault(&h->tree, &fault, &h->op));
	CHECK(harness_delta(h).syncs > 0);
	IS(TDP_OK, tdp_replace(&h->tree, h->b, h->b, HPA + h->b, HPA2, RWX, &h->op));
	CHECK(harness_delta(h).syncs > 0);
	IS(TDP_OK, tdp_map(&h->tree, 2 * h->g, h->b, HPA, UC, &h->op));
	SAME(harness_delta(h).syncs, 0);
	/* From device to memory: cached data must be written back first. */
	IS(TDP_OK, tdp_set_attrs(&h->tree, 2 * h->g, h->p, RW, TDP_MASK_MEMTYPE, &h->op));
	CHECK(harness_delta(h).syncs > 0);
}

/* What the memtype hook was asked, and how it answers: two types that meet at one host address. */
static struct {
	tdp_hpa_t border;
	unsigned calls;
} memory;

/* Write-back below the border, uncacheable from there on. */
static uint8_t two_types(void *ctx, tdp_gpa_t gpa, tdp_hpa_t hpa, uint64_t size, uint64_t *uniform)
{
	(void)ctx;
	(void)gpa;
	memory.calls++;
	*uniform = hpa < memory.border && memory.border - hpa < size ? memory.border - hpa : size;
	return hpa < memory.border ? TDP_MT_WB : TDP_MT_UC;
}

static void ask_two_types(struct tdp_mm_ops *ops)
{
	memory.calls = 0;
	memory.border = UINT64_MAX;
	ops->memtype = two_types;
}

TREE_TEST(map_flags, memtype_is_asked, .hooks = ask_two_types)
{
	const struct tdp_attrs uc = {TDP_RWX, TDP_MT_UC, 0, 0};

	FORETOLD(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RWX, &h->op));
	SAME(memory.calls, 0);
	memory.border = HPA + 2 * h->b + h->p;
	FORETOLD(TDP_OK, tdp_map(&h->tree, h->b, 3 * h->b, HPA + h->b, ASK, &h->op));
	CHECK(memory.calls > 0);
	MAPPED(h->b, h->b + h->p, HPA + h->b, RWX);
	MAPPED(2 * h->b + h->p, 2 * h->b - h->p, HPA + 2 * h->b + h->p, uc);
	SAME(entry_at(h, h->b).level, 1);
	SAME(entry_at(h, 2 * h->b).level, 0);
	SAME(entry_at(h, 3 * h->b).level, 1);
	IS(TDP_SPURIOUS, tdp_map(&h->tree, h->b, 3 * h->b, HPA + h->b, ASK, &h->op));
}

/* A type that nobody knows, or that this format has not. */
static uint8_t bad_type(void *ctx, tdp_gpa_t gpa, tdp_hpa_t hpa, uint64_t size, uint64_t *uniform)
{
	(void)ctx;
	(void)hpa;
	*uniform = size;
	return gpa == 0 ? TDP_MT_ASK : TDP_MT_WP;
}

static void ask_bad_type(struct tdp_mm_ops *ops)
{
	ops->memtype = bad_type;
}

TREE_TEST(map_flags, memtype_answers_nonsense, .without = IS_EPT, .hooks = ask_bad_type)
{
	const uint64_t state = tables_digest(h);

	FORETOLD(TDP_INVALID, tdp_map(&h->tree, 0, h->p, HPA, ASK, &h->op));
	FORETOLD(TDP_UNSUPPORTED, tdp_map(&h->tree, h->p, h->p, HPA, ASK, &h->op));
	SAME(tables_digest(h), state);
}

TREE_TEST(map_flags, memtype_without_the_hook)
{
	const uint64_t state = tables_digest(h);

	FORETOLD(TDP_INVALID, tdp_map(&h->tree, 0, h->b, HPA, ASK, &h->op));
	SAME(h->op.next, 0);
	SAME(tables_digest(h), state);
}

static uint64_t odd_uniform;

static uint8_t odd_type(void *ctx, tdp_gpa_t gpa, tdp_hpa_t hpa, uint64_t size, uint64_t *uniform)
{
	(void)ctx;
	(void)gpa;
	(void)hpa;
	(void)size;
	*uniform = odd_uniform;
	return TDP_MT_WB;
}

static void with_odd_type(struct tdp_mm_ops *ops)
{
	ops->memtype = odd_type;
}

/* A memory type must hold over whole pages, at least one: 0 and parts of pages were taken for one page. */
TREE_TEST(map, memtype_of_parts_of_pages, .hooks = with_odd_type)
{
	odd_uniform = 0;
	IS(TDP_INVALID, tdp_map(&h->tree, 0, h->b, HPA, ASK, &h->op));
	odd_uniform = h->p + 1;
	IS(TDP_INVALID, tdp_map(&h->tree, 0, h->b, HPA, ASK, &h->op));
	SAME(STORES + TAKEN, 0);
	odd_uniform = h->p;
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, ASK, &h->op));
}
