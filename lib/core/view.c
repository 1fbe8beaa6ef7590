/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layer 2a: tables that are not ours, through a read callback. Every entry is decoded as foreign.
 *
 * One chunk of a table is held at a time: whoever climbs back to a parent reads its chunk again, which costs one read per table and
 * keeps the walk's stack small. A table is known by the entry that points to it; the root by an entry of zeroes above the top level.
 */
#include <tdpmmu/view.h>

#include "decode.h"

enum { CHUNK_BYTES = 512 };

/* A table on the way down, and the entry that points to it. */
struct frame {
	tdp_hpa_t table;
	tdp_hpa_t entry_hpa;
	tdp_spte_t raw;
};

/* A walk in progress: the entry at gpa `at` in a table of `level` is next. */
struct view_walk {
	const struct tdp_view *view;
	const struct tdp_format *fmt;
	unsigned when;
	tdp_visit_fn fn;
	void *arg;

	tdp_gpa_t start, end, at;
	unsigned level;
	uint64_t tables; /* how many were entered */
	struct frame frames[TDP_MAX_LEVELS];

	bool chunk_valid;
	tdp_hpa_t chunk_hpa;
	tdp_spte_t chunk[CHUNK_BYTES / sizeof(tdp_spte_t)];
};

/* The layout of a view that can be walked, or NULL. */
static const struct tdp_format *view_format(const struct tdp_view *view)
{
	return view && view->read && view->layout.gpa_or == 0 ? layout_format(&view->layout) : NULL;
}

/* Index into a table of this level; the root may be several tables. */
static uint64_t view_index(const struct tdp_format *fmt, const struct tdp_layout *lay, unsigned level, tdp_gpa_t gpa)
{
	return level == lay->top_level ? gpa >> fmt_shift(fmt, level) : fmt_index(fmt, level, gpa);
}

/* Bytes that a table of this level has in use: a root may be shorter or longer than a table. */
static uint64_t view_table_bytes(const struct tdp_format *fmt, const struct tdp_layout *lay, unsigned level)
{
	const unsigned shift = fmt_shift(fmt, level);

	if (level < lay->top_level)
		return fmt_table_bytes(fmt);
	return sizeof(tdp_spte_t) << (lay->gpa_bits > shift ? lay->gpa_bits - shift : 0);
}

/* The entry that points to a table of this level, when the table cannot be read. Of root tables in a row it is the one for gpa. */
static void view_unreadable(const struct tdp_format *fmt, const struct tdp_layout *lay, unsigned level, tdp_gpa_t gpa,
			    const struct frame *frame, struct tdp_entry *out)
{
	const uint64_t nth = view_index(fmt, lay, level, gpa) >> fmt->index_bits;

	*out = (struct tdp_entry){.raw = frame->raw, .size = fmt_size(fmt, level + 1)};
	out->hpa = frame->table + nth * fmt_table_bytes(fmt);
	out->kind = TDP_UNREADABLE;
	out->level = (uint8_t)(level + 1);
}

/* Reads the next entry, with its neighbours if they are not at hand; false if it is not in the dump. */
static bool walk_read(struct view_walk *w, tdp_hpa_t *entry_hpa, tdp_spte_t *raw)
{
	const struct tdp_layout *lay = &w->view->layout;
	const uint64_t offset = view_index(w->fmt, lay, w->level, w->at) * sizeof(*raw);
	const uint64_t table_bytes = view_table_bytes(w->fmt, lay, w->level);
	const size_t bytes = table_bytes < CHUNK_BYTES ? (size_t)table_bytes : CHUNK_BYTES;
	const tdp_hpa_t chunk_hpa = w->frames[w->level].table + (offset & ~(uint64_t)(bytes - 1));

	if (!w->chunk_valid || w->chunk_hpa != chunk_hpa) {
		w->chunk_hpa = chunk_hpa;
		w->chunk_valid = w->view->read(w->view->ctx, chunk_hpa, w->chunk, bytes);
		if (!w->chunk_valid)
			return false;
	}
	*entry_hpa = w->frames[w->level].table + offset;
	*raw = w->chunk[(offset & (bytes - 1)) / sizeof(*raw)];
	return true;
}

/* Calls the visitor if it wants to see this kind of entry. */
static enum tdp_verdict walk_visit(struct view_walk *w, struct tdp_visit *visit, enum tdp_when when)
{
	if (!(w->when & when))
		return TDP_GO;
	visit->when = (uint8_t)when;
	visit->gpa = w->at & ~(visit->entry.size - 1);
	return w->fn(w->arg, visit);
}

/* Which call an entry that is no table gets. */
static enum tdp_when walk_when(const struct tdp_entry *entry)
{
	if (entry->kind == TDP_LEAF)
		return TDP_VISIT_LEAF;
	return entry->kind == TDP_EMPTY ? TDP_VISIT_HOLE : TDP_VISIT_BAD;
}

/* Leaves finished tables. Ends at the next entry to look at, or at the end of the range with no table open. */
static enum tdp_result walk_climb(struct view_walk *w)
{
	while (w->level < w->view->layout.top_level) {
		const uint64_t span = fmt_size(w->fmt, w->level + 1);
		const struct frame *frame = &w->frames[w->level];
		const tdp_gpa_t next = w->at;
		struct tdp_visit visit = {.entry_hpa = frame->entry_hpa};
		enum tdp_verdict verdict;

		if (w->at < w->end && (w->at & (span - 1)) != 0)
			return TDP_OK;
		w->level++;
		w->at--; /* back into the span */
		fmt_decode(w->fmt, &w->view->layout, TDP_FOREIGN, w->level, frame->raw, &visit.entry);
		verdict = walk_visit(w, &visit, TDP_VISIT_TABLE_POST);
		if (verdict == TDP_STOP)
			return TDP_STOPPED;
		if (verdict == TDP_AGAIN) {
			w->at &= ~(span - 1);
			w->at = w->at < w->start ? w->start : w->at;
			w->chunk_valid = false;
			return TDP_OK;
		}
		w->at = next;
	}
	return TDP_OK;
}

/* Past an entry of this size. */
static enum tdp_result walk_past(struct view_walk *w, uint64_t size)
{
	w->at = (w->at | (size - 1)) + 1;
	return walk_climb(w);
}

/* Enters the table that an entry points to, unless there were enough already. */
static enum tdp_result walk_enter(struct view_walk *w, tdp_hpa_t table, tdp_hpa_t entry_hpa, tdp_spte_t raw)
{
	if (w->view->max_tables != 0 && w->tables == w->view->max_tables)
		return TDP_STOPPED;
	w->tables++;
	w->level--;
	w->frames[w->level] = (struct frame){table, entry_hpa, raw};
	return TDP_OK;
}

/* One entry: read, show, and go on below it or past it. */
static enum tdp_result walk_step(struct view_walk *w)
{
	const struct tdp_layout *lay = &w->view->layout;
	struct tdp_visit visit = {.when = 0};
	const bool readable = walk_read(w, &visit.entry_hpa, &visit.entry.raw);
	enum tdp_verdict verdict;
	enum tdp_when when;

	if (readable) {
		fmt_decode(w->fmt, lay, TDP_FOREIGN, w->level, visit.entry.raw, &visit.entry);
	} else {
		visit.entry_hpa = w->frames[w->level].entry_hpa;
		view_unreadable(w->fmt, lay, w->level, w->at, &w->frames[w->level], &visit.entry);
	}
	when = visit.entry.kind == TDP_TABLE ? TDP_VISIT_TABLE_PRE : walk_when(&visit.entry);
	verdict = walk_visit(w, &visit, when);
	if (verdict == TDP_STOP)
		return TDP_STOPPED;
	if (verdict == TDP_AGAIN) {
		w->chunk_valid = false;
		return TDP_OK;
	}
	if (when == TDP_VISIT_TABLE_PRE && verdict == TDP_GO)
		return walk_enter(w, visit.entry.hpa, visit.entry_hpa, visit.entry.raw);
	return walk_past(w, visit.entry.size);
}

enum tdp_result tdp_view_walk(const struct tdp_view *view, tdp_gpa_t gpa, uint64_t size, unsigned when, tdp_visit_fn fn, void *arg)
{
	const unsigned known = TDP_VISIT_LEAF | TDP_VISIT_TABLE_PRE | TDP_VISIT_TABLE_POST | TDP_VISIT_HOLE | TDP_VISIT_BAD;
	const struct tdp_format *fmt = view_format(view);
	enum tdp_result result = TDP_OK;
	struct view_walk w;

	if (!fmt || !fn || when == 0 || (when & ~known) != 0 || size == 0 || ((gpa | size) & (fmt_size(fmt, 0) - 1)) != 0)
		return TDP_INVALID;
	if (gpa >> view->layout.gpa_bits != 0 || size > (UINT64_C(1) << view->layout.gpa_bits) - gpa)
		return TDP_RANGE;
	w.view = view;
	w.fmt = fmt;
	w.when = when;
	w.fn = fn;
	w.arg = arg;
	w.start = w.at = gpa;
	w.end = gpa + size;
	w.level = view->layout.top_level;
	w.tables = 1;
	w.frames[w.level] = (struct frame){view->root, 0, 0};
	w.chunk_valid = false;
	while (result == TDP_OK && w.at < w.end)
		result = walk_step(&w);
	return result;
}

enum tdp_result tdp_view_lookup(const struct tdp_view *view, tdp_gpa_t gpa, struct tdp_entry *out)
{
	const struct tdp_format *fmt = view_format(view);
	struct frame frame;
	unsigned level;

	if (!fmt || !out)
		return TDP_INVALID;
	if (gpa >> view->layout.gpa_bits != 0)
		return TDP_RANGE;
	frame = (struct frame){view->root, 0, 0};
	for (level = view->layout.top_level;; level--) {
		const tdp_hpa_t entry_hpa = frame.table + view_index(fmt, &view->layout, level, gpa) * sizeof(tdp_spte_t);
		tdp_spte_t raw;

		if (!view->read(view->ctx, entry_hpa, &raw, sizeof(raw))) {
			view_unreadable(fmt, &view->layout, level, gpa, &frame, out);
			return TDP_ABSENT;
		}
		fmt_decode(fmt, &view->layout, TDP_FOREIGN, level, raw, out);
		if (out->kind != TDP_TABLE)
			return out->kind == TDP_LEAF ? TDP_OK : TDP_ABSENT;
		frame = (struct frame){out->hpa, entry_hpa, raw};
	}
}
