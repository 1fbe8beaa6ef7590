/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which pages to collect, arm and make dirty again.
 */
#include "random.h"

struct request pick_arm(struct trial *t)
{
	struct request q = pick_request(t, ASK_ARM, true);

	q.gather = 0; /* a collection that waits for a gather keeps no log */
	q.tables = -1;
	if (!rng_percent(&t->rng, 25))
		q.map = trial_bitmap(t, q.gpa, q.size, PAGE_LG2 + (rng_percent(&t->rng, 60) ? 0 : rng_below(&t->rng, 5)));
	return q;
}

/* Of 64 pages: some, or a stretch. */
static uint64_t pick_pages(struct trial *t)
{
	uint64_t some = rng_next(&t->rng);

	if (rng_percent(&t->rng, 40))
		return some | rng_next(&t->rng);
	if (rng_percent(&t->rng, 50))
		return some & rng_next(&t->rng) & rng_next(&t->rng);
	return ~UINT64_C(0) >> rng_below(&t->rng, 64) << rng_below(&t->rng, 64);
}

/* Single pages only, or some beyond the end of the space. */
struct request pick_arm_mask(struct trial *t)
{
	struct request q = {.what = ASK_ARM_MASK, .gpa = pick_page(t), .tables = -1, .pages = pick_pages(t)};
	bool beyond = rng_percent(&t->rng, 10);
	tdp_gpa_t gpa;
	uint64_t size;

	for (unsigned b = 0; b < 64; b++) {
		unsigned i = world_first(&t->w, q.gpa + b * PAGE);

		if (i < t->w.cells ? t->w.gpa[i] != q.gpa + b * PAGE || !world_hot(&t->w, i) : !beyond)
			q.pages &= ~(UINT64_C(1) << b);
	}
	if (rng_percent(&t->rng, 80) && model_range(&q, &gpa, &size))
		q.map = trial_bitmap(t, gpa, size, PAGE_LG2 + (rng_percent(&t->rng, 80) ? 0 : rng_below(&t->rng, 3)));
	return q;
}

/* Of cold cells all or nothing, because they are not looked at page by page. */
struct request pick_restore(struct trial *t)
{
	struct request q = pick_request(t, ASK_RESTORE, true);
	bool cold = world_has_cold(&t->w, q.gpa, q.gpa + q.size);
	unsigned percent = rng_percent(&t->rng, 30) ? 100 : rng_below(&t->rng, 30);

	q.gather = 0;
	q.tables = -1;
	q.map = trial_bitmap(t, q.gpa, q.size, cold ? 21 : PAGE_LG2 + rng_below(&t->rng, 3));
	WORLD_EACH(&t->w, i, q.gpa, q.gpa + q.size) {
		uint64_t first = (t->w.gpa[i] - q.map.base) >> q.map.page_lg2,
			 last = (t->w.gpa[i] + t->w.size[i] - 1 - q.map.base) >> q.map.page_lg2;

		for (bool set = rng_percent(&t->rng, percent); set && first <= last; first++)
			t->bits[first / 64] |= UINT64_C(1) << first % 64;
	}
	q.gpa = q.map.base;
	return q;
}

void pick_wrong_pages(struct trial *t, struct request *q)
{
	switch (rng_below(&t->rng, 7)) {
	case 0:
		q->map.pages = rng_percent(&t->rng, 50) ? 0 : q->map.pages - 1;
		break;
	case 1:
		q->map.base += PAGE / 2;
		break;
	case 2:
		q->map.page_lg2 = 11;
		break;
	case 3:
		q->map.page_lg2 = 64;
		break;
	case 4:
		q->map.reserved = 1;
		break;
	case 5:
		q->pages = 0;
		break;
	default:
		q->flags |= TDP_LOG_DIRTY | TDP_PREFETCH;
		break;
	}
	if (q->what == ASK_RESTORE)
		q->gpa = q->map.base;
}
