/* SPDX-License-Identifier: BSD-2-Clause */
#include "world.h"

#include "traced.h"

#include <fake.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 8192, MAX_MODEL_TABLES = 4 };

const struct setup setups[] = {
	{"fake-o", &tdp_fake_o, &tdp_fake_o_engine, 20, TDP_CAP_HW_A | TDP_CAP_HW_D, false, REF_FAKE_O, REF_HAS_1G},
	{"fake-b", &tdp_fake_b, &tdp_fake_b_engine, 20, 0, true, REF_FAKE_B, REF_HAS_1G},
	{"ept", &tdp_ept, &tdp_ept_engine, 48, TDP_CAP_HW_A | TDP_CAP_HW_D, false, REF_EPT, REF_HAS_1G},
	{"ept-noad", &tdp_ept_noad, &tdp_ept_noad_engine, 48, 0, false, REF_EPT, REF_HAS_1G},
	{"npt", &tdp_npt, &tdp_npt_engine, 48, TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_NX, false, REF_NPT, REF_HAS_1G | REF_HAS_NX},
	{"s2", &tdp_s2_4k, &tdp_s2_4k_engine, 40, 0, true, REF_S2, REF_HAS_1G},
	{"s2-48", &tdp_s2_4k, &tdp_s2_4k_engine, 48, 0, true, REF_S2, REF_HAS_1G},
	{0},
};

const struct setup *setup_find(const char *name)
{
	for (const struct setup *s = setups; s->name; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

int page_number(const struct world *w, tdp_gpa_t gpa)
{
	uint64_t unit = gpa / w->unit_size, page = gpa % w->unit_size / PAGE;

	return unit < UNITS && page < w->unit_pages ? (int)(unit * w->unit_pages + page) : -1;
}

tdp_gpa_t page_gpa(const struct world *w, unsigned page)
{
	return page / w->unit_pages * w->unit_size + page % w->unit_pages * (uint64_t)PAGE;
}

tdp_hpa_t page_hpa(unsigned where, tdp_gpa_t gpa)
{
	return (where + UINT64_C(1)) * (UINT64_C(1) << 36) + gpa;
}

static bool on_table_alloc(void *ctx, void *user, struct tdp_table *out)
{
	struct world *w = ctx;

	(void)user;
	return pool_alloc(&w->pool, out);
}

static void on_table_free(void *ctx, const struct tdp_table *table)
{
	struct world *w = ctx;

	trace_freed(table->va);
	pool_free(&w->pool, table);
}

/* Adds one to a word for each modelled page of a range; size 0: of all. */
static void count(struct world *w, tdp_gpa_t gpa, uint64_t size, size_t member)
{
	tdp_gpa_t end = size == 0 || gpa + size > UNITS * w->unit_size ? UNITS * w->unit_size : gpa + size;

	while (gpa < end) {
		int page = page_number(w, gpa);

		if (page < 0) {
			gpa = (gpa / w->unit_size + 1) * w->unit_size;
			continue;
		}
		__atomic_fetch_add((uint32_t *)(void *)((char *)&w->seen[page] + member), 1, __ATOMIC_RELAXED);
		gpa += PAGE;
	}
}

/* Lets others run now and then, where a hook is called: what a call has frozen stays frozen meanwhile. */
static void dawdle(void)
{
	static _Thread_local unsigned calls;

	if (++calls % 4 == 0)
		sched_yield();
}

static void on_flush(void *ctx, void *user, const struct tdp_flush *flush)
{
	(void)user;
	dawdle();
	if (flush->local) /* that is for one CPU, and takes no promise back */
		return;
	trace_flush(flush->tree, flush->gpa, flush->size, flush->level, flush->tables != 0);
	count(ctx, flush->size ? flush->gpa : 0, flush->size, offsetof(struct page_seen, flushes));
}

static void on_dirty(void *ctx, void *user, tdp_gpa_t gpa, uint64_t size)
{
	(void)user;
	count(ctx, gpa, size, offsetof(struct page_seen, reports));
}

static void on_barrier(void *ctx)
{
	(void)ctx;
	dawdle();
	trace_barrier();
}

static void on_page_sync(void *ctx, tdp_hpa_t hpa, uint64_t size, bool data, bool exec)
{
	(void)hpa;
	(void)size;
	(void)data;
	(void)exec;
	(void)ctx;
	dawdle();
}

static void on_relax(void *ctx, void *user)
{
	(void)ctx;
	(void)user;
	sched_yield();
}

/* Every third time, in each thread. */
static bool on_should_yield(void *ctx, void *user)
{
	static _Thread_local unsigned asked;

	(void)ctx;
	(void)user;
	return ++asked % 3 == 0;
}

static void on_warn(void *ctx, const char *what, const struct tdp_visit *where)
{
	struct world *w = ctx;

	(void)where;
	printf("# warning: %s\n", what);
	__atomic_fetch_add(&w->warnings, 1, __ATOMIC_RELAXED);
}

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "threads: %s\n", what);
	abort();
}

/* The poison of a freed table: a page that is never mapped. */
static uint64_t poison(const struct world *w)
{
	tdp_spte_t entry = 0;

	must(tdp_encode_leaf(&w->layout, 0, POOL_HPA, (struct tdp_attrs){.prot = TDP_RWX}, &entry) == TDP_OK, "no poison");
	return entry;
}

void world_start(struct world *w, const struct setup *setup, const struct rcu_kind *rcu, unsigned threads, bool relax)
{
	struct tdp_caps caps = {.hpa_bits = 40, .leaf_levels = 7, .features = setup->features};
	struct tdp_config config = {.engine = setup->engine, .layout = &w->layout, .ops = &w->ops, .ctx = w};
	struct tdp_regs regs;
	uint64_t pages;

	*w = (struct world){.setup = setup, .rcu = rcu, .threads = threads};
	must(tdp_layout_make(&w->layout, setup->format, &caps, setup->gpa_bits) == TDP_OK, "no layout");
	w->unit_size = tdp_level_size(&w->layout, 2);
	w->table_pages = (unsigned)(tdp_level_size(&w->layout, 1) / PAGE);
	pages = w->unit_size / PAGE;
	w->unit_pages = pages > MAX_MODEL_TABLES * w->table_pages ? 2 * w->table_pages : (unsigned)pages;
	w->page = calloc((size_t)UNITS * w->unit_pages, sizeof(*w->page));
	w->seen = calloc((size_t)UNITS * w->unit_pages, sizeof(*w->seen));
	w->named = calloc((size_t)UNITS * w->unit_pages, sizeof(*w->named));
	w->collected = (struct tdp_bitmap){.pages = w->unit_size / PAGE, .page_lg2 = 12};
	w->collected.words = calloc((w->collected.pages + 63) / 64, sizeof(*w->collected.words));
	must(w->page && w->seen && w->named && w->collected.words, "no memory");
	pool_start(&w->pool, FRAMES, POOL_HPA, poison(w));
	w->ops = (struct tdp_mm_ops){
		.size = sizeof(w->ops),
		.va_offset = pool_offset(&w->pool),
		.table_alloc = on_table_alloc,
		.table_free = on_table_free,
		.flush = on_flush,
		.walker_barrier = setup->barriers ? on_barrier : NULL,
		.page_sync = setup->barriers ? on_page_sync : NULL,
		.dirty = on_dirty,
		.relax = relax ? on_relax : NULL,
		.should_yield = on_should_yield,
		.yield = relax ? on_relax : NULL,
		.warn = on_warn,
	};
	/* Not a recursive one: no call is made inside another. */
	pthread_mutex_init(&w->serial, NULL);
	pthread_mutex_init(&w->collecting, NULL);
	config.rcu = rcu->rcu;
	config.flags = rcu->tree_flags;
	config.root = pool_root(&w->pool);
	must(tdp_tree_init(&w->tree, &config) == TDP_OK, "no tree");
	must(tdp_tree_load(&w->tree, &regs) == TDP_OK, "not loaded");
	w->machine = (struct ref_machine){
		.kind = setup->hw_kind, .features = setup->hw_features, .hpa_bits = 40, .base = regs.base, .control = regs.control};
	if (setup->format == &tdp_s2_4k)
		trace_begin(&w->tree,
			    &(struct trace_memory){(uint64_t *)(void *)w->pool.mem, POOL_HPA, (size_t)w->pool.frames * POOL_FRAME},
			    regs.base, regs.control);
}

bool world_stop(struct world *w)
{
	bool good;

	tdp_tree_unload(&w->tree, NULL);
	trace_end(&w->tree);
	tdp_tree_fini(&w->tree, NULL);
	good = w->pool.allocs == w->pool.frees && w->pool.wrong == 0 && w->warnings == 0;
	printf("# tables: %lu allocated, %lu freed, %lu wrongly; %lu warnings\n", w->pool.allocs, w->pool.frees, w->pool.wrong,
	       w->warnings);
	pool_stop(&w->pool);
	pthread_mutex_destroy(&w->serial);
	pthread_mutex_destroy(&w->collecting);
	free(w->page);
	free(w->seen);
	free(w->named);
	free(w->collected.words);
	return good;
}
