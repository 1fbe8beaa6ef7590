/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_dirty_arm() and its family: no write is lost, and none is invented where hardware tells pages apart.
 */
#include "names.h"

/* Four pages, clean (where pages can be) and armed. */
static void four_pages(struct harness *h)
{
	struct names all;

	IS(TDP_OK, map_at(h, 0, 0, 4 * h->p, HPA, RWX));
	IS_EITHER(TDP_OK, TDP_SPURIOUS, arm(h, 0, 4 * h->p, names_of(h, &all)));
	referee_log_writes(h->r, true);
}

TREE_TEST(dirty, what_was_written, .quiet = true, .modes = ALONE | SHARED | KEEPING)
{
	struct names first, second;

	four_pages(h);
	guest_writes(h, h->p);
	guest_writes(h, 3 * h->p);
	IS(TDP_OK, arm(h, 0, 4 * h->p, names_of(h, &first)));
	SAME(h->op.changed, 2 * h->p);
	SAME(h->op.next, 4 * h->p);
	SAME(FLUSHES, 1);
	FLUSH(0, h->p, 3 * h->p, 0, false);
	SAME(how_many(&first), 2);
	CHECK(named(&first, 1) && named(&first, 3));
	IS(TDP_SPURIOUS, arm(h, 0, 4 * h->p, names_of(h, &second)));
	SAME(FLUSHES + h->op.changed, 0);
	guest_writes(h, 3 * h->p);
	IS(TDP_OK, arm(h, 0, 4 * h->p, names_of(h, &second)));
	SAME(how_many(&second), 1);
	CHECK(named(&second, 3));
	MAPPED(0, 4 * h->p, HPA, RWX);
}

/* Every round: whoever wrote is named, whoever did not is not, and the adversary may write at the worst moment. */
TREE_TEST(dirty, rounds, .modes = ALONE | SHARED)
{
	four_pages(h);
	for (unsigned round = 0; round < 16; round++) {
		struct names n;

		for (unsigned page = 0; page < 4; page++)
			if (round >> page & 1)
				guest_writes(h, page * h->p);
		IS_EITHER(TDP_OK, TDP_SPURIOUS, arm(h, 0, 4 * h->p, names_of(h, &n)));
		for (unsigned page = 0; page < 4; page++)
			CHECK(named(&n, page) || !(round >> page & 1));
	}
}

/* Page 1 is written, then all of [0, size) is closed for good and collected: nothing but the format's SD, if there is one, knows of it. */
static void closed_and_collected(struct harness *h, unsigned level, uint64_t size)
{
	struct names n;

	WITH(0);
	IS(TDP_OK, map_at(h, level, 0, size, HPA, RWX));
	IS_EITHER(TDP_OK, TDP_SPURIOUS, arm(h, 0, size, names_of(h, &n)));
	guest_writes(h, h->p);
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, size, RX, TDP_MASK_PROT, &h->op));
	IS(TDP_OK, arm(h, 0, size, names_of(h, &n)));
	CHECK(named(&n, 1));
	SAME(entry_at(h, h->p).dirty, 0);
}

/* Of [0, size) page 1 is reported; all of it, where nothing tells pages apart: all were dirty once mapped, or leaves have no room for SD. */
static void reported_of(struct harness *h, int line, uint64_t size)
{
	const bool all = !h->hw_d || (h->setup->traits & NO_SD);

	harness_reported(h, line, all ? 0 : h->p, all ? size : h->p);
}
#define REPORTED_OF(size) reported_of(h, __LINE__, size)

TREE_TEST(dirty, closed_pages_go, .quiet = true, .modes = ALONE | SHARED)
{
	struct tdp_gather gather = {0};

	closed_and_collected(h, 0, 3 * h->p);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 3 * h->p, &h->op));
	REPORTED_OF(3 * h->p);
	closed_and_collected(h, 0, h->b);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op)); /* with their table */
	REPORTED_OF(h->b);
	closed_and_collected(h, 1, h->b);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
	REPORTED(0, h->b);
	closed_and_collected(h, 0, 3 * h->p);
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 3 * h->p, &h->op));
	GATHER_FLUSH(&gather);
	REPORTED_OF(3 * h->p);
	WITH(0);
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RX, &h->op)); /* one that never granted writing */
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->p, &h->op));
	REPORTED(0, h->setup->traits & NO_SD ? h->p : 0);
}

TREE_TEST(dirty, closed_pages_move, .quiet = true, .modes = ALONE | SHARED)
{
	closed_and_collected(h, 0, 3 * h->p);
	IS(TDP_OK, tdp_replace(&h->tree, 0, 3 * h->p, HPA, HPA2, RX, &h->op));
	REPORTED_OF(3 * h->p);
	SAME(entry_at(h, h->p).dirty, 0);
	MAPPED(0, 3 * h->p, HPA2, RX);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 3 * h->p, &h->op));
	REPORTED_OF(3 * h->p);
}

/* Without a bitmap the hook names pages, behind the flush of their table. */
TREE_TEST(dirty, hook, .quiet = true)
{
	IS(TDP_OK, map_at(h, 0, 0, 2 * h->b, HPA, RWX));
	IS_EITHER(TDP_OK, TDP_SPURIOUS, arm(h, 0, 2 * h->b, NULL));
	referee_log_writes(h->r, true);
	guest_writes(h, h->p);
	guest_writes(h, 2 * h->p);
	guest_writes(h, h->b);
	IS(TDP_OK, arm(h, 0, 2 * h->b, NULL));
	SAME(h->op.changed, 3 * h->p);
	SAME(FLUSHES, 2);
	CHECK(referee_reported(h->r, h->p) && referee_reported(h->r, 2 * h->p) && referee_reported(h->r, h->b));
	SAME(referee_reported_bytes(h->r), 3 * h->p);
}

/* What was collected and not dealt with yet is not clean: a zap reports it (SD). */
TREE_TEST(dirty, zap_remembers, .quiet = true)
{
	struct names n;

	four_pages(h);
	guest_writes(h, h->p);
	IS(TDP_OK, arm(h, 0, 4 * h->p, names_of(h, &n)));
	referee_log_writes(h->r, false);
	IS(TDP_OK, tdp_zap(&h->tree, h->p, h->p, &h->op));
	REPORTED(h->p, h->p);
}

/* A larger leaf inside the range is one page. */
TREE_TEST(dirty, whole_leaf, .quiet = true)
{
	struct names n;
	struct tdp_bitmap *out = names_of(h, &n);

	if (h->layout.top_level == 0 || !(h->layout.leaf_levels & 2))
		return;
	out->page_lg2 = (uint32_t)__builtin_ctzll(h->b);
	IS(TDP_OK, map_at(h, 1, 0, 2 * h->b, HPA, RWX));
	GUEST(h->b + h->p, REF_W);
	IS(TDP_OK, arm(h, 0, 2 * h->b, out));
	SAME(h->op.changed, h->hw_d ? h->b : 2 * h->b); /* else what could be written counts as written */
	CHECK(named(&n, 1) && named(&n, 0) == !h->hw_d);
	SAME(entry_at(h, h->b).dirty, 0);
	SAME(entry_at(h, h->b).level, 1);
	out->words[0] = 0;
	IS(TDP_SPURIOUS, arm(h, 0, 2 * h->b, out));
}

/* Of one that sticks out nothing is lost: what is asked for is named, the rest stays dirty. */
TREE_TEST(dirty, leaf_sticks_out, .quiet = true)
{
	struct names n;

	if (!(h->layout.leaf_levels & 2))
		return;
	IS(TDP_OK, map_at(h, 1, 0, h->b, HPA, RWX));
	referee_log_writes(h->r, true);
	GUEST(h->b - h->p, REF_W);
	IS(TDP_OK, arm(h, h->p, h->p, names_of(h, &n)));
	SAME(how_many(&n), 1);
	CHECK(named(&n, 1));
	SAME(h->op.changed, h->p);
	SAME(FLUSHES, 1);
	FLUSH(0, 0, h->b, 1, false);
	SAME(entry_at(h, 0).dirty, 1);
	SAME(LIVE(0), TDP_RX);
	GUEST_FAULTS(h->p, REF_W);
	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_ABSENT, tdp_fault_fast(&h->tree, h->p, TDP_WRITE, &h->op)); /* it must be split */
	WITH(0);
	IS(TDP_OK, tdp_fault_fast(&h->tree, h->p, TDP_WRITE, &h->op));
	SAME(LIVE(0), TDP_RWX);
}

/* Nested roots: hardware could tell, but is not asked. */
TREE_TEST(dirty, by_write_protection, .quiet = true, .flags = TDP_TREE_LOG_BY_WRITE_PROTECT)
{
	struct names n;

	four_pages(h);
	SAME(LIVE(0), TDP_RX);
	GUEST_FAULTS(2 * h->p, REF_W);
	guest_writes(h, 2 * h->p);
	SAME(LIVE(2 * h->p), TDP_RWX);
	IS(TDP_OK, arm(h, 0, 4 * h->p, names_of(h, &n)));
	SAME(how_many(&n), 1);
	CHECK(named(&n, 2));
	SAME(LIVE(2 * h->p), TDP_RX);
}

/* tdp_protect() is another thing: arming does not end it, and the fast fault does not either. */
TREE_TEST(dirty, protected_stays_so, .quiet = true)
{
	struct names n;

	four_pages(h);
	guest_writes(h, 0);
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->p, &h->op));
	IS(TDP_OK, arm(h, 0, 4 * h->p, names_of(h, &n))); /* Dirty was kept */
	CHECK(named(&n, 0));
	IS(TDP_PROTECTED, tdp_fault_fast(&h->tree, 0, TDP_WRITE, &h->op));
}

TREE_TEST(dirty, masks, .quiet = true)
{
	struct names n;
	tdp_gpa_t base = h->b - 2 * h->p; /* two pages of one table, the rest in the next */

	IS(TDP_OK, map_at(h, 0, 0, 4 * h->b, HPA, RWX));
	IS_EITHER(TDP_OK, TDP_SPURIOUS, arm(h, 0, 4 * h->b, NULL));
	referee_log_writes(h->r, true);
	for (unsigned page = 0; page < 5; page++)
		guest_writes(h, base + page * h->p);
	(void)names_of(h, &n);
	n.map.base = base;
	referee_collects(h->r, &h->tree, &n.map);
	IS(TDP_OK, tdp_dirty_arm_mask(&h->tree, base, 0x15, &n.map, &h->op));
	SAME(n.words[0], 0x15);
	SAME(h->op.changed, 3 * h->p);
	SAME(h->op.next, base + 5 * h->p);
	SAME(FLUSHES, 1);
	FLUSH(0, base, 5 * h->p, 0, false);
	IS(TDP_SPURIOUS, tdp_dirty_arm_mask(&h->tree, base, 0x15, &n.map, &h->op));
	n.words[0] = 0;
	referee_collects(h->r, &h->tree, &n.map);
	IS(TDP_OK, tdp_dirty_arm_mask(&h->tree, base, 0x1f, &n.map, &h->op));
	SAME(n.words[0], 0xa);
	IS(TDP_INVALID, tdp_dirty_arm_mask(&h->tree, base, 0, &n.map, &h->op));
	IS(TDP_RANGE, tdp_dirty_arm_mask(&h->tree, h->end - h->p, 2, NULL, &h->op));
	IS(TDP_RANGE, tdp_dirty_arm_mask(&h->tree, h->end - h->p, 3, NULL, &h->op));
	IS(TDP_RANGE, tdp_dirty_arm_mask(&h->tree, UINT64_MAX - h->p + 1, UINT64_C(1) << 63, NULL, &h->op));
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_dirty_arm_mask(&h->tree, h->end - h->p, 1, NULL, &h->op));
}

/* A larger leaf between the pages of a mask is not one of them. */
TREE_TEST(dirty, mask_passes_over, .quiet = true)
{
	struct names n;
	tdp_gpa_t last = 2 * h->b;

	if (!(h->layout.leaf_levels & 2) || last + h->p > 64 * h->p)
		return;
	IS(TDP_OK, map_at(h, 0, 0, h->b, HPA, RWX));
	IS(TDP_OK, map_at(h, 1, h->b, h->b, HPA + h->b, RWX));
	IS(TDP_OK, map_at(h, 0, 2 * h->b, h->b, HPA + 2 * h->b, RWX));
	guest_writes(h, 0);
	GUEST(h->b, REF_W);
	guest_writes(h, last);
	IS(TDP_OK, tdp_dirty_arm_mask(&h->tree, 0, 1 | UINT64_C(1) << (last / h->p), names_of(h, &n), &h->op));
	SAME(h->op.changed, 2 * h->p);
	SAME(how_many(&n), 2);
	SAME(entry_at(h, h->b).dirty, 1);
	SAME(LIVE(h->b), TDP_RWX);
}

/* What is protected is not made dirty by a fault that widens something else. */
TREE_TEST(dirty, protected_stays_clean, .quiet = true, .flags = TDP_TREE_LOG_BY_WRITE_PROTECT)
{
	struct names n;
	struct tdp_fault fault = {.gpa = 0, .base = 0, .access = TDP_EXEC_U};

	IS(TDP_OK, map_at(h, 0, 0, h->p, HPA, RW));
	IS(TDP_OK, arm(h, 0, h->p, names_of(h, &n)));
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->p, &h->op));
	fault.backing = (struct tdp_backing){.hpa = HPA, .size = h->p, .attrs = RWX};
	IS(TDP_OK, tdp_fault(&h->tree, &fault, &h->op));
	SAME(LIVE(0), TDP_RX);
	SAME(entry_at(h, 0).dirty, 0);
}

/* A round that failed is given back. */
TREE_TEST(dirty, restored, .quiet = true)
{
	struct names n, again;

	four_pages(h);
	guest_writes(h, h->p);
	guest_writes(h, 2 * h->p);
	IS(TDP_OK, arm(h, 0, 4 * h->p, names_of(h, &n)));
	n.map.pages = 4;
	IS(TDP_OK, tdp_dirty_restore(&h->tree, &n.map, &h->op));
	SAME(h->op.changed, 2 * h->p);
	SAME(FLUSHES, 0);
	IS(TDP_SPURIOUS, tdp_dirty_restore(&h->tree, &n.map, &h->op));
	IS(TDP_OK, arm(h, 0, 4 * h->p, names_of(h, &again)));
	SAME(again.words[0], 6);
	IS(TDP_OK, tdp_zap(&h->tree, 0, 2 * h->p, &h->op)); /* absent pages are skipped */
	IS(TDP_OK, tdp_dirty_restore(&h->tree, &n.map, &h->op));
	SAME(h->op.changed, h->p);
	HOLE(0, 2 * h->p);
}

/* Bits of the bitmap may stand for more than a page, and are only ever added. */
TREE_TEST(dirty, coarse_bits, .quiet = true)
{
	struct names n;
	struct tdp_bitmap *out = names_of(h, &n);

	out->page_lg2 += 1;
	IS(TDP_OK, map_at(h, 0, 0, 4 * h->p, HPA, RWX));
	IS_EITHER(TDP_OK, TDP_SPURIOUS, arm(h, 0, 4 * h->p, NULL));
	guest_writes(h, 3 * h->p);
	n.words[0] = 1 << 5;
	IS(TDP_OK, arm(h, 0, 4 * h->p, out));
	SAME(n.words[0], 1 << 5 | 1 << 1);
}

/* Deferred: everything of a call in one flush of the gather. */
TREE_TEST(dirty, gathered, .quiet = true)
{
	struct tdp_gather gather = {0};
	struct names n;

	IS(TDP_OK, map_at(h, 0, 0, 4 * h->p, HPA, RWX));
	GUEST(0, REF_W);
	WITH(.gather = &gather);
	IS(TDP_OK, arm(h, 0, 4 * h->p, names_of(h, &n)));
	SAME(FLUSHES, 0);
	CHECK(named(&n, 0));
	WITH(0);
	GATHER_FLUSH(&gather);
}

TREE_TEST(dirty, refusals, .quiet = true)
{
	struct names n;
	struct tdp_bitmap *out = names_of(h, &n);
	uint64_t state;

	IS(TDP_OK, map_at(h, 0, 0, 4 * h->p, HPA, RWX));
	GUEST(0, REF_W);
	state = tables_digest(h);
	out->pages = 3;
	IS(TDP_INVALID, tdp_dirty_arm(&h->tree, 0, 4 * h->p, out, &h->op)); /* does not cover */
	out->pages = NAMES_WORDS * UINT64_C(64);
	out->base = h->p;
	IS(TDP_INVALID, tdp_dirty_arm(&h->tree, 0, h->p, out, &h->op));
	IS(TDP_INVALID, tdp_dirty_restore(&h->tree, NULL, &h->op));
	out->base = 0;
	out->page_lg2--;
	IS(TDP_INVALID, tdp_dirty_arm(&h->tree, 0, h->p, out, &h->op));
	out->page_lg2 = 64;
	IS(TDP_INVALID, tdp_dirty_arm(&h->tree, 0, h->p, out, &h->op));
	IS(TDP_INVALID, tdp_dirty_restore(&h->tree, out, &h->op));
	out->page_lg2 = h->setup->format->page_lg2;
	out->reserved = 1;
	IS(TDP_INVALID, tdp_dirty_arm(&h->tree, 0, h->p, out, &h->op));
	out->reserved = 0;
	out->words = NULL;
	IS(TDP_INVALID, tdp_dirty_arm(&h->tree, 0, h->p, out, &h->op));
	out->words = n.words;
	out->base = h->end;
	IS(TDP_RANGE, tdp_dirty_restore(&h->tree, out, &h->op));
	out->base = 0;
	IS(TDP_INVALID, tdp_dirty_arm(&h->tree, 1, h->p, NULL, &h->op));
	IS(TDP_INVALID, tdp_dirty_arm(&h->tree, 0, 0, NULL, &h->op));
	IS(TDP_RANGE, tdp_dirty_arm(&h->tree, h->end, h->p, NULL, &h->op));
	WITH(.flags = TDP_DRY_RUN);
	IS(TDP_INVALID, tdp_dirty_arm(&h->tree, 0, h->p, NULL, &h->op));
	SAME(tables_digest(h), state);
	SAME(how_many(&n), 0);
}
