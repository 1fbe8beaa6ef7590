/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_map_from(): memory that a callback names, stretch by stretch.
 */
#include "harness.h"

/* A guest address space in pieces: what a backing callback of these tests answers from. */
struct pieces {
	struct harness *h;
	uint64_t piece;	       /* contiguous bytes; each piece lies elsewhere, in the order of its number times an odd number */
	tdp_gpa_t refuse_at;   /* first address that is not backed */
	struct tdp_backing as; /* attrs and max_level_plus1 of every answer */
	bool random;	       /* attributes differ by piece */
	uint64_t too_much;     /* bytes to promise beyond the piece's end, all contiguous */
	tdp_gpa_t lo, hi;      /* every question must lie in here */
};

static tdp_hpa_t piece_hpa(const struct pieces *x, tdp_gpa_t gpa)
{
	return HPA + gpa / x->piece * 5 % 64 * x->piece + gpa % x->piece;
}

/* By piece, from a small set that every format can say. */
static struct tdp_attrs piece_attrs(const struct pieces *x, tdp_gpa_t gpa)
{
	static const uint8_t prots[] = {TDP_R, TDP_RW, TDP_RX, TDP_RWX};
	const uint64_t i = gpa / x->piece * 7;
	struct tdp_attrs attrs = {prots[i / 3 % 4], i % 3 ? TDP_MT_WB : TDP_MT_UC, 0, i & 1};

	return x->random ? attrs : x->as.attrs;
}

static bool answer(void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out)
{
	const struct pieces *x = arg;
	struct harness *h = x->h;

	CHECK(size > 0 && gpa >= x->lo && gpa + size <= x->hi && (gpa | size) % h->p == 0);
	if (gpa >= x->refuse_at)
		return false;
	*out = x->as;
	out->hpa = piece_hpa(x, gpa);
	out->size = x->piece - gpa % x->piece + x->too_much;
	out->attrs = piece_attrs(x, gpa);
	return true;
}

static struct pieces pieces(struct harness *h, uint64_t piece)
{
	return (struct pieces){.h = h, .piece = piece, .refuse_at = UINT64_MAX, .as.attrs = RWX, .hi = h->end};
}

/* Every piece of a range is where the callback said. */
static void check_pieces(const struct pieces *x, tdp_gpa_t gpa, uint64_t size)
{
	struct harness *h = x->h;

	for (uint64_t done = 0; done < size; done += h->p)
		MAPPED(gpa + done, h->p, piece_hpa(x, gpa + done), piece_attrs(x, gpa + done));
}

TREE_TEST(map_from, scattered_pages)
{
	struct pieces x = pieces(h, h->p);

	x.lo = h->p;
	x.hi = h->p + 2 * h->b;
	FORETOLD(TDP_OK, tdp_map_from(&h->tree, h->p, 2 * h->b, answer, &x, &h->op));
	SAME(h->op.next, h->p + 2 * h->b);
	SAME(h->op.changed, 2 * h->b);
	SAME(BARRIERS, 1);
	SAME(FLUSHES, 0);
	check_pieces(&x, h->p, 2 * h->b);
	FORETOLD(TDP_SPURIOUS, tdp_map_from(&h->tree, h->p, 2 * h->b, answer, &x, &h->op));
}

TREE_TEST(map_from, large_pieces_by_large_leaves)
{
	struct pieces x = pieces(h, h->b);

	FORETOLD(TDP_OK, tdp_map_from(&h->tree, h->b, 3 * h->b, answer, &x, &h->op));
	SAME(entry_at(h, h->b).level, 1);
	check_pieces(&x, h->b, 3 * h->b);
	x.as.max_level_plus1 = 1;
	FORETOLD(TDP_OK, tdp_map_from(&h->tree, h->g, h->b, answer, &x, &h->op));
	SAME(entry_at(h, h->g).level, 0);
	check_pieces(&x, h->g, h->b);
}

/* Pieces that end inside a table, with attributes of their own. */
TREE_TEST(map_from, pieces_with_attributes, .without = PAE | NO_SD)
{
	for (unsigned lg2 = 0; lg2 < 5; lg2++) {
		struct pieces x = pieces(h, h->p << lg2);
		const tdp_gpa_t gpa = lg2 % 2 ? h->b - h->p : 0;
		const uint64_t size = h->setup->traits & FAKE ? h->g + h->p : 3 * h->b + h->p;

		x.random = true;
		WITH(0);
		FORETOLD(TDP_OK, tdp_map_from(&h->tree, gpa, size, answer, &x, &h->op));
		check_pieces(&x, gpa, size);
		FORETOLD(TDP_SPURIOUS, tdp_map_from(&h->tree, gpa, size, answer, &x, &h->op));
		IS(TDP_OK, tdp_zap(&h->tree, 0, 2 * h->g, &h->op));
	}
}

/* A promise beyond the range is cut. */
TREE_TEST(map_from, more_than_was_asked)
{
	struct pieces x = pieces(h, h->b);

	x.too_much = 8 * h->b;
	x.hi = h->b + h->p;
	FORETOLD(TDP_OK, tdp_map_from(&h->tree, 0, h->b + h->p, answer, &x, &h->op));
	MAPPED(0, h->b + h->p, HPA, RWX);
	HOLE(h->b + h->p, h->p);
	SAME(h->op.changed, h->b + h->p);
}

/* Refused in the middle: what came before is done. */
TREE_TEST(map_from, refused)
{
	struct pieces x = pieces(h, h->p);
	uint64_t state;

	x.refuse_at = h->b + 2 * h->p;
	FORETOLD(TDP_ABSENT, tdp_map_from(&h->tree, h->p, 2 * h->b, answer, &x, &h->op));
	SAME(h->op.next, h->b + 2 * h->p);
	SAME(h->op.changed, h->b + h->p);
	SAME(BARRIERS, 1);
	check_pieces(&x, h->p, h->b + h->p);
	HOLE(h->b + 2 * h->p, h->p);
	state = tables_digest(h);
	FORETOLD(TDP_ABSENT, tdp_map_from(&h->tree, h->b + 2 * h->p, h->b, answer, &x, &h->op));
	SAME(h->op.next, h->b + 2 * h->p);
	SAME(BARRIERS + STORES, 0);
	SAME(tables_digest(h), state);
}

/* Something else in the middle. */
TREE_TEST(map_from, exists)
{
	struct pieces x = pieces(h, h->p);

	IS(TDP_OK, tdp_map(&h->tree, h->b, h->p, HPA2, RWX, &h->op));
	FORETOLD(TDP_EXISTS, tdp_map_from(&h->tree, 0, 2 * h->b, answer, &x, &h->op));
	SAME(h->op.next, h->b);
	check_pieces(&x, 0, h->b);
	MAPPED(h->b, h->p, HPA2, RWX);
}

/* What a page is, and what is not. */
struct nonsense {
	struct tdp_backing answer;
	uint64_t page;
};

/* Answers that are nonsense, given from the second page on. */
static bool answer_nonsense(void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out)
{
	const struct nonsense *nonsense = arg;

	(void)size;
	*out = nonsense->answer;
	if (gpa == 0)
		*out = (struct tdp_backing){.hpa = HPA2, .size = nonsense->page, .attrs = RWX};
	return true;
}

TREE_TEST(map_from, answers_nonsense)
{
	const tdp_hpa_t wide = UINT64_C(1) << h->layout.hpa_bits;
	const struct {
		enum tdp_result want;
		struct tdp_backing answer;
	} cases[] = {
		{TDP_INVALID, {.hpa = HPA + 1, .size = h->p, .attrs = RWX}},
		{TDP_INVALID, {.hpa = HPA, .size = 0, .attrs = RWX}},
		{TDP_INVALID, {.hpa = HPA, .size = h->p + 8, .attrs = RWX}},
		{TDP_RANGE, {.hpa = wide, .size = h->p, .attrs = RWX}},
		{TDP_RANGE, {.hpa = wide - h->p, .size = 2 * h->p, .attrs = RWX}},
		{TDP_RANGE, {.hpa = -h->p, .size = 2 * h->p, .attrs = RWX}},
		{TDP_INVALID, {.hpa = HPA, .size = h->p, .attrs = {0, TDP_MT_WB, 0, 0}}},
		{TDP_INVALID, {.hpa = HPA, .size = h->p, .attrs = {TDP_R, 100, 0, 0}}},
		{TDP_UNSUPPORTED, {.hpa = HPA, .size = h->p, .attrs = {TDP_R, TDP_MT_WB, 0, 255}}},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nonsense bad = {.answer = cases[i].answer, .page = h->p};

		FORETOLD(cases[i].want, tdp_map_from(&h->tree, 0, 4 * h->p, answer_nonsense, &bad, &h->op));
		SAME(h->op.next, h->p);
		MAPPED(0, h->p, HPA2, RWX);
		HOLE(h->p, 3 * h->p);
		IS(TDP_OK, tdp_zap(&h->tree, 0, 4 * h->p, &h->op));
	}
}

TREE_TEST(map_from, without_a_callback)
{
	const uint64_t state = tables_digest(h);

	IS(TDP_INVALID, tdp_map_from(&h->tree, 0, h->p, NULL, NULL, &h->op));
	SAME(tables_digest(h), state);
}
