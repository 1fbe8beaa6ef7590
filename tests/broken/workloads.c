/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Short pieces of work, each aimed at a few bugs. All of them run on a trial, so every call is compared with the flat reference and
 * judged by the referee. Here: what comes, changes and goes. Logs, aging and promotions: workloads_log.c.
 */
#include "work.h"

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

static const struct workload workloads[] = {
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
};
enum { OURS = sizeof(workloads) / sizeof(workloads[0]) };

const struct workload *workload_at(unsigned i)
{
	if (i < OURS)
		return &workloads[i];
	return i - OURS < log_workload_count ? &log_workloads[i - OURS] : NULL;
}
