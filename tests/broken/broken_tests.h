/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Engines that are broken on purpose, and what must find each of them.
 */
#ifndef BROKEN_TESTS_H
#define BROKEN_TESTS_H

#include <random.h>

/* What can find a bug: a violation of the referee (its number is the bit), the flat reference, or a crash. */
enum { FOUND_BY_REFERENCE = 0, FOUND_BY_CRASH = 31 };
#define FOUND(v)  (UINT32_C(1) << (v))
#define REFERENCE FOUND(FOUND_BY_REFERENCE)
#define CRASH	  FOUND(FOUND_BY_CRASH)

/* On which setups a bug can show at all. */
enum discipline {
	ON_OVERWRITE = 1,
	ON_BREAK = 2,
	ON_ALL = 3,
	ON_HW_DIRTY = 4,  /* wherever hardware sets Dirty */
	ON_DIRTY_BIT = 8, /* ... and that is a bit apart from W */
	ON_NO_SD = 16	  /* only where a leaf has no room for "written since mapped"; nothing else is tried there */
};

struct variant {
	const char *name; /* in lib/core/broken.h */
	enum discipline on;
	uint32_t by;	    /* what must find it in the directed workloads */
	bool needs_a_scene; /* random operations cannot meet it: there is one tree only */
};

/* NULL: a variant that nobody has said anything about. */
const struct variant *variant_find(const char *name);
/* Does the bug show on this setup? */
bool variant_shows_on(const struct variant *v, const struct setup *s);

/* A short directed piece of work on a fresh tree. */
struct workload {
	const char *name;
	void (*run)(struct trial *t);
};

/* The i-th; NULL beyond the last. */
const struct workload *workload_at(unsigned i);

/* One gather for two trees, which a trial cannot do. Returns what was found; *calls: how many calls were made. */
uint32_t two_trees(const struct setup *s, unsigned *calls);
/* The violations that a referee has counted. */
uint32_t found_by_referee(const struct referee *r);

#endif
