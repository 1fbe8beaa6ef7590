/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flushes that are owed: opened by changes of entries, closed by flush hooks that cover them, due when the call returns
 * unless a gather holds them. A table's flush never waits for a gather.
 */
#include "model.h"

#include "classify.h"

#include <inttypes.h>

static bool overlaps(const struct duty *d, const struct ref_tree *tree, uint64_t gpa, uint64_t end)
{
	return d->tree == tree && d->gpa < end && d->end > gpa;
}

static void duty_add(struct ledger *l, struct duty duty)
{
	l->duty = array_room(l->duty, l->count, &l->room, sizeof(*l->duty));
	l->duty[l->count++] = duty;
}

static void duty_remove(struct ledger *l, unsigned i)
{
	l->duty[i] = l->duty[--l->count];
}

/* An entry went back to what it was before anything was flushed: that is no change. */
static bool is_undo(const struct duty *d, const struct ref_pos *pos, const struct ref_entry *is)
{
	struct ref_entry was;

	if (d->frame != pos->frame || d->index != pos->index)
		return false;
	was = ref_decode(&pos->tree->m, &pos->tree->s, pos->level, d->old);
	return was.kind == is->kind && was.hpa == is->hpa && was.perms == is->perms && was.memtype == is->memtype &&
	       was.force_mt == is->force_mt && (is->dirty_kept || !was.dirty);
}

/* An entry becomes valid: nothing may be owed for its addresses any more. */
static void check_make(struct model *m, const struct ref_pos *pos, const struct ref_entry *is)
{
	struct ledger *l = &m->ledger;
	bool breach = false;

	for (unsigned i = 0; i < l->count;) {
		struct duty *d = &l->duty[i];

		if (d->answered || !overlaps(d, pos->tree, pos->gpa, pos->gpa + pos->span)) {
			i++;
		} else if (is_undo(d, pos, is)) {
			duty_remove(l, i);
		} else {
			breach = true;
			i++;
		}
	}
	if (breach)
		verdict(&m->v, REF_V6, "gpa %#" PRIx64 " level %u became valid while a flush is owed there", pos->gpa, pos->level);
}

void ledger_changed(struct model *m, const struct ref_pos *pos, uint64_t old_value, uint64_t new_value)
{
	const struct ref_tree *tree = pos->tree;
	struct ref_entry was = ref_decode(&tree->m, &tree->s, pos->level, old_value);
	struct ref_entry is = ref_decode(&tree->m, &tree->s, pos->level, new_value);
	struct owed owed = classify(m, pos, &was, &is);
	struct duty duty = {.tree = pos->tree,
			    .gpa = pos->gpa,
			    .end = pos->gpa + pos->span,
			    .seq = ++m->ledger.seq,
			    .gather = m->gather,
			    .frame = pos->frame,
			    .index = pos->index,
			    .old = old_value,
			    .call = m->call,
			    .level = (uint8_t)pos->level};

	if (owed.breach)
		verdict(&m->v, REF_V6, "gpa %#" PRIx64 " level %u: %s (%#" PRIx64 " -> %#" PRIx64 ")", pos->gpa, pos->level,
			owed.breach, old_value, new_value);
	if (owed.makes)
		check_make(m, pos, &is);
	if (owed.leaf) {
		duty.why = owed.leaf;
		duty_add(&m->ledger, duty);
	}
	if (owed.tables) {
		duty.why = owed.tables;
		duty.tables = true;
		duty.gather = NULL;
		duty_add(&m->ledger, duty);
	}
}

/*
 * Is the level that a flush names the one of the leaf? On overwrite formats no machine looks at it, so an older, larger translation
 * that outlived a split goes with any flush; what this very call changed must be named right.
 */
static bool level_fits(const struct model *m, const struct duty *d, int level)
{
	return level < 0 || level == d->level || (!d->tree->s.break_first && d->call != m->call);
}

/* A walker that does not snoop finds what the entry held in memory, and caches it again behind the flush. */
static void check_cleaned(struct model *m, const struct duty *d)
{
	const struct frame *f = &m->a.frame[d->frame];

	if (m->noncoherent && f->linked && set_has(&f->outdated, d->index))
		verdict(&m->v, REF_V17, "gpa %#" PRIx64 " level %u is flushed before its entry was cleaned (%s)", d->gpa, d->level,
			d->why);
}

void ledger_flush(struct model *m, const struct ref_tree *tree, uint64_t gpa, uint64_t end, int level, bool tables)
{
	struct ledger *l = &m->ledger;

	for (unsigned i = l->count; i-- > 0;) {
		struct duty *d = &l->duty[i];
		struct duty rest = *d;

		if (d->tree != tree)
			continue;
		d->missed = rest.missed = true;
		if (!overlaps(d, tree, gpa, end) || (!tables && (d->tables || !level_fits(m, d, level))))
			continue;
		check_cleaned(m, d);
		duty_remove(l, i);
		if (rest.gpa < gpa) {
			struct duty before = rest;

			before.end = gpa;
			duty_add(l, before);
		}
		if (rest.end > end) {
			rest.gpa = end;
			duty_add(l, rest);
		}
	}
}

/* Is all of a duty's part of [gpa, end) mapped and Dirty still? Then what is written there is reported once more, later. */
static bool stays_dirty(const struct duty *d, uint64_t gpa, uint64_t end)
{
	struct ref_walk live;

	gpa = gpa > d->gpa ? gpa : d->gpa;
	end = end < d->end ? end : d->end;
	for (; gpa < end; gpa = (gpa & ~(live.size - 1)) + live.size) {
		live = tables_peek(d->tree, gpa, 0);
		if (live.fault != REF_OK || !live.dirty_kept)
			return false;
	}
	return true;
}

void ledger_reported(struct model *m, uint64_t gpa, uint64_t end)
{
	for (unsigned i = 0; i < m->ledger.count; i++) {
		const struct duty *d = &m->ledger.duty[i];

		if (d->answered || d->gpa >= end || d->end <= gpa)
			continue;
		/* A gather reports what it took; what another one took there since is reported by that. */
		if (d->gather && m->gather && d->gather != m->gather)
			continue;
		/* One that is full reports in the middle of a call what it took before, also where a table is just going. */
		if (!d->gather && m->gather)
			continue;
		/* A collection of a part of a leaf that somebody else made read-only. */
		if (d->gather && stays_dirty(d, gpa, end))
			continue;
		verdict(&m->v, REF_V15, "gpa %#" PRIx64 " was reported dirty before its flush (%s)", gpa, d->why);
		return;
	}
}

void ledger_freed(struct model *m, int frame)
{
	const struct frame *f = &m->a.frame[frame];
	bool owed = false;

	for (unsigned i = 0; i < m->ledger.count; i++)
		owed |= m->ledger.duty[i].tables && !m->ledger.duty[i].answered && m->ledger.duty[i].seq == f->unlinked_at;
	if (f->linked)
		verdict(&m->v, REF_V4, "the table for gpa %#" PRIx64 " is freed while it is linked", f->gpa);
	else if (owed)
		verdict(&m->v, REF_V4, "the table for gpa %#" PRIx64 " is freed before its flush", f->gpa);
	else if (f->stale)
		verdict(&m->v, REF_V4, "the table for gpa %#" PRIx64 " is freed while a walk cache points to it", f->gpa);
}

void ledger_returned(struct model *m)
{
	struct duty *first[2] = {NULL, NULL};
	unsigned n[2] = {0, 0};

	for (unsigned i = 0; i < m->ledger.count; i++) {
		struct duty *d = &m->ledger.duty[i];

		if (d->answered || d->gather)
			continue;
		d->answered = true;
		if (n[d->missed]++ == 0)
			first[d->missed] = d;
	}
	for (unsigned missed = 0; missed < 2; missed++)
		if (n[missed])
			verdict(&m->v, missed ? REF_V5 : REF_V3, "%s: gpa %#" PRIx64 " size %#" PRIx64 " level %u, %s; %u such",
				missed ? "no flush covered it" : "no flush", first[missed]->gpa,
				first[missed]->end - first[missed]->gpa, first[missed]->level, first[missed]->why, n[missed]);
}

bool ledger_owes(const struct model *m, const struct ref_tree *tree, uint64_t gpa, uint64_t end)
{
	for (unsigned i = 0; i < m->ledger.count; i++)
		if (overlaps(&m->ledger.duty[i], tree, gpa, end))
			return true;
	return false;
}

const void *ledger_gather_at(const struct model *m, const struct ref_tree *tree, uint64_t gpa)
{
	const struct duty *last = NULL;

	/* The youngest: an older one was for a permission that went while the page was still there. */
	for (unsigned i = 0; i < m->ledger.count; i++) {
		const struct duty *d = &m->ledger.duty[i];

		if (d->gather && overlaps(d, tree, gpa, gpa + 1) && (!last || d->seq > last->seq))
			last = d;
	}
	return last ? last->gather : NULL;
}

void ledger_gather_due(struct model *m, const void *gather)
{
	for (unsigned i = 0; i < m->ledger.count; i++)
		if (m->ledger.duty[i].gather == gather)
			m->ledger.duty[i].gather = NULL;
}

void ledger_detach(struct model *m, const struct ref_tree *tree)
{
	for (unsigned i = m->ledger.count; i-- > 0;)
		if (m->ledger.duty[i].tree == tree)
			duty_remove(&m->ledger, i);
}
