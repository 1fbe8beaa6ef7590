/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The workloads of logs: pages that grow old, quick faults, promotions, collections.
 */
#include "work.h"

static void age(struct trial *t, tdp_gpa_t gpa, uint64_t size)
{
	ask(t, (struct request){.what = ASK_AGE, .gpa = gpa, .size = size, .clear = true});
}

static void fault_fast(struct trial *t, tdp_gpa_t gpa, uint32_t access, uint32_t flags)
{
	ask(t, (struct request){.what = ASK_FAST, .gpa = gpa, .size = PAGE, .access = access, .flags = flags});
}

/* Pages grow old, written ones and such as hardware may set Dirty in meanwhile; then they go. */
static void grow_old(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, 4 * PAGE, rwx, 1);
	trial_guest(t, h, TDP_W);
	trial_guest(t, h + PAGE, TDP_R);
	age(t, h, 4 * PAGE);
	fault_fast(t, h, TDP_READ, 0);
	zap(t, h, 4 * PAGE, 0, 0);
}

/* While pages are logged a huge leaf that is shut stays shut. */
static void log_quickly(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, block(t), rx, 0);
	ask(t, (struct request){.what = ASK_SET_ATTRS,
				.gpa = h,
				.size = block(t),
				.attrs = rwx,
				.mask = TDP_MASK_PROT,
				.flags = TDP_LOG_DIRTY});
	fault_fast(t, h + PAGE, TDP_WRITE, TDP_LOG_DIRTY);
}

/* A protected page stays so. */
static void protect_quickly(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, 4 * PAGE, rwx, 1);
	ask(t, (struct request){.what = ASK_PROTECT, .gpa = h, .size = 2 * PAGE});
	fault_fast(t, h + PAGE, TDP_WRITE, 0);
	trial_guest(t, h + PAGE, TDP_W);
}

static void promote(struct trial *t, tdp_gpa_t gpa, uint64_t size)
{
	ask(t, (struct request){.what = ASK_PROMOTE, .gpa = gpa, .size = size, .level = 1});
}

/* Pages become a huge leaf: one of them was written, the others may be at the last moment. */
static void promote_pages(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, 2 * block(t), rwx, 1);
	trial_guest(t, h + PAGE, TDP_W);
	promote(t, h, 2 * block(t));
	trial_guest(t, h + 2 * PAGE, TDP_R);
	zap(t, h, 2 * block(t), 0, 0);
}

/* A page is missing at either end of the range. */
static void promote_edge(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, 2 * block(t), rwx, 1);
	promote(t, h + PAGE, 2 * block(t) - 2 * PAGE);
}

/* One page is not like the others. */
static void promote_unlike(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, block(t) - PAGE, rwx, 1);
	map(t, h + block(t) - PAGE, PAGE, rx, 1);
	promote(t, h, block(t));
}

/* One page is open for writing, the others wait for their first logged write. */
static void promote_closed(struct trial *t)
{
	tdp_gpa_t h = home(t);

	ask(t, (struct request){
		       .what = ASK_MAP, .gpa = h, .size = block(t), .hpa = memory(t, h), .attrs = rwx, .flags = TDP_LOG_DIRTY});
	fault(t, h + PAGE, TDP_WRITE, rwx, PAGE, TDP_LOG_DIRTY);
	promote(t, h, block(t));
}

/* Into a bitmap, or to the hook. */
static void arm(struct trial *t, tdp_gpa_t gpa, uint64_t size, bool hook)
{
	struct request q = {.what = ASK_ARM, .gpa = gpa, .size = size};

	if (!hook)
		q.map = trial_bitmap(t, gpa, size, PAGE_LG2);
	ask(t, q);
}

/* Written pages are collected, twice, then they go. */
static void collect(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, 4 * PAGE, rwx, 1);
	trial_guest(t, h, TDP_W);
	trial_guest(t, h + 2 * PAGE, TDP_W);
	arm(t, h, 4 * PAGE, false);
	fault_fast(t, h + PAGE, TDP_WRITE, TDP_LOG_DIRTY);
	trial_guest(t, h + PAGE, TDP_W);
	arm(t, h, 4 * PAGE, false);
	zap(t, h, 4 * PAGE, 0, 0);
}

/* Written pages are closed for writing before they are collected: nobody grants them for writing when they go. */
static void collect_closed(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, 4 * PAGE, rwx, 1);
	trial_guest(t, h + PAGE, TDP_W);
	set_attrs(t, h, 4 * PAGE, rx, TDP_MASK_PROT);
	arm(t, h, 4 * PAGE, false);
	zap(t, h, 4 * PAGE, 0, 0);
}

/* One page of a huge leaf that was written elsewhere. */
static void collect_part(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, block(t), rwx, 0);
	trial_guest(t, h, TDP_W);
	arm(t, h + 2 * PAGE, PAGE, false);
	arm(t, h, block(t), false);
}

/* The same of one that nobody has written yet: hardware may set Dirty meanwhile. */
static void collect_late(struct trial *t)
{
	map(t, home(t), block(t), rwx, 0);
	arm(t, home(t) + 2 * PAGE, PAGE, false);
}

static void collect_by_hook(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, 4 * PAGE, rwx, 1);
	trial_guest(t, h + PAGE, TDP_W);
	arm(t, h, 4 * PAGE, true);
}

const struct workload log_workloads[] = {
	{"age", grow_old},
	{"log, quick fault", log_quickly},
	{"protect, quick fault", protect_quickly},
	{"promote", promote_pages},
	{"promote, edge", promote_edge},
	{"promote, unlike", promote_unlike},
	{"promote, closed", promote_closed},
	{"collect", collect},
	{"collect, closed", collect_closed},
	{"collect a part", collect_part},
	{"collect, late dirty", collect_late},
	{"collect by hook", collect_by_hook},
};
const unsigned log_workload_count = sizeof(log_workloads) / sizeof(log_workloads[0]);
