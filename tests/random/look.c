/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The read-only calls against the flat reference: lookup of an odd address, merged runs, counts, the iterator.
 */
#include "trial.h"

#include <inttypes.h>

/* The stretch that one entry covers at gpa. */
struct span {
	tdp_gpa_t gpa;
	uint64_t size;
	unsigned cell;
};

static struct span entry_at(const struct trial *t, tdp_gpa_t gpa)
{
	struct span s = {.cell = world_first(&t->w, gpa)};

	s.size = world_span(&t->w, t->m.cell[s.cell].level);
	s.gpa = gpa & ~(s.size - 1);
	return s;
}

/* Which of tdp_when a cell is. */
static unsigned when_of(const struct trial *t, unsigned i)
{
	return t->m.cell[i].kind == CELL_LEAF ? TDP_VISIT_LEAF : TDP_VISIT_HOLE;
}

/* The iterator: every entry of a kind, one after the other. */
static void look_next(struct trial *t, tdp_gpa_t gpa, tdp_gpa_t end, unsigned when)
{
	while (gpa < end && !t->failed) {
		tdp_gpa_t at = gpa;
		struct tdp_visit is;
		struct span want;
		enum tdp_result r = tdp_next(&t->tree, gpa, end - gpa, when, &is, NULL);

		for (want = entry_at(t, at); at < end && !(when & when_of(t, want.cell)); want = entry_at(t, at)) {
			at = want.gpa + want.size;
			if (at >= end)
				break;
		}
		if (at >= end) {
			if (r != TDP_ABSENT)
				trial_fail(t, "next from %#" PRIx64 ": %s at %#" PRIx64, gpa, tdp_result_name(r), is.gpa);
			return;
		}
		if (r != TDP_OK || is.gpa != want.gpa || is.entry.size != want.size || is.when != when_of(t, want.cell))
			trial_fail(t,
				   "next from %#" PRIx64 ": %s at %#" PRIx64 " size %#" PRIx64 ", not at %#" PRIx64
				   " size %#" PRIx64,
				   gpa, tdp_result_name(r), is.gpa, is.entry.size, want.gpa, want.size);
		gpa = want.gpa + want.size;
	}
}

/* Does cell i go on where the run ends? */
static bool goes_on(const struct trial *t, unsigned first, unsigned i)
{
	const struct cell *a = &t->m.cell[first], *b = &t->m.cell[i];

	return b->kind == CELL_LEAF && b->hpa - a->hpa == t->w.gpa[i] - t->w.gpa[first] && a->attrs.prot == b->attrs.prot &&
	       a->attrs.memtype == b->attrs.memtype && a->attrs.flags == b->attrs.flags && a->attrs.sw == b->attrs.sw;
}

static void look_extent(struct trial *t, tdp_gpa_t gpa, tdp_gpa_t end)
{
	unsigned first = world_first(&t->w, gpa), i;
	struct tdp_mapping is;
	enum tdp_result r = tdp_extent(&t->tree, gpa, end - gpa, &is, NULL);
	tdp_gpa_t stop;

	while (first < t->w.cells && t->w.gpa[first] < end && t->m.cell[first].kind != CELL_LEAF)
		first++;
	if (first == t->w.cells || t->w.gpa[first] >= end) {
		if (r != TDP_ABSENT)
			trial_fail(t, "extent: %s at %#" PRIx64, tdp_result_name(r), is.gpa);
		return;
	}
	for (i = first + 1; i < t->w.cells && t->w.gpa[i] < end && goes_on(t, first, i); i++)
		;
	stop = t->w.gpa[i - 1] + t->w.size[i - 1];
	if (r != TDP_OK || is.gpa != t->w.gpa[first] || is.entry.hpa != t->m.cell[first].hpa || is.gpa + is.entry.size != stop)
		trial_fail(t, "extent: %s %#" PRIx64 "+%#" PRIx64 " -> %#" PRIx64 ", not %#" PRIx64 "+%#" PRIx64 " -> %#" PRIx64,
			   tdp_result_name(r), is.gpa, is.entry.size, is.entry.hpa, t->w.gpa[first], stop - t->w.gpa[first],
			   t->m.cell[first].hpa);
}

/* What a count of the range must be. */
static struct tdp_count count_of(const struct trial *t, tdp_gpa_t gpa, tdp_gpa_t end)
{
	struct tdp_count n = {0};
	tdp_gpa_t counted[TDP_MAX_LEVELS] = {0}; /* up to where tables of each level were counted */

	n.tables[t->w.top] = UINT64_C(1) << t->layout.root_concat_lg2;
	while (gpa < end) {
		struct span s = entry_at(t, gpa);
		const struct cell *c = &t->m.cell[s.cell];

		for (unsigned level = c->level; level < t->w.top; level++) {
			uint64_t span = world_span(&t->w, level + 1);

			n.tables[level] += gpa >= counted[level];
			counted[level] = (gpa & ~(span - 1)) + span;
		}
		n.leaves[c->level] += c->kind == CELL_LEAF;
		n.bytes += c->kind == CELL_LEAF ? s.size : 0;
		n.notes += c->kind == CELL_NOTE;
		gpa = s.gpa + s.size;
	}
	return n;
}

static void look_count(struct trial *t, tdp_gpa_t gpa, tdp_gpa_t end)
{
	struct tdp_count is, want = count_of(t, gpa, end);
	enum tdp_result r = tdp_count(&t->tree, gpa, end - gpa, &is, NULL);

	if (r != TDP_OK || is.notes != want.notes || is.bytes != want.bytes)
		trial_fail(t, "count: %s, %" PRIu64 " notes and %#" PRIx64 " bytes, not %" PRIu64 " and %#" PRIx64,
			   tdp_result_name(r), is.notes, is.bytes, want.notes, want.bytes);
	for (unsigned level = 0; level < TDP_MAX_LEVELS; level++)
		if (is.leaves[level] != want.leaves[level] || is.tables[level] != want.tables[level])
			trial_fail(t, "count: level %u has %" PRIu64 " leaves and %" PRIu64 " tables, not %" PRIu64 " and %" PRIu64,
				   level, is.leaves[level], is.tables[level], want.leaves[level], want.tables[level]);
}

void trial_look(struct trial *t, tdp_gpa_t gpa, uint64_t size, unsigned when)
{
	unsigned stores = referee_counts(t->r).stores;
	tdp_gpa_t end = gpa + size;

	if (t->failed)
		return;
	trial_note(t, "look %#" PRIx64 "+%#" PRIx64 " when %#x", gpa, size, when);
	referee_begin(t->r, t->op, NULL);
	look_next(t, gpa, end, when);
	look_extent(t, gpa, end);
	look_count(t, gpa, end);
	referee_end(t->r);
	if (referee_counts(t->r).stores != stores)
		trial_fail(t, "a read-only call stored");
	trial_settle(t);
}
