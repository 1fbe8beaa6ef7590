/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * roots-threads: vCPUs run in trees of a set and switch between them, while other threads invalidate, reap and zap them. A vCPU's hardware
 * is a walker of its own that reads tables without asking anybody, and remembers where upper entries lead until it is told to forget: it
 * must never come across a freed table.
 */
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../random/rng.h"
#include "set.h"

enum { VCPUS = 3, REAPERS = 2, ROLES = 4, PAGES = 64, ROOT_ENTRIES = 4 };

struct vcpu {
	struct vm *vm;
	struct rng rng;
	struct tdp_cache cache;
	struct tdp_prev prev;
	struct tdp_tree *inside;	  /* where the kick looks */
	bool out;			  /* leave, says a kick */
	pthread_mutex_t walk;		  /* held during a walk: who takes it has waited for the walks before */
	tdp_hpa_t cached[ROOT_ENTRIES];	  /* where root entries lead; 0: look. Under walk */
	unsigned long runs, walks, wrong; /* wrong: walks that led where nobody mapped */
};

struct vm {
	struct set s;
	struct vcpu vcpu[VCPUS];
	unsigned steps;
	uint64_t seed;
	unsigned running;	     /* vCPUs that are not done */
	unsigned long reaped, wrong; /* wrong: results that no call may have */
};

/* Every vCPU that is inside this tree leaves it. */
static void kick(void *arg, const struct tdp_tree *tree)
{
	struct vm *vm = arg;

	for (unsigned i = 0; i < VCPUS; i++)
		while (__atomic_load_n(&vm->vcpu[i].inside, __ATOMIC_ACQUIRE) == tree) {
			__atomic_store_n(&vm->vcpu[i].out, true, __ATOMIC_RELAXED);
			sched_yield();
		}
}

static void forget(struct vcpu *v)
{
	pthread_mutex_lock(&v->walk);
	memset(v->cached, 0, sizeof(v->cached));
	pthread_mutex_unlock(&v->walk);
}

/* Nothing of this tree from before is cached, and no walk that began before is still under way. */
static void flush(void *arg, const struct tdp_tree *tree)
{
	struct vm *vm = arg;

	for (unsigned i = 0; i < VCPUS; i++)
		if (__atomic_load_n(&vm->vcpu[i].inside, __ATOMIC_ACQUIRE) == tree)
			forget(&vm->vcpu[i]);
}

/* What the entry at gpa says, in a table of entries of this level. A wild address says that a freed table was read. */
static struct tdp_entry read_entry(struct vcpu *v, tdp_hpa_t table, unsigned level, tdp_gpa_t gpa)
{
	const struct set *s = &v->vm->s;
	uint64_t index = gpa / tdp_level_size(&s->layout, level) % (tdp_table_size(&s->layout) / sizeof(tdp_spte_t));
	struct tdp_entry entry = {0};

	if (table < s->pool.hpa || table >= s->pool.hpa + (uint64_t)s->pool.frames * POOL_FRAME) {
		v->wrong++;
		return entry;
	}
	tdp_decode(&s->layout, TDP_FOREIGN, level,
		   __atomic_load_n((const tdp_spte_t *)(uintptr_t)(table + s->ops.va_offset) + index, __ATOMIC_ACQUIRE), &entry);
	return entry;
}

/* The table below the root on the way to gpa, from the cache if it is there; 0: none. */
static tdp_hpa_t upper(struct vcpu *v, struct tdp_tree *tree, tdp_gpa_t gpa)
{
	const struct tdp_layout *layout = &v->vm->s.layout;
	unsigned top = layout->top_level, index = (unsigned)(gpa / tdp_level_size(layout, top));
	struct tdp_layout ignored;
	struct tdp_entry entry;
	struct tdp_regs regs;
	tdp_hpa_t root;

	if (v->cached[index])
		return v->cached[index];
	if (tdp_tree_regs(tree, &regs) != TDP_OK || tdp_layout_from_regs(&ignored, layout->format, &regs, &root) != TDP_OK)
		return 0;
	entry = read_entry(v, root, top, gpa);
	if (entry.kind == TDP_TABLE)
		v->cached[index] = entry.hpa;
	return v->cached[index];
}

/* What the CPU's hardware does with an access to a page. false: a fault. */
static bool translate(struct vcpu *v, struct tdp_tree *tree, tdp_gpa_t gpa)
{
	struct tdp_entry entry = {0};
	unsigned level = v->vm->s.layout.top_level;

	pthread_mutex_lock(&v->walk);
	entry.kind = TDP_TABLE;
	entry.hpa = upper(v, tree, gpa);
	while (entry.kind == TDP_TABLE && entry.hpa && level > 0)
		entry = read_entry(v, entry.hpa, --level, gpa);
	pthread_mutex_unlock(&v->walk);
	if (entry.kind != TDP_LEAF)
		return false;
	v->walks++;
	v->wrong += entry.hpa + gpa % entry.size != set_hpa(gpa);
	return true;
}

/* Outside; a CPU that leaves forgets. */
static void leave(struct vcpu *v)
{
	forget(v);
	__atomic_store_n(&v->inside, NULL, __ATOMIC_RELEASE);
	__atomic_store_n(&v->out, false, __ATOMIC_RELAXED);
}

/* Runs in a tree until a kick, or for a while. */
static void run(struct vcpu *v, struct tdp_tree *tree)
{
	__atomic_store_n(&v->inside, tree, __ATOMIC_RELAXED);
	if (!tdp_roots_enter(tree)) {
		leave(v);
		return;
	}
	v->runs++;
	for (unsigned i = 0; i < 30 && !__atomic_load_n(&v->out, __ATOMIC_RELAXED); i++) {
		tdp_gpa_t gpa = rng_below(&v->rng, PAGES) * (tdp_gpa_t)PAGE * 4;
		enum tdp_result r;

		if (i % 4 == 0) /* guests take their time */
			sched_yield();
		if (translate(v, tree, gpa))
			continue;
		r = set_map(&v->vm->s, tree, &v->cache, gpa, 1);
		if (r == TDP_STALE_ROOT)
			break;
		if (r < 0 && r != TDP_BUSY && r != TDP_RACE)
			__atomic_fetch_add(&v->vm->wrong, 1, __ATOMIC_RELAXED);
	}
	leave(v);
}

/* Around a thread's life, and now and then. */
static void enter_thread(const struct rcu_kind *rcu)
{
	if (rcu->enter_thread)
		rcu->enter_thread();
}

static void leave_thread(const struct rcu_kind *rcu)
{
	if (rcu->leave_thread)
		rcu->leave_thread();
}

static void between(const struct rcu_kind *rcu)
{
	if (rcu->between)
		rcu->between();
}

static void *vcpu_thread(void *arg)
{
	struct vcpu *v = arg;
	struct vm *vm = v->vm;

	enter_thread(vm->s.rcu);
	for (unsigned i = 0; i < vm->steps; i++) {
		unsigned n = rng_below(&v->rng, ROLES);
		struct tdp_role role = set_role(&vm->s, n % 2, n / 2);
		struct tdp_tree *tree;

		if (tdp_prev_switch(&v->prev, &vm->s.roots, &role, 0, &tree) == TDP_OK)
			run(v, tree);
		else
			__atomic_fetch_add(&vm->wrong, 1, __ATOMIC_RELAXED);
		between(vm->s.rcu);
	}
	tdp_prev_drop(&v->prev, &vm->s.roots);
	__atomic_fetch_sub(&vm->running, 1, __ATOMIC_RELEASE);
	leave_thread(vm->s.rcu);
	return NULL;
}

static bool any_running(const struct vm *vm)
{
	return __atomic_load_n(&vm->running, __ATOMIC_ACQUIRE) != 0;
}

/* Invalidates, and reaps; several of these help each other. */
static void *reaper_thread(void *arg)
{
	struct vm *vm = arg;
	struct rng rng = rng_seed(vm->seed + 77);

	enter_thread(vm->s.rcu);
	while (any_running(vm)) {
		struct tdp_filter filter = {.spaces = 1 + rng_below(&rng, 3)};
		struct tdp_op op = {.flags = rng_percent(&rng, 50) ? TDP_MAY_YIELD : 0};
		enum tdp_result r;

		if (rng_percent(&rng, 30))
			tdp_roots_invalidate(&vm->s.roots, &filter);
		r = tdp_roots_reap(&vm->s.roots, &op);
		if (r == TDP_OK)
			__atomic_fetch_add(&vm->reaped, 1, __ATOMIC_RELAXED);
		if (set_is_tight(&vm->s)) /* grace periods take longer than we to fill the memory */
			set_settle(&vm->s);
		if (r < 0)
			__atomic_fetch_add(&vm->wrong, 1, __ATOMIC_RELAXED);
		between(vm->s.rcu);
	}
	leave_thread(vm->s.rcu);
	return NULL;
}

/* A stretch, or tables up to the root. */
struct range {
	tdp_gpa_t gpa;
	uint64_t size;
};

static enum tdp_result zap_one(struct tdp_tree *tree, void *arg, struct tdp_op *op)
{
	const struct range *range = arg;
	enum tdp_result r = tdp_zap(tree, range->gpa, range->size, op);

	return r < 0 ? r : tdp_trim(tree, range->gpa, range->size, op);
}

/* An unmapping host: in all trees, invalid or not. */
static void *zapper_thread(void *arg)
{
	static const struct tdp_filter all = {.invalid = TDP_WITH_INVALID};
	struct vm *vm = arg;
	struct tdp_cache cache = {{0}};
	struct rng rng = rng_seed(vm->seed + 99);
	struct tdp_table table;

	enter_thread(vm->s.rcu);
	while (any_running(vm)) {
		uint64_t all_of_it = tdp_level_size(&vm->s.layout, vm->s.layout.top_level);
		struct range range = {rng_below(&rng, PAGES) * (tdp_gpa_t)PAGE * 4, 4 * PAGE};
		struct tdp_op op = {.cache = &cache, .flags = rng_percent(&rng, 30) ? TDP_MAY_YIELD : 0};

		if (rng_percent(&rng, 50))
			range = (struct range){range.gpa - range.gpa % all_of_it, all_of_it};
		if (tdp_roots_each(&vm->s.roots, &all, zap_one, &range, &op) < 0)
			__atomic_fetch_add(&vm->wrong, 1, __ATOMIC_RELAXED);
		between(vm->s.rcu);
	}
	while (tdp_cache_take(&cache, &table))
		pool_free(&vm->s.pool, &table);
	leave_thread(vm->s.rcu);
	return NULL;
}

static void spawn(pthread_t *thread, void *(*fn)(void *), void *arg)
{
	if (pthread_create(thread, NULL, fn, arg) != 0) {
		perror("roots-threads");
		abort();
	}
}

static void run_threads(struct vm *vm)
{
	pthread_t thread[VCPUS + REAPERS + 1];
	unsigned n = 0;

	vm->running = VCPUS;
	for (unsigned i = 0; i < VCPUS; i++)
		spawn(&thread[n++], vcpu_thread, &vm->vcpu[i]);
	for (unsigned i = 0; i < REAPERS; i++)
		spawn(&thread[n++], reaper_thread, vm);
	spawn(&thread[n++], zapper_thread, vm);
	if (vm->s.rcu->offline)
		vm->s.rcu->offline();
	for (unsigned i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	if (vm->s.rcu->online)
		vm->s.rcu->online();
}

/* One set under all these threads. */
static void test(const char *rcu, const char *format, bool with_kick, unsigned steps, uint64_t seed)
{
	struct vm *vm = calloc(1, sizeof(*vm));
	unsigned long runs = 0, walks = 0, wrong = 0;
	struct tdp_table table;
	char what[100];

	if (!vm)
		abort();
	set_start(&vm->s, format, rcu, with_kick, true);
	vm->s.on_kick = kick;
	vm->s.on_flush = flush;
	vm->s.arg = vm;
	vm->s.pause = true;
	vm->steps = steps;
	vm->seed = seed;
	for (unsigned i = 0; i < VCPUS; i++) {
		vm->vcpu[i] = (struct vcpu){.vm = vm, .rng = rng_seed(seed * VCPUS + i)};
		pthread_mutex_init(&vm->vcpu[i].walk, NULL);
	}
	run_threads(vm);
	tdp_roots_invalidate(&vm->s.roots, NULL);
	if (tdp_roots_reap(&vm->s.roots, NULL) < 0)
		vm->wrong++;
	for (unsigned i = 0; i < VCPUS; i++) {
		runs += vm->vcpu[i].runs;
		walks += vm->vcpu[i].walks;
		wrong += vm->vcpu[i].wrong;
		while (tdp_cache_take(&vm->vcpu[i].cache, &table))
			pool_free(&vm->s.pool, &table);
	}
	snprintf(what, sizeof(what), "%s %s %s seed %" PRIu64, format, rcu, with_kick ? "kick" : "flush", seed);
	check(set_stop(&vm->s) && wrong == 0 && vm->wrong == 0, what);
	printf("# %lu runs, %lu reaps, %u kicks, %u flushes, %lu walks; %lu walks and %lu results wrong\n", runs, vm->reaped,
	       vm->s.n.kicks, vm->s.n.flushes, walks, wrong, vm->wrong);
	for (unsigned i = 0; i < VCPUS; i++)
		pthread_mutex_destroy(&vm->vcpu[i].walk);
	free(vm);
}

int main(int argc, char **argv)
{
	static const struct option names[] = {{"rcu", required_argument, NULL, 'r'},
					      {"steps", required_argument, NULL, 'n'},
					      {"seed", required_argument, NULL, 's'},
					      {NULL, 0, NULL, 0}};
	static const char *const formats[] = {"fake-o", "fake-b", "ept", "npt-pae"};
	const char *rcu = "rwlock";
	unsigned steps = 1000;
	uint64_t seed = 1;

	for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		switch (c) {
		case 'r':
			rcu = optarg;
			break;
		case 'n':
			steps = (unsigned)strtoul(optarg, NULL, 0);
			break;
		case 's':
			seed = strtoul(optarg, NULL, 0);
			break;
		default:
			fprintf(stderr, "usage: roots-threads [--rcu NAME] [--steps N] [--seed N]\n");
			return 2;
		}
	}
	for (unsigned i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		test(rcu, formats[i], true, steps, seed);
		test(rcu, formats[i], false, steps, seed);
	}
	return check_done();
}
