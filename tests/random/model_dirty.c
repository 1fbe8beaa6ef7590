/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Collections of written pages in the flat reference: arm, arm_mask, restore.
 */
#include "model.h"

bool model_map_covers(const struct tdp_bitmap *map, tdp_gpa_t gpa, uint64_t size)
{
	if (!map->words || map->reserved || map->page_lg2 < PAGE_LG2 || map->page_lg2 > 63 ||
	    map->base % (UINT64_C(1) << map->page_lg2))
		return false;
	return gpa >= map->base && (gpa + size - 1 - map->base) >> map->page_lg2 < map->pages;
}

bool model_map_any(const struct tdp_bitmap *map, tdp_gpa_t gpa, tdp_gpa_t end)
{
	for (uint64_t bit = (gpa - map->base) >> map->page_lg2; bit <= (end - 1 - map->base) >> map->page_lg2; bit++)
		if (map->words[bit / 64] >> bit % 64 & 1)
			return true;
	return false;
}

bool model_range(const struct request *q, tdp_gpa_t *gpa, uint64_t *size)
{
	*gpa = q->what == ASK_RESTORE ? q->map.base : q->gpa;
	*size = q->size;
	if (q->what == ASK_ARM_MASK && q->pages) {
		*gpa += (unsigned)__builtin_ctzll(q->pages) * PAGE;
		*size = (64 - (unsigned)__builtin_clzll(q->pages)) * PAGE - (*gpa - q->gpa);
	} else if (q->what == ASK_ARM_MASK) {
		return false;
	} else if (q->what == ASK_RESTORE) {
		if (!model_map_covers(&q->map, q->map.base, 1) || q->map.pages >> (64 - q->map.page_lg2))
			return false;
		*size = q->map.pages << q->map.page_lg2;
	}
	return true;
}

/* Is this page asked for? */
static bool asked(const struct request *q, tdp_gpa_t page)
{
	return q->what == ASK_ARM || (q->pages >> (page - q->gpa) / PAGE & 1);
}

/* The Dirty of the entry of cell i: all cells of a leaf share it, and what is known of one is known of all. */
static void leaf_dirty(const struct model *m, unsigned i, bool *d, bool *d_may)
{
	*d = false;
	*d_may = true;
	WORLD_EACH(m->w, k, model_base(m, i), model_end(m, i)) {
		*d |= m->cell[k].d;
		*d_may &= m->cell[k].d_may;
	}
	*d_may |= *d;
}

/* What of a leaf is asked for is named, if it is dirty. */
static void name_cell(const struct request *q, struct cell *c, bool d, bool d_may)
{
	c->name |= d;
	c->name_may |= d_may;
	if (!q->map.words) {
		c->must |= d;
		c->may |= d_may;
	}
}

/* The leaf of cell i, of which [gpa, end) is in the range. */
static void arm_leaf(struct model *m, const struct request *q, unsigned i, tdp_gpa_t gpa, tdp_gpa_t end, struct forecast *f)
{
	bool whole = gpa == model_base(m, i) && end == model_end(m, i) && (q->what == ASK_ARM || m->cell[i].level == 0), d, d_may;
	uint64_t bytes = q->what == ASK_ARM ? end - gpa : 0;

	for (tdp_gpa_t page = gpa; q->what == ASK_ARM_MASK && page < end; page += PAGE)
		bytes += asked(q, page) ? PAGE : 0;
	if (bytes == 0)
		return;
	leaf_dirty(m, i, &d, &d_may);
	f->changed += d ? bytes : 0;
	f->changed_max += d_may ? bytes : 0;
	WORLD_EACH(m->w, k, gpa, end)
		if (asked(q, m->w->gpa[k]))
			name_cell(q, &m->cell[k], d, d_may);
	WORLD_EACH(m->w, k, model_base(m, i), model_end(m, i)) {
		struct cell *c = &m->cell[k];

		c->woke &= !whole; /* closed already, it need not change and be flushed */
		c->w &= whole && m->w->hw_d;
		c->d = d && !whole;
		c->d_may = d_may && !whole;
		c->sd |= d && whole;
		c->sd_may |= d_may && whole;
		c->armed = whole;
		model_track(m, c);
	}
}

struct forecast model_arm(struct model *m, const struct request *q)
{
	struct forecast f = forecast_start(q);
	tdp_gpa_t gpa, end;
	uint64_t size;

	(void)model_range(q, &gpa, &size);
	end = gpa + size;
	if (q->map.words && !model_map_covers(&q->map, gpa, size))
		return forecast_nothing(q, TDP_INVALID);
	f.first = gpa;
	for (f.next = gpa; f.next < end;) {
		unsigned i = world_first(m->w, f.next);
		tdp_gpa_t stop = model_end(m, i) < end ? model_end(m, i) : end;

		if (m->cell[i].kind == CELL_LEAF)
			arm_leaf(m, q, i, f.next, stop, &f);
		f.next = stop;
	}
	f.other = f.changed ? TDP_OK : TDP_SPURIOUS;
	f.result = f.changed_max ? TDP_OK : TDP_SPURIOUS;
	return f;
}

struct forecast model_restore(struct model *m, const struct request *q)
{
	struct forecast f = forecast_start(q);
	tdp_gpa_t end;
	uint64_t size;

	(void)model_range(q, &f.next, &size);
	f.first = f.next;
	end = f.next + size;
	while (f.next < end) {
		unsigned i = world_first(m->w, f.next);
		tdp_gpa_t base = model_base(m, i), stop = model_end(m, i);
		bool d, d_may;

		if (m->cell[i].kind == CELL_LEAF && model_map_any(&q->map, f.next, stop < end ? stop : end)) {
			leaf_dirty(m, i, &d, &d_may);
			f.changed += d_may ? 0 : stop - base;
			f.changed_max += d ? 0 : stop - base;
			WORLD_EACH(m->w, k, base, stop) {
				m->cell[k].d = m->cell[k].d_may = true;
				model_track(m, &m->cell[k]);
			}
		}
		f.next = stop;
	}
	f.next = end;
	f.other = f.changed ? TDP_OK : TDP_SPURIOUS;
	f.result = f.changed_max ? TDP_OK : TDP_SPURIOUS;
	return f;
}
