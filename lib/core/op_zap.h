/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unmap a range exactly. Two passes around one flush (protocols.md section 5):
 *
 *   take    each table wholly in the range: FROZEN with the table as payload; each leaf: FROZEN with its dirtiness as a mark,
 *           or, with a gather, EMPTY at once (the gather owes the flush and the report)
 *   flush   cached upper levels too if a table went; nobody reaches any of it now, and Accessed and Dirty are final
 *   finish  report what was written, free the tables from the leaves up, and last make the frozen entries EMPTY
 */
#ifndef TDPMMU_CORE_OP_ZAP_H
#define TDPMMU_CORE_OP_ZAP_H

#include "edge.h"
#include "gather.h"
#include "reap.h"

struct zap {
	tdp_gpa_t gpa, end;  /* what is being taken between two flushes */
	tdp_gpa_t next;	     /* where the walk came to: beyond end if a hole goes on there */
	bool want_dirty;     /* somebody listens */
	bool may_move;	     /* ... and hardware may be setting bits meanwhile, which must not be lost */
	bool leaves, tables; /* what was taken */
	uint64_t changed;    /* op->changed before that */
	int level;	     /* of every leaf taken; -1: mixed */
	struct dirty_run run;
	bool absent;	/* a note went, or, shared, something was not there: a gather may have cleared what stood there before */
	bool stale;	/* met a DEAD entry: nothing is in reach of it */
	bool quiet;	/* no CPU is inside the tree: no flush */
	bool skip_busy; /* shared: what others have frozen is theirs to finish */
	enum tdp_result result;
};

/* Before the first leaf of a level goes: the gather must know (G4: counted before the clear). */
static inline void zap_announce(struct tree *t, struct tdp_op *op, struct zap *z, unsigned level)
{
	if (tdp_likely(z->leaves && (z->level == (int)level || z->level == -1)))
		return;
	z->level = z->leaves ? -1 : (int)level;
	z->leaves = true;
	if (op->gather)
		tdp_gather_range(op->gather, t, op->user, z->gpa, z->end, z->level, true);
}

/* Takes one leaf. Returns whether it had been written. */
TDP_INLINE bool zap_take(const struct tdp_format *fmt, const struct tree *t, const struct tdp_op *op, const struct zap *z,
			 tdp_spte_t *p, unsigned level)
{
	tdp_spte_t old = spte_load(p), taken;
	bool written, moving = z->may_move && leaf_moving(fmt, t, false, level, old) && !TDP_BROKEN(ZAP_PLAIN_STORE);

	if (op->gather) /* what is left does not depend on what was there */
		return fmt_was_written(fmt, level, spte_xchg(p, old, fmt_empty(fmt, level), moving));
	do {
		written = fmt_was_written(fmt, level, old);
		taken = fmt_make_frozen(fmt, level, 0, written ? TDP_FROZEN_DIRTY : 0);
	} while (!spte_cmpxchg(p, &old, taken, moving));
	return written;
}

/* Can hardware be changing none of these present leaves, by what all or any of them have? */
TDP_INLINE bool zap_settled(const struct tdp_format *fmt, const struct tree *t, struct spte_scan s)
{
	bool a = !fmt_hw_accessed(fmt, &t->layout) || (s.all & fmt->a);
	bool d = !fmt_hw_dirty(fmt, &t->layout) || !(s.any & fmt->w) || (s.all & fmt_hard_dirty(fmt));

	return !t->live || (a && d);
}

/*
 * Entries of level 0 as one, if they are all alike: absent, or present, not about to change, and all written or none, so that plain
 * stores lose nothing. false: they are not, and nothing was done.
 */
TDP_INLINE bool zap_alike(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct zap *z, tdp_spte_t *p, unsigned n,
			  bool *written)
{
	struct spte_scan s = spte_scan(p, n);

	*written = false;
	if (s.any == fmt->empty && s.all == fmt->empty)
		return true;
	if (!(s.all & fmt->present) || (z->may_move && !zap_settled(fmt, t, s)) ||
	    fmt_was_written(fmt, 0, s.any) != fmt_was_written(fmt, 0, s.all))
		return false;
	*written = fmt_was_written(fmt, 0, s.all);
	zap_announce(t, op, z, 0);
	spte_set_line(p, n, op->gather ? fmt->empty : fmt_make_frozen(fmt, 0, 0, *written ? TDP_FROZEN_DIRTY : 0));
	op->changed += n * fmt_size(fmt, 0);
	return true;
}

/* Up to 8 entries of level 0. Returns which of them had been written. */
static inline unsigned zap_line(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct zap *z, tdp_spte_t *p,
				unsigned n)
{
	unsigned written = 0, taken = 0;
	bool all_written;

	if (zap_alike(fmt, t, op, z, p, n, &all_written))
		return all_written ? (1u << n) - 1 : 0;
	for (unsigned i = 0; i < n; i++) {
		tdp_spte_t e = spte_load(p + i);

		if (fmt_is_present(fmt, 0, e)) {
			if (taken == 0)
				zap_announce(t, op, z, 0);
			written |= (unsigned)zap_take(fmt, t, op, z, p + i, 0) << i;
			taken++;
		} else if (fmt_is_note(fmt, 0, e)) {
			spte_store(p + i, fmt->empty);
			z->absent = true;
			op->changed += fmt_size(fmt, 0);
		}
	}
	op->changed += taken * fmt_size(fmt, 0);
	return written;
}

/* Hand over the blocks of written leaves that end here. */
static inline void zap_gather_full(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, tdp_gpa_t end, unsigned blocks)
{
	if (blocks)
		tdp_gather_dirty(op->gather, t, op->user, end - ((uint64_t)blocks * SPTE_BLOCK << fmt_shift(fmt, 0)),
				 fmt_shift(fmt, 0), UINT64_MAX, blocks);
}

/*
 * A leaf table's entries in the range, by cache lines and blocks of 64 (the gather's records). A gather that is full flushes, so what was
 * cleared is cleaned before anything is handed to it.
 */
static inline void zap_leaf_table(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct zap *z, struct cursor *c,
				  tdp_spte_t *p, unsigned n)
{
	unsigned first = (unsigned)(c->gpa >> fmt_shift(fmt, 0)) & 63;
	tdp_gpa_t block = c->gpa - ((uint64_t)first << fmt_shift(fmt, 0));
	bool report = op->gather && z->want_dirty;
	unsigned full = 0; /* blocks before this one that were written whole and are not reported yet */

	for (unsigned i = 0; i < n;) {
		const unsigned start = i;
		uint64_t mask = 0;
		bool written;

		if (first == 0 && n - i >= SPTE_BLOCK && zap_alike(fmt, t, op, z, p + i, SPTE_BLOCK, &written)) {
			mask = written ? UINT64_MAX : 0;
			i += SPTE_BLOCK;
			first = SPTE_BLOCK;
		}
		for (; i < n && first < 64;) {
			unsigned line = SPTE_LINE - first % SPTE_LINE;

			line = line < n - i ? line : n - i;
			mask |= (uint64_t)zap_line(fmt, t, op, z, p + i, line) << first;
			i += line;
			first += line;
		}
		if (report)
			table_clean(t, p + start, (i - start) * sizeof(*p));
		if (report && mask != UINT64_MAX) {
			zap_gather_full(fmt, t, op, block, full);
			full = 0;
			if (mask)
				tdp_gather_dirty(op->gather, t, op->user, block, fmt_shift(fmt, 0), mask, 1);
		}
		full += report && mask == UINT64_MAX;
		block += UINT64_C(64) << fmt_shift(fmt, 0);
		first = 0;
	}
	zap_gather_full(fmt, t, op, block, full);
	z->stale |= root_pages_dead(fmt, t, p, n);
	if (!report)
		table_clean(t, p, n * sizeof(*p));
	c->gpa += (uint64_t)n << fmt_shift(fmt, 0);
}

/* An entry above level 0 that is not a table to go into. */
static inline void zap_upper_entry(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct zap *z,
				   const struct cursor *c, tdp_spte_t *p, tdp_spte_t e)
{
	unsigned level = c->level;
	tdp_gpa_t end = cursor_base(fmt, c) + fmt_size(fmt, level);

	if (fmt_is_present(fmt, level, e) && fmt_is_leaf(fmt, level, e)) {
		bool written;

		if (end > z->end) /* a batch ends inside this leaf, which goes whole */
			z->end = end;
		zap_announce(t, op, z, level);
		written = zap_take(fmt, t, op, z, p, level);
		table_clean(t, p, sizeof(*p)); /* before a gather that is full flushes */
		if (op->gather && written && z->want_dirty) {
			unsigned unit = fmt_shift(fmt, level);
			tdp_gpa_t base = c->gpa & ~((UINT64_C(64) << unit) - 1);

			tdp_gather_dirty(op->gather, t, op->user, base, unit, UINT64_C(1) << ((c->gpa - base) >> unit), 1);
		}
		op->changed += fmt_size(fmt, level);
		return;
	}
	if (fmt_is_table(fmt, level, e)) {
		z->tables = true;
		if (TDP_BROKEN(ZAP_FREE_EARLY)) {
			reap_subtree(fmt, t, op->user, NULL, fmt_table_hpa(fmt, &t->layout, level, e), level - 1, c->gpa);
			spte_store(p, fmt_empty(fmt, level));
			return;
		}
		spte_store(p, fmt_make_frozen(fmt, level, fmt_table_hpa(fmt, &t->layout, level, e), TDP_FROZEN_TABLE));
		op->changed += fmt_size(fmt, level);
	} else if (fmt_is_note(fmt, level, e)) {
		spte_store(p, fmt_empty(fmt, level));
		z->absent = true;
		op->changed += fmt_size(fmt, level);
	}
	table_clean(t, p, sizeof(*p));
}

/* First pass, one table; see cursor.h. */
static inline enum cursor_step zap_take_step(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct zap *z,
					     struct cursor *c)
{
	unsigned n = cursor_count(fmt, t, c);
	tdp_spte_t *p = cursor_entry(fmt, t, c);

	if (c->level == 0) {
		zap_leaf_table(fmt, t, op, z, c, p, n);
		return CURSOR_DONE;
	}
	for (unsigned i = 0; i < n; i++, cursor_next(fmt, c)) {
		tdp_spte_t e = spte_load(p + i);

		if (fmt_is_table(fmt, c->level, e) && !(cursor_whole(fmt, c) && !(op->flags & TDP_ZAP_LEAVES))) {
			c->down_to = c->level - 1;
			return CURSOR_DOWN;
		}
		if (TDP_BROKEN(HUGE_AS_TABLE) && fmt_is_present(fmt, c->level, e) && fmt_is_leaf(fmt, c->level, e)) {
			c->down_to = c->level - 1;
			return CURSOR_DOWN;
		}
		z->stale |= fmt_is_dead(fmt, c->level, e);
		if (!fmt_is_empty(fmt, c->level, e))
			zap_upper_entry(fmt, t, op, z, c, p + i, e);
	}
	return CURSOR_DONE;
}

/* Second pass: one frozen entry, all of them ours because the call is exclusive. */
static inline void zap_finish_entry(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct zap *z,
				    const struct cursor *c, tdp_spte_t *p, tdp_spte_t e)
{
	struct dirty_run *run = z->want_dirty ? &z->run : NULL;

	if (fmt_frozen_has(fmt, c->level, e, TDP_FROZEN_TABLE))
		reap_subtree(fmt, t, op->user, run, fmt_frozen_payload(fmt, c->level, e), c->level - 1, c->gpa);
	else if (run && fmt_frozen_has(fmt, c->level, e, TDP_FROZEN_DIRTY))
		dirty_add(t, op->user, run, c->gpa, fmt_size(fmt, c->level));
	if (!TDP_BROKEN(ZAP_LEAVE_FROZEN))
		spte_store(p, fmt_empty(fmt, c->level));
}

static inline enum cursor_step zap_finish_step(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct zap *z,
					       struct cursor *c)
{
	unsigned n = cursor_count(fmt, t, c);
	tdp_spte_t *p = cursor_entry(fmt, t, c);

	for (unsigned i = 0; i < n; i++, cursor_next(fmt, c)) {
		tdp_spte_t e = spte_load(p + i);

		if (fmt_is_table(fmt, c->level, e)) {
			c->down_to = c->level - 1;
			return CURSOR_DOWN;
		}
		if (fmt_is_frozen(fmt, c->level, e) && !fmt_is_dead(fmt, c->level, e)) {
			zap_finish_entry(fmt, t, op, z, c, p + i, e);
			table_clean(t, p + i, sizeof(*p));
		}
	}
	return CURSOR_DONE;
}

/* The one flush between the passes, if anything is owed: by us, or by another gather that cleared what we found absent (R11). */
static inline void zap_flush(const struct tdp_format *fmt, struct tree *t, const struct tdp_op *op, const struct zap *z)
{
	bool absent = z->absent || op->changed - z->changed < z->end - z->gpa;
	bool others = absent && tdp_gather_others(op->gather, t);
	tdp_gpa_t end = TDP_BROKEN(ZAP_FLUSH_SHORT) ? z->end - fmt_size(fmt, 0) : z->end;

	if (z->quiet || TDP_BROKEN(ZAP_NO_FLUSH))
		return;
	if (z->tables)
		tdp_hook_flush(t, op->user, z->gpa, end, -1, TDP_BROKEN(ZAP_FLUSH_LEAF_ONLY) ? FLUSH_LEAF : FLUSH_TABLES);
	else if (op->gather && others)
		tdp_gather_range(op->gather, t, op->user, z->gpa, z->end, -1, false);
	else if ((z->leaves && !op->gather) || others)
		tdp_hook_flush(t, op->user, z->gpa, end, others ? -1 : z->level, FLUSH_LEAF);
}

/* Both passes over [z->gpa, z->end). */
static inline void zap_batch(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct zap *z)
{
	struct cursor c;

	c = cursor_start_op(t, op, z->gpa, z->end);
	z->leaves = z->tables = z->absent = false;
	z->changed = op->changed;
	while (cursor_follow(fmt, t, &c, zap_take_step(fmt, t, op, z, &c)))
		;
	z->next = c.gpa;
	if (c.gpa < z->end) /* a pause */
		z->end = c.gpa;
	if (TDP_BROKEN(ZAP_REPORT_EARLY) && z->leaves)
		tdp_hook_dirty(t, op->user, z->gpa, z->end - z->gpa);
	zap_flush(fmt, t, op, z);
	if (!z->tables && (!z->leaves || op->gather))
		return;
	c = cursor_start(t, z->gpa, z->end);
	while (cursor_follow(fmt, t, &c, zap_finish_step(fmt, t, op, z, &c)))
		;
	dirty_report(t, op->user, &z->run);
}

#endif
