/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which pages were written: collect and arm, and make dirty again.
 *
 * A page loses what makes the next write unseen (tree.armed: Dirty, and W where software sets Dirty) in one exchange, which tells whether
 * it was dirty. What a CPU has cached still lets writes through unseen, until the flush: so nobody may read the page before. SD
 * remembers for a zap that the page was written, for what was collected may not have been dealt with yet.
 */
#ifndef TDPMMU_CORE_OP_DIRTY_H
#define TDPMMU_CORE_OP_DIRTY_H

#include "gather.h"
#include "op_zap.h"
#include "pages.h"
#include "reap.h"
#include "split.h"

/* Pages of level 0 that are dealt with before one flush, where each flush is followed by reports. */
enum { ARM_CHUNK = 512 };

struct arm {
	const struct pages *pages;
	tdp_gpa_t gpa, end;	  /* what was asked for */
	tdp_gpa_t owes, owes_end; /* what must be flushed; nothing if equal */
	int level;		  /* of all leaves in there; -1: mixed */
	bool shared, stale;
	enum tdp_result result;
	uint64_t named[ARM_CHUNK / 64]; /* for the hook: pages of the chunk to report behind the flush */
};

/* An entry of this level lost something. */
TDP_INLINE void arm_owe(struct arm *a, tdp_gpa_t gpa, tdp_gpa_t end, unsigned level)
{
	if (a->owes == a->owes_end) {
		a->owes = gpa;
		a->owes_end = end;
		a->level = (int)level;
	}
	a->owes = gpa < a->owes ? gpa : a->owes;
	a->owes_end = end > a->owes_end ? end : a->owes_end;
	a->level = a->level == (int)level ? a->level : -1;
}

/* Flushes what is owed. Only a caller with a bitmap can wait for a gather: the hook says "now". */
TDP_INLINE void arm_flush(struct tree *t, struct tdp_op *op, struct arm *a)
{
	if (a->owes == a->owes_end || TDP_BROKEN(ARM_NO_FLUSH))
		return;
	if (a->pages->out)
		flush_or_gather(t, op, a->owes, a->owes_end, a->level);
	else
		tdp_hook_flush(t, op->user, a->owes, a->owes_end, a->level, FLUSH_LEAF);
	a->owes = a->owes_end = 0;
}

/* Which of up to 64 pages from gpa on are meant. */
TDP_INLINE uint64_t arm_wanted(const struct tdp_format *fmt, const struct arm *a, tdp_gpa_t gpa)
{
	if (a->pages->mask == 0)
		return ~UINT64_C(0);
	return a->pages->mask >> ((gpa - a->pages->base) >> fmt->page_lg2);
}

/* Names pages in the bitmap: bit i of bits is the i-th of up to 64 from gpa on. */
static inline void arm_name_bits(const struct tdp_format *fmt, const struct arm *a, tdp_gpa_t gpa, uint64_t bits)
{
	const struct tdp_bitmap *out = a->pages->out;

	if (out->page_lg2 == fmt->page_lg2) {
		bitmap_or(out, (gpa - out->base) >> out->page_lg2, bits);
		return;
	}
	for (; bits; bits &= bits - 1) {
		tdp_gpa_t page = gpa + ((uint64_t)word_first(bits) << fmt->page_lg2);

		bitmap_set(out, page, page + fmt_size(fmt, 0));
	}
}

/* One leaf, which held old; whole: all of it is asked for. *named: it was dirty. false: another call changed it, look again. */
TDP_INLINE bool arm_leaf(const struct tdp_format *fmt, const struct tree *t, struct arm *a, tdp_spte_t *p, unsigned level,
			 tdp_gpa_t gpa, bool whole, tdp_spte_t old, bool *named)
{
	const tdp_spte_t armed = fmt_at(fmt, level, t->armed), sd = TDP_BROKEN(ARM_NO_SD) ? 0 : fmt_at(fmt, level, fmt->sd);
	tdp_spte_t seen = old, new_entry;

	do {
		if (!leaf_same(fmt, level, seen, old))
			return false;
		*named = fmt_is_dirty(fmt, level, old);
		if (whole || TDP_BROKEN(ARM_OVER_EDGE))
			new_entry = (old & ~armed) | (*named ? sd : 0);
		else /* outside the range nothing may be lost, so Dirty stays */
			new_entry = fmt_write_protected(fmt, level, old, 0);
		if (new_entry == old)
			return true;
	} while (!spte_cmpxchg(p, &old, new_entry, !TDP_BROKEN(ARM_PLAIN_STORE) && leaf_moving(fmt, t, a->shared, level, old)));
	table_clean(t, p, sizeof(*p));
	if (!TDP_BROKEN(ARM_FLUSH_ONLY_W) || (old & ~new_entry & fmt_at(fmt, level, fmt->w)))
		arm_owe(a, gpa, gpa + fmt_size(fmt, level), level);
	return true;
}

/* Up to 64 pages as one, if there is nothing to do, or all were written and plain stores lose nothing. */
TDP_INLINE bool arm_alike(const struct tdp_format *fmt, const struct tree *t, struct arm *a, tdp_spte_t *p, unsigned n,
			  tdp_gpa_t gpa, uint64_t wanted, uint64_t *named)
{
	const uint64_t every = ~UINT64_C(0) >> (64 - n);
	struct spte_scan s = spte_scan(p, n);

	if (s.any == s.all && fmt_is_empty(fmt, 0, s.any))
		return true;
	if (!(s.all & fmt->present))
		return false;
	if (!(s.any & t->armed))
		return true;
	if (a->shared || (wanted & every) != every || !(s.all & fmt->d) || !zap_settled(fmt, t, s))
		return false;
	if (TDP_BROKEN(ARM_NO_SD) || TDP_BROKEN(ARM_FLUSH_ONLY_W))
		return false;
	spte_change_line(p, n, t->armed, fmt->sd);
	table_clean(t, p, n * sizeof(*p));
	arm_owe(a, gpa, gpa + n * fmt_size(fmt, 0), 0);
	*named = every;
	return true;
}

/* Up to 64 pages of one table. Returns how many it did; fewer: a->result says why. */
static inline unsigned arm_block(const struct tdp_format *fmt, const struct tree *t, struct arm *a, tdp_spte_t *p, unsigned n,
				 tdp_gpa_t gpa, uint64_t *named)
{
	const uint64_t wanted = arm_wanted(fmt, a, gpa);

	*named = 0;
	if (arm_alike(fmt, t, a, p, n, gpa, wanted, named))
		return n;
	for (unsigned i = 0; i < n;) {
		tdp_spte_t e = spte_load(p + i);
		bool written = false;

		if (fmt_is_dead(fmt, 0, e)) {
			a->stale = true;
		} else if (fmt_is_frozen(fmt, 0, e) && (wanted >> i & 1) && !TDP_BROKEN(ARM_SKIP_BUSY)) {
			a->result = TDP_BUSY;
			return i;
		}
		if (fmt_is_present(fmt, 0, e) && (wanted >> i & 1) &&
		    !arm_leaf(fmt, t, a, p + i, 0, gpa + i * fmt_size(fmt, 0), true, e, &written))
			continue;
		*named |= (uint64_t)written << i++;
	}
	return n;
}

/* The chunk's pages to the hook, behind their flush. */
static inline void arm_report(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct arm *a, tdp_gpa_t gpa)
{
	struct dirty_run run = {0};

	if (!TDP_BROKEN(ARM_REPORT_EARLY))
		arm_flush(t, op, a);
	for (unsigned w = 0; w < ARM_CHUNK / 64; w++) {
		for (uint64_t bits = a->named[w]; bits; bits &= bits - 1) {
			unsigned i = w * 64 + word_first(bits);

			dirty_add(t, op->user, &run, gpa + i * fmt_size(fmt, 0), fmt_size(fmt, 0));
		}
		a->named[w] = 0;
	}
	dirty_report(t, op->user, &run);
	arm_flush(t, op, a);
}

/* A stretch of a leaf table. */
static inline enum cursor_step arm_pages(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct arm *a,
					 struct cursor *c)
{
	unsigned n = cursor_count(fmt, t, c), first = cursor_index(fmt, t, c);
	tdp_spte_t *p = cursor_entry(fmt, t, c);
	const tdp_gpa_t start = c->gpa;

	n = n < ARM_CHUNK ? n : ARM_CHUNK;
	for (unsigned i = 0, k, done; i < n && a->result >= 0; i += done) {
		uint64_t named;

		k = SPTE_BLOCK - (first + i) % SPTE_BLOCK;
		k = k < n - i ? k : n - i;
		done = arm_block(fmt, t, a, p + i, k, c->gpa, &named);
		op->changed += bits_count(named) * fmt_size(fmt, 0);
		if (a->pages->out && named)
			arm_name_bits(fmt, a, c->gpa, named);
		else if (named) {
			a->named[i / 64] |= named << i % 64;
			if (i % 64 && named >> (64 - i % 64))
				a->named[i / 64 + 1] |= named >> (64 - i % 64);
		}
		c->gpa += done * fmt_size(fmt, 0);
	}
	if (!a->pages->out)
		arm_report(fmt, t, op, a, start);
	return a->result < 0 ? CURSOR_STOP : CURSOR_DONE;
}

/* Names what of a larger leaf is asked for. */
static inline void arm_name_leaf(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct arm *a, tdp_gpa_t gpa,
				 tdp_gpa_t end)
{
	uint64_t page = fmt_size(fmt, 0), step;

	gpa = gpa > a->gpa ? gpa : a->gpa;
	end = end < a->end ? end : a->end;
	if (!a->pages->out)
		arm_flush(t, op, a);
	for (; gpa < end; gpa += step) {
		step = a->pages->mask ? page : end - gpa;
		if (!(arm_wanted(fmt, a, gpa) & 1))
			continue;
		op->changed += step;
		if (a->pages->out)
			bitmap_set(a->pages->out, gpa, gpa + step);
		else
			tdp_hook_dirty(t, op->user, gpa, step);
	}
}

/* Is a page of this entry asked for? */
TDP_INLINE bool arm_asks(const struct tdp_format *fmt, const struct arm *a, tdp_gpa_t gpa, tdp_gpa_t end)
{
	if (a->pages->mask == 0)
		return true;
	gpa = gpa > a->gpa ? gpa : a->gpa;
	end = end < a->end ? end : a->end;
	return (arm_wanted(fmt, a, gpa) & (~UINT64_C(0) >> (64 - ((end - gpa) >> fmt->page_lg2)))) != 0;
}

static inline enum cursor_step arm_step(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct arm *a,
					struct cursor *c)
{
	unsigned n = cursor_count(fmt, t, c);
	tdp_spte_t *p = cursor_entry(fmt, t, c);

	if (c->level == 0)
		return arm_pages(fmt, t, op, a, c);
	for (unsigned i = 0; i < n;) {
		tdp_spte_t e = spte_load(p + i);
		tdp_gpa_t base = cursor_base(fmt, c);
		bool named = false, asked = arm_asks(fmt, a, base, base + fmt_size(fmt, c->level));

		if (fmt_is_table(fmt, c->level, e)) {
			c->down_to = c->level - 1;
			return CURSOR_DOWN;
		}
		if (fmt_is_dead(fmt, c->level, e)) {
			a->stale = true;
		} else if (fmt_is_frozen(fmt, c->level, e) && asked && !TDP_BROKEN(ARM_SKIP_BUSY)) {
			a->result = TDP_BUSY;
			return CURSOR_STOP;
		}
		if (fmt_is_present(fmt, c->level, e) && asked &&
		    !arm_leaf(fmt, t, a, p + i, c->level, base, cursor_whole(fmt, c) && a->pages->mask == 0, e, &named))
			continue;
		if (named)
			arm_name_leaf(fmt, t, op, a, base, base + fmt_size(fmt, c->level));
		cursor_next(fmt, c);
		i++;
	}
	return CURSOR_DONE;
}

TDP_INLINE enum tdp_result op_dirty_arm(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end,
					const struct pages *pages, struct tdp_op *op)
{
	struct cursor c = cursor_start_op(t, op, gpa, end);
	struct arm a = {.pages = pages, .gpa = gpa, .end = end, .shared = op_shared(t, op)};

	while (cursor_follow(fmt, t, &c, arm_step(fmt, t, op, &a, &c)))
		;
	op->next = c.gpa < end ? c.gpa : end;
	arm_flush(t, op, &a);
	if (a.result < 0)
		return a.result;
	if (a.stale && op->next >= end)
		return TDP_STALE_ROOT;
	return op->changed ? TDP_OK : TDP_SPURIOUS;
}

/* ---- restore ---- */

/* One leaf becomes dirty. false: another call changed it, look again. */
TDP_INLINE bool restore_leaf(const struct tdp_format *fmt, const struct tree *t, struct tdp_op *op, bool shared, tdp_spte_t *p,
			     unsigned level, tdp_spte_t old)
{
	tdp_spte_t seen = old;

	do {
		if (!leaf_same(fmt, level, seen, old))
			return false;
		if (fmt_is_dirty(fmt, level, old))
			return true;
	} while (!spte_cmpxchg(p, &old, old | fmt_at(fmt, level, fmt_soft_dirty(fmt)), leaf_moving(fmt, t, shared, level, old)));
	table_clean(t, p, sizeof(*p));
	op->changed += fmt_size(fmt, level);
	return true;
}

static inline enum cursor_step restore_step(const struct tdp_format *fmt, const struct tree *t, struct tdp_op *op,
					    const struct tdp_bitmap *pages, struct arm *a, struct cursor *c)
{
	unsigned n = cursor_count(fmt, t, c);
	tdp_spte_t *p = cursor_entry(fmt, t, c);

	for (unsigned i = 0; i < n;) {
		tdp_gpa_t next = cursor_base(fmt, c) + fmt_size(fmt, c->level);
		tdp_spte_t e = spte_load(p + i);

		if (fmt_is_table(fmt, c->level, e)) {
			c->down_to = c->level - 1;
			return CURSOR_DOWN;
		}
		if (bitmap_any(pages, c->gpa, next < c->end ? next : c->end)) {
			if (fmt_is_dead(fmt, c->level, e)) {
				a->stale = true;
			} else if (fmt_is_frozen(fmt, c->level, e)) {
				a->result = TDP_BUSY;
				return CURSOR_STOP;
			}
			if (fmt_is_present(fmt, c->level, e) && !restore_leaf(fmt, t, op, a->shared, p + i, c->level, e))
				continue;
		}
		cursor_next(fmt, c);
		i++;
	}
	return CURSOR_DONE;
}

TDP_INLINE enum tdp_result op_dirty_restore(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end,
					    const struct tdp_bitmap *pages, struct tdp_op *op)
{
	struct cursor c = cursor_start_op(t, op, gpa, end);
	struct arm a = {.shared = op_shared(t, op)};

	while (cursor_follow(fmt, t, &c, restore_step(fmt, t, op, pages, &a, &c)))
		;
	op->next = c.gpa < end ? c.gpa : end;
	if (a.result < 0)
		return a.result;
	if (a.stale && op->next >= end)
		return TDP_STALE_ROOT;
	return op->changed ? TDP_OK : TDP_SPURIOUS;
}

#endif
