/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One thread: its random numbers, its spare tables, its gather, and what it found wrong.
 */
#ifndef THREADS_WORKER_H
#define THREADS_WORKER_H

#include "../random/rng.h"
#include "world.h"

enum { HELD = 256, WHY = 200 };

/* A page that was zapped with the gather: what hooks had been told of it before. */
struct held {
	unsigned page;
	struct page_seen before;
	bool written;
};

struct worker {
	struct world *w;
	unsigned id;
	struct rng rng;
	struct tdp_cache cache;
	struct tdp_gather gather;
	struct held held[HELD];
	unsigned holds;
	struct page_seen *before; /* of each modelled page, as remembered by watch() */
	unsigned long ops, busy;
	char why[WHY]; /* the first thing that was wrong; empty: nothing */
};

/* Something that must hold. The first one that does not is kept. */
void expect(struct worker *k, bool good, const char *what, int result, tdp_gpa_t gpa) __attribute__((noinline));

/* Around each call of the library: one at a time if calls are not shared. */
void call_begin(struct worker *k);
void call_end(struct worker *k);

/* Flags that change nothing of the outcome. */
uint32_t pick_yield(struct worker *k);

/* One try of a range operation on [gpa, gpa + size). */
typedef enum tdp_result (*range_fn)(struct worker *k, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op);
/* Until it neither is in anybody's way nor lacks tables nor pauses; op->next says how far it came. */
enum tdp_result whole_range(struct worker *k, range_fn fn, tdp_gpa_t gpa, uint64_t size, struct tdp_op *op);

/* Remember what hooks were told of n pages; and: each page that was mapped was flushed since, each written one reported. */
void watch(struct worker *k, unsigned page, unsigned n);
void expect_flushed(struct worker *k, unsigned page, unsigned n, bool reported);
/* The same of one page, whatever it is now. */
void expect_flush(struct worker *k, unsigned page);
/* The same later, for a zap with the gather. */
void hold(struct worker *k, unsigned page, unsigned n);
void flush_gather(struct worker *k);

/* A page that its owner wrote, and that was not Dirty just now: it was named. */
void expect_collected(struct worker *k, unsigned page);
/* The page is what the model says. */
void expect_page(struct worker *k, unsigned page);

/* One operation on pages of the worker's own; on nobody's pages; a look at anything. */
void own_step(struct worker *k);
void chaos_step(struct worker *k);
void look_step(struct worker *k);

#endif
