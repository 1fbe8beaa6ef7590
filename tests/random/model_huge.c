/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * split and promote in the flat reference: what is mapped stays, the levels change.
 */
#include "model.h"

struct forecast model_split(struct model *m, const struct request *q)
{
	tdp_gpa_t end = q->stop ? q->stop : q->gpa + q->size;
	struct forecast f = forecast_start(q);

	if (!(m->w->setup->leaf_levels >> q->level & 1))
		return forecast_nothing(q, TDP_UNSUPPORTED);
	for (unsigned i; f.next < end; f.next = model_end(m, i)) {
		i = world_first(m->w, f.next);
		while (m->cell[i].kind == CELL_LEAF && m->cell[i].level > q->level) {
			if (model_no_break(m)) /* as it does every time, so nothing has changed */
				return forecast_is(f, TDP_UNSUPPORTED);
			if (!model_take(m, 1))
				return forecast_is(f, TDP_NOMEM);
			f.changed += world_span(m->w, m->cell[i].level);
			model_deepen(m, i);
		}
	}
	f.next = end;
	return forecast_is(f, f.changed ? TDP_OK : TDP_SPURIOUS);
}

/* Are two leaves' cells of one stretch of memory, alike but for Accessed, Dirty and what is open? */
static bool alike(const struct model *m, unsigned i, unsigned k)
{
	const struct cell *a = &m->cell[i], *b = &m->cell[k];

	return a->level == b->level && b->kind == CELL_LEAF && a->mw == b->mw && a->attrs.prot == b->attrs.prot &&
	       a->attrs.memtype == b->attrs.memtype && a->attrs.flags == b->attrs.flags && a->attrs.sw == b->attrs.sw &&
	       b->hpa - a->hpa == m->w->gpa[k] - m->w->gpa[i];
}

/* Do the cells of this region make a leaf of this level? */
static bool fits(const struct model *m, tdp_gpa_t gpa, unsigned level)
{
	unsigned first = world_first(m->w, gpa);

	if (m->cell[first].kind != CELL_LEAF || m->cell[first].level != level - 1 || m->w->gpa[first] != gpa ||
	    m->cell[first].hpa % world_span(m->w, level))
		return false;
	WORLD_EACH(m->w, k, gpa, gpa + world_span(m->w, level))
		if (!alike(m, first, k))
			return false;
	return true;
}

static void raise_level(struct model *m, tdp_gpa_t gpa, unsigned level)
{
	struct cell all = {.w = true};

	WORLD_EACH(m->w, k, gpa, gpa + world_span(m->w, level)) {
		all.w &= m->cell[k].w;
		all.a |= m->cell[k].a;
		all.a_may |= m->cell[k].a_may;
		all.d |= m->cell[k].d;
		all.d_may |= m->cell[k].d_may;
		all.sd |= m->cell[k].sd;
		all.sd_may |= m->cell[k].sd_may;
	}
	WORLD_EACH(m->w, k, gpa, gpa + world_span(m->w, level)) {
		struct cell *c = &m->cell[k];

		c->level++;
		c->w = all.w;
		c->woke = false;
		c->a = all.a;
		c->a_may = all.a_may;
		c->d = all.d;
		c->d_may = all.d_may;
		c->sd = all.sd;
		c->sd_may = all.sd_may;
		model_track(m, c);
	}
}

struct forecast model_promote(struct model *m, const struct request *q)
{
	const tdp_gpa_t end = q->gpa + q->size;
	struct forecast f = forecast_start(q);

	if (q->level == 0)
		return forecast_nothing(q, TDP_INVALID);
	if (!(m->w->setup->leaf_levels >> q->level & 1) || model_no_break(m))
		return forecast_nothing(q, TDP_UNSUPPORTED);
	for (unsigned level = 1; level <= q->level; level++) {
		uint64_t span = world_span(m->w, level);
		tdp_gpa_t gpa = (q->gpa + span - 1) & ~(span - 1);

		for (; gpa < end && end - gpa >= span; gpa += span) {
			unsigned i = world_first(m->w, gpa);

			if (i == m->w->cells)
				break;
			if (m->w->gpa[i] > gpa) { /* between the islands */
				gpa = m->w->gpa[i] & ~(span - 1);
				if (gpa >= end || end - gpa < span)
					break;
			}
			if (!fits(m, gpa, level))
				continue;
			raise_level(m, gpa, level);
			f.changed += span;
			f.need++;
		}
	}
	f.next = end;
	return forecast_is(f, f.changed ? TDP_OK : TDP_SPURIOUS);
}
