/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_set_attrs(): what changes, what is flushed, what is split.
 */
#include "harness.h"

TREE_TEST(set_attrs, narrow)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, 3 * h->p, HPA, RWX, &h->op));
	GUEST(h->p, REF_W);
	FORETOLD(TDP_OK, tdp_set_attrs(&h->tree, h->p, h->p, RO, TDP_MASK_PROT, &h->op));
	SAME(h->op.next, 2 * h->p);
	SAME(h->op.changed, h->p);
	SAME(FLUSHES, 1);
	FLUSH(0, h->p, h->p, 0, false);
	MAPPED(0, h->p, HPA, RWX);
	MAPPED(h->p, h->p, HPA + h->p, RO);
	MAPPED(2 * h->p, h->p, HPA + 2 * h->p, RWX);
	SAME(LIVE(h->p), TDP_R);
	SAME(entry_at(h, h->p).dirty, 1); /* what was written stays written */
	GUEST_FAULTS(h->p, REF_W);
	GUEST_FAULTS(h->p, REF_XS);
	GUEST(h->p, REF_R);
}

TREE_TEST(set_attrs, widen)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RO, &h->op));
	FORETOLD(TDP_OK, tdp_set_attrs(&h->tree, 0, h->b, RWX, TDP_MASK_PROT, &h->op));
	SAME(h->op.changed, h->b);
	SAME(FLUSHES, 0);
	SAME(BARRIERS, 1);
	MAPPED(0, h->b, HPA, RWX);
	SAME(LIVE(0), TDP_RWX);
	SAME(entry_at(h, 0).dirty, !h->hw_d);
	SAME(entry_at(h, 0).state, TDP_STATE_MMU_WRITABLE);
}

/* Each attribute by itself; the others stay. */
TREE_TEST(set_attrs, one_attribute, .without = PAE | NO_SD)
{
	const struct tdp_attrs all = {TDP_R, TDP_MT_UC, 0, 1};
	struct tdp_attrs now = RWX;

	IS(TDP_OK, map_at(h, 0, 0, 2 * h->b, HPA, RWX));
	FORETOLD(TDP_OK, tdp_set_attrs(&h->tree, 0, 2 * h->b, all, TDP_MASK_SW, &h->op));
	SAME(FLUSHES, 0); /* hardware does not see the caller's bits */
	now.sw = 1;
	MAPPED(0, 2 * h->b, HPA, now);
	SAME(LIVE(0), TDP_RWX);
	FORETOLD(TDP_OK, tdp_set_attrs(&h->tree, 0, 2 * h->b, all, TDP_MASK_MEMTYPE, &h->op));
	CHECK(FLUSHES >= 1);
	now.memtype = TDP_MT_UC;
	MAPPED(0, 2 * h->b, HPA, now);
	SAME(LIVE(0), TDP_RWX);
	FORETOLD(TDP_SPURIOUS, tdp_set_attrs(&h->tree, 0, 2 * h->b, all, TDP_MASK_FLAGS, &h->op));
	FORETOLD(TDP_OK, tdp_set_attrs(&h->tree, 0, 2 * h->b, all, TDP_MASK_PROT, &h->op));
	SAME(FLUSHES, 1);
	MAPPED(0, 2 * h->b, HPA, all);
	FORETOLD(TDP_OK, tdp_set_attrs(&h->tree, 0, 2 * h->b, RWX, TDP_MASK_PROT | TDP_MASK_MEMTYPE | TDP_MASK_FLAGS | TDP_MASK_SW,
				       &h->op));
	MAPPED(0, 2 * h->b, HPA, RWX);
	SAME(LIVE(0), TDP_RWX);
}

/* A protection stays where permissions are not meant, and ends where write is granted. */
TREE_TEST(set_attrs, and_protection, .without = PAE | NO_SD)
{
	const struct tdp_attrs sw = {TDP_RWX, TDP_MT_UC, 0, 1};

	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RWX, &h->op));
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->b, &h->op));
	FORETOLD(TDP_OK, tdp_set_attrs(&h->tree, 0, h->b, sw, TDP_MASK_SW | TDP_MASK_MEMTYPE, &h->op));
	SAME(LIVE(0), TDP_RX);
	SAME(entry_at(h, 0).state & TDP_STATE_MMU_WRITABLE, 0);
	FORETOLD(TDP_OK, tdp_set_attrs(&h->tree, 0, h->b, sw, TDP_MASK_PROT, &h->op));
	SAME(FLUSHES, 0);
	MAPPED(0, h->b, HPA, sw);
	SAME(LIVE(0), TDP_RWX);
	SAME(entry_at(h, 0).state & TDP_STATE_MMU_WRITABLE, TDP_STATE_MMU_WRITABLE);
}

TREE_TEST(set_attrs, spurious)
{
	uint64_t state = tables_digest(h);

	FORETOLD(TDP_SPURIOUS, tdp_set_attrs(&h->tree, 0, h->end, RO, TDP_MASK_PROT, &h->op)); /* nothing is mapped */
	SAME(h->op.next, h->end);
	SAME(tables_digest(h), state);
	IS(TDP_OK, map_at(h, 0, 0, 2 * h->p, HPA, RX));
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA, RX, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, 2 * h->b, h->b, 3, &h->op));
	state = tables_digest(h);
	FORETOLD(TDP_SPURIOUS, tdp_set_attrs(&h->tree, 0, 3 * h->b, RX, TDP_MASK_PROT | TDP_MASK_MEMTYPE, &h->op));
	SAME(h->op.next, 3 * h->b);
	SAME(h->op.changed + FLUSHES + STORES, 0);
	SAME(tables_digest(h), state);
	NOTED(2 * h->b, h->b, 3);
}

/* "It was already so" holds for part of a huge leaf, too: nothing is split. */
TREE_TEST(set_attrs, spurious_in_a_huge_leaf)
{
	uint64_t state;

	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RX, &h->op));
	state = tables_digest(h);
	FORETOLD(TDP_SPURIOUS, tdp_set_attrs(&h->tree, h->p, h->p, RX, TDP_MASK_PROT, &h->op));
	SAME(TAKEN + FLUSHES + STORES, 0);
	SAME(tables_digest(h), state);
	harness_tables(h, 0);
	IS(TDP_SPURIOUS, tdp_set_attrs(&h->tree, h->p, h->p, RX, TDP_MASK_PROT, &h->op));
}

/* Only what differs counts as changed, and only that is flushed or broken. */
TREE_TEST(set_attrs, every_other_page)
{
	IS(TDP_OK, map_at(h, 0, 0, 2 * h->b, HPA, RW));
	for (tdp_gpa_t gpa = 0; gpa < 2 * h->b; gpa += 2 * h->p)
		IS(TDP_OK, tdp_set_attrs(&h->tree, gpa, h->p, UC, TDP_MASK_MEMTYPE, &h->op));
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, 2 * h->b, UC, TDP_MASK_MEMTYPE, &h->op));
	SAME(h->op.changed, h->b);
	MAPPED(0, 2 * h->b, HPA, UC);
	for (tdp_gpa_t gpa = 0; gpa < 2 * h->b; gpa += 2 * h->p)
		IS(TDP_OK, tdp_set_attrs(&h->tree, gpa, h->p, RO, TDP_MASK_PROT, &h->op));
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, 2 * h->b, RO, TDP_MASK_PROT, &h->op));
	SAME(h->op.changed, h->b);
	SAME(FLUSHES, 1);
}

/* Holes and notes are stepped over. */
TREE_TEST(set_attrs, skips_what_is_absent)
{
	IS(TDP_OK, map_at(h, 0, h->p, h->p, HPA, RWX));
	IS(TDP_OK, tdp_note(&h->tree, 2 * h->p, h->p, 5, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, 3 * h->b, h->b, HPA, RWX, &h->op));
	FORETOLD(TDP_OK, tdp_set_attrs(&h->tree, 0, 4 * h->g, RO, TDP_MASK_PROT, &h->op));
	SAME(h->op.changed, h->p + h->b);
	SAME(h->op.next, 4 * h->g);
	SAME(FLUSHES, 1);
	SAME(referee_flush(h->r, 0)->level, -1);
	MAPPED(h->p, h->p, HPA, RO);
	NOTED(2 * h->p, h->p, 5);
	MAPPED(3 * h->b, h->b, HPA, RO);
}

TREE_TEST(set_attrs, splits_what_sticks_out, .without = PAE | NO_SD)
{
	const struct tdp_attrs sw = {TDP_RWX, TDP_MT_UC, 0, 1}, ro = {TDP_R, TDP_MT_UC, 0, 1};

	IS(TDP_OK, tdp_map(&h->tree, 0, h->g, HPA, sw, &h->op));
	FORETOLD(TDP_OK, tdp_set_attrs(&h->tree, h->b - h->p, h->b + 2 * h->p, RO, TDP_MASK_PROT, &h->op));
	SAME(TAKEN, 3);
	SAME(h->op.changed, h->b + 2 * h->p);
	MAPPED(0, h->b - h->p, HPA, sw);
	MAPPED(h->b - h->p, h->b + 2 * h->p, HPA + h->b - h->p, ro);
	MAPPED(2 * h->b + h->p, h->g - 2 * h->b - h->p, HPA + 2 * h->b + h->p, sw);
	SAME(entry_at(h, h->b).level, 1);
	SAME(LIVE(h->b), TDP_R);
	SAME(LIVE(0), TDP_RWX);
}

TREE_TEST(set_attrs, skip_partial)
{
	uint64_t state;

	IS(TDP_OK, tdp_map(&h->tree, 0, 3 * h->b, HPA, RWX, &h->op));
	WITH(.flags = TDP_SKIP_PARTIAL);
	FORETOLD(TDP_OK, tdp_set_attrs(&h->tree, h->p, 2 * h->b, RO, TDP_MASK_PROT, &h->op));
	SAME(TAKEN, 0);
	SAME(h->op.changed, h->b);
	SAME(h->op.next, 2 * h->b + h->p);
	MAPPED(0, h->b, HPA, RWX);
	MAPPED(h->b, h->b, HPA + h->b, RO);
	MAPPED(2 * h->b, h->b, HPA + 2 * h->b, RWX);
	state = tables_digest(h);
	FORETOLD(TDP_SPURIOUS, tdp_set_attrs(&h->tree, h->p, h->p, RO, TDP_MASK_PROT, &h->op));
	SAME(FLUSHES + STORES, 0);
	SAME(tables_digest(h), state);
}

/* While writes are logged write is granted, but the page opens at its write fault only. */
TREE_TEST(set_attrs, log_dirty)
{
	const struct tdp_fault write = {.backing = {.hpa = HPA, .size = h->p, .attrs = RWX}, .access = TDP_WRITE};

	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RX, &h->op));
	WITH(.flags = TDP_LOG_DIRTY);
	FORETOLD(TDP_OK, tdp_set_attrs(&h->tree, 0, h->p, RWX, TDP_MASK_PROT, &h->op));
	MAPPED(0, h->p, HPA, RWX);
	SAME(LIVE(0), TDP_RX);
	SAME(entry_at(h, 0).dirty, 0);
	IS(TDP_OK, tdp_fault(&h->tree, &write, &h->op));
	SAME(LIVE(0), TDP_RWX);
}

/* Dirty survives every change, also where the write bit itself means dirty. */
TREE_TEST(set_attrs, keeps_dirty)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	GUEST(0, REF_W);
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, h->p, RO, TDP_MASK_PROT, &h->op));
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, h->p, UC, TDP_MASK_MEMTYPE, &h->op));
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, h->p, RWX, TDP_MASK_PROT, &h->op));
	SAME(entry_at(h, 0).dirty, 1);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->p, &h->op));
	REPORTED(0, h->p);
}

/* What is outside its enumeration is refused also where nothing is mapped: it was SPURIOUS there. */
TREE_TEST(set_attrs, unknown_values_over_a_hole)
{
	struct tdp_attrs bad = RWX;

	bad.prot = 0xff;
	IS(TDP_INVALID, tdp_set_attrs(&h->tree, 0, h->p, bad, TDP_MASK_PROT, &h->op));
	IS(TDP_SPURIOUS, tdp_set_attrs(&h->tree, 0, h->p, bad, TDP_MASK_MEMTYPE, &h->op));
	bad = RWX;
	bad.memtype = 77;
	IS(TDP_INVALID, tdp_set_attrs(&h->tree, 0, h->p, bad, TDP_MASK_MEMTYPE, &h->op));
	bad = ASK;
	IS(TDP_INVALID, tdp_set_attrs(&h->tree, 0, h->p, bad, TDP_MASK_MEMTYPE, &h->op));
	bad = RWX;
	bad.flags = 0x80;
	IS(TDP_INVALID, tdp_set_attrs(&h->tree, 0, h->p, bad, TDP_MASK_FLAGS, &h->op));
}

/* What no leaf can say is refused by a dry run, too, where a larger leaf sticks out (it passed over that). */
TREE_TEST(set_attrs, not_expressible_in_part_of_a_leaf)
{
	struct tdp_attrs bad = RWX;

	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RWX, &h->op));
	bad.sw = 0xff;
	FORETOLD(TDP_UNSUPPORTED, tdp_set_attrs(&h->tree, h->p, h->p, bad, TDP_MASK_SW, &h->op));
	MAPPED(0, h->b, HPA, RWX);
}

/* One mode may execute and the other not, and each may change alone. */
TREE_TEST(set_attrs, modes_of_execution)
{
	const struct tdp_attrs user = {.prot = TDP_R | TDP_XU}, kernel = {.prot = TDP_R | TDP_XS};

	if (!(h->layout.features & (TDP_CAP_MBEC | TDP_CAP_XNX)))
		return;
	IS(TDP_OK, map_at(h, 0, 0, 2 * h->p, HPA, user));
	MAPPED(0, 2 * h->p, HPA, user);
	GUEST(0, REF_XU);
	GUEST_FAULTS(0, REF_XS);
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, h->p, kernel, TDP_MASK_PROT, &h->op));
	SAME(FLUSHES, 1);
	GUEST(0, REF_XS);
	GUEST_FAULTS(0, REF_XU);
	GUEST(h->p, REF_XU);
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, h->p, RX, TDP_MASK_PROT, &h->op));
	SAME(FLUSHES, 0);
	GUEST(0, REF_XS);
	GUEST(0, REF_XU);
}
