/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * schedules [--part NAME,...] [--full] [--filter TEXT] [--formats OBESN] [--states N] [--preemptions N] [--random SEED --runs N]
 *           [--made N] [--seed N] [--save FILE]
 * schedules --broken NAME ...: demands a violation of a broken variant of the engine (lib/core/broken.h); the first one is enough
 * schedules --replay FILE...: what record.h says about files
 * schedules --renew FILE...
 *
 * Explores the parts (parts.c) and prints TAP; the last line says how much was looked at. A violation comes with the lines of a file
 * that replays it.
 */
#include "parts.h"
#include "record.h"

#include "../broken/names.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int tdp_test_broken;

/* Which variant of the engine. */
static int variant(const char *name)
{
	int v = broken_named(name);

	if (v == TDP_BROKEN_NONE) {
		fprintf(stderr, "no variant %s\n", name);
		exit(2);
	}
	return v;
}

static const struct option options[] = {
	{"part", required_argument, NULL, 'p'},
	{"full", no_argument, NULL, 'F'},
	{"filter", required_argument, NULL, 'f'},
	{"formats", required_argument, NULL, 'd'},
	{"states", required_argument, NULL, 's'},
	{"preemptions", required_argument, NULL, 'P'},
	{"random", required_argument, NULL, 'x'},
	{"runs", required_argument, NULL, 'n'},
	{"made", required_argument, NULL, 'g'},
	{"seed", required_argument, NULL, 'e'},
	{"save", required_argument, NULL, 'S'},
	{"broken", required_argument, NULL, 'b'},
	{"replay", no_argument, NULL, 'r'},
	{"renew", no_argument, NULL, 'R'},
	{0},
};

/* A number or a name. false: not one of those. */
static bool take(struct request *q, int option)
{
	switch (option) {
	case 'p':
		q->parts = optarg;
		return true;
	case 'F':
		q->full = true;
		return true;
	case 'f':
		q->filter = optarg;
		return true;
	case 'd':
		q->formats = optarg;
		return true;
	case 's':
		q->x.max_states = strtoul(optarg, NULL, 0);
		return true;
	case 'P':
		q->x.preemptions = atoi(optarg);
		return true;
	case 'x':
		q->x.random = strtoull(optarg, NULL, 0);
		return true;
	case 'n':
		q->x.runs = strtoul(optarg, NULL, 0);
		return true;
	case 'g':
		q->made = strtoul(optarg, NULL, 0);
		return true;
	case 'e':
		q->seed = strtoul(optarg, NULL, 0);
		return true;
	case 'S':
		q->save = optarg;
		return true;
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	struct request q = {.x = {.preemptions = -1, .runs = 1000}, .filter = ""};
	struct report report;
	int (*files)(char **paths, unsigned n) = NULL;

	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (c == 'b')
			tdp_test_broken = variant(optarg);
		else if (c == 'r' || c == 'R')
			files = c == 'r' ? record_replay : record_renew;
		else if (!take(&q, c))
			return 2;
	}
	if ((files != NULL) != (optind < argc))
		return 2;
	if (files)
		return files(argv + optind, (unsigned)(argc - optind));
	report_start(&report);
	parts_run(&q, &report);
	return report_end(&report);
}
