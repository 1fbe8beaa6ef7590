/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of roots with hooks that count, on the frames and RCUs of tests/threads.
 */
#ifndef ROOTS_SET_H
#define ROOTS_SET_H

#include <tdpmmu/format_def.h>
#include <tdpmmu/tdpmmu.h>

#include "../threads/pool.h"
#include "../threads/rcu.h"

enum { PAGE = 4096, ROOT_BYTES = 32, ROOTS = POOL_ROOT_FRAMES * PAGE / ROOT_BYTES };

/* What hooks were told. Counted by the calling thread; read them when it is alone. */
struct counts {
	unsigned flushes, table_flushes, kicks, yields, dirty_pages, trees, warnings;
};

struct set {
	const struct rcu_kind *rcu;
	struct tdp_roots roots;
	struct tdp_mm_ops ops;
	struct tdp_layout layout;
	struct tdp_layout pae;		 /* of a format whose roots are one vCPU's */
	uint64_t roots_used[ROOTS / 64]; /* which of those are in use, of ROOT_BYTES each */
	const struct tdp_engine *engine;
	struct pool pool;
	struct tdp_cache cache;
	struct counts n;
	unsigned refuse; /* the next so many trees cannot be had */
	bool pause;	 /* should_yield says yes */
	pthread_mutex_t lock;
	/* What else the hooks do; may be NULL. */
	void (*on_kick)(void *arg, const struct tdp_tree *tree);
	void (*on_flush)(void *arg, const struct tdp_tree *tree);
	void (*on_yield)(void *arg);
	void (*on_tree_alloc)(void *arg);
	void *arg;
};

/* kick, relax: whether there are such hooks. */
void set_start(struct set *s, const char *format, const char *rcu, bool kick, bool relax);
/* false: a table or a tree was lost. */
bool set_stop(struct set *s);

/* A role over the set's layout. */
struct tdp_role set_role(const struct set *s, uint32_t space, uint32_t mode);
/* Maps n pages at gpa, written. */
enum tdp_result set_map(struct set *s, struct tdp_tree *tree, struct tdp_cache *cache, tdp_gpa_t gpa, unsigned n);
tdp_hpa_t set_hpa(tdp_gpa_t gpa);
/* Waits until every tree that nobody holds is freed. */
void set_settle(struct set *s);

/* Whether half of the frames are in use, or wait for a grace period. */
bool set_is_tight(struct set *s);

/* One TAP line. */
void check(bool good, const char *what);
/* The plan; returns what main() returns. */
int check_done(void);

#endif
