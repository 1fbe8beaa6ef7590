/* SPDX-License-Identifier: BSD-2-Clause */
#include "cases.h"
#include "acts.h"

#include <stdio.h>
#include <stdlib.h>

/* Lines that a new leaf table and the entry that links it are. */
#define BUILT (PAGE / LINE_BYTES + 1)

/* The tables that lead to leaves of this size exist, and nothing is mapped. */
static void make_tables(const struct pair *pair, uint64_t size)
{
	for (unsigned who = FIRST; who < ACTORS; who++) {
		prepare_map(pair->gpa[who], size, TDP_RWX);
		prepare_unmap(pair->gpa[who], size, NULL);
	}
}

static void with_tables(const struct pair *pair)
{
	make_tables(pair, pair->size);
}

/* Somebody's gather owes a flush: each fault flushes for itself. */
static void with_gather(const struct pair *pair)
{
	make_tables(pair, PAGE);
	prepare_map(pair->gpa[FIRST] + 16 * PAGE, PAGE, TDP_RWX);
	prepare_unmap(pair->gpa[FIRST] + 16 * PAGE, PAGE, &bed.gather);
}

/* Mapped and in use. */
static void with_leaf(const struct pair *pair)
{
	for (unsigned who = FIRST; who < ACTORS; who++)
		prepare_map(pair->gpa[who], pair->size, TDP_RWX);
}

/* Mapped, read-only. */
static void with_read_only(const struct pair *pair)
{
	for (unsigned who = FIRST; who < ACTORS; who++)
		prepare_map(pair->gpa[who], pair->size, TDP_R);
}

/* A note where the fault is. */
static void with_note(const struct pair *pair)
{
	struct tdp_op op = {.flags = TDP_EXCLUSIVE, .cache = &bed.spare};

	make_tables(pair, PAGE);
	for (unsigned who = FIRST; who < ACTORS; who++)
		prepare_must(tdp_note(&bed.tree, pair->gpa[who] & ~(PAGE - 1), PAGE, 1, &op), "tdp_note");
}

/* Everything but the leaf table exists: another leaf table of the same parent makes sure of it. */
static void with_parents(const struct pair *pair)
{
	for (unsigned who = FIRST; who < ACTORS; who++)
		if (who == FIRST || pair->gpa[FIRST] / HUGE != pair->gpa[SECOND] / HUGE)
			prepare_map(pair->gpa[who] + 100 * LARGE, PAGE, TDP_RWX);
}

static const struct pair pairs[] = {
	/* Different leaf tables, which are neighbours. */
	{"page", with_tables, {0x5000, LARGE + 0x5000}, PAGE, 0, TDP_OK, {APART, {1, 1}, {0}}, false},
	{"prefetch", with_tables, {0x5000, LARGE + 0x5000}, PAGE, TDP_PREFETCH, TDP_OK, {APART, {1, 1}, {0}}, true},
	{"logged page", with_tables, {0x5000, LARGE + 0x5000}, PAGE, TDP_LOG_DIRTY, TDP_OK, {APART, {1, 1}, {0}}, true},
	{"under a gather", with_gather, {0x5000, LARGE + 0x5000}, PAGE, 0, TDP_OK, {APART, {1, 1}, {0}}, true},
	{"over a note", with_note, {0x5000, LARGE + 0x5000}, PAGE, TDP_OVER_NOTE, TDP_OK, {APART, {1, 1}, {0}}, true},
	{"widened", with_read_only, {0x5000, LARGE + 0x5000}, PAGE, 0, TDP_OK, {APART, {1, 1}, {0}}, true},
	{"mapped already", with_leaf, {0x5000, LARGE + 0x5000}, PAGE, 0, TDP_SPURIOUS, {APART, {0, 0}, {0}}, true},
	/* Different tables one level higher. */
	{"large leaf", with_tables, {0x5000, HUGE + 0x5000}, LARGE, 0, TDP_OK, {APART, {1, 1}, {0}}, true},
	{"new table", with_parents, {0x5000, HUGE + 0x5000}, PAGE, 0, TDP_OK, {APART, {BUILT, BUILT}, {0}}, false},
	{"logged large leaf",
	 with_read_only,
	 {0x5000, HUGE + 0x5000},
	 LARGE,
	 TDP_LOG_DIRTY,
	 TDP_OK,
	 {APART, {BUILT, BUILT}, {0}},
	 true},
	/* One table, different lines. */
	{"one table", with_tables, {0x5000, 0x25000}, PAGE, 0, TDP_OK, {APART, {1, 1}, {0}}, true},
	/* Controls: one line of one table. */
	{"one line", with_tables, {0x5000, 0x6000}, PAGE, 0, TDP_OK, {ENTRY_LINE, {1, 1}, {0}}, false},
	{"one line of parents", with_parents, {0x5000, LARGE + 0x5000}, PAGE, 0, TDP_OK, {ENTRY_LINE, {BUILT, BUILT}, {0}}, false},
	{.name = NULL},
};

static enum tdp_result call_fault(struct bed_actor *a, tdp_gpa_t gpa)
{
	(void)gpa;
	return tdp_fault(&bed.tree, &a->fault, &a->op);
}

/* What one thread of a pair of faults will do. */
static void aim(const struct pair *pair, enum actor who)
{
	struct bed_actor *a = &bed.actor[who];
	tdp_gpa_t base = pair->gpa[who] & ~(pair->size - 1);

	a->call = call_fault;
	a->op = (struct tdp_op){.flags = pair->flags, .cache = &a->cache};
	a->fault = (struct tdp_fault){
		.gpa = pair->gpa[who],
		.base = base,
		.backing = {.hpa = HPA + base, .size = pair->size, .attrs = rights(TDP_RWX)},
		.access = TDP_WRITE,
	};
}

static void run(const struct turn *turn, const struct pair *pair, turn_fn *before, turn_done_fn *after)
{
	bool right = true;

	bed_start(turn->format, turn->rcu);
	pair->prepare(pair);
	before(turn);
	for (unsigned who = FIRST; who < ACTORS; who++) {
		aim(pair, who);
		bed_act(who);
		right = right && bed.actor[who].result == pair->result;
	}
	after(turn, right);
	bed_stop();
}

static void run_pairs(turn_fn *before, turn_done_fn *after, const struct bed_format *format)
{
	const struct bed_rcu *rcu;

	for (unsigned i = 0; (rcu = bed_rcu(i)) != NULL; i++)
		for (const struct pair *pair = pairs; pair->name; pair++) {
			struct turn turn = {.format = format, .rcu = rcu, .claim = pair->claim};

			/* A decoy and a common entry would be two lines. */
			if ((pair->once && i > 0) || (rcu->decoy && pair->claim.expect != APART))
				continue;
			if (rcu->decoy)
				turn.claim.expect = DECOY_LINE;
			snprintf(turn.name, sizeof(turn.name), "%s", pair->name);
			run(&turn, pair, before, after);
		}
}

/* Where the two act: the entries of their leaf tables' parents are a GiB apart, so even what replaces a whole table shares no line. */
static const tdp_gpa_t places[ACTORS] = {LARGE, HUGE + LARGE};

static void run_acts(const struct turn *turn, const struct act *const act[ACTORS], turn_fn *before, turn_done_fn *after)
{
	bool right = true;

	bed_start(turn->format, turn->rcu);
	for (unsigned who = FIRST; who < ACTORS; who++)
		act[who]->prepare(places[who]);
	before(turn);
	for (unsigned who = FIRST; who < ACTORS; who++) {
		struct bed_actor *a = &bed.actor[who];

		a->call = act[who]->call;
		a->gpa = places[who];
		a->op = (struct tdp_op){.cache = &a->cache};
		bed_act(who);
		right = right && a->result == TDP_OK;
	}
	after(turn, right);
	bed_stop();
}

/* Each operation beside each other one, and beside itself, where tables may be freed: with the test RCU. Without all: those with a fault. */
static void run_matrix(bool all, turn_fn *before, turn_done_fn *after, const struct bed_format *format)
{
	for (const struct act *one = acts; one->name && (all || one == acts); one++)
		for (const struct act *two = one; two->name; two++) {
			const struct act *const both[ACTORS] = {one, two};
			struct turn turn = {.format = format,
					    .rcu = bed_rcu(BED_RCU_OWN),
					    .claim = {APART, {ANY_LINES, ANY_LINES}, {one->words, two->words}}};

			snprintf(turn.name, sizeof(turn.name), "%s beside %s", one->name, two->name);
			run_acts(&turn, both, before, after);
		}
}

void cases_run(bool all, turn_fn *before, turn_done_fn *after)
{
	for (const struct bed_format *format = bed_formats; format->name; format++) {
		run_pairs(before, after, format);
		run_matrix(all, before, after, format);
	}
}
