/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a shared call does with a table that it has unlinked: the entry that led there is frozen and ours, and flushed. Hardware is out;
 * other threads may still be inside until they meet a frozen entry. So every entry is taken, from the top down, and the tables are
 * chained for a grace period.
 */
#ifndef TDPMMU_CORE_HARVEST_H
#define TDPMMU_CORE_HARVEST_H

#include "reap.h"
#include "retire.h"

/*
 * Takes an entry of a table that is ours: returns what it held and leaves it FROZEN. An entry that another thread has frozen is waited
 * for: that thread needs nothing of ours to finish (R2), and the payload of its entry is its own.
 */
static inline tdp_spte_t harvest_take(const struct tdp_format *fmt, const struct tree *t, void *user, tdp_spte_t *p, unsigned level)
{
	tdp_spte_t e = spte_load(p);

	if (TDP_BROKEN(HARVEST_NO_FREEZE))
		return e;
	for (;;) {
		if (fmt_is_frozen(fmt, level, e) && !TDP_BROKEN(HARVEST_STEAL)) {
			tdp_hook_relax(t, user);
			e = spte_load(p);
		} else if (spte_cmpxchg(p, &e, fmt_make_frozen(fmt, level, 0, 0), true)) {
			return e;
		}
	}
}

/*
 * Takes a table with entries of this level and all that is below it, reports what was written (run: NULL if nobody asks), and chains every
 * table. A table is chained when all of its entries are taken: those below it first.
 */
static inline void harvest_subtree(const struct tdp_format *fmt, struct tree *t, void *user, struct dirty_run *run,
				   struct retire_chain *chain, tdp_hpa_t hpa, unsigned level, tdp_gpa_t gpa)
{
	struct reap_level stack[TDP_MAX_LEVELS];
	unsigned l = level;

	stack[l] = (struct reap_level){table_get(t, hpa, l, gpa), hpa, gpa, 0};
	for (;;) {
		struct reap_level *r = &stack[l];
		tdp_gpa_t at = r->gpa + ((uint64_t)r->next << fmt_shift(fmt, l));
		tdp_spte_t e;

		if (r->next < fmt_entries(fmt)) {
			e = harvest_take(fmt, t, user, r->table + r->next++, l);
			if (fmt_is_table(fmt, l, e)) {
				hpa = fmt_table_hpa(fmt, &t->layout, l, e);
				l--;
				stack[l] = (struct reap_level){table_get(t, hpa, l, at), hpa, at, 0};
			} else if (run && fmt_is_present(fmt, l, e) && fmt_was_written(fmt, l, e) &&
				   !TDP_BROKEN(ZAP_FORGET_DIRTY)) {
				dirty_add(t, user, run, at, fmt_size(fmt, l));
			}
			continue;
		}
		retire_add_many(fmt, t, chain, r->table, r->hpa, l);
		table_put(t, r->table);
		if (l == level)
			return;
		l++;
	}
}

#endif
