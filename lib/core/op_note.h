/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Notes: payloads in not-present entries of any level. Nothing here was or becomes valid, so nothing is flushed, except where a table
 * is linked (build.h).
 */
#ifndef TDPMMU_CORE_OP_NOTE_H
#define TDPMMU_CORE_OP_NOTE_H

#include "build.h"

struct note {
	tdp_spte_t want;      /* at level-0 positions */
	tdp_spte_t virtual_e; /* what a dry run's virtual tables hold, at level-0 positions */
	bool linked;	      /* a table became valid */
	bool shared;	      /* other threads may be inside */
	enum tdp_result result;
};

/* The largest level below the current one whose entry at c->gpa lies wholly in the range. */
static inline unsigned note_level(const struct tdp_format *fmt, const struct cursor *c)
{
	unsigned level = c->level - 1;

	while ((c->gpa & (fmt_size(fmt, level) - 1)) || c->end - c->gpa < fmt_size(fmt, level))
		level--;
	return level;
}

/* A private path from absent entry *p down to entries that lie wholly in the range. */
static inline enum tdp_result note_below(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct note *x,
					 struct cursor *c, tdp_spte_t *p, tdp_spte_t old)
{
	unsigned bottom = note_level(fmt, c);
	uint64_t fits = (c->end - c->gpa) >> fmt_shift(fmt, bottom);
	unsigned room = fmt_entries(fmt) - fmt_index(fmt, bottom, c->gpa);
	struct fill fill = {.value = fmt_at(fmt, bottom, x->want), .n = fits < room ? (unsigned)fits : room};
	enum tdp_result r = build_path(fmt, t, op, p, c->level, bottom, c->gpa, old, fill);

	if (r < 0)
		return r;
	x->virtual_e = fmt_unskew(fmt, c->level, old);
	x->linked = true;
	op->changed += (uint64_t)fill.n << fmt_shift(fmt, bottom);
	c->gpa += (uint64_t)fill.n << fmt_shift(fmt, bottom);
	for (c->down_to = bottom; (c->gpa & (fmt_size(fmt, c->down_to + 1) - 1)) == 0 && c->down_to + 1 < c->level; c->down_to++)
		;
	return TDP_OK;
}

/* One entry that lies wholly in the range and says something else. false: another call changed it. */
static inline bool note_store(const struct tdp_format *fmt, const struct tree *t, struct tdp_op *op, const struct note *x,
			      unsigned level, tdp_spte_t *p, tdp_spte_t e)
{
	if (op->flags & TDP_DRY_RUN)
		return true;
	/* Nothing here is present, so hardware changes nothing. */
	if (!spte_cmpxchg(p, &e, fmt_at(fmt, level, x->want), x->shared))
		return false;
	table_clean(t, p, sizeof(*p));
	op->changed += fmt_size(fmt, level);
	return true;
}

/* What stands in the way of a note. */
static inline enum tdp_result note_check(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	if (fmt_is_frozen(fmt, level, e))
		return fmt_frozen_why(fmt, level, e);
	return fmt_is_present(fmt, level, e) ? TDP_EXISTS : TDP_OK;
}

static inline enum cursor_step note_step(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct note *x,
					 struct cursor *c)
{
	unsigned level = c->level, n = cursor_count(fmt, t, c);
	tdp_spte_t *p = cursor_entry(fmt, t, c);

	for (unsigned i = 0; i < n;) {
		tdp_gpa_t entry_end = cursor_base(fmt, c) + fmt_size(fmt, level);
		tdp_spte_t *at = p ? p + i : NULL;
		tdp_spte_t e = at ? spte_load(at) : fmt_at(fmt, level, x->virtual_e);
		tdp_spte_t want = fmt_at(fmt, level, x->want);

		c->down_to = level - 1;
		if (fmt_is_table(fmt, level, e))
			return CURSOR_DOWN;
		x->result = note_check(fmt, level, e);
		if (dry_run_passes(t, op, x->result)) {
			op->tables += cursor_whole(fmt, c) ? 0 : level; /* the most that it may come to: a note that sticks out */
			x->result = TDP_OK;
			c->gpa = entry_end;
			i++;
			continue;
		}
		if (x->result >= 0 && e != want && !cursor_whole(fmt, c)) {
			x->result = note_below(fmt, t, op, x, c, at, e);
			if (x->result >= 0 && c->gpa < c->end && c->gpa < entry_end)
				return CURSOR_DOWN;
		} else if (x->result >= 0) {
			if (e != want && !note_store(fmt, t, op, x, level, at, e))
				continue;
			c->gpa = entry_end;
		}
		if (x->result == TDP_RACE)
			continue;
		if (x->result < 0)
			return CURSOR_STOP;
		i++;
	}
	return CURSOR_DONE;
}

/* The raw note, at level-0 positions. */
static inline enum tdp_result note_encode(const struct tdp_format *fmt, const struct tree *t, uint64_t value, uint32_t flags,
					  tdp_spte_t *out)
{
	*out = value ? fmt_make_note(fmt, 0, value) : fmt->empty;
	if (flags & TDP_NOTE_MISCONFIG) {
		if (!fmt->note_misconfig)
			return TDP_UNSUPPORTED;
		*out |= value ? fmt->note_misconfig : 0;
	}
	if (flags & TDP_NOTE_VE) {
		if (!fmt->note_ve || !(t->layout.features & TDP_CAP_VE))
			return TDP_UNSUPPORTED;
		*out &= value ? ~fmt->note_ve : *out;
	}
	return TDP_OK;
}

TDP_INLINE enum tdp_result op_note(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, uint64_t value,
				   struct tdp_op *op)
{
	struct cursor c;
	struct note x = {.virtual_e = fmt->empty, .shared = op_shared(t, op)};
	enum tdp_result r = note_encode(fmt, t, value, op->flags, &x.want);

	c = cursor_start_op(t, op, gpa, end);
	if (r < 0)
		return r;
	while (cursor_follow(fmt, t, &c, note_step(fmt, t, op, &x, &c)))
		;
	op->next = c.gpa < end ? c.gpa : end;
	if (op->flags & TDP_DRY_RUN) {
		op->changed = 0;
		return x.result;
	}
	if (x.linked)
		walker_barrier(t);
	return x.result < 0 || op->changed ? x.result : TDP_SPURIOUS;
}

#endif
