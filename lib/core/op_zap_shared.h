/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zap while other threads are inside (protocols of docs/concurrency.md, "Zap"). One table at a time, because frozen entries must not
 * be found again by a second walk: other threads freeze entries, too. For up to 512 entries of a table:
 *
 *   freeze   each leaf, and each table wholly in the range; which are ours is a bit map on the stack. With a gather leaves are cleared
 *            at once (the gather was counted before, and owes the flush and the report)
 *   flush    once for these entries
 *   finish   report what was written, take what is below the tables, make the entries EMPTY
 *   retire   the tables, in one chain
 */
#ifndef TDPMMU_CORE_OP_ZAP_SHARED_H
#define TDPMMU_CORE_OP_ZAP_SHARED_H

#include "harvest.h"
#include "op_zap.h"

enum { ZAP_BLOCK = 512 }; /* entries between two flushes */
enum { ZAP_PAUSE = 32 };  /* tables of a call that may pause, between two questions whether it shall */

/* What was taken of one table, from the entry at gpa on. */
struct zap_block {
	tdp_gpa_t gpa, end; /* end: behind the last entry that was taken */
	uint64_t first;	    /* number of the first entry, counted from gpa 0, rounded down to a multiple of 64 */
	uint64_t frozen[ZAP_BLOCK / 64], written[ZAP_BLOCK / 64];
	bool any, tables;
	enum tdp_result result;
};

static inline uint64_t zap_number(const struct tdp_format *fmt, const struct cursor *c)
{
	return c->gpa >> fmt_shift(fmt, c->level);
}

static inline void zap_block_add(const struct tdp_format *fmt, struct tdp_op *op, struct zap_block *b, const struct cursor *c,
				 bool gathered, bool written)
{
	unsigned bit = (unsigned)(zap_number(fmt, c) - b->first);
	tdp_gpa_t base = cursor_base(fmt, c);

	if (gathered)
		b->written[bit / 64] |= (uint64_t)written << bit % 64;
	else
		b->frozen[bit / 64] |= UINT64_C(1) << bit % 64;
	if (!b->any || base < b->gpa)
		b->gpa = base;
	b->end = base + fmt_size(fmt, c->level);
	b->any |= !gathered;
	op->changed += fmt_size(fmt, c->level);
}

/* A leaf that goes whole may reach beyond the range, and then a gather must hear of it. */
static inline void zap_shared_reach(const struct tdp_format *fmt, struct zap *z, const struct cursor *c)
{
	tdp_gpa_t base = cursor_base(fmt, c), end = base + fmt_size(fmt, c->level);

	if (base >= z->gpa && end <= z->end)
		return;
	z->gpa = base < z->gpa ? base : z->gpa;
	z->end = end > z->end ? end : z->end;
	z->leaves = false;
}

/* One leaf, which was e. false: another call changed it. */
static inline bool zap_shared_leaf(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct zap *z,
				   struct zap_block *b, const struct cursor *c, tdp_spte_t *p, tdp_spte_t e)
{
	unsigned level = c->level;
	tdp_spte_t seen = e, taken;
	bool written;

	zap_shared_reach(fmt, z, c);
	if (op->gather && !TDP_BROKEN(GATHER_COUNT_LATE))
		zap_announce(t, op, z, level);
	do {
		if (!leaf_same(fmt, level, seen, e))
			return false;
		written = fmt_was_written(fmt, level, e);
		taken = op->gather ? fmt_empty(fmt, level) : fmt_make_frozen(fmt, level, 0, written ? TDP_FROZEN_DIRTY : 0);
	} while (!spte_cmpxchg(p, &e, taken, true));
	if (op->gather && TDP_BROKEN(GATHER_COUNT_LATE))
		zap_announce(t, op, z, level);
	if (!op->gather)
		z->level = !b->any || z->level == (int)level ? (int)level : -1;
	zap_block_add(fmt, op, b, c, op->gather != NULL, written);
	return true;
}

/* One table that is to go whole. false: another call changed the entry. */
static inline bool zap_shared_table(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct zap_block *b,
				    const struct cursor *c, tdp_spte_t *p, tdp_spte_t e)
{
	tdp_hpa_t hpa = fmt_table_hpa(fmt, &t->layout, c->level, e);

	if (!spte_cmpxchg(p, &e, fmt_make_frozen(fmt, c->level, hpa, TDP_FROZEN_TABLE), true))
		return false;
	b->tables = true;
	zap_block_add(fmt, op, b, c, false, false);
	return true;
}

/* A leaf that sticks out of the range goes whole with OVERZAP, stays with SKIP_PARTIAL, and else must be split: start again. */
static inline bool zap_shared_fits(const struct tdp_format *fmt, const struct tdp_op *op, struct zap_block *b,
				   const struct cursor *c)
{
	if (cursor_whole(fmt, c) || (op->flags & TDP_OVERZAP))
		return true;
	if (!(op->flags & TDP_SKIP_PARTIAL))
		b->result = TDP_RACE;
	return false;
}

/* One entry. false: look at it again, unless b->result says why it cannot go on. */
static inline bool zap_shared_entry(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct zap *z,
				    struct zap_block *b, const struct cursor *c, tdp_spte_t *p, tdp_spte_t e)
{
	unsigned level = c->level;

	if (fmt_is_empty(fmt, level, e)) {
		z->absent = true;
		return true;
	}
	if (fmt_is_frozen(fmt, level, e)) {
		bool dead = fmt_is_dead(fmt, level, e);

		z->stale |= dead;
		b->result = dead || z->skip_busy ? TDP_OK : TDP_BUSY;
		return b->result >= 0;
	}
	if (fmt_is_table(fmt, level, e))
		return zap_shared_table(fmt, t, op, b, c, p, e);
	if (!zap_shared_fits(fmt, op, b, c))
		return b->result >= 0;
	if (fmt_is_present(fmt, level, e))
		return zap_shared_leaf(fmt, t, op, z, b, c, p, e);
	if (!spte_cmpxchg(p, &e, fmt_empty(fmt, level), true))
		return false;
	z->absent = true; /* a note may stand where a gather has cleared a leaf */
	op->changed += fmt_size(fmt, level);
	return true;
}

/* The frozen entries of a block become EMPTY, behind the flush. */
static inline void zap_shared_finish(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct zap *z,
				     const struct zap_block *b, struct cursor c, tdp_spte_t *table, struct retire_chain *chain)
{
	struct dirty_run *run = z->want_dirty ? &z->run : NULL;

	for (c.gpa = b->gpa; c.gpa < b->end; cursor_next(fmt, &c)) {
		unsigned bit = (unsigned)(zap_number(fmt, &c) - b->first);
		tdp_spte_t *p = table + cursor_index(fmt, t, &c);
		tdp_spte_t e;

		if (!(b->frozen[bit / 64] >> bit % 64 & 1))
			continue;
		e = spte_load(p);
		if (fmt_frozen_has(fmt, c.level, e, TDP_FROZEN_TABLE))
			harvest_subtree(fmt, t, op->user, run, chain, fmt_frozen_payload(fmt, c.level, e), c.level - 1, c.gpa);
		else if (run && fmt_frozen_has(fmt, c.level, e, TDP_FROZEN_DIRTY))
			dirty_add(t, op->user, run, c.gpa, fmt_size(fmt, c.level));
	}
	/* Reported before the entries can be mapped again. */
	dirty_report(t, op->user, &z->run);
	for (c.gpa = b->gpa; c.gpa < b->end; cursor_next(fmt, &c)) {
		unsigned bit = (unsigned)(zap_number(fmt, &c) - b->first);
		tdp_spte_t *p = table + cursor_index(fmt, t, &c);

		if (b->frozen[bit / 64] >> bit % 64 & 1) {
			spte_store(p, fmt_empty(fmt, c.level));
			table_clean(t, p, sizeof(*p));
		}
	}
}

/* Flushes, finishes and retires what a block froze; hands over what it gathered. */
static inline void zap_shared_close(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct zap *z,
				    const struct zap_block *b, const struct cursor *c)
{
	struct retire_chain chain = {0};

	for (unsigned w = 0; w < ZAP_BLOCK / 64; w++)
		if (b->written[w] && z->want_dirty)
			tdp_gather_dirty(op->gather, t, op->user, (b->first + w * 64) << fmt_shift(fmt, c->level),
					 fmt_shift(fmt, c->level), b->written[w], 1);
	if (!b->any)
		return;
	if (TDP_BROKEN(ZAP_CLEAR_EARLY))
		for (unsigned i = 0; i < 64; i++)
			if (b->frozen[0] >> i & 1)
				spte_store(c->table[c->level] + i % fmt_entries(fmt), fmt_empty(fmt, c->level));
	if (!z->quiet && !TDP_BROKEN(ZAP_NO_FLUSH))
		tdp_hook_flush(t, op->user, b->gpa, b->end, b->tables ? -1 : z->level,
			       b->tables && !TDP_BROKEN(ZAP_FLUSH_LEAF_ONLY) ? FLUSH_TABLES : FLUSH_LEAF);
	zap_shared_finish(fmt, t, op, z, b, *c, c->table[c->level], &chain);
	tdp_retire(t, &chain);
}

/* One table; see cursor.h. */
static inline enum cursor_step zap_shared_step(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct zap *z,
					       struct cursor *c)
{
	struct zap_block b = {.first = zap_number(fmt, c) & ~UINT64_C(63), .result = TDP_OK};
	unsigned n = cursor_count(fmt, t, c), room = ZAP_BLOCK - (unsigned)(zap_number(fmt, c) - b.first);
	tdp_spte_t *p = cursor_entry(fmt, t, c);
	uint64_t changed = op->changed;
	bool down = false, whole = !(op->flags & TDP_ZAP_LEAVES) && op_frees(t, op);
	unsigned i;

	if (c->op && c->level > 0) { /* not more at once than ZAP_PAUSE leaf tables; what is above them goes at the end */
		whole = whole && c->level == 1;
		room = room < ZAP_PAUSE ? room : ZAP_PAUSE;
	}
	for (i = 0; i < n && i < room;) {
		tdp_spte_t e = spte_load(p + i);

		down = fmt_is_table(fmt, c->level, e) && !(whole && cursor_whole(fmt, c));
		if (down)
			break;
		if (zap_shared_entry(fmt, t, op, z, &b, c, p + i, e)) {
			cursor_next(fmt, c);
			i++;
		} else if (b.result < 0) {
			break;
		}
	}
	if (op->changed != changed)
		table_clean(t, p, i * sizeof(*p));
	else /* what was absent already: R11 may flush for it */
		table_clean_seen(t, i > 0, p, i * sizeof(*p));
	zap_shared_close(fmt, t, op, z, &b, c);
	c->down_to = c->level - 1;
	z->result = b.result;
	return down ? CURSOR_DOWN : b.result < 0 ? CURSOR_STOP : CURSOR_DONE;
}

#endif
