/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking apart the tree of an invalid root (docs/concurrency.md, "Roots"). Each of its entries becomes DEAD, which nobody ever replaces, so
 * a fault that is under way installs its page either before that, and then it is harvested with the rest, or nowhere.
 *
 *   clear  only if the call may pause: an ordinary zap, table by table, that passes over what others have frozen. Several threads so share
 *          the work, and the next step finds little
 *   end    each root entry: FROZEN, flush, harvest and report, DEAD. Who meets DEAD knows that all of it was reported, and that no flush
 *          is owed, by an open gather neither
 *
 * With a kick no CPU is inside the tree or will be, and nothing of it is cached: then neither flushes.
 */
#ifndef TDPMMU_CORE_OP_KILL_H
#define TDPMMU_CORE_OP_KILL_H

#include "op_zap_range.h"

/* What a root entry that is ours led to. */
static inline void kill_below(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, tdp_spte_t e, unsigned level,
			      tdp_gpa_t gpa)
{
	struct dirty_run gathered = {0}, *run = t->ops->dirty ? &gathered : NULL;
	struct retire_chain chain = {0};

	if (!fmt_is_table(fmt, level, e)) {
		if (run && fmt_was_written(fmt, level, e))
			dirty_add(t, op->user, run, gpa, fmt_size(fmt, level));
	} else if (op_shared(t, op)) {
		harvest_subtree(fmt, t, op->user, run, &chain, fmt_table_hpa(fmt, &t->layout, level, e), level - 1, gpa);
	} else {
		reap_subtree(fmt, t, op->user, run, fmt_table_hpa(fmt, &t->layout, level, e), level - 1, gpa);
	}
	dirty_report(t, op->user, &gathered);
	tdp_retire(t, &chain);
}

/* One root entry. TDP_BUSY: another call holds it, and will finish. */
static inline enum tdp_result kill_entry(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, bool kicked,
					 tdp_spte_t *p, tdp_gpa_t gpa)
{
	const unsigned level = t->layout.top_level;
	const tdp_spte_t dead = TDP_BROKEN(ROOT_EMPTIED) ? fmt_empty(fmt, level) : fmt_at(fmt, level, fmt->dead);
	tdp_spte_t e = spte_load(p);

	do {
		if (fmt_is_dead(fmt, level, e))
			return TDP_OK;
		if (fmt_is_frozen(fmt, level, e) && !TDP_BROKEN(ROOT_STEAL))
			return TDP_BUSY;
	} while (!spte_cmpxchg(p, &e, fmt_make_frozen(fmt, level, 0, 0), true));
	table_clean(t, p, sizeof(*p));
	/* Where nothing is, a gather of another call may have cleared a leaf and not flushed: asked when the entry is ours (R11). */
	if (!kicked && (fmt_is_present(fmt, level, e) || (gathers_open(t) && !TDP_BROKEN(ZAP_NO_LOOK))))
		tdp_hook_flush(t, op->user, gpa, gpa + fmt_size(fmt, level), fmt_is_table(fmt, level, e) ? -1 : (int)level,
			       fmt_is_table(fmt, level, e) ? FLUSH_TABLES : FLUSH_LEAF);
	if (fmt_is_present(fmt, level, e)) {
		kill_below(fmt, t, op, e, level, gpa);
		op->changed += fmt_size(fmt, level);
	}
	spte_store(p, dead);
	table_clean(t, p, sizeof(*p));
	return TDP_OK;
}

/* Root entries from gpa on. What another thread holds is left for last: op->next is the first of those, or the end. */
static inline enum tdp_result kill_entries(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, bool kicked,
					   tdp_gpa_t gpa, tdp_gpa_t end)
{
	struct cursor c = cursor_start(t, gpa, end);
	enum tdp_result r = TDP_OK;

	op->next = end;
	for (; c.gpa < end; cursor_next(fmt, &c)) {
		if (kill_entry(fmt, t, op, kicked, cursor_entry(fmt, t, &c), cursor_base(fmt, &c)) >= 0)
			continue;
		op->next = c.gpa < op->next ? c.gpa : op->next;
		r = TDP_BUSY;
	}
	return r;
}

/* clear: the first of the two steps. op->next says how far it came. */
TDP_INLINE enum tdp_result op_kill(const struct tdp_format *fmt, struct tree *t, bool clear, bool kicked, tdp_gpa_t gpa,
				   tdp_gpa_t end, struct tdp_op *op)
{
	struct zap z = zap_start(t);

	if (!clear)
		return kill_entries(fmt, t, op, kicked, gpa, end);
	z.quiet = kicked;
	z.skip_busy = true;
	return zap_range(fmt, t, op, &z, gpa, end);
}

#endif
