/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Caches of the worst kind: whatever was valid may still be cached, and only a flush that covers it takes it out. Translations
 * that agree with memory need not be stored for that; so an entry is kept at the moment its table entry changes. Besides,
 * accesses of the guest leave what they used, in a small set that replaces itself.
 */
#include "classify.h"

#include <inttypes.h>

static struct tlb_leaf *leaf_append(struct tlb *t)
{
	t->leaf = array_room(t->leaf, t->leaves, &t->leaf_room, sizeof(*t->leaf));
	return &t->leaf[t->leaves++];
}

static void walk_append(struct model *m, struct tlb_walk walk)
{
	struct tlb *t = &m->tlb;

	t->walk = array_room(t->walk, t->walks, &t->walk_room, sizeof(*t->walk));
	t->walk[t->walks++] = walk;
	m->a.frame[walk.frame].stale++;
}

static void walk_remove(struct model *m, unsigned i)
{
	m->a.frame[m->tlb.walk[i].frame].stale--;
	m->tlb.walk[i] = m->tlb.walk[--m->tlb.walks];
}

/* After the change, does the cached translation still say nothing that the entry does not? */
static bool agrees(const struct ref_tree *tree, const struct ref_entry *was, const struct ref_entry *is)
{
	return is->kind == REF_LEAF && is->hpa == was->hpa && !(was->perms & ~is->perms) && is->memtype == was->memtype &&
	       is->force_mt == was->force_mt && !(tree->s.hw_d && was->dirty && !is->dirty_kept);
}

bool tlb_holds(const struct model *m, const struct ref_pos *pos, bool whole)
{
	for (unsigned i = 0; i < m->tlb.leaves; i++) {
		const struct tlb_leaf *l = &m->tlb.leaf[i];
		bool all = l->gpa <= pos->gpa && l->end >= pos->gpa + pos->span;
		bool some = l->gpa < pos->gpa + pos->span && l->end > pos->gpa;

		if (l->kept && l->tree == pos->tree && (whole ? all : some))
			return true;
	}
	return false;
}

bool tlb_caches(const struct model *m, const struct ref_tree *tree, uint64_t gpa, uint64_t end, unsigned access)
{
	for (unsigned i = 0; i < m->tlb.leaves; i++) {
		const struct tlb_leaf *l = &m->tlb.leaf[i];

		if (l->tree == tree && l->gpa < end && l->end > gpa && !(access & ~l->perms))
			return true;
	}
	return false;
}

bool tlb_is_shut(const struct model *m, const struct ref_pos *pos)
{
	for (unsigned i = 0; i < m->tlb.leaves; i++) {
		const struct tlb_leaf *l = &m->tlb.leaf[i];

		if (l->shut && l->tree == pos->tree && l->gpa < pos->gpa + pos->span && l->end > pos->gpa)
			return true;
	}
	return false;
}

/* What is cached of an entry may let more writes through than the entry does. */
static void shut_leaves(struct model *m, const struct ref_pos *pos)
{
	for (unsigned i = 0; i < m->tlb.leaves; i++) {
		struct tlb_leaf *l = &m->tlb.leaf[i];

		l->shut |= (l->perms & REF_W) && l->tree == pos->tree && l->gpa < pos->gpa + pos->span && l->end > pos->gpa;
	}
}

void tlb_keep_leaf(struct model *m, const struct ref_pos *pos, const struct ref_entry *was, const struct ref_entry *is)
{
	/* Where hardware sets no Accessed, what has lost it is never cached again, but may be still: nothing was flushed. */
	bool aged = was->accessed && !pos->tree->s.hw_a && is->kind == REF_LEAF && !is->accessed;

	if (woke_shut(was, is))
		shut_leaves(m, pos);
	if ((agrees(pos->tree, was, is) && !aged) || (!was->accessed && !pos->tree->s.hw_a))
		return;
	if (aged && tlb_holds(m, pos, true))
		return;
	if (m->tlb.lazy) {
		for (unsigned i = 0; i < m->tlb.leaves; i++) {
			struct tlb_leaf *l = &m->tlb.leaf[i];

			l->kept |= l->tree == pos->tree && l->gpa < pos->gpa + pos->span && l->end > pos->gpa;
		}
		return;
	}
	*leaf_append(&m->tlb) = (struct tlb_leaf){.tree = pos->tree,
						  .gpa = pos->gpa,
						  .end = pos->gpa + pos->span,
						  .hpa = was->hpa,
						  .perms = was->perms,
						  .memtype = was->memtype,
						  .level = (uint8_t)pos->level,
						  .dirty = was->dirty,
						  .kept = true};
}

void tlb_keep_table(struct model *m, const struct ref_pos *pos, int table_frame)
{
	if (m->tlb.lazy) {
		for (unsigned i = 0; i < m->tlb.walks; i++)
			m->tlb.walk[i].kept |= m->tlb.walk[i].frame == table_frame;
		return;
	}
	walk_append(m, (struct tlb_walk){.tree = pos->tree,
					 .gpa = pos->gpa,
					 .end = pos->gpa + pos->span,
					 .frame = table_frame,
					 .level = pos->level - 1,
					 .kept = true});
}

/* Room for a translation that was touched, or NULL: a cache may decline. */
static struct tlb_leaf *leaf_victim(struct tlb *t)
{
	if (t->leaves < TLB_TOUCHED)
		return leaf_append(t);
	for (unsigned tries = 0; tries < 8; tries++) {
		struct tlb_leaf *l = &t->leaf[t->leaf_victim++ % t->leaves];

		if (!l->kept)
			return l;
	}
	return NULL;
}

/* The upper levels that a walk read, the root excluded. */
static void touch_walk(struct model *m, struct ref_tree *tree, uint64_t gpa, const struct ref_step *above,
		       const struct ref_step *step)
{
	int frame = arena_frame_at(&m->a, step->table_hpa);
	uint64_t span = UINT64_C(1) << (tree->s.page_lg2 + tree->s.index_bits * above->level);

	for (unsigned i = 0; i < m->tlb.walks; i++)
		if (m->tlb.walk[i].frame == frame && m->tlb.walk[i].gpa <= gpa && m->tlb.walk[i].end > gpa)
			return;
	if (m->tlb.walks >= TLB_WALK_TOUCHED) {
		unsigned victim = m->tlb.walk_victim++ % m->tlb.walks;

		if (m->tlb.walk[victim].kept)
			return;
		walk_remove(m, victim);
	}
	gpa &= ~(span - 1);
	walk_append(m, (struct tlb_walk){.tree = tree, .gpa = gpa, .end = gpa + span, .frame = frame, .level = step->level});
}

void tlb_touch(struct model *m, struct ref_tree *tree, uint64_t gpa, const struct ref_walk *walk)
{
	uint64_t start = gpa & ~(walk->size - 1);
	struct tlb_leaf *l = NULL;

	for (unsigned i = 1; i < walk->nsteps; i++)
		touch_walk(m, tree, gpa, &walk->step[i - 1], &walk->step[i]);
	for (unsigned i = 0; i < m->tlb.leaves && !l; i++)
		if (m->tlb.leaf[i].tree == tree && !m->tlb.leaf[i].kept && m->tlb.leaf[i].gpa == start)
			l = &m->tlb.leaf[i];
	if (!l)
		l = leaf_victim(&m->tlb);
	if (l)
		*l = (struct tlb_leaf){.tree = tree,
				       .gpa = start,
				       .end = start + walk->size,
				       .hpa = walk->hpa - (gpa - start),
				       .perms = walk->perms,
				       .memtype = walk->memtype,
				       .level = (uint8_t)walk->level,
				       .dirty = walk->dirty};
}

void tlb_flush(struct model *m, const struct ref_tree *tree, uint64_t gpa, uint64_t end, int level, bool tables)
{
	struct tlb *t = &m->tlb;

	for (unsigned i = t->leaves; i-- > 0;) {
		struct tlb_leaf l = t->leaf[i];

		/* Arm's TTL hint lets the machine skip other levels; x86 has no such hint. */
		if (l.tree != tree || l.gpa >= end || l.end <= gpa ||
		    (tree->s.break_first && !tables && level >= 0 && level != l.level))
			continue;
		t->leaf[i] = t->leaf[--t->leaves];
		if (l.end > end) {
			struct tlb_leaf rest = l;

			rest.hpa += end - l.gpa;
			rest.gpa = end;
			*leaf_append(t) = rest;
		}
		if (l.gpa < gpa) {
			l.end = gpa;
			*leaf_append(t) = l;
		}
	}
	for (unsigned i = t->walks; tables && i-- > 0;) {
		struct tlb_walk w = t->walk[i], rest = w;

		if (w.tree != tree || w.gpa >= end || w.end <= gpa)
			continue;
		walk_remove(m, i);
		rest.gpa = end;
		w.end = gpa;
		if (rest.gpa < rest.end)
			walk_append(m, rest);
		if (w.gpa < w.end)
			walk_append(m, w);
	}
}

struct tlb_leaf *tlb_find(struct model *m, const struct ref_tree *tree, uint64_t gpa, unsigned access)
{
	struct tlb_leaf *found = NULL;

	for (unsigned i = 0; i < m->tlb.leaves; i++) {
		struct tlb_leaf *l = &m->tlb.leaf[i];

		if (l->tree == tree && l->gpa <= gpa && gpa < l->end && !(access & ~l->perms) && (!found || l->kept))
			found = l;
	}
	return found;
}

bool tlb_find_walk(const struct model *m, const struct ref_tree *tree, uint64_t gpa, struct ref_start *out)
{
	bool found = false;

	for (unsigned i = 0; i < m->tlb.walks; i++) {
		const struct tlb_walk *w = &m->tlb.walk[i];

		if (w->tree != tree || gpa < w->gpa || gpa >= w->end || m->a.frame[w->frame].linked ||
		    (found && w->level >= out->level))
			continue;
		found = true;
		*out = (struct ref_start){.level = w->level, .table = arena_hpa(&m->a, w->frame), .perms = REF_RWX};
	}
	return found;
}

/* What a cached leaf claims about [gpa, ...) against memory; *size: how far the answer reaches. NULL: they agree. */
static const char *contradiction(const struct tlb_leaf *l, uint64_t gpa, uint64_t *size)
{
	struct ref_walk live = tables_peek(l->tree, gpa, 0);

	*size = live.size - (gpa & (live.size - 1));
	if (live.fault != REF_OK)
		return "is mapped no longer";
	if (live.hpa != l->hpa + (gpa - l->gpa))
		return "is mapped elsewhere";
	if (l->perms & ~live.perms & ~(l->shut && live.dirty_kept ? (unsigned)REF_W : 0))
		return "has fewer permissions";
	if (live.memtype != l->memtype)
		return "has another memory type";
	return l->tree->s.hw_d && l->dirty && !live.dirty_kept ? "is clean" : NULL;
}

/* A cached leaf against memory, inside [lo, hi). true: it contradicts, and no flush is owed for it. */
static bool leaf_is_wrong(struct model *m, const struct tlb_leaf *l, uint64_t lo, uint64_t hi)
{
	uint64_t gpa = l->gpa > lo ? l->gpa : lo, end = l->end < hi ? l->end : hi, size;

	for (; gpa < end; gpa += size) {
		const char *what = contradiction(l, gpa, &size);

		if (!what || ledger_owes(m, l->tree, gpa, gpa + 1))
			continue;
		verdict(&m->v, REF_V5, "a TLB may still translate gpa %#" PRIx64 " to %#" PRIx64 ", which %s", gpa,
			l->hpa + (gpa - l->gpa), what);
		return true;
	}
	return false;
}

/* Every cached entry that touches a tree's hull; what is wrong is reported once and dropped. */
static void check_tree(struct model *m, const struct ref_tree *tree, uint64_t lo, uint64_t hi)
{
	for (unsigned i = m->tlb.leaves; i-- > 0;)
		if (m->tlb.leaf[i].tree == tree && leaf_is_wrong(m, &m->tlb.leaf[i], lo, hi))
			m->tlb.leaf[i] = m->tlb.leaf[--m->tlb.leaves];
	for (unsigned i = m->tlb.walks; i-- > 0;) {
		const struct tlb_walk *w = &m->tlb.walk[i];

		if (w->tree != tree || w->gpa >= hi || w->end <= lo || m->a.frame[w->frame].linked ||
		    ledger_owes(m, tree, w->gpa, w->end))
			continue;
		verdict(&m->v, REF_V5, "a walk cache may still lead gpa %#" PRIx64 " to an unlinked table", w->gpa);
		walk_remove(m, i);
	}
}

void tlb_returned(struct model *m)
{
	for (unsigned t = 0; t < MODEL_TREES; t++)
		if (m->tree[t].key && m->tree[t].lo < m->tree[t].hi)
			check_tree(m, &m->tree[t], m->tree[t].lo, m->tree[t].hi);
}

void tlb_audit(struct model *m)
{
	for (unsigned t = 0; t < MODEL_TREES; t++)
		if (m->tree[t].key)
			check_tree(m, &m->tree[t], 0, UINT64_MAX);
}

void tlb_detach(struct model *m, const struct ref_tree *tree)
{
	for (unsigned i = m->tlb.leaves; i-- > 0;)
		if (m->tlb.leaf[i].tree == tree)
			m->tlb.leaf[i] = m->tlb.leaf[--m->tlb.leaves];
	for (unsigned i = m->tlb.walks; i-- > 0;)
		if (m->tlb.walk[i].tree == tree)
			walk_remove(m, i);
}
