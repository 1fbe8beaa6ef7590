/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * set_attrs, protect and replace in the flat reference: what changes leaves that are there.
 */
#include "model.h"

enum tdp_result model_reattr(const struct model *m, const struct cell *c, struct tdp_attrs attrs, unsigned mask, bool log,
			     struct cell *out, bool *differs, bool *breaks)
{
	struct tdp_attrs to = c->attrs;
	enum tdp_result r;

	to.prot = mask & TDP_MASK_PROT ? attrs.prot : to.prot;
	to.memtype = mask & TDP_MASK_MEMTYPE ? attrs.memtype : to.memtype;
	to.flags = mask & TDP_MASK_FLAGS ? attrs.flags : to.flags;
	to.sw = mask & TDP_MASK_SW ? attrs.sw : to.sw;
	*out = *c;
	*differs = *breaks = false;
	r = setup_express(m->w->setup, &to);
	if (r < 0)
		return r;
	out->attrs = to;
	if (!(to.prot & TDP_W)) {
		out->mw = out->w = false;
	} else if (mask & TDP_MASK_PROT) {
		out->mw = true;
		out->w |= !log && (c->a || !m->w->tracks);
	}
	model_track(m, out);
	if (out->w && !m->w->hw_d)
		out->d = out->d_may = true;
	*breaks = m->w->breaks && (to.memtype != c->attrs.memtype || ((to.flags ^ c->attrs.flags) & TDP_ATTR_FORCE_MT));
	*differs = to.prot != c->attrs.prot || to.memtype != c->attrs.memtype || to.flags != c->attrs.flags ||
		   to.sw != c->attrs.sw || out->mw != c->mw || out->w != c->w;
	return TDP_OK;
}

/* The leaf of a cell, all of it, gets these attributes. */
static void put_attrs(struct model *m, unsigned i, const struct cell *to)
{
	tdp_gpa_t base = model_base(m, i), end = model_end(m, i);

	WORLD_EACH(m->w, k, base, end) {
		struct cell *c = &m->cell[k];

		c->attrs = to->attrs;
		c->mw = to->mw;
		c->w = to->w;
		c->d |= to->d && !m->w->hw_d;
		c->d_may |= c->d;
	}
}

/* What a range's leaves have to say to a change, before anything happens. */
struct survey {
	bool differs;	     /* some leaf would change */
	bool breaks;	     /* some leaf must be broken */
	enum tdp_result bad; /* why the first leaf that cannot be changed cannot; TDP_OK: all can */
};

static struct survey survey(const struct model *m, const struct request *q, tdp_gpa_t gpa, tdp_gpa_t end)
{
	struct survey s = {.bad = TDP_OK};

	for (unsigned i; gpa < end; gpa = model_end(m, i)) {
		struct cell out;
		bool differs, breaks;
		enum tdp_result r;

		i = world_first(m->w, gpa);
		if (m->cell[i].kind != CELL_LEAF)
			continue;
		r = model_reattr(m, &m->cell[i], q->attrs, q->mask, (q->flags & TDP_LOG_DIRTY) != 0, &out, &differs, &breaks);
		s.bad = s.bad < 0 ? s.bad : r;
		s.differs |= differs;
		s.breaks |= breaks;
	}
	return s;
}

/* Would the leaf that sticks out at gpa change? Only then it is split. */
static bool edge_differs(const struct model *m, const struct request *q, tdp_gpa_t gpa)
{
	bool differs, breaks;
	struct cell out;
	unsigned i;

	return model_sticks_out(m, false, gpa, &i) &&
	       model_reattr(m, &m->cell[i], q->attrs, q->mask, (q->flags & TDP_LOG_DIRTY) != 0, &out, &differs, &breaks) >= 0 &&
	       differs;
}

/* Leaf by leaf, up to one that cannot be. */
static struct forecast set_leaves(struct model *m, const struct request *q, tdp_gpa_t gpa, tdp_gpa_t end, struct forecast f)
{
	for (unsigned i; gpa < end; gpa = model_end(m, i)) {
		struct cell out;
		bool differs, breaks;
		enum tdp_result r;

		i = world_first(m->w, gpa);
		f.next = gpa;
		if (m->cell[i].kind != CELL_LEAF)
			continue;
		r = model_reattr(m, &m->cell[i], q->attrs, q->mask, (q->flags & TDP_LOG_DIRTY) != 0, &out, &differs, &breaks);
		if (r < 0) {
			f.loose = true;
			return forecast_is(f, r);
		}
		if (!differs)
			continue;
		put_attrs(m, i, &out);
		f.changed += model_end(m, i) - model_base(m, i);
		WORLD_EACH(m->w, k, model_base(m, i), model_end(m, i))
			m->cell[k].stale |= model_bit(q->gather);
	}
	f.next = q->gpa + q->size;
	return forecast_is(f, f.changed ? TDP_OK : TDP_SPURIOUS);
}

/* Values outside their enumerations, looked at where they are meant. */
static bool attrs_unknown(const struct request *q)
{
	const unsigned mask = q->mask, flags = TDP_ATTR_FORCE_MT | TDP_ATTR_SUPERVISOR | TDP_ATTR_VE;
	bool prot = q->attrs.prot == 0 || q->attrs.prot > TDP_RWX;

	return (mask & TDP_MASK_PROT && prot) || (mask & TDP_MASK_MEMTYPE && q->attrs.memtype > TDP_MT_STAGE1) ||
	       (mask & TDP_MASK_FLAGS && q->attrs.flags & ~flags);
}

struct forecast model_set_attrs(struct model *m, const struct request *q)
{
	tdp_gpa_t gpa = q->gpa, end = q->gpa + q->size;
	struct forecast f = forecast_start(q);
	enum tdp_result r = TDP_OK;
	struct survey s;
	bool hi;

	if (q->mask == 0 || q->mask > (TDP_MASK_PROT | TDP_MASK_MEMTYPE | TDP_MASK_FLAGS | TDP_MASK_SW) || attrs_unknown(q))
		return forecast_nothing(q, TDP_INVALID);
	if (q->flags & TDP_SKIP_PARTIAL)
		(void)model_edges(m, q, false, &gpa, &end);
	s = survey(m, q, gpa, end);
	if (model_no_break(m) && (s.breaks || s.bad < 0)) {
		f = forecast_nothing(q, TDP_UNSUPPORTED);
		f.other = s.bad < 0 ? s.bad : TDP_UNSUPPORTED;
		return f;
	}
	hi = gpa < end && edge_differs(m, q, end);
	if (gpa < end && edge_differs(m, q, gpa))
		r = model_split_at(m, false, gpa);
	if (r >= 0 && hi)
		r = model_split_at(m, false, end);
	if (r < 0) {
		f = forecast_nothing(q, r);
		f.other = s.bad < 0 ? s.bad : r; /* two obstacles: either may be named */
		return f;
	}
	return set_leaves(m, q, gpa, end, f);
}

struct forecast model_protect(struct model *m, const struct request *q)
{
	struct forecast f = forecast_start(q);
	tdp_gpa_t end = q->gpa + q->size;

	for (unsigned i; f.next < end; f.next = model_end(m, i)) {
		i = world_first(m->w, f.next);
		if (m->cell[i].kind != CELL_LEAF)
			continue;
		if (model_base(m, i) < f.first)
			f.first = model_base(m, i);
		if (!m->cell[i].w && !m->cell[i].mw)
			continue;
		f.changed += model_end(m, i) - model_base(m, i);
		WORLD_EACH(m->w, k, model_base(m, i), model_end(m, i)) {
			m->cell[k].w = m->cell[k].mw = m->cell[k].woke = false;
			m->cell[k].stale |= model_bit(q->gather);
		}
	}
	f.next = end;
	return forecast_is(f, f.changed ? TDP_OK : TDP_SPURIOUS);
}

/* One entry that lies in the range goes to new memory, wholly or split; returns where the replaced part ends. */
static tdp_gpa_t replace_leaf(struct model *m, unsigned i, const struct stretch *s, tdp_gpa_t gpa)
{
	unsigned level = m->cell[i].level;
	const struct cell old = m->cell[i];
	tdp_gpa_t end = model_end(m, i);

	WORLD_EACH(m->w, k, gpa, end) {
		m->cell[k].must |= m->cell[k].d || m->cell[k].written || m->cell[k].sd;
		m->cell[k].may |= model_may_tell(m, &m->cell[k]);
	}
	end = model_put(m, gpa, level, s, (struct fresh){.open = true, .accessed = true, .dirty = old.d});
	WORLD_EACH(m->w, k, gpa, end) {
		m->cell[k].d_may |= old.d_may;
		m->cell[k].sd = old.sd;
		m->cell[k].sd_may = old.sd_may;
	}
	return end;
}

/* Is the old page at gpa? */
static enum tdp_result found(const struct model *m, const struct request *q, tdp_gpa_t gpa)
{
	unsigned i = world_first(m->w, gpa);

	if (m->cell[i].kind != CELL_LEAF)
		return TDP_ABSENT;
	return m->cell[i].hpa == q->hpa + (m->w->gpa[i] - q->gpa) ? TDP_OK : TDP_RACE;
}

struct forecast model_replace(struct model *m, const struct request *q)
{
	tdp_gpa_t end = q->stop ? q->stop : q->gpa + q->size;
	struct forecast f = forecast_start(q);
	struct stretch s;
	enum tdp_result r = model_stretch(m, q, q->gpa, &s);

	if (r >= 0 && (m->w->setup->tree_flags & TDP_TREE_NO_BREAK))
		r = TDP_UNSUPPORTED;
	if (r < 0)
		return forecast_nothing(q, r);
	while (f.next < end) {
		unsigned i = world_first(m->w, f.next);

		r = found(m, q, f.next);
		if (r >= 0 && f.next >= s.end)
			r = model_stretch(m, q, f.next, &s);
		while (r >= 0 && model_leaf_level(m, &s, f.next, m->cell[i].level) < m->cell[i].level) {
			r = model_take(m, 1) ? TDP_OK : TDP_NOMEM;
			if (r >= 0)
				model_deepen(m, i);
		}
		if (r < 0) {
			f.loose = true;
			return forecast_is(f, r);
		}
		f.changed -= f.next;
		f.next = replace_leaf(m, i, &s, f.next);
		f.changed += f.next;
	}
	return forecast_is(f, TDP_OK);
}
