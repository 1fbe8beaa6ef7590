/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One tree, its hooks, and what its pages ought to be.
 *
 * Guest memory is cut into 16 units of the span of a level-2 entry. A model says of each of a unit's first pages what is mapped there:
 *
 *   units 0 to 3     page n belongs to thread n modulo threads: neighbours in one table change at once
 *   units 4 to 11    unit n belongs to thread n modulo threads: huge leaves, splits, whole tables going and coming
 *   units 12 to 15   nobody's: any thread does anything, and what is found must only make sense
 *
 * Only its owner changes a page, so each call's outcome is known in advance, and every page is known at the end.
 */
#ifndef THREADS_WORLD_H
#define THREADS_WORLD_H

#include <tdpmmu/tdpmmu.h>

#include "pool.h"
#include "rcu.h"
#include "walk.h"

enum { UNITS = 16, FIRST_OWNED = 4, FIRST_CHAOS = 12, PAGE = 4096, MAX_THREADS = 16 };

struct setup {
	const char *name;
	const struct tdp_format *format;
	const struct tdp_engine *engine;
	unsigned gpa_bits;
	uint32_t features;
	bool barriers; /* walkers need to be told */
	enum ref_kind hw_kind;
	unsigned hw_features; /* enum ref_feature */
};
extern const struct setup setups[];
const struct setup *setup_find(const char *name); /* NULL: no such one */

enum page_kind { PAGE_ABSENT, PAGE_MAPPED, PAGE_NOTE };
enum page_protected { PROTECTED_NO, PROTECTED_YES, PROTECTED_MAYBE };

/* What a page ought to be. Its owner's alone while threads run. */
struct page {
	uint8_t kind;
	uint8_t where;	   /* to which of two places it is mapped */
	uint8_t prot;	   /* granted */
	uint8_t protected; /* from writes, by tdp_protect() */
	bool written;	   /* surely written since it was mapped */
	bool logged;	   /* and since it was found collected: it is Dirty, or was named more than ... */
	uint32_t named;	   /* ... so often */
};

/* What hooks were told of a page. */
struct page_seen {
	uint32_t flushes, reports;
};

struct world {
	const struct setup *setup;
	const struct rcu_kind *rcu;
	struct tdp_layout layout;
	struct tdp_mm_ops ops;
	struct tdp_tree tree;
	struct pool pool;
	uint64_t unit_size;
	unsigned unit_pages;  /* that are modelled, of each unit */
	unsigned table_pages; /* that one leaf table maps */
	unsigned threads;
	struct page *page;
	struct page_seen *seen;
	uint32_t *named;	     /* how often collections named each page */
	struct tdp_bitmap collected; /* of one unit */
	pthread_mutex_t collecting;  /* from the first page that loses Dirty until all are named */
	struct ref_machine machine;
	unsigned long warnings;
	pthread_mutex_t serial;
};

void world_start(struct world *w, const struct setup *setup, const struct rcu_kind *rcu, unsigned threads, bool relax);
/* Ends the tree. false: a table was lost, or freed twice. */
bool world_stop(struct world *w);

/* The number of a page in the model; -1: not modelled. */
int page_number(const struct world *w, tdp_gpa_t gpa);
tdp_gpa_t page_gpa(const struct world *w, unsigned page);
/* Where a page leads. */
tdp_hpa_t page_hpa(unsigned where, tdp_gpa_t gpa);

#endif
