/* SPDX-License-Identifier: BSD-2-Clause */
#include "cases.h"

#include <stdio.h>
#include <stdlib.h>

#define PAGE  UINT64_C(0x1000)
#define LARGE UINT64_C(0x200000)   /* what one leaf table maps */
#define HUGE  UINT64_C(0x40000000) /* what one table of leaf tables maps */
#define HPA   (UINT64_C(1) << 40)

/* Lines that a new leaf table and the entry that links it are. */
#define BUILT (PAGE / LINE_BYTES + 1)

static void must(enum tdp_result r, const char *call)
{
	if (r == TDP_OK)
		return;
	fprintf(stderr, "conflict: preparing: %s: %s\n", call, tdp_result_name(r));
	abort();
}

static struct tdp_attrs rights(unsigned prot)
{
	return (struct tdp_attrs){.prot = (uint8_t)prot, .memtype = TDP_MT_WB};
}

/* Map size bytes around gpa, by one leaf. Preparations are alone. */
static void map(tdp_gpa_t gpa, uint64_t size, unsigned prot)
{
	struct tdp_op op = {.flags = TDP_EXCLUSIVE, .cache = &bed.spare};

	gpa &= ~(size - 1);
	must(tdp_map(&bed.tree, gpa, size, HPA + gpa, rights(prot), &op), "tdp_map");
}

/* Unmap it; tables stay. */
static void unmap(tdp_gpa_t gpa, uint64_t size, struct tdp_gather *gather)
{
	struct tdp_op op = {.flags = TDP_EXCLUSIVE | TDP_ZAP_LEAVES, .gather = gather};

	must(tdp_zap(&bed.tree, gpa & ~(size - 1), size, &op), "tdp_zap");
}

/* The tables that lead to leaves of this size exist, and nothing is mapped. */
static void make_tables(const struct pair *pair, uint64_t size)
{
	for (unsigned who = FIRST; who < ACTORS; who++) {
		map(pair->gpa[who], size, TDP_RWX);
		unmap(pair->gpa[who], size, NULL);
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
	map(pair->gpa[FIRST] + 16 * PAGE, PAGE, TDP_RWX);
	unmap(pair->gpa[FIRST] + 16 * PAGE, PAGE, &bed.gather);
}

/* Mapped and in use. */
static void with_leaf(const struct pair *pair)
{
	for (unsigned who = FIRST; who < ACTORS; who++)
		map(pair->gpa[who], pair->size, TDP_RWX);
}

/* Mapped, read-only. */
static void with_read_only(const struct pair *pair)
{
	for (unsigned who = FIRST; who < ACTORS; who++)
		map(pair->gpa[who], pair->size, TDP_R);
}

/* A note where the fault is. */
static void with_note(const struct pair *pair)
{
	struct tdp_op op = {.flags = TDP_EXCLUSIVE, .cache = &bed.spare};

	make_tables(pair, PAGE);
	for (unsigned who = FIRST; who < ACTORS; who++)
		must(tdp_note(&bed.tree, pair->gpa[who] & ~(PAGE - 1), PAGE, 1, &op), "tdp_note");
}

/* Everything but the leaf table exists: another leaf table of the same parent makes sure of it. */
static void with_parents(const struct pair *pair)
{
	for (unsigned who = FIRST; who < ACTORS; who++)
		if (who == FIRST || pair->gpa[FIRST] / HUGE != pair->gpa[SECOND] / HUGE)
			map(pair->gpa[who] + 100 * LARGE, PAGE, TDP_RWX);
}

static const struct pair pairs[] = {
	/* Different leaf tables, which are neighbours. */
	{"page", with_tables, {0x5000, LARGE + 0x5000}, PAGE, 0, TDP_OK, {APART, 1}, false},
	{"prefetch", with_tables, {0x5000, LARGE + 0x5000}, PAGE, TDP_PREFETCH, TDP_OK, {APART, 1}, true},
	{"logged page", with_tables, {0x5000, LARGE + 0x5000}, PAGE, TDP_LOG_DIRTY, TDP_OK, {APART, 1}, true},
	{"under a gather", with_gather, {0x5000, LARGE + 0x5000}, PAGE, 0, TDP_OK, {APART, 1}, true},
	{"over a note", with_note, {0x5000, LARGE + 0x5000}, PAGE, TDP_OVER_NOTE, TDP_OK, {APART, 1}, true},
	{"widened", with_read_only, {0x5000, LARGE + 0x5000}, PAGE, 0, TDP_OK, {APART, 1}, true},
	{"mapped already", with_leaf, {0x5000, LARGE + 0x5000}, PAGE, 0, TDP_SPURIOUS, {APART, 0}, true},
	/* Different tables one level higher. */
	{"large leaf", with_tables, {0x5000, HUGE + 0x5000}, LARGE, 0, TDP_OK, {APART, 1}, true},
	{"new table", with_parents, {0x5000, HUGE + 0x5000}, PAGE, 0, TDP_OK, {APART, BUILT}, false},
	{"logged large leaf", with_read_only, {0x5000, HUGE + 0x5000}, LARGE, TDP_LOG_DIRTY, TDP_OK, {APART, BUILT}, true},
	/* One table, different lines. */
	{"one table", with_tables, {0x5000, 0x25000}, PAGE, 0, TDP_OK, {APART, 1}, true},
	/* Controls: one line of one table. */
	{"one line", with_tables, {0x5000, 0x6000}, PAGE, 0, TDP_OK, {ENTRY_LINE, 1}, false},
	{"one line of parents", with_parents, {0x5000, LARGE + 0x5000}, PAGE, 0, TDP_OK, {ENTRY_LINE, BUILT}, false},
	{.name = NULL},
};

/* What one thread will do. */
static void aim(const struct pair *pair, enum actor who)
{
	struct bed_actor *a = &bed.actor[who];
	tdp_gpa_t base = pair->gpa[who] & ~(pair->size - 1);

	a->op = (struct tdp_op){.flags = pair->flags, .cache = &a->cache};
	a->fault = (struct tdp_fault){
		.gpa = pair->gpa[who],
		.base = base,
		.backing = {.hpa = HPA + base, .size = pair->size, .attrs = rights(TDP_RWX)},
		.access = TDP_WRITE,
	};
}

static void run(const struct turn *turn, void (*before)(const struct turn *), void (*after)(const struct turn *, bool))
{
	bool right = true;

	bed_start(turn->format, turn->rcu);
	turn->pair->prepare(turn->pair);
	before(turn);
	for (unsigned who = FIRST; who < ACTORS; who++) {
		aim(turn->pair, who);
		bed_act(who);
		right = right && bed.actor[who].result == turn->pair->result;
	}
	after(turn, right);
	bed_stop();
}

void cases_run(void (*before)(const struct turn *turn), void (*after)(const struct turn *turn, bool results_right))
{
	const struct bed_rcu *rcu;

	for (const struct bed_format *format = bed_formats; format->name; format++)
		for (unsigned i = 0; (rcu = bed_rcu(i)) != NULL; i++)
			for (const struct pair *pair = pairs; pair->name; pair++) {
				struct turn turn = {.format = format, .rcu = rcu, .pair = pair, .claim = pair->claim};

				/* A decoy and a common entry would be two lines. */
				if ((pair->once && i > 0) || (rcu->decoy && pair->claim.expect != APART))
					continue;
				if (rcu->decoy)
					turn.claim.expect = DECOY_LINE;
				run(&turn, before, after);
			}
}
