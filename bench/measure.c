/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The measuring loop and the statistics.
 */
#define _GNU_SOURCE
#include "measure.h"
#include "fail.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_REPEATS 9

const struct bench_size bench_sizes[] = {
	{"256M", UINT64_C(256) << 20, true, 7},
	{"16G", UINT64_C(16) << 30, false, 1},
	{.name = NULL},
};

/* Everything of one format and size. */
struct bed {
	struct guest guest;
	struct flat flat;
	struct pool pool;
};

/* Nanoseconds since some moment. */
static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* For qsort(). */
static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The middle one of n values, which are sorted by it. */
static double median(double *values, unsigned n)
{
	qsort(values, n, sizeof(*values), compare);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* Time the operation once, in ns per page. */
static double time_op(const struct bench_op *op, struct guest *guest)
{
	op->prepare(guest);

	double start = now();
	uint64_t value = op->run(guest);
	double end = now();

	op->check(guest, value);
	return (end - start) / (double)guest_pages(guest);
}

/* Time its limit once, in ns per page. */
static double time_limit(const struct goal *goal, struct flat *flat)
{
	goal->prepare(flat);

	double start = now();
	uint64_t value = goal->run(flat);
	double end = now();

	goal->check(flat, value);
	return (end - start) / (double)(flat->bytes / BENCH_PAGE);
}

/* One sample of one case: the operation and its limit alternate, and so does who goes first. A negative round is a warm-up. */
static void sample(struct bench_case *bench_case, struct bed *bed, int round)
{
	double op_ns[MAX_REPEATS], limit_ns[MAX_REPEATS];
	unsigned repeats = bench_case->size->repeats;

	for (unsigned i = 0; i < repeats; i++) {
		bool limit_first = (i + (unsigned)round) % 2;

		if (limit_first)
			limit_ns[i] = time_limit(bench_case->goal, &bed->flat);
		op_ns[i] = time_op(bench_case->op, &bed->guest);
		if (!limit_first)
			limit_ns[i] = time_limit(bench_case->goal, &bed->flat);
	}
	if (round < 0)
		return;
	bench_case->op_ns[round] = median(op_ns, repeats);
	bench_case->limit_ns[round] = median(limit_ns, repeats);
	bench_case->rounds = (unsigned)round + 1;
}

/* Tables for the guest and for LIM-tables, a root, and some to spare for a cache. */
static void bed_init(struct bed *bed, const struct raw_format *format, const struct bench_size *size)
{
	size_t tables = size->bytes >> 21;

	pool_init(&bed->pool, 2 * tables + 128);
	guest_init(&bed->guest, format, size->bytes, &bed->pool);
	flat_init(&bed->flat, size->bytes, &bed->pool);
}

/* Every table must be back. */
static void bed_fini(struct bed *bed)
{
	guest_fini(&bed->guest);
	flat_fini(&bed->flat);
	bench_check(bed->pool.top == bed->pool.capacity, "%s: tables leaked", bed->guest.format->name);
	pool_fini(&bed->pool);
}

/* Is it chosen, or is there no choice? */
static bool chosen(const char *choice, const char *name)
{
	return !choice || strcmp(choice, name) == 0;
}

/* List the chosen operations of one format and size. How many. */
static size_t list_cases(const struct plan *plan, const struct raw_format *format, const struct bench_size *size,
			 struct bench_case *cases)
{
	size_t n = 0;

	for (const struct bench_op *op = bench_ops; op->name; op++)
		if (chosen(plan->op, op->name) && bench_op_fits(op, format))
			cases[n++] = (struct bench_case){.op = op, .goal = goal_of(op->name), .format = format, .size = size};
	return n;
}

size_t measure(const struct plan *plan, struct bench_case *cases)
{
	struct bed *beds[MAX_CASES];
	struct bed *bed_of[MAX_CASES];
	size_t count = 0, bed_count = 0;

	for (const struct bench_size *size = bench_sizes; size->name; size++)
		for (const struct raw_format *format = raw_formats; format->name; format++) {
			if (!chosen(plan->size, size->name) || !chosen(plan->format, format->name))
				continue;

			size_t more = list_cases(plan, format, size, &cases[count]);
			struct bed *bed = aligned_alloc(_Alignof(struct bed), sizeof(*bed));

			bench_check(bed, "no memory");
			bed_init(bed, format, size);
			beds[bed_count++] = bed;
			for (size_t i = 0; i < more; i++)
				bed_of[count + i] = bed;
			count += more;
		}
	for (int round = -1; round < (int)plan->rounds; round++) {
		for (size_t i = 0; i < count; i++)
			sample(&cases[i], bed_of[i], round);
		if (plan->progress)
			fprintf(stderr, "round %d of %u\n", round + 1, plan->rounds);
	}
	for (size_t i = 0; i < bed_count; i++) {
		bed_fini(beds[i]);
		free(beds[i]);
	}
	return count;
}

/* The smallest of n values. */
static double least(const double *values, unsigned n)
{
	double best = values[0];

	for (unsigned i = 1; i < n; i++)
		if (values[i] < best)
			best = values[i];
	return best;
}

struct verdict judge(const struct bench_case *bench_case)
{
	double op_ns[MAX_ROUNDS], limit_ns[MAX_ROUNDS], ratio[MAX_ROUNDS];
	unsigned n = bench_case->rounds;
	struct verdict verdict = {.min_ratio = least(bench_case->op_ns, n) / least(bench_case->limit_ns, n)};

	/* Copies, for median() sorts. */
	for (unsigned i = 0; i < n; i++) {
		op_ns[i] = bench_case->op_ns[i];
		limit_ns[i] = bench_case->limit_ns[i];
		ratio[i] = op_ns[i] / limit_ns[i];
	}
	verdict.ns = median(op_ns, n);
	verdict.limit_ns = median(limit_ns, n);
	verdict.ratio = median(ratio, n);
	verdict.must = bench_case->size->hot ? bench_case->goal->must_hot : bench_case->goal->must_cold;
	verdict.met = verdict.ratio <= verdict.must && verdict.min_ratio <= verdict.must;
	return verdict;
}

double measure_noise(void)
{
	enum { RUNS = 400, STEPS = 20000 };
	double ns[RUNS];
	uint64_t x = 1;

	for (unsigned i = 0; i < RUNS; i++) {
		double start = now();

		for (unsigned k = 0; k < STEPS; k++) {
			x = x * UINT64_C(6364136223846793005) + 1;
			/* Keep the chain: without this the compiler may compute several steps at once. */
			__asm__ volatile("" : "+r"(x));
		}
		ns[i] = now() - start;
	}
	(void)median(ns, RUNS);
	return (ns[RUNS * 9 / 10] / ns[0] - 1) * 100;
}

int pin_and_raise(bool *real_time)
{
	struct sched_param param = {.sched_priority = 1};
	cpu_set_t set;
	unsigned last = 0;

	*real_time = sched_setscheduler(0, SCHED_FIFO, &param) == 0;
	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return -1;
	/* The last CPU: the first one usually serves more interrupts. */
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set))
			last = cpu;
	CPU_ZERO(&set);
	CPU_SET(last, &set);
	return sched_setaffinity(0, sizeof(set), &set) == 0 ? (int)last : -1;
}
