/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_visit_set(): attributes changed from inside a visitor.
 */
#include "harness.h"

/* What a visitor does to each leaf it sees, and what came of it. */
struct edit {
	struct harness *h;
	struct tdp_attrs attrs;
	unsigned mask;
	tdp_gpa_t only; /* if not UINT64_MAX: this leaf alone */
	unsigned done, spurious;
	enum tdp_result last;
};

static enum tdp_verdict edit_leaf(void *arg, struct tdp_visit *v)
{
	struct edit *x = arg;
	struct harness *h = x->h;

	if (x->only != UINT64_MAX && v->gpa != x->only)
		return TDP_GO;
	x->last = tdp_visit_set(v, x->attrs, x->mask);
	x->done += x->last == TDP_OK;
	x->spurious += x->last == TDP_SPURIOUS;
	if (x->last == TDP_OK && x->mask & TDP_MASK_PROT)
		SAME(v->entry.attrs.prot, x->attrs.prot); /* the visit is fresh */
	if (v->entry.kind == TDP_LEAF)
		SAME(v->entry.raw, *raw_entry(h, v->entry.level, v->gpa));
	return TDP_GO;
}

static struct edit edit(struct harness *h, struct tdp_attrs attrs, unsigned mask)
{
	return (struct edit){.h = h, .attrs = attrs, .mask = mask, .only = UINT64_MAX};
}

TREE_TEST(visit_set, narrows_and_flushes_once)
{
	struct edit x = edit(h, RO, TDP_MASK_PROT);

	IS(TDP_OK, map_at(h, 0, h->p, 2 * h->p, HPA, RWX));
	IS(TDP_OK, map_at(h, 1, h->b, h->b, HPA, RWX));
	GUEST(h->p, REF_W);
	IS(TDP_OK, tdp_walk(&h->tree, 0, h->g, TDP_VISIT_LEAF, edit_leaf, &x, &h->op));
	SAME(x.done, 3);
	SAME(h->op.changed, 2 * h->p + h->b);
	SAME(FLUSHES, 1);
	SAME(referee_flush(h->r, 0)->gpa, h->p);
	SAME(referee_flush(h->r, 0)->size, 2 * h->b - h->p);
	MAPPED(h->p, 2 * h->p, HPA, RO);
	MAPPED(h->b, h->b, HPA, RO);
	SAME(LIVE(h->p), TDP_R);
	SAME(entry_at(h, h->p).dirty, 1);
	GUEST_FAULTS(h->p, REF_W);
}

/* The whole leaf, also where the range begins inside it. */
TREE_TEST(visit_set, leaf_that_sticks_out)
{
	struct edit x = edit(h, RO, TDP_MASK_PROT);

	IS(TDP_OK, map_at(h, 1, h->b, h->b, HPA, RWX));
	IS(TDP_OK, tdp_walk(&h->tree, h->b + h->p, h->p, TDP_VISIT_LEAF, edit_leaf, &x, &h->op));
	SAME(FLUSHES, 1);
	SAME(referee_flush(h->r, 0)->gpa, h->b);
	SAME(referee_flush(h->r, 0)->size, h->b);
	MAPPED(h->b, h->b, HPA, RO);
}

TREE_TEST(visit_set, gathered)
{
	struct edit x = edit(h, RX, TDP_MASK_PROT);
	struct tdp_gather gather = {0};

	IS(TDP_OK, map_at(h, 0, 0, 2 * h->p, HPA, RWX));
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_walk(&h->tree, 0, h->b, TDP_VISIT_LEAF, edit_leaf, &x, &h->op));
	SAME(FLUSHES, 0);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, 1);
	SAME(LIVE(0), TDP_RX);
}

/* Widening and the caller's bits owe nothing. */
TREE_TEST(visit_set, widens, .without = PAE | NO_SD)
{
	struct edit x = edit(h, (struct tdp_attrs){TDP_RWX, TDP_MT_WB, 0, 1}, TDP_MASK_PROT | TDP_MASK_SW);

	IS(TDP_OK, map_at(h, 0, 0, 2 * h->p, HPA, RO));
	IS(TDP_OK, tdp_walk(&h->tree, 0, h->b, TDP_VISIT_LEAF, edit_leaf, &x, &h->op));
	SAME(x.done, 2);
	SAME(FLUSHES, 0);
	CHECK(BARRIERS > 0);
	MAPPED(0, 2 * h->p, HPA, x.attrs);
	SAME(LIVE(0), TDP_RWX);
}

TREE_TEST(visit_set, spurious)
{
	struct edit x = edit(h, RX, TDP_MASK_PROT);

	IS(TDP_OK, map_at(h, 0, 0, 2 * h->p, HPA, RX));
	IS(TDP_OK, tdp_walk(&h->tree, 0, h->b, TDP_VISIT_LEAF, edit_leaf, &x, &h->op));
	SAME(x.spurious, 2);
	SAME(h->op.changed + FLUSHES + STORES, 0);
}

/* A change of memory type: break, flush, make, inside the call of the visitor. */
TREE_TEST(visit_set, breaks_before_it_makes)
{
	struct edit x = edit(h, UC, TDP_MASK_MEMTYPE);
	struct tdp_gather gather = {0};

	IS(TDP_OK, map_at(h, 0, 0, 2 * h->p, HPA, RW));
	GUEST(0, REF_W);
	WITH(.gather = &gather);
	IS(TDP_OK, tdp_walk(&h->tree, 0, h->b, TDP_VISIT_LEAF, edit_leaf, &x, &h->op));
	SAME(x.done, 2);
	SAME(FLUSHES, h->bbm ? 2 : 0);
	if (h->bbm)
		FLUSH(0, 0, h->p, 0, false);
	MAPPED(0, 2 * h->p, HPA, UC);
	SAME(entry_at(h, 0).dirty, 1);
	GATHER_FLUSH(&gather);
	SAME(FLUSHES, h->bbm ? 0 : 1);
}

TREE_TEST(visit_set, no_break, .flags = TDP_TREE_NO_BREAK)
{
	struct edit x = edit(h, UC, TDP_MASK_MEMTYPE);
	uint64_t state;

	IS(TDP_OK, map_at(h, 0, 0, h->p, HPA, RW));
	state = tables_digest(h);
	IS(TDP_OK, tdp_walk(&h->tree, 0, h->b, TDP_VISIT_LEAF, edit_leaf, &x, &h->op));
	SAME(x.last, h->bbm ? TDP_UNSUPPORTED : TDP_OK);
	if (h->bbm)
		SAME(tables_digest(h), state);
	else
		MAPPED(0, h->p, HPA, UC);
}

/* What the op says of a logging tree holds for its visitors. */
TREE_TEST(visit_set, log_dirty)
{
	struct edit x = edit(h, RWX, TDP_MASK_PROT);

	IS(TDP_OK, map_at(h, 0, 0, h->p, HPA, RX));
	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_OK, tdp_walk(&h->tree, 0, h->b, TDP_VISIT_LEAF, edit_leaf, &x, &h->op));
	MAPPED(0, h->p, HPA, RWX);
	SAME(LIVE(0), TDP_RX);
}

/* Each refusal; nothing changes by any of them. */
TREE_TEST(visit_set, refusals)
{
	const struct {
		enum tdp_result want;
		struct tdp_attrs attrs;
		unsigned mask;
		unsigned when;
	} cases[] = {
		{TDP_INVALID, RO, 0, TDP_VISIT_LEAF},
		{TDP_INVALID, RO, 16, TDP_VISIT_LEAF},
		{TDP_INVALID, {0, 0, 0, 0}, TDP_MASK_PROT, TDP_VISIT_LEAF},
		{TDP_INVALID, {16, 0, 0, 0}, TDP_MASK_PROT, TDP_VISIT_LEAF},
		{TDP_INVALID, {1, 99, 0, 0}, TDP_MASK_MEMTYPE, TDP_VISIT_LEAF},
		{TDP_INVALID, {1, 0, 8, 0}, TDP_MASK_FLAGS, TDP_VISIT_LEAF},
		{TDP_UNSUPPORTED, {1, 0, 0, 255}, TDP_MASK_SW, TDP_VISIT_LEAF},
		{TDP_ABSENT, RO, TDP_MASK_PROT, TDP_VISIT_HOLE},
		{TDP_ABSENT, RO, TDP_MASK_PROT, TDP_VISIT_TABLE_PRE},
		{TDP_ABSENT, RO, TDP_MASK_PROT, TDP_VISIT_TABLE_POST},
	};
	uint64_t state;

	IS(TDP_OK, map_at(h, 0, 0, h->p, HPA, RWX));
	state = tables_digest(h);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct edit x = edit(h, cases[i].attrs, cases[i].mask);

		x.last = TDP_OK;
		IS(TDP_OK, tdp_walk(&h->tree, 0, h->b, cases[i].when, edit_leaf, &x, &h->op));
		if (x.last != cases[i].want || x.done + x.spurious)
			harness_fail(h, __LINE__, "case %u: %s", i, tdp_result_name(x.last));
		SAME(FLUSHES + STORES + h->op.changed, 0);
		SAME(tables_digest(h), state);
	}
}

static bool read_memory(void *arg, tdp_hpa_t hpa, void *buf, size_t bytes)
{
	struct harness *h = arg;

	memcpy(buf, (const void *)(uintptr_t)(hpa + referee_ops(h->r)->va_offset), bytes);
	return true;
}

/* Only inside a walk of a live tree. */
TREE_TEST(visit_set, outside_of_a_walk)
{
	struct tdp_view view = {.layout = h->layout, .read = read_memory, .ctx = h};
	struct edit x = edit(h, RO, TDP_MASK_PROT);
	struct tdp_visit v = {0};
	struct tdp_layout layout;
	struct tdp_regs regs;

	IS(TDP_UNSUPPORTED, tdp_visit_set(&v, RO, TDP_MASK_PROT));
	IS(TDP_OK, map_at(h, 0, 0, h->p, HPA, RWX));
	IS(TDP_OK, tdp_next(&h->tree, 0, h->p, TDP_VISIT_LEAF, &v, NULL));
	IS(TDP_UNSUPPORTED, tdp_visit_set(&v, RO, TDP_MASK_PROT));
	/* Nor in a view of the same tables. */
	SAME(tdp_tree_regs(&h->tree, &regs), TDP_OK);
	SAME(tdp_layout_from_regs(&layout, h->setup->format, &regs, &view.root), TDP_OK);
	SAME(tdp_view_walk(&view, 0, h->p, TDP_VISIT_LEAF, edit_leaf, &x), TDP_OK);
	SAME(x.last, TDP_UNSUPPORTED);
	MAPPED(0, h->p, HPA, RWX);
}

/* A frozen entry. */
TREE_TEST(visit_set, busy, .corrupt = true)
{
	struct edit x = edit(h, RO, TDP_MASK_PROT);

	IS(TDP_OK, map_at(h, 0, 0, h->p, HPA, RWX));
	*raw_entry(h, 0, 0) = h->setup->format->frozen;
	SAME(tdp_walk(&h->tree, 0, h->p, TDP_VISIT_BAD, edit_leaf, &x, NULL), TDP_OK);
	SAME(x.last, TDP_BUSY);
}

/* Sets one leaf twice and answers AGAIN in between: the entry is read afresh. */
static enum tdp_verdict set_then_again(void *arg, struct tdp_visit *v)
{
	struct edit *x = arg;
	struct harness *h = x->h;

	if (x->done++ == 0) {
		SAME(v->entry.attrs.prot, TDP_RWX);
		SAME(tdp_visit_set(v, RX, TDP_MASK_PROT), TDP_OK);
		SAME(tdp_visit_set(v, RX, TDP_MASK_PROT), TDP_SPURIOUS);
		return TDP_AGAIN;
	}
	SAME(v->entry.attrs.prot, TDP_RX);
	SAME(tdp_visit_set(v, RO, TDP_MASK_PROT), TDP_OK);
	return TDP_STOP;
}

TREE_TEST(visit_set, again_and_stop)
{
	struct edit x = edit(h, RO, 0);

	IS(TDP_OK, map_at(h, 0, 0, 2 * h->p, HPA, RWX));
	IS(TDP_STOPPED, tdp_walk(&h->tree, 0, h->b, TDP_VISIT_LEAF, set_then_again, &x, &h->op));
	SAME(FLUSHES, 1); /* what was narrowed is flushed also when the walk is stopped */
	MAPPED(0, h->p, HPA, RO);
	MAPPED(h->p, h->p, HPA + h->p, RWX);
}
