/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How something absent becomes valid: tables built in private and filled once, then linked by one store; and install(), through which
 * every absent -> valid transition goes (R10), of a leaf as of a table, because a stale translation of a block may cover either.
 */
#ifndef TDPMMU_CORE_BUILD_H
#define TDPMMU_CORE_BUILD_H

#include "cursor.h"
#include "gather.h"

/* A stretch of equal entries to write: value at the first, + step from each to the next. */
struct fill {
	tdp_spte_t value, step;
	unsigned n;
	bool data, exec; /* what page_sync must do before it is visible, to size bytes at hpa */
	tdp_hpa_t hpa;
	uint64_t size;
};

/*
 * Entries p[0..n) of a linked table, all of them absent, become fill; in a shared call n is 1 and the entry must still be expect. While a
 * gather is open on the tree one of them may still be cached, so flush first: nobody maps silently over a translation that may be in use.
 * The claim comes before the look at the gathers, else the entry could be mapped and zapped once more in between; and before the page is
 * made ready, which only one call may do (a page that is in use must not be invalidated). false: another call was first.
 */
TDP_INLINE bool install(const struct tdp_format *fmt, struct tree *t, const struct tdp_op *op, tdp_spte_t *p, unsigned level,
			tdp_gpa_t gpa, tdp_spte_t expect, struct fill fill)
{
	bool open = TDP_BROKEN(MAP_GATHERS_FIRST) && gathers_open(t) != 0;

	if (op_shared(t, op) && !TDP_BROKEN(MAP_NO_CLAIM) && !spte_cmpxchg(p, &expect, fmt_make_frozen(fmt, level, 0, 0), true))
		return false;
	if (!TDP_BROKEN(MAP_GATHERS_FIRST))
		open = gathers_open(t) != 0;
	if (tdp_unlikely(open) && !TDP_BROKEN(MAP_IGNORE_GATHER)) {
		tdp_gpa_t base = gpa & ~(fmt_size(fmt, level) - 1);

		table_clean(t, p, fill.n * sizeof(*p)); /* what the gather's owner has cleared, and may not have cleaned */
		tdp_hook_flush(t, op->user, base, base + fill.n * fmt_size(fmt, level), (int)level, FLUSH_LEAF);
	}
	if (fill.data || fill.exec)
		page_sync(t, fill.hpa, fill.size, fill.data, fill.exec);
	spte_fill_linked(p, fill.n, fill.value, fill.step);
	table_clean(t, p, fill.n * sizeof(*p));
	return true;
}

/* Takes n tables, or none: TDP_NOMEM, or TDP_INVALID or TDP_RANGE if hardware could not reach one of them. */
TDP_INLINE enum tdp_result take_tables(const struct tdp_format *fmt, const struct tree *t, const struct tdp_op *op, unsigned n,
				       struct tdp_table *out)
{
	struct cache *cache = cache_of(op_cache(t, op));
	const struct cache_node *node;

	if (op_cache_count(t, op) < n) {
		if (TDP_BROKEN(MAP_LEAK_ON_NOMEM))
			while (op_cache_count(t, op))
				cache_pop(cache, out);
		return TDP_NOMEM;
	}
	node = cache->head;
	for (unsigned i = 0; i < n; i++, node = node->next) {
		if (tdp_unlikely(node->hpa & (fmt_table_align(fmt) - 1)))
			return TDP_INVALID;
		if (tdp_unlikely(node->hpa >= t->hpa_end))
			return TDP_RANGE;
	}
	for (unsigned i = 0; i < n; i++)
		cache_pop(cache, &out[i]);
	return TDP_OK;
}

/* Hands tables back that nobody has seen, in the order in which they lay. */
TDP_INLINE void give_tables(const struct tree *t, const struct tdp_op *op, unsigned n, const struct tdp_table *tables)
{
	while (n-- > 0 && !TDP_BROKEN(LOSER_LEAKS))
		tdp_cache_give(op_cache(t, op), &tables[n]);
}

/* Writes a private table: fill at index, filler everywhere else, each entry once. */
TDP_INLINE void fill_table(const struct tdp_format *fmt, tdp_spte_t *table, unsigned index, struct fill fill, tdp_spte_t filler)
{
	spte_fill_private(table, index, filler, 0);
	spte_fill_private(table + index, fill.n, fill.value, fill.step);
	spte_fill_private(table + index + fill.n, fmt_entries(fmt) - index - fill.n, filler, 0);
}

/*
 * The absent entry *p (EMPTY or a NOTE), at level, becomes a chain of tables down to one of entries of level bottom, in which fill
 * stands from gpa on; whatever else the new tables cover stays as absent as it was: the note is copied. In a dry run (or in a virtual
 * table, p NULL) only counts. An error changes nothing; TDP_RACE: another call changed *p first.
 */
static __attribute__((noinline)) enum tdp_result build_path(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op,
							    tdp_spte_t *p, unsigned level, unsigned bottom, tdp_gpa_t gpa,
							    tdp_spte_t old, struct fill fill)
{
	struct tdp_table tables[TDP_MAX_LEVELS];
	tdp_spte_t filler = fmt_unskew(fmt, level, old);
	unsigned n = level - bottom;
	enum tdp_result r;

	if (op->flags & TDP_DRY_RUN) {
		op->tables += n;
		return TDP_OK;
	}
	r = take_tables(fmt, t, op, n, tables);
	if (r < 0)
		return r;
	if (TDP_BROKEN(MAP_PUBLISH_EARLY))
		spte_store(p, fmt_make_table(fmt, &t->layout, level, tables[n - 1].hpa));
	for (unsigned i = 0; i < n; i++) {
		unsigned l = bottom + i;

		fill_table(fmt, tables[i].va, fmt_index(fmt, l, gpa), fill, fmt_at(fmt, l, filler));
		table_clean(t, tables[i].va, fmt_table_bytes(fmt));
		fill.value = fmt_make_table(fmt, &t->layout, l + 1, tables[i].hpa);
		fill.n = 1;
	}
	if (install(fmt, t, op, p, level, gpa, old, fill))
		return TDP_OK;
	give_tables(t, op, n, tables);
	return TDP_RACE;
}

#endif
