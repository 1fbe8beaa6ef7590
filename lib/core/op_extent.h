/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Merged runs, and counts.
 */
#ifndef TDPMMU_CORE_OP_EXTENT_H
#define TDPMMU_CORE_OP_EXTENT_H

#include "attrs_update.h"

struct extent {
	struct tdp_mapping *out;
	bool found, shared;
	enum tdp_result result; /* what hides what comes first */
	tdp_hpa_t next_hpa;
	unsigned level;	 /* of the last leaf, and ... */
	tdp_spte_t bits; /* ... its granted attributes as bits: equal bits need no decoding */
};

/* Whether leaf e continues the run. Attributes of different levels lie in different bits. */
static inline bool extent_goes_on(const struct tdp_format *fmt, const struct tree *t, struct extent *x, unsigned level,
				  tdp_spte_t e)
{
	const struct tdp_attrs *a = &x->out->entry.attrs, *b;
	tdp_spte_t bits = update_bits(fmt, t, level, e) & ~fmt_at(fmt, level, fmt->mw);
	struct tdp_entry entry;

	if (fmt_leaf_hpa(fmt, &t->layout, level, e) != x->next_hpa)
		return false;
	if (level != x->level || bits != x->bits) {
		fmt_decode(fmt, &t->layout, TDP_OURS, level, e, &entry);
		b = &entry.attrs;
		if (a->prot != b->prot || a->memtype != b->memtype || a->flags != b->flags || a->sw != b->sw)
			return false;
	}
	x->level = level;
	x->bits = bits;
	return true;
}

static inline enum cursor_step extent_step(const struct tdp_format *fmt, struct tree *t, struct extent *x, struct cursor *c)
{
	unsigned level = c->level, n = cursor_count(fmt, t, c);
	const tdp_spte_t *p = cursor_entry(fmt, t, c);

	for (unsigned i = 0; i < n; i++, cursor_next(fmt, c)) {
		tdp_spte_t e = spte_load(p + i);

		c->down_to = level - 1;
		if (fmt_is_table(fmt, level, e))
			return CURSOR_DOWN;
		if (!fmt_is_present(fmt, level, e)) {
			if (!x->found && x->shared && fmt_is_frozen(fmt, level, e))
				x->result = fmt_frozen_why(fmt, level, e);
			if (x->found || x->result < 0)
				return CURSOR_STOP;
			continue;
		}
		if (!x->found) {
			x->found = true;
			x->out->gpa = c->gpa; /* clipped: may lie inside the leaf */
			fmt_decode(fmt, &t->layout, TDP_OURS, level, e, &x->out->entry);
			x->out->entry.hpa += c->gpa - cursor_base(fmt, c);
			x->level = level;
			x->bits = update_bits(fmt, t, level, e) & ~fmt_at(fmt, level, fmt->mw);
		} else if (!extent_goes_on(fmt, t, x, level, e)) {
			return CURSOR_STOP;
		}
		x->next_hpa = fmt_leaf_hpa(fmt, &t->layout, level, e) + fmt_size(fmt, level);
	}
	return CURSOR_DONE;
}

TDP_INLINE enum tdp_result op_extent(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end,
				     struct tdp_mapping *out, struct tdp_op *op)
{
	struct cursor c;
	struct extent x = {.out = out, .shared = op_shared(t, op), .result = TDP_OK};

	c = cursor_start(t, gpa, end);
	while (cursor_follow(fmt, t, &c, extent_step(fmt, t, &x, &c)))
		;
	op->next = c.gpa < end ? c.gpa : end;
	if (!x.found)
		return x.result < 0 ? x.result : TDP_ABSENT;
	out->entry.size = (c.gpa < end ? c.gpa : end) - out->gpa;
	return TDP_OK;
}

/* ---- counts ---- */

/* Notes among entries of level 0; what is empty is passed over by block and by line. */
static inline uint64_t count_notes(const struct tdp_format *fmt, const tdp_spte_t *p, unsigned n)
{
	uint64_t notes = 0;

	for (unsigned i = 0, block; i < n; i += block) {
		block = n - i < SPTE_BLOCK ? n - i : SPTE_BLOCK;
		if (spte_all(p + i, block, fmt->empty))
			continue;
		for (unsigned j = i, line; j < i + block; j += line) {
			line = i + block - j < SPTE_LINE ? i + block - j : SPTE_LINE;
			if (spte_all(p + j, line, fmt->empty))
				continue;
			for (unsigned k = j; k < j + line; k++)
				notes += fmt_is_note(fmt, 0, spte_load(p + k));
		}
	}
	return notes;
}

/* The entries of one table: leaves and notes; tables are gone into. */
static inline enum cursor_step count_step(const struct tdp_format *fmt, struct tree *t, struct tdp_count *out, struct cursor *c)
{
	unsigned level = c->level, n = cursor_count(fmt, t, c);
	const tdp_spte_t *p = cursor_entry(fmt, t, c);

	if (level == 0) {
		unsigned present = spte_count(p, n, fmt->present);

		out->leaves[0] += present;
		if (present < n)
			out->notes += count_notes(fmt, p, n);
		c->gpa += (uint64_t)n << fmt_shift(fmt, 0);
		return CURSOR_DONE;
	}
	for (unsigned i = 0; i < n;) {
		tdp_spte_t e = spte_load(p + i);

		if (e == fmt_empty(fmt, level)) {
			i += cursor_skip_empty(fmt, c, p + i, n - i);
			continue;
		}
		if (fmt_is_table(fmt, level, e)) {
			c->down_to = level - 1;
			return CURSOR_DOWN;
		}
		i++;
		cursor_next(fmt, c);
		out->leaves[level] += fmt_is_present(fmt, level, e);
		out->notes += fmt_is_note(fmt, level, e);
	}
	return CURSOR_DONE;
}

TDP_INLINE enum tdp_result op_count(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end,
				    struct tdp_count *out)
{
	struct cursor c;

	c = cursor_start(t, gpa, end);
	*out = (struct tdp_count){0};
	out->tables[t->layout.top_level] = UINT64_C(1) << t->layout.root_concat_lg2;
	/* A table is counted when it is entered: the entry that leads there may be another one by then. */
	for (unsigned from = c.level; cursor_follow(fmt, t, &c, count_step(fmt, t, out, &c)); from = c.level)
		out->tables[c.level] += c.level < from;
	for (unsigned level = 0; level <= t->layout.top_level; level++)
		out->bytes += out->leaves[level] << fmt_shift(fmt, level);
	return TDP_OK;
}

#endif
