/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which pages are young, and make them old. The one walk that promises so little that it may be this cheap: nothing is flushed, nothing is
 * waited for, a lost race leaves a page young, and a frozen entry is passed over.
 */
#ifndef TDPMMU_CORE_OP_AGE_H
#define TDPMMU_CORE_OP_AGE_H

#include "op_zap.h"
#include "pages.h"

struct age {
	const struct tdp_bitmap *young; /* NULL: only count */
	bool clear;			/* make them old */
	bool shared;			/* other threads may be inside */
	bool mixed;			/* the last block had young pages and others */
	bool stale;			/* met a DEAD entry: nothing is in reach of it */
};

/* Names the pages of mask, bit 0 being the one at gpa. */
static inline void age_name(const struct tdp_format *fmt, const struct age *a, struct tdp_op *op, tdp_gpa_t gpa, uint64_t mask)
{
	const uint64_t page = fmt_size(fmt, 0);

	op->changed += bits_count(mask) * page;
	if (!a->young)
		return;
	if (tdp_likely(a->young->page_lg2 == fmt_shift(fmt, 0))) {
		bitmap_or(a->young, (gpa - a->young->base) >> fmt_shift(fmt, 0), mask);
		return;
	}
	for (; mask; mask &= mask - 1) {
		tdp_gpa_t at = gpa + word_first(mask) * page;

		bitmap_set(a->young, at, at + page);
	}
}

/* One young leaf, which was e: one try. Only where nobody else may be writing a plain store: it would undo what came between. */
TDP_INLINE void age_leaf(const struct tdp_format *fmt, const struct tree *t, bool shared, tdp_spte_t *p, unsigned level,
			 tdp_spte_t e)
{
	bool moving = leaf_moving(fmt, t, shared, level, e) && !TDP_BROKEN(AGE_PLAIN_STORE);
	tdp_spte_t old = fmt_aged(fmt, level, e);

	if (TDP_BROKEN(AGE_DROPS_DIRTY))
		old &= ~fmt_at(fmt, level, fmt->d);
	(void)spte_cmpxchg(p, &e, old, moving);
}

/* Entries of level 0, all of them young, as one, if plain stores lose nothing. false: nothing was done. */
TDP_INLINE bool age_at_once(const struct tdp_format *fmt, const struct tree *t, const struct age *a, tdp_spte_t *p, unsigned n,
			    struct spte_scan s)
{
	if (a->shared || !zap_settled(fmt, t, s) || TDP_BROKEN(AGE_DROPS_DIRTY))
		return false;
	spte_mask_line(p, n, fmt->a | (fmt->tracks ? fmt->tracks | fmt->w : 0), fmt->tracks, fmt->saved_shift);
	return true;
}

/* One entry of level 0, which mask has as bit; without it if the entry was not young. */
TDP_INLINE uint64_t age_entry(const struct tdp_format *fmt, const struct tree *t, bool clear, bool shared, tdp_spte_t *p,
			      uint64_t bit, uint64_t mask)
{
	const tdp_spte_t both = fmt->present | fmt->a;
	tdp_spte_t e = spte_load(p);

	if (tdp_unlikely((e & both) != both)) /* what is not present has other things there */
		return mask & ~bit;
	if (clear)
		age_leaf(fmt, t, shared, p, 0, e);
	return mask;
}

/* Those of up to 64 entries that are in look. Returns which of them were young. */
TDP_INLINE uint64_t age_each(const struct tdp_format *fmt, const struct tree *t, const struct age *a, tdp_spte_t *p, unsigned n,
			     uint64_t look)
{
	const bool clear = a->clear, shared = a->shared;
	uint64_t mask = look;

	if (look == ~UINT64_C(0) >> (SPTE_BLOCK - n)) {
#pragma GCC unroll 4
		for (unsigned i = 0; i < n; i++)
			mask = age_entry(fmt, t, clear, shared, p + i, UINT64_C(1) << i, mask);
		return mask;
	}
	for (; look; look &= look - 1)
		mask = age_entry(fmt, t, clear, shared, p + word_first(look), look & -look, mask);
	return mask;
}

/*
 * Up to 64 entries of level 0. Returns which of them are young. Neighbours are of a kind: behind a block with young ones and others the
 * next one is not scanned first.
 */
TDP_INLINE uint64_t age_block(const struct tdp_format *fmt, const struct tree *t, struct age *a, tdp_spte_t *p, unsigned n)
{
	const tdp_spte_t both = fmt->present | fmt->a;
	const uint64_t every = ~UINT64_C(0) >> (SPTE_BLOCK - n);
	uint64_t look = a->mixed ? spte_where(p, n, fmt->a) : every;

	if (look == every) {
		struct spte_scan s = spte_scan(p, n);

		a->mixed = (s.all & both) != both;
		if (!(s.any & fmt->a)) {
			look = 0;
		} else if (a->mixed) {
			look = spte_where(p, n, fmt->a);
		} else if (!a->clear || age_at_once(fmt, t, a, p, n, s)) {
			return every;
		}
	}
	a->mixed = a->mixed && look != 0;
	return age_each(fmt, t, a, p, n, look);
}

/* The same out of line: what is no whole block is at one of the range's ends. */
static __attribute__((noinline)) uint64_t age_part(const struct tdp_format *fmt, const struct tree *t, struct age *a, tdp_spte_t *p,
						   unsigned n)
{
	return age_block(fmt, t, a, p, n);
}

/* A leaf table's entries in the range. */
static inline void age_leaf_table(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct age *a, struct cursor *c,
				  tdp_spte_t *p, unsigned n)
{
	uint64_t changed = op->changed;
	unsigned first = (unsigned)(c->gpa >> fmt_shift(fmt, 0)) % SPTE_BLOCK;

	for (unsigned i = 0, block; i < n; i += block) {
		uint64_t mask;

		block = SPTE_BLOCK - (first + i) % SPTE_BLOCK;
		if (tdp_likely(block == SPTE_BLOCK && n - i >= SPTE_BLOCK)) {
			mask = age_block(fmt, t, a, p + i, SPTE_BLOCK);
		} else {
			block = block < n - i ? block : n - i;
			mask = age_part(fmt, t, a, p + i, block);
		}
		if (mask)
			age_name(fmt, a, op, c->gpa + ((uint64_t)i << fmt_shift(fmt, 0)), mask);
	}
	a->stale |= root_pages_dead(fmt, t, p, n);
	c->gpa += (uint64_t)n << fmt_shift(fmt, 0);
	if (a->clear && op->changed != changed)
		table_clean(t, p, n * sizeof(*p));
}

/* A larger leaf: what of it lies in the range is named, all of it becomes old. */
static inline void age_huge(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, const struct age *a,
			    const struct cursor *c, tdp_spte_t *p, tdp_spte_t e)
{
	tdp_gpa_t end = cursor_base(fmt, c) + fmt_size(fmt, c->level);

	if (!(e & fmt_at(fmt, c->level, fmt->a)))
		return;
	end = end < c->end ? end : c->end;
	op->changed += end - c->gpa;
	if (a->young)
		bitmap_set(a->young, c->gpa, end);
	if (a->clear) {
		age_leaf(fmt, t, a->shared, p, c->level, e);
		table_clean(t, p, sizeof(*p));
	}
}

/* One table; see cursor.h. */
static inline enum cursor_step age_step(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct age *a,
					struct cursor *c)
{
	unsigned n = cursor_count(fmt, t, c);
	tdp_spte_t *p = cursor_entry(fmt, t, c);

	if (c->level == 0) {
		age_leaf_table(fmt, t, op, a, c, p, n);
		return CURSOR_DONE;
	}
	for (unsigned i = 0; i < n; i++, cursor_next(fmt, c)) {
		tdp_spte_t e = spte_load(p + i);

		if (e == fmt_empty(fmt, c->level)) {
			i += cursor_skip_empty(fmt, c, p + i, n - i);
			if (i == n)
				break;
			e = spte_load(p + i);
		}
		if (fmt_is_table(fmt, c->level, e)) {
			c->down_to = c->level - 1;
			return CURSOR_DOWN;
		}
		if (fmt_is_present(fmt, c->level, e))
			age_huge(fmt, t, op, a, c, p + i, e);
		a->stale |= fmt_is_dead(fmt, c->level, e);
	}
	return CURSOR_DONE;
}

TDP_INLINE enum tdp_result op_age(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, bool clear,
				  const struct tdp_bitmap *young, struct tdp_op *op)
{
	struct age a = {.young = young, .clear = clear, .shared = op_shared(t, op)};
	struct cursor c = cursor_start(t, gpa, end);

	while (cursor_follow(fmt, t, &c, age_step(fmt, t, op, &a, &c)))
		;
	op->next = end;
	if (op->changed)
		return TDP_OK;
	return a.stale ? TDP_STALE_ROOT : TDP_SPURIOUS;
}

#endif
