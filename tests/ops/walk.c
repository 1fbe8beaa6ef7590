/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_walk(): who is visited, in which order, and what the visitor's answers do.
 */
#include "harness.h"

#include <stdio.h>

#define EVERYTHING (TDP_VISIT_LEAF | TDP_VISIT_TABLE_PRE | TDP_VISIT_TABLE_POST | TDP_VISIT_HOLE | TDP_VISIT_BAD)

/* What a walk saw, as text: "(1 L0@1 L0@2 )1" = into a table of level-0 entries, leaves at pages 1 and 2, out of it. */
struct record {
	struct harness *h;
	char text[1024];
	size_t len;
	tdp_gpa_t answer_at;	 /* at this address ... */
	unsigned answer_when;	 /* ... and occasion ... */
	enum tdp_verdict answer; /* ... say this, once */
	bool answered;
};

static void append(struct record *x, const char *what, unsigned level, tdp_gpa_t gpa)
{
	const size_t room = sizeof(x->text) - x->len;
	int n = snprintf(x->text + x->len, room, "%s%s%u@%" PRIu64, x->len ? " " : "", what, level, gpa / x->h->p);

	if (n > 0 && (size_t)n < room)
		x->len += (size_t)n;
}

static enum tdp_verdict record(void *arg, struct tdp_visit *v)
{
	struct record *x = arg;
	struct harness *h = x->h;

	CHECK(v->entry.raw == *raw_entry(h, v->entry.level, v->gpa));
	SAME(v->entry_hpa + referee_ops(h->r)->va_offset, (uintptr_t)raw_entry(h, v->entry.level, v->gpa));
	SAME(v->gpa % v->entry.size, 0);
	append(x,
	       v->when == TDP_VISIT_TABLE_PRE	 ? "("
	       : v->when == TDP_VISIT_TABLE_POST ? ")"
	       : v->when == TDP_VISIT_LEAF	 ? "L"
	       : v->entry.kind == TDP_NOTE	 ? "N"
	       : v->entry.kind == TDP_EMPTY	 ? "-"
						 : "B",
	       v->entry.level, v->gpa);
	if (x->answered || v->gpa != x->answer_at || !(v->when & x->answer_when))
		return TDP_GO;
	x->answered = true;
	return x->answer;
}

/* A walk must see exactly this. */
static void check_walk(struct harness *h, int line, tdp_gpa_t gpa, uint64_t size, unsigned when, const char *want)
{
	struct record x = {.h = h};
	struct tdp_op op = {0};
	enum tdp_result r = tdp_walk(&h->tree, gpa, size, when, record, &x, &op);

	if (r != TDP_OK || strcmp(x.text, want) != 0 || op.next != gpa + size)
		harness_fail(h, line, "%s, next %#" PRIx64 ", saw\n%s\ninstead of\n%s", tdp_result_name(r), op.next, x.text, want);
}
#define SEES(...) check_walk(h, __LINE__, __VA_ARGS__)

/* The tree of these tests, on formats with four entries per table: a page at 1, a note at 2, a b at 4, a g at 32. */
static void plant(struct harness *h)
{
	IS(TDP_OK, map_at(h, 0, h->p, h->p, HPA, RWX));
	IS(TDP_OK, tdp_note(&h->tree, 2 * h->p, h->p, 9, &h->op));
	IS(TDP_OK, map_at(h, 1, h->b, h->b, HPA, RX));
	IS(TDP_OK, map_at(h, 2, 2 * h->g, h->g, HPA, RO));
}

TREE_TEST(walk, order, .with = FAKE)
{
	plant(h);
	SEES(0, h->t, TDP_VISIT_LEAF, "L0@1 L1@4 L2@32");
	SEES(0, h->t, TDP_VISIT_LEAF | TDP_VISIT_TABLE_PRE, "(3@0 (2@0 (1@0 L0@1 L1@4 L2@32");
	SEES(0, h->t, TDP_VISIT_LEAF | TDP_VISIT_TABLE_POST, "L0@1 )1@0 L1@4 )2@0 L2@32 )3@0");
	SEES(0, h->t, TDP_VISIT_TABLE_PRE | TDP_VISIT_TABLE_POST, "(3@0 (2@0 (1@0 )1@0 )2@0 )3@0");
	SEES(0, h->t, TDP_VISIT_HOLE, "-0@0 N0@2 -0@3 -1@8 -1@12 -2@16 -2@48");
	SEES(0, h->end, TDP_VISIT_BAD, "");
	SEES(0, h->t, EVERYTHING, "(3@0 (2@0 (1@0 -0@0 L0@1 N0@2 -0@3 )1@0 L1@4 -1@8 -1@12 )2@0 -2@16 L2@32 -2@48 )3@0");
	/* Parts, which may begin and end inside an entry. */
	SEES(h->p, h->p, EVERYTHING, "(3@0 (2@0 (1@0 L0@1 )1@0 )2@0 )3@0");
	SEES(h->b + h->p, h->b, EVERYTHING, "(3@0 (2@0 L1@4 -1@8 )2@0 )3@0");
	SEES(2 * h->g + h->p, h->p, EVERYTHING, "(3@0 L2@32 )3@0");
	SEES(3 * h->p, 2 * h->p, TDP_VISIT_LEAF | TDP_VISIT_HOLE | TDP_VISIT_TABLE_POST, "-0@3 )1@0 L1@4 )2@0 )3@0");
	SEES(h->t, h->t, EVERYTHING, "-3@64");
}

/* What every format must see: leaves and tables, and that nothing is changed or flushed by looking. */
TREE_TEST(walk, order_of_leaves, .without = PAE)
{
	struct record x = {.h = h};
	uint64_t state;
	char want[128];

	plant(h);
	state = tables_digest(h);
	IS(TDP_OK, tdp_walk(&h->tree, 0, h->end, TDP_VISIT_LEAF | TDP_VISIT_TABLE_POST, record, &x, &h->op));
	SAME(STORES + FLUSHES + BARRIERS + h->op.changed, 0);
	SAME(h->op.next, h->end);
	SAME(tables_digest(h), state);
	if (h->n > 4) {
		snprintf(want, sizeof(want), "L0@1 )1@0 L1@%" PRIu64 " )2@0 L2@%" PRIu64 "%s%s", h->n, 2 * h->n * h->n,
			 h->layout.top_level > 2 ? " )3@0" : "", h->layout.top_level > 3 ? " )4@0" : "");
		cr_assert_str_eq(x.text, want);
	}
}

/* An entry that no operation leaves behind. */
TREE_TEST(walk, bad, .with = FAKE, .corrupt = true)
{
	plant(h);
	*raw_entry(h, 0, h->p) = h->setup->format->frozen;
	SEES(0, h->b, TDP_VISIT_LEAF | TDP_VISIT_BAD, "B0@1");
	SEES(0, h->b, TDP_VISIT_HOLE, "-0@0 N0@2 -0@3");
	/* Bit 3: reserved in a leaf of the one format, part of the memory type in the other. */
	IS(TDP_OK, map_at(h, 0, 3 * h->p, h->p, HPA, RWX));
	*raw_entry(h, 0, 3 * h->p) ^= 8;
	SEES(0, h->b, TDP_VISIT_LEAF | TDP_VISIT_BAD, "B0@1 B0@3");
}

/* A walk with one special answer must see exactly this, and go on or stop as it says. */
static void check_answer(struct harness *h, int line, tdp_gpa_t at, unsigned when, enum tdp_verdict answer, const char *want)
{
	struct record x = {.h = h, .answer_at = at, .answer_when = when, .answer = answer};
	struct tdp_op op = {0};
	enum tdp_result r =
		tdp_walk(&h->tree, 0, h->t, TDP_VISIT_LEAF | TDP_VISIT_TABLE_PRE | TDP_VISIT_TABLE_POST, record, &x, &op);

	if (r != (answer == TDP_STOP ? TDP_STOPPED : TDP_OK) || strcmp(x.text, want) != 0)
		harness_fail(h, line, "%s, saw\n%s\ninstead of\n%s", tdp_result_name(r), x.text, want);
}
#define ANSWER(...) check_answer(h, __LINE__, __VA_ARGS__)

TREE_TEST(walk, answers, .with = FAKE)
{
	plant(h);
	ANSWER(0, TDP_VISIT_TABLE_PRE, TDP_GO, "(3@0 (2@0 (1@0 L0@1 )1@0 L1@4 )2@0 L2@32 )3@0");
	ANSWER(h->p, TDP_VISIT_LEAF, TDP_SKIP, "(3@0 (2@0 (1@0 L0@1 )1@0 L1@4 )2@0 L2@32 )3@0");
	ANSWER(h->p, TDP_VISIT_LEAF, TDP_AGAIN, "(3@0 (2@0 (1@0 L0@1 L0@1 )1@0 L1@4 )2@0 L2@32 )3@0");
	ANSWER(0, TDP_VISIT_TABLE_PRE, TDP_AGAIN, "(3@0 (3@0 (2@0 (1@0 L0@1 )1@0 L1@4 )2@0 L2@32 )3@0");
	ANSWER(h->p, TDP_VISIT_LEAF, TDP_STOP, "(3@0 (2@0 (1@0 L0@1");
	ANSWER(h->b, TDP_VISIT_LEAF, TDP_STOP, "(3@0 (2@0 (1@0 L0@1 )1@0 L1@4");
	ANSWER(0, TDP_VISIT_TABLE_PRE, TDP_STOP, "(3@0");
	ANSWER(0, TDP_VISIT_TABLE_POST, TDP_STOP, "(3@0 (2@0 (1@0 L0@1 )1@0");
	ANSWER(0, TDP_VISIT_TABLE_PRE, TDP_SKIP, "(3@0");
}

/* Skips each table of level-1 entries: what lies beside it is seen. */
static enum tdp_verdict skip_low_tables(void *arg, struct tdp_visit *v)
{
	return record(arg, v) == TDP_GO && v->when == TDP_VISIT_TABLE_PRE && v->entry.level == 1 ? TDP_SKIP : TDP_GO;
}

TREE_TEST(walk, skipping_a_table, .with = FAKE)
{
	struct record x = {.h = h};

	plant(h);
	IS(TDP_OK, tdp_walk(&h->tree, 0, h->t, TDP_VISIT_LEAF | TDP_VISIT_TABLE_PRE, skip_low_tables, &x, &h->op));
	cr_assert_str_eq(x.text, "(3@0 (2@0 (1@0 L1@4 L2@32");
}

/* Stops at every leaf. */
static enum tdp_verdict stop_after_leaf(void *arg, struct tdp_visit *v)
{
	struct record *x = arg;

	if (x->answered && v->gpa + v->entry.size <= x->answer_at)
		return TDP_GO;
	append(x, "L", v->entry.level, v->gpa);
	x->answered = true;
	x->answer_at = v->gpa + v->entry.size;
	return TDP_STOP;
}

/* Going on from op->next after each stop misses no leaf. */
TREE_TEST(walk, stopped_and_resumed, .with = FAKE)
{
	struct record x = {.h = h};
	tdp_gpa_t gpa = 0;
	unsigned calls = 0;
	enum tdp_result r;

	plant(h);
	while ((r = tdp_walk(&h->tree, gpa, h->end - gpa, TDP_VISIT_LEAF, stop_after_leaf, &x, &h->op)) == TDP_STOPPED) {
		CHECK(h->op.next >= gpa && h->op.next < h->end && ++calls < 10);
		gpa = h->op.next;
	}
	SAME(r, TDP_OK);
	SAME(calls, 3);
	cr_assert_str_eq(x.text, "L0@1 L1@4 L2@32");
}

static bool read_memory(void *arg, tdp_hpa_t hpa, void *buf, size_t bytes)
{
	struct harness *h = arg;

	memcpy(buf, (const void *)(uintptr_t)(hpa + referee_ops(h->r)->va_offset), bytes);
	return true;
}

/* The walk of a live tree and that of a dump of it see the same entries in the same order. */
TREE_TEST(walk, agrees_with_a_view)
{
	struct tdp_view view = {.layout = h->layout, .read = read_memory, .ctx = h};
	struct record live = {.h = h}, dump = {.h = h};
	struct tdp_layout layout;
	struct tdp_regs regs;

	plant(h);
	SAME(tdp_tree_regs(&h->tree, &regs), TDP_OK);
	SAME(tdp_layout_from_regs(&layout, h->setup->format, &regs, &view.root), TDP_OK);
	IS(TDP_OK,
	   tdp_walk(&h->tree, 0, h->b + h->p, TDP_VISIT_LEAF | TDP_VISIT_TABLE_PRE | TDP_VISIT_TABLE_POST, record, &live, NULL));
	SAME(tdp_view_walk(&view, 0, h->b + h->p, TDP_VISIT_LEAF | TDP_VISIT_TABLE_PRE | TDP_VISIT_TABLE_POST, record, &dump),
	     TDP_OK);
	cr_assert_str_eq(live.text, dump.text);
	cr_assert(live.len > 0);
}
