/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replace full tables by huge leaves, from the leaves up (protocols of docs/concurrency.md, "Promote"; promote_region.h has one table).
 *
 *   overwriting formats		break-before-make, a batch of regions of one upper table
 *   take the pages			look at each region
 *   exchange the entry above		freeze the entries above, each with its table as payload
 *   one flush for a whole batch	one flush
 *   free the tables			of each region take the pages, and store the leaf, or the table again
 *					free the tables
 */
#ifndef TDPMMU_CORE_OP_PROMOTE_H
#define TDPMMU_CORE_OP_PROMOTE_H

#include "promote_region.h"
#include "retire.h"

enum { PROMOTE_BATCH = 32, PROMOTE_SPAN = 512 };

struct promote {
	const struct run_source *source;
	tdp_gpa_t start, end; /* of the whole call: a region lies in it, or is left alone */
	unsigned level;	      /* the highest leaves to make */
	unsigned batch;	      /* regions per flush */
	bool shared;	      /* other threads may be inside */
	bool overwrites;      /* one store may turn a table into a leaf */
	bool stale;	      /* met a DEAD entry: nothing is in reach of it */
	bool made;	      /* something became valid, if only again */

	/* The batch that is open: regions that became leaves; or, break-before-make, that are about to, in the cursor's table. */
	unsigned n;
	tdp_gpa_t from, to;
	struct retire_chain chain;
	tdp_spte_t *first;		  /* break: the entry above the first region; bit i is the i-th from there */
	uint64_t ours[PROMOTE_SPAN / 64]; /* break: which */
	tdp_spte_t common[PROMOTE_BATCH]; /* break, with a backing: of each what the backing was asked for */
};

static inline void promote_refuse(const struct tdp_op *op, int why)
{
	if (op->stats && why < TDP_REFUSALS)
		op->stats->refused[why]++;
}

static inline void promote_done(const struct tdp_format *fmt, struct tdp_op *op, unsigned level)
{
	op->changed += fmt_size(fmt, level);
	op->tables++;
	if (op->stats)
		op->stats->promoted++;
}

/* May one store turn a table into a leaf? */
TDP_INLINE bool promote_overwrites(const struct tdp_format *fmt, const struct tree *t)
{
	return fmt->discipline == TDP_OVERWRITE || !t->live || TDP_BROKEN(PROMOTE_NO_BREAK);
}

/* Does the backing name the memory that the region's pages map, all of it, with what they are granted? */
static inline bool promote_backed(const struct tdp_format *fmt, const struct tree *t, const struct tdp_op *op,
				  const struct promote *x, const struct region *r)
{
	unsigned level = r->level - 1;
	tdp_spte_t differ;
	struct run run;

	if (run_get(fmt, t, op, x->source, r->gpa, r->gpa + fmt_size(fmt, r->level), &run) < 0 ||
	    run_leaf_level(fmt, t, &run, r->gpa, r->level) != r->level)
		return false;
	differ = fmt_make_leaf(fmt, &t->layout, level, run.hpa, run.bits[level > 0]) ^ r->common;
	return (differ & ~fmt_at(fmt, level, region_merged(fmt) | fmt->mw)) == 0;
}

/* Is it worth an attempt? */
static inline bool promote_look(const struct tdp_format *fmt, const struct tree *t, const struct tdp_op *op,
				const struct promote *x, struct region *r, const tdp_spte_t *table)
{
	int why = region_look(fmt, t, r, table);

	if (why == REGION_FITS && x->source->fn && !promote_backed(fmt, t, op, x, r))
		why = TDP_REFUSED_BACKING;
	if (why == REGION_FITS)
		return true;
	promote_refuse(op, why);
	return false;
}

/* Hands over the tables that went; nothing leads there any more. */
static inline void promote_free(struct tree *t, struct promote *x)
{
	if (x->shared)
		tdp_retire(t, &x->chain);
	else
		tdp_retire_now(t, &x->chain);
	x->chain.any = false;
}

/* ---- overwriting formats: the pages first ---- */

/* Ends a batch: one flush, then the tables go. */
static inline void promote_flush(struct tree *t, const struct tdp_op *op, struct promote *x)
{
	if (x->n == 0)
		return;
	if (TDP_BROKEN(PROMOTE_FREE_EARLY))
		promote_free(t, x);
	if (!TDP_BROKEN(PROMOTE_NO_FLUSH))
		tdp_hook_flush(t, op->user, x->from, x->to, -1, FLUSH_TABLES);
	promote_free(t, x);
	x->n = 0;
}

/*
 * The table of a region that looks good becomes a leaf in *p, which was e. Hardware that is still in the table by a cached upper level
 * finds its pages gone, or, if no bit of them can change any more, as they were; so nothing is lost before the flush. false: not all ours.
 */
static inline bool promote_overwrite(const struct tdp_format *fmt, struct tree *t, const struct tdp_op *op, struct promote *x,
				     struct region *r, tdp_spte_t *table, tdp_spte_t *p, tdp_spte_t e)
{
	tdp_hpa_t hpa = fmt_table_hpa(fmt, &t->layout, r->level, e);
	bool take = x->shared || !region_settled(fmt, t, r);
	tdp_spte_t leaf;

	x->made = true; /* even what is given back */
	if (take && !region_take(fmt, t, r, op->user, table, x->shared, false))
		return false;
	region_install(fmt, t, r, op->user, table);
	leaf = region_leaf(fmt, t, r);
	if (!spte_cmpxchg(p, &e, leaf, x->shared)) {
		region_give(fmt, t, r, table, fmt_entries(fmt));
		return false;
	}
	table_clean(t, p, sizeof(*p));
	retire_add(fmt, &x->chain, table, hpa, r->level - 1);
	table_clean(t, table, sizeof(*table));
	x->from = x->n == 0 || r->gpa < x->from ? r->gpa : x->from;
	x->to = x->n == 0 || r->gpa + fmt_size(fmt, r->level) > x->to ? r->gpa + fmt_size(fmt, r->level) : x->to;
	x->n++;
	return true;
}

/* ---- break-before-make: the entries above first ---- */

/* The i-th region of the batch, flushed, its entry *p frozen and ours: the leaf, or the table again. */
static inline void promote_make(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct promote *x, unsigned level,
				unsigned i, tdp_spte_t *p)
{
	tdp_hpa_t hpa = fmt_frozen_payload(fmt, level, spte_load(p));
	struct region r = {.gpa = x->from + ((tdp_gpa_t)i << fmt_shift(fmt, level)), .level = level};
	tdp_spte_t *table = table_get(t, hpa, level - 1, r.gpa), leaf = 0;
	bool good;

	if (x->source->fn) {
		r.fill = r.known = true;
		r.common = x->common[i];
	}
	/* Nobody else is inside: then hardware was the last one to change it, and that ended with the flush. */
	good = x->shared ? region_take(fmt, t, &r, op->user, table, true, true) : region_look(fmt, t, &r, table) == REGION_FITS;
	if (good) {
		region_install(fmt, t, &r, op->user, table);
		leaf = region_leaf(fmt, t, &r);
		good = leaf != 0;
		if (!good && x->shared) /* another call has changed all of its pages */
			region_give(fmt, t, &r, table, fmt_entries(fmt));
	}
	x->made = true;
	spte_store(p, good ? leaf : fmt_make_table(fmt, &t->layout, level, hpa));
	table_clean(t, p, sizeof(*p));
	if (good) {
		retire_add(fmt, &x->chain, table, hpa, level - 1);
		table_clean(t, table, sizeof(*table));
		promote_done(fmt, op, level);
	} else {
		promote_refuse(op, TDP_REFUSED_BUSY);
	}
	table_put(t, table);
}

/* Freezes the entries above the batch; forgets those that others were faster at. false: none is left. */
static inline bool promote_freeze(const struct tdp_format *fmt, struct tree *t, const struct tdp_op *op, struct promote *x,
				  unsigned level)
{
	bool any = false;

	for (unsigned i = 0; i < PROMOTE_SPAN; i++) {
		tdp_spte_t e, frozen;

		if (!(x->ours[i / 64] >> i % 64 & 1))
			continue;
		e = spte_load(x->first + i);
		frozen = fmt_make_frozen(fmt, level, fmt_table_hpa(fmt, &t->layout, level, e), 0);
		if (fmt_is_table(fmt, level, e) && spte_cmpxchg(x->first + i, &e, frozen, x->shared)) {
			table_clean(t, x->first + i, sizeof(tdp_spte_t));
			any = true;
			continue;
		}
		x->ours[i / 64] &= ~(UINT64_C(1) << i % 64);
		promote_refuse(op, TDP_REFUSED_BUSY);
	}
	return any;
}

/* Works off the batch. Its entries are of this level. */
static inline void promote_break(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct promote *x, unsigned level)
{
	if (x->n == 0)
		return;
	if (promote_freeze(fmt, t, op, x, level)) {
		if (!TDP_BROKEN(PROMOTE_NO_FLUSH) && !TDP_BROKEN(PROMOTE_MAKE_EARLY))
			tdp_hook_flush(t, op->user, x->from, x->to, -1, FLUSH_TABLES);
		for (unsigned i = 0; i < PROMOTE_SPAN; i++)
			if (x->ours[i / 64] >> i % 64 & 1)
				promote_make(fmt, t, op, x, level, i, x->first + i);
		if (TDP_BROKEN(PROMOTE_FREE_EARLY) || TDP_BROKEN(PROMOTE_MAKE_EARLY))
			promote_free(t, x);
		if (TDP_BROKEN(PROMOTE_MAKE_EARLY))
			tdp_hook_flush(t, op->user, x->from, x->to, -1, FLUSH_TABLES);
		promote_free(t, x);
	}
	for (unsigned i = 0; i < PROMOTE_SPAN / 64; i++)
		x->ours[i] = 0;
	x->n = 0;
}

/* Puts a region that looks good, whose entry is *p, into the batch. */
static inline void promote_add(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct promote *x,
			       const struct region *r, tdp_spte_t *p)
{
	unsigned span = x->source->fn ? PROMOTE_BATCH : PROMOTE_SPAN, i;

	if (x->n == x->batch || (x->n && (size_t)(p - x->first) >= span))
		promote_break(fmt, t, op, x, r->level);
	if (x->n++ == 0) {
		x->first = p;
		x->from = r->gpa;
	}
	i = (unsigned)(p - x->first);
	x->ours[i / 64] |= UINT64_C(1) << i % 64;
	if (x->source->fn)
		x->common[i] = r->common;
	x->to = r->gpa + fmt_size(fmt, r->level);
}

/* ---- the walk ---- */

/* Whatever is open: before the table of the cursor's level is left, or an upper region is tried. */
static inline void promote_close(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct promote *x, unsigned level)
{
	if (x->overwrites)
		promote_flush(t, op, x);
	else
		promote_break(fmt, t, op, x, level);
}

/* The table that entry e, *p, leads to: it covers a whole region. */
static inline void promote_table(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct promote *x, unsigned level,
				 tdp_gpa_t gpa, tdp_spte_t *p, tdp_spte_t e)
{
	struct region r = {.gpa = gpa, .level = level, .fill = x->source->fn != NULL};
	tdp_spte_t *table = table_get(t, fmt_table_hpa(fmt, &t->layout, level, e), level - 1, gpa);
	bool good = promote_look(fmt, t, op, x, &r, table);

	if (good && x->overwrites) {
		if (promote_overwrite(fmt, t, op, x, &r, table, p, e))
			promote_done(fmt, op, level);
		else
			promote_refuse(op, TDP_REFUSED_BUSY);
	}
	table_put(t, table);
	if (good && !x->overwrites)
		promote_add(fmt, t, op, x, &r, p);
	/* Freeing maps tables of every level below, and one at a time may be mapped: so before the cursor goes down again. */
	if (level > 1 || (x->overwrites && x->n == x->batch))
		promote_close(fmt, t, op, x, level);
}

/* The entry around the cursor's address, if it leads to a table that may go. */
static inline void promote_entry(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct promote *x,
				 const struct cursor *c, tdp_spte_t *p)
{
	tdp_gpa_t base = cursor_base(fmt, c);
	bool whole = base >= x->start && x->end - base >= fmt_size(fmt, c->level);
	tdp_spte_t e = spte_load(p);

	if (fmt_is_dead(fmt, c->level, e))
		x->stale = true;
	else if (c->level > x->level || !layout_has_leaf(&t->layout, c->level) || !(whole || TDP_BROKEN(PROMOTE_OVER_EDGE)))
		return;
	else if (fmt_is_table(fmt, c->level, e))
		promote_table(fmt, t, op, x, c->level, base, p, e);
	else if (fmt_is_frozen(fmt, c->level, e))
		promote_refuse(op, TDP_REFUSED_BUSY);
}

/* One table, up to an entry that leads further down; see cursor.h. */
static inline enum cursor_step promote_step(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct promote *x,
					    struct cursor *c)
{
	unsigned n = cursor_count(fmt, t, c);
	tdp_spte_t *p = cursor_entry(fmt, t, c);

	for (unsigned i = 0; i < n; i++, cursor_next(fmt, c)) {
		if (c->level > 1 && fmt_is_table(fmt, c->level, spte_load(p + i))) {
			c->down_to = c->level - 1;
			return CURSOR_DOWN;
		}
		promote_entry(fmt, t, op, x, c, p + i);
	}
	return CURSOR_DONE;
}

/* Up from a table that is finished; what led there may become a leaf in its turn. */
static inline void promote_up(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct promote *x, struct cursor *c)
{
	struct cursor at;

	if (!x->overwrites)
		promote_break(fmt, t, op, x, c->level);
	cursor_up(t, c);
	at = *c;
	at.gpa = c->gpa - 1; /* in the entry that was just finished */
	promote_entry(fmt, t, op, x, &at, cursor_entry(fmt, t, &at));
}

TDP_INLINE enum tdp_result op_promote(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, unsigned level,
				      struct run_source *source, struct tdp_op *op)
{
	struct promote x = {.source = source, .start = op->first, .end = end, .level = level};
	struct cursor c;

	x.batch = op->batch_lg2 ? 1u << op->batch_lg2 : PROMOTE_BATCH;
	x.shared = op_shared(t, op);
	x.overwrites = promote_overwrites(fmt, t);
	if (break_refused(fmt, t))
		return TDP_UNSUPPORTED;
	c = cursor_start(t, gpa, end);
	for (;;) {
		if (promote_step(fmt, t, op, &x, &c) == CURSOR_DOWN) {
			(void)cursor_down(fmt, t, &c);
			continue;
		}
		while (c.level < t->layout.top_level && (c.gpa >= end || cursor_left_table(fmt, &c)))
			promote_up(fmt, t, op, &x, &c);
		if (c.gpa >= end || op_pauses(t, op))
			break;
	}
	promote_close(fmt, t, op, &x, c.level);
	cursor_stop(t, &c);
	op->next = c.gpa < end ? c.gpa : end;
	if (x.made)
		walker_barrier(t);
	if (x.stale && op->next >= end)
		return TDP_STALE_ROOT;
	return op->changed ? TDP_OK : TDP_SPURIOUS;
}

#endif
