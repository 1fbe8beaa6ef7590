/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_walk() with a visitor that changes leaves, against the flat reference.
 */
#include "trial.h"

#include <inttypes.h>

struct visitor {
	struct trial *t;
	const struct walk_request *q;
	tdp_gpa_t next;	    /* the next entry must cover this address */
	unsigned pre, post; /* tables entered and left */
	unsigned skipped;   /* tables not gone into */
	bool again;	    /* the same entry comes once more */
	bool stopped;
	struct tdp_visit at; /* where it was stopped */
};

/* Leaves and holes that nobody wants to see are passed over in silence. */
static void pass_over(struct visitor *x, tdp_gpa_t upto)
{
	const struct trial *t = x->t;

	while (x->next < upto) {
		unsigned i = world_first(&t->w, x->next);
		uint64_t span = world_span(&t->w, t->m.cell[i].level);
		unsigned when = t->m.cell[i].kind == CELL_LEAF ? TDP_VISIT_LEAF : TDP_VISIT_HOLE;

		if (x->q->when & when)
			return;
		x->next = (x->next & ~(span - 1)) + span;
	}
}

/* tdp_visit_set() on a leaf of pages: result and entry as the reference says. */
static void set(struct visitor *x, struct tdp_visit *v, unsigned i)
{
	struct trial *t = x->t;
	bool differs, breaks;
	struct cell to;
	enum tdp_result want = model_reattr(&t->m, &t->m.cell[i], x->q->attrs, x->q->mask, false, &to, &differs, &breaks), is;

	if (want >= 0 && breaks && model_no_break(&t->m))
		want = TDP_UNSUPPORTED;
	if (want >= 0 && !differs)
		want = TDP_SPURIOUS;
	trial_disturb(t, v->gpa, v->gpa + v->entry.size);
	is = tdp_visit_set(v, x->q->attrs, x->q->mask);
	trial_say(t, "  visit_set %#" PRIx64 " = %s", v->gpa, tdp_result_name(is));
	if (is != want)
		trial_fail(t, "visit_set of gpa %#" PRIx64 ": %s, not %s", v->gpa, tdp_result_name(is), tdp_result_name(want));
	if (is != TDP_OK)
		return;
	WORLD_EACH(&t->w, k, v->gpa, v->gpa + v->entry.size) {
		struct cell *c = &t->m.cell[k];

		c->attrs = to.attrs;
		c->mw = to.mw;
		c->w = to.w;
		c->d |= to.w && !t->w.hw_d;
		c->d_may |= c->d;
		c->stale |= model_bit(x->q->gather);
	}
	if (v->entry.attrs.prot != to.attrs.prot || v->entry.attrs.memtype != to.attrs.memtype ||
	    v->entry.live != model_now(&t->m, &to))
		trial_fail(t, "visit_set of gpa %#" PRIx64 " left the visit as it was", v->gpa);
}

/* A leaf or a hole. */
static void visit_entry(struct visitor *x, struct tdp_visit *v)
{
	struct trial *t = x->t;
	unsigned i;

	pass_over(x, v->gpa);
	i = world_first(&t->w, x->next);
	if (x->next < v->gpa || x->next >= v->gpa + v->entry.size || v->entry.level != t->m.cell[i].level ||
	    (v->when == TDP_VISIT_LEAF) != (t->m.cell[i].kind == CELL_LEAF)) {
		trial_fail(t, "the walk is at %#" PRIx64 " size %#" PRIx64 " when %u, not at %#" PRIx64, v->gpa, v->entry.size,
			   v->when, x->next);
		return;
	}
	if (v->when == TDP_VISIT_LEAF && world_span(&t->w, v->entry.level) >= t->w.size[i] &&
	    rng_percent(&t->rng, x->q->set_percent))
		set(x, v, i);
	x->next = v->gpa + v->entry.size;
}

/* A table. Its entries come between the two visits, and none if it is skipped. */
static enum tdp_verdict visit_table(struct visitor *x, struct tdp_visit *v)
{
	struct trial *t = x->t;
	tdp_gpa_t end = v->gpa + v->entry.size;

	if (v->when == TDP_VISIT_TABLE_PRE) {
		pass_over(x, v->gpa);
		if (x->next < v->gpa || x->next >= end || t->m.cell[world_first(&t->w, x->next)].level >= v->entry.level)
			trial_fail(t, "the walk is at a table for %#" PRIx64 ", not at %#" PRIx64, v->gpa, x->next);
		x->pre++;
		if (!rng_percent(&t->rng, x->q->skip_percent))
			return TDP_GO;
		x->skipped++;
		x->next = end;
		return TDP_SKIP;
	}
	pass_over(x, end < x->q->gpa + x->q->size ? end : x->q->gpa + x->q->size);
	if (x->next < end && x->next < x->q->gpa + x->q->size)
		trial_fail(t, "the walk leaves the table for %#" PRIx64 " without a visit of %#" PRIx64, v->gpa, x->next);
	x->post++;
	return TDP_GO;
}

static enum tdp_verdict visit(void *arg, struct tdp_visit *v)
{
	struct visitor *x = arg;
	enum tdp_verdict verdict = TDP_GO;
	tdp_gpa_t next = x->next;

	if (x->t->failed)
		return TDP_STOP;
	if (x->stopped || !(v->when & x->q->when))
		trial_fail(x->t, "a visit that nobody asked for, at %#" PRIx64, v->gpa);
	if (v->when & (TDP_VISIT_TABLE_PRE | TDP_VISIT_TABLE_POST))
		return visit_table(x, v);
	visit_entry(x, v);
	if (!x->again && rng_percent(&x->t->rng, x->q->again_percent)) {
		x->again = true;
		x->next = next;
		return TDP_AGAIN;
	}
	x->again = false;
	if (rng_percent(&x->t->rng, x->q->stop_percent)) {
		verdict = TDP_STOP;
		x->stopped = true;
		x->at = *v;
	}
	return verdict;
}

/* The end of a walk. */
static void judge(struct trial *t, const struct walk_request *q, struct visitor *x, enum tdp_result r, const struct tdp_op *op)
{
	if (r != (x->stopped ? TDP_STOPPED : TDP_OK)) {
		trial_fail(t, "the walk returns %s", tdp_result_name(r));
	} else if (x->stopped) {
		if (op->next < q->gpa || op->next < x->at.gpa || op->next > x->at.gpa + x->at.entry.size)
			trial_fail(t, "stopped at %#" PRIx64 ", next %#" PRIx64, x->at.gpa, op->next);
	} else {
		pass_over(x, q->gpa + q->size);
		if (x->next < q->gpa + q->size || op->next != q->gpa + q->size)
			trial_fail(t, "the walk ends before %#" PRIx64 ", next %#" PRIx64, x->next, op->next);
		if ((q->when & TDP_VISIT_TABLE_PRE) && (q->when & TDP_VISIT_TABLE_POST) && x->pre != x->post + x->skipped)
			trial_fail(t, "%u tables entered, %u left", x->pre - x->skipped, x->post);
	}
}

void trial_walk(struct trial *t, const struct walk_request *q)
{
	struct visitor x = {.t = t, .q = q, .next = q->gpa};
	struct tdp_op op = {.gather = trial_gather(t, q->gather), .user = t};
	enum tdp_result r;
	tdp_gpa_t gpa, end;

	if (t->failed)
		return;
	trial_note(t, "walk %#" PRIx64 "+%#" PRIx64 " when %#x attrs %#x/%u/%#x/%#x mask %#x gather %u", q->gpa, q->size, q->when,
		   q->attrs.prot, q->attrs.memtype, q->attrs.flags, q->attrs.sw, q->mask, q->gather);
	trial_reach(t, q->gpa, q->size, &gpa, &end);
	referee_begin(t->r, t->op, op.gather);
	r = tdp_walk(&t->tree, q->gpa, q->size, q->when, visit, &x, &op);
	referee_end(t->r);
	judge(t, q, &x, r, &op);
	trial_settle(t);
	if (!t->failed)
		trial_compare(t, gpa, end);
}
