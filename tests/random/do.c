/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One call: forecast, made, judged.
 */
#include "trial.h"

#include <inttypes.h>

static const char *const names[] = {
	[ASK_MAP] = "map",	   [ASK_MAP_FROM] = "map_from", [ASK_FAULT] = "fault",	     [ASK_REPLACE] = "replace",
	[ASK_NOTE] = "note",	   [ASK_ZAP] = "zap",		[ASK_TRIM] = "trim",	     [ASK_SET_ATTRS] = "set_attrs",
	[ASK_PROTECT] = "protect", [ASK_AGE] = "age",		[ASK_FAST] = "fault_fast",   [ASK_SPLIT] = "split",
	[ASK_PROMOTE] = "promote", [ASK_ARM] = "arm",		[ASK_ARM_MASK] = "arm_mask", [ASK_RESTORE] = "restore",
};

static void describe(struct trial *t, const struct request *q)
{
	trial_note(t,
		   "%s %#" PRIx64 "+%#" PRIx64 " hpa %#" PRIx64 " new %#" PRIx64 " attrs %#x/%u/%#x/%#x mask %#x note %#" PRIx64
		   " access %#x base %#" PRIx64 " level %u flags %#x max %u/%u batch %u gather %u tables %d",
		   names[q->what], q->gpa, q->size, q->hpa, q->new_hpa, q->attrs.prot, q->attrs.memtype, q->attrs.flags,
		   q->attrs.sw, q->mask, q->note, q->access, q->base, q->level, q->flags, q->max_level_plus1, q->backing_max,
		   q->batch_lg2, q->gather, q->tables);
	if (q->map.words || q->pages)
		trial_say(t, "  pages %#" PRIx64 " map %#" PRIx64 "+%" PRIu64 " lg2 %u", q->pages, q->map.base, q->map.pages,
			  q->map.page_lg2);
	for (unsigned i = 0; t->trace && q->what == ASK_MAP_FROM && i < q->pieces; i++)
		trial_say(t, "  %#" PRIx64 "-%#" PRIx64 " hpa %#" PRIx64 " attrs %#x/%u/%#x/%#x max %u%s +%u", q->piece[i].gpa,
			  q->piece[i].end, q->piece[i].hpa, q->piece[i].attrs.prot, q->piece[i].attrs.memtype,
			  q->piece[i].attrs.flags, q->piece[i].attrs.sw, q->piece[i].max_level_plus1,
			  q->piece[i].refused ? " refused" : "", q->piece[i].misaligned);
}

void trial_reach(const struct trial *t, tdp_gpa_t from, uint64_t size, tdp_gpa_t *gpa, tdp_gpa_t *end)
{
	unsigned first = world_first(&t->w, from), last;

	*gpa = from;
	*end = from + size;
	if (first == t->w.cells || size == 0 || *end < from || *end > t->w.end)
		return;
	last = world_first(&t->w, *end - 1);
	if (t->m.cell[first].kind != CELL_EMPTY)
		*gpa = model_base(&t->m, first);
	if (last < t->w.cells && t->m.cell[last].kind != CELL_EMPTY)
		*end = model_end(&t->m, last);
}

/* What a call may touch. A fault takes no more than the entry that it finds, and in a hole no more than its backing. */
static void touched(const struct trial *t, const struct request *q, tdp_gpa_t *gpa, tdp_gpa_t *end)
{
	unsigned i = world_first(&t->w, q->gpa);
	uint64_t size;

	if (!model_is_fault(q))
		trial_reach(t, model_range(q, gpa, &size) ? *gpa : 0, model_range(q, gpa, &size) ? size : 0, gpa, end);
	else if (q->what == ASK_FAST || (i < t->w.cells && t->m.cell[i].kind != CELL_EMPTY))
		trial_reach(t, q->gpa & ~(PAGE - 1), PAGE, gpa, end);
	else
		trial_reach(t, q->base, q->size, gpa, end);
}

/* Tables for the call: enough of them in the pool, or a cache of its own with just so many. */
static struct tdp_cache *provide(struct trial *t, const struct request *q, unsigned need)
{
	struct tdp_cache *pool = referee_cache(t->r);
	struct tdp_mm_ops *ops = referee_ops(t->r);
	unsigned want = q->tables < 0 ? need : (unsigned)q->tables;
	struct tdp_table table;
	enum tdp_result r;

	while (tdp_cache_take(&t->own, &table))
		tdp_cache_give(pool, &table);
	if (q->tables < 0) {
		r = tdp_cache_fill(pool, want, ops, t->r, NULL);
	} else if (rng_percent(&t->rng, 50)) {
		r = tdp_cache_fill(&t->own, want, ops, t->r, NULL);
	} else { /* the allocator has no more than that */
		referee_fail_alloc(t->r, want + 1, true);
		r = tdp_cache_fill(&t->own, want + 3, ops, t->r, NULL) == TDP_NOMEM ? TDP_OK : TDP_EXISTS;
		referee_fail_alloc(t->r, 0, false);
	}
	if (r != TDP_OK || (q->tables >= 0 && tdp_cache_count(&t->own) != want))
		trial_fail(t, "tdp_cache_fill to %u: %s, %u tables", want, tdp_result_name(r), tdp_cache_count(&t->own));
	return q->tables < 0 ? NULL : &t->own;
}

/* Half of what may pause may pause here, often. Not with a gather: a pause flushes it, and the reference cannot say when. */
static uint32_t may_yield(const struct trial *t, const struct request *q)
{
	return q->gather == 0 && t->calls % 2 == 0 ? model_known_flags(q->what) & TDP_MAY_YIELD : 0;
}

static struct tdp_op op_of(struct trial *t, const struct request *q, struct tdp_cache *cache)
{
	return (struct tdp_op){
		.flags = q->flags | may_yield(t, q),
		.max_level_plus1 = q->max_level_plus1,
		.batch_lg2 = q->batch_lg2,
		.cache = cache || !(t->setup->quirks & SETUP_SHARED) ? cache : referee_cache(t->r), /* shared calls use no pool */
		.gather = trial_gather(t, q->gather),
		.user = t,
		/* What a call leaves out of its outputs shows. */
		.next = UINT64_MAX,
		.first = UINT64_MAX,
		.changed = UINT64_MAX,
		.tables = UINT32_MAX,
	};
}

/* Which operations can count in advance. */
static bool can_count(const struct request *q)
{
	return (model_known_flags(q->what) & TDP_DRY_RUN) && !(q->flags & TDP_DRY_RUN);
}

/* A dry run changes nothing and counts exactly. */
static void dry_run(struct trial *t, const struct request *q, const struct forecast *full)
{
	struct tdp_op op = op_of(t, q, NULL);
	unsigned stores = referee_counts(t->r).stores;
	enum tdp_result r;

	op.flags |= TDP_DRY_RUN;
	r = trial_call(t, q, &op);
	/* Whether a dry run finds out in advance that a leaf may not be split, or not changed so, is not said. */
	if (r >= 0 && full->result < 0 && (q->what == ASK_ZAP || q->what == ASK_SET_ATTRS || full->result == TDP_UNSUPPORTED))
		return;
	if ((full->result >= 0) != (r >= 0) || (r < 0 && r != full->result && r != full->other))
		trial_fail(t, "dry run: %s, not %s", tdp_result_name(r), tdp_result_name(full->result));
	else if (r >= 0 && op.tables != full->need)
		trial_fail(t, "dry run: %u tables, not %u", op.tables, full->need);
	else if (referee_counts(t->r).stores != stores)
		trial_fail(t, "dry run: changed an entry");
}

/* Back to what was before the call; only what the dirty hook was told has happened. */
static void rewind_model(struct trial *t)
{
	model_copy(&t->scratch, &t->m);
	model_copy(&t->m, &t->before);
	for (unsigned i = 0; i < t->w.cells; i++)
		t->m.cell[i].told = t->scratch.cell[i].told;
}

/* Ran out of tables: an honest part was done, and the number asked for is enough. */
static void judge_nomem(struct trial *t, const struct request *q, const struct forecast *full, const struct tdp_op *op,
			unsigned had)
{
	unsigned left = tdp_cache_count(op->cache ? op->cache : referee_cache(t->r)), used = had - left;
	const bool pauses = op->flags & TDP_MAY_YIELD; /* then it counts no further than up to the next one */
	struct request done = *q;
	struct forecast f;

	if (had >= full->need && (full->result >= 0 || full->loose))
		trial_fail(t, "no memory, but %u tables are enough", had);
	else if (op->tables == 0 || (!pauses && left + op->tables < full->need - used))
		trial_fail(t, "no memory: asks for %u tables and has %u, but the rest takes %u", op->tables, left,
			   full->need - used);
	else if (q->what == ASK_FAULT ? op->tables > TDP_FAULT_TABLES : op->next < q->gpa || op->next >= q->gpa + q->size)
		trial_fail(t, "no memory: next %#" PRIx64 ", %u tables", op->next, op->tables);
	rewind_model(t);
	if (t->failed || q->what == ASK_FAULT || op->next == q->gpa)
		return;
	t->m.have = MODEL_ENDLESS;
	done.stop = op->next;
	f = model_forecast(&t->m, &done);
	/* A larger leaf at op->next may have been split on the way. */
	if (f.next != op->next || op->changed < f.changed || (q->what != ASK_SPLIT && op->changed != f.changed) ||
	    (q->what != ASK_REPLACE && q->what != ASK_SPLIT && used != f.need))
		trial_fail(t, "no memory: next %#" PRIx64 " changed %#" PRIx64 " used %u, not %#" PRIx64 " %#" PRIx64 " %u",
			   op->next, op->changed, used, f.next, f.changed, f.need);
}

/* A result as forecast: are the outputs, too? */
static void judge(struct trial *t, const struct request *q, const struct forecast *f, const struct tdp_op *op, unsigned used)
{
	if (op->changed < f->changed || op->changed > f->changed_max)
		trial_fail(t, "%#" PRIx64 " bytes changed, not %#" PRIx64, op->changed, f->changed);
	else if (op->first != f->first)
		trial_fail(t, "first is %#" PRIx64 ", not %#" PRIx64, op->first, f->first);
	else if (!model_is_fault(q) && op->next != f->next)
		trial_fail(t, "next is %#" PRIx64 ", not %#" PRIx64, op->next, f->next);
	else if (model_frees(q) && op->tables != f->need)
		trial_fail(t, "%u tables freed, not %u", op->tables, f->need);
	else if (!model_frees(q) && !f->loose && used != f->need)
		trial_fail(t, "%u tables used, not %u", used, f->need);
}

/* On the way to an error leaves may have been split: what they map must be the same. */
static void believe_levels(struct trial *t, tdp_gpa_t gpa, tdp_gpa_t end)
{
	WORLD_EACH(&t->w, i, gpa, end) {
		struct tdp_mapping is;

		if (tdp_lookup(&t->tree, t->w.gpa[i], &is, NULL) == TDP_OK)
			t->m.cell[i].level = is.entry.level;
	}
}

/* How much is done before tables run out is the library's choice, and so is what it reports. */
static void allow_reports(struct trial *t, const struct request *q)
{
	WORLD_EACH(&t->w, i, q->gpa, q->gpa + q->size)
		if (q->what == ASK_REPLACE && t->m.cell[i].kind == CELL_LEAF)
			t->m.cell[i].may |= model_may_tell(&t->m, &t->m.cell[i]);
}

/* Everything but the result. */
static void judge_outputs(struct trial *t, const struct request *q, const struct forecast *full, const struct forecast *f,
			  enum tdp_result r, const struct tdp_op *op, unsigned had)
{
	if (q->what == ASK_FAST && r != f->result) {
		if (op->changed != 0 || op->first != q->gpa)
			trial_fail(t, "%#" PRIx64 " bytes changed at %#" PRIx64 ", not 0", op->changed, op->first);
	} else if (r == TDP_NOMEM) {
		judge_nomem(t, q, full, op, had);
	} else {
		judge(t, q, f, op, had - tdp_cache_count(op->cache ? op->cache : referee_cache(t->r)));
	}
}

/* The rest of a call that ran out of tables, with as many as it asked for. */
static void go_on(struct trial *t, const struct request *q, const struct tdp_op *op)
{
	struct request rest = *q;
	uint64_t done = q->what == ASK_FAULT ? 0 : op->next - q->gpa;

	rest.gpa += done;
	rest.size -= done;
	rest.hpa += done;
	rest.new_hpa += done;
	rest.tables = (int)(tdp_cache_count(op->cache ? op->cache : referee_cache(t->r)) + op->tables);
	trial_do(t, &rest);
}

void trial_do(struct trial *t, const struct request *q)
{
	struct forecast full, f;
	struct tdp_op op;
	tdp_gpa_t gpa, end;
	enum tdp_result r;
	unsigned had;

	if (t->failed)
		return;
	describe(t, q);
	touched(t, q, &gpa, &end);
	if (model_is_fault(q) && q->gpa < t->w.end)
		trial_compare(t, q->gpa & ~(PAGE - 1), q->gpa + 1); /* closes the bounds */
	trial_disturb(t, gpa, end);
	model_copy(&t->before, &t->m);
	model_copy(&t->scratch, &t->m);
	t->scratch.have = MODEL_ENDLESS;
	full = model_forecast(&t->scratch, q);
	op = op_of(t, q, provide(t, q, full.need));
	if (can_count(q) && rng_percent(&t->rng, 25))
		dry_run(t, q, &full);
	had = tdp_cache_count(op.cache ? op.cache : referee_cache(t->r));
	t->m.have = had;
	f = model_forecast(&t->m, q);
	if (f.nothing)
		model_copy(&t->m, &t->before);
	if (f.result == TDP_NOMEM)
		allow_reports(t, q);
	if (t->failed)
		return;
	r = trial_call(t, q, &op);
	trial_say(t, "  = %s next %#" PRIx64 " changed %#" PRIx64 " tables %u", tdp_result_name(r), op.next, op.changed, op.tables);
	if (r != f.result && r != f.other) {
		trial_fail(t, "returned %s, not %s", tdp_result_name(r), tdp_result_name(f.result));
		return;
	}
	judge_outputs(t, q, &full, &f, r, &op, had);
	if (!t->failed && r >= 0 && (q->what == ASK_ARM || q->what == ASK_ARM_MASK || (q->what == ASK_AGE && q->map.words)))
		trial_judge_names(t, q, &op);
	if (!t->failed && (f.loose || (r == TDP_NOMEM && (q->what == ASK_REPLACE || q->what == ASK_SPLIT))))
		believe_levels(t, gpa, end);
	if (!t->failed)
		trial_settle(t);
	if (!t->failed)
		trial_compare(t, gpa, end);
	if (r == TDP_NOMEM && rng_percent(&t->rng, 50))
		go_on(t, q, &op);
}
