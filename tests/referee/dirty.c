/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The account of what the guest wrote: from the write on, an address must be dirty in its entry until it has been reported.
 */
#include "model.h"

#include <inttypes.h>
#include <string.h>

/* Index of the first range of the list that ends after (tree, gpa). */
static unsigned range_at(const struct written_list *l, const struct ref_tree *tree, uint64_t gpa)
{
	unsigned lo = 0, hi = l->count;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;
		const struct written *w = &l->range[mid];

		if (w->tree < tree || (w->tree == tree && w->end <= gpa))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void insert_at(struct written_list *l, unsigned i, struct written w)
{
	l->range = array_room(l->range, l->count, &l->room, sizeof(*l->range));
	memmove(&l->range[i + 1], &l->range[i], (l->count - i) * sizeof(*l->range));
	l->range[i] = w;
	l->count++;
}

static void remove_at(struct written_list *l, unsigned i)
{
	l->count--;
	memmove(&l->range[i], &l->range[i + 1], (l->count - i) * sizeof(*l->range));
}

/* Takes [gpa, end) of one tree out of a list. */
static void take_out(struct written_list *l, const struct ref_tree *tree, uint64_t gpa, uint64_t end)
{
	for (unsigned i = range_at(l, tree, gpa); i < l->count && l->range[i].tree == tree && l->range[i].gpa < end;) {
		struct written w = l->range[i], rest = w;

		remove_at(l, i);
		if (w.gpa < gpa) {
			w.end = gpa;
			insert_at(l, i++, w);
		}
		if (rest.end > end) {
			rest.hpa += end - rest.gpa;
			rest.gpa = end;
			insert_at(l, i++, rest);
		}
	}
}

/* Puts a range in, instead of what was there; neighbours that continue each other become one. */
static void put_in(struct written_list *l, struct written w)
{
	struct written *before;
	unsigned i;

	take_out(l, w.tree, w.gpa, w.end);
	i = range_at(l, w.tree, w.gpa);
	before = i > 0 ? &l->range[i - 1] : NULL;
	if (before && before->tree == w.tree && before->end == w.gpa && before->hpa + (w.gpa - before->gpa) == w.hpa &&
	    before->gather == w.gather)
		before->end = w.end;
	else
		insert_at(l, i, w);
}

/* Does an address still lead where it led when it was written? *next: as far as the answer goes. */
static struct ref_walk still_there(const struct written *w, uint64_t gpa, uint64_t *next)
{
	struct ref_walk live = tables_peek(w->tree, gpa, 0);

	*next = (gpa & ~(live.size - 1)) + live.size;
	if (live.fault == REF_OK && live.hpa != w->hpa + (gpa - w->gpa))
		live.fault = REF_NOT_PRESENT;
	return live;
}

void dirty_wrote(struct model *m, struct ref_tree *tree, uint64_t gpa, uint64_t end, uint64_t hpa)
{
	const struct written_list *l = &m->dirty.mapped;
	struct written w = {.tree = tree, .gpa = gpa, .end = end, .hpa = hpa};
	unsigned i = range_at(l, tree, gpa);
	uint64_t next;

	/* A write through a translation that is only cached is the business of what was unmapped. */
	if (m->dirty.logging && still_there(&w, gpa, &next).fault == REF_OK)
		put_in(&m->dirty.log, w);
	if (i < l->count && l->range[i].tree == tree && l->range[i].gpa <= gpa && l->range[i].end >= end &&
	    l->range[i].hpa + (gpa - l->range[i].gpa) == hpa)
		return;
	/* Through a translation that is only cached: what was unmapped into a gather is reported with it. */
	if (still_there(&w, gpa, &next).fault != REF_OK)
		w.gather = ledger_gather_at(m, tree, gpa);
	put_in(w.gather ? &m->dirty.gathered : &m->dirty.mapped, w);
}

/* Takes out what is reported and not mapped: a page that is mapped has been written since, and must be reported again. */
static void take_unmapped(struct model *m, const struct ref_tree *tree, uint64_t gpa, uint64_t end)
{
	struct written_list *l = &m->dirty.mapped;
	uint64_t next;

	for (; gpa < end; gpa = next) {
		unsigned i = range_at(l, tree, gpa);
		const struct written *w = i < l->count ? &l->range[i] : NULL;

		if (!w || w->tree != tree || w->gpa >= end)
			return;
		gpa = w->gpa > gpa ? w->gpa : gpa;
		if (still_there(w, gpa, &next).fault != REF_OK)
			take_out(l, tree, gpa, next < end ? next : end);
	}
}

/* The hook does not say which tree; all of them live in one guest's address space. */
void dirty_reported(struct model *m, uint64_t gpa, uint64_t end)
{
	for (unsigned t = 0; t < MODEL_TREES; t++)
		if (m->tree[t].key) {
			take_out(&m->dirty.gathered, &m->tree[t], gpa, end);
			take_out(&m->dirty.log, &m->tree[t], gpa, end);
			take_unmapped(m, &m->tree[t], gpa, end);
		}
}

/* What a stretch of a written range has come to. */
enum fate { REMEMBERED, LATER, FORGIVEN, LOST };

static enum fate fate_at(const struct model *m, const struct written *w, uint64_t gpa, uint64_t *next)
{
	struct ref_walk live = still_there(w, gpa, next);

	if (live.fault == REF_OK)
		return live.dirty_for_sw ? REMEMBERED : LOST;
	if (m->dirty.unreported_ok)
		return FORGIVEN;
	return m->gather ? LATER : LOST; /* its report may come with the gather */
}

/* The first stretch of a written range, inside its tree's hull, that leaves the list. REMEMBERED: none does. */
static enum fate find_leaving(const struct model *m, const struct written *w, uint64_t *gpa, uint64_t *end)
{
	const struct ref_tree *tree = w->tree;
	uint64_t at = w->gpa > tree->lo ? w->gpa : tree->lo, stop = w->end < tree->hi ? w->end : tree->hi, next;

	for (; at < stop; at = next) {
		enum fate fate = fate_at(m, w, at, &next);

		if (fate == REMEMBERED)
			continue;
		*gpa = at;
		*end = next < stop ? next : stop;
		return fate;
	}
	return REMEMBERED;
}

static void report_lost(struct model *m, uint64_t first, unsigned lost)
{
	if (lost)
		verdict(&m->v, REF_V8, "the guest wrote gpa %#" PRIx64 ", and it is neither dirty nor reported; %u such", first,
			lost);
}

void dirty_returned(struct model *m)
{
	struct written_list *l = &m->dirty.mapped;
	uint64_t gpa, end, first = 0;
	unsigned lost = 0;

	for (unsigned i = 0; i < l->count;) {
		struct written w = l->range[i];
		enum fate fate = w.tree->lo < w.tree->hi ? find_leaving(m, &w, &gpa, &end) : REMEMBERED;

		if (fate == REMEMBERED) {
			i++;
			continue;
		}
		if (fate == LOST && lost++ == 0)
			first = gpa;
		take_out(l, w.tree, gpa, end);
		if (fate == LATER)
			put_in(&m->dirty.gathered, (struct written){w.tree, gpa, end, w.hpa + (gpa - w.gpa), m->gather});
		i = range_at(l, w.tree, gpa);
	}
	report_lost(m, first, lost);
}

void dirty_gather_due(struct model *m, const void *gather)
{
	struct written_list *l = &m->dirty.gathered;
	uint64_t first = 0;
	unsigned lost = 0;

	for (unsigned i = l->count; i-- > 0;)
		if (l->range[i].gather == gather) {
			first = l->range[i].gpa;
			lost += !m->dirty.unreported_ok;
			remove_at(l, i);
		}
	report_lost(m, first, lost);
}

void dirty_detach(struct model *m, const struct ref_tree *tree)
{
	take_out(&m->dirty.mapped, tree, 0, UINT64_MAX);
	take_out(&m->dirty.gathered, tree, 0, UINT64_MAX);
	take_out(&m->dirty.log, tree, 0, UINT64_MAX);
}

/* The pages that the call has named leave the log. */
static void take_named(struct model *m)
{
	for (uint64_t i = 0; m->dirty.out.tree && i < m->dirty.out.pages; i++)
		if (m->dirty.out.words[i / 64] >> i % 64 & 1) {
			uint64_t gpa = m->dirty.out.base + (i << m->dirty.out.page_lg2);

			take_out(&m->dirty.log, m->dirty.out.tree, gpa, gpa + (UINT64_C(1) << m->dirty.out.page_lg2));
		}
	m->dirty.out.tree = NULL;
}

void dirty_log_returned(struct model *m)
{
	struct written_list *l = &m->dirty.log;
	uint64_t next, first = 0;
	unsigned lost = 0;

	take_named(m);
	for (unsigned i = 0; i < l->count;) {
		struct written w = l->range[i];
		struct ref_walk live = still_there(&w, w.gpa, &next);

		next = next < w.end ? next : w.end;
		if (live.fault == REF_OK && live.dirty_kept && next == w.end) {
			i++;
			continue;
		}
		if (live.fault == REF_OK && !live.dirty_kept && lost++ == 0)
			first = w.gpa;
		if (live.fault == REF_OK && live.dirty_kept) { /* so far: what is behind goes on by itself */
			l->range[i].end = next;
			w.hpa += next - w.gpa;
			w.gpa = next;
			insert_at(l, i + 1, w);
			i++;
		} else { /* unmapped: its report is the zap's business */
			take_out(l, w.tree, w.gpa, next);
		}
	}
	if (lost)
		verdict(&m->v, REF_V8, "the guest wrote gpa %#" PRIx64 ", and it is neither collected nor Dirty; %u such", first,
			lost);
}
