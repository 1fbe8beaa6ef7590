/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zap and trim in the flat reference, and the leaves at a range's ends.
 */
#include "model.h"

bool model_sticks_out(const struct model *m, bool notes, tdp_gpa_t gpa, unsigned *i)
{
	if (gpa >= m->w->end)
		return false;
	*i = world_first(m->w, gpa);
	if (*i == m->w->cells || model_base(m, *i) >= gpa || m->w->gpa[*i] > gpa)
		return false;
	return m->cell[*i].kind == CELL_LEAF || (notes && m->cell[*i].kind == CELL_NOTE);
}

enum tdp_result model_split_at(struct model *m, bool notes, tdp_gpa_t gpa)
{
	unsigned i;

	while (model_sticks_out(m, notes, gpa, &i)) {
		if (m->cell[i].kind == CELL_LEAF && model_no_break(m))
			return TDP_UNSUPPORTED;
		if (!model_take(m, 1))
			return TDP_NOMEM;
		model_deepen(m, i);
	}
	return TDP_OK;
}

enum tdp_result model_edges(struct model *m, const struct request *q, bool notes, tdp_gpa_t *gpa, tdp_gpa_t *end)
{
	unsigned lo, hi;
	enum tdp_result r;

	if (q->flags & (TDP_OVERZAP | TDP_SKIP_PARTIAL)) {
		bool lo_out = model_sticks_out(m, notes, *gpa, &lo), hi_out = model_sticks_out(m, notes, *end, &hi);
		bool grow = (q->flags & TDP_OVERZAP) != 0;

		if (lo_out)
			*gpa = grow ? model_base(m, lo) : model_end(m, lo);
		if (hi_out)
			*end = grow ? model_end(m, hi) : model_base(m, hi);
		return TDP_OK;
	}
	r = model_split_at(m, notes, *gpa);
	return r < 0 ? r : model_split_at(m, notes, *end);
}

uint64_t model_remove(struct model *m, unsigned i, unsigned gather)
{
	struct cell *c = &m->cell[i];
	uint8_t bit = model_bit(gather);
	uint64_t bytes = c->kind == CELL_EMPTY ? 0 : m->w->size[i];

	if (c->kind == CELL_LEAF && !gather) {
		c->must |= c->d || c->written || c->sd;
		c->may |= model_may_tell(m, c);
	} else if (c->kind == CELL_LEAF) {
		if (c->d || c->written || c->sd)
			c->owed |= bit;
		if (model_may_tell(m, c))
			c->owed_may |= bit;
		c->stale |= bit;
	}
	*c = (struct cell){.level = c->level,
			   .must = c->must,
			   .may = c->may,
			   .told = c->told,
			   .owed = c->owed,
			   .owed_may = c->owed_may,
			   .stale = c->stale};
	return bytes;
}

/* The highest level of an entry at gpa that lies wholly in [lo, end). */
static unsigned whole_level(const struct model *m, tdp_gpa_t gpa, tdp_gpa_t end)
{
	unsigned level = m->w->top;

	while (level > 0 && (gpa % world_span(m->w, level) || end - gpa < world_span(m->w, level)))
		level--;
	return level;
}

/* Everything in [gpa, end), which ends at entries. */
static void zap_range(struct model *m, const struct request *q, tdp_gpa_t gpa, tdp_gpa_t end, struct forecast *f)
{
	while (gpa < end) {
		unsigned i = world_first(m->w, gpa), level = whole_level(m, gpa, end);
		bool unlinked = m->cell[i].level < level && !(q->flags & TDP_ZAP_LEAVES);
		tdp_gpa_t stop = unlinked ? gpa + world_span(m->w, level) : model_end(m, i);

		if (stop < gpa + m->w->size[i])
			stop = gpa + m->w->size[i];
		WORLD_EACH(m->w, k, gpa, stop < end ? stop : end) {
			f->changed += model_remove(m, k, unlinked ? 0 : q->gather);
			if (unlinked)
				m->cell[k].level = (uint8_t)level;
		}
		if (unlinked)
			f->changed_max += stop - gpa;
		gpa = stop;
	}
}

/* Would a live leaf at one of the ends have to be split in a tree that refuses it? */
static bool no_break_at_ends(const struct model *m, const struct request *q)
{
	const tdp_gpa_t at[] = {q->gpa, q->gpa + q->size};
	unsigned i;

	for (unsigned k = 0; k < 2; k++)
		if (model_no_break(m) && model_sticks_out(m, false, at[k], &i))
			return true;
	return false;
}

struct forecast model_zap(struct model *m, const struct request *q)
{
	struct forecast f = forecast_start(q);
	tdp_gpa_t gpa = q->gpa, end = q->gpa + q->size;
	const bool refused = no_break_at_ends(m, q);
	enum tdp_result r;

	if ((q->flags & TDP_OVERZAP) && (q->flags & TDP_SKIP_PARTIAL))
		return forecast_nothing(q, TDP_INVALID);
	r = model_edges(m, q, true, &gpa, &end);
	if (r < 0) {
		f = forecast_nothing(q, r);
		f.other = refused ? TDP_UNSUPPORTED : r; /* of two obstacles either may be named */
		return f;
	}
	f.next = end > q->gpa + q->size ? end : q->gpa + q->size;
	f.first = gpa;
	if (gpa < end)
		zap_range(m, q, gpa, end, &f);
	f.changed_max += f.changed;
	f = forecast_is(f, f.changed ? TDP_OK : TDP_SPURIOUS);
	/* Whether a table that maps nothing is something is not said. */
	if (f.changed_max)
		f.other = TDP_OK;
	return f;
}

struct forecast model_trim(struct model *m, const struct request *q)
{
	const struct world *w = m->w;
	tdp_gpa_t end = q->gpa + q->size;
	struct forecast f = forecast_start(q);

	for (unsigned level = 0; level < w->top; level++) {
		uint64_t span = world_span(w, level + 1);

		for (tdp_gpa_t gpa = q->gpa & ~(span - 1); gpa < end; gpa += span) {
			bool is_table = true, empty = true;

			WORLD_EACH(w, i, gpa, gpa + span) {
				is_table &= m->cell[i].level <= level;
				empty &= m->cell[i].level == level && m->cell[i].kind == CELL_EMPTY;
			}
			if (!is_table || !empty || world_first(w, gpa) == w->cells || w->gpa[world_first(w, gpa)] >= gpa + span)
				continue;
			f.need++;
			WORLD_EACH(w, i, gpa, gpa + span)
				m->cell[i].level = (uint8_t)(level + 1);
		}
	}
	f.next = end;
	f = forecast_is(f, f.need ? TDP_OK : TDP_SPURIOUS);
	return f;
}
