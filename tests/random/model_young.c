/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * age and fault_fast in the flat reference: what touches are seen by, and what resolves the faults of pages that wait for one.
 */
#include "model.h"

/* One leaf grows old. */
static void grow_old(struct model *m, tdp_gpa_t base, tdp_gpa_t end)
{
	WORLD_EACH(m->w, k, base, end) {
		struct cell *c = &m->cell[k];

		/* A bit that hardware sets meanwhile makes the one attempt fail: then it stays young. */
		c->a = false;
		model_track(m, c);
		c->a_may = m->w->hw_a && !(m->w->setup->quirks & SETUP_NO_ADVERSARY);
	}
}

/* Changes Accessed and nothing else. How much is young is known within the bounds that hardware leaves. */
struct forecast model_age(struct model *m, const struct request *q)
{
	struct forecast f = forecast_start(q);
	tdp_gpa_t end = q->gpa + q->size;

	if (q->map.words && !model_map_covers(&q->map, q->gpa, q->size))
		return forecast_nothing(q, TDP_INVALID);
	for (unsigned i; f.next < end; f.next = model_end(m, i)) {
		const struct cell *c;
		tdp_gpa_t stop;

		i = world_first(m->w, f.next);
		c = &m->cell[i];
		stop = model_end(m, i) < end ? model_end(m, i) : end;
		if (c->kind != CELL_LEAF)
			continue;
		f.changed += c->a ? stop - f.next : 0;
		f.changed_max += c->a || c->a_may ? stop - f.next : 0;
		WORLD_EACH(m->w, k, f.next, stop) {
			m->cell[k].name = c->a;
			m->cell[k].name_may = c->a || c->a_may;
		}
		if (q->clear)
			grow_old(m, model_base(m, i), model_end(m, i));
	}
	f.next = end;
	f = forecast_is(f, f.changed ? TDP_OK : TDP_SPURIOUS);
	if (!f.changed && f.changed_max)
		f.other = TDP_OK;
	return f;
}

struct forecast model_fault_fast(struct model *m, const struct request *q)
{
	unsigned i = world_first(m->w, q->gpa);
	struct cell *c = &m->cell[i];
	struct forecast f = forecast_start(q);
	bool w = c->w && !model_stays_shut(m, q, c), opens = (q->access & TDP_WRITE) && !w, quicker = m->w->hw_a && c->a_may;

	if (!model_access_known(q))
		return forecast_nothing(q, TDP_INVALID);
	if (c->kind != CELL_LEAF || (q->access & ~(uint32_t)c->attrs.prot))
		return forecast_nothing(q, TDP_ABSENT);
	if (opens && !c->mw)
		return forecast_nothing(q, TDP_PROTECTED);
	if (opens && c->level > 0 && (q->flags & TDP_LOG_DIRTY))
		return forecast_nothing(q, TDP_ABSENT);
	if (!opens && c->a)
		return forecast_nothing(q, TDP_SPURIOUS);
	f.first = model_base(m, i);
	f.changed = model_end(m, i) - f.first;
	WORLD_EACH(m->w, k, f.first, f.first + f.changed) {
		m->cell[k].woke |= m->cell[k].w && !w;
		m->cell[k].a = m->cell[k].a_may = true;
		m->cell[k].w = w || opens;
		if (q->access & TDP_WRITE) { /* who finds nothing to do sets nothing */
			m->cell[k].d |= opens || !quicker;
			m->cell[k].d_may = true;
		}
	}
	f = forecast_is(f, TDP_OK);
	if (!opens && quicker)
		f.other = TDP_SPURIOUS; /* hardware was quicker */
	return f;
}
