/* SPDX-License-Identifier: BSD-2-Clause */
#include "gather.h"
#include "refs.h"

enum { GATHER_TREES = 4, GATHER_RECORDS = 24 };

/* What one tree owes: a range that covers every cleared or narrowed entry. */
struct gather_tree {
	struct tree *tree; /* NULL: unused */
	tdp_gpa_t gpa, end;
	int32_t level;	 /* of every leaf; -1: mixed */
	uint32_t absent; /* entries were cleared: counted in tree->gathers */
};

/*
 * Written leaves. base is a multiple of 64 leaves, at least 2^18 bytes, so its low bits hold the rest: 5:0 log2 of a leaf's bytes,
 * 7:6 the tree, 17:8 how many further blocks of 64 follow, all written. mask 0: unused.
 */
struct gather_record {
	uint64_t base;
	uint64_t mask;
};

struct gather {
	struct gather_tree tree[GATHER_TREES];
	struct gather_record record[GATHER_RECORDS];
};
_Static_assert(sizeof(struct gather) <= sizeof(struct tdp_gather), "the opaque gather must hold the real one");

#define RECORD_ONE_MORE (UINT64_C(1) << 8)
#define RECORD_MAX_MORE UINT64_C(0x3ff)
#define RECORD_LOW	UINT64_C(0x3ffff)

static struct gather *gather_of(struct tdp_gather *gather)
{
	return (struct gather *)gather;
}

/* Reports one record's leaves, neighbours in one call. */
static void report_record(struct tree *t, void *user, const struct gather_record *r)
{
	unsigned unit = (unsigned)(r->base & 0x3f);
	tdp_gpa_t base = r->base & ~RECORD_LOW;
	uint64_t more = r->base >> 8 & RECORD_MAX_MORE;
	uint64_t mask = r->mask;

	if (mask == UINT64_MAX) {
		tdp_hook_dirty(t, user, base, (more + 1) << (unit + 6));
		return;
	}
	while (mask) {
		unsigned first = word_first(mask);
		uint64_t rest = mask >> first;
		unsigned n = word_first(~rest);

		tdp_hook_dirty(t, user, base + ((uint64_t)first << unit), (uint64_t)n << unit);
		mask &= ~(((UINT64_C(1) << n) - 1) << first);
	}
}

void tdp_gather_flush(struct tdp_gather *gather, void *user)
{
	struct gather *g = gather_of(gather);

	for (unsigned i = 0; i < GATHER_TREES && TDP_BROKEN(GATHER_UNCOUNT_EARLY); i++)
		if (g->tree[i].tree && g->tree[i].absent) {
			__atomic_fetch_sub(&g->tree[i].tree->gathers, 1, __ATOMIC_RELEASE);
			g->tree[i].absent = 0;
		}
	for (unsigned i = 0; i < GATHER_TREES; i++) {
		const struct gather_tree *gt = &g->tree[i];

		if (gt->tree && !(TDP_BROKEN(GATHER_ONE_TREE) && i + 1 < GATHER_TREES && g->tree[i + 1].tree))
			tdp_hook_flush(gt->tree, user, gt->gpa, gt->end, gt->level, FLUSH_LEAF);
	}
	for (unsigned i = 0; i < GATHER_RECORDS && g->record[i].mask; i++) {
		report_record(g->tree[g->record[i].base >> 6 & 3].tree, user, &g->record[i]);
		g->record[i] = (struct gather_record){0};
	}
	for (unsigned i = 0; i < GATHER_TREES; i++) {
		struct gather_tree *gt = &g->tree[i];
		struct tree *t = gt->tree;

		/* After the flush: reading 0 tells a mapper that no translation is left. */
		if (t && gt->absent) {
			TDP_POINT_LOCKED(&t->gathers);
			__atomic_fetch_sub(&t->gathers, 1, __ATOMIC_RELEASE);
		}
		*gt = (struct gather_tree){0};
		if (t && !TDP_BROKEN(GATHER_NO_HOLD))
			tree_drop(t);
	}
}

/* The slot of a tree, or a free one; NULL if there is neither. */
static struct gather_tree *find_slot(struct gather *g, const struct tree *t)
{
	for (unsigned i = 0; i < GATHER_TREES; i++)
		if (g->tree[i].tree == t || !g->tree[i].tree)
			return &g->tree[i];
	return NULL;
}

void tdp_gather_range(struct tdp_gather *gather, struct tree *t, void *user, tdp_gpa_t gpa, tdp_gpa_t end, int level, bool absent)
{
	struct gather *g = gather_of(gather);
	struct gather_tree *gt;

	if (!t->live)
		return;
	gt = find_slot(g, t);
	if (!gt) {
		tdp_gather_flush(gather, user);
		gt = find_slot(g, t);
	}
	if (!gt->tree && !TDP_BROKEN(GATHER_NO_HOLD))
		tree_hold(t); /* R12: until it is flushed */
	if (!gt->tree || TDP_BROKEN(GATHER_WRONG_RANGE)) {
		*gt = (struct gather_tree){.tree = t, .gpa = gpa, .end = end, .level = level, .absent = gt->absent};
	} else {
		gt->gpa = gpa < gt->gpa ? gpa : gt->gpa;
		gt->end = end > gt->end ? end : gt->end;
		gt->level = level == gt->level ? level : -1;
	}
	if (absent && !gt->absent) {
		gt->absent = 1;
		TDP_POINT_LOCKED(&t->gathers);
		__atomic_fetch_add(&t->gathers, 1, __ATOMIC_ACQ_REL);
	}
}

bool tdp_gather_others(const struct tdp_gather *gather, const struct tree *t)
{
	uint32_t open = gathers_open(t);
	const struct gather_tree *gt;

	if (open == 0 || !gather)
		return open != 0;
	gt = find_slot(gather_of((struct tdp_gather *)(uintptr_t)gather), t);
	return open > (gt ? gt->absent : 0);
}

/* Whether the block continues a record of full blocks; if so it is in. */
static bool extend_record(struct gather_record *r, uint64_t base, uint64_t mask, unsigned blocks)
{
	uint64_t more = r->base >> 8 & RECORD_MAX_MORE;
	uint64_t size = UINT64_C(1) << ((r->base & 0x3f) + 6);

	if (r->mask != UINT64_MAX || mask != UINT64_MAX || more + blocks > RECORD_MAX_MORE)
		return false;
	if ((r->base & 0xff) != (base & 0xff) || (r->base & ~RECORD_LOW) + (more + 1) * size != (base & ~RECORD_LOW))
		return false;
	r->base += RECORD_ONE_MORE * blocks;
	return true;
}

void tdp_gather_dirty(struct tdp_gather *gather, struct tree *t, void *user, tdp_gpa_t base, unsigned unit_lg2, uint64_t mask,
		      unsigned blocks)
{
	struct gather *g = gather_of(gather);
	struct gather_record new_record = {.base = base | unit_lg2 | RECORD_ONE_MORE * (blocks - 1), .mask = mask};
	const struct gather_tree *gt = find_slot(g, t);
	struct gather_tree again;
	unsigned i;

	if (!t->live) { /* nothing is cached anywhere: as good as flushed */
		report_record(t, user, &new_record);
		return;
	}
	new_record.base |= (uint64_t)(gt - g->tree) << 6;
	for (i = 0; i < GATHER_RECORDS && g->record[i].mask; i++)
		;
	if (i > 0 && extend_record(&g->record[i - 1], new_record.base, mask, blocks))
		return;
	if (i < GATHER_RECORDS) {
		g->record[i] = new_record;
		return;
	}
	/* Full. The entries of this block are cleared already, so this flush covers them; the operation goes on in its range. */
	again = *gt;
	tdp_gather_flush(gather, user);
	report_record(t, user, &new_record);
	tdp_gather_range(gather, t, user, again.gpa, again.end, again.level, again.absent != 0);
}
