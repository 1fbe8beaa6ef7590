/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Access-tracked leaves: what is kept of a leaf that permits nothing, and what every operation makes of it. Where hardware or the Access
 * flag shows accesses, old leaves pass the same tests.
 */
#include "harness.h"

/* n old pages at gpa, of which the first was written. */
static void map_old(struct harness *h, tdp_gpa_t gpa, uint64_t n, struct tdp_attrs attrs)
{
	IS(TDP_OK, map_at(h, 0, gpa, n * h->p, HPA + gpa, attrs));
	if (attrs.prot & TDP_W)
		GUEST(gpa, REF_W);
	IS(TDP_OK, tdp_age(&h->tree, gpa, n * h->p, true, NULL, &h->op));
}

/* What it looks like. */
TREE_TEST(tracked, entry, .with = TRACKS, .quiet = true, .modes = ALONE | SHARED)
{
	struct tdp_entry e;

	map_old(h, 0, 2, RWX);
	e = entry_at(h, 0);
	SAME(e.kind, TDP_LEAF);
	SAME(e.live, 0);
	SAME(e.attrs.prot, TDP_RWX);
	SAME(e.state, TDP_STATE_MMU_WRITABLE | TDP_STATE_TRACKED);
	SAME(e.accessed, 0);
	SAME(e.dirty, 1);
	/* R, X (and XU where there is one) saved; D, SP */
	SAME(*raw_entry(h, 0, 0) & UINT64_C(0x4050000000000f07),
	     UINT64_C(0x0050000000000a00) | (h->layout.features & TDP_CAP_MBEC ? UINT64_C(1) << 62 : 0));
	MAPPED(0, 2 * h->p, HPA, RWX);
	GUEST_FAULTS(h->g, REF_R);
}

/* A read gives back all that can be used without another fault being missed. */
TREE_TEST(tracked, comes_back, .quiet = true, .lazy = true)
{
	map_old(h, 0, 1, RWX);
	IS(TDP_OK, tdp_fault_fast(&h->tree, 0, TDP_READ, &h->op));
	SAME(LIVE(0), TDP_RWX);
	SAME(entry_at(h, 0).accessed, 1);
	map_old(h, h->b, 1, RX);
	IS(TDP_OK, tdp_fault_fast(&h->tree, h->b, TDP_EXEC_S, &h->op));
	SAME(LIVE(h->b), TDP_RX);
	SAME(entry_at(h, h->b).dirty, 0);
}

/* One that waits for a write to be logged, too, opens at the write and not before. */
TREE_TEST(tracked, logged, .with = TRACKS)
{
	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	WITH(0);
	IS(TDP_OK, tdp_age(&h->tree, 0, h->p, true, NULL, &h->op));
	IS(TDP_OK, tdp_fault_fast(&h->tree, 0, TDP_READ, &h->op));
	SAME(LIVE(0), TDP_RX);
	SAME(entry_at(h, 0).dirty, 0);
	IS(TDP_OK, tdp_age(&h->tree, 0, h->p, true, NULL, &h->op));
	IS(TDP_OK, tdp_fault_fast(&h->tree, 0, TDP_WRITE, &h->op));
	SAME(LIVE(0), TDP_RWX);
	SAME(entry_at(h, 0).dirty, 1);
}

/*
 * A larger leaf that a collection of a part closed, and that grew old after it (0) or before it (1), does not open for writing while pages
 * are logged (S20): not at a read, by the quick fault or by the whole one (2), and not at a write, which must split it.
 */
TREE_TEST(tracked, huge_stays_closed, .quiet = true, .lazy = true, .modes = ALONE | SHARED | KEEPING)
{
	const struct tdp_fault read = {.gpa = 5, .backing = {.hpa = HPA, .size = h->b, .attrs = RWX}, .access = TDP_READ};

	if (!(h->layout.leaf_levels & 2))
		return;
	for (unsigned how = 0; how < 3; how++) {
		const tdp_gpa_t gpa = how * h->b;
		struct tdp_fault f = read;

		f.gpa += gpa;
		f.base = gpa;
		f.backing.hpa += gpa;
		IS(TDP_OK, map_at(h, 1, gpa, h->b, HPA + gpa, RWX));
		GUEST(gpa + h->p, REF_W);
		if (how == 1)
			IS(TDP_OK, tdp_age(&h->tree, gpa, h->p, true, NULL, &h->op));
		IS(TDP_OK, tdp_dirty_arm(&h->tree, gpa + h->p, h->p, NULL, &h->op));
		IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_age(&h->tree, gpa, h->p, true, NULL, &h->op));
		WITH(.flags = TDP_LOG_DIRTY, .cache = h->cache);
		IS(TDP_ABSENT, tdp_fault_fast(&h->tree, gpa, TDP_WRITE, &h->op));
		SAME(entry_at(h, gpa).accessed, 0);
		if (how == 2)
			IS(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
		else
			IS(TDP_OK, tdp_fault_fast(&h->tree, gpa, TDP_READ, &h->op));
		SAME(entry_at(h, gpa).accessed, 1);
		SAME(entry_at(h, gpa).dirty, 1);
		SAME(entry_at(h, gpa).level, 1);
		SAME(LIVE(gpa), TDP_RX);
		IS(TDP_ABSENT, tdp_fault_fast(&h->tree, gpa, TDP_WRITE, &h->op));
		f.access = TDP_WRITE;
		IS(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
		SAME(entry_at(h, gpa).level, 0);
		SAME(LIVE(gpa), TDP_RWX);
		SAME(LIVE(gpa + h->p), TDP_RX);
		SAME(entry_at(h, gpa + h->p).dirty, 1);
		WITH(0);
	}
	/* Logging is over. */
	IS(TDP_OK, map_at(h, 1, 3 * h->b, h->b, HPA, RWX));
	GUEST(3 * h->b, REF_W);
	IS(TDP_OK, tdp_dirty_arm(&h->tree, 3 * h->b, h->p, NULL, &h->op));
	IS(TDP_OK, tdp_age(&h->tree, 3 * h->b, h->p, true, NULL, &h->op));
	IS(TDP_OK, tdp_fault_fast(&h->tree, 3 * h->b, TDP_WRITE, &h->op));
	SAME(LIVE(3 * h->b), TDP_RWX);
}

/* The whole fault does, too; a prefetch does not. */
TREE_TEST(tracked, fault, .quiet = true)
{
	struct tdp_fault f = {.gpa = 5, .backing = {.hpa = HPA, .size = h->p, .attrs = RWX}, .access = TDP_READ};

	map_old(h, 0, 1, RWX);
	WITH(.flags = TDP_PREFETCH);
	FORETOLD(TDP_SPURIOUS, tdp_fault(&h->tree, &f, &h->op));
	SAME(entry_at(h, 0).accessed, 0);
	WITH(0);
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(entry_at(h, 0).accessed, 1);
	SAME(LIVE(0), TDP_RWX);
}

/* It stays old when its attributes change, and comes back with the new ones. */
TREE_TEST(tracked, set_attrs, .quiet = true, .modes = ALONE | SHARED, .without = PAE | NO_SD)
{
	map_old(h, 0, 2, RWX);
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, h->p, RX, TDP_MASK_PROT, &h->op));
	SAME(FLUSHES, 1); /* a CPU may have it from before */
	SAME(entry_at(h, 0).accessed, 0);
	SAME(entry_at(h, 0).dirty, 1);
	MAPPED(0, h->p, HPA, RX);
	IS(TDP_ABSENT, tdp_fault_fast(&h->tree, 0, TDP_WRITE, &h->op));
	IS(TDP_OK, tdp_fault_fast(&h->tree, 0, TDP_READ, &h->op));
	SAME(LIVE(0), TDP_RX);
	IS(TDP_OK, tdp_set_attrs(&h->tree, h->p, h->p, (struct tdp_attrs){.sw = 1}, TDP_MASK_SW, &h->op));
	SAME(entry_at(h, h->p).attrs.sw, 1);
	SAME(entry_at(h, h->p).attrs.prot, TDP_RWX);
	SAME(entry_at(h, h->p).accessed, 0);
}

/* Writes are kept out of it, with the flush for who has it cached. */
TREE_TEST(tracked, protect, .quiet = true, .modes = ALONE | SHARED)
{
	map_old(h, 0, 2, RWX);
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->p, &h->op));
	SAME(FLUSHES, 1);
	IS(TDP_PROTECTED, tdp_fault_fast(&h->tree, 0, TDP_WRITE, &h->op));
	IS(TDP_OK, tdp_fault_fast(&h->tree, 0, TDP_READ, &h->op));
	SAME(LIVE(0), TDP_RX);
	SAME(entry_at(h, 0).dirty, 1);
	MAPPED(0, 2 * h->p, HPA, RWX);
}

/* It goes like any other: flushed, and reported if it was written. */
TREE_TEST(tracked, zap, .quiet = true, .modes = ALONE | SHARED)
{
	map_old(h, 0, 4, RWX);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->p, &h->op));
	SAME(FLUSHES, 1);
	REPORTED(0, h->p);
	HOLE(0, h->p);
	MAPPED(h->p, 3 * h->p, HPA + h->p, RWX);
}

/* Replaced in its place, it is young: whoever replaces a page is about to use it. */
TREE_TEST(tracked, replace, .quiet = true, .modes = ALONE | SHARED)
{
	map_old(h, 0, 2, RWX);
	IS(TDP_OK, tdp_replace(&h->tree, 0, h->p, HPA, HPA2, RWX, &h->op));
	SAME(entry_at(h, 0).accessed, 1);
	SAME(entry_at(h, h->p).accessed, 0);
	MAPPED(0, h->p, HPA2, RWX);
	GUEST(0, REF_W);
}

/* Every page of a larger leaf inherits its age. */
TREE_TEST(tracked, split, .quiet = true, .modes = ALONE | SHARED)
{
	IS(TDP_OK, map_at(h, 1, 0, h->b, HPA, RWX));
	GUEST(0, REF_W);
	IS(TDP_OK, tdp_age(&h->tree, 0, h->b, true, NULL, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, h->p, h->p, &h->op));
	for (uint64_t i = 2; i < 4; i++) {
		SAME(entry_at(h, i * h->p).level, 0);
		SAME(entry_at(h, i * h->p).accessed, 0);
		SAME(entry_at(h, i * h->p).dirty, 1);
	}
	IS(TDP_OK, tdp_fault_fast(&h->tree, 2 * h->p, TDP_READ, &h->op));
	SAME(LIVE(2 * h->p), TDP_RWX);
	MAPPED(2 * h->p, h->b - 2 * h->p, HPA + 2 * h->p, RWX);
}

/* The same mapping is there already, however old it is. */
TREE_TEST(tracked, map_again, .quiet = true)
{
	map_old(h, 0, 3, RWX);
	IS(TDP_SPURIOUS, tdp_map(&h->tree, 0, 3 * h->p, HPA, RWX, &h->op));
	SAME(STORES, 0);
	IS(TDP_EXISTS, tdp_map(&h->tree, 0, 3 * h->p, HPA, RX, &h->op));
	SAME(entry_at(h, 0).accessed, 0);
}

/* Runs go on over old and young pages, and counts count them. */
TREE_TEST(tracked, extent_and_count, .quiet = true)
{
	struct tdp_mapping m;
	struct tdp_count count;

	map_old(h, 0, 4, RWX);
	IS(TDP_OK, tdp_fault_fast(&h->tree, h->p, TDP_READ, &h->op));
	IS(TDP_OK, tdp_extent(&h->tree, 0, 4 * h->p, &m, &h->op));
	SAME(m.entry.attrs.prot, TDP_RWX);
	SAME(tdp_count(&h->tree, 0, 4 * h->p, &count, NULL), TDP_OK);
	SAME(count.leaves[0], 4);
}

/* Nonsense is found: open and aged at once; old, and not shut; shut, with nothing kept. */
TREE_TEST(tracked, verify, .with = TRACKS, .corrupt = true)
{
	const tdp_spte_t all = h->layout.features & TDP_CAP_MBEC ? 0x405 : 0x005;
	const tdp_spte_t change[] = {0x0010000000000000, 0x100, all};
	tdp_spte_t *entry, kept;

	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RX, &h->op));
	entry = raw_entry(h, 0, 0);
	kept = *entry;
	for (unsigned i = 0; i < 3; i++) {
		*entry = kept ^ change[i];
		IS(TDP_EXISTS, tdp_verify(&h->tree, NULL, NULL));
	}
	*entry = kept;
	IS(TDP_OK, tdp_verify(&h->tree, NULL, NULL));
}
