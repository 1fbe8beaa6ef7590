/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a trial, and its hooks: they stand before the referee's and look at what concerns the flat reference.
 */
#include "trial.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Hooks get the referee as their context. One trial lives at a time. */
static struct trial *current;

void trial_note(struct trial *t, const char *format, ...)
{
	va_list ap;

	t->calls++;
	va_start(ap, format);
	vsnprintf(t->op, sizeof(t->op), format, ap);
	va_end(ap);
	if (t->trace)
		printf("# %u: %s\n", t->calls, t->op);
}

void trial_say(struct trial *t, const char *format, ...)
{
	va_list ap;

	if (!t->trace)
		return;
	va_start(ap, format);
	printf("#	");
	vprintf(format, ap);
	printf("\n");
	va_end(ap);
}

void trial_fail(struct trial *t, const char *format, ...)
{
	va_list ap;

	if (t->failed)
		return;
	t->failed = true;
	va_start(ap, format);
	vsnprintf(t->why, sizeof(t->why), format, ap);
	va_end(ap);
}

struct tdp_gather *trial_gather(struct trial *t, unsigned gather)
{
	return gather ? &t->gather[gather - 1] : NULL;
}

/* Reports of written pages: only of what could have been written, and is going. */
static void on_dirty(void *ctx, void *user, tdp_gpa_t gpa, uint64_t size)
{
	struct trial *t = current;

	trial_say(t, "  dirty %#" PRIx64 "+%#" PRIx64, gpa, size);
	WORLD_EACH(&t->w, i, gpa, gpa + size) {
		struct cell *c = &t->m.cell[i];
		tdp_gpa_t lo = t->w.gpa[i] > gpa ? t->w.gpa[i] : gpa, hi = t->w.gpa[i] + t->w.size[i];

		if (!c->may && !c->owed_may)
			trial_fail(t, "gpa %#" PRIx64 " is reported dirty: it cannot be, or it stays", t->w.gpa[i]);
		c->told += (hi < gpa + size ? hi : gpa + size) - lo;
		if (c->told >= t->w.size[i] || !world_hot(&t->w, i))
			c->owed = 0;
	}
	t->dirty_hook(ctx, user, gpa, size);
}

static void on_flush(void *ctx, void *user, const struct tdp_flush *f)
{
	struct trial *t = current;

	trial_say(t, "  flush %#" PRIx64 "+%#" PRIx64 " level %d%s%s", f->gpa, f->size, f->level, f->tables ? " tables" : "",
		  f->local ? " local" : "");
	t->flush_hook(ctx, user, f);
}

static uint8_t on_memtype(void *ctx, tdp_gpa_t gpa, tdp_hpa_t hpa, uint64_t size, uint64_t *uniform)
{
	(void)ctx;
	(void)hpa;
	return world_memtype(&current->w, gpa, size, uniform);
}

static void *on_table_map(void *ctx, tdp_hpa_t table, unsigned level, tdp_gpa_t gpa)
{
	struct trial *t = current;
	void *va = (void *)(uintptr_t)(table + referee_ops(t->r)->va_offset);

	(void)ctx;
	if (t->helds == TRIAL_HELD || level >= t->w.top || gpa >= t->w.end)
		trial_fail(t, "table_map of level %u, gpa %#" PRIx64 ", %u held already", level, gpa, t->helds);
	else
		t->held[t->helds++] = va;
	return va;
}

static void on_table_unmap(void *ctx, void *va)
{
	struct trial *t = current;

	(void)ctx;
	if (t->helds == 0 || t->held[t->helds - 1] != va)
		trial_fail(t, "table_unmap out of order");
	else
		t->helds--;
}

static bool on_should_yield(void *ctx, void *user)
{
	struct trial *t = current;

	(void)ctx;
	(void)user;
	return ++t->asked % 3 == 0;
}

/* Whoever gets the lock now may do anything: the tree is whole, and nothing is held. */
static void on_yield(void *ctx, void *user)
{
	struct trial *t = current;

	(void)ctx;
	(void)user;
	trial_say(t, "  yield");
	if (t->helds)
		trial_fail(t, "%u tables are held over a pause", t->helds);
	if (tdp_verify(&t->tree, NULL, NULL) != TDP_OK)
		trial_fail(t, "the tree is not whole in a pause");
}

void trial_hooks(struct trial *t)
{
	struct tdp_mm_ops *ops = referee_ops(t->r);

	t->dirty_hook = t->setup->quirks & SETUP_NO_DIRTY ? NULL : ops->dirty;
	ops->dirty = t->dirty_hook ? on_dirty : NULL;
	t->flush_hook = ops->flush;
	ops->flush = on_flush;
	ops->memtype = on_memtype;
	ops->should_yield = on_should_yield;
	ops->yield = on_yield;
	if (t->setup->quirks & SETUP_TABLE_MAP) {
		ops->table_map = on_table_map;
		ops->table_unmap = on_table_unmap;
	}
	if (!(t->setup->quirks & SETUP_NONCOHERENT)) {
		ops->table_clean = NULL;
		ops->page_sync = NULL;
	}
}

struct trial *trial_new(const struct setup *s, uint64_t seed, bool trace)
{
	struct referee_config config = {
		.kind = s->kind,
		.features = s->ref_features,
		.hpa_bits = setup_hpa_bits(s),
		.pat = s->pat,
		.lazy = (s->quirks & SETUP_LAZY) != 0,
		.no_adversary = (s->quirks & SETUP_NO_ADVERSARY) != 0,
		.noncoherent = (s->quirks & SETUP_NONCOHERENT) != 0,
		.shared = (s->quirks & SETUP_SHARED) != 0,
		.check_sync = (s->quirks & SETUP_NONCOHERENT) != 0,
	};
	struct trial *t = aligned_alloc(_Alignof(struct trial), sizeof(*t)); /* a tree is in it */
	enum tdp_result result;

	if (!t) {
		perror("aligned_alloc");
		abort();
	}
	memset(t, 0, sizeof(*t));
	current = t;
	t->setup = s;
	t->trace = trace;
	t->rng = rng_seed(seed);
	world_make(&t->w, s);
	model_start(&t->m, &t->w);
	t->layout = setup_layout(s);
	t->r = referee_new(&config);
	trial_hooks(t);
	referee_log_writes(t->r, true);
	result = referee_start(t->r, &t->tree, s->engine, &t->layout, s->tree_flags, 1);
	if (result != TDP_OK)
		trial_fail(t, "tdp_tree_init or load: %s", tdp_result_name(result));
	else
		referee_expect(t->r, &t->tree, trial_page, t);
	return t;
}

void trial_free(struct trial *t)
{
	referee_free(t->r);
	free(t);
	current = NULL;
}

void trial_end(struct trial *t)
{
	struct referee_counts counts;

	for (unsigned g = 1; g <= MODEL_GATHERS; g++)
		trial_flush(t, g);
	trial_check_all(t);
	for (unsigned i = 0; i < t->w.islands; i++) {
		struct request q = {.what = ASK_ZAP, .tables = -1};

		q.gpa = t->w.island[i].gpa;
		q.size = t->w.island[i].end - q.gpa;
		trial_do(t, &q);
	}
	trial_check_all(t);
	if (t->failed)
		return;
	trial_note(t, "the end");
	referee_stop(t->r, &t->tree);
	referee_drain(t->r, referee_cache(t->r));
	counts = referee_counts(t->r);
	if (!referee_clean(t->r))
		trial_fail(t, "%s", referee_violations(t->r));
	if (counts.tables || counts.roots)
		trial_fail(t, "%u tables and %u roots are leaked", counts.tables, counts.roots);
	if (counts.warnings)
		trial_fail(t, "the library warns: %s", referee_warning(t->r));
}
