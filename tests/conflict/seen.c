/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conflict-seen: the test build. What a call writes is what the engine's accessors report (entries), and every line of the process that
 * differs afterwards (memory). TAP.
 */
#include "cases.h"
#include "points.h"
#include "snapshot.h"

#include <stdio.h>

/* In memory that is not compared. door: the hook trace alone. */
static struct lines *lines, *door;
static struct places *places;
static unsigned tests, failures;

void watch_begin(enum actor who)
{
	snapshot_take();
	points_to(door, places, who);
}

void watch_end(enum actor who)
{
	points_to(NULL, NULL, who);
	snapshot_compare(lines, places, who);
}

static void before(const struct turn *turn)
{
	(void)turn;
	*places = bed_places();
	lines_clear(lines);
	lines_clear(door);
	snapshot_find();
}

static void tell(bool good, const struct turn *turn, const char *what)
{
	failures += !good;
	printf("%sok %u - %s %s: %s, %s\n", good ? "" : "not ", ++tests, turn->format->name, turn->rcu->name, turn->name, what);
}

static void after(const struct turn *turn, bool results_right)
{
	struct claim claim = turn->claim;

	/* What was written and has its old value again does not differ. */
	if (!turn->rcu->silent)
		tell(lines_judge(lines, places, &claim, false) && results_right, turn, "memory");
	/* No decoy is an entry. */
	if (claim.expect == DECOY_LINE)
		claim.expect = APART;
	tell(lines_judge(door, places, &claim, false), turn, "entries");
}

int main(void)
{
	lines = snapshot_arena(sizeof(*lines));
	door = snapshot_arena(sizeof(*door));
	places = snapshot_arena(sizeof(*places));
	cases_run(true, before, after);
	printf("1..%u\n", tests);
	return failures != 0;
}
