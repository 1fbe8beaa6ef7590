/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Free empty tables: found from the leaves up, each frozen in its parent with the table as payload, one flush for all, then freed.
 * A table whose entries are empty or lead to tables that are going is empty too.
 */
#ifndef TDPMMU_CORE_OP_TRIM_H
#define TDPMMU_CORE_OP_TRIM_H

#include "op_zap_shared.h"

static inline bool trim_is_empty(const struct tdp_format *fmt, const tdp_spte_t *table, unsigned level)
{
	unsigned entries = fmt_entries(fmt), line = entries < SPTE_LINE ? entries : SPTE_LINE;
	tdp_spte_t empty = fmt_empty(fmt, level);

	for (unsigned i = 0; i < entries; i += line) {
		struct spte_scan s = spte_scan(table + i, line);

		if (s.any == empty && s.all == empty)
			continue;
		for (unsigned k = i; k < i + line; k++) {
			tdp_spte_t e = spte_load(table + k);
			bool going = fmt_is_frozen(fmt, level, e) && fmt_frozen_has(fmt, level, e, TDP_FROZEN_TABLE);

			if (e != empty && !going && !(TDP_BROKEN(TRIM_NOT_EMPTY) && fmt_is_note(fmt, level, e)))
				return false;
		}
	}
	return true;
}

/* To the next table entry of this table in the range; see cursor.h. */
static inline enum cursor_step trim_step(const struct tdp_format *fmt, struct tree *t, struct cursor *c)
{
	unsigned n = cursor_count(fmt, t, c);
	const tdp_spte_t *p = cursor_entry(fmt, t, c);

	if (c->level == 0) {
		c->gpa += (uint64_t)n << fmt_shift(fmt, 0);
		return CURSOR_DONE;
	}
	for (unsigned i = 0; i < n; i++, cursor_next(fmt, c))
		if (fmt_is_table(fmt, c->level, spte_load(p + i))) {
			c->down_to = c->level - 1;
			return CURSOR_DOWN;
		}
	return CURSOR_DONE;
}

/* Up from a table whose entries have been dealt with; if it is empty freezes the entry that leads to it, and returns true. */
static inline bool trim_leave(const struct tdp_format *fmt, struct tree *t, struct zap *z, struct cursor *c)
{
	bool empty = trim_is_empty(fmt, c->table[c->level], c->level);
	struct cursor at;
	tdp_spte_t *p;

	cursor_up(t, c);
	if (!empty)
		return false;
	at = *c;
	at.gpa = c->gpa - 1; /* the entry that was just finished */
	p = cursor_entry(fmt, t, &at);
	spte_store(p, fmt_make_frozen(fmt, c->level, fmt_table_hpa(fmt, &t->layout, c->level, spte_load(p)), TDP_FROZEN_TABLE));
	table_clean(t, p, sizeof(*p));
	/* The flush covers the whole span of each table that goes. */
	if (!z->tables || cursor_base(fmt, &at) < z->gpa)
		z->gpa = cursor_base(fmt, &at);
	if (!z->tables || cursor_base(fmt, &at) + fmt_size(fmt, c->level) > z->end)
		z->end = cursor_base(fmt, &at) + fmt_size(fmt, c->level);
	z->tables = true;
	return true;
}

/* One flush for the tables that trim_leave() found, which are freed then. */
static inline void trim_finish(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct zap *z)
{
	struct cursor c;

	if (!TDP_BROKEN(TRIM_NO_FLUSH))
		tdp_hook_flush(t, op->user, z->gpa, z->end, -1, FLUSH_TABLES);
	c = cursor_start(t, z->gpa, z->end);
	while (cursor_follow(fmt, t, &c, zap_finish_step(fmt, t, op, z, &c)))
		;
}

/* ---- shared: one table at a time ---- */

/* Takes every entry of an empty table, ascending. false: it is not empty, or somebody is in it; what was taken is given back. */
static inline bool trim_freeze(const struct tdp_format *fmt, tdp_spte_t *table, unsigned level)
{
	const tdp_spte_t empty = fmt_empty(fmt, level);

	for (unsigned i = 0; i < fmt_entries(fmt); i++) {
		tdp_spte_t e = empty;

		if (TDP_BROKEN(TRIM_PARENT_ONLY) || spte_cmpxchg(table + i, &e, fmt_make_frozen(fmt, level, 0, 0), true))
			continue;
		while (i-- > 0)
			spte_store(table + i, empty);
		return false;
	}
	return true;
}

/* Gives them back: the entry that leads here is somebody else's now. */
static inline void trim_undo(const struct tdp_format *fmt, tdp_spte_t *table, unsigned level)
{
	for (unsigned i = 0; i < fmt_entries(fmt); i++)
		spte_store(table + i, fmt_empty(fmt, level));
}

/*
 * Frees the cursor's table if it is empty: children first, so that a table in use costs no flush and a mapper inside meets a frozen
 * entry; then the entry that leads to it; flush; EMPTY; grace period, for which it goes into the chain. Never waits (R2): two trims would
 * wait for each other.
 */
static inline bool trim_shared_table(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, const struct cursor *c,
				     struct retire_chain *chain)
{
	struct cursor at = *c;
	tdp_hpa_t hpa = c->hpa[c->level];
	tdp_spte_t *table = c->table[c->level], e;
	tdp_spte_t *p;
	tdp_gpa_t base;

	at.level++;
	at.gpa = c->gpa - 1; /* in the entry that was just finished */
	base = cursor_base(fmt, &at);
	p = cursor_entry(fmt, t, &at);
	if (!trim_is_empty(fmt, table, c->level) || !trim_freeze(fmt, table, c->level))
		return false;
	e = spte_load(p);
	if (!fmt_is_table(fmt, at.level, e) || fmt_table_hpa(fmt, &t->layout, at.level, e) != hpa ||
	    !spte_cmpxchg(p, &e, fmt_make_frozen(fmt, at.level, hpa, TDP_FROZEN_TABLE), true)) {
		trim_undo(fmt, table, c->level);
		return false;
	}
	table_clean(t, p, sizeof(*p));
	if (!TDP_BROKEN(TRIM_NO_FLUSH))
		tdp_hook_flush(t, op->user, base, base + fmt_size(fmt, at.level), -1, FLUSH_TABLES);
	spte_store(p, fmt_empty(fmt, at.level));
	table_clean(t, p, sizeof(*p));
	retire_add(fmt, chain, table, hpa, c->level);
	return true;
}

/* Up from a table whose entries have been dealt with. */
static inline void trim_up(const struct tdp_format *fmt, struct tree *t, struct tdp_op *op, struct zap *z, struct cursor *c)
{
	struct retire_chain chain = {0};

	if (!op_shared(t, op)) {
		op->tables += trim_leave(fmt, t, z, c);
		return;
	}
	op->tables += trim_shared_table(fmt, t, op, c, &chain);
	cursor_up(t, c);
	tdp_retire(t, &chain); /* which maps tables of this level, and one at a time may be mapped */
}

TDP_INLINE enum tdp_result op_trim(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, struct tdp_op *op)
{
	struct cursor c;
	struct zap z = {0};

	c = cursor_start(t, gpa, end);
	for (;;) {
		if (trim_step(fmt, t, &c) == CURSOR_DOWN) {
			(void)cursor_down(fmt, t, &c);
			continue;
		}
		while (c.level < t->layout.top_level && (c.gpa >= end || cursor_left_table(fmt, &c)))
			trim_up(fmt, t, op, &z, &c);
		if (c.gpa >= end || op_pauses(t, op))
			break;
	}
	cursor_stop(t, &c);
	op->next = c.gpa < end ? c.gpa : end;
	if (z.tables)
		trim_finish(fmt, t, op, &z);
	return op->tables ? TDP_OK : TDP_SPURIOUS;
}

#endif
