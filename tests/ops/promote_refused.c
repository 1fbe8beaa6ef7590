/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_promote(): regions that stay as they are, and why; and what a backing has to say about it.
 */
#include "harness.h"

/* One region is looked at and left, for this reason; nothing changes. */
static void left(struct harness *h, int line, unsigned why, tdp_backing_fn backing, void *arg)
{
	struct tdp_stats stats = {0};
	const uint64_t state = tables_digest(h);

	WITH(.cache = h->cache, .stats = &stats);
	IS(TDP_SPURIOUS, tdp_promote(&h->tree, 0, h->b, 1, backing, arg, &h->op));
	if (stats.promoted || stats.refused[why] != 1 || h->op.changed || h->op.tables || h->op.next != h->b)
		harness_fail(h, line, "refused %u times for reason %u", (unsigned)stats.refused[why], why);
	SAME(FLUSHES, 0);
	SAME(tables_digest(h), state);
}
#define LEFT(why) left(h, __LINE__, why, NULL, NULL)

TREE_TEST(promote_refused, holes, .modes = ALONE | SHARED)
{
	for (uint64_t i = 0; i < h->n; i += h->n - 1) {
		IS(TDP_OK, map_at(h, 0, 0, h->b, HPA, RWX));
		IS(TDP_OK, tdp_zap(&h->tree, i * h->p, h->p, &h->op));
		LEFT(TDP_REFUSED_HOLE);
		WITH(.cache = h->cache);
		IS(TDP_OK, tdp_note(&h->tree, i * h->p, h->p, 3, &h->op));
		LEFT(TDP_REFUSED_HOLE);
		WITH(.cache = h->cache);
		IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
	}
	/* A table with nothing in it. */
	IS(TDP_OK, map_at(h, 0, 0, h->p, HPA, RWX));
	WITH(.cache = h->cache, .flags = TDP_ZAP_LEAVES);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->p, &h->op));
	LEFT(TDP_REFUSED_HOLE);
}

TREE_TEST(promote_refused, scattered, .modes = ALONE | SHARED)
{
	IS(TDP_OK, map_at(h, 0, 0, h->b, HPA + h->p, RWX)); /* not aligned */
	LEFT(TDP_REFUSED_SCATTERED);
	WITH(.cache = h->cache);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
	IS(TDP_OK, map_at(h, 0, 0, h->b - h->p, HPA, RWX));
	IS(TDP_OK, map_at(h, 0, h->b - h->p, h->p, HPA + h->b, RWX)); /* not in one stretch */
	LEFT(TDP_REFUSED_SCATTERED);
}

/* The last page differs from all others in one thing. */
TREE_TEST(promote_refused, unlike, .modes = ALONE | SHARED, .without = PAE | NO_SD)
{
	static const struct tdp_attrs others[] = {
		{TDP_RW, TDP_MT_WB, 0, 0}, {TDP_RX, TDP_MT_WB, 0, 0}, {TDP_RWX, TDP_MT_UC, 0, 0}, {TDP_RWX, TDP_MT_WB, 0, 1}};

	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		IS(TDP_OK, map_at(h, 0, 0, h->b - h->p, HPA, RWX));
		IS(TDP_OK, map_at(h, 0, h->b - h->p, h->p, HPA + h->b - h->p, others[i]));
		LEFT(TDP_REFUSED_UNLIKE);
		WITH(.cache = h->cache);
		IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
	}
	IS(TDP_OK, map_at(h, 0, 0, h->b, HPA, RWX));
	IS(TDP_OK, tdp_protect(&h->tree, h->p, h->p, &h->op));
	LEFT(TDP_REFUSED_UNLIKE);
}

TREE_TEST(promote_refused, arguments, .modes = ALONE | SHARED)
{
	IS(TDP_OK, map_at(h, 0, 0, h->b, HPA, RWX));
	IS(TDP_INVALID, tdp_promote(&h->tree, 0, h->b, 0, NULL, NULL, &h->op));
	IS(TDP_UNSUPPORTED, tdp_promote(&h->tree, 0, h->b, 3, NULL, NULL, &h->op));
	IS(TDP_INVALID, tdp_promote(&h->tree, 0, 0, 1, NULL, NULL, &h->op));
	IS(TDP_RANGE, tdp_promote(&h->tree, h->end, h->b, 1, NULL, NULL, &h->op));
	WITH(.flags = TDP_DRY_RUN);
	IS(TDP_INVALID, tdp_promote(&h->tree, 0, h->b, 1, NULL, NULL, &h->op));
	WITH(0);
	IS(TDP_OK, tdp_promote(&h->tree, 0, h->b, 1, NULL, NULL, &h->op));
}

/* Who may free no tables while others are inside. */
TREE_TEST(promote_refused, keeping, .modes = KEEPING)
{
	IS(TDP_OK, map_at(h, 0, 0, h->b, HPA, RWX));
	IS(TDP_UNSUPPORTED, tdp_promote(&h->tree, 0, h->b, 1, NULL, NULL, &h->op));
	WITH(.flags = TDP_EXCLUSIVE);
	IS(TDP_OK, tdp_promote(&h->tree, 0, h->b, 1, NULL, NULL, &h->op));
	SAME(h->op.tables, 1);
}

TREE_TEST(promote_refused, no_break, .with = BREAK, .flags = TDP_TREE_NO_BREAK)
{
	IS(TDP_OK, map_at(h, 0, 0, h->b, HPA, RWX));
	IS(TDP_UNSUPPORTED, tdp_promote(&h->tree, 0, h->b, 1, NULL, NULL, &h->op));
	SAME(STORES + FLUSHES, 0);
}

/* ---- with a backing ---- */

struct memory {
	struct tdp_backing answer;
	bool refuses;
	tdp_gpa_t asked;
	uint64_t size;
	unsigned times;
};

static bool memory(void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out)
{
	struct memory *m = arg;

	m->asked = gpa;
	m->size = size;
	m->times++;
	*out = m->answer;
	return !m->refuses;
}

/* Absent pages become mapped, and are made ready before; those that are there are not touched. */
TREE_TEST(promote_backing, fills_holes, .modes = ALONE | SHARED, .check_sync = true)
{
	struct memory m = {.answer = {.hpa = HPA, .size = h->b, .attrs = RWX}};
	unsigned syncs;

	IS(TDP_OK, map_at(h, 0, h->p, 2 * h->p, HPA + h->p, RWX));
	WITH(.cache = h->cache);
	syncs = referee_counts(h->r).syncs;
	IS(TDP_OK, tdp_promote(&h->tree, 0, h->b, 1, memory, &m, &h->op));
	SAME(referee_counts(h->r).syncs - syncs, h->n - 2);
	SAME(m.times, 1);
	SAME(m.asked, 0);
	SAME(m.size, h->b);
	SAME(h->op.changed, h->b);
	SAME(entry_at(h, 0).level, 1);
	MAPPED(0, h->b, HPA, RWX);
}

/* A gather that has not flushed what it cleared is not overtaken (S44). */
TREE_TEST(promote_backing, open_gather, .modes = ALONE | SHARED)
{
	struct memory m = {.answer = {.hpa = HPA, .size = h->b, .attrs = RWX}};
	struct tdp_gather gather = {0};

	IS(TDP_OK, map_at(h, 0, 0, h->b, HPA, RWX));
	GUEST(h->p, REF_W);
	WITH(.cache = h->cache, .gather = &gather);
	IS(TDP_OK, tdp_zap(&h->tree, h->p, h->p, &h->op));
	WITH(.cache = h->cache);
	IS(TDP_OK, tdp_promote(&h->tree, 0, h->b, 1, memory, &m, &h->op));
	SAME(FLUSHES, 2);
	MAPPED(0, h->b, HPA, RWX);
	GATHER_FLUSH(&gather);
}

/* It says no, or errs, or names something else than the pages map: nothing changes (S28). */
TREE_TEST(promote_backing, refuses, .modes = ALONE | SHARED)
{
	struct memory m = {.answer = {.hpa = HPA, .size = h->b, .attrs = RWX}, .refuses = true};

	IS(TDP_OK, map_at(h, 0, 0, 2 * h->p, HPA, RWX));
	left(h, __LINE__, TDP_REFUSED_BACKING, memory, &m);
	m.refuses = false;
	m.answer.size = h->b - h->p;
	left(h, __LINE__, TDP_REFUSED_BACKING, memory, &m);
	m.answer.size = 0;
	left(h, __LINE__, TDP_REFUSED_BACKING, memory, &m);
	m.answer.size = h->b;
	m.answer.hpa = HPA + h->b;
	left(h, __LINE__, TDP_REFUSED_BACKING, memory, &m);
	m.answer.hpa = HPA;
	m.answer.attrs = RX;
	left(h, __LINE__, TDP_REFUSED_BACKING, memory, &m);
	m.answer.attrs = RWX;
	m.answer.max_level_plus1 = 1;
	left(h, __LINE__, TDP_REFUSED_BACKING, memory, &m);
	m.answer.max_level_plus1 = 0;
	WITH(.cache = h->cache);
	IS(TDP_OK, tdp_promote(&h->tree, 0, h->b, 1, memory, &m, &h->op));
}

/* It is not asked where its answer does not matter; a note is no hole. */
TREE_TEST(promote_backing, not_asked, .modes = ALONE | SHARED)
{
	struct memory m = {.answer = {.hpa = HPA, .size = h->b, .attrs = RWX}};

	IS(TDP_OK, map_at(h, 0, 0, h->p, HPA, RWX));
	IS(TDP_OK, tdp_note(&h->tree, h->b - h->p, h->p, 9, &h->op));
	left(h, __LINE__, TDP_REFUSED_HOLE, memory, &m);
	SAME(m.times, 0);
	WITH(.cache = h->cache);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->p, &h->op));
	left(h, __LINE__, TDP_REFUSED_HOLE, memory, &m);
	SAME(m.times, 0);
}

/* A protected region with holes stays protected. */
TREE_TEST(promote_backing, protected, .modes = ALONE | SHARED)
{
	struct memory m = {.answer = {.hpa = HPA, .size = h->b, .attrs = RWX}};

	IS(TDP_OK, map_at(h, 0, 0, 2 * h->p, HPA, RWX));
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->b, &h->op));
	WITH(.cache = h->cache);
	IS(TDP_OK, tdp_promote(&h->tree, 0, h->b, 1, memory, &m, &h->op));
	SAME(LIVE(h->b - h->p), TDP_RX);
	SAME(entry_at(h, 0).state & TDP_STATE_MMU_WRITABLE, 0);
}

/* ---- in company ---- */

/* What the call that came between was told. */
static enum tdp_result told;

static void zap_a_page(void *arg)
{
	struct harness *h = arg;
	struct tdp_op op = {.gather = NULL};

	told = tdp_zap(&h->tree, h->p, h->p, &op);
	CHECK(told == TDP_OK || told == TDP_BUSY || told == TDP_NOMEM);
}

static void protect_a_page(void *arg)
{
	struct harness *h = arg;
	struct tdp_op op = {0};

	told = tdp_protect(&h->tree, h->p, h->p, &op);
	CHECK(told == TDP_OK || told == TDP_BUSY);
}

/* Another call comes between, at each access in turn: what it did is not undone. */
static void in_company(struct harness *h, void (*other)(void *arg))
{
	for (unsigned point = 0, more = 1; more; point++) {
		harness_tables(h, 32);
		WITH(.flags = TDP_EXCLUSIVE, .max_level_plus1 = 1);
		IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RWX, &h->op));
		told = TDP_BUSY;
		referee_between(point, other, h);
		WITH(0);
		IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_promote(&h->tree, 0, h->b, 1, NULL, NULL, &h->op));
		more = referee_came_between();
		SAME(entry_at(h, 0).level, h->op.changed ? 1 : 0);
		if (told == TDP_OK && other == zap_a_page)
			HOLE(h->p, h->p);
		if (told == TDP_OK && other == protect_a_page)
			SAME(LIVE(h->p) & TDP_W, 0);
		WITH(.flags = TDP_EXCLUSIVE);
		IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
	}
}

TREE_TEST(promote_company, zap, .with = FAKE, .shared = true)
{
	in_company(h, zap_a_page);
}

TREE_TEST(promote_company, protect, .with = FAKE, .shared = true)
{
	in_company(h, protect_a_page);
}
