/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_set_attrs() where a live entry must be broken before it is made again, and where that is forbidden.
 */
#include "harness.h"

/* A change of memory type goes through a not-present window with its flush inside the call; a gather cannot put it off. */
TREE_TEST(attr_break, memory_type, .with = BREAK)
{
	struct tdp_gather gather = {0};

	IS(TDP_OK, map_at(h, 0, 0, 3 * h->p, HPA, RW));
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA + h->b, RW, &h->op));
	GUEST(0, REF_R);
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, 2 * h->p, UC, TDP_MASK_MEMTYPE, &h->op));
	SAME(FLUSHES, 1);
	FLUSH(0, 0, 2 * h->p, 0, false);
	SAME(BARRIERS, 1);
	IS(TDP_OK, tdp_set_attrs(&h->tree, h->b, h->b, UC, TDP_MASK_MEMTYPE, &h->op));
	SAME(FLUSHES, 1);
	FLUSH(0, h->b, h->b, 1, false);
	MAPPED(0, 2 * h->p, HPA, UC);
	MAPPED(h->b, h->b, HPA + h->b, UC);
	GUEST(0, REF_W);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 0);
}

/* Overwriting formats change it in place: one flush at the end, or with the gather. */
TREE_TEST(attr_break, memory_type_in_place, .without = BREAK)
{
	struct tdp_gather gather = {0};

	IS(TDP_OK, map_at(h, 0, 0, 3 * h->b, HPA, RW));
	IS(TDP_OK, tdp_set_attrs(&h->tree, h->p, 2 * h->b, UC, TDP_MASK_MEMTYPE, &h->op));
	SAME(FLUSHES, 1);
	FLUSH(0, h->p, 2 * h->b, 0, false);
	MAPPED(h->p, 2 * h->b, HPA + h->p, UC);
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_set_attrs(&h->tree, h->p, 2 * h->b, RW, TDP_MASK_MEMTYPE, &h->op));
	SAME(FLUSHES, 0);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 1);
	FLUSH(0, h->p, 2 * h->b, 0, false);
}

/* A fault that would have to split: the dry run says so, too (it foretold a table). */
TREE_TEST(attr_break, fault_refused, .with = BREAK, .flags = TDP_TREE_NO_BREAK)
{
	struct tdp_fault f = {.gpa = h->p, .backing = {.hpa = HPA, .size = h->b, .attrs = RWX}, .access = TDP_WRITE};

	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RX, &h->op));
	WITH(.flags = TDP_LOG_DIRTY);
	FORETOLD(TDP_UNSUPPORTED, tdp_fault(&h->tree, &f, &h->op));
	f.base = h->p;
	f.backing = (struct tdp_backing){.hpa = HPA + h->p, .size = h->p, .attrs = RWX};
	WITH(.flags = 0);
	FORETOLD(TDP_UNSUPPORTED, tdp_fault(&h->tree, &f, &h->op));
	MAPPED(0, h->b, HPA, RX);
}

/* A long run of leaves: everything is changed, whatever the batches. */
TREE_TEST(attr_break, many_leaves)
{
	const uint64_t size = 2 * h->b + h->b / 2;

	IS(TDP_OK, map_at(h, 0, 0, 3 * h->b, HPA, RW));
	IS(TDP_OK, tdp_set_attrs(&h->tree, h->p, size, UC, TDP_MASK_MEMTYPE, &h->op));
	SAME(h->op.changed, size);
	MAPPED(0, h->p, HPA, RW);
	MAPPED(h->p, size, HPA + h->p, UC);
	MAPPED(h->p + size, 3 * h->b - h->p - size, HPA + h->p + size, RW);
}

/* Dirty that hardware sets while the entry is being broken is not lost. */
TREE_TEST(attr_break, late_dirty, .with = HW_D)
{
	IS(TDP_OK, map_at(h, 0, 0, 4 * h->p, HPA, RW));
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, 4 * h->p, UC, TDP_MASK_MEMTYPE, &h->op));
	/* The referee's adversary wrote each page just before its entry was exchanged. */
	for (tdp_gpa_t gpa = 0; gpa < 4 * h->p; gpa += h->p)
		SAME(entry_at(h, gpa).dirty, 1);
	MAPPED(0, 4 * h->p, HPA, UC);
}

/* A tree whose users cannot bear a break: found before anything changes. */
TREE_TEST(attr_break, refused, .with = BREAK, .flags = TDP_TREE_NO_BREAK)
{
	uint64_t state;

	IS(TDP_OK, map_at(h, 0, 0, h->p, HPA, UC));
	IS(TDP_OK, map_at(h, 0, h->p, 2 * h->p, HPA + h->p, RW));
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA + h->b, RW, &h->op));
	state = tables_digest(h);
	/* The first page needs none; the second does. */
	FORETOLD(TDP_UNSUPPORTED, tdp_set_attrs(&h->tree, 0, 3 * h->p, UC, TDP_MASK_MEMTYPE | TDP_MASK_SW, &h->op));
	SAME(h->op.next, 0);
	SAME(h->op.changed + FLUSHES + STORES, 0);
	FORETOLD(TDP_UNSUPPORTED, tdp_set_attrs(&h->tree, h->b, h->p, RO, TDP_MASK_PROT, &h->op)); /* must be split */
	SAME(tables_digest(h), state);
	/* In place: permissions of whole leaves. */
	FORETOLD(TDP_OK, tdp_set_attrs(&h->tree, h->p, h->b + h->b - h->p, RO, TDP_MASK_PROT, &h->op));
	MAPPED(h->p, 2 * h->p, HPA + h->p, RO);
	MAPPED(h->b, h->b, HPA + h->b, RO);
	/* Nothing differs: no split is needed. */
	FORETOLD(TDP_SPURIOUS, tdp_set_attrs(&h->tree, h->b, h->p, RO, TDP_MASK_PROT, &h->op));
}

/* Overwriting formats have nothing to refuse. */
TREE_TEST(attr_break, not_refused, .without = BREAK, .flags = TDP_TREE_NO_BREAK)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RW, &h->op));
	FORETOLD(TDP_OK, tdp_set_attrs(&h->tree, 0, h->p, UC, TDP_MASK_MEMTYPE, &h->op));
	MAPPED(0, h->p, HPA, UC);
	MAPPED(h->p, h->b - h->p, HPA + h->p, RW);
}

/* What cannot be said of one leaf stops the call there: what came before is done and flushed. */
TREE_TEST(attr_break, not_expressible_in_the_middle, .with = IS_S2, .caps = TDP_CAP_FWB, .ref_features = REF_HAS_FWB)
{
	const struct tdp_attrs stage1 = {TDP_RW, TDP_MT_STAGE1, 0, 0}, forced = {TDP_R, TDP_MT_WB, TDP_ATTR_FORCE_MT, 0};
	const struct tdp_attrs ro = {TDP_R, TDP_MT_WB, 0, 0};

	IS(TDP_OK, map_at(h, 0, 0, 2 * h->p, HPA, RW));
	IS(TDP_OK, map_at(h, 0, 2 * h->p, h->p, HPA2, stage1));
	DRY(TDP_UNSUPPORTED, tdp_set_attrs(&h->tree, 0, 3 * h->p, forced, TDP_MASK_PROT | TDP_MASK_FLAGS, &h->op));
	DRY(TDP_OK, tdp_set_attrs(&h->tree, 0, 2 * h->p, forced, TDP_MASK_PROT | TDP_MASK_FLAGS, &h->op));
	IS(TDP_UNSUPPORTED, tdp_set_attrs(&h->tree, 0, 3 * h->p, forced, TDP_MASK_PROT | TDP_MASK_FLAGS, &h->op));
	SAME(h->op.next, 2 * h->p);
	SAME(h->op.changed, 2 * h->p);
	CHECK(FLUSHES >= 1);
	MAPPED(0, 2 * h->p, HPA, ro);
	MAPPED(2 * h->p, h->p, HPA2, stage1);
	SAME(LIVE(0), TDP_R);
	GUEST_FAULTS(0, REF_W);
}

/* A value that says the same to the format changes nothing: it broke live entries, and a tree that must not break refused it. */
TREE_TEST(attr_break, another_name_for_the_same, .with = IS_S2, .flags = TDP_TREE_NO_BREAK, .caps = TDP_CAP_FWB,
	  .ref_features = REF_HAS_FWB)
{
	struct tdp_attrs forced = RX;

	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	forced.flags = TDP_ATTR_FORCE_MT;
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, h->p, forced, TDP_MASK_PROT | TDP_MASK_FLAGS, &h->op));
	SAME(FLUSHES, 1);
	MAPPED(0, h->p, HPA, RX);
}
