/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_age(): which pages are young, and old afterwards; Dirty, grants and translations stay.
 */
#include "harness.h"

enum { WORDS = 64 };

/* A bitmap of n pages from base, with a guard word behind it. */
struct named {
	struct tdp_bitmap map;
	uint64_t words[WORDS + 1];
};

static const struct tdp_bitmap *named_over(struct named *b, tdp_gpa_t base, uint64_t pages, uint64_t page)
{
	memset(b, 0, sizeof(*b));
	b->map = (struct tdp_bitmap){.words = b->words, .base = base, .pages = pages, .page_lg2 = (uint32_t)__builtin_ctzll(page)};
	return &b->map;
}

/* How many bits are set, and that none is beyond the end. */
static unsigned named_count(struct harness *h, const struct named *b)
{
	unsigned n = 0;

	for (uint64_t i = 0; i < sizeof(b->words) * 8; i++) {
		bool set = b->words[i / 64] >> i % 64 & 1;

		CHECK(!set || i < b->map.pages);
		n += set;
	}
	return n;
}

static bool named_has(const struct named *b, tdp_gpa_t gpa)
{
	uint64_t i = (gpa - b->map.base) >> b->map.page_lg2;

	return b->words[i / 64] >> i % 64 & 1;
}

/* n pages at gpa, of which every step-th was touched, by a read. */
static void map_some(struct harness *h, tdp_gpa_t gpa, uint64_t n, unsigned step)
{
	h->op = (struct tdp_op){.flags = TDP_PREFETCH, .max_level_plus1 = 1};
	IS(TDP_OK, tdp_map(&h->tree, gpa, n * h->p, HPA + gpa, RWX, &h->op));
	h->op = (struct tdp_op){0};
	for (uint64_t i = 0; i < n; i += step)
		IS(TDP_OK, tdp_fault_fast(&h->tree, gpa + i * h->p, TDP_READ, &h->op));
}

/* Only look; then make old; then there is nothing young left. Nothing is flushed. */
TREE_TEST(age, test_and_clear, .quiet = true, .modes = ALONE | SHARED)
{
	uint64_t n = h->n < 24 ? h->n : 24;
	struct named b;

	map_some(h, 0, n, 3);
	IS(TDP_OK, tdp_age(&h->tree, 0, n * h->p, false, named_over(&b, 0, n, h->p), &h->op));
	SAME(STORES + FLUSHES, 0);
	SAME(h->op.changed, (n + 2) / 3 * h->p);
	SAME(h->op.next, n * h->p);
	SAME(named_count(h, &b), (n + 2) / 3);
	for (uint64_t i = 0; i < n; i++)
		SAME(named_has(&b, i * h->p), i % 3 == 0);
	IS(TDP_OK, tdp_age(&h->tree, 0, n * h->p, true, named_over(&b, 0, n, h->p), &h->op));
	SAME(FLUSHES, 0);
	SAME(named_count(h, &b), (n + 2) / 3);
	IS(TDP_SPURIOUS, tdp_age(&h->tree, 0, n * h->p, true, named_over(&b, 0, n, h->p), &h->op));
	SAME(STORES + h->op.changed + named_count(h, &b), 0);
	SAME(h->op.next, n * h->p);
	MAPPED(0, n * h->p, HPA, RWX);
}

/* All young and all written, a whole table and a half: blocks, lines and what is left. */
TREE_TEST(age, all_young, .quiet = true, .modes = ALONE | SHARED)
{
	uint64_t n = h->n + h->n / 2 + 1, pages;
	struct named b;

	IS(TDP_OK, map_at(h, 0, 0, n * h->p, HPA, RWX));
	for (uint64_t i = 0; i < n; i++)
		GUEST(i * h->p, REF_W);
	pages = n - 2; /* neither the first nor the last */
	IS(TDP_OK, tdp_age(&h->tree, h->p, pages * h->p, true, named_over(&b, h->p, pages, h->p), &h->op));
	SAME(FLUSHES, 0);
	SAME(named_count(h, &b), pages);
	SAME(h->op.changed, pages * h->p);
	for (uint64_t i = 0; i < n; i++) {
		struct tdp_entry e = entry_at(h, i * h->p);

		SAME(e.accessed, i == 0 || i == n - 1);
		SAME(e.dirty, 1);
		SAME(e.attrs.prot, TDP_RWX);
	}
	MAPPED(0, n * h->p, HPA, RWX);
}

/* What the guest touches afterwards is young again: by hardware, or by the fault that aging provokes. */
TREE_TEST(age, young_again, .quiet = true, .lazy = true)
{
	struct named b;

	IS(TDP_OK, tdp_map(&h->tree, 0, 2 * h->p, HPA, RWX, &h->op));
	IS(TDP_OK, tdp_age(&h->tree, 0, 2 * h->p, true, NULL, &h->op));
	SAME(h->op.changed, 2 * h->p);
	if (h->setup->traits & HW_A) {
		GUEST(h->p, REF_R);
	} else {
		GUEST_FAULTS(h->p, REF_R);
		IS(TDP_OK, tdp_fault_fast(&h->tree, h->p, TDP_READ, &h->op));
		GUEST(h->p, REF_R);
	}
	IS(TDP_OK, tdp_age(&h->tree, 0, 2 * h->p, false, named_over(&b, 0, 2, h->p), &h->op));
	SAME(b.words[0], 2);
}

/* A page that was written stays dirty and comes back open for what was granted. */
TREE_TEST(age, keeps_dirty, .quiet = true)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RW, &h->op));
	GUEST(0, REF_W);
	IS(TDP_OK, tdp_age(&h->tree, 0, h->p, true, NULL, &h->op));
	SAME(entry_at(h, 0).accessed, 0);
	SAME(entry_at(h, 0).dirty, 1);
	IS_EITHER(TDP_OK, TDP_OK, tdp_fault_fast(&h->tree, 0, TDP_WRITE, &h->op));
	SAME(LIVE(0), TDP_RW);
	MAPPED(0, h->p, HPA, RW);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->p, &h->op));
	REPORTED(0, h->p);
}

/* A protected page is aged and comes back, and stays protected. */
TREE_TEST(age, keeps_protection, .quiet = true, .modes = ALONE | SHARED)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->p, &h->op));
	IS(TDP_OK, tdp_age(&h->tree, 0, h->p, true, NULL, &h->op));
	IS(TDP_PROTECTED, tdp_fault_fast(&h->tree, 0, TDP_WRITE, &h->op));
	IS(TDP_OK, tdp_fault_fast(&h->tree, 0, TDP_READ, &h->op));
	SAME(LIVE(0), TDP_RX);
	GUEST_FAULTS(0, REF_W);
}

/* A larger leaf is one page: what of it lies in the range is named, all of it becomes old. */
TREE_TEST(age, huge, .quiet = true, .modes = ALONE | SHARED)
{
	struct named b;

	IS(TDP_OK, map_at(h, 1, h->b, h->b, HPA, RWX));
	IS(TDP_OK, tdp_age(&h->tree, h->b + h->p, 3 * h->p, false, named_over(&b, h->b, 8, h->p), &h->op));
	SAME(b.words[0], 0xe);
	SAME(h->op.changed, 3 * h->p);
	IS(TDP_OK, tdp_age(&h->tree, h->b + h->p, h->p, true, named_over(&b, h->b, 8, h->p), &h->op));
	SAME(b.words[0], 2);
	SAME(entry_at(h, h->b).level, 1);
	IS(TDP_SPURIOUS, tdp_age(&h->tree, h->b, h->b, false, NULL, &h->op));
	MAPPED(h->b, h->b, HPA, RWX);
}

/* Holes, notes, and tables, whose own Accessed bit is nobody's touch. */
TREE_TEST(age, nothing_there, .quiet = true)
{
	map_some(h, h->b, 2, 2);
	IS(TDP_OK, tdp_note(&h->tree, 0, h->p, UINT64_C(0x7fffffffffffff), &h->op));
	IS(TDP_OK, tdp_note(&h->tree, h->b + 4 * h->p, h->p, UINT64_C(0x7fffffffffffff), &h->op));
	IS(TDP_OK, tdp_age(&h->tree, 0, h->end, true, NULL, &h->op));
	SAME(h->op.changed, h->p);
	SAME(h->op.next, h->end);
	IS(TDP_SPURIOUS, tdp_age(&h->tree, 0, h->end, true, NULL, &h->op));
	NOTED(0, h->p, UINT64_C(0x7fffffffffffff));
	NOTED(h->b + 4 * h->p, h->p, UINT64_C(0x7fffffffffffff));
}

/* One bit for several pages; and a bitmap that begins before the range. */
TREE_TEST(age, coarse_bitmap, .quiet = true)
{
	struct named b;

	map_some(h, 0, 8, 5);
	IS(TDP_OK, tdp_age(&h->tree, 0, 8 * h->p, false, named_over(&b, 0, 4, 2 * h->p), &h->op));
	SAME(b.words[0], 5); /* pages 0 and 5 */
	SAME(h->op.changed, 2 * h->p);
	IS(TDP_OK, tdp_age(&h->tree, 4 * h->p, 4 * h->p, false, named_over(&b, 0, 8, h->p), &h->op));
	SAME(b.words[0], 0x20);
}

/* Bits are added, never taken. */
TREE_TEST(age, adds_bits, .quiet = true)
{
	struct named b;

	map_some(h, 0, 4, 4);
	named_over(&b, 0, 4, h->p);
	b.words[0] = 8;
	IS(TDP_OK, tdp_age(&h->tree, 0, 4 * h->p, true, &b.map, &h->op));
	SAME(b.words[0], 9);
}

TREE_TEST(age, mapped_tables, .quiet = true, .map_tables = true, .noncoherent = true)
{
	map_some(h, h->b, 3, 2);
	IS(TDP_OK, map_at(h, 1, 2 * h->b, h->b, HPA + 2 * h->b, RWX));
	IS(TDP_OK, tdp_age(&h->tree, 0, 4 * h->b, true, NULL, &h->op));
	SAME(h->op.changed, 2 * h->p + h->b);
	IS(TDP_SPURIOUS, tdp_age(&h->tree, 0, 4 * h->b, true, NULL, &h->op));
}

TREE_TEST(age, refusals)
{
	struct named b;

	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	IS(TDP_INVALID, tdp_age(&h->tree, 0, 0, true, NULL, &h->op));
	IS(TDP_INVALID, tdp_age(&h->tree, 1, h->p, true, NULL, &h->op));
	IS(TDP_RANGE, tdp_age(&h->tree, h->end - h->p, 2 * h->p, true, NULL, &h->op));
	IS(TDP_INVALID, tdp_age(&h->tree, 0, 3 * h->p, true, named_over(&b, 0, 2, h->p), &h->op));
	IS(TDP_INVALID, tdp_age(&h->tree, 0, h->p, true, named_over(&b, h->p, 2, h->p), &h->op));
	IS(TDP_INVALID, tdp_age(&h->tree, 0, h->p, true, named_over(&b, 0, 2, h->p / 2), &h->op));
	named_over(&b, 0, 2, h->p);
	b.map.reserved = 1;
	IS(TDP_INVALID, tdp_age(&h->tree, 0, h->p, true, &b.map, &h->op));
	b.map.reserved = 0;
	b.map.words = NULL;
	IS(TDP_INVALID, tdp_age(&h->tree, 0, h->p, true, &b.map, &h->op));
	WITH(.flags = TDP_DRY_RUN);
	IS(TDP_INVALID, tdp_age(&h->tree, 0, h->p, true, NULL, &h->op));
	SAME(STORES, 0);
}
