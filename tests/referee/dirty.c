/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The account of what the guest wrote: from the write on, an address must be dirty in its entry until it has been reported.
 */
#include "model.h"

#include <inttypes.h>
#include <string.h>

/* Index of the first range of the list that ends after (tree, gpa). */
static unsigned range_at(const struct dirty *d, const struct ref_tree *tree, uint64_t gpa)
{
	unsigned lo = 0, hi = d->count;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;
		const struct written *w = &d->range[mid];

		if (w->tree < tree || (w->tree == tree && w->end <= gpa))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void insert_at(struct dirty *d, unsigned i, struct written w)
{
	d->range = array_room(d->range, d->count, &d->room, sizeof(*d->range));
	memmove(&d->range[i + 1], &d->range[i], (d->count - i) * sizeof(*d->range));
	d->range[i] = w;
	d->count++;
}

static void remove_at(struct dirty *d, unsigned i)
{
	d->count--;
	memmove(&d->range[i], &d->range[i + 1], (d->count - i) * sizeof(*d->range));
}

/* Takes [gpa, end) of one tree out of the account. */
static void take_out(struct dirty *d, const struct ref_tree *tree, uint64_t gpa, uint64_t end)
{
	for (unsigned i = range_at(d, tree, gpa); i < d->count && d->range[i].tree == tree && d->range[i].gpa < end;) {
		struct written w = d->range[i], rest = w;

		remove_at(d, i);
		if (w.gpa < gpa) {
			w.end = gpa;
			insert_at(d, i++, w);
		}
		if (rest.end > end) {
			rest.hpa += end - rest.gpa;
			rest.gpa = end;
			insert_at(d, i++, rest);
		}
	}
}

void dirty_wrote(struct model *m, struct ref_tree *tree, uint64_t gpa, uint64_t end, uint64_t hpa)
{
	struct dirty *d = &m->dirty;
	unsigned i = range_at(d, tree, gpa);

	if (i < d->count && d->range[i].tree == tree && d->range[i].gpa <= gpa && d->range[i].end >= end &&
	    d->range[i].hpa + (gpa - d->range[i].gpa) == hpa)
		return;
	take_out(d, tree, gpa, end);
	i = range_at(d, tree, gpa);
	if (i > 0 && d->range[i - 1].tree == tree && d->range[i - 1].end == gpa &&
	    d->range[i - 1].hpa + (gpa - d->range[i - 1].gpa) == hpa)
		d->range[i - 1].end = end;
	else
		insert_at(d, i, (struct written){.tree = tree, .gpa = gpa, .end = end, .hpa = hpa});
}

/* The hook does not say which tree; all of them live in one guest's address space. */
void dirty_reported(struct model *m, uint64_t gpa, uint64_t end)
{
	for (unsigned t = 0; t < MODEL_TREES; t++)
		if (m->tree[t].key)
			take_out(&m->dirty, &m->tree[t], gpa, end);
}

/* One written range against the tables inside [lo, hi): where is the first address whose write is forgotten? */
static bool find_lost(const struct model *m, const struct written *w, uint64_t lo, uint64_t hi, uint64_t *gpa, uint64_t *end)
{
	uint64_t at = w->gpa > lo ? w->gpa : lo, stop = w->end < hi ? w->end : hi;

	while (at < stop) {
		struct ref_walk live = tables_peek(w->tree, at, 0);
		uint64_t next = (at & ~(live.size - 1)) + live.size;
		bool mapped = live.fault == REF_OK && live.hpa == w->hpa + (at - w->gpa);
		/* Its report may come with the gather. */
		bool later = !mapped && (m->dirty.unreported_ok || ledger_owes(m, w->tree, at, at + 1));

		if (!(mapped && live.dirty_for_sw) && !later) {
			*gpa = at;
			*end = next < stop ? next : stop;
			return true;
		}
		at = next;
	}
	return false;
}

void dirty_returned(struct model *m)
{
	struct dirty *d = &m->dirty;
	uint64_t gpa, end, first = 0;
	unsigned lost = 0;

	for (unsigned i = 0; i < d->count;) {
		struct ref_tree *tree = d->range[i].tree;

		if (tree->lo >= tree->hi || !find_lost(m, &d->range[i], tree->lo, tree->hi, &gpa, &end)) {
			i++;
			continue;
		}
		if (lost++ == 0)
			first = gpa;
		take_out(d, tree, gpa, end);
		i = range_at(d, tree, gpa);
	}
	if (lost)
		verdict(&m->v, REF_V8, "the guest wrote gpa %#" PRIx64 ", and it is neither dirty nor reported; %u such", first, lost);
}

void dirty_detach(struct model *m, const struct ref_tree *tree)
{
	take_out(&m->dirty, tree, 0, UINT64_MAX);
}
