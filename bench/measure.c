/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The measuring loop.
 */
#include "measure.h"
#include "fail.h"
#include "goals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CASES   MAX_RESULTS
#define MAX_REPEATS 9

/* Everything of one format and size. One guest at a time has tables. */
struct bed {
	struct guest guest[SHARINGS];
	enum sharing current;
	struct flat flat;
	struct pool pool;
};

/* One operation of one format on one size. */
struct bench_case {
	const struct bench_op *op;
	const struct goal *goal;
	const struct raw_format *format;
	const struct bench_size *size;
	struct bed *bed;
	struct samples samples;
};

static const char *const unit_names[] = {[PER_PTE] = "pte", [PER_TABLE] = "table", [PER_GIB] = "gib", [PER_CALL] = "call"};
static struct bench_case all_cases[MAX_CASES];

/* How many units the operation is about in a guest. */
static double units(const struct bench_case *bench_case)
{
	static const uint64_t bytes[] = {[PER_PTE] = BENCH_PAGE, [PER_TABLE] = UINT64_C(1) << 21, [PER_GIB] = UINT64_C(1) << 30};
	enum per per = bench_case->op->per;

	return per == PER_CALL ? 1 : (double)(bench_case->size->bytes / bytes[per]);
}

/* Time the operation once, in ns. */
static double time_op(const struct bench_op *op, struct guest *guest)
{
	op->prepare(guest);

	double start = now();
	uint64_t value = op->run(guest);
	double end = now();

	op->check(guest, value);
	return end - start;
}

/* Time its limit once, in ns. */
static double time_limit(const struct goal *goal, struct flat *flat)
{
	goal->prepare(flat);

	double start = now();
	uint64_t value = goal->run(flat);
	double end = now();

	goal->check(flat, value);
	return end - start;
}

/* The guest of an operation; the others are emptied, for there are tables for one. */
static struct guest *choose_guest(struct bed *bed, enum sharing sharing)
{
	if (bed->current != sharing)
		guest_make_empty(&bed->guest[bed->current]);
	bed->current = sharing;
	return &bed->guest[sharing];
}

/* One sample of one case: the operation and its limit alternate, and so does who goes first. A negative round is a warm-up. */
static void sample(struct bench_case *bench_case, int round)
{
	double op_ns[MAX_REPEATS], limit_ns[MAX_REPEATS];
	struct bed *bed = bench_case->bed;
	unsigned repeats = bench_case->size->repeats;
	struct guest *guest = choose_guest(bed, bench_case->op->sharing);

	for (unsigned i = 0; i < repeats; i++) {
		bool limit_first = (i + (unsigned)round) % 2;

		if (limit_first)
			limit_ns[i] = time_limit(bench_case->goal, &bed->flat);
		op_ns[i] = time_op(bench_case->op, guest);
		if (!limit_first)
			limit_ns[i] = time_limit(bench_case->goal, &bed->flat);
	}
	if (round < 0)
		return;
	bench_case->samples.op_ns[round] = median(op_ns, repeats) / units(bench_case);
	bench_case->samples.limit_ns[round] = median(limit_ns, repeats) / units(bench_case);
	bench_case->samples.rounds = (unsigned)round + 1;
}

/* Tables for the guest and for LIM-tables, a root, and some to spare for a cache. */
static void bed_init(struct bed *bed, const struct raw_format *format, const struct bench_size *size)
{
	pool_init(&bed->pool, 2 * (size->flat_bytes >> 21) + (size->bytes >> 30) + 128);
	bed->current = ALONE;
	for (enum sharing sharing = ALONE; sharing < SHARINGS; sharing++)
		if (share_exists(sharing))
			guest_init(&bed->guest[sharing], format, sharing, size->bytes, &bed->pool);
	flat_init(&bed->flat, size->flat_bytes, &bed->pool);
}

/* Every table must be back. */
static void bed_fini(struct bed *bed)
{
	for (enum sharing sharing = ALONE; sharing < SHARINGS; sharing++)
		if (share_exists(sharing))
			guest_fini(&bed->guest[sharing]);
	flat_fini(&bed->flat);
	bench_check(bed->pool.top == bed->pool.capacity, "%s: tables leaked", bed->guest[ALONE].format->name);
	pool_fini(&bed->pool);
}

/* List the chosen operations of one bed. How many. */
static size_t list_cases(const struct plan *plan, const struct raw_format *format, const struct bench_size *size, struct bed *bed,
			 struct bench_case *cases)
{
	size_t n = 0;

	for (const struct bench_op *op = bench_ops; op->name; op++)
		if (plan_chooses_op(plan, op, size, format)) {
			bench_check(&cases[n] < &all_cases[MAX_CASES], "too many cases");
			cases[n] = (struct bench_case){.op = op, .format = format, .size = size, .bed = bed};
			cases[n++].goal = goal_of(op->name);
		}
	return n;
}

/* Make a bed for each chosen format and size, and list what is to be done in it. How many cases; *bed_count: how many beds. */
static size_t make_beds(const struct plan *plan, struct bench_case *cases, struct bed **beds, size_t *bed_count)
{
	size_t count = 0;

	*bed_count = 0;
	for (const struct bench_size *size = bench_sizes; size->name; size++)
		for (const struct raw_format *format = raw_formats; format->name; format++) {
			struct bed *bed;

			if (!plan_chooses_size(plan, size) || !plan_chooses(plan->format, format->name))
				continue;
			bed = aligned_alloc(_Alignof(struct bed), sizeof(*bed));
			bench_check(bed, "no memory");
			bed_init(bed, format, size);
			beds[(*bed_count)++] = bed;
			count += list_cases(plan, format, size, bed, &cases[count]);
		}
	return count;
}

/* What one case comes to. */
static struct result conclude(const struct bench_case *bench_case)
{
	const struct goal *goal = bench_case->goal;
	bool hot = bench_case->size->hot;
	struct result result =
		judge(&bench_case->samples, hot ? goal->must.hot : goal->must.cold, hot ? goal->stretch.hot : goal->stretch.cold);

	result.op = bench_case->op->name;
	result.unit = unit_names[bench_case->op->per];
	result.format = bench_case->format->name;
	result.size = bench_case->size->name;
	result.limit = goal->limit;
	return result;
}

/* The chosen operations of all chosen sizes and formats, interleaved. */
static size_t measure_together(const struct plan *plan, struct result *results)
{
	struct bench_case *cases = all_cases;
	struct bed *beds[MAX_CASES];
	size_t bed_count, count = make_beds(plan, cases, beds, &bed_count);

	for (int round = -1; round < (int)plan->rounds; round++) {
		for (size_t i = 0; i < count; i++)
			sample(&cases[i], round);
		if (plan->progress)
			fprintf(stderr, "round %d of %u\n", round + 1, plan->rounds);
	}
	for (size_t i = 0; i < count; i++)
		results[i] = conclude(&cases[i]);
	for (size_t i = 0; i < bed_count; i++) {
		bed_fini(beds[i]);
		free(beds[i]);
	}
	return count;
}

size_t measure(const struct plan *plan, struct result *results)
{
	size_t count = 0;

	if (plan->run != RUN_SWEEP)
		return measure_together(plan, results);
	/* All sizes together would take more memory than the largest. */
	for (const struct bench_size *size = bench_sizes; size->name; size++) {
		struct plan one = *plan;

		one.size = size->name;
		if (plan_chooses_size(plan, size))
			count += measure_together(&one, &results[count]);
	}
	return count;
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
