/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shape of the tree in the flat reference, what is common to all operations, and arguments that are wrong in themselves.
 */
#include "model.h"

#include <stdlib.h>
#include <string.h>

void model_start(struct model *m, const struct world *w)
{
	m->w = w;
	for (unsigned i = 0; i < w->cells; i++)
		m->cell[i] = (struct cell){.level = (uint8_t)w->top};
}

void model_copy(struct model *to, const struct model *from)
{
	to->w = from->w;
	to->have = from->have;
	to->used = from->used;
	memcpy(to->cell, from->cell, from->w->cells * sizeof(from->cell[0]));
}

tdp_gpa_t model_base(const struct model *m, unsigned i)
{
	return m->w->gpa[i] & ~(world_span(m->w, m->cell[i].level) - 1);
}

tdp_gpa_t model_end(const struct model *m, unsigned i)
{
	uint64_t span = world_span(m->w, m->cell[i].level);

	return span < m->w->size[i] ? m->w->gpa[i] + m->w->size[i] : model_base(m, i) + span;
}

bool model_take(struct model *m, unsigned n)
{
	if (m->have < n)
		return false;
	m->have -= n;
	m->used += n;
	return true;
}

void model_deepen(struct model *m, unsigned i)
{
	tdp_gpa_t base = model_base(m, i), end = model_end(m, i);

	/* A cold cell with pages would need a table for each 2 MiB: the requests never ask for that. */
	if (m->cell[i].level == 0 || world_span(m->w, m->cell[i].level) < m->w->size[i])
		abort();
	WORLD_EACH(m->w, k, base, end)
		m->cell[k].level--;
}

unsigned model_tables(const struct model *m)
{
	const struct world *w = m->w;
	unsigned tables = 0;

	for (unsigned level = 0; level < w->top; level++) {
		uint64_t span = world_span(w, level + 1);

		for (unsigned i = 0; i < w->cells; i++) {
			bool same = i > 0 && w->gpa[i - 1] / span == w->gpa[i] / span;

			if (m->cell[i].level <= level && !same)
				tables += span < w->size[i] ? (unsigned)(w->size[i] / span) : 1;
		}
	}
	return tables;
}

unsigned model_live(const struct cell *c)
{
	return (c->attrs.prot & ~(unsigned)TDP_W) | (c->w ? TDP_W : 0);
}

unsigned model_now(const struct model *m, const struct cell *c)
{
	return m->w->tracks && !c->a ? 0 : model_live(c);
}

bool model_no_break(const struct model *m)
{
	return m->w->breaks && (m->w->setup->tree_flags & TDP_TREE_NO_BREAK);
}

bool model_backing(const struct request *q, tdp_gpa_t gpa, uint64_t size, struct piece *out)
{
	for (unsigned i = 0; i < q->pieces; i++) {
		if (gpa < q->piece[i].gpa || gpa >= q->piece[i].end)
			continue;
		*out = q->piece[i];
		out->hpa += gpa - out->gpa;
		out->gpa = gpa;
		/* Some answer with all they have, some with no more than they were asked for. */
		if (out->end > gpa + size && (i & 1))
			out->end = gpa + size;
		return !out->refused;
	}
	return false;
}

enum tdp_result model_stretch(const struct model *m, const struct request *q, tdp_gpa_t gpa, struct stretch *out)
{
	tdp_gpa_t end = q->gpa + q->size;
	struct piece b = {.gpa = gpa, .end = end, .attrs = q->attrs};
	uint64_t uniform;

	b.hpa = (q->what == ASK_REPLACE ? q->new_hpa : q->hpa) + (gpa - q->gpa);
	if (q->what == ASK_MAP_FROM && !model_backing(q, gpa, end - gpa, &b))
		return TDP_ABSENT;
	if (b.misaligned)
		return TDP_INVALID;
	b.end = b.end < end ? b.end : end;
	if (b.attrs.memtype == TDP_MT_ASK) {
		b.attrs.memtype = world_memtype(m->w, gpa, b.end - gpa, &uniform);
		b.end = gpa + uniform;
	}
	*out = (struct stretch){.gpa = gpa, .end = b.end, .hpa = b.hpa, .attrs = b.attrs, .max_level = TDP_MAX_LEVELS};
	if (b.max_level_plus1)
		out->max_level = b.max_level_plus1 - 1u;
	if (q->max_level_plus1 && q->max_level_plus1 - 1u < out->max_level)
		out->max_level = q->max_level_plus1 - 1u;
	if (q->flags & TDP_LOG_DIRTY)
		out->max_level = 0;
	return setup_express(m->w->setup, &out->attrs);
}

unsigned model_leaf_level(const struct model *m, const struct stretch *s, tdp_gpa_t gpa, unsigned limit)
{
	tdp_hpa_t hpa = s->hpa + (gpa - s->gpa);
	unsigned level = limit < s->max_level ? limit : s->max_level;

	for (; level > 0; level--) {
		uint64_t span = world_span(m->w, level);

		if ((m->w->setup->leaf_levels >> level & 1) && (gpa | hpa) % span == 0 && s->end - gpa >= span)
			break;
	}
	return level;
}

tdp_gpa_t model_put(struct model *m, tdp_gpa_t gpa, unsigned level, const struct stretch *s, struct fresh fresh)
{
	tdp_gpa_t end = gpa + world_span(m->w, level);
	unsigned first = world_first(m->w, gpa);
	bool w = (s->attrs.prot & TDP_W) && fresh.open && !(m->w->tracks && !fresh.accessed);
	bool d = fresh.dirty || (w && !m->w->hw_d);

	if (end < gpa + m->w->size[first])
		end = gpa + m->w->size[first];
	WORLD_EACH(m->w, i, gpa, end) {
		struct cell old = m->cell[i];

		m->cell[i] = (struct cell){.kind = CELL_LEAF,
					   .level = (uint8_t)level,
					   .attrs = s->attrs,
					   .mw = (s->attrs.prot & TDP_W) != 0,
					   .w = w,
					   .a = fresh.accessed,
					   .a_may = fresh.accessed,
					   .d = d,
					   .d_may = d,
					   .hpa = s->hpa + (m->w->gpa[i] - s->gpa),
					   .must = old.must,
					   .may = old.may,
					   .told = old.told,
					   .owed = old.owed,
					   .owed_may = old.owed_may};
	}
	return end;
}

/* Nothing but the range and the addresses: what every call checks before anything else. */
static enum tdp_result check_request(const struct model *m, const struct request *q)
{
	tdp_gpa_t gpa = q->what == ASK_FAULT ? q->base : q->gpa;
	uint64_t size = q->size;
	bool has_hpa = q->what == ASK_MAP || q->what == ASK_FAULT || q->what == ASK_REPLACE;
	tdp_hpa_t top = q->what == ASK_REPLACE && q->new_hpa > q->hpa ? q->new_hpa : q->hpa;

	if (q->what == ASK_FAST)
		return gpa >= m->w->end ? TDP_RANGE : TDP_OK;
	if (q->what >= ASK_ARM && !model_range(q, &gpa, &size))
		return TDP_INVALID;
	if (size == 0 || (gpa | size) % PAGE || (has_hpa && (q->hpa | q->new_hpa) % PAGE))
		return TDP_INVALID;
	if (gpa >= m->w->end || size > m->w->end - gpa)
		return TDP_RANGE;
	if (has_hpa && (top + q->size < top || (top + q->size - 1) >> setup_hpa_bits(m->w->setup)))
		return TDP_RANGE;
	if (q->what == ASK_FAULT && (q->gpa < q->base || q->gpa - q->base >= q->size))
		return TDP_INVALID;
	return TDP_OK;
}

/* Is the fault's access one or several of those that there are? */
bool model_access_known(const struct request *q)
{
	return q->access != 0 && q->access <= (TDP_READ | TDP_WRITE | TDP_EXEC_S | TDP_EXEC_U);
}

uint32_t model_known_flags(enum request_what what)
{
	switch (what) {
	case ASK_MAP:
	case ASK_MAP_FROM:
		return TDP_EXCLUSIVE | TDP_LOG_DIRTY | TDP_PREFETCH | TDP_DRY_RUN | TDP_OVER_NOTE | TDP_MAY_YIELD;
	case ASK_FAULT:
		return TDP_EXCLUSIVE | TDP_LOG_DIRTY | TDP_PREFETCH | TDP_DRY_RUN | TDP_OVER_NOTE;
	case ASK_REPLACE:
		return TDP_EXCLUSIVE | TDP_DRY_RUN;
	case ASK_NOTE:
		return TDP_EXCLUSIVE | TDP_DRY_RUN | TDP_NOTE_MISCONFIG | TDP_NOTE_VE | TDP_MAY_YIELD;
	case ASK_ZAP:
		return TDP_EXCLUSIVE | TDP_OVERZAP | TDP_SKIP_PARTIAL | TDP_ZAP_LEAVES | TDP_DRY_RUN | TDP_MAY_YIELD;
	case ASK_SET_ATTRS:
		return TDP_EXCLUSIVE | TDP_SKIP_PARTIAL | TDP_LOG_DIRTY | TDP_DRY_RUN | TDP_MAY_YIELD;
	case ASK_AGE:
	case ASK_ARM_MASK:
	case ASK_RESTORE:
		return TDP_EXCLUSIVE;
	case ASK_FAST:
		return TDP_EXCLUSIVE | TDP_LOG_DIRTY;
	case ASK_SPLIT:
		return TDP_EXCLUSIVE | TDP_DRY_RUN | TDP_MAY_YIELD;
	case ASK_TRIM:
	case ASK_PROTECT:
	case ASK_PROMOTE:
	case ASK_ARM:
		break;
	}
	return TDP_EXCLUSIVE | TDP_MAY_YIELD;
}

struct forecast model_forecast(struct model *m, const struct request *q)
{
	static struct forecast (*const forecasts[])(struct model *, const struct request *) = {
		[ASK_MAP] = model_map,	       [ASK_MAP_FROM] = model_map,
		[ASK_FAULT] = model_fault,     [ASK_REPLACE] = model_replace,
		[ASK_NOTE] = model_note,       [ASK_ZAP] = model_zap,
		[ASK_TRIM] = model_trim,       [ASK_SET_ATTRS] = model_set_attrs,
		[ASK_PROTECT] = model_protect, [ASK_AGE] = model_age,
		[ASK_FAST] = model_fault_fast, [ASK_SPLIT] = model_split,
		[ASK_PROMOTE] = model_promote, [ASK_ARM] = model_arm,
		[ASK_ARM_MASK] = model_arm,    [ASK_RESTORE] = model_restore,
	};
	enum tdp_result r = q->flags & ~model_known_flags(q->what) ? TDP_INVALID : check_request(m, q);
	struct forecast f;

	if (r < 0) {
		f = forecast_nothing(q, r);
		/* Of two mistakes either may be named. */
		f.other = model_is_fault(q) && !model_access_known(q) ? TDP_INVALID : r;
		return f;
	}
	m->used = 0;
	f = forecasts[q->what](m, q);
	if (!model_frees(q))
		f.need = f.nothing ? 0 : m->used;
	return f;
}
