/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations where all threads do them at once: every result that is documented is right, and what is mapped must be one of the two
 * pages that anybody ever maps there.
 */
#include "worker.h"

static tdp_gpa_t pick_gpa(struct worker *k, unsigned first_unit)
{
	const struct world *w = k->w;
	unsigned unit = first_unit + rng_below(&k->rng, UNITS - first_unit), few = w->table_pages < 8 ? w->table_pages : 8;
	unsigned page = rng_percent(&k->rng, 70) ? rng_below(&k->rng, few) : rng_below(&k->rng, w->unit_pages);

	return page_gpa(w, unit * w->unit_pages + page);
}

/* A range that begins there: pages, a leaf table, a unit or two. */
static uint64_t pick_size(struct worker *k, tdp_gpa_t *gpa)
{
	const struct world *w = k->w;
	uint64_t table = (uint64_t)w->table_pages * PAGE, size = PAGE, left;

	switch (rng_below(&k->rng, 5)) {
	case 0:
		*gpa -= *gpa % table;
		size = table;
		break;
	case 1:
		*gpa -= *gpa % w->unit_size;
		size = w->unit_size * (1 + rng_below(&k->rng, 2));
		break;
	case 2:
		size = PAGE * (1 + rng_below(&k->rng, w->unit_pages));
		break;
	default:
		break;
	}
	left = UNITS * w->unit_size - *gpa;
	return size < left ? size : left;
}

static bool plausible(const struct tdp_entry *e, tdp_gpa_t entry_gpa, tdp_gpa_t gpa)
{
	tdp_hpa_t hpa = e->hpa + (gpa - entry_gpa);

	return (hpa == page_hpa(0, gpa) || hpa == page_hpa(1, gpa)) && (e->attrs.prot == TDP_RWX || e->attrs.prot == TDP_RX);
}

static enum tdp_verdict look_at(void *arg, struct tdp_visit *v)
{
	struct worker *k = arg;

	if (v->when == TDP_VISIT_LEAF)
		expect(k, plausible(&v->entry, v->gpa, v->gpa), "walk: leads elsewhere", TDP_OK, v->gpa);
	expect(k, v->when != TDP_VISIT_BAD || v->entry.kind == TDP_FROZEN, "walk: a bad entry", TDP_OK, v->gpa);
	return k->why[0] ? TDP_STOP : TDP_GO;
}

/* Takes write permission from every other leaf. */
static enum tdp_verdict change_it(void *arg, struct tdp_visit *v)
{
	struct worker *k = arg;
	enum tdp_result r = TDP_OK;

	if (rng_percent(&k->rng, 50))
		r = tdp_visit_set(v, (struct tdp_attrs){.prot = TDP_RX}, TDP_MASK_PROT);
	expect(k, r >= 0 || r == TDP_RACE || r == TDP_BUSY || r == TDP_ABSENT, "visit_set", r, v->gpa);
	return r == TDP_RACE ? TDP_AGAIN : TDP_GO;
}

/* Only an exclusive call frees tables where nobody knows who is inside. */
static enum tdp_result trim(struct worker *k, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op)
{
	enum tdp_result r = tdp_trim(&k->w->tree, gpa, size, op);

	if (!(k->w->rcu->tree_flags & TDP_TREE_KEEP_TABLES))
		return r;
	expect(k, r == TDP_UNSUPPORTED, "trim though tables are kept", r, gpa);
	return TDP_OK;
}

static enum tdp_result promote(struct worker *k, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op)
{
	enum tdp_result r;

	op->batch_lg2 = (uint8_t)rng_below(&k->rng, 4);
	r = tdp_promote(&k->w->tree, gpa, size, 1 + rng_below(&k->rng, 2), NULL, NULL, op);
	if (!(k->w->rcu->tree_flags & TDP_TREE_KEEP_TABLES))
		return r;
	expect(k, r == TDP_UNSUPPORTED, "promote though tables are kept", r, gpa);
	return TDP_OK;
}

/* What was written is collected in one of the ways, or given back: any pages of up to 64. */
static enum tdp_result collect(struct worker *k, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op)
{
	const uint64_t left = (UNITS * k->w->unit_size - gpa) / PAGE, pages = left < 64 ? left : 64;
	uint64_t word = 0, mask = rng_next(&k->rng) >> (64 - pages);
	const struct tdp_bitmap map = {.words = &word, .base = gpa, .pages = pages, .page_lg2 = 12};
	struct tdp_tree *tree = &k->w->tree;

	switch (rng_below(&k->rng, 4)) {
	case 0: /* named by the hook */
		return tdp_dirty_arm(tree, gpa, size, NULL, op);
	case 1:
		op->gather = rng_percent(&k->rng, 50) ? &k->gather : NULL;
		return tdp_dirty_arm(tree, gpa, size < pages * PAGE ? size : pages * PAGE, &map, op);
	case 2:
		op->flags = 0;
		return tdp_dirty_arm_mask(tree, gpa, mask | 1, rng_percent(&k->rng, 50) ? &map : NULL, op);
	default:
		op->flags = 0;
		word = mask;
		return tdp_dirty_restore(tree, &map, op);
	}
}

/* One call; everything but a refusal of its arguments is right. */
static void expect_documented(struct worker *k, enum tdp_result r, tdp_gpa_t gpa)
{
	expect(k, r > TDP_INVALID || r == TDP_STOPPED || r == TDP_PROTECTED, "an operation anywhere", r, gpa);
	k->busy += r == TDP_BUSY;
}

static enum tdp_result change(struct worker *k, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op)
{
	struct tdp_tree *tree = &k->w->tree;
	struct tdp_attrs attrs = {.prot = rng_percent(&k->rng, 70) ? TDP_RWX : TDP_RX};
	unsigned where = rng_below(&k->rng, 2);

	switch (rng_below(&k->rng, 15)) {
	case 0:
		return tdp_map(tree, gpa, size, page_hpa(where, gpa), attrs, op);
	case 1:
		op->gather = rng_percent(&k->rng, 50) ? &k->gather : NULL;
		return tdp_zap(tree, gpa, size, op);
	case 2:
		op->gather = rng_percent(&k->rng, 50) ? &k->gather : NULL;
		return tdp_set_attrs(tree, gpa, size, attrs, TDP_MASK_PROT, op);
	case 3:
		return tdp_protect(tree, gpa, size, op);
	case 4:
		return tdp_note(tree, gpa, size, rng_percent(&k->rng, 50) ? 77 : 0, op);
	case 5:
		return trim(k, gpa, size, op);
	case 6:
		return tdp_split(tree, gpa, size, rng_below(&k->rng, 2), op);
	case 7:
	case 8:
	case 9:
		return promote(k, gpa, size, op);
	case 10:
		op->flags = 0;
		return tdp_age(tree, gpa, size, rng_percent(&k->rng, 80), NULL, op);
	case 11:
		op->flags = 0;
		return tdp_replace(tree, gpa, size, page_hpa(where, gpa), page_hpa(1 - where, gpa), attrs, op);
	case 12:
	case 13:
		return collect(k, gpa, size, op);
	default:
		op->flags = 0;
		return tdp_walk(tree, gpa, size, TDP_VISIT_LEAF, change_it, k, op);
	}
}

static enum tdp_result fault(struct worker *k, tdp_gpa_t gpa, struct tdp_op *op)
{
	tdp_gpa_t base = gpa - gpa % k->w->unit_size;
	struct tdp_fault f = {
		.gpa = gpa,
		.base = base,
		.access = rng_percent(&k->rng, 50) ? TDP_WRITE : TDP_READ,
		.backing = {.hpa = page_hpa(rng_below(&k->rng, 2), base), .size = k->w->unit_size, .attrs = {.prot = TDP_RWX}},
	};

	f.backing.max_level_plus1 = (uint8_t)rng_below(&k->rng, 3);
	op->flags = rng_percent(&k->rng, 30) ? TDP_LOG_DIRTY : rng_percent(&k->rng, 50) ? TDP_OVER_NOTE : 0;
	if (rng_percent(&k->rng, 30)) {
		op->flags &= TDP_LOG_DIRTY;
		return tdp_fault_fast(&k->w->tree, gpa, f.access, op);
	}
	return tdp_fault(&k->w->tree, &f, op);
}

void chaos_step(struct worker *k)
{
	tdp_gpa_t gpa = pick_gpa(k, FIRST_CHAOS);
	uint64_t size = pick_size(k, &gpa);
	struct tdp_op op = {.cache = &k->cache, .flags = pick_yield(k)};
	enum tdp_result r;

	call_begin(k);
	r = rng_percent(&k->rng, 40) ? fault(k, gpa, &op) : change(k, gpa, size, &op);
	call_end(k);
	expect_documented(k, r, gpa);
}

void look_step(struct worker *k)
{
	const struct tdp_tree *tree = &k->w->tree;
	tdp_gpa_t gpa = pick_gpa(k, 0);
	uint64_t size = pick_size(k, &gpa);
	struct tdp_mapping found = {0};
	struct tdp_visit visit = {0};
	struct tdp_count count;
	enum tdp_result r;

	call_begin(k);
	switch (rng_below(&k->rng, 6)) {
	case 0:
		r = tdp_count(tree, gpa, size, &count, NULL);
		break;
	case 1:
		r = tdp_extent(tree, gpa, size, &found, NULL);
		expect(k, r != TDP_OK || plausible(&found.entry, found.gpa, found.gpa), "extent leads elsewhere", r, gpa);
		break;
	case 2:
		r = tdp_next(tree, gpa, size, TDP_VISIT_LEAF, &visit, NULL);
		expect(k, r != TDP_OK || plausible(&visit.entry, visit.gpa, visit.gpa), "next leads elsewhere", r, gpa);
		break;
	case 3:
		r = tdp_walk(&k->w->tree, gpa, size, TDP_VISIT_LEAF | TDP_VISIT_HOLE | TDP_VISIT_BAD, look_at, k, NULL);
		break;
	case 4: /* anywhere, others' pages included: it changes no mapping */
		r = trim(k, gpa, size, NULL);
		break;
	default:
		r = tdp_lookup(tree, gpa, &found, NULL);
		expect(k, r != TDP_OK || plausible(&found.entry, found.gpa, gpa), "lookup leads elsewhere", r, gpa);
		break;
	}
	call_end(k);
	expect_documented(k, r, gpa);
}
