/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault in the flat reference.
 */
#include "model.h"

/* Does a leaf of this level around the fault lie in the backing, with aligned memory of one type? */
static bool leaf_fits(const struct model *m, const struct request *q, unsigned level, struct stretch *s)
{
	uint64_t span = world_span(m->w, level), uniform;
	tdp_gpa_t base = q->gpa & ~(span - 1);

	if (!(m->w->setup->leaf_levels >> level & 1) || base < q->base || base + span > q->base + q->size)
		return false;
	*s = (struct stretch){.gpa = base, .end = base + span, .hpa = q->hpa + (base - q->base), .attrs = q->attrs};
	if (s->hpa % span)
		return false;
	if (s->attrs.memtype != TDP_MT_ASK)
		return true;
	s->attrs.memtype = world_memtype(m->w, base, span, &uniform);
	return uniform == span;
}

/* Nothing is there, or a note that does not count. */
static struct forecast fault_absent(struct model *m, const struct request *q, unsigned i)
{
	struct fresh fresh = {.open = !(q->flags & TDP_LOG_DIRTY) || (q->access & TDP_WRITE),
			      .accessed = !(q->flags & TDP_PREFETCH)};
	unsigned level = m->cell[i].level;
	struct forecast f = forecast_start(q);
	struct stretch s;
	enum tdp_result r;

	fresh.dirty = fresh.accessed && (q->access & TDP_WRITE);
	if (q->max_level_plus1 && q->max_level_plus1 - 1u < level)
		level = q->max_level_plus1 - 1u;
	if (q->backing_max && q->backing_max - 1u < level)
		level = q->backing_max - 1u;
	if (q->flags & TDP_LOG_DIRTY)
		level = 0;
	while (!leaf_fits(m, q, level, &s))
		level--; /* a page always fits */
	r = setup_express(m->w->setup, &s.attrs);
	if (r < 0)
		return forecast_nothing(q, r);
	if (!model_take(m, m->cell[i].level - level))
		return forecast_nothing(q, TDP_NOMEM);
	while (m->cell[i].level > level)
		model_deepen(m, i);
	(void)model_put(m, s.gpa, level, &s, fresh);
	f.changed = s.end - s.gpa;
	f.first = s.gpa;
	return forecast_is(f, TDP_OK);
}

/* The level that a leaf must be split to: a page for the log, else the largest that lies inside the backing. */
static unsigned split_target(const struct model *m, const struct request *q, unsigned level)
{
	if ((q->flags & TDP_LOG_DIRTY) && (q->access & TDP_WRITE))
		return 0;
	for (; level > 0; level--) {
		tdp_gpa_t base = q->gpa & ~(world_span(m->w, level) - 1);

		if (base >= q->base && base + world_span(m->w, level) <= q->base + q->size)
			break;
	}
	return level;
}

/* The leaf after the fault. A protection stays: only set_attrs ends it. */
static struct cell widened(const struct model *m, const struct request *q, const struct cell *old, struct tdp_attrs attrs)
{
	bool protected = (old->attrs.prot & TDP_W) && !old->mw;
	bool log_read = (q->flags & TDP_LOG_DIRTY) && !(q->access & TDP_WRITE), now = !(q->flags & TDP_PREFETCH);
	struct cell c = *old;

	c.attrs = attrs;
	if (now && model_stays_shut(m, q, old)) {
		c.woke |= c.w;
		c.w = false;
	}
	c.a |= now;
	c.a_may |= now;
	if ((attrs.prot & TDP_W) && !protected) {
		c.mw = true;
		c.w |= !log_read && (c.a || !m->w->tracks);
		if ((c.w && !m->w->hw_d) || (now && (q->access & TDP_WRITE)))
			c.d = c.d_may = true;
	}
	model_track(m, &c);
	return c;
}

/* A leaf is there. */
static struct forecast fault_present(struct model *m, const struct request *q, unsigned i)
{
	struct cell *c = &m->cell[i], new_leaf;
	unsigned live = model_live(c);
	struct tdp_attrs attrs = c->attrs;
	struct forecast f = forecast_start(q);
	unsigned target = split_target(m, q, c->level);
	enum tdp_result r;
	bool enough;

	if (c->hpa + (q->gpa - m->w->gpa[i]) != q->hpa + (q->gpa - q->base))
		return forecast_nothing(q, TDP_EXISTS);
	if (m->w->tracks && (q->flags & TDP_PREFETCH) && !c->a && c->mw) /* it opens when it is touched */
		live |= TDP_W;
	/* The entry permits it; a guest that was refused for want of Accessed is helped, a prefetch leaves it as it is. */
	if ((c->a || (q->flags & TDP_PREFETCH)) && !(q->access & ~live))
		return forecast_nothing(q, TDP_SPURIOUS);
	if ((q->access & TDP_WRITE) && (attrs.prot & TDP_W) && !c->mw)
		return forecast_nothing(q, TDP_PROTECTED);
	attrs.prot |= q->attrs.prot;
	r = setup_express(m->w->setup, &attrs);
	if (r >= 0 && target < c->level && model_no_break(m))
		r = TDP_UNSUPPORTED;
	enough = model_take(m, c->level - target);
	if (!enough || r < 0) {
		f = forecast_nothing(q, r < 0 ? r : TDP_NOMEM);
		f.other = enough ? f.result : TDP_NOMEM; /* of two obstacles either may be named */
		return f;
	}
	while (c->level > target)
		model_deepen(m, i);
	new_leaf = widened(m, q, c, attrs);
	f.first = model_base(m, i);
	f.changed = model_end(m, i) - f.first;
	WORLD_EACH(m->w, k, f.first, f.first + f.changed) {
		new_leaf.hpa = m->cell[k].hpa;
		new_leaf.written = m->cell[k].written;
		new_leaf.owed = m->cell[k].owed;
		new_leaf.owed_may = m->cell[k].owed_may;
		new_leaf.stale = m->cell[k].stale;
		m->cell[k] = new_leaf;
	}
	return forecast_is(f, TDP_OK);
}

struct forecast model_fault(struct model *m, const struct request *q)
{
	unsigned i = world_first(m->w, q->gpa);
	const struct cell *c = &m->cell[i];

	if (!model_access_known(q))
		return forecast_nothing(q, TDP_INVALID);
	if (q->access & ~(uint32_t)q->attrs.prot)
		return forecast_nothing(q, TDP_PROTECTED);
	if (c->kind == CELL_LEAF)
		return fault_present(m, q, i);
	if (c->kind == CELL_NOTE && !(q->flags & TDP_OVER_NOTE))
		return forecast_nothing(q, TDP_EXISTS);
	return fault_absent(m, q, i);
}
