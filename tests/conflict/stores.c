/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conflict-stores: the library as it ships, under a tool that prints the address of every load and store. Each call stands between two
 * stores to known addresses; standard output says which, and what is claimed of each pair, for conflict-judge.
 */
#include "cases.h"
#include "plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Their addresses mean something, not their values. */
static volatile uint64_t begin[ACTORS], end;
static bool wrong;

/* noinline: the store comes right before the call, and right after it. */
__attribute__((noinline)) void watch_begin(enum actor who)
{
	begin[who] = 1;
}

__attribute__((noinline)) void watch_end(enum actor who)
{
	(void)who;
	end = 1;
}

static void print_place(const struct place *place)
{
	printf("%" PRIxPTR " %" PRIxPTR "\n", place->start, place->end);
}

/* In the order in which plan_read() expects it. */
static void print_places(void)
{
	struct places places = bed_places();

	printf("%" PRIxPTR " %" PRIxPTR " %" PRIxPTR "\n", (uintptr_t)&begin[FIRST], (uintptr_t)&begin[SECOND], (uintptr_t)&end);
	for (unsigned i = 0; i < PLACES; i++)
		print_place(&((const struct place *)&places)[i]);
}

static void before(const struct turn *turn)
{
	(void)turn;
}

static void after(const struct turn *turn, bool results_right)
{
	const struct claim *c = &turn->claim;

	printf("%d %d %d %x %x %s %s: %s\n", (int)c->expect, c->table_lines[FIRST], c->table_lines[SECOND], c->words[FIRST],
	       c->words[SECOND], turn->format->name, turn->rcu->name, turn->name);
	if (!results_right) {
		fprintf(stderr, "conflict: %s %s: %s: not the result it should have\n", turn->format->name, turn->rcu->name,
			turn->name);
		wrong = true;
	}
}

/* conflict-stores [all] */
int main(int argc, char **argv)
{
	print_places();
	cases_run(argc > 1 && strcmp(argv[1], "all") == 0, before, after);
	return wrong;
}
