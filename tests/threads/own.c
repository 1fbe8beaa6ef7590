/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations on pages of the thread's own: what each returns and leaves behind is known in advance, whatever other threads do.
 */
#include "own.h"

uint8_t pick_prot(struct worker *k)
{
	return rng_percent(&k->rng, 70) ? TDP_RWX : TDP_RX;
}

/* A page of a unit, mostly one of a few in each leaf table, so that threads meet. */
static unsigned pick_page(struct worker *k)
{
	const struct world *w = k->w;
	unsigned tables = w->unit_pages / w->table_pages, few = w->table_pages < 16 ? w->table_pages : 16;

	if (rng_percent(&k->rng, 20))
		return rng_below(&k->rng, w->unit_pages);
	return rng_below(&k->rng, tables) * w->table_pages + rng_below(&k->rng, few);
}

/* A page that is interleaved with other threads'. */
static struct target pick_one(struct worker *k)
{
	const struct world *w = k->w;
	unsigned page = rng_below(&k->rng, FIRST_OWNED) * w->unit_pages + pick_page(k);

	page = page - page % w->threads + k->id;
	if (page >= FIRST_OWNED * w->unit_pages)
		page -= w->threads;
	return (struct target){page, 1, page_gpa(w, page), PAGE};
}

/* A stretch of a unit of the thread's own: pages, whole leaf tables, or all of it. */
static struct target pick_stretch(struct worker *k)
{
	const struct world *w = k->w;
	unsigned mine = (FIRST_CHAOS - FIRST_OWNED + w->threads - 1 - k->id) / w->threads;
	unsigned unit = FIRST_OWNED + k->id + rng_below(&k->rng, mine) * w->threads;
	unsigned first = pick_page(k), n = 1;

	switch (rng_below(&k->rng, 4)) {
	case 0:
		first -= first % w->table_pages;
		n = w->table_pages;
		break;
	case 1:
		n += rng_below(&k->rng, 2 * w->table_pages);
		break;
	case 2:
		first = rng_percent(&k->rng, 50) ? 0 : first;
		n = rng_percent(&k->rng, 50) ? w->unit_pages : n;
		break;
	default:
		break;
	}
	if (first + n > w->unit_pages)
		n = w->unit_pages - first;
	first += unit * w->unit_pages;
	return (struct target){first, n, page_gpa(w, first), (uint64_t)n * PAGE};
}

static bool same(const struct page *m, unsigned where, uint8_t prot)
{
	return m->kind == PAGE_MAPPED && m->where == where && m->prot == prot;
}

/* What one call is about, for range_fn. Only the thread that set it reads it. */
static _Thread_local struct {
	unsigned where;
	uint8_t prot, memtype;
	uint64_t note;
} now;

static enum tdp_result call_map(struct worker *k, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op)
{
	return tdp_map(&k->w->tree, gpa, size, page_hpa(now.where, gpa), (struct tdp_attrs){.prot = now.prot}, op);
}

/* Maps up to the first page that is something else. */
static void own_map(struct worker *k, struct target t)
{
	struct tdp_op op = {.max_level_plus1 = (uint8_t)rng_below(&k->rng, 4), .flags = pick_yield(k)};
	struct page *m = &k->w->page[t.page];
	enum tdp_result r;
	unsigned i;

	now.where = rng_below(&k->rng, 2);
	now.prot = pick_prot(k);
	for (i = 0; i < t.n && (m[i].kind == PAGE_ABSENT || same(&m[i], now.where, now.prot)); i++)
		;
	r = whole_range(k, call_map, t.gpa, t.size, &op);
	if (i < t.n) {
		expect(k, r == TDP_EXISTS, "map: something else is there", r, t.gpa);
		expect(k, op.next == page_gpa(k->w, t.page + i), "map: stopped elsewhere", r, op.next);
	} else {
		expect(k, r >= 0, "map", r, t.gpa);
		expect(k, op.next == t.gpa + t.size, "map: did not end", r, op.next);
	}
	for (unsigned n = 0; n < i; n++)
		if (m[n].kind == PAGE_ABSENT)
			m[n] = (struct page){.kind = PAGE_MAPPED, .where = (uint8_t)now.where, .prot = now.prot};
}

static enum tdp_result call_zap(struct worker *k, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op)
{
	return tdp_zap(&k->w->tree, gpa, size, op);
}

/* Zaps exactly the stretch, sometimes with a gather; or the unit around it, tables and all. */
static void own_zap(struct worker *k, struct target t)
{
	struct tdp_op op = {.flags = pick_yield(k) | (rng_percent(&k->rng, 20) ? TDP_ZAP_LEAVES : 0)};
	bool later = t.n <= HELD / 2 && rng_percent(&k->rng, 40);
	enum tdp_result r;

	if (t.n == k->w->unit_pages)
		t.size = k->w->unit_size;
	if (later) {
		op.gather = &k->gather;
		if (k->holds + t.n > HELD)
			flush_gather(k);
	}
	watch(k, t.page, t.n);
	r = whole_range(k, call_zap, t.gpa, t.size, &op);
	expect(k, r == TDP_OK || r == TDP_SPURIOUS, "zap", r, t.gpa);
	expect(k, op.next >= t.gpa + t.size, "zap: did not end", r, op.next);
	if (later)
		hold(k, t.page, t.n);
	else
		expect_flushed(k, t.page, t.n, true);
	for (unsigned i = 0; i < t.n; i++)
		k->w->page[t.page + i] = (struct page){0};
	if (later && rng_percent(&k->rng, 50))
		flush_gather(k);
}

static enum tdp_result call_note(struct worker *k, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op)
{
	return tdp_note(&k->w->tree, gpa, size, now.note, op);
}

static void own_note(struct worker *k, struct target t)
{
	struct tdp_op op = {.flags = pick_yield(k)};
	struct page *m = &k->w->page[t.page];
	enum tdp_result r;
	unsigned i;

	now.note = rng_percent(&k->rng, 40) ? 0 : rng_next(&k->rng) >> 10;
	for (i = 0; i < t.n && m[i].kind != PAGE_MAPPED; i++)
		;
	r = whole_range(k, call_note, t.gpa, t.size, &op);
	expect(k, i < t.n ? r == TDP_EXISTS : r >= 0, "note", r, t.gpa);
	expect(k, op.next == t.gpa + (uint64_t)i * PAGE, "note: stopped elsewhere", r, op.next);
	for (unsigned n = 0; n < i; n++)
		m[n] = (struct page){.kind = now.note ? PAGE_NOTE : PAGE_ABSENT};
}

static enum tdp_result call_prot(struct worker *k, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op)
{
	return tdp_set_attrs(&k->w->tree, gpa, size, (struct tdp_attrs){.prot = now.prot}, TDP_MASK_PROT, op);
}

static enum tdp_result call_memtype(struct worker *k, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op)
{
	return tdp_set_attrs(&k->w->tree, gpa, size, (struct tdp_attrs){.memtype = now.memtype}, TDP_MASK_MEMTYPE, op);
}

static void own_attrs(struct worker *k, struct target t)
{
	struct tdp_op op = {.flags = pick_yield(k)};
	struct page *m = &k->w->page[t.page];
	enum tdp_result r;

	now.prot = pick_prot(k);
	r = whole_range(k, call_prot, t.gpa, t.size, &op);
	expect(k, r >= 0, "set_attrs", r, t.gpa);
	for (unsigned i = 0; i < t.n; i++)
		if (m[i].kind == PAGE_MAPPED) {
			m[i].prot = now.prot;
			m[i].protected = PROTECTED_NO;
		}
}

/* There and back: in break-before-make formats each way goes through a window in which the page is not there. */
static void own_memtype(struct worker *k, struct target t)
{
	for (unsigned i = 0; i < 2; i++) {
		struct tdp_op op = {.flags = pick_yield(k)};
		enum tdp_result r;

		now.memtype = i == 0 ? TDP_MT_UC : TDP_MT_WB;
		watch(k, t.page, t.n);
		r = whole_range(k, call_memtype, t.gpa, t.size, &op);
		expect(k, r >= 0, "set_attrs of a memory type", r, t.gpa);
		expect_flushed(k, t.page, t.n, false);
	}
}

static enum tdp_result call_protect(struct worker *k, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op)
{
	return tdp_protect(&k->w->tree, gpa, size, op);
}

/* Only what is granted write can be protected from it. */
static void protect_page(struct page *m, enum page_protected how)
{
	if (m->kind == PAGE_MAPPED && (m->prot & TDP_W) && m->protected != PROTECTED_YES)
		m->protected = (uint8_t)how;
}

/* A leaf that sticks out is protected whole, so of the rest of the unit it is not known afterwards. */
static void own_protect(struct worker *k, struct target t)
{
	struct tdp_op op = {.flags = pick_yield(k)};
	unsigned unit = t.page - t.page % k->w->unit_pages;
	enum tdp_result r;

	watch(k, t.page, t.n);
	r = whole_range(k, call_protect, t.gpa, t.size, &op);
	expect(k, r >= 0, "protect", r, t.gpa);
	expect_flushed(k, t.page, t.n, false);
	for (unsigned i = 0; i < t.n; i++)
		protect_page(&k->w->page[t.page + i], PROTECTED_YES);
	if (t.page < FIRST_OWNED * k->w->unit_pages) /* pages between other threads' are never part of a larger leaf */
		return;
	for (unsigned i = unit; i < unit + k->w->unit_pages; i++)
		protect_page(&k->w->page[i], PROTECTED_MAYBE);
}

static enum tdp_result call_replace(struct worker *k, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op)
{
	op->flags = 0;
	return tdp_replace(&k->w->tree, gpa, size, page_hpa(now.where, gpa), page_hpa(1 - now.where, gpa),
			   (struct tdp_attrs){.prot = now.prot}, op);
}

static void own_replace(struct worker *k, struct target t)
{
	struct page *m = &k->w->page[t.page];
	struct tdp_op op = {0};
	enum tdp_result r;
	unsigned i;

	now.where = m[0].kind == PAGE_MAPPED ? m[0].where : 0;
	now.prot = pick_prot(k);
	for (i = 0; i < t.n && m[i].kind == PAGE_MAPPED && m[i].where == now.where; i++)
		;
	watch(k, t.page, t.n);
	r = whole_range(k, call_replace, t.gpa, t.size, &op);
	if (i == t.n)
		expect(k, r == TDP_OK, "replace", r, t.gpa);
	else
		expect(k, r == (m[i].kind == PAGE_MAPPED ? TDP_RACE : TDP_ABSENT), "replace: not there", r, t.gpa);
	expect(k, op.next == t.gpa + (uint64_t)i * PAGE, "replace: stopped elsewhere", r, op.next);
	expect_flushed(k, t.page, i, true);
	for (unsigned n = 0; n < i; n++)
		m[n] = (struct page){
			.kind = PAGE_MAPPED, .where = (uint8_t)(1 - now.where), .prot = now.prot, .written = m[n].written};
}

void own_step(struct worker *k)
{
	static void (*const steps[])(struct worker * k, struct target t) = {
		own_map,     own_map,	own_zap,  own_zap, own_note,  own_attrs, own_memtype, own_protect,
		own_replace, own_fault, own_fast, own_age, own_write, own_write, own_write,   own_collect,
	};
	struct target t = rng_percent(&k->rng, 60) ? pick_one(k) : pick_stretch(k);
	unsigned at = rng_below(&k->rng, t.n);

	steps[rng_below(&k->rng, sizeof(steps) / sizeof(steps[0]))](k, t);
	expect_page(k, t.page);
	expect_page(k, t.page + t.n - 1);
	expect_page(k, t.page + at);
}
