/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a guest's access does: TLB, walk caches, walk, Accessed and Dirty, and whether it should have been possible at all.
 */
#include "referee_impl.h"

#include <inttypes.h>

/* A walker's read: it must never meet a freed table or one that is not filled. */
static bool read_checked(void *ctx, uint64_t hpa, uint64_t *value)
{
	struct model *m = ctx;
	int frame = arena_frame_at(&m->a, hpa);
	unsigned index = arena_index(&m->a, hpa);

	if (frame == NO_FRAME)
		return false;
	if (m->a.frame[frame].state != FRAME_TABLE)
		verdict(&m->v, REF_V2, "a hardware walk reads a freed table, hpa %#" PRIx64, hpa);
	else if (!set_has(&m->a.frame[frame].written, index))
		verdict(&m->v, REF_V2, "a hardware walk reads entry %u of a table that is not filled", index);
	*value = arena_entries(&m->a, frame)[index];
	return true;
}

/* Stores what a walk has to store; the entries still hold what it read, because nothing runs in between. */
static void store_updates(struct model *m, const struct ref_walk *walk)
{
	for (unsigned i = 0; i < walk->nsteps; i++) {
		const struct ref_step *s = &walk->step[i];
		int frame = arena_frame_at(&m->a, s->entry_hpa);
		unsigned index = arena_index(&m->a, s->entry_hpa);

		if (s->update == s->value)
			continue;
		arena_entries(&m->a, frame)[index] = s->update;
		arena_shadow(&m->a, frame)[index] = s->update;
	}
}

/* Walks for an access, from the most adversarial start; what faults through a stale cache is walked again from the root. */
static struct ref_walk walk_for(struct model *m, struct ref_tree *tree, uint64_t gpa, unsigned access)
{
	struct ref_machine machine = tree->m;
	struct ref_walk walk = {.fault = REF_NOT_PRESENT};
	struct ref_start start;

	machine.read = read_checked;
	machine.ctx = m;
	if (tlb_find_walk(m, tree, gpa, &start))
		ref_walk(&machine, gpa, access, &start, &walk);
	if (walk.fault != REF_OK)
		ref_walk(&machine, gpa, access, NULL, &walk);
	if (walk.fault == REF_OK) {
		store_updates(m, &walk);
		tlb_touch(m, tree, gpa, &walk);
	}
	return walk;
}

/* Should the guest have got there? */
static void judge(struct referee *r, const struct ref_tree *tree, uint64_t gpa, unsigned access, const struct referee_access *a)
{
	const struct expectation *e = &r->expect[tree - r->m.tree];
	struct referee_page page;
	uint64_t granule = UINT64_C(1) << tree->s.page_lg2, hpa = a->hpa & ~(granule - 1);

	if (arena_has_table(&r->m.a, hpa, granule))
		verdict(&r->m.v, REF_V1, "gpa %#" PRIx64 " reaches a table, hpa %#" PRIx64, gpa, a->hpa);
	if (ranges_touch(&r->m.reclaimed, a->hpa, a->hpa + 1))
		verdict(&r->m.v, REF_V1, "gpa %#" PRIx64 " reaches hpa %#" PRIx64 ", which was taken back", gpa, a->hpa);
	if (!e->fn || r->m.in_call || ledger_owes(&r->m, tree, gpa, gpa + 1))
		return;
	page = e->fn(e->arg, gpa & ~(granule - 1));
	if (!page.mapped)
		verdict(&r->m.v, REF_V1, "gpa %#" PRIx64 " is not mapped, but reaches hpa %#" PRIx64, gpa, a->hpa);
	else if (page.hpa != hpa)
		verdict(&r->m.v, REF_V9, "gpa %#" PRIx64 " reaches hpa %#" PRIx64 " instead of %#" PRIx64, gpa, hpa, page.hpa);
	else if (access & ~(unsigned)page.may)
		verdict(&r->m.v, REF_V7, "gpa %#" PRIx64 ": access %#x, granted %#x", gpa, access, page.may);
}

bool referee_caches(struct referee *r, const void *key, tdp_gpa_t gpa, uint64_t size, unsigned access)
{
	return tlb_caches(&r->m, referee_tree(r, key), gpa, gpa + size, access);
}

struct referee_access referee_guest(struct referee *r, const void *key, tdp_gpa_t gpa, unsigned access)
{
	struct ref_tree *tree = referee_tree(r, key);
	uint64_t granule = UINT64_C(1) << tree->s.page_lg2, page = gpa & ~(granule - 1);
	struct tlb_leaf *cached;
	struct referee_access out = {0};

	referee_settle(r);
	cached = tlb_find(&r->m, tree, gpa, access);
	/* A write through an entry that has not cached Dirty must find the tables again to set it. */
	if (cached && !((access & REF_W) && tree->s.hw_d && !cached->dirty)) {
		out = (struct referee_access){.hpa = cached->hpa + (gpa - cached->gpa), .level = cached->level, .cached = true};
	} else {
		struct ref_walk walk = walk_for(&r->m, tree, gpa, access);

		out = (struct referee_access){.fault = walk.fault, .hpa = walk.hpa, .level = walk.level};
	}
	if (out.fault != REF_OK)
		return out;
	if (access & REF_W)
		dirty_wrote(&r->m, tree, page, page + granule, out.hpa & ~(granule - 1));
	judge(r, tree, gpa, access, &out);
	return out;
}
