/* SPDX-License-Identifier: BSD-2-Clause */
/* Which pages the guest writes; see log.h. */
#include "log.h"

#include "memory.h"
#include "options.h"
#include "report.h"
#include "touched.h"

enum { WORDS = PAGES / 64, ONE_IN = 64, HUGE_LEVEL = 1, SHOWN = 3 };
#define ENTRY_WRITABLE UINT64_C(2)

static bool on;
static struct report before;	  /* when it began */
static uint64_t sent[PAGES];	  /* hashes */
static uint64_t collected[WORDS]; /* of this round, by the library */
static uint64_t moved[WORDS];	  /* reported since the last round */
static uint64_t ever[WORDS];	  /* in any round of this log */
static uint64_t told[WORDS];	  /* the guest says so itself */
static const struct tdp_bitmap bitmap = {.words = collected, .pages = PAGES, .page_lg2 = 12};

static bool has(const uint64_t *set, uint64_t gfn)
{
	return set[gfn / 64] >> gfn % 64 & 1;
}

static void add(uint64_t *set, uint64_t gfn)
{
	set[gfn / 64] |= UINT64_C(1) << gfn % 64;
}

bool log_is_on(void)
{
	return on;
}

uint32_t log_flag(void)
{
	return on ? TDP_LOG_DIRTY : 0;
}

void log_new_page(uint64_t gfn)
{
	if (on)
		sent[gfn] = page_hash(page_hpa(gfn));
}

void log_moved(uint64_t gpa, uint64_t size)
{
	if (breaks(BREAK_FORGET_MOVED))
		return;
	for (uint64_t g = gpa / PAGE; g < (gpa + size) / PAGE && g < PAGES; g++)
		add(moved, g);
}

void log_told(uint64_t gpa)
{
	if (!on || gpa >= GUEST_SIZE)
		return;
	add(told, gpa / PAGE);
	report.told++;
}

/* What the library has collected since it was asked last; the pages are armed again. */
static void collect(enum caller who)
{
	struct tdp_op op = tree_op(who, 0);

	for (unsigned i = 0; i < WORDS; i++) {
		collected[i] = moved[i];
		moved[i] = 0;
	}
	tree_must(tdp_dirty_arm(&tree, 0, GUEST_SIZE, &bitmap, &op), "tdp_dirty_arm", 0);
	for (unsigned i = 0; i < touched_count(); i++) {
		const uint64_t gfn = touched_page(i);

		if (gfn % ONE_IN)
			continue;
		if (breaks(BREAK_FORGET_LOGGED))
			collected[gfn / 64] &= ~UINT64_C(1);
		if (breaks(BREAK_NO_REARM) && tree_entry(gfn * PAGE))
			__atomic_fetch_or(tree_entry(gfn * PAGE), ENTRY_WRITABLE, __ATOMIC_SEQ_CST);
	}
}

/* Every leaf becomes pages, so that a log is one of pages. */
static void split_all(void)
{
	struct tdp_stats stats = {0};
	struct tdp_op op = tree_op(GUESTS_PROCESSOR, 0);

	op.stats = &stats;
	tree_must(tdp_split(&tree, 0, GUEST_SIZE, 0, &op), "tdp_split", 0);
	report.split += stats.split;
}

/* And leaves again, where the pages have not moved. */
static void promote_all(void)
{
	struct tdp_stats stats = {0};
	struct tdp_op op = tree_op(GUESTS_PROCESSOR, 0);

	op.stats = &stats;
	tree_must(tdp_promote(&tree, 0, GUEST_SIZE, HUGE_LEVEL, NULL, NULL, &op), "tdp_promote", 0);
	report.promoted += stats.promoted;
}

void log_start(void)
{
	on = true;
	before = report;
	report.logs++;
	for (unsigned i = 0; i < WORDS; i++)
		ever[i] = told[i] = 0;
	if (options.huge)
		split_all();
	collect(GUESTS_PROCESSOR);
	for (unsigned i = 0; i < touched_count(); i++)
		sent[touched_page(i)] = page_hash(page_hpa(touched_page(i)));
	say("\n[hv] log %lu on: %u pages\n", report.logs, touched_count());
}

/* Sends what was collected. Returns how many pages; *same: how many of them were as before. */
static uint64_t send(uint64_t *same)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < touched_count(); i++) {
		const uint64_t gfn = touched_page(i);
		uint64_t hash;

		if (!has(collected, gfn))
			continue;
		count++;
		add(ever, gfn);
		hash = page_hash(page_hpa(gfn));
		*same += hash == sent[gfn];
		sent[gfn] = hash;
	}
	return count;
}

/* With logging by write protection what is open for writing counts as written: a page that is open and clean would be written unseen. */
static enum tdp_verdict check_closed(void *arg, struct tdp_visit *visit)
{
	(void)arg;
	if ((visit->entry.live & TDP_W) && !visit->entry.dirty && report.open_clean++ == 0)
		say("[hv] MISSED: page %lx is open for writing, but not as written\n", visit->gpa / PAGE);
	return TDP_GO;
}

/* Only behind the collection may pages be read: until then the guest may write to them unseen. */
void log_round(enum caller who)
{
	if (!on)
		return;
	if (!options.by_flag)
		tree_must(tdp_walk(&tree, 0, GUEST_SIZE, TDP_VISIT_LEAF, check_closed, NULL, NULL), "tdp_walk", 0);
	collect(who);
	report.rounds++;
	report.logged += send(&report.logged_same);
}

/* Pages that differ from what was sent last, or that the guest has written by its own account and no round had. */
static uint64_t missed_pages(void)
{
	uint64_t missed = 0;

	for (unsigned i = 0; i < touched_count(); i++) {
		const uint64_t gfn = touched_page(i);
		const bool differs = page_hash(page_hpa(gfn)) != sent[gfn], unsaid = has(told, gfn) && !has(ever, gfn);

		if ((differs || unsaid) && missed++ < SHOWN)
			say("[hv] MISSED: page %lx %s\n", gfn,
			    differs ? "was written and is not logged" : "was written, says the guest");
	}
	return missed;
}

void log_end(void)
{
	uint64_t missed;

	log_round(GUESTS_PROCESSOR);
	missed = missed_pages();
	report.missed += missed;
	on = false;
	if (options.huge)
		promote_all();
	say("\n[hv] log %lu off: %lu rounds, %lu pages logged (%lu of them as before), %lu missed\n", report.logs,
	    report.rounds - before.rounds, report.logged - before.logged, report.logged_same - before.logged_same, missed);
}
