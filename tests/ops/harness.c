/* SPDX-License-Identifier: BSD-2-Clause */
#include "harness.h"

#include <stdarg.h>
#include <stdio.h>
#include <trace.h>

enum { FRAMES = 4096, POOL = 64 };

static const char *const mode_names[] = {[ALONE] = "", [SHARED] = ", shared", [KEEPING] = ", shared and kept"};

void harness_fail(struct harness *h, int line, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	cr_assert_fail("%s%s: line %d: %s", h->setup->name, mode_names[h->mode], line, text);
	abort(); /* not reached */
}

void harness_same(struct harness *h, int line, uint64_t actual, uint64_t expected, const char *what)
{
	if (actual != expected)
		harness_fail(h, line, "%s is %#" PRIx64 ", not %#" PRIx64, what, actual, expected);
}

/* ---- life ---- */

/* The layout that the setup's machine gives. */
static void make_layout(struct harness *h)
{
	struct tdp_caps caps = setup_caps(h->setup);
	unsigned lg2;

	caps.features |= h->setting->caps;
	SAME(tdp_layout_make(&h->layout, h->setup->format, &caps, h->setup->gpa_bits), TDP_OK);
	h->p = tdp_level_size(&h->layout, 0);
	h->b = tdp_level_size(&h->layout, 1);
	h->g = tdp_level_size(&h->layout, 2);
	h->n = h->b / h->p;
	h->t = h->g * h->n;
	h->end = UINT64_C(1) << h->layout.gpa_bits;
	h->sw = (uint8_t)((1u << tdp_sw_bits(&h->layout)) - 1);
	lg2 = h->layout.hpa_bits;
	SAME(lg2, h->setup->hpa_bits);
}

void harness_start(struct harness *h, const struct setup *setup, const struct setting *setting, enum mode mode)
{
	struct referee_config config = {
		.kind = setup->kind,
		.features = setup->ref_features | setting->ref_features,
		.hpa_bits = setup->hpa_bits,
		.table_lg2 = setup->format->page_lg2,
		.frames = FRAMES,
		.lazy = setting->lazy,
		.no_adversary = setting->quiet,
		.noncoherent = setting->noncoherent,
		.shared = setting->shared || mode == SHARED,
		.check_sync = setting->check_sync,
		.map_tables = setting->map_tables,
	};
	uint32_t flags = setting->flags;

	*h = (struct harness){.setup = setup, .setting = setting, .mode = mode, .shared = mode != ALONE};
	h->bbm = (setup->traits & BREAK) != 0;
	h->hw_d = (setup->traits & HW_D) != 0;
	make_layout(h);
	h->r = referee_new(&config);
	h->cache = h->shared ? referee_cache(h->r) : NULL;
	if (setting->hooks)
		setting->hooks(referee_ops(h->r));
	if (setting->by_hand)
		return;
	flags |= mode == KEEPING ? TDP_TREE_KEEP_TABLES : 0;
	SAME(referee_start(h->r, &h->tree, setup->engine, &h->layout, flags, 1), TDP_OK);
	harness_tables(h, POOL);
}

void harness_stop(struct harness *h)
{
	h->stopped = true;
	referee_stop(h->r, &h->tree);
	referee_drain(h->r, referee_cache(h->r));
}

struct tdp_table harness_unloaded(struct harness *h, uint32_t flags)
{
	const struct tdp_config config = {.engine = h->setup->engine,
					  .layout = &h->layout,
					  .ops = referee_ops(h->r),
					  .ctx = h->r,
					  .root = referee_root(h->r, tdp_root_size(&h->layout)),
					  .pool = referee_cache(h->r),
					  .flags = flags};

	SAME(tdp_tree_init(&h->tree, &config), TDP_OK);
	harness_tables(h, 20);
	return config.root;
}

void harness_unloaded_end(struct harness *h, const struct tdp_table *root)
{
	struct tdp_table same;

	tdp_tree_fini(&h->tree, &same);
	SAME(same.hpa, root->hpa);
	referee_root_free(h->r, &same, tdp_root_size(&h->layout));
	referee_drain(h->r, referee_cache(h->r));
}

/* Fails the test at the first violation of an invariant. */
static void invariant_violated(void *arg, unsigned invariant, const struct tdp_visit *where)
{
	struct harness *h = arg;

	harness_fail(h, 0, "tdp_verify: invariant %u, gpa %#" PRIx64 " level %u: %#" PRIx64, invariant, where->gpa,
		     where->entry.level, where->entry.raw);
}

void harness_finish(struct harness *h)
{
	struct referee_counts counts;

	if (!h->setting->by_hand && !h->stopped) {
		if (!h->setting->corrupt)
			SAME(tdp_verify(&h->tree, invariant_violated, h), TDP_OK);
		harness_stop(h);
	}
	if (!h->setting->corrupt && !referee_clean(h->r))
		harness_fail(h, 0, "at the end:\n%s", referee_violations(h->r));
	counts = referee_counts(h->r);
	SAME(counts.tables, 0);
	SAME(counts.roots, 0);
	if (!h->setting->corrupt)
		SAME(counts.warnings, 0);
	referee_free(h->r);
}

/* Every setup that the setting allows, in one mode. */
static unsigned each_setup(const struct setting *setting, void (*test)(struct harness *h), enum mode mode)
{
	const struct setup *setup;
	unsigned runs = 0;

	for (unsigned i = 0; (setup = setup_at(i)) != NULL; i++) {
		static struct harness h; /* in one place, so that a debugger finds it */

		if ((setup->traits & setting->with) != setting->with || (setup->traits & setting->without))
			continue;
		if ((setup->traits & ASIDE) && !(setting->with & WIDE))
			continue;
		harness_start(&h, setup, setting, mode);
		test(&h);
		harness_finish(&h);
		runs++;
	}
	return runs;
}

void harness_each(const struct setting *setting, void (*test)(struct harness *h))
{
	const unsigned modes = setting->modes ? setting->modes : ALONE;
	unsigned runs = 0;

	for (unsigned mode = ALONE; mode <= KEEPING; mode <<= 1)
		if (modes & mode)
			runs += each_setup(setting, test, (enum mode)mode);
	cr_assert(runs > 0, "no setup is like that");
}

/* ---- calls ---- */

void harness_tables(struct harness *h, unsigned n)
{
	struct tdp_cache *pool = referee_cache(h->r);

	if (tdp_cache_count(pool) > n)
		referee_drain(h->r, pool);
	SAME(tdp_cache_fill(pool, n, referee_ops(h->r), h->r, NULL), TDP_OK);
	SAME(tdp_cache_count(pool), n);
}

void harness_before(struct harness *h, const char *call)
{
	if (h->shared && !h->op.cache)
		h->op.cache = h->cache;
	h->call = call;
	h->before = referee_counts(h->r);
	h->pool = tdp_cache_count(referee_cache(h->r));
	referee_log_reset(h->r);
	referee_begin(h->r, call, h->op.gather);
	if (h->setting->corrupt)
		trace_end(NULL); /* it would show what the test does by hand */
}

void harness_after(struct harness *h, int line, enum tdp_result want, enum tdp_result got, const char *call)
{
	referee_end(h->r);
	if (got != want)
		harness_fail(h, line, "%s is %s, not %s", call, tdp_result_name(got), tdp_result_name(want));
	if (!h->setting->corrupt && !referee_clean(h->r))
		harness_fail(h, line, "%s:\n%s", call, referee_violations(h->r));
}

void harness_gather_flush(struct harness *h, int line, struct tdp_gather *gather)
{
	h->before = referee_counts(h->r);
	referee_log_reset(h->r);
	referee_gather_flush(h->r, gather, NULL);
	if (!referee_clean(h->r))
		harness_fail(h, line, "tdp_gather_flush():\n%s", referee_violations(h->r));
}

enum tdp_result map_at(struct harness *h, unsigned level, tdp_gpa_t gpa, uint64_t size, tdp_hpa_t hpa, struct tdp_attrs attrs)
{
	struct tdp_op op = {.max_level_plus1 = (uint8_t)(level + 1), .cache = h->cache};

	return tdp_map(&h->tree, gpa, size, hpa, attrs, &op);
}

/* What was counted between two moments; numbers of what exists stay. */
static struct referee_counts counts_less(struct referee_counts now, struct referee_counts before)
{
	now.frees -= before.frees;
	now.flushes -= before.flushes;
	now.barriers -= before.barriers;
	now.cleans -= before.cleans;
	now.syncs -= before.syncs;
	now.dirties -= before.dirties;
	now.stores -= before.stores;
	now.loads -= before.loads;
	return now;
}

void harness_pause(struct harness *h, void (*work)(struct harness *h))
{
	const struct tdp_op op = h->op;
	const char *call = h->call;
	const unsigned pool = tdp_cache_count(referee_cache(h->r));
	struct referee_counts done = harness_delta(h), now;
	unsigned taken = h->pool - pool;

	if (op.gather)
		referee_gather_due(h->r, op.gather);
	referee_end(h->r);
	if (!referee_clean(h->r))
		harness_fail(h, 0, "%s pauses:\n%s", call, referee_violations(h->r));
	WITH(0);
	work(h);
	h->op = op;
	h->call = call;
	now = referee_counts(h->r);
	h->before = counts_less(now, done);
	h->pool = tdp_cache_count(referee_cache(h->r)) + taken;
	referee_log_reset(h->r);
	referee_begin(h->r, call, op.gather);
}

/* ---- what the last call did ---- */

struct referee_counts harness_delta(const struct harness *h)
{
	return counts_less(referee_counts(h->r), h->before);
}

void harness_flush_is(struct harness *h, int line, unsigned i, tdp_gpa_t gpa, uint64_t size, int level, bool tables)
{
	const struct tdp_flush *f = referee_flush(h->r, i);

	if (!f)
		harness_fail(h, line, "there is no flush %u", i);
	if (f->tree != &h->tree || f->gpa != gpa || f->size != size || f->level != level || f->tables != tables || f->local)
		harness_fail(h, line,
			     "flush %u: gpa %#" PRIx64 " size %#" PRIx64 " level %d tables %u local %u, not gpa %#" PRIx64
			     " size %#" PRIx64 " level %d tables %d",
			     i, f->gpa, f->size, f->level, f->tables, f->local, gpa, size, level, tables);
}

void harness_reported(struct harness *h, int line, tdp_gpa_t gpa, uint64_t size)
{
	uint64_t bytes = referee_reported_bytes(h->r);

	if (bytes != size)
		harness_fail(h, line, "%#" PRIx64 " bytes were reported, not %#" PRIx64, bytes, size);
	for (uint64_t done = 0; done < size; done += h->p)
		if (!referee_reported(h->r, gpa + done))
			harness_fail(h, line, "gpa %#" PRIx64 " was not reported", gpa + done);
}
