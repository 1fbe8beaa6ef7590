/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking apart the tree of an invalid root (protocol of docs/concurrency.md, "Roots"): each of its entries becomes DEAD, which nobody ever
 * replaces. So a fault that is under way installs its page either before that, and then it is harvested with the rest, or nowhere.
 *
 *   kicked      no CPU is inside the tree or will be, and nothing of it is cached: DEAD at once, no flush at all
 *   not kicked  FROZEN, one flush, harvest and report, DEAD
 */
#ifndef TDPMMU_CORE_OP_KILL_H
#define TDPMMU_CORE_OP_KILL_H

#include "harvest.h"

struct kill {
	bool kicked, exclusive;
	struct dirty_run run;
	bool want_dirty; /* somebody listens */
};

/* In the middle of a dead entry's tables, which are ours alone and behind no frozen entry: shall others run? Owes nothing meanwhile. */
static inline void kill_pause(struct tree *t, struct tdp_op *op, struct kill *k, struct retire_chain *chain)
{
	if (!k->kicked || !t->ops->yield || t->table_map || !op_pauses(t, op))
		return;
	dirty_report(t, op->user, &k->run);
	tdp_retire(t, chain);
	*chain = (struct retire_chain){0};
	read_leave(t, op);
	tdp_hook_yield(t, op->user);
	read_enter(t, op);
}

/* Harvests a table with entries of this level, of a root entry that is ours, with all that is below it. */
static inline void kill_table(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct kill *k, tdp_hpa_t hpa,
			      unsigned level, tdp_gpa_t gpa)
{
	struct dirty_run *run = k->want_dirty ? &k->run : NULL;
	struct retire_chain chain = {0};
	tdp_spte_t *table;

	if (k->exclusive) {
		reap_subtree(fmt, t, op->user, run, hpa, level, gpa);
		return;
	}
	table = table_get(t, hpa, level, gpa);
	for (unsigned i = 0; i < fmt_entries(fmt); i++) {
		tdp_gpa_t at = gpa + ((uint64_t)i << fmt_shift(fmt, level));
		tdp_spte_t e = harvest_take(fmt, t, op->user, table + i, level);

		if (fmt_is_table(fmt, level, e)) {
			harvest_subtree(fmt, t, op->user, run, &chain, fmt_table_hpa(fmt, &t->layout, level, e), level - 1, at);
			kill_pause(t, op, k, &chain);
		} else if (run && fmt_is_present(fmt, level, e) && fmt_was_written(fmt, level, e)) {
			dirty_add(t, op->user, run, at, fmt_size(fmt, level));
		}
	}
	retire_add(fmt, &chain, table, hpa, level);
	table_put(t, table);
	tdp_retire(t, &chain);
}

/* What a root entry that is ours led to. */
static inline void kill_below(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct kill *k, tdp_spte_t e,
			      unsigned level, tdp_gpa_t gpa)
{
	if (fmt_is_table(fmt, level, e))
		kill_table(fmt, t, op, k, fmt_table_hpa(fmt, &t->layout, level, e), level - 1, gpa);
	else if (k->want_dirty && fmt_was_written(fmt, level, e))
		dirty_add(t, op->user, &k->run, gpa, fmt_size(fmt, level));
	dirty_report(t, op->user, &k->run);
}

/* One root entry. TDP_BUSY: another call holds it, and will finish. */
static inline enum tdp_result kill_entry(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct kill *k,
					 tdp_spte_t *p, tdp_gpa_t gpa)
{
	const unsigned level = t->layout.top_level;
	const tdp_spte_t dead = TDP_BROKEN(ROOT_EMPTIED) ? fmt_empty(fmt, level) : fmt_at(fmt, level, fmt->dead);
	tdp_spte_t e = spte_load(p);
	bool flush;

	do {
		if (fmt_is_frozen(fmt, level, e) && !(TDP_BROKEN(ROOT_STEAL) && !fmt_is_dead(fmt, level, e)))
			return fmt_is_dead(fmt, level, e) ? TDP_OK : TDP_BUSY;
		flush = !k->kicked && fmt_is_present(fmt, level, e);
	} while (!spte_cmpxchg(p, &e, flush ? fmt_make_frozen(fmt, level, 0, 0) : dead, true));
	table_clean(t, p, sizeof(*p));
	if (!fmt_is_present(fmt, level, e))
		return TDP_OK;
	if (flush)
		tdp_hook_flush(t, op->user, gpa, gpa + fmt_size(fmt, level), fmt_is_table(fmt, level, e) ? -1 : (int)level,
			       fmt_is_table(fmt, level, e) ? FLUSH_TABLES : FLUSH_LEAF);
	kill_below(fmt, t, op, k, e, level, gpa);
	if (flush) {
		spte_store(p, dead);
		table_clean(t, p, sizeof(*p));
	}
	op->changed += fmt_size(fmt, level);
	return TDP_OK;
}

/* Root entries from gpa on; op->next says how far it came. */
TDP_INLINE enum tdp_result op_kill(const struct tdp_format *fmt, struct tree *t, bool kicked, tdp_gpa_t gpa, tdp_gpa_t end,
				   struct tdp_op *op)
{
	struct kill k = {.kicked = kicked, .exclusive = !op_shared(t, op), .want_dirty = t->ops->dirty != NULL};
	struct cursor c = cursor_start(t, gpa, end);
	enum tdp_result r = TDP_OK;

	while (c.gpa < end && r >= 0) {
		uint64_t changed = op->changed;

		r = kill_entry(fmt, t, op, &k, cursor_entry(fmt, t, &c), cursor_base(fmt, &c));
		if (r >= 0)
			cursor_next(fmt, &c);
		/* Only after work, so that a caller who starts over each time gets on (I9). */
		if (c.gpa < end && op->changed != changed && op_pauses(t, op))
			break;
	}
	op->next = c.gpa;
	return r;
}

#endif
