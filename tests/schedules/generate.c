/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenarios nobody thought of. What they do must leave the checks of the world true: backing 1 is never mapped anew, so that a page of it that
 * was closed stays closed.
 */
#include "scenario.h"

#include <stdio.h>
#include <string.h>

static uint64_t state;

static unsigned below(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 11) % n;
}

static const char *const befores[] = {
	"map 0 4 0", "map 0 4 1", "map 0 2 0", "map 1 1 0", "map 0 8 1", "map 0 8 0", "map 2 4 0",	   "ro 0 4 0",
	"ro 0 4 1",  "log 0 4 0", "empty 0",   "full 0 4",  "full 0 8",	 "full 0 8",  "wplog 0; full 0 4",
};

/* Acts on a range, on a range with a backing, on one page. */
static const char *const ranges[] = {"zap",	"leaves", "ozap",  "szap", "yzap",    "gzap",  "ygzap", "trim",
				     "protect", "attr",	  "attrx", "type", "note",    "visit", "split", "promote",
				     "promote", "arm",	  "arm",   "garm", "restore", "age"};
static const char *const moves[] = {"map", "replace"};
static const char *const points[] = {"fault", "lfault", "hfault"};
#define PICK(list) list[below(sizeof(list) / sizeof(list[0]))]

/* A range below the first two entries of level 1, more often a whole table or one page than anything else. */
static void range(unsigned *page, unsigned *n)
{
	static const unsigned sizes[] = {1, 1, 1, 2, 4, 4, 8};

	*n = PICK(sizes);
	*page = *n == 8 ? 0 : *n == 4 && below(3) ? 4 * below(2) : below(9 - *n);
}

static int act(char *out, size_t room)
{
	unsigned page, n, kind = below(16);

	range(&page, &n);
	if (kind < 8)
		return snprintf(out, room, "%s %u %u", PICK(ranges), page, n);
	if (kind < 10)
		return snprintf(out, room, "%s %u %u %u", PICK(moves), page, n, 2 + below(2));
	if (kind < 12)
		return snprintf(out, room, "%s %u %u", PICK(points), page, 2 + below(2));
	if (kind < 13)
		return snprintf(out, room, "lookup %u", page);
	if (kind < 14)
		return snprintf(out, room, below(2) ? "fast %u %u 2" : "fw %u %u 2", below(CPUS), page);
	return snprintf(out, room, "%s %u %u", below(4) ? "write" : "read", below(CPUS), page);
}

static const char *acts(char *out, size_t room, unsigned n)
{
	int used = 0;

	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			used += snprintf(out + used, room - (size_t)used, "; ");
		used += act(out + used, room - (size_t)used);
	}
	return out;
}

struct scenario scenario_generate(uint64_t seed)
{
	static char name[32], before[96], fibre[3][96];
	struct scenario s = {.name = name, .before = before};
	unsigned fibres;

	state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	fibres = 2 + below(2);
	snprintf(name, sizeof(name), "generated %llu", (unsigned long long)seed);
	snprintf(before, sizeof(before), "%s; touch %u %u 1; touch %u %u %u", PICK(befores), below(CPUS), below(4), below(CPUS),
		 below(8), below(2));
	for (unsigned i = 0; i < fibres; i++)
		s.fibre[i] = acts(fibre[i], sizeof(fibre[i]), 1 + (below(3) == 0));
	return s;
}
