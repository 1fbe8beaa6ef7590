/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The library's accesses to table entries, as the test build reports them: each before it happens.
 *
 * A compare-and-swap may fail, so an access is believed only when memory shows it: at the next event. The adversary acts in
 * between: it sets Accessed and Dirty in a live leaf just before the library replaces it, once per entry and call, as hardware
 * could.
 */
#include "referee_impl.h"

#include <spte.h>
#include <trace.h>

#include <inttypes.h>

struct referee *referee_current;

static bool translates(const struct ref_pos *pos, uint64_t value)
{
	enum ref_entry_kind kind = ref_decode(&pos->tree->m, &pos->tree->s, pos->level, value).kind;

	return kind == REF_LEAF || kind == REF_TABLE;
}

void referee_settle(struct referee *r)
{
	struct pending p = r->pending;
	struct model *m = &r->m;
	struct frame *f;
	struct ref_pos pos;
	uint64_t is, was;
	bool known;

	if (!p.valid || r->in_event)
		return;
	r->pending.valid = false;
	f = &m->a.frame[p.frame];
	is = arena_entries(&m->a, p.frame)[p.index];
	was = arena_shadow(&m->a, p.frame)[p.index];
	known = tables_pos(m, p.frame, p.index, &pos);
	if (p.certain || is != was) {
		set_add(&f->written, p.index);
		if (known && !set_has(&f->uncleaned, p.index) && translates(&pos, was))
			set_add(&f->outdated, p.index);
		set_add(&f->uncleaned, p.index);
	}
	if (is == was)
		return;
	arena_shadow(&m->a, p.frame)[p.index] = is;
	if (known)
		tables_changed(m, &pos, was, is);
}

void referee_event(struct referee *r)
{
	if (!r->event || r->in_event)
		return;
	r->in_event = true;
	r->event(r->event_arg);
	r->in_event = false;
}

/* Hardware updates an entry by itself: memory and the model's knowledge of it. */
static void hardware_sets(struct model *m, const struct ref_pos *pos, uint64_t value)
{
	arena_entries(&m->a, pos->frame)[pos->index] = value;
	arena_shadow(&m->a, pos->frame)[pos->index] = value;
	set_add(&m->a.frame[pos->frame].written, pos->index);
}

/* The worst moment for a leaf's Accessed and Dirty to be set is right before the library replaces it. */
static void race(struct referee *r, int frame, unsigned index)
{
	struct model *m = &r->m;
	struct frame *f = &m->a.frame[frame];
	struct ref_entry e;
	struct ref_pos pos;

	if (r->config.no_adversary || !m->in_call || !tables_pos(m, frame, index, &pos))
		return;
	if (f->raced_op != m->call) {
		f->raced_op = m->call;
		set_clear(&m->a, &f->raced);
	}
	if (set_has(&f->raced, index))
		return;
	e = ref_decode(&pos.tree->m, &pos.tree->s, pos.level, arena_shadow(&m->a, frame)[index]);
	if (e.kind != REF_LEAF)
		return;
	set_add(&f->raced, index);
	if (pos.tree->s.hw_d && (e.perms & REF_W) && !e.dirty) {
		hardware_sets(m, &pos, e.with_d);
		dirty_wrote(m, pos.tree, pos.gpa, pos.gpa + pos.span, e.hpa);
	} else if (pos.tree->s.hw_a && !e.accessed) {
		hardware_sets(m, &pos, e.with_a);
	}
}

/* An entry that is not what the model knows was changed by somebody who did not say so. */
static void check_known(struct referee *r, int frame, unsigned index, uint64_t value)
{
	struct model *m = &r->m;
	uint64_t known = arena_shadow(&m->a, frame)[index];
	struct ref_pos pos;

	if (value == known)
		return;
	arena_shadow(&m->a, frame)[index] = value;
	if (!m->a.frame[frame].linked || !tables_pos(m, frame, index, &pos))
		return;
	verdict(&m->v, REF_V16, "gpa %#" PRIx64 " level %u holds %#" PRIx64 ", last seen as %#" PRIx64, pos.gpa, pos.level, value,
		known);
	tables_changed(m, &pos, known, value);
}

/* What the library may not touch, or not in this way. false: there is no point in looking further. */
static bool check_allowed(struct referee *r, enum tdp_spte_event event, int frame, unsigned index)
{
	struct frame *f = &r->m.a.frame[frame];

	if (f->state != FRAME_TABLE) {
		verdict(&r->m.v, REF_V2, "the library %s a freed table, hpa %#" PRIx64, event == TDP_SPTE_LOAD ? "reads" : "writes",
			arena_hpa(&r->m.a, frame));
		return false;
	}
	if (event == TDP_SPTE_LOAD && !set_has(&f->written, index))
		verdict(&r->m.v, REF_V2, "the library reads entry %u of a table before it is filled", index);
	if (event == TDP_SPTE_PRIVATE && (f->linked || f->stale))
		verdict(&r->m.v, REF_V2, "the library fills a table for gpa %#" PRIx64 " that walkers reach", f->gpa);
	return true;
}

void tdp_test_access(enum tdp_spte_event event, tdp_spte_t *entry, tdp_spte_t old_value, tdp_spte_t new_value)
{
	struct referee *r = referee_current;
	int frame = r ? arena_frame_of(&r->m.a, entry) : NO_FRAME;
	unsigned index;

	(void)new_value; /* memory will tell */
	if (frame == NO_FRAME)
		return;
	referee_settle(r);
	index = arena_index(&r->m.a, (uintptr_t)entry);
	if (event == TDP_SPTE_LOAD)
		r->counts.loads++;
	else
		r->counts.stores++;
	if (!check_allowed(r, event, frame, index))
		return;
	check_known(r, frame, index, old_value);
	if (event != TDP_SPTE_LOAD) {
		if (event != TDP_SPTE_PRIVATE)
			race(r, frame, index);
		r->pending = (struct pending){.valid = true, .certain = event != TDP_SPTE_CMPXCHG, .frame = frame, .index = index};
	}
	referee_event(r);
}

void tdp_test_done(tdp_spte_t *entry, bool written)
{
	if (written)
		trace_wrote(entry);
}
