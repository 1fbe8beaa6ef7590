/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens behind the flush: tables that were unlinked are harvested and freed, written pages are reported.
 */
#ifndef TDPMMU_CORE_REAP_H
#define TDPMMU_CORE_REAP_H

#include "cursor.h"

/* Reports to the dirty hook, neighbours merged. Empty: gpa == end. */
struct dirty_run {
	tdp_gpa_t gpa, end;
};

static inline void dirty_report(const struct tree *t, void *user, struct dirty_run *run)
{
	if (run->gpa != run->end)
		tdp_hook_dirty(t, user, run->gpa, run->end - run->gpa);
	run->gpa = run->end = 0;
}

static inline void dirty_add(const struct tree *t, void *user, struct dirty_run *run, tdp_gpa_t gpa, uint64_t size)
{
	if (run->end != gpa || run->gpa == run->end) {
		dirty_report(t, user, run);
		run->gpa = gpa;
	}
	run->end = gpa + size;
}

/* Reports the written leaves of level 0 in a table that no walker reaches any more. */
static inline void harvest_leaf_table(const struct tdp_format *fmt, const struct tree *t, void *user, struct dirty_run *run,
				      const tdp_spte_t *table, tdp_gpa_t gpa)
{
	unsigned entries = fmt_entries(fmt), block = entries < SPTE_BLOCK ? entries : SPTE_BLOCK;

	for (unsigned i = 0; i < entries; i += block, gpa += (uint64_t)block << fmt_shift(fmt, 0)) {
		struct spte_scan s = spte_scan(table + i, block);

		if (!fmt_was_written(fmt, 0, s.any))
			continue;
		/* A bit that all of them have. */
		if ((s.all & fmt->present) && fmt_was_written(fmt, 0, s.all)) {
			dirty_add(t, user, run, gpa, (uint64_t)block << fmt_shift(fmt, 0));
			continue;
		}
		for (unsigned k = 0; k < block; k++) {
			tdp_spte_t e = spte_load(table + i + k);

			if (fmt_is_present(fmt, 0, e) && fmt_was_written(fmt, 0, e))
				dirty_add(t, user, run, gpa + ((uint64_t)k << fmt_shift(fmt, 0)), fmt_size(fmt, 0));
		}
	}
}

/* One table on the way down. */
struct reap_level {
	tdp_spte_t *table;
	tdp_hpa_t hpa;
	tdp_gpa_t gpa;
	unsigned next; /* entry to look at */
};

/* Goes through entries until one that leads to a table; returns that table's address in *hpa, or false at the end. run may be NULL. */
static inline bool reap_entries(const struct tdp_format *fmt, const struct tree *t, void *user, struct dirty_run *run,
				unsigned level, struct reap_level *r, tdp_hpa_t *hpa, tdp_gpa_t *gpa)
{
	while (r->next < fmt_entries(fmt)) {
		tdp_spte_t e = spte_load(r->table + r->next);

		*gpa = r->gpa + ((uint64_t)r->next++ << fmt_shift(fmt, level));
		if (fmt_is_table(fmt, level, e)) {
			*hpa = fmt_table_hpa(fmt, &t->layout, level, e);
			return true;
		}
		if (fmt_is_frozen(fmt, level, e) && fmt_frozen_has(fmt, level, e, TDP_FROZEN_TABLE)) {
			*hpa = fmt_frozen_payload(fmt, level, e);
			return true;
		}
		if (run && fmt_is_present(fmt, level, e) && fmt_was_written(fmt, level, e))
			dirty_add(t, user, run, *gpa, fmt_size(fmt, level));
	}
	return false;
}

/*
 * Frees a table with entries of this level and all that is below it, post-order; run collects what was written, NULL: nobody asks,
 * and then leaf tables go unread. Nobody reaches any of it: unlinked, flushed, and the call is exclusive.
 */
static inline void reap_subtree(const struct tdp_format *fmt, struct tree *t, void *user, struct dirty_run *run, tdp_hpa_t hpa,
				unsigned level, tdp_gpa_t gpa)
{
	struct reap_level stack[TDP_MAX_LEVELS];
	unsigned l = level;

	stack[l] = (struct reap_level){table_get(t, hpa, l, gpa), hpa, gpa, 0};
	for (;;) {
		struct reap_level *r = &stack[l];

		if (l > 0 && reap_entries(fmt, t, user, run, l, r, &hpa, &gpa)) {
			l--;
			stack[l] = (struct reap_level){table_get(t, hpa, l, gpa), hpa, gpa, 0};
			continue;
		}
		if (l == 0 && run && !TDP_BROKEN(ZAP_FORGET_DIRTY))
			harvest_leaf_table(fmt, t, user, run, r->table, r->gpa);
		table_put(t, r->table);
		tdp_hook_table_free(t, r->table, r->hpa);
		if (l == level)
			return;
		l++;
	}
}

#endif
