/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a collection named, in a bitmap or to the hook.
 */
#include "trial.h"

#include <inttypes.h>
#include <string.h>

struct tdp_bitmap trial_bitmap(struct trial *t, tdp_gpa_t gpa, uint64_t size, unsigned page_lg2)
{
	struct tdp_bitmap map = {.words = t->bits, .page_lg2 = page_lg2};
	unsigned before;

	while (size >> map.page_lg2 > TRIAL_BITS - 8)
		map.page_lg2++;
	before = rng_below(&t->rng, 3);
	map.base = gpa >> map.page_lg2 << map.page_lg2;
	if (map.base >> map.page_lg2 >= before)
		map.base -= (uint64_t)before << map.page_lg2;
	map.pages = ((gpa + size - 1 - map.base) >> map.page_lg2) + 1;
	memset(t->bits, 0, sizeof(t->bits));
	return map;
}

/* How much of cell i was named; all: to the last byte. */
static bool is_named(const struct trial *t, const struct request *q, unsigned i, tdp_gpa_t gpa, tdp_gpa_t end, bool *all)
{
	const struct cell *c = &t->m.cell[i];
	bool any = c->told > 0;

	*all = c->told >= t->w.size[i];
	if (!q->map.words)
		return any;
	gpa = t->w.gpa[i] > gpa ? t->w.gpa[i] : gpa;
	end = t->w.gpa[i] + t->w.size[i] < end ? t->w.gpa[i] + t->w.size[i] : end;
	any = false;
	*all = true;
	for (uint64_t bit = (gpa - q->map.base) >> q->map.page_lg2; bit <= (end - 1 - q->map.base) >> q->map.page_lg2; bit++) {
		bool set = q->map.words[bit / 64] >> bit % 64 & 1;

		any |= set;
		*all &= set;
	}
	return any;
}

/* Every bit must stand for something that may be named. Returns how many there are. */
static uint64_t judge_bits(struct trial *t, const struct tdp_bitmap *map, tdp_gpa_t gpa, tdp_gpa_t end)
{
	uint64_t bits = 0;

	for (uint64_t bit = 0; bit < map->pages && !t->failed; bit++) {
		tdp_gpa_t lo = map->base + (bit << map->page_lg2), hi = lo + (UINT64_C(1) << map->page_lg2);
		bool may = false;

		if (!(map->words[bit / 64] >> bit % 64 & 1))
			continue;
		bits++;
		WORLD_EACH(&t->w, i, lo > gpa ? lo : gpa, hi < end ? hi : end)
			may |= t->m.cell[i].name_may;
		if (!may)
			trial_fail(t, "gpa %#" PRIx64 " is named: it cannot be dirty, or nobody asked", lo);
	}
	return bits;
}

void trial_judge_names(struct trial *t, const struct request *q, const struct tdp_op *op)
{
	tdp_gpa_t gpa, end;
	uint64_t size, bits;

	if ((!q->map.words && !t->dirty_hook) || !model_range(q, &gpa, &size))
		return;
	end = gpa + size;
	bits = q->map.words ? judge_bits(t, &q->map, gpa, end) : op->changed / PAGE;
	if ((!q->map.words || q->map.page_lg2 == PAGE_LG2) && bits != op->changed / PAGE)
		trial_fail(t, "%" PRIu64 " pages are named, but %#" PRIx64 " bytes changed", bits, op->changed);
	WORLD_EACH(&t->w, i, gpa, end) {
		struct cell *c = &t->m.cell[i];
		bool all, any = is_named(t, q, i, gpa, end, &all);

		if (c->name && !all)
			trial_fail(t, "gpa %#" PRIx64 " was written, and is not named", t->w.gpa[i]);
		if (!c->armed || !world_hot(&t->w, i) || (q->map.words && q->map.page_lg2 != PAGE_LG2))
			continue;
		c->sd |= any;
		c->sd_may = any || t->before.cell[i].sd_may;
	}
}
