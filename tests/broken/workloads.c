/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Short pieces of work, each aimed at a few bugs. All of them run on a trial, so every call is compared with the flat reference and
 * judged by the referee.
 */
#include "broken_tests.h"

static const struct tdp_attrs rwx = {.prot = TDP_RWX}, rx = {.prot = TDP_RX}, rw = {.prot = TDP_RW},
			      special = {.prot = TDP_RWX, .memtype = TDP_MT_UC, .sw = 1};

/* Where the work happens: at a boundary of an upper level, two entries of level 1 in single pages. */
static tdp_gpa_t home(const struct trial *t)
{
	return t->w.end / 4 < UINT64_C(1) << 30 ? t->w.end / 4 : UINT64_C(1) << 30;
}

/* Memory for an address, aligned for any leaf. */
static tdp_hpa_t memory(const struct trial *t, tdp_gpa_t gpa)
{
	return (UINT64_C(1) << 34) + gpa - home(t);
}

static uint64_t block(const struct trial *t)
{
	return world_span(&t->w, 1);
}

/* With tables enough. */
static void ask(struct trial *t, struct request q)
{
	q.tables = -1;
	trial_do(t, &q);
}

static void map(struct trial *t, tdp_gpa_t gpa, uint64_t size, struct tdp_attrs attrs, unsigned max_level_plus1)
{
	ask(t, (struct request){.what = ASK_MAP,
				.gpa = gpa,
				.size = size,
				.hpa = memory(t, gpa),
				.attrs = attrs,
				.max_level_plus1 = (uint8_t)max_level_plus1});
}

static void zap(struct trial *t, tdp_gpa_t gpa, uint64_t size, uint32_t flags, unsigned gather)
{
	ask(t, (struct request){.what = ASK_ZAP, .gpa = gpa, .size = size, .flags = flags, .gather = gather});
}

static void set_attrs(struct trial *t, tdp_gpa_t gpa, uint64_t size, struct tdp_attrs attrs, unsigned mask)
{
	ask(t, (struct request){.what = ASK_SET_ATTRS, .gpa = gpa, .size = size, .attrs = attrs, .mask = mask});
}

static void fault(struct trial *t, tdp_gpa_t gpa, uint32_t access, struct tdp_attrs attrs, uint64_t backing, uint32_t flags)
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

/* Single pages come, are written, and go from the middle. */
static void pages(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, 4 * PAGE, rwx, 1);
	for (unsigned i = 0; i < 4; i++)
		trial_guest(t, h + i * PAGE, TDP_W);
	zap(t, h + PAGE, 2 * PAGE, 0, 0);
	trial_guest(t, h, TDP_R);
}

/* A whole table goes, with pages that were written. */
static void table(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, block(t), rwx, 1);
	trial_guest(t, h + PAGE, TDP_W);
	zap(t, h, block(t), 0, 0);
}

/* Pages that nobody has written yet: hardware may set Dirty while they go. */
static void late_dirty(struct trial *t)
{
	map(t, home(t), 2 * PAGE, rwx, 1);
	zap(t, home(t), PAGE, 0, 0);
}

/* A huge leaf with all that it may carry, written, is split by a narrower page. */
static void split(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, block(t), special, 0);
	trial_guest(t, h + PAGE, TDP_W);
	set_attrs(t, h + 2 * PAGE, PAGE, rx, TDP_MASK_PROT);
	trial_guest(t, h + PAGE, TDP_R);
	zap(t, h + PAGE, PAGE, 0, 0);
}

/* The same place twice, with other memory. */
static void twice(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, 4 * PAGE, rwx, 1);
	trial_guest(t, h, TDP_R);
	ask(t, (struct request){.what = ASK_MAP, .gpa = h, .size = 2 * PAGE, .hpa = memory(t, h) + 64 * block(t), .attrs = rwx});
}

/* A block of guest memory on host memory that is a page off. */
static void misaligned(struct trial *t)
{
	tdp_gpa_t h = home(t);

	ask(t, (struct request){.what = ASK_MAP, .gpa = h, .size = block(t), .hpa = memory(t, h) + PAGE, .attrs = rwx});
}

/* One table where two are needed. */
static void starve(struct trial *t)
{
	struct request q = {.what = ASK_MAP, .gpa = home(t), .size = PAGE, .hpa = memory(t, home(t)), .attrs = rwx, .tables = 1};

	trial_do(t, &q);
	q.tables = 0;
	trial_do(t, &q);
}

/* Something new appears where a flush is still put off. */
static void gather_map(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, 4 * PAGE, rwx, 1);
	trial_guest(t, h, TDP_W);
	zap(t, h, PAGE, 0, 1);
	ask(t, (struct request){.what = ASK_MAP, .gpa = h, .size = PAGE, .hpa = memory(t, h) + 64 * block(t), .attrs = rwx});
	trial_guest(t, h, TDP_R);
	trial_flush(t, 1);
}

/* Two places far from each other in one gather. */
static void gather_ranges(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, block(t) + 2 * PAGE, rwx, 1);
	trial_guest(t, h, TDP_W);
	zap(t, h, PAGE, 0, 1);
	zap(t, h + block(t), PAGE, 0, 1);
	trial_flush(t, 1);
}

static void replace(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, 4 * PAGE, rwx, 1);
	trial_guest(t, h + PAGE, TDP_W);
	ask(t, (struct request){.what = ASK_REPLACE,
				.gpa = h,
				.size = 2 * PAGE,
				.hpa = memory(t, h),
				.new_hpa = memory(t, h) + 64 * block(t),
				.attrs = rwx});
	trial_guest(t, h + PAGE, TDP_R);
}

/* Writes are kept out, and a fault must not let them in again. */
static void protect(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, 4 * PAGE, rwx, 1);
	trial_guest(t, h + PAGE, TDP_W);
	ask(t, (struct request){.what = ASK_PROTECT, .gpa = h, .size = 2 * PAGE});
	trial_guest(t, h + PAGE, TDP_W);
	fault(t, h + PAGE, TDP_WRITE, rwx, PAGE, 0);
	zap(t, h + PAGE, PAGE, 0, 0);
}

static void narrow(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, 4 * PAGE, rwx, 1);
	trial_guest(t, h, TDP_W);
	set_attrs(t, h, 2 * PAGE, rx, TDP_MASK_PROT);
}

static void retype(struct trial *t)
{
	map(t, home(t), 4 * PAGE, rwx, 1);
	trial_guest(t, home(t), TDP_R);
	set_attrs(t, home(t), 2 * PAGE, special, TDP_MASK_MEMTYPE);
}

/* A table with nothing but a note in it stays. */
static void trim_note(struct trial *t)
{
	tdp_gpa_t h = home(t);

	ask(t, (struct request){.what = ASK_NOTE, .gpa = h, .size = PAGE, .note = 7});
	ask(t, (struct request){.what = ASK_TRIM, .gpa = h, .size = block(t)});
}

/* A table that was emptied goes. */
static void trim_empty(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, 2 * PAGE, rwx, 1);
	trial_guest(t, h, TDP_R);
	zap(t, h, block(t), TDP_ZAP_LEAVES, 0);
	ask(t, (struct request){.what = ASK_TRIM, .gpa = h, .size = block(t)});
}

/* While writes are logged a write to a huge leaf splits it. */
static void log_writes(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, block(t), rx, 0);
	fault(t, h + PAGE, TDP_WRITE, rwx, block(t), TDP_LOG_DIRTY);
	fault(t, h + block(t), TDP_READ, rwx, block(t), TDP_LOG_DIRTY);
}

/* What was granted before stays granted. */
static void widen(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, PAGE, rx, 1);
	fault(t, h, TDP_WRITE, rw, PAGE, 0);
	trial_guest(t, h, TDP_XS);
}

/* A huge leaf goes as a whole. */
static void huge(struct trial *t)
{
	tdp_gpa_t h = home(t);

	map(t, h, 2 * block(t), rwx, 2);
	trial_guest(t, h, TDP_W);
	zap(t, h, block(t), 0, 0);
}

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

const struct workload workloads[] = {
	{"pages", pages},
	{"table", table},
	{"late dirty", late_dirty},
	{"split", split},
	{"map twice", twice},
	{"misaligned", misaligned},
	{"starve", starve},
	{"gather, map", gather_map},
	{"gather two", gather_ranges},
	{"replace", replace},
	{"protect", protect},
	{"narrow", narrow},
	{"retype", retype},
	{"trim a note", trim_note},
	{"trim", trim_empty},
	{"log writes", log_writes},
	{"widen", widen},
	{"huge", huge},
	{"age", grow_old},
	{"log, quick fault", log_quickly},
	{"protect, quick fault", protect_quickly},
	{"promote", promote_pages},
	{"promote, edge", promote_edge},
	{"promote, unlike", promote_unlike},
	{"promote, closed", promote_closed},
	{"collect", collect},
	{"collect a part", collect_part},
	{"collect, late dirty", collect_late},
	{"collect by hook", collect_by_hook},
};
const unsigned workload_count = sizeof(workloads) / sizeof(workloads[0]);
