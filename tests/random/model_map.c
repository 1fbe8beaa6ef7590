/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * map, map_from and note in the flat reference: what makes absent things appear.
 */
#include "model.h"

static tdp_gpa_t stop_of(const struct request *q)
{
	return q->stop ? q->stop : q->gpa + q->size;
}

/* Is the leaf of this cell just what is asked for? Accessed, Dirty, tdp_protect() and the level do not count. */
static bool is_same(const struct model *m, unsigned i, const struct stretch *s)
{
	const struct cell *c = &m->cell[i];
	const struct tdp_attrs *a = &c->attrs, *b = &s->attrs;

	return c->hpa == s->hpa + (m->w->gpa[i] - s->gpa) && a->prot == b->prot && a->memtype == b->memtype &&
	       a->flags == b->flags && a->sw == b->sw;
}

/* Tables from a cell's entry down to one of this level at gpa; false: there are not enough, nothing changed. */
static bool build_down(struct model *m, unsigned i, unsigned level)
{
	if (!model_take(m, m->cell[i].level - level))
		return false;
	while (m->cell[i].level > level)
		model_deepen(m, i);
	return true;
}

/* What meets what is there already: TDP_OK: skip it. */
static enum tdp_result meet(const struct model *m, const struct request *q, unsigned i, const struct stretch *s)
{
	if (m->cell[i].kind == CELL_LEAF)
		return is_same(m, i, s) ? TDP_OK : TDP_EXISTS;
	return q->flags & TDP_OVER_NOTE ? TDP_OK : TDP_EXISTS;
}

struct forecast model_map(struct model *m, const struct request *q)
{
	const struct fresh fresh = {.open = !(q->flags & TDP_LOG_DIRTY), .accessed = !(q->flags & TDP_PREFETCH)};
	struct forecast f = forecast_start(q);
	struct stretch s = {.end = q->gpa};
	enum tdp_result r;

	while (f.next < stop_of(q)) {
		unsigned i = world_first(m->w, f.next), level;

		if (f.next >= s.end) {
			r = model_stretch(m, q, f.next, &s);
			if (r < 0) {
				f = forecast_is(f, r);
				/* Which of two obstacles at one place is named is nobody's business. */
				if (m->cell[i].kind != CELL_EMPTY)
					f.other = TDP_EXISTS;
				return f;
			}
		}
		if (m->cell[i].kind != CELL_EMPTY) {
			r = meet(m, q, i, &s);
			if (r < 0)
				return forecast_is(f, r);
		}
		if (m->cell[i].kind == CELL_LEAF) {
			f.next = model_end(m, i) < s.end ? model_end(m, i) : s.end;
			continue;
		}
		level = model_leaf_level(m, &s, f.next, m->cell[i].level);
		if (!build_down(m, i, level))
			return forecast_is(f, TDP_NOMEM);
		f.changed -= f.next;
		f.next = model_put(m, f.next, level, &s, fresh);
		f.changed += f.next;
	}
	if (f.next > q->gpa + q->size)
		f.next = q->gpa + q->size;
	return forecast_is(f, f.changed ? TDP_OK : TDP_SPURIOUS);
}

/* ---- notes ---- */

/* Is this what shall stand there? */
static bool note_is(const struct cell *c, const struct request *q)
{
	if (q->note == 0)
		return c->kind == CELL_EMPTY;
	return c->kind == CELL_NOTE && c->note == q->note && c->note_flags == (q->flags & (TDP_NOTE_MISCONFIG | TDP_NOTE_VE));
}

/* Puts the note into one whole entry; returns where that ends. */
static tdp_gpa_t put_note(struct model *m, const struct request *q, unsigned i)
{
	tdp_gpa_t base = model_base(m, i), end = model_end(m, i);

	WORLD_EACH(m->w, k, base, end) {
		m->cell[k].kind = q->note ? CELL_NOTE : CELL_EMPTY;
		m->cell[k].note = q->note;
		m->cell[k].note_flags = q->flags & (TDP_NOTE_MISCONFIG | TDP_NOTE_VE);
	}
	return end;
}

/* The largest level, below the entry's, whose entry at gpa lies wholly in the range. */
static unsigned note_level(const struct model *m, const struct request *q, unsigned i, tdp_gpa_t gpa)
{
	unsigned level = m->cell[i].level - 1u;

	while (gpa % world_span(m->w, level) || q->gpa + q->size - gpa < world_span(m->w, level))
		level--;
	return level;
}

struct forecast model_note(struct model *m, const struct request *q)
{
	struct forecast f = forecast_start(q);
	const bool ept = m->w->setup->kind == REF_EPT, ve = m->w->setup->features & TDP_CAP_VE;

	if (q->note >> TDP_NOTE_BITS)
		return forecast_nothing(q, TDP_INVALID);
	if (((q->flags & TDP_NOTE_MISCONFIG) && !ept) || ((q->flags & TDP_NOTE_VE) && !(ept && ve)))
		return forecast_nothing(q, TDP_UNSUPPORTED);
	while (f.next < stop_of(q)) {
		unsigned i = world_first(m->w, f.next);
		tdp_gpa_t entry_end = model_end(m, i);

		if (m->cell[i].kind == CELL_LEAF)
			return forecast_is(f, TDP_EXISTS);
		if (note_is(&m->cell[i], q)) {
			f.next = entry_end;
			continue;
		}
		if ((model_base(m, i) < f.next || entry_end > q->gpa + q->size) && !build_down(m, i, note_level(m, q, i, f.next)))
			return forecast_is(f, TDP_NOMEM);
		f.changed -= f.next;
		f.next = put_note(m, q, i);
		f.changed += f.next;
	}
	if (f.next > q->gpa + q->size)
		f.next = q->gpa + q->size;
	return forecast_is(f, f.changed ? TDP_OK : TDP_SPURIOUS);
}
