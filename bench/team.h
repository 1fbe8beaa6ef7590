/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two threads, each on a CPU of its own, that divide one job; or one of them that does it alone.
 */
#ifndef TDPMMU_BENCH_TEAM_H
#define TDPMMU_BENCH_TEAM_H

#include "goals.h"
#include "guest.h"

enum { THREADS = 2 };
#define TABLE_BYTES (UINT64_C(2) << 20) /* what one leaf table maps */

/* What the threads shall do. */
struct job {
	struct guest *guest; /* NULL: the limit */
	struct flat *flat;
	struct tdp_cache *cache; /* one for each thread */
	uint64_t unit;
	unsigned threads;
	bool meet; /* at the beginning of each leaf table */
};

/* Start the second thread, on this CPU; the calling thread is the first. */
void team_start(int second_cpu);
void team_stop(void);

/* Do a job; the wall-clock time in ns per page. Ends the program if a page could not be mapped. */
double team_time(const struct job *job, uint64_t pages);

#endif
