/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guests, and which of them and of everything else a run measures.
 */
#ifndef TDPMMU_BENCH_PLAN_H
#define TDPMMU_BENCH_PLAN_H

#include "ops.h"

/* Which runs measure a guest that nobody asked for by name. */
enum { RUN_QUICK = 1, RUN_FULL = 2, RUN_SWEEP = 4 };

/* One guest. */
struct bench_size {
	const char *name;
	uint64_t bytes;
	enum shape shape;
	uint64_t flat_bytes; /* the limits' array: as many entries as the guest's leaf tables have */
	bool hot;	     /* which goals it is held to: its tables fit a cache of a few MiB */
	unsigned repeats;    /* per round: short measurements need more than one */
	unsigned runs;
};

/* The guests, smallest first; ends with a NULL name. */
extern const struct bench_size bench_sizes[];

/* What to measure. */
struct plan {
	const char *op;	    /* NULL: all */
	const char *format; /* NULL: all */
	const char *size;   /* NULL: all of the run */
	unsigned run;	    /* RUN_... */
	unsigned rounds;
	bool progress; /* a line on stderr per round */
};

/* Is it chosen, or is there no choice? */
bool plan_chooses(const char *choice, const char *name);
bool plan_chooses_size(const struct plan *plan, const struct bench_size *size);
/* The operation, for a guest of this shape and format. */
bool plan_chooses_op(const struct plan *plan, const struct bench_op *op, const struct bench_size *size,
		     const struct raw_format *format);

/* Is there such a guest? */
bool plan_knows_size(const char *name);

#endif
