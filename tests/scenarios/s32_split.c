/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S32: a block was split, and its pages had the default memory type; or lost software's bits; or a clean page became dirty and a dirty one clean (one
 * hypervisor then took the guest's pages for never written, and zeroed them).
 */
#include "names.h"
#include "scenarios.h"

/* The ways to split the leaf around page 1, and what they do to page 1 itself. */
static enum tdp_result ahead(struct harness *h)
{
	return tdp_split(&h->tree, 0, h->b, 0, &h->op);
}

static enum tdp_result by_zap(struct harness *h)
{
	return tdp_zap(&h->tree, h->p, h->p, &h->op);
}

static enum tdp_result by_set_attrs(struct harness *h)
{
	return tdp_set_attrs(&h->tree, h->p, h->p, RO, TDP_MASK_PROT, &h->op);
}

static enum tdp_result (*const ways[])(struct harness *h) = {ahead, by_zap, by_set_attrs};
enum { WAYS = 3 };

/* All but page 1 are what the leaf was. */
static void check_inherited(struct harness *h, unsigned level, struct tdp_attrs attrs, bool dirty, bool accessed)
{
	const uint64_t size = tdp_level_size(&h->layout, level);

	MAPPED(0, h->p, HPA, attrs);
	MAPPED(2 * h->p, size - 2 * h->p, HPA + 2 * h->p, attrs);
	for (unsigned i = 0; i < 4; i++) {
		const tdp_gpa_t gpa = (tdp_gpa_t[]){0, 2 * h->p, h->b - h->p, size - h->p}[i];

		CHECK(entry_at(h, gpa).dirty == dirty && entry_at(h, gpa).accessed == accessed);
	}
	SAME(entry_at(h, 0).level, 0);
}

/* Everything goes, so that there can be a leaf again. */
static void empty(struct harness *h)
{
	WITH(.flags = TDP_EXCLUSIVE);
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_zap(&h->tree, 0, h->end, &h->op));
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_trim(&h->tree, 0, h->end, &h->op));
	harness_tables(h, 64);
	WITH(0);
}

/* A leaf of this level is split, in each way. */
static void split_each_way(struct harness *h, unsigned level, struct tdp_attrs attrs)
{
	const uint64_t size = tdp_level_size(&h->layout, level);

	for (unsigned way = 0; way < WAYS; way++) {
		struct tdp_entry e;

		IS(TDP_OK, map_at(h, level, 0, size, HPA, attrs));
		e = entry_at(h, 0);
		IS(TDP_OK, ways[way](h));
		check_inherited(h, level, attrs, e.dirty, e.accessed);
		empty(h);
	}
}

/* Each memory type that the format has, with and without bits of the caller's. */
SCENARIO(S32, memory_types, .quiet = true, .without = PAE | NO_SD)
{
	unsigned types = 0;

	for (uint8_t type = TDP_MT_WB; type <= TDP_MT_DEVICE_STRICT; type++) {
		struct tdp_attrs attrs = {TDP_RW, type, 0, 1};
		enum tdp_result r = map_at(h, 1, 0, h->b, HPA, attrs);

		if (r == TDP_UNSUPPORTED)
			continue;
		SAME(r, TDP_OK);
		attrs.memtype = entry_at(h, 0).attrs.memtype; /* some are the same to a format */
		empty(h);
		split_each_way(h, 1, attrs);
		split_each_way(h, 2, attrs);
		types++;
	}
	CHECK(types >= 2);
}

/* Written and not, touched and not, old. */
SCENARIO(S32, accessed_and_dirty, .quiet = true)
{
	for (unsigned how = 0; how < 4 * WAYS; how++) {
		struct tdp_entry e;

		WITH(.flags = how % 4 == 0 ? TDP_PREFETCH : 0, .max_level_plus1 = 2);
		IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RWX, &h->op));
		WITH(0);
		if (how % 4 >= 2)
			guest_writes(h, 3 * h->p);
		if (how % 4 == 3)
			IS(TDP_OK, tdp_age(&h->tree, 0, h->p, true, NULL, &h->op));
		e = entry_at(h, 0);
		CHECK(how % 4 < 2 || e.dirty);
		CHECK(how % 4 != 3 || !e.accessed);
		IS(TDP_OK, ways[how / 4](h));
		check_inherited(h, 1, RWX, e.dirty, e.accessed);
		empty(h);
	}
}

/* What is collected afterwards: all of a leaf that was written, nothing of one that was not. */
SCENARIO(S32, collected_afterwards, .quiet = true, .without = LARGE)
{
	struct names n;

	IS(TDP_OK, map_at(h, 1, 0, 2 * h->b, HPA, RWX));
	IS_EITHER(TDP_OK, TDP_SPURIOUS, arm(h, 0, 2 * h->b, NULL));
	referee_log_writes(h->r, true);
	guest_writes(h, 3 * h->p);
	IS(TDP_OK, tdp_split(&h->tree, 0, 2 * h->b, 0, &h->op));
	for (tdp_gpa_t gpa = 0; gpa < 2 * h->b; gpa += h->b) {
		names_of(h, &n)->base = gpa;
		IS(gpa ? TDP_SPURIOUS : TDP_OK, arm(h, gpa, h->b, &n.map));
		SAME(how_many(&n), gpa ? 0 : h->n);
	}
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_zap(&h->tree, 0, 2 * h->b, &h->op));
	CHECK(referee_reported(h->r, 3 * h->p));
}

/* A leaf of level 2, with as many tables as there are: what is split is split rightly, what is not stays, and op says where to go on. */
SCENARIO(S32, memory_runs_out, .without = PAE | NO_SD)
{
	const struct tdp_attrs odd = {TDP_RW, TDP_MT_UC, 0, 1};
	const unsigned need = 1 + 3;

	for (unsigned have = 0; have < need; have++) {
		IS(TDP_OK, map_at(h, 2, 0, h->g, HPA, odd));
		GUEST(h->b, REF_W);
		harness_tables(h, have);
		IS(TDP_NOMEM, tdp_split(&h->tree, h->p, 2 * h->b, 0, &h->op));
		CHECK(h->op.tables >= need - have && h->op.tables <= 4);
		SAME(TAKEN, have);
		SAME(tables_linked(h), have + h->layout.top_level - 2);
		SAME(entry_at(h, h->b).dirty, 1);
		MAPPED(0, h->g, HPA, odd);
		harness_tables(h, need - have);
		IS(TDP_OK, tdp_split(&h->tree, h->op.next, h->p + 2 * h->b - h->op.next, 0, &h->op));
		SAME(TAKEN, need - have);
		check_inherited(h, 2, odd, true, true);
		empty(h);
	}
}
