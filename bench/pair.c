/* SPDX-License-Identifier: BSD-2-Clause */
#include "pair.h"
#include "fail.h"
#include "team.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPEATS = 3, MAX_PAIRS = 32 };
#define QUICK_BYTES (UINT64_C(1) << 30)
#define FULL_BYTES  (UINT64_C(4) << 30)

/* How the guest is divided: in units that the threads take in turn. */
struct division {
	const char *name, *memb_name;
	uint64_t unit; /* bytes; 0: half of the guest */
	/* Two threads in one table: they are compared with LIM-atomic's two, else with one thread that does it all. */
	bool contend;
	double must, stretch;
};

/* A speed-up of 1.85, or 2, is the goal where leaf tables are distinct; 3.3, or 1.3, times LIM-atomic where entries of one alternate. */
static const struct division divisions[] = {
	{"two_halves", "two_halves_memb", 0, false, 1 / 1.85, 1 / 2.0},
	{"two_alternate_2m", "two_alternate_2m_memb", TABLE_BYTES, false, 1 / 1.85, 1 / 2.0},
	{"two_alternate_4k", "two_alternate_4k_memb", BENCH_PAGE, true, 3.3, 1.3},
};
enum { DIVISIONS = sizeof(divisions) / sizeof(divisions[0]) };

/* Everything of one format: a tree for each flavour, and the limit's array. */
struct bed {
	struct guest guest[SHARINGS];
	struct flat flat;
	struct pool pool;
	struct tdp_cache cache[THREADS];
};

/* One division of one format, and its samples in wall-clock ns per page. */
struct pair {
	const struct division *division;
	enum sharing sharing;
	struct bed *bed;
	double op[THREADS][MAX_ROUNDS], limit[THREADS][MAX_ROUNDS]; /* [0]: one thread, [1]: two */
	unsigned rounds;
};

static const char *name_of(const struct division *division, enum sharing sharing)
{
	return sharing == MEMB ? division->memb_name : division->name;
}

/* ---- one measurement ---- */

/* A job for so many threads; what it works on is left to the caller. */
static struct job job_of(const struct pair *pair, uint64_t bytes, unsigned threads)
{
	const struct division *division = pair->division;

	return (struct job){
		.unit = division->unit ? division->unit : bytes / THREADS,
		.threads = threads,
		.meet = division->contend && threads > 1,
	};
}

/* From an empty tree to one that maps everything. Tables are fetched before: the embedder's allocator is not what is measured. */
static double time_op(const struct pair *pair, unsigned threads)
{
	struct bed *bed = pair->bed;
	struct guest *guest = &bed->guest[pair->sharing];
	struct job job = job_of(pair, guest->bytes, threads);
	double ns;

	job.guest = guest;
	job.cache = bed->cache;
	guest_make_empty(guest);
	/* Either thread may be the first in every table. */
	for (unsigned i = 0; i < threads; i++)
		guest_fill_cache(guest, &bed->cache[i]);
	ns = team_time(&job, guest_pages(guest));
	guest_check_leaves(guest, guest->format->written, guest->format->moving, name_of(pair->division, pair->sharing));
	for (unsigned i = 0; i < threads; i++)
		guest_drain_cache(guest, &bed->cache[i]);
	guest_make_empty(guest);
	return ns;
}

static double time_limit(const struct pair *pair, unsigned threads)
{
	struct flat *flat = &pair->bed->flat;
	uint64_t n = flat->bytes / BENCH_PAGE;
	struct job job = job_of(pair, flat->bytes, threads);
	double ns;

	job.flat = flat;
	memset(flat->pte, 0, n * sizeof(*flat->pte));
	ns = team_time(&job, n);
	bench_check(lim_plain_count(flat->pte, n) == n, "two threads: the limit lost a page");
	return ns;
}

/* One round: the fastest of a few tries each, for the second CPU is rarely ours alone. A negative round is a warm-up. */
static void sample(struct pair *pair, int round)
{
	double op[THREADS][REPEATS], limit[THREADS][REPEATS];

	for (unsigned i = 0; i < REPEATS; i++)
		for (unsigned n = 0; n < THREADS; n++) {
			op[n][i] = time_op(pair, n + 1);
			limit[n][i] = time_limit(pair, n + 1);
		}
	if (round < 0)
		return;
	for (unsigned n = 0; n < THREADS; n++) {
		pair->op[n][round] = least(op[n], REPEATS);
		pair->limit[n][round] = least(limit[n], REPEATS);
	}
	pair->rounds = (unsigned)round + 1;
}

/* ---- all of them ---- */

static void bed_init(struct bed *bed, const struct raw_format *format, uint64_t bytes)
{
	memset(bed, 0, sizeof(*bed));
	pool_init(&bed->pool, THREADS * (bytes >> 21) + 256);
	for (enum sharing sharing = QSBR; sharing < SHARINGS; sharing++)
		guest_init(&bed->guest[sharing], format, sharing, bytes, &bed->pool);
	flat_init(&bed->flat, bytes, &bed->pool);
}

static void bed_fini(struct bed *bed)
{
	for (enum sharing sharing = QSBR; sharing < SHARINGS; sharing++)
		guest_fini(&bed->guest[sharing]);
	flat_fini(&bed->flat);
	bench_check(bed->pool.top == bed->pool.capacity, "two threads: tables leaked");
	pool_fini(&bed->pool);
}

/* What a pair's samples come to. */
static struct result conclude(const struct pair *pair)
{
	const struct division *division = pair->division;
	struct samples samples = {.rounds = pair->rounds};
	unsigned n = pair->rounds;
	struct result result;

	memcpy(samples.op_ns, pair->op[1], sizeof(samples.op_ns));
	memcpy(samples.limit_ns, division->contend ? pair->limit[1] : pair->op[0], sizeof(samples.limit_ns));
	result = judge(&samples, division->must, division->stretch);
	result.op = name_of(division, pair->sharing);
	result.format = pair->bed->guest[pair->sharing].format->name;
	result.size = pair->bed->flat.bytes == QUICK_BYTES ? "1G" : "4G";
	result.limit = division->contend ? "LIM-atomic" : "1 thread";
	result.speedup = least(pair->op[0], n) / least(pair->op[1], n);
	result.limit_speedup = least(pair->limit[0], n) / least(pair->limit[1], n);
	return result;
}

/* The chosen divisions of one format, in one bed, round by round. */
static size_t measure_format(const struct plan *plan, const struct raw_format *format, struct result *results)
{
	static struct bed bed __attribute__((aligned(64)));
	static struct pair pairs[MAX_PAIRS];
	size_t count = 0;

	for (unsigned i = 0; i < DIVISIONS; i++)
		for (enum sharing sharing = QSBR; sharing < SHARINGS; sharing++)
			if (plan_chooses(plan->op, name_of(&divisions[i], sharing)))
				pairs[count++] = (struct pair){.division = &divisions[i], .sharing = sharing, .bed = &bed};
	if (count == 0)
		return 0;
	bed_init(&bed, format, plan->run == RUN_QUICK ? QUICK_BYTES : FULL_BYTES);
	for (int round = -1; round < (int)plan->rounds; round++) {
		for (size_t i = 0; i < count; i++)
			sample(&pairs[i], round);
		if (plan->progress)
			fprintf(stderr, "two threads, %s: round %d of %u\n", format->name, round + 1, plan->rounds);
	}
	for (size_t i = 0; i < count; i++)
		results[i] = conclude(&pairs[i]);
	bed_fini(&bed);
	return count;
}

bool pair_knows(const char *op)
{
	for (unsigned i = 0; i < DIVISIONS; i++)
		if (strcmp(op, divisions[i].name) == 0 || strcmp(op, divisions[i].memb_name) == 0)
			return true;
	return false;
}

size_t pair_measure(const struct plan *plan, int second_cpu, struct result *results)
{
	size_t count = 0;

	if (plan->op && !pair_knows(plan->op))
		return 0;
	if (!share_exists(QSBR) || second_cpu < 0) {
		printf("two threads: not measured, %s\n", second_cpu < 0 ? "there is one CPU" : "built without liburcu");
		return 0;
	}
	team_start(second_cpu);
	for (const struct raw_format *format = raw_formats; format->name; format++)
		if (plan_chooses(plan->format, format->name))
			count += measure_format(plan, format, &results[count]);
	team_stop();
	return count;
}
