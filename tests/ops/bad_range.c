/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ranges and addresses that cannot be: every operation refuses them before anything is touched. And the ranges that only just can be.
 */
#include "harness.h"

static bool some_memory(void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out)
{
	(void)arg;
	*out = (struct tdp_backing){.hpa = HPA + (gpa & 0xfffffff), .size = size, .attrs = RWX};
	return true;
}

static enum tdp_verdict look(void *arg, struct tdp_visit *visit)
{
	(void)arg;
	(void)visit;
	return TDP_GO;
}

static enum tdp_result call_map(struct harness *h, tdp_gpa_t gpa, uint64_t size)
{
	return tdp_map(&h->tree, gpa, size, HPA, RWX, &h->op);
}

static enum tdp_result call_map_from(struct harness *h, tdp_gpa_t gpa, uint64_t size)
{
	return tdp_map_from(&h->tree, gpa, size, some_memory, NULL, &h->op);
}

static enum tdp_result call_fault(struct harness *h, tdp_gpa_t gpa, uint64_t size)
{
	const struct tdp_fault f = {
		.gpa = gpa, .base = gpa, .backing = {.hpa = HPA, .size = size, .attrs = RWX}, .access = TDP_READ};

	return tdp_fault(&h->tree, &f, &h->op);
}

static enum tdp_result call_replace(struct harness *h, tdp_gpa_t gpa, uint64_t size)
{
	return tdp_replace(&h->tree, gpa, size, HPA, HPA2, RWX, &h->op);
}

static enum tdp_result call_note(struct harness *h, tdp_gpa_t gpa, uint64_t size)
{
	return tdp_note(&h->tree, gpa, size, 5, &h->op);
}

static enum tdp_result call_zap(struct harness *h, tdp_gpa_t gpa, uint64_t size)
{
	return tdp_zap(&h->tree, gpa, size, &h->op);
}

static enum tdp_result call_trim(struct harness *h, tdp_gpa_t gpa, uint64_t size)
{
	return tdp_trim(&h->tree, gpa, size, &h->op);
}

static enum tdp_result call_set_attrs(struct harness *h, tdp_gpa_t gpa, uint64_t size)
{
	return tdp_set_attrs(&h->tree, gpa, size, RO, TDP_MASK_PROT, &h->op);
}

static enum tdp_result call_protect(struct harness *h, tdp_gpa_t gpa, uint64_t size)
{
	return tdp_protect(&h->tree, gpa, size, &h->op);
}

static enum tdp_result call_walk(struct harness *h, tdp_gpa_t gpa, uint64_t size)
{
	return tdp_walk(&h->tree, gpa, size, TDP_VISIT_LEAF, look, NULL, &h->op);
}

static enum tdp_result call_next(struct harness *h, tdp_gpa_t gpa, uint64_t size)
{
	struct tdp_visit v;

	return tdp_next(&h->tree, gpa, size, TDP_VISIT_LEAF, &v, &h->op);
}

static enum tdp_result call_extent(struct harness *h, tdp_gpa_t gpa, uint64_t size)
{
	struct tdp_mapping m;

	return tdp_extent(&h->tree, gpa, size, &m, &h->op);
}

static enum tdp_result call_count(struct harness *h, tdp_gpa_t gpa, uint64_t size)
{
	struct tdp_count c;

	return tdp_count(&h->tree, gpa, size, &c, &h->op);
}

typedef enum tdp_result (*call_fn)(struct harness *h, tdp_gpa_t gpa, uint64_t size);
static const struct {
	const char *name;
	call_fn call;
} calls[] = {
	{"map", call_map},	   {"map_from", call_map_from}, {"fault", call_fault}, {"replace", call_replace},
	{"note", call_note},	   {"zap", call_zap},		{"trim", call_trim},   {"set_attrs", call_set_attrs},
	{"protect", call_protect}, {"walk", call_walk},		{"next", call_next},   {"extent", call_extent},
	{"count", call_count},
};
enum { CALLS = sizeof(calls) / sizeof(calls[0]) };

/* A tree with a bit of everything. */
static void plant(struct harness *h)
{
	IS(TDP_OK, map_at(h, 0, 0, 2 * h->p, HPA, RWX));
	IS(TDP_OK, map_at(h, 1, h->b, h->b, HPA, RWX));
	IS(TDP_OK, tdp_note(&h->tree, h->g, h->p, 4, &h->op));
	IS(TDP_OK, map_at(h, 0, h->end - h->p, h->p, HPA, RX));
}

TREE_TEST(bad_range, refused_by_every_operation)
{
	const struct {
		enum tdp_result want;
		tdp_gpa_t gpa;
		uint64_t size;
	} cases[] = {
		{TDP_INVALID, 1, h->p},	       {TDP_INVALID, h->p - 1, h->p},
		{TDP_INVALID, 0, 1},	       {TDP_INVALID, 0, h->p + 1},
		{TDP_INVALID, 8, h->p - 8},    {TDP_INVALID, 0, 0},
		{TDP_INVALID, h->p, 0},	       {TDP_INVALID, h->end, 0},
		{TDP_INVALID, 0, UINT64_MAX},  {TDP_INVALID, h->end + 1, h->p},
		{TDP_RANGE, h->end, h->p},     {TDP_RANGE, h->end - h->p, 2 * h->p},
		{TDP_RANGE, 0, h->end + h->p}, {TDP_RANGE, 0, -h->p},
		{TDP_RANGE, h->p, -h->p},      {TDP_RANGE, 2 * h->p, -h->p},
		{TDP_RANGE, -h->p, h->p},      {TDP_RANGE, -h->p, 2 * h->p},
		{TDP_RANGE, -h->end, h->end},  {TDP_RANGE, -h->end, 2 * h->end},
		{TDP_RANGE, 2 * h->end, h->p}, {TDP_RANGE, h->end - h->p, -h->p},
		{TDP_RANGE, h->p, h->end},
	};
	uint64_t state;

	plant(h);
	state = tables_digest(h);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned c = 0; c < CALLS; c++) {
			/* A fault is at an address first of all. */
			const bool fault = calls[c].call == call_fault && cases[i].gpa >= h->end;
			enum tdp_result r;

			WITH(.next = 1, .first = 1, .changed = 1, .tables = 1);
			harness_before(h, calls[c].name);
			r = calls[c].call(h, cases[i].gpa, cases[i].size);
			harness_after(h, (int)i, fault ? TDP_RANGE : cases[i].want, r, calls[c].name);
			if (STORES + FLUSHES + TAKEN + BARRIERS || tables_digest(h) != state)
				harness_fail(h, (int)i, "%s changed something", calls[c].name);
			SAME(h->op.changed + h->op.tables, 0);
			SAME(h->op.next, cases[i].gpa); /* nothing is finished */
		}
	}
}

/* A range may end exactly at the top, and be all there is. */
TREE_TEST(bad_range, up_to_the_top)
{
	for (unsigned c = 0; c < CALLS; c++) {
		enum tdp_result r;

		harness_tables(h, 64);
		WITH(0);
		plant(h);
		harness_before(h, calls[c].name);
		r = calls[c].call(h, h->end - h->p, h->p);
		if (r == TDP_INVALID || r == TDP_RANGE)
			harness_fail(h, __LINE__, "%s: %s", calls[c].name, tdp_result_name(r));
		harness_after(h, __LINE__, r, r, calls[c].name);
		WITH(0);
		IS(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op));
		SAME(h->op.next, h->end);
		SAME(tables_linked(h), 0);
	}
	IS(TDP_OK, tdp_note(&h->tree, 0, h->end, 8, &h->op));
	SAME(h->op.changed, h->end);
	IS(TDP_SPURIOUS, tdp_trim(&h->tree, 0, h->end, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, 0, h->end, 0, &h->op));
}

/* The last page is a page like others. */
TREE_TEST(bad_range, last_page)
{
	const tdp_gpa_t last = h->end - h->p;

	FORETOLD(TDP_OK, tdp_map(&h->tree, last - h->p, 2 * h->p, HPA, RWX, &h->op));
	SAME(h->op.next, h->end);
	MAPPED(last - h->p, 2 * h->p, HPA, RWX);
	GUEST(last, REF_W);
	FORETOLD(TDP_OK, tdp_replace(&h->tree, last, h->p, HPA + h->p, HPA2, RX, &h->op));
	SAME(h->op.next, h->end);
	FORETOLD(TDP_OK, tdp_set_attrs(&h->tree, last - h->p, 2 * h->p, RO, TDP_MASK_PROT, &h->op));
	SAME(h->op.next, h->end);
	IS(TDP_SPURIOUS, tdp_protect(&h->tree, last, h->p, &h->op));
	SAME(h->op.next, h->end);
	FORETOLD(TDP_OK, tdp_zap(&h->tree, last, h->p, &h->op));
	FLUSH(0, last, h->p, 0, false);
	FORETOLD(TDP_OK, tdp_note(&h->tree, last, h->p, 3, &h->op));
	NOTED(last, h->p, 3);
	IS(TDP_OK, tdp_zap(&h->tree, h->end - h->b, h->b, &h->op));
	SAME(h->op.next, h->end);
	SAME(FREED, 1);
}

/* Host memory that cannot be. */
TREE_TEST(bad_range, host_memory)
{
	const tdp_hpa_t wide = UINT64_C(1) << h->layout.hpa_bits;
	const struct {
		enum tdp_result want;
		tdp_hpa_t hpa;
	} cases[] = {
		{TDP_INVALID, HPA + 1},	 {TDP_INVALID, HPA + h->p / 2},	 {TDP_INVALID, UINT64_MAX},
		{TDP_RANGE, wide},	 {TDP_RANGE, wide - h->p},	 {TDP_RANGE, -h->p},
		{TDP_RANGE, wide | HPA}, {TDP_RANGE, UINT64_C(1) << 63},
	};
	uint64_t state;

	plant(h);
	state = tables_digest(h);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tdp_fault f = {.gpa = h->g + h->b,
				      .base = h->g + h->b,
				      .backing = {.hpa = cases[i].hpa, .size = 2 * h->p, .attrs = RWX},
				      .access = TDP_READ};

		IS(cases[i].want, tdp_map(&h->tree, h->g + h->b, 2 * h->p, cases[i].hpa, RWX, &h->op));
		IS(cases[i].want, tdp_replace(&h->tree, 0, 2 * h->p, cases[i].hpa, HPA2, RWX, &h->op));
		IS(cases[i].want, tdp_replace(&h->tree, 0, 2 * h->p, HPA, cases[i].hpa, RWX, &h->op));
		IS(cases[i].want, tdp_fault(&h->tree, &f, &h->op));
		SAME(tables_digest(h), state);
	}
	/* The last page of host memory is one. */
	IS(TDP_OK, tdp_map(&h->tree, h->g + h->b, h->p, wide - h->p, RWX, &h->op));
	MAPPED(h->g + h->b, h->p, wide - h->p, RWX);
}
