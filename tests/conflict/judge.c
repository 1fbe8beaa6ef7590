/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conflict-judge PLAN TRACE: what conflict-stores claims of each pair of calls, held against a trace of its accesses as valgrind's lackey
 * prints it (" L address,size" for a load, S for a store, M for a load and then a store of the same). TAP.
 */
#include "plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct access {
	uintptr_t at;
	unsigned size;
	bool write;
};

static uintptr_t begin[ACTORS], end;
static struct places places;

/* Unreadable input is a failure, not an empty trace. */
static void fail(const char *what)
{
	printf("Bail out! %s\n", what);
	exit(1);
}

static void read_places(FILE *plan)
{
	if (fscanf(plan, "%" SCNxPTR " %" SCNxPTR " %" SCNxPTR, &begin[FIRST], &begin[SECOND], &end) != 3)
		fail("no plan");
	for (unsigned i = 0; i < PLACES; i++) {
		struct place *place = &((struct place *)&places)[i];

		if (fscanf(plan, "%" SCNxPTR " %" SCNxPTR, &place->start, &place->end) != 2)
			fail("the plan names too few places");
	}
}

/* The next access in a trace; false at its end. Other lines are messages. */
static bool next_access(FILE *trace, struct access *access)
{
	char text[128], kind;

	while (fgets(text, sizeof(text), trace))
		if (sscanf(text, " %c %" SCNxPTR ",%u", &kind, &access->at, &access->size) == 3 && strchr("LSM", kind)) {
			access->write = kind != 'L';
			return true;
		}
	return false;
}

/* Counts what one thread touched, from its own mark to the end mark. false: the trace ends before. */
static bool count_call(FILE *trace, enum actor who, struct lines *lines)
{
	struct access access = {0};

	while (access.at != begin[who] || !access.write)
		if (!next_access(trace, &access))
			return false;
	while (next_access(trace, &access)) {
		if (access.at == end)
			return true;
		lines_add(lines, &places, access.at, access.size, access.write, who);
	}
	return false;
}

int main(int argc, char **argv)
{
	static struct lines lines;
	FILE *plan = argc == 3 ? fopen(argv[1], "re") : NULL, *trace = argc == 3 ? fopen(argv[2], "re") : NULL;
	unsigned tests = 0, failures = 0;
	struct claim claim;
	char name[128];
	int expect;

	if (!plan || !trace)
		fail("usage: conflict-judge PLAN TRACE");
	read_places(plan);
	while (fscanf(plan, "%d %d %d %x %x %127[^\n]", &expect, &claim.table_lines[FIRST], &claim.table_lines[SECOND],
		      &claim.words[FIRST], &claim.words[SECOND], name) == 6) {
		bool good;

		claim.expect = (enum expect)expect;
		lines_clear(&lines);
		good = count_call(trace, FIRST, &lines) && count_call(trace, SECOND, &lines) &&
		       lines_judge(&lines, &places, &claim, true);
		failures += !good;
		printf("%sok %u - %s, stores\n", good ? "" : "not ", ++tests, name);
	}
	printf("1..%u\n", tests);
	return failures != 0 || tests == 0;
}
