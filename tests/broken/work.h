/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What directed workloads are written with: where the work happens, and calls with tables enough.
 */
#ifndef BROKEN_WORK_H
#define BROKEN_WORK_H

#include "broken_tests.h"

static const struct tdp_attrs rwx = {.prot = TDP_RWX}, rx = {.prot = TDP_RX}, rw = {.prot = TDP_RW},
			      special = {.prot = TDP_RWX, .memtype = TDP_MT_UC, .sw = 1};

/* Where the work happens: at a boundary of an upper level, two entries of level 1 in single pages. */
static inline tdp_gpa_t home(const struct trial *t)
{
	return t->w.end / 4 < UINT64_C(1) << 30 ? t->w.end / 4 : UINT64_C(1) << 30;
}

/* Memory for an address, aligned for any leaf. */
static inline tdp_hpa_t memory(const struct trial *t, tdp_gpa_t gpa)
{
	return (UINT64_C(1) << 34) + gpa - home(t);
}

static inline uint64_t block(const struct trial *t)
{
	return world_span(&t->w, 1);
}

/* With tables enough. */
static inline void ask(struct trial *t, struct request q)
{
	q.tables = -1;
	trial_do(t, &q);
}

static inline void map(struct trial *t, tdp_gpa_t gpa, uint64_t size, struct tdp_attrs attrs, unsigned max_level_plus1)
{
	ask(t, (struct request){.what = ASK_MAP,
				.gpa = gpa,
				.size = size,
				.hpa = memory(t, gpa),
				.attrs = attrs,
				.max_level_plus1 = (uint8_t)max_level_plus1});
}

static inline void zap(struct trial *t, tdp_gpa_t gpa, uint64_t size, uint32_t flags, unsigned gather)
{
	ask(t, (struct request){.what = ASK_ZAP, .gpa = gpa, .size = size, .flags = flags, .gather = gather});
}

static inline void set_attrs(struct trial *t, tdp_gpa_t gpa, uint64_t size, struct tdp_attrs attrs, unsigned mask)
{
	ask(t, (struct request){.what = ASK_SET_ATTRS, .gpa = gpa, .size = size, .attrs = attrs, .mask = mask});
}

static inline void fault(struct trial *t, tdp_gpa_t gpa, uint32_t access, struct tdp_attrs attrs, uint64_t backing, uint32_t flags)
{
	tdp_gpa_t base = gpa & ~(backing - 1);

	ask(t, (struct request){.what = ASK_FAULT,
				.gpa = gpa,
				.base = base,
				.size = backing,
				.hpa = memory(t, base),
				.attrs = attrs,
				.access = access,
				.flags = flags});
}

/* The workloads of workloads_log.c. */
extern const struct workload log_workloads[];
extern const unsigned log_workload_count;

#endif
