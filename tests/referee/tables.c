/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which frames hang where. A frame joins a tree when an entry links it (adopt) and leaves when that entry goes (abandon); while
 * a stale walk cache still points to it, changes in it are watched all the same.
 */
#include "model.h"

#include <inttypes.h>
#include <string.h>

unsigned tables_entries(const struct ref_tree *tree, bool root)
{
	/* A frame has 512 entries, or as many as a table. */
	unsigned most = tree->s.index_bits < 9 ? 9 : tree->s.index_bits, bits = root ? tree->s.root_bits : tree->s.index_bits;

	return 1u << (bits < most ? bits : most);
}

/* Bytes that an entry of a level maps. */
static uint64_t span_of(const struct ref_tree *tree, unsigned level)
{
	return UINT64_C(1) << (tree->s.page_lg2 + tree->s.index_bits * level);
}

bool tables_pos(struct model *m, int frame, unsigned index, struct ref_pos *out)
{
	const struct frame *f = &m->a.frame[frame];

	if ((!f->linked && f->stale == 0) || index >= tables_entries(f->tree, f->root))
		return false;
	*out = (struct ref_pos){.tree = f->tree, .frame = frame, .index = index, .level = (unsigned)f->level};
	out->span = span_of(f->tree, out->level);
	out->gpa = f->gpa + index * out->span;
	return true;
}

/* The position one level down, in a frame that an entry links. */
static struct ref_pos child_pos(const struct ref_pos *parent, int frame, unsigned index)
{
	struct ref_pos pos = {.tree = parent->tree, .frame = frame, .index = index, .level = parent->level - 1};

	pos.span = span_of(parent->tree, pos.level);
	pos.gpa = parent->gpa + index * pos.span;
	return pos;
}

struct ref_walk tables_peek(const struct ref_tree *tree, uint64_t gpa, unsigned access)
{
	struct ref_walk walk;

	ref_walk(&tree->m, gpa, access, NULL, &walk);
	return walk;
}

/* A leaf can be reached that could not before. fresh: its memory was not mapped there a moment ago. */
static void leaf_appeared(struct model *m, const struct ref_pos *pos, const struct ref_entry *e, bool fresh)
{
	/* A table without leaves needs no barrier: a walker that does not see it yet faults just so. */
	pos->tree->barrier_owed |= fresh;
	if (arena_has_table(&m->a, e->hpa, pos->span))
		verdict(&m->v, REF_V1, "leaf at gpa %#" PRIx64 " maps a table, hpa %#" PRIx64, pos->gpa, e->hpa);
	/* With FEAT_S2FWB the guest cannot see past the caches. */
	if (fresh && m->check_sync && e->memtype == REF_WB && !(pos->tree->m.features & REF_HAS_FWB) &&
	    !ranges_cover(&m->synced, e->hpa, e->hpa + pos->span))
		verdict(&m->v, REF_V18, "leaf at gpa %#" PRIx64 " appeared without page_sync", pos->gpa);
}

/* The checks on any entry that becomes reachable. */
static void entry_appeared(struct model *m, const struct ref_pos *pos, const struct ref_entry *e, uint64_t value, bool fresh)
{
	if (e->kind == REF_FROZEN) {
		m->a.frame[pos->frame].frozen++;
		m->frozen++;
	} else if ((e->kind == REF_RESERVED && !e->on_purpose) || e->kind == REF_BAD_SIZE) {
		verdict(&m->v, REF_V12, "gpa %#" PRIx64 " level %u: %#" PRIx64 " has reserved bits", pos->gpa, pos->level, value);
	} else if (e->kind == REF_LEAF) {
		leaf_appeared(m, pos, e, fresh);
	}
}

/* Can this frame be linked here? */
static bool can_adopt(struct model *m, const struct ref_pos *parent, int frame)
{
	const struct frame *f;

	if (frame == NO_FRAME || m->a.frame[frame].state != FRAME_TABLE) {
		verdict(&m->v, REF_V2, "gpa %#" PRIx64 ": the entry points to %s", parent->gpa,
			frame == NO_FRAME ? "what is not a table" : "a free or freed table");
		return false;
	}
	f = &m->a.frame[frame];
	if (f->linked) {
		verdict(&m->v, REF_V11, "gpa %#" PRIx64 ": a table that is linked already (at gpa %#" PRIx64 ")", parent->gpa,
			f->gpa);
		return false;
	}
	if (!m->pooled && f->level >= 0 && f->level != (int)parent->level - 1)
		verdict(&m->v, REF_V11, "gpa %#" PRIx64 ": a table of level %d is linked as level %u", parent->gpa, f->level,
			parent->level - 1);
	if (f->stale)
		verdict(&m->v, REF_V4, "gpa %#" PRIx64 ": a table is reused while a walk cache points to it", parent->gpa);
	return true;
}

/* Takes a frame and what hangs below it into a tree. */
static void adopt(struct model *m, const struct ref_pos *parent, int frame, bool fresh)
{
	struct frame *f;
	unsigned n = tables_entries(parent->tree, false), unfilled = 0, uncleaned = 0;

	if (!can_adopt(m, parent, frame))
		return;
	f = &m->a.frame[frame];
	f->linked = true;
	f->level = (int8_t)(parent->level - 1);
	f->gpa = parent->gpa;
	f->tree = parent->tree;
	f->frozen = 0;
	parent->tree->table_count++;
	memcpy(arena_shadow(&m->a, frame), arena_entries(&m->a, frame), arena_frame_size(&m->a));
	for (unsigned i = 0; i < n; i++) {
		struct ref_pos pos = child_pos(parent, frame, i);
		uint64_t value = arena_shadow(&m->a, frame)[i];
		struct ref_entry e = ref_decode(&pos.tree->m, &pos.tree->s, pos.level, value);

		if (!set_has(&f->written, i)) {
			unfilled++;
			continue;
		}
		uncleaned += set_has(&f->uncleaned, i);
		entry_appeared(m, &pos, &e, value, fresh);
		if (e.kind == REF_TABLE)
			adopt(m, &pos, arena_frame_at(&m->a, e.hpa), fresh);
	}
	if (unfilled)
		verdict(&m->v, REF_V2, "gpa %#" PRIx64 ": a table is linked with %u of its entries not filled", parent->gpa,
			unfilled);
	if (uncleaned && m->noncoherent)
		verdict(&m->v, REF_V17, "gpa %#" PRIx64 ": a table is linked with %u of its entries not cleaned", parent->gpa,
			uncleaned);
}

/* Takes a frame and what hangs below it out of its tree; caches keep pointing to each of them. */
static void abandon(struct model *m, const struct ref_pos *parent, int frame)
{
	struct frame *f;
	unsigned n = tables_entries(parent->tree, false);

	if (frame == NO_FRAME || !m->a.frame[frame].linked)
		return;
	f = &m->a.frame[frame];
	f->linked = false;
	f->unlinked_at = m->ledger.seq;
	m->frozen -= f->frozen;
	f->frozen = 0;
	parent->tree->table_count--;
	tlb_keep_table(m, parent, frame);
	for (unsigned i = 0; i < n; i++) {
		struct ref_pos pos = child_pos(parent, frame, i);
		struct ref_entry e = ref_decode(&pos.tree->m, &pos.tree->s, pos.level, arena_shadow(&m->a, frame)[i]);

		if (e.kind == REF_TABLE)
			abandon(m, &pos, arena_frame_at(&m->a, e.hpa));
		else if (e.kind == REF_LEAF && m->check_sync)
			ranges_add(&m->synced, e.hpa, e.hpa + pos.span); /* it may come back in this call, by itself or in a leaf */
	}
}

/* Is an access let through that faulted before? Who made it so must tell the walkers, or it may fault again on what is resolved. */
static bool opened(const struct ref_tree *tree, const struct ref_entry *was, const struct ref_entry *is)
{
	if (was->kind != REF_LEAF || is->kind != REF_LEAF || is->waits)
		return false;
	return was->waits || (is->perms & ~was->perms) || (is->accessed && !was->accessed && !tree->s.hw_a);
}

void tables_changed(struct model *m, const struct ref_pos *pos, uint64_t old_value, uint64_t new_value)
{
	struct ref_tree *tree = pos->tree;
	struct frame *f = &m->a.frame[pos->frame];
	struct ref_entry was = ref_decode(&tree->m, &tree->s, pos->level, old_value);
	struct ref_entry is = ref_decode(&tree->m, &tree->s, pos->level, new_value);
	bool table_stays = was.kind == REF_TABLE && is.kind == REF_TABLE && was.hpa == is.hpa;
	bool was_valid = was.kind == REF_LEAF || was.kind == REF_TABLE;

	tree->lo = pos->gpa < tree->lo ? pos->gpa : tree->lo;
	tree->hi = pos->gpa + pos->span > tree->hi ? pos->gpa + pos->span : tree->hi;
	ledger_changed(m, pos, old_value, new_value);
	if (was.kind == REF_LEAF) {
		tlb_keep_leaf(m, pos, &was, &is);
		ranges_add(&m->synced, was.hpa, was.hpa + pos->span); /* it may come back in this call as it was */
	}
	if (!f->linked)
		return; /* only stale caches reach it */
	if (was.kind == REF_FROZEN) {
		f->frozen--;
		m->frozen--;
	}
	if (was.kind == REF_TABLE && !table_stays)
		abandon(m, pos, arena_frame_at(&m->a, was.hpa));
	tree->barrier_owed |= opened(tree, &was, &is);
	entry_appeared(m, pos, &is, new_value, !was_valid);
	if (is.kind == REF_TABLE && !table_stays)
		adopt(m, pos, arena_frame_at(&m->a, is.hpa), !was_valid);
}

bool tables_attach(struct model *m, struct ref_tree *tree)
{
	unsigned per_frame = tables_entries(tree, true), frames = ((1u << tree->s.root_bits) + per_frame - 1) / per_frame;
	int first = arena_frame_at(&m->a, tree->s.root);

	if (first == NO_FRAME)
		return false;
	for (unsigned i = 0; i < frames; i++) {
		int frame = first + (int)i;
		struct ref_pos pos = {.tree = tree, .frame = frame, .level = tree->s.top, .span = span_of(tree, tree->s.top)};
		struct frame *f = &m->a.frame[frame];

		f->linked = f->root = true;
		f->level = (int8_t)tree->s.top;
		f->gpa = i * per_frame * pos.span;
		f->tree = tree;
		memcpy(arena_shadow(&m->a, frame), arena_entries(&m->a, frame), arena_frame_size(&m->a));
		for (pos.index = 0; pos.index < per_frame; pos.index++) {
			uint64_t value = arena_shadow(&m->a, frame)[pos.index];
			struct ref_entry e = ref_decode(&tree->m, &tree->s, pos.level, value);

			pos.gpa = f->gpa + pos.index * pos.span;
			if (!set_has(&f->written, pos.index)) {
				verdict(&m->v, REF_V2, "entry %u of the root is not filled", pos.index);
				continue;
			}
			entry_appeared(m, &pos, &e, value, true);
			if (e.kind == REF_TABLE)
				adopt(m, &pos, arena_frame_at(&m->a, e.hpa), true);
		}
	}
	return true;
}

void tables_detach(struct model *m, struct ref_tree *tree)
{
	for (unsigned i = 0; i < m->a.next; i++) {
		struct frame *f = &m->a.frame[i];

		if (f->tree != tree)
			continue;
		m->frozen -= f->frozen;
		f->frozen = 0;
		f->linked = false;
		f->stale = 0;
		f->tree = NULL;
	}
}

/* Names the first entry of a frame that a predicate on its kind holds for. */
static void report_frozen(struct model *m, int frame)
{
	const struct frame *f = &m->a.frame[frame];
	struct ref_pos pos;

	for (unsigned i = 0; tables_pos(m, frame, i, &pos); i++) {
		uint64_t value = arena_shadow(&m->a, frame)[i];

		if (ref_decode(&f->tree->m, &f->tree->s, pos.level, value).kind != REF_FROZEN)
			continue;
		verdict(&m->v, REF_V10, "gpa %#" PRIx64 " level %u is still frozen (%#" PRIx64 "), one of %u", pos.gpa, pos.level,
			value, m->frozen);
		return;
	}
}

/* Walkers that do not snoop must not see what a cache still holds back. */
static void check_cleaned(struct model *m)
{
	for (unsigned i = 0; i < m->a.next; i++) {
		struct frame *f = &m->a.frame[i];
		struct ref_pos pos;

		if (!f->linked)
			continue;
		for (unsigned e = 0; tables_pos(m, (int)i, e, &pos); e++)
			if (set_has(&f->uncleaned, e)) {
				verdict(&m->v, REF_V17, "gpa %#" PRIx64 " level %u was not cleaned", pos.gpa, pos.level);
				break;
			}
		set_clear(&m->a, &f->uncleaned);
		set_clear(&m->a, &f->outdated);
	}
}

void tables_returned(struct model *m)
{
	for (unsigned i = 0; i < m->a.next && m->frozen; i++)
		if (m->a.frame[i].linked && m->a.frame[i].frozen) {
			report_frozen(m, (int)i);
			break;
		}
	for (unsigned t = 0; t < MODEL_TREES; t++)
		if (m->tree[t].key && m->tree[t].barrier_owed) {
			verdict(&m->v, REF_V13, "entries became valid or wider, and no walker_barrier followed");
			m->tree[t].barrier_owed = false;
		}
	if (m->noncoherent)
		check_cleaned(m);
}

void tables_audit(struct model *m)
{
	for (unsigned i = 0; i < m->a.next; i++) {
		struct ref_pos pos;

		if (!m->a.frame[i].linked)
			continue;
		for (unsigned e = 0; tables_pos(m, (int)i, e, &pos); e++) {
			uint64_t is = arena_entries(&m->a, (int)i)[e], known = arena_shadow(&m->a, (int)i)[e];

			if (is == known)
				continue;
			verdict(&m->v, REF_V16, "gpa %#" PRIx64 " level %u holds %#" PRIx64 ", last seen as %#" PRIx64, pos.gpa,
				pos.level, is, known);
			break;
		}
	}
}
