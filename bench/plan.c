/* SPDX-License-Identifier: BSD-2-Clause */
#include "plan.h"

#include <string.h>

#define MIB(n) (UINT64_C(n) << 20)
#define GIB(n) (UINT64_C(n) << 30)

/* 256 GiB take 2 GiB of memory for each format, 1 TiB takes 6: a sweep has one guest at a time. */
const struct bench_size bench_sizes[] = {
	{"256M", MIB(256), DENSE, MIB(256), true, 7, RUN_QUICK | RUN_FULL | RUN_SWEEP},
	{"1G", GIB(1), DENSE, GIB(1), true, 3, RUN_SWEEP},
	{"4G", GIB(4), DENSE, GIB(4), false, 1, RUN_SWEEP},
	{"16G", GIB(16), DENSE, GIB(16), false, 1, RUN_FULL | RUN_SWEEP},
	{"64G", GIB(64), DENSE, GIB(64), false, 1, RUN_SWEEP},
	{"256G", GIB(256), DENSE, GIB(256), false, 1, RUN_SWEEP},
	{"1T", GIB(1024), DENSE, GIB(1024), false, 1, RUN_SWEEP},
	{"4G/2M", GIB(4), SPARSE, GIB(4), false, 1, RUN_QUICK},
	{"64G/2M", GIB(64), SPARSE, GIB(64), false, 1, RUN_FULL},
	{"1T/1G", GIB(1024), UPPER, GIB(4), false, 1, RUN_QUICK | RUN_FULL},
	{"12T", GIB(12288), HUGE, GIB(24), false, 1, RUN_FULL},
	{.name = NULL},
};

/* In a sweep: what takes the whole guest in one call, and needs nobody else. */
static const char *const sweep_ops[] = {"map_range", "count", "protect", "age", "age_none", "zap", NULL};

bool plan_chooses(const char *choice, const char *name)
{
	return !choice || strcmp(choice, name) == 0;
}

bool plan_chooses_size(const struct plan *plan, const struct bench_size *size)
{
	return plan->size ? strcmp(plan->size, size->name) == 0 : (size->runs & plan->run) != 0;
}

/* Is it one of the sweep's? */
static bool sweeps(const char *name)
{
	for (const char *const *op = sweep_ops; *op; op++)
		if (strcmp(*op, name) == 0)
			return true;
	return false;
}

bool plan_chooses_op(const struct plan *plan, const struct bench_op *op, const struct bench_size *size,
		     const struct raw_format *format)
{
	if (op->shape != size->shape || !bench_op_fits(op, format))
		return false;
	return plan->op || plan->run != RUN_SWEEP ? plan_chooses(plan->op, op->name) : sweeps(op->name);
}

bool plan_knows_size(const char *name)
{
	for (const struct bench_size *size = bench_sizes; size->name; size++)
		if (strcmp(size->name, name) == 0)
			return true;
	return false;
}
