/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Map a range of absent memory. Where a whole table's worth is absent the table is built in private, filled once, and linked by one
 * store; entries of tables that exist are installed in stretches.
 */
#ifndef TDPMMU_CORE_OP_MAP_H
#define TDPMMU_CORE_OP_MAP_H

#include "build.h"
#include "page.h"
#include "run.h"

struct map {
	const struct run_source *source;
	struct run run; /* the one that c->gpa lies in; empty before the first */
	enum tdp_result result;
};

static inline enum cursor_step map_stop(struct map *m, enum tdp_result why)
{
	m->result = why;
	return CURSOR_STOP;
}

/* May this entry be mapped over: EMPTY, or a note with OVER_NOTE? */
TDP_INLINE bool map_absent(const struct tdp_format *fmt, const struct tdp_op *op, unsigned level, tdp_spte_t e)
{
	return fmt_is_empty(fmt, level, e) || ((op->flags & TDP_OVER_NOTE) && fmt_is_note(fmt, level, e)) ||
	       (TDP_BROKEN(MAP_OVERWRITE) && fmt_is_present(fmt, level, e) && fmt_is_leaf(fmt, level, e));
}

/* Is this leaf just what the run wants at c->gpa? What moves (A, D, W, MW) does not count. */
static inline bool map_same(const struct tdp_format *fmt, const struct tree *t, const struct run *run, const struct cursor *c,
			    tdp_spte_t e)
{
	tdp_hpa_t hpa = fmt_leaf_hpa(fmt, &t->layout, c->level, e);
	tdp_spte_t want = fmt_make_leaf(fmt, &t->layout, c->level, hpa, run->bits[c->level > 0]);

	return hpa + (c->gpa - cursor_base(fmt, c)) == run_hpa(run, c->gpa) && leaf_same(fmt, c->level, e, want);
}

/* What it takes for leaves of this level from c->gpa on, for bytes. */
static inline struct fill map_fill(const struct tdp_format *fmt, const struct tree *t, const struct run *run,
				   const struct cursor *c, unsigned level, uint64_t bytes)
{
	tdp_hpa_t hpa = run_hpa(run, c->gpa);

	return (struct fill){
		.value = fmt_make_leaf(fmt, &t->layout, level, hpa, run->bits[level > 0]),
		.step = fmt_step(fmt, level),
		.n = (unsigned)(bytes >> fmt_shift(fmt, level)),
		.data = run->sync_data,
		.exec = run->sync_exec,
		.hpa = hpa,
		.size = bytes,
	};
}

/*
 * Leaves of this level from c->gpa on, where e stands: as many as the table, the run and the absent entries allow, in a shared call one.
 * Returns how many; 0: another call changed the entry.
 */
static inline unsigned map_here(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, const struct run *run,
				struct cursor *c, tdp_spte_t *p, tdp_spte_t e, unsigned room)
{
	uint64_t fits = (run->end - c->gpa) >> fmt_shift(fmt, c->level);
	unsigned n = 1, max = op_shared(t, op) ? 1 : fits < room ? (unsigned)fits : room;
	uint64_t bytes;

	while (n < max && (!p || map_absent(fmt, op, c->level, spte_load(p + n))))
		n++;
	bytes = (uint64_t)n << fmt_shift(fmt, c->level);
	if (!(op->flags & TDP_DRY_RUN) && !install(fmt, t, op, p, c->level, c->gpa, e, map_fill(fmt, t, run, c, c->level, bytes)))
		return 0;
	op->changed += bytes;
	c->gpa += bytes;
	return n;
}

/* A private path from absent entry *p to leaves of a lower level, filled as far as the lowest table and the run go. */
static inline enum tdp_result map_below(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, const struct run *run,
					struct cursor *c, tdp_spte_t *p, tdp_spte_t old, unsigned bottom)
{
	uint64_t fits = (run->end - c->gpa) >> fmt_shift(fmt, bottom);
	unsigned room = fmt_entries(fmt) - fmt_index(fmt, bottom, c->gpa);
	uint64_t bytes = (fits < room ? fits : room) << fmt_shift(fmt, bottom);
	enum tdp_result r;

	r = build_path(fmt, t, op, p, c->level, bottom, c->gpa, old, map_fill(fmt, t, run, c, bottom, bytes));
	if (r < 0)
		return r;
	op->changed += bytes;
	c->gpa += bytes;
	/* Where to go on: the lowest of the new tables that c->gpa still lies in. */
	for (c->down_to = bottom; (c->gpa & (fmt_size(fmt, c->down_to + 1) - 1)) == 0 && c->down_to + 1 < c->level; c->down_to++)
		;
	return TDP_OK;
}

/* The entries of one table; see cursor.h. */
static inline enum cursor_step map_step(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct map *m,
					struct cursor *c)
{
	unsigned level = c->level, n = cursor_count(fmt, t, c);
	tdp_spte_t *p = cursor_entry(fmt, t, c);

	for (unsigned i = 0; i < n;) {
		tdp_gpa_t entry_end = cursor_base(fmt, c) + fmt_size(fmt, level);
		tdp_spte_t *at = p ? p + i : NULL, e = at ? spte_load(at) : fmt_empty(fmt, level);
		enum tdp_result r;
		unsigned leaf;

		if (fmt_is_table(fmt, level, e)) {
			c->down_to = level - 1;
			return CURSOR_DOWN;
		}
		if (c->gpa >= m->run.end) {
			r = run_get(fmt, t, op, m->source, c->gpa, c->end, &m->run);
			if (r < 0)
				return map_stop(m, r);
		}
		if (fmt_is_frozen(fmt, level, e)) {
			if (!dry_run_passes(t, op, fmt_frozen_why(fmt, level, e)))
				return map_stop(m, fmt_frozen_why(fmt, level, e));
			at = NULL; /* the most that it may come to: nothing is there */
			e = fmt_empty(fmt, level);
		}
		if (!map_absent(fmt, op, level, e)) {
			if (!fmt_is_present(fmt, level, e) || !map_same(fmt, t, &m->run, c, e))
				return map_stop(m, TDP_EXISTS);
			table_clean_seen(t, op_shared(t, op) && !c->dry, at, sizeof(*at));
			c->gpa = entry_end < m->run.end ? entry_end : m->run.end;
			i += c->gpa == entry_end;
			if (c->gpa >= c->end)
				break;
			continue;
		}
		leaf = run_leaf_level(fmt, t, &m->run, c->gpa, level);
		if (leaf == level) {
			i += map_here(fmt, t, op, &m->run, c, at, e, p && !at ? 1 : n - i);
			continue;
		}
		r = map_below(fmt, t, op, &m->run, c, at, e, leaf);
		if (r == TDP_RACE)
			continue;
		if (r < 0)
			return map_stop(m, r);
		if (c->gpa >= c->end)
			break;
		if (c->op && (!c->dry || c->gpa >= entry_end)) /* a table's worth of work: shall it pause? */
			return CURSOR_DONE;
		if (c->gpa < entry_end)
			return CURSOR_DOWN;
		i++;
	}
	return CURSOR_DONE;
}

/* Any range. */
static __attribute__((noinline)) enum tdp_result map_any(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end,
							 struct run_source *source, struct tdp_op *op)
{
	struct cursor c;
	struct map m = {.source = source, .result = TDP_OK};

	c = cursor_start_op(t, op, gpa, end);
	while (cursor_follow(fmt, t, &c, map_step(fmt, t, op, &m, &c)))
		;
	op->next = c.gpa;
	if (op->flags & TDP_DRY_RUN) {
		op->changed = 0;
		return m.result;
	}
	if (op->changed && !TDP_BROKEN(NO_WALKER_BARRIER))
		walker_barrier(t);
	return m.result < 0 || op->changed ? m.result : TDP_SPURIOUS;
}

/* One page, quickly. */
TDP_INLINE bool map_page(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, const struct run_source *source,
			 struct tdp_op *op, enum page_way way)
{
	if (tdp_unlikely((op->flags & (TDP_DRY_RUN | TDP_LOG_DIRTY | TDP_PREFETCH)) || !attrs_plain(source->fixed.attrs)))
		return false;
	if (!page_map(fmt, t, op, gpa, source->fixed.hpa + (gpa - source->gpa), attrs_word(source->fixed.attrs), 0, way))
		return false;
	op->next = gpa + fmt_size(fmt, 0);
	op->changed += fmt_size(fmt, 0);
	return true;
}

/* In a tree with hooks. */
static __attribute__((noinline)) enum tdp_result map_hooks(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa,
							   tdp_gpa_t end, struct run_source *source, struct tdp_op *op)
{
	return !t->long_way && map_page(fmt, t, gpa, source, op, PAGE_HOOKS) ? TDP_OK : map_any(fmt, t, gpa, end, source, op);
}

TDP_INLINE enum tdp_result op_map(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end,
				  struct run_source *source, struct tdp_op *op)
{
	if (end - gpa != fmt_size(fmt, 0) || source->fn)
		return map_any(fmt, t, gpa, end, source, op);
	if (tdp_unlikely(t->hooks))
		return map_hooks(fmt, t, gpa, end, source, op);
	return tdp_likely(map_page(fmt, t, gpa, source, op, PAGE_ALONE)) ? TDP_OK : map_any(fmt, t, gpa, end, source, op);
}

#endif
