/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each operation is compared with, and how close to it a release must come.
 */
#ifndef TDPMMU_BENCH_GOALS_H
#define TDPMMU_BENCH_GOALS_H

#include "limit.h"

/* What the limit kernels work on. */
struct flat {
	uint64_t bytes;	   /* guest memory */
	uint64_t *pte;	   /* one entry per page */
	uint64_t **tables; /* LIM-tables: what is out of the pool */
	size_t tables_out;
	struct pool *pool;
	void *mapping;
	size_t mapped;
};

/* An operation's limit. */
struct goal {
	const char *op;	   /* bench_op.name */
	const char *limit; /* "LIM-plain" */
	double must_hot;   /* tables fit the second-level cache: at most this many times the limit */
	double must_cold;  /* they do not */
	void (*prepare)(struct flat *flat);
	uint64_t (*run)(struct flat *flat);
	void (*check)(struct flat *flat, uint64_t value);
};

/* The limit of an operation; ends the program if it has none. */
const struct goal *goal_of(const char *op);

void flat_init(struct flat *flat, uint64_t bytes, struct pool *pool);
void flat_fini(struct flat *flat);

#endif
