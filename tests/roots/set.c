/* SPDX-License-Identifier: BSD-2-Clause */
#include "set.h"

#include <fake.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 16384 };
#define LOW_HPA UINT64_C(0x100000) /* below 4 GiB, for per-vCPU roots */

static unsigned checks, failures;

void check(bool good, const char *what)
{
	failures += !good;
	printf("%sok %u - %s\n", good ? "" : "not ", ++checks, what);
	fflush(stdout);
}

int check_done(void)
{
	printf("1..%u\n", checks);
	return failures != 0;
}

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "roots: %s\n", what);
	abort();
}

static void add(unsigned *counter, unsigned n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

static bool on_table_alloc(void *ctx, void *user, struct tdp_table *out)
{
	struct set *s = ctx;

	(void)user;
	return pool_alloc(&s->pool, out);
}

static void on_table_free(void *ctx, const struct tdp_table *table)
{
	struct set *s = ctx;

	pool_free(&s->pool, table);
}

static void on_flush(void *ctx, void *user, const struct tdp_flush *flush)
{
	struct set *s = ctx;

	(void)user;
	if (flush->local)
		return;
	if (s->on_flush)
		s->on_flush(s->arg, flush->tree);
	add(&s->n.flushes, 1);
	add(&s->n.table_flushes, flush->tables);
}

static void on_dirty(void *ctx, void *user, tdp_gpa_t gpa, uint64_t size)
{
	struct set *s = ctx;

	(void)user;
	(void)gpa;
	add(&s->n.dirty_pages, (unsigned)(size / PAGE));
}

static void on_relax(void *ctx, void *user)
{
	(void)ctx;
	(void)user;
	sched_yield();
}

static bool on_should_yield(void *ctx, void *user)
{
	const struct set *s = ctx;

	(void)user;
	return s->pause;
}

static void on_yield(void *ctx, void *user)
{
	struct set *s = ctx;

	(void)user;
	add(&s->n.yields, 1);
	if (s->on_yield)
		s->on_yield(s->arg);
	sched_yield();
}

static void on_kick(void *ctx, void *user, const struct tdp_tree *tree)
{
	struct set *s = ctx;

	(void)user;
	add(&s->n.kicks, 1);
	if (s->on_kick)
		s->on_kick(s->arg, tree);
}

static void on_warn(void *ctx, const char *what, const struct tdp_visit *where)
{
	struct set *s = ctx;

	(void)where;
	printf("# warning: %s\n", what);
	add(&s->n.warnings, 1);
}

/* A root of one vCPU: a small part of a page, as an embedder would have one page for many of them. */
static bool root_alloc(struct set *s, struct tdp_table *root)
{
	const struct tdp_table all = pool_root(&s->pool);

	for (unsigned i = 0; i < ROOTS; i++) {
		const uint64_t bit = UINT64_C(1) << i % 64;

		if (__atomic_fetch_or(&s->roots_used[i / 64], bit, __ATOMIC_ACQUIRE) & bit)
			continue;
		root->va = (uint8_t *)all.va + (size_t)i * ROOT_BYTES;
		root->hpa = all.hpa + (uint64_t)i * ROOT_BYTES;
		return true;
	}
	return false;
}

static void root_free(struct set *s, const struct tdp_table *root)
{
	const uint64_t i = (root->hpa - pool_root(&s->pool).hpa) / ROOT_BYTES;

	memset(root->va, 0xa5, ROOT_BYTES);
	must(i < ROOTS && (__atomic_fetch_and(&s->roots_used[i / 64], ~(UINT64_C(1) << i % 64), __ATOMIC_RELEASE) >> i % 64 & 1),
	     "freed what is no root");
}

static struct tdp_tree *on_tree_alloc(void *ctx, const struct tdp_role *role, struct tdp_table *root, uint32_t *tag)
{
	struct set *s = ctx;
	struct tdp_tree *tree;

	if (s->refuse > 0) {
		s->refuse--;
		return NULL;
	}
	must(tdp_root_size(role->layout) <= PAGE, "a root of several tables");
	tree = aligned_alloc(64, sizeof(*tree));
	must(tree && (tdp_root_is_per_vcpu(role->layout) ? root_alloc(s, root) : pool_alloc(&s->pool, root)), "no memory");
	*tag = role->space;
	add(&s->n.trees, 1);
	if (s->on_tree_alloc)
		s->on_tree_alloc(s->arg);
	return tree;
}

static void on_tree_free(void *ctx, struct tdp_tree *tree, const struct tdp_table *root)
{
	struct set *s = ctx;

	if (root->hpa - pool_root(&s->pool).hpa < ROOTS * ROOT_BYTES) /* the tree may never have been made */
		root_free(s, root);
	else
		pool_free(&s->pool, root);
	memset(tree, 0xa5, sizeof(*tree));
	free(tree);
	add(&s->n.trees, ~0u);
}

static void on_lock(void *ctx)
{
	struct set *s = ctx;

	pthread_mutex_lock(&s->lock);
}

static void on_unlock(void *ctx)
{
	struct set *s = ctx;

	pthread_mutex_unlock(&s->lock);
}

static const struct {
	const char *name;
	const struct tdp_format *format;
	const struct tdp_engine *engine;
	unsigned gpa_bits;
} formats[] = {
	{"fake-o", &tdp_fake_o, &tdp_fake_o_engine, 20},
	{"fake-b", &tdp_fake_b, &tdp_fake_b_engine, 20},
	{"ept", &tdp_ept, &tdp_ept_engine, 48},
	{"s2-4k", &tdp_s2_4k, &tdp_s2_4k_engine, 39},
	{"npt-pae", &tdp_npt_pae, &tdp_npt_pae_engine, 32},
};

/* Layouts of the format, and of one whose roots are a vCPU's own. */
static void set_layouts(struct set *s, const char *format)
{
	const struct tdp_caps caps = {.hpa_bits = 40, .leaf_levels = 7, .features = TDP_CAP_HW_A | TDP_CAP_HW_D};
	unsigned i = 0;

	while (strcmp(formats[i].name, format) != 0)
		must(++i < sizeof(formats) / sizeof(formats[0]), "no such format");
	s->engine = formats[i].engine;
	must(tdp_layout_make(&s->layout, formats[i].format, &caps, formats[i].gpa_bits) == TDP_OK, "no layout");
	must(tdp_layout_make(&s->pae, &tdp_npt_pae, &caps, 32) == TDP_OK, "no layout");
}

void set_start(struct set *s, const char *format, const char *rcu, bool kick, bool relax)
{
	struct tdp_roots_config config = {
		.common = {.ops = &s->ops, .ctx = s}, .tree_alloc = on_tree_alloc, .tree_free = on_tree_free};
	tdp_spte_t poison = 0;

	*s = (struct set){.rcu = rcu_find(rcu)};
	must(s->rcu != NULL, "no such RCU");
	set_layouts(s, format);
	must(tdp_encode_leaf(&s->layout, 0, LOW_HPA, (struct tdp_attrs){.prot = TDP_RWX}, &poison) == TDP_OK, "no poison");
	pool_start(&s->pool, FRAMES, LOW_HPA, poison);
	s->ops = (struct tdp_mm_ops){
		.size = sizeof(s->ops),
		.va_offset = pool_offset(&s->pool),
		.table_alloc = on_table_alloc,
		.table_free = on_table_free,
		.flush = on_flush,
		.dirty = on_dirty,
		.relax = relax ? on_relax : NULL,
		.kick = kick ? on_kick : NULL,
		.should_yield = on_should_yield,
		.yield = relax ? on_yield : NULL,
		.warn = on_warn,
	};
	pthread_mutex_init(&s->lock, NULL);
	if (s->rcu->start)
		s->rcu->start();
	if (s->rcu->enter_thread)
		s->rcu->enter_thread();
	config.common.rcu = s->rcu->rcu;
	config.common.flags = s->rcu->tree_flags;
	config.lock = on_lock;
	config.unlock = on_unlock;
	must(tdp_roots_init(&s->roots, &config) == TDP_OK, "no set");
}

bool set_stop(struct set *s)
{
	struct tdp_table table;
	bool good;

	if (s->rcu->offline)
		s->rcu->offline();
	tdp_roots_fini(&s->roots);
	if (s->rcu->online)
		s->rcu->online();
	while (tdp_cache_take(&s->cache, &table))
		pool_free(&s->pool, &table);
	good = s->pool.allocs == s->pool.frees && s->pool.wrong == 0 && s->n.trees == 0 && s->n.warnings == 0;
	for (unsigned i = 0; i < ROOTS / 64; i++)
		good = good && s->roots_used[i] == 0;
	if (!good)
		printf("# tables: %lu allocated, %lu freed, %lu wrongly; %u trees left; %u warnings\n", s->pool.allocs,
		       s->pool.frees, s->pool.wrong, s->n.trees, s->n.warnings);
	if (s->rcu->leave_thread)
		s->rcu->leave_thread();
	if (s->rcu->stop)
		s->rcu->stop();
	pool_stop(&s->pool);
	pthread_mutex_destroy(&s->lock);
	return good;
}

struct tdp_role set_role(const struct set *s, uint32_t space, uint32_t mode)
{
	return (struct tdp_role){.space = space, .mode = mode, .engine = s->engine, .layout = &s->layout};
}

tdp_hpa_t set_hpa(tdp_gpa_t gpa)
{
	return (UINT64_C(1) << 36) + gpa;
}

enum tdp_result set_map(struct set *s, struct tdp_tree *tree, struct tdp_cache *cache, tdp_gpa_t gpa, unsigned n)
{
	enum tdp_result r = TDP_OK;

	for (unsigned i = 0; i < n && r >= 0; i++, gpa += PAGE) {
		struct tdp_op op = {.cache = cache};
		struct tdp_fault f = {.gpa = gpa,
				      .base = gpa,
				      .access = TDP_WRITE,
				      .backing = {.hpa = set_hpa(gpa), .size = PAGE, .attrs = {.prot = TDP_RWX}}};

		r = tdp_cache_fill(cache, TDP_FAULT_TABLES, &s->ops, s, NULL);
		if (r >= 0)
			r = tdp_fault(tree, &f, &op);
	}
	return r;
}

void set_settle(struct set *s)
{
	/* A retired chain, then the tree that it kept, each behind a grace period of its own. */
	for (unsigned i = 0; s->rcu->rcu && i < 8; i++)
		s->rcu->rcu->barrier(NULL);
}

bool set_is_tight(struct set *s)
{
	bool tight;

	pthread_mutex_lock(&s->pool.mutex);
	tight = s->pool.allocs - s->pool.frees > FRAMES / 2;
	pthread_mutex_unlock(&s->pool.mutex);
	return tight;
}
