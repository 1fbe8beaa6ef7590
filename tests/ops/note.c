/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_note(): payloads where nothing is mapped.
 */
#include "harness.h"

#define WIDEST ((UINT64_C(1) << TDP_NOTE_BITS) - 1)

TREE_TEST(note, one_page)
{
	FORETOLD(TDP_OK, tdp_note(&h->tree, h->p, h->p, 0x5a, &h->op));
	SAME(h->op.next, 2 * h->p);
	SAME(h->op.changed, h->p);
	SAME(TAKEN, h->layout.top_level);
	SAME(FLUSHES, 0);
	HOLE(0, h->p);
	NOTED(h->p, h->p, 0x5a);
	HOLE(2 * h->p, h->p);
	GUEST_FAULTS(h->p, REF_R);
}

/* Every bit of a payload survives, at every level. */
TREE_TEST(note, every_bit)
{
	for (unsigned bit = 0; bit <= TDP_NOTE_BITS; bit++) {
		const uint64_t note = bit == TDP_NOTE_BITS ? WIDEST : UINT64_C(1) << bit;

		IS(TDP_OK, tdp_note(&h->tree, h->p, h->p, note, &h->op));
		IS(TDP_OK, tdp_note(&h->tree, h->b, h->b, note, &h->op));
		IS(TDP_OK, tdp_note(&h->tree, h->g, h->g, note, &h->op));
		NOTED(h->p, h->p, note);
		NOTED(h->b, h->b, note);
		NOTED(h->g, h->g, note);
		SAME(entry_at(h, h->g).level, 2);
	}
}

/* Whole spans by one entry of the highest level there is. */
TREE_TEST(note, largest_entries)
{
	const tdp_gpa_t gpa = h->g - h->b - h->p;
	const uint64_t size = h->p + h->b + h->g + h->b + h->p;

	FORETOLD(TDP_OK, tdp_note(&h->tree, gpa, size, 7, &h->op));
	SAME(h->op.changed, size);
	SAME(entry_at(h, gpa).level, 0);
	SAME(entry_at(h, gpa + h->p).level, 1);
	SAME(entry_at(h, h->g).level, 2);
	NOTED(gpa, size, 7);
	HOLE(gpa - h->p, h->p);
	HOLE(gpa + size, h->p);
	/* The root's own entries hold notes, too. */
	FORETOLD(TDP_OK, tdp_note(&h->tree, h->end / 2, h->end / 2, 8, &h->op));
	SAME(TAKEN, 0);
	SAME(entry_at(h, h->end - 1).level, h->layout.top_level);
	NOTED(h->end / 2, h->p, 8);
	NOTED(h->end - h->p, h->p, 8);
}

TREE_TEST(note, spurious)
{
	uint64_t state;

	IS(TDP_OK, tdp_note(&h->tree, h->b, h->b, 3, &h->op));
	state = tables_digest(h);
	FORETOLD(TDP_SPURIOUS, tdp_note(&h->tree, h->b, h->b, 3, &h->op));
	SAME(h->op.next, 2 * h->b);
	SAME(STORES + TAKEN + h->op.changed, 0);
	FORETOLD(TDP_SPURIOUS, tdp_note(&h->tree, h->b + h->p, h->p, 3, &h->op));
	SAME(h->op.next, h->b + 2 * h->p);
	FORETOLD(TDP_SPURIOUS, tdp_note(&h->tree, 0, h->b, 0, &h->op));
	FORETOLD(TDP_SPURIOUS, tdp_note(&h->tree, h->g, 2 * h->g, 0, &h->op));
	SAME(tables_digest(h), state);
}

/* A note replaces another; 0 erases; a finer call on a coarse note leaves the rest as it was. */
TREE_TEST(note, replaced_and_erased)
{
	IS(TDP_OK, tdp_note(&h->tree, h->g, h->g, 100, &h->op));
	FORETOLD(TDP_OK, tdp_note(&h->tree, h->g + h->b + h->p, h->p, 200, &h->op));
	SAME(TAKEN, 2);
	SAME(h->op.changed, h->p);
	NOTED(h->g, h->b + h->p, 100);
	NOTED(h->g + h->b + h->p, h->p, 200);
	NOTED(h->g + h->b + 2 * h->p, h->g - h->b - 2 * h->p, 100);
	FORETOLD(TDP_OK, tdp_note(&h->tree, h->g + h->p, h->b, 0, &h->op));
	SAME(TAKEN, 1);
	SAME(h->op.changed, h->b);
	NOTED(h->g, h->p, 100);
	HOLE(h->g + h->p, h->b);
	NOTED(h->g + h->b + h->p, h->p, 200);
	FORETOLD(TDP_OK, tdp_note(&h->tree, h->g, h->g, 300, &h->op));
	SAME(TAKEN, 0);
	NOTED(h->g, h->g, 300);
	FORETOLD(TDP_OK, tdp_note(&h->tree, h->g, h->g, 0, &h->op));
	HOLE(h->g, h->g);
}

/* Across several entries of different states, with both ends inside a coarse note. */
TREE_TEST(note, both_ends_inside)
{
	IS(TDP_OK, tdp_note(&h->tree, 0, 2 * h->g, 1, &h->op));
	FORETOLD(TDP_OK, tdp_note(&h->tree, h->b + h->p, 2 * h->g - 2 * h->b - 2 * h->p, 2, &h->op));
	NOTED(0, h->b + h->p, 1);
	NOTED(h->b + h->p, 2 * h->g - 2 * h->b - 2 * h->p, 2);
	NOTED(2 * h->g - h->b - h->p, h->b + h->p, 1);
}

/* A leaf is in the way: what came before is noted. */
TREE_TEST(note, exists)
{
	uint64_t state;

	IS(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA + h->b, RWX, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, 2 * h->b + h->p, h->p, HPA, RWX, &h->op));
	FORETOLD(TDP_EXISTS, tdp_note(&h->tree, h->b - h->p, h->b, 9, &h->op));
	SAME(h->op.next, h->b);
	SAME(h->op.changed, h->p);
	NOTED(h->b - h->p, h->p, 9);
	MAPPED(h->b, h->b, HPA + h->b, RWX);
	FORETOLD(TDP_EXISTS, tdp_note(&h->tree, 2 * h->b, 3 * h->p, 9, &h->op));
	SAME(h->op.next, 2 * h->b + h->p);
	state = tables_digest(h);
	FORETOLD(TDP_EXISTS, tdp_note(&h->tree, h->b + h->p, h->p, 9, &h->op));
	SAME(h->op.next, h->b + h->p);
	FORETOLD(TDP_EXISTS, tdp_note(&h->tree, h->b, h->b, 0, &h->op)); /* nor is a mapping erased */
	SAME(STORES, 0);
	SAME(tables_digest(h), state);
}

/* zap erases notes and counts them; a part of a coarse one is cut out. */
TREE_TEST(note, zapped)
{
	IS(TDP_OK, tdp_note(&h->tree, 0, 2 * h->p, 4, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, h->b, h->b, 5, &h->op));
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->p, h->p, &h->op));
	SAME(h->op.changed, h->p);
	SAME(FLUSHES, 0); /* it was never valid */
	NOTED(0, h->p, 4);
	HOLE(h->p, h->p);
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->b + h->p, h->p, &h->op));
	SAME(TAKEN, 1);
	SAME(FLUSHES, 0);
	NOTED(h->b, h->p, 5);
	HOLE(h->b + h->p, h->p);
	NOTED(h->b + 2 * h->p, h->b - 2 * h->p, 5);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->g, &h->op));
	HOLE(0, h->g);
	SAME(referee_counts(h->r).linked, h->layout.top_level - 2);
}

/* A note needs no break, so a tree that refuses breaks cuts it all the same. */
TREE_TEST(note, zapped_without_a_break, .flags = TDP_TREE_NO_BREAK)
{
	IS(TDP_OK, tdp_note(&h->tree, h->b, h->b, 5, &h->op));
	FORETOLD(TDP_OK, tdp_zap(&h->tree, h->b + h->p, h->p, &h->op));
	NOTED(h->b, h->p, 5);
	HOLE(h->b + h->p, h->p);
}

TREE_TEST(note, too_wide)
{
	const uint64_t state = tables_digest(h);

	IS(TDP_INVALID, tdp_note(&h->tree, 0, h->p, WIDEST + 1, &h->op));
	IS(TDP_INVALID, tdp_note(&h->tree, 0, h->p, UINT64_MAX, &h->op));
	SAME(tables_digest(h), state);
}

/* Forms that EPT alone has. */
TREE_TEST(note, forms_of_ept, .with = IS_EPT)
{
	struct ref_walk walk;

	WITH(.flags = TDP_NOTE_MISCONFIG);
	IS(TDP_OK, tdp_note(&h->tree, 0, h->p, WIDEST, &h->op));
	walk = referee_walk(h->r, &h->tree, 0, REF_R);
	SAME(walk.fault, REF_RESERVED_BITS);
	SAME(entry_at(h, 0).kind, TDP_NOTE);
	SAME(entry_at(h, 0).note, WIDEST);
	SAME(tdp_verify(&h->tree, NULL, NULL), TDP_OK);
	WITH(.flags = TDP_NOTE_VE);
	IS(TDP_OK, tdp_note(&h->tree, h->p, h->p, 0x123, &h->op));
	SAME(*raw_entry(h, 0, h->p) >> 63, 0); /* suppress #VE */
	SAME(entry_at(h, h->p).note, 0x123);
	WITH(0);
	IS(TDP_OK, tdp_note(&h->tree, 2 * h->p, h->p, 0x123, &h->op));
	SAME(*raw_entry(h, 0, 2 * h->p) >> 63, 1);
	SAME(tdp_verify(&h->tree, NULL, NULL), TDP_OK);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
	SAME(referee_walk(h->r, &h->tree, 0, REF_R).fault, REF_NOT_PRESENT);
}

TREE_TEST(note, forms_elsewhere, .without = IS_EPT)
{
	const uint64_t state = tables_digest(h);

	WITH(.flags = TDP_NOTE_MISCONFIG);
	FORETOLD(TDP_UNSUPPORTED, tdp_note(&h->tree, 0, h->p, 1, &h->op));
	WITH(.flags = TDP_NOTE_VE);
	FORETOLD(TDP_UNSUPPORTED, tdp_note(&h->tree, 0, h->p, 1, &h->op));
	SAME(tables_digest(h), state);
}

/* An emulated device: the handler of the exit finds out where, what may be done, and since when it is so. */
TREE_TEST(note, mmio)
{
	const struct tdp_mmio device = {.gpa = h->p, .generation = 7, .access = TDP_RW};
	struct tdp_mmio seen;
	uint64_t note;

	SAME(tdp_mmio_pack(&device, &note), TDP_OK);
	WITH(.flags = h->setup->traits & IS_EPT ? TDP_NOTE_MISCONFIG : 0);
	IS(TDP_OK, tdp_note(&h->tree, device.gpa, h->p, note, &h->op));
	SAME(referee_walk(h->r, &h->tree, device.gpa, REF_W).fault,
	     h->setup->traits & IS_EPT ? REF_RESERVED_BITS : REF_NOT_PRESENT);
	seen = tdp_mmio_unpack(entry_at(h, device.gpa).note);
	SAME(seen.gpa, device.gpa);
	SAME(seen.generation, 7);
	SAME(seen.access, TDP_RW);
}
