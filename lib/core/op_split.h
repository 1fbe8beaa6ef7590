/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Split every leaf above a level that overlaps a range, in place (split.h does it to one leaf). Break-before-make formats do it to
 * neighbours of one table together: all invalid, one flush, each back as a table.
 */
#ifndef TDPMMU_CORE_OP_SPLIT_H
#define TDPMMU_CORE_OP_SPLIT_H

#include "run.h"
#include "split.h"

enum { SPLIT_BATCH = 8 }; /* leaves that share one break-before-make window */

struct split {
	unsigned level; /* the highest that leaves may be at afterwards */
	bool stale;	/* met a DEAD entry: nothing is in reach of it */
	bool linked;	/* a table became valid */
	enum tdp_result result;
};

/* Tables for the part of the cursor's leaf that lies in the range: one for each leaf and part of it that is still too large. */
static inline void split_count(const struct tdp_format *fmt, struct tdp_op *op, const struct split *s, const struct cursor *c)
{
	tdp_gpa_t last = cursor_base(fmt, c) + fmt_size(fmt, c->level) - 1;

	last = last < c->end ? last : c->end - 1;
	for (unsigned l = c->level; l > s->level; l--)
		op->tables += (uint32_t)((last >> fmt_shift(fmt, l)) - (c->gpa >> fmt_shift(fmt, l)) + 1);
}

/* Break-before-make: up to n leaves from the cursor's on, one flush for all. Returns how many; s->result: why no more. */
static inline unsigned split_break_batch(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct split *s,
					 const struct cursor *c, tdp_spte_t *p, unsigned n)
{
	struct split_one one[SPLIT_BATCH];
	tdp_gpa_t base = cursor_base(fmt, c);
	unsigned k;

	for (k = 0; k < n && k < SPLIT_BATCH; k++) {
		one[k].old = spte_load(p + k);
		if (!fmt_is_present(fmt, c->level, one[k].old) || !fmt_is_leaf(fmt, c->level, one[k].old))
			break;
		s->result = take_tables(fmt, t, op, 1, &one[k].child);
		if (s->result < 0)
			break;
		if (!split_freeze(fmt, t, op, p + k, c->level, &one[k])) {
			give_tables(t, op, 1, &one[k].child);
			break;
		}
	}
	if (k == 0)
		return 0;
	tdp_hook_flush(t, op->user, base, base + ((uint64_t)k << fmt_shift(fmt, c->level)), (int)c->level, FLUSH_LEAF);
	for (unsigned i = 0; i < k; i++)
		split_link(fmt, t, p + i, c->level, &one[i]);
	s->result = TDP_OK; /* what stopped it is met again */
	return k;
}

/* The leaf at the cursor, and where that pays its neighbours, become tables; or s->result says why not; or another call was faster. */
static inline void split_leaves(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct split *s,
				const struct cursor *c, tdp_spte_t *p, unsigned n)
{
	unsigned done;

	if (split_overwrites(fmt, t)) {
		s->result = split_leaf(fmt, t, op, p, c->level, c->gpa);
		done = s->result == TDP_OK;
		if (s->result == TDP_RACE)
			s->result = TDP_OK;
	} else {
		done = split_break_batch(fmt, t, op, s, c, p, n);
	}
	s->linked |= done != 0;
	op->changed += (uint64_t)done << fmt_shift(fmt, c->level);
	if (op->stats)
		op->stats->split += done;
}

/* One table; see cursor.h. */
static inline enum cursor_step split_step(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct split *s,
					  struct cursor *c)
{
	unsigned level = c->level, n = cursor_count(fmt, t, c);
	tdp_spte_t *p = cursor_entry(fmt, t, c);

	c->down_to = level - 1;
	for (unsigned i = 0; i < n;) {
		tdp_spte_t e = spte_load(p + i);

		if (level > s->level && fmt_is_present(fmt, level, e) && fmt_is_leaf(fmt, level, e)) {
			if (break_refused(fmt, t)) /* as every one is, so nothing has changed yet */
				s->result = TDP_UNSUPPORTED;
			else if (op->flags & TDP_DRY_RUN)
				split_count(fmt, op, s, c);
			else
				split_leaves(fmt, t, op, s, c, p + i, n - i);
			if (s->result >= 0 && !(op->flags & TDP_DRY_RUN))
				continue; /* it is another entry now */
		} else if (level > s->level + 1 && fmt_is_table(fmt, level, e)) {
			return CURSOR_DOWN;
		} else if (fmt_is_dead(fmt, level, e)) {
			s->stale = true;
		} else if (fmt_is_frozen(fmt, level, e) && !dry_run_passes(t, op, TDP_BUSY)) {
			s->result = TDP_BUSY;
		}
		if (s->result < 0)
			return CURSOR_STOP;
		cursor_next(fmt, c);
		i++;
	}
	return CURSOR_DONE;
}

TDP_INLINE enum tdp_result op_split(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, unsigned level,
				    struct tdp_op *op)
{
	struct split s = {.level = level, .result = TDP_OK};
	struct cursor c;

	c = cursor_start_op(t, op, gpa, end);
	c.dry = false; /* what is not there yet is counted where the leaf is */
	while (cursor_follow(fmt, t, &c, split_step(fmt, t, op, &s, &c)))
		;
	op->next = c.gpa < end ? c.gpa : end;
	if (s.linked)
		walker_barrier(t);
	if (s.result >= 0 && s.stale && op->next >= end)
		return TDP_STALE_ROOT;
	return s.result < 0 || op->changed || (op->flags & TDP_DRY_RUN) ? s.result : TDP_SPURIOUS;
}

#endif
