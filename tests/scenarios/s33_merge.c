/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S33: pages that differed in Accessed, Dirty, W or access tracking became a huge leaf with the state of the first of them: writes were lost, closed
 * pages opened, or the region was never promoted again because one of its pages was old.
 */
#include "names.h"
#include "scenarios.h"

/* What becomes of a page before its region is promoted. */
enum how {
	TOUCHED, /* read */
	WRITTEN,
	WAITING, /* for its first write: granted, but closed */
	UNUSED,	 /* not accessed */
	OLD,	 /* accessed once, and made old */
	OLD_WRITTEN,
	HOWS
};

/* Page i in this state. */
static void plant(struct harness *h, unsigned i, enum how how)
{
	const tdp_gpa_t gpa = i * h->p;

	WITH(.flags = how == UNUSED ? TDP_PREFETCH : how == WAITING ? TDP_LOG_DIRTY : 0, .max_level_plus1 = 1);
	IS(TDP_OK, tdp_map(&h->tree, gpa, h->p, HPA + gpa, RWX, &h->op));
	WITH(0);
	if (how == TOUCHED)
		GUEST(gpa, REF_R);
	if (how == WRITTEN || how == OLD_WRITTEN)
		GUEST(gpa, REF_W);
	if (how == OLD || how == OLD_WRITTEN)
		IS(TDP_OK, tdp_age(&h->tree, gpa, h->p, true, NULL, &h->op));
}

/* What the leaf must be of pages like these: the rule of each bit. */
struct merged {
	bool accessed, dirty, open;
};

static void add(struct merged *all, const struct tdp_entry *e)
{
	const bool opens = (e->state & TDP_STATE_TRACKED) && e->dirty; /* at a read already */

	all->accessed |= e->accessed;
	all->dirty |= e->dirty;
	all->open &= (e->live & TDP_W) || opens;
}

/* A region whose pages are a, but for the last one, which is b. */
static void merge(struct harness *h, enum how a, enum how b)
{
	struct merged want = {.open = true};
	struct tdp_stats stats = {0};
	struct tdp_entry e;

	for (unsigned i = 0; i < h->n; i++) {
		plant(h, i, i + 1 < h->n ? a : b);
		e = entry_at(h, i * h->p);
		add(&want, &e);
	}
	if ((h->setup->traits & TRACKS) && !want.accessed) /* a leaf that is old cannot say that it is closed; it is dirty anyway */
		want.open = want.dirty;
	WITH(.stats = &stats);
	IS(TDP_OK, promote(h, 0, h->b, 1, NULL, NULL));
	SAME(stats.promoted, 1);
	e = entry_at(h, 0);
	SAME(e.level, 1);
	SAME(e.accessed, want.accessed);
	SAME(e.dirty, want.dirty);
	SAME(e.attrs.prot, TDP_RWX);
	SAME((e.state & TDP_STATE_TRACKED) != 0, (h->setup->traits & TRACKS) && !want.accessed);
	SAME(e.state & TDP_STATE_MMU_WRITABLE, TDP_STATE_MMU_WRITABLE);
	if (((LIVE(0) & TDP_W) != 0) != want.open)
		harness_fail(h, __LINE__, "pages of kind %d, the last one of kind %d: live %#x", (int)a, (int)b, LIVE(0));
	MAPPED(0, h->b, HPA, RWX);
	guest_writes(h, h->b - h->p);
	WITH(.flags = TDP_EXCLUSIVE);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
	CHECK(referee_reported(h->r, h->b - h->p));
}

/* Every two states of pages merge: D and A are OR-ed, live W is AND-ed. */
SCENARIO(S33, every_two_states, .quiet = true, .lazy = true)
{
	for (unsigned pair = 0; pair < HOWS * HOWS; pair++)
		merge(h, (enum how)(pair / HOWS), (enum how)(pair % HOWS));
}

/* Old pages among young ones: refused once, so that whatever had been made old stayed small for ever. */
SCENARIO(S33, old_and_young, .with = TRACKS)
{
	IS(TDP_OK, map_at(h, 0, 0, 2 * h->b, HPA, RWX));
	IS(TDP_OK, tdp_age(&h->tree, h->p, h->p, true, NULL, &h->op));
	IS(TDP_OK, tdp_age(&h->tree, h->b, h->b, true, NULL, &h->op));
	IS(TDP_OK, promote(h, 0, 2 * h->b, 1, NULL, NULL));
	SAME(h->op.changed, 2 * h->b);
	SAME(entry_at(h, 0).state & TDP_STATE_TRACKED, 0);
	SAME(LIVE(0), TDP_RWX);
	SAME(entry_at(h, h->b).state & TDP_STATE_TRACKED, TDP_STATE_TRACKED); /* all of it is old */
	GUEST(0, REF_W);
	IS(TDP_OK, tdp_fault_fast(&h->tree, h->b, TDP_WRITE, &h->op));
	SAME(LIVE(h->b), TDP_RWX);
}

/* Aging flushed nothing: what a CPU still has of an old page goes no later than with the flush of whoever needs it gone. */
SCENARIO(S33, writes_through_what_was_aged)
{
	IS(TDP_OK, map_at(h, 0, 0, h->b, HPA, RWX));
	GUEST(0, REF_W);
	GUEST(h->p, REF_W);
	IS(TDP_OK, tdp_age(&h->tree, 0, h->p, true, NULL, &h->op));
	IS(TDP_OK, promote(h, 0, h->b, 1, NULL, NULL));
	SAME(entry_at(h, 0).dirty, 1);
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->b, &h->op));
	GUEST_FAULTS(0, REF_W);
	GUEST_FAULTS(h->p, REF_W);
}

/* What is granted is never merged. */
SCENARIO(S33, what_is_granted_differs, .without = PAE | NO_SD)
{
	static const struct tdp_attrs others[] = {
		{TDP_RX, TDP_MT_WB, 0, 0}, {TDP_RW, TDP_MT_WB, 0, 0}, {TDP_RWX, TDP_MT_UC, 0, 0}, {TDP_RWX, TDP_MT_WB, 0, 1}};

	for (unsigned i = 0; i < 5; i++) {
		struct tdp_stats stats = {0};

		IS(TDP_OK, map_at(h, 0, 0, h->b - h->p, HPA, RWX));
		IS(TDP_OK, map_at(h, 0, h->b - h->p, h->p, HPA + h->b - h->p, i < 4 ? others[i] : RWX));
		if (i == 4)
			IS(TDP_OK, tdp_protect(&h->tree, h->p, h->p, &h->op));
		WITH(.stats = &stats);
		IS(TDP_SPURIOUS, promote(h, 0, h->b, 1, NULL, NULL));
		SAME(stats.refused[TDP_REFUSED_UNLIKE], 1);
		SAME(entry_at(h, 0).level, 0);
		MAPPED(0, h->b - h->p, HPA, RWX);
		WITH(.flags = TDP_EXCLUSIVE);
		IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
	}
}
