/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One random step after the other.
 */
#include "random.h"

enum { CHECK_EVERY = 64 };

/* The first leaf of the range, or -1. */
static int leaf_in(const struct trial *t, const struct request *q)
{
	WORLD_EACH(&t->w, i, q->gpa, q->gpa + q->size)
		if (t->m.cell[i].kind == CELL_LEAF)
			return (int)i;
	return -1;
}

/* Often the memory and the attributes that are there already: a map that merges, or finds all just so. */
static void like_what_is_there(struct trial *t, struct request *q, bool cold)
{
	int i = leaf_in(t, q);
	uint64_t before = i < 0 ? 0 : t->w.gpa[i] - q->gpa;

	if (i < 0 || t->m.cell[i].hpa < before || (cold && (t->m.cell[i].hpa ^ t->w.gpa[i]) % world_span(&t->w, 1)))
		return;
	q->hpa = t->m.cell[i].hpa - before;
	if (rng_percent(&t->rng, 80))
		q->attrs = t->m.cell[i].attrs;
}

/* Flags of map and fault. While writes are logged leaves are pages, so no cold memory then. */
static uint32_t mapping_flags(struct trial *t, bool cold)
{
	return (!cold && rng_percent(&t->rng, 12) ? TDP_LOG_DIRTY : 0u) | (rng_percent(&t->rng, 15) ? TDP_PREFETCH : 0u) |
	       (rng_percent(&t->rng, 30) ? TDP_OVER_NOTE : 0u);
}

static struct request make_map(struct trial *t, bool from)
{
	struct request q = pick_request(t, from ? ASK_MAP_FROM : ASK_MAP, true);
	bool cold = world_has_cold(&t->w, q.gpa, q.gpa + q.size);

	q.flags |= mapping_flags(t, cold);
	q.hpa = pick_hpa(t, q.gpa, cold);
	q.attrs = pick_attrs(t);
	if (rng_percent(&t->rng, 15))
		q.max_level_plus1 = (uint8_t)(cold ? 2 : 1 + rng_below(&t->rng, 3));
	if (from)
		pick_pieces(t, &q, cold);
	else if (rng_percent(&t->rng, 35))
		like_what_is_there(t, &q, cold);
	return q;
}

/* Backing around the fault: a page, an entry of some level, or any range. */
static void pick_backing(struct trial *t, struct request *q)
{
	unsigned i = world_first(&t->w, q->gpa), level = rng_below(&t->rng, 3);
	const struct island *island = &t->w.island[i < t->w.island[0].cells ? 0 : 1];
	tdp_gpa_t lo = q->gpa & ~(world_span(&t->w, level) - 1), hi = lo + world_span(&t->w, level);

	if (rng_percent(&t->rng, 30)) {
		unsigned before = rng_below(&t->rng, i - island->first + 1),
			 after = rng_below(&t->rng, island->first + island->cells - i);

		lo = t->w.gpa[i - before];
		hi = t->w.gpa[i + after] + t->w.size[i + after];
	}
	q->base = lo < island->gpa ? island->gpa : lo;
	q->size = (hi > island->end ? island->end : hi) - q->base;
}

static struct request make_fault(struct trial *t)
{
	struct request q = pick_request(t, ASK_FAULT, false);
	const struct cell *c;

	q.gpa = pick_page(t);
	c = &t->m.cell[world_first(&t->w, q.gpa)];
	pick_backing(t, &q);
	q.flags |= mapping_flags(t, false);
	q.attrs = pick_attrs(t);
	q.hpa = pick_hpa(t, q.base, false);
	if (c->kind == CELL_LEAF && c->hpa >= q.gpa - q.base && rng_percent(&t->rng, 85)) {
		q.hpa = c->hpa - (q.gpa - q.base);
		q.attrs.prot = rng_percent(&t->rng, 70) ? TDP_RWX : q.attrs.prot;
	}
	q.gpa += rng_below(&t->rng, 4096);
	q.access = rng_percent(&t->rng, 80) ? 1u << rng_below(&t->rng, 4) : rng_below(&t->rng, 17);
	if (rng_percent(&t->rng, 15))
		q.max_level_plus1 = (uint8_t)(1 + rng_below(&t->rng, 3));
	if (rng_percent(&t->rng, 15))
		q.backing_max = (uint8_t)(1 + rng_below(&t->rng, 3));
	return q;
}

/* Mostly of one contiguous mapping, by its true address. */
static struct request make_replace(struct trial *t)
{
	struct request q = pick_request(t, ASK_REPLACE, true);
	int first = leaf_in(t, &q);
	bool cold;

	if (first >= 0 && rng_percent(&t->rng, 90)) {
		tdp_gpa_t end = q.gpa + q.size;

		q.gpa = t->w.gpa[first];
		q.hpa = t->m.cell[first].hpa;
		WORLD_EACH(&t->w, i, q.gpa, end)
			if (t->m.cell[i].kind != CELL_LEAF || t->m.cell[i].hpa - q.hpa != t->w.gpa[i] - q.gpa)
				end = rng_percent(&t->rng, 90) ? t->w.gpa[i] : end;
		q.size = end - q.gpa;
	}
	cold = world_has_cold(&t->w, q.gpa, q.gpa + q.size);
	q.attrs = pick_attrs(t);
	q.new_hpa = pick_hpa(t, q.gpa, cold);
	return q;
}

static struct request make_note(struct trial *t)
{
	struct request q = pick_request(t, ASK_NOTE, true);

	q.note = rng_percent(&t->rng, 70) ? rng_below(&t->rng, 4) : rng_next(&t->rng) >> (64 - TDP_NOTE_BITS);
	if (rng_percent(&t->rng, 8))
		q.flags |= rng_percent(&t->rng, 50) ? TDP_NOTE_VE : TDP_NOTE_MISCONFIG;
	return q;
}

static struct request make_zap(struct trial *t)
{
	struct request q = pick_request(t, ASK_ZAP, true);

	q.flags |= rng_percent(&t->rng, 15) ? TDP_OVERZAP : rng_percent(&t->rng, 15) ? TDP_SKIP_PARTIAL : 0u;
	q.flags |= rng_percent(&t->rng, 25) ? TDP_ZAP_LEAVES : 0u;
	q.batch_lg2 = (uint8_t)rng_below(&t->rng, 4);
	return q;
}

static struct request make_set_attrs(struct trial *t)
{
	struct request q = pick_request(t, ASK_SET_ATTRS, true);

	q.attrs = pick_attrs(t);
	q.mask = rng_below(&t->rng, 17);
	q.flags |= (rng_percent(&t->rng, 20) ? TDP_SKIP_PARTIAL : 0u) | (rng_percent(&t->rng, 30) ? TDP_LOG_DIRTY : 0u);
	return q;
}

static struct request make_age(struct trial *t)
{
	struct request q = pick_request(t, ASK_AGE, true);

	q.gather = 0;
	q.clear = rng_percent(&t->rng, 70);
	if (rng_percent(&t->rng, 60))
		q.map = trial_bitmap(t, q.gpa, q.size, PAGE_LG2 + (rng_percent(&t->rng, 60) ? 0 : rng_below(&t->rng, 5)));
	return q;
}

/* A leaf that waits for a write: a large one over single pages anywhere, which is rare, or the first of the range; or -1. */
static int shut_leaf_in(const struct trial *t, const struct request *q)
{
	int found = -1;

	for (unsigned i = 0; i < t->w.cells; i++) {
		const struct cell *c = &t->m.cell[i];

		if (c->kind != CELL_LEAF || !c->mw || c->w || !world_hot(&t->w, i))
			continue;
		if (c->level > 0)
			return (int)i;
		if (found < 0 && t->w.gpa[i] >= q->gpa && t->w.gpa[i] < q->gpa + q->size)
			found = (int)i;
	}
	return found;
}

/* Where something is, more often than not; best of all what this call is made for. */
static struct request make_fault_fast(struct trial *t)
{
	struct request q = pick_request(t, ASK_FAST, false);
	int i = leaf_in(t, &q), shut = shut_leaf_in(t, &q);

	q.gather = 0;
	q.gpa = i >= 0 && rng_percent(&t->rng, 80) ? t->w.gpa[i] : pick_page(t);
	q.access = rng_percent(&t->rng, 85) ? 1u << rng_below(&t->rng, 4) : rng_below(&t->rng, 17);
	if (shut >= 0 && rng_percent(&t->rng, 50)) {
		q.gpa = t->w.gpa[shut];
		q.access = TDP_WRITE;
	}
	q.gpa += rng_below(&t->rng, 4096);
	q.size = PAGE;
	q.flags |= rng_percent(&t->rng, 50) ? TDP_LOG_DIRTY : 0u;
	return q;
}

/* Splits stay where there are single pages: in a cold cell they would take too many tables. */
static struct request make_huge(struct trial *t, bool split)
{
	struct request q = pick_request(t, split ? ASK_SPLIT : ASK_PROMOTE, !split);

	q.level = rng_below(&t->rng, 3);
	if (!split) {
		q.level += q.level == 0 && rng_percent(&t->rng, 90);
		q.batch_lg2 = (uint8_t)rng_below(&t->rng, 4);
	}
	return q;
}

static struct request make(struct trial *t)
{
	unsigned kind = rng_below(&t->rng, 128);

	if (kind < 20)
		return make_map(t, false);
	if (kind < 30)
		return make_map(t, true);
	if (kind < 48)
		return make_fault(t);
	if (kind < 55)
		return make_replace(t);
	if (kind < 61)
		return make_note(t);
	if (kind < 71)
		return make_zap(t);
	if (kind < 74)
		return pick_request(t, ASK_TRIM, true);
	if (kind < 79)
		return make_set_attrs(t);
	if (kind < 84)
		return pick_request(t, ASK_PROTECT, true);
	if (kind < 95)
		return pick_arm(t);
	if (kind < 99)
		return pick_arm_mask(t);
	if (kind < 102)
		return pick_restore(t);
	if (kind < 120)
		return kind < 110 ? make_age(t) : make_fault_fast(t);
	return make_huge(t, kind < 123);
}

static void step_walk(struct trial *t)
{
	struct range r = pick_range(t, true);
	struct walk_request q = {.gpa = r.gpa, .size = r.size, .attrs = pick_attrs(t), .mask = 1 + rng_below(&t->rng, 15)};

	q.when = TDP_VISIT_LEAF | (rng_percent(&t->rng, 70) ? TDP_VISIT_HOLE : 0u);
	q.when |= rng_percent(&t->rng, 50) ? TDP_VISIT_TABLE_PRE | TDP_VISIT_TABLE_POST : 0u;
	q.set_percent = rng_percent(&t->rng, 60) ? rng_below(&t->rng, 60) : 0;
	q.skip_percent = rng_percent(&t->rng, 20) ? 30 : 0;
	q.stop_percent = rng_percent(&t->rng, 20) ? 3 : 0;
	q.again_percent = rng_percent(&t->rng, 20) ? 10 : 0;
	q.gather = rng_percent(&t->rng, 20) ? 1 + rng_below(&t->rng, MODEL_GATHERS) : 0;
	trial_walk(t, &q);
}

/* One access; often what an embedder does when it meets a page that is armed, and the access once more. */
static void guest_access(struct trial *t, tdp_gpa_t gpa, unsigned access)
{
	const struct cell *c = &t->m.cell[world_first(&t->w, gpa)];
	struct request q = {.what = ASK_FAST, .gpa = gpa, .access = access, .tables = -1};

	trial_guest(t, gpa, access);
	if (c->kind != CELL_LEAF || c->w || !c->mw || access != TDP_W || rng_percent(&t->rng, 40))
		return;
	q.flags = rng_percent(&t->rng, 50) ? TDP_LOG_DIRTY : 0;
	trial_do(t, &q);
	trial_guest(t, gpa, access);
}

static void step_guest(struct trial *t)
{
	tdp_gpa_t gpa = pick_page(t);

	for (unsigned n = 1 + rng_below(&t->rng, 6); n > 0; n--) {
		guest_access(t, gpa + rng_below(&t->rng, 4096), 1u << rng_below(&t->rng, 4));
		if (rng_percent(&t->rng, 50) && world_first(&t->w, gpa + PAGE) < t->w.cells &&
		    world_hot(&t->w, world_first(&t->w, gpa + PAGE)))
			gpa += PAGE;
	}
}

static void step(struct trial *t)
{
	unsigned kind = rng_below(&t->rng, 100);
	struct request q;
	struct range r;

	if (kind < 22) {
		step_guest(t);
	} else if (kind < 25) {
		trial_flush(t, 1 + rng_below(&t->rng, MODEL_GATHERS));
	} else if (kind < 29) {
		step_walk(t);
	} else if (kind < 33) {
		r = pick_range(t, true);
		trial_look(t, r.gpa, r.size, rng_percent(&t->rng, 50) ? TDP_VISIT_LEAF : TDP_VISIT_HOLE);
	} else {
		q = make(t);
		if (kind < 35 && (q.what > ASK_ARM || (q.map.words && rng_percent(&t->rng, 30))))
			pick_wrong_pages(t, &q);
		else if (kind < 35)
			pick_wrong(t, &q);
		trial_do(t, &q);
	}
}

void random_run(struct trial *t, unsigned steps)
{
	for (unsigned n = 1; n <= steps && !t->failed; n++) {
		step(t);
		if (n % CHECK_EVERY == 0)
			trial_check_all(t);
	}
}
