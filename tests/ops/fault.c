/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_fault() where nothing is mapped: which leaf, which bits, which refusals.
 */
#include "harness.h"

/* A fault at gpa inside a backing. */
static struct tdp_fault fault_at(tdp_gpa_t gpa, tdp_gpa_t base, uint64_t size, tdp_hpa_t hpa, unsigned access)
{
	return (struct tdp_fault){.gpa = gpa, .base = base, .backing = {.hpa = hpa, .size = size, .attrs = RWX}, .access = access};
}

TREE_TEST(fault, one_page)
{
	struct tdp_fault f = fault_at(h->b + h->p + 0x123, h->b + h->p, h->p, HPA, TDP_READ);

	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(h->op.first, h->b + h->p);
	SAME(h->op.changed, h->p);
	SAME(TAKEN, h->layout.top_level);
	SAME(BARRIERS, 1);
	SAME(FLUSHES, 0);
	MAPPED(h->b + h->p, h->p, HPA, RWX);
	HOLE(h->b, h->p);
	HOLE(h->b + 2 * h->p, h->p);
	SAME(entry_at(h, h->b + h->p).accessed, 1);
	SAME(entry_at(h, h->b + h->p).dirty, !h->hw_d);
	SAME(LIVE(h->b + h->p), TDP_RWX);
	GUEST(h->b + h->p, REF_W);
}

/* The largest leaf around the address that the backing holds, wherever in the backing the fault is. */
TREE_TEST(fault, largest_leaf, .without = PAE)
{
	const struct {
		tdp_gpa_t gpa, base;
		uint64_t size;
		unsigned level;
	} cases[] = {
		{h->g + 5, h->g, h->g, 2},
		{2 * h->g - 1, h->g, h->g, 2},
		{h->g + h->p, h->g, 2 * h->g, 2},
		{h->g + h->b + 9, h->g, h->g - h->p, 1},     /* the backing ends too early for a g */
		{2 * h->g - 1, h->g + h->p, h->g - h->p, 1}, /* or begins too late */
		{2 * h->g - h->b, h->g, h->g - h->p, 0},     /* and there for a b */
		{h->g + h->b - 1, h->g + h->p, h->g, 0},
		{h->g, h->g, h->b, 1},
		{h->g, h->g, h->b - h->p, 0},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tdp_fault f = fault_at(cases[i].gpa, cases[i].base, cases[i].size, HPA + (cases[i].base - h->g), TDP_EXEC_S);
		const uint64_t size = tdp_level_size(&h->layout, cases[i].level);
		const tdp_gpa_t start = cases[i].gpa & ~(size - 1);

		WITH(0);
		FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
		SAME(entry_at(h, cases[i].gpa).level, cases[i].level);
		SAME(h->op.first, start);
		SAME(h->op.changed, size);
		MAPPED(start, size, HPA + (start - h->g), RWX);
		IS(TDP_OK, tdp_zap(&h->tree, 0, 4 * h->g, &h->op));
	}
}

TREE_TEST(fault, misaligned_host_memory)
{
	struct tdp_fault f = fault_at(h->g + h->b, h->g, h->g, HPA + h->b, TDP_READ);

	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(entry_at(h, h->g + h->b).level, 1);
	MAPPED(h->g + h->b, h->b, HPA + 2 * h->b, RWX);
	f.gpa = h->g;
	f.backing.hpa = HPA2 + h->p;
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(entry_at(h, h->g).level, 0);
	MAPPED(h->g, h->p, HPA2 + h->p, RWX);
}

/* Limits by the caller, by the backing, and by tables that are there already. */
TREE_TEST(fault, level_limits)
{
	struct tdp_fault f = fault_at(h->g, h->g, h->g, HPA, TDP_READ);

	WITH(.max_level_plus1 = 2);
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(entry_at(h, h->g).level, 1);
	IS(TDP_OK, tdp_zap(&h->tree, h->g, h->g, NULL));
	WITH(0);
	f.backing.max_level_plus1 = 1;
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(entry_at(h, h->g).level, 0);
	f.backing.max_level_plus1 = 0;
	f.gpa = h->g + h->b;
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(entry_at(h, h->g + h->b).level, 1); /* a page of this g is mapped by itself */
	SAME(TAKEN, 0);
	WITH(.max_level_plus1 = 1);
	f.gpa = h->g + 2 * h->b;
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(entry_at(h, h->g + 2 * h->b).level, 0);
}

/* Dirty is set for a write that is about to happen, so that hardware need not. */
TREE_TEST(fault, write_is_dirty)
{
	struct tdp_fault f = fault_at(0, 0, h->p, HPA, TDP_WRITE);

	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(entry_at(h, 0).dirty, 1);
	f = fault_at(h->p, h->p, h->p, HPA, TDP_READ | TDP_WRITE | TDP_EXEC_U);
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(entry_at(h, h->p).dirty, 1);
	WITH(.flags = TDP_PREFETCH);
	f = fault_at(2 * h->p, 2 * h->p, h->p, HPA, TDP_WRITE);
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(entry_at(h, 2 * h->p).accessed, 0);
	SAME(entry_at(h, 2 * h->p).dirty, !h->hw_d && !(h->setup->traits & TRACKS));
	MAPPED(0, h->p, HPA, RWX);
	MAPPED(h->p, h->p, HPA, RWX);
	MAPPED(2 * h->p, h->p, HPA, RWX);
}

/* What the backing does not grant is not mapped. */
TREE_TEST(fault, not_granted)
{
	static const struct {
		uint8_t prot;
		uint8_t access;
	} cases[] = {{TDP_RX, TDP_WRITE}, {TDP_RW, TDP_EXEC_S}, {TDP_RW, TDP_EXEC_U}, {TDP_R, TDP_READ | TDP_WRITE}};
	const uint64_t state = tables_digest(h);

	for (unsigned i = 0; i < 4; i++) {
		struct tdp_fault f = fault_at(0, 0, h->p, HPA, cases[i].access);

		f.backing.attrs.prot = cases[i].prot;
		FORETOLD(TDP_PROTECTED, tdp_fault(&h->tree, &f, &h->op));
		SAME(h->op.changed + STORES + FLUSHES + TAKEN, 0);
		SAME(tables_digest(h), state);
	}
}

TREE_TEST(fault, exists)
{
	struct tdp_fault f = fault_at(h->p, 0, h->b, HPA, TDP_READ);
	uint64_t state;

	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA2, RWX, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, h->b, h->p, 99, &h->op));
	state = tables_digest(h);
	FORETOLD(TDP_EXISTS, tdp_fault(&h->tree, &f, &h->op));
	SAME(h->op.changed + STORES + FLUSHES, 0);
	f = fault_at(h->b + 7, h->b, h->p, HPA, TDP_READ);
	FORETOLD(TDP_EXISTS, tdp_fault(&h->tree, &f, &h->op));
	SAME(h->op.changed + STORES + FLUSHES, 0);
	SAME(tables_digest(h), state);
}

/* A note that counts as absent: the leaf is as large as the note's entry allows, the rest of the note stays. */
TREE_TEST(fault, over_note)
{
	struct tdp_fault f = fault_at(h->b, 0, h->g, HPA, TDP_WRITE);

	IS(TDP_OK, tdp_note(&h->tree, h->b, 2 * h->b, 99, &h->op));
	WITH(.flags = TDP_OVER_NOTE);
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(entry_at(h, h->b).level, 1);
	MAPPED(h->b, h->b, HPA + h->b, RWX);
	NOTED(2 * h->b, h->b, 99);
	f.gpa = 2 * h->b + h->p;
	f.backing.max_level_plus1 = 1;
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(TAKEN, 1);
	MAPPED(2 * h->b + h->p, h->p, HPA + 2 * h->b + h->p, RWX);
	NOTED(2 * h->b, h->p, 99);
	NOTED(2 * h->b + 2 * h->p, h->b - 2 * h->p, 99);
	/* A mapping is no note. */
	f.backing.hpa = HPA2;
	FORETOLD(TDP_EXISTS, tdp_fault(&h->tree, &f, &h->op));
}

TREE_TEST(fault, log_dirty)
{
	struct tdp_fault f = fault_at(h->b, 0, h->g, HPA, TDP_READ);

	WITH(.flags = TDP_LOG_DIRTY);
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(entry_at(h, h->b).level, 0);
	SAME(entry_at(h, h->b).dirty, 0);
	SAME(LIVE(h->b), TDP_RX);
	GUEST_FAULTS(h->b, REF_W);
	f.gpa = h->b + h->p;
	f.access = TDP_WRITE;
	FORETOLD(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	SAME(entry_at(h, h->b + h->p).level, 0);
	SAME(entry_at(h, h->b + h->p).dirty, 1);
	SAME(LIVE(h->b + h->p), TDP_RWX);
	GUEST(h->b + h->p, REF_W);
	MAPPED(h->b, 2 * h->p, HPA + h->b, RWX);
}
