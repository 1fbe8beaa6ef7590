/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole of a zap: the edges of its range, exclusive batches or shared tables, and pauses.
 *
 * A call that may pause must come to a question after a bounded piece of work, whatever it zaps. So it takes leaf tables only, some at a
 * time, and an upper table when it leaves it, as trim does: if it is empty, for others may have mapped something there in a pause.
 */
#ifndef TDPMMU_CORE_OP_ZAP_RANGE_H
#define TDPMMU_CORE_OP_ZAP_RANGE_H

#include "op_trim.h"
#include "op_zap_shared.h"

/* Does this call leave upper tables behind, which have to be looked at? */
static inline bool zap_goes_deep(const struct tree *t, const struct tdp_op *op)
{
	return (op->flags & (TDP_MAY_YIELD | TDP_ZAP_LEAVES)) == TDP_MAY_YIELD && op_frees(t, op);
}

/* Exclusively: the upper tables that end at gpa and begin in the range go if they are empty. */
static inline void zap_upper_tables(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, tdp_gpa_t gpa)
{
	for (unsigned level = 2; level <= t->layout.top_level; level++) {
		const uint64_t size = fmt_size(fmt, level);
		struct cursor c = cursor_start(t, gpa - 1, gpa);
		struct zap z = {0};

		if ((gpa & (size - 1)) || gpa - op->first < size)
			return;
		while (c.level >= level && cursor_down(fmt, t, &c))
			;
		if (c.level < level) {
			bool goes;

			c.gpa = gpa;
			goes = trim_leave(fmt, t, &z, &c);
			cursor_stop(t, &c);
			if (!goes)
				return;
			trim_finish(fmt, t, op, &z);
		} else {
			cursor_stop(t, &c);
		}
	}
}

/* Exclusively: batches, each two passes around one flush. */
static inline enum tdp_result zap_exclusive(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct zap *z,
					    tdp_gpa_t gpa, tdp_gpa_t end)
{
	const bool pauses = zap_goes_deep(t, op), deep = pauses && !z->quiet;
	uint64_t batch = 0;

	/* With every table kept the second pass touches all leaf tables again: keep what is between two flushes in the cache. */
	if ((op->flags & TDP_ZAP_LEAVES) && !op->gather)
		batch = fmt_size(fmt, 1) << (op->batch_lg2 ? op->batch_lg2 : 5);
	else if (pauses)
		batch = fmt_size(fmt, 1) * ZAP_PAUSE;
	do {
		tdp_gpa_t stop = batch && (gpa | (batch - 1)) < end ? (gpa | (batch - 1)) + 1 : end;

		z->gpa = gpa;
		z->end = stop;
		zap_batch(fmt, t, op, z);
		gpa = z->next;
		if (deep && gpa <= end)
			zap_upper_tables(fmt, t, op, gpa);
		if (gpa < stop)
			break;
	} while (gpa < end && !(batch && op_pauses(t, op)));
	op->next = gpa;
	return TDP_OK;
}

/* Shared: the upper tables that the cursor leaves and that lie in the range go if they are empty. */
static inline void zap_shared_leave(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct cursor *c)
{
	while (c->level < t->layout.top_level && cursor_left_table(fmt, c) && c->gpa <= c->end &&
	       c->gpa - op->first >= fmt_size(fmt, c->level + 1)) {
		struct retire_chain chain = {0};

		(void)trim_shared_table(fmt, t, op, c, &chain);
		cursor_up(t, c);
		tdp_retire(t, &chain); /* as in trim_up() */
	}
}

static inline enum tdp_result zap_shared(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct zap *z,
					 tdp_gpa_t gpa, tdp_gpa_t end)
{
	struct cursor c = cursor_start_op(t, op, gpa, end);
	const bool deep = zap_goes_deep(t, op) && !z->quiet;
	enum cursor_step step;

	z->gpa = gpa;
	z->end = end;
	do {
		step = zap_shared_step(fmt, t, op, z, &c);
		if (deep && step == CURSOR_DONE)
			zap_shared_leave(fmt, t, op, &c);
	} while (cursor_follow(fmt, t, &c, step));
	op->next = c.gpa;
	if (c.gpa < z->end)
		z->end = c.gpa;
	/* R11: what was absent already another thread's gather may have cleared, and not flushed. */
	if (z->absent && !z->quiet && z->gpa < z->end && tdp_gather_others(op->gather, t) && !TDP_BROKEN(ZAP_NO_LOOK))
		flush_or_gather(t, op, z->gpa, z->end, -1);
	return z->result;
}

/* What a zap is to know of its tree. */
static inline struct zap zap_start(const struct tree *t)
{
	return (struct zap){.want_dirty = t->ops->dirty != NULL, .may_move = t->live && t->ops->dirty};
}

/* [gpa, end) ends at the edges of entries. */
static inline enum tdp_result zap_range(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct zap *z,
					tdp_gpa_t gpa, tdp_gpa_t end)
{
	return op_shared(t, op) ? zap_shared(fmt, t, op, z, gpa, end) : zap_exclusive(fmt, t, op, z, gpa, end);
}

TDP_INLINE enum tdp_result op_zap(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, struct tdp_op *op)
{
	struct zap z = zap_start(t);
	tdp_gpa_t asked = end;
	enum tdp_result r = edges_prepare(fmt, t, op, &gpa, &end, true, NULL);

	if (r < 0 || (op->flags & TDP_DRY_RUN))
		return r;
	if (gpa < op->first || op->first == op->next)
		op->first = gpa;
	if (gpa < end)
		r = zap_range(fmt, t, op, &z, gpa, end);
	else
		op->next = end;
	/* A leaf that another call has put across an edge since. */
	op->first = z.gpa < op->first && z.gpa < z.end ? z.gpa : op->first;
	end = z.end > end ? z.end : end;
	if (op->next >= end) /* a hole may reach further; a leaf that was skipped does not count */
		op->next = end > asked ? end : asked;
	if (r >= 0 && z.stale && op->next >= end) /* all of it was done; DEAD entries have nothing below them */
		return TDP_STALE_ROOT;
	return r < 0 || op->changed ? r : TDP_SPURIOUS;
}

#endif
