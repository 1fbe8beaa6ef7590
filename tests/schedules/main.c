/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * schedules [--filter TEXT] [--formats OBES] [--set alone|kick|flush] [--states N] [--store-buffer] [--preemptions N] [--replay SCHEDULE] [--random SEED --runs N]
 * schedules --generate N [--seed SEED]: so many scenarios made by chance
 * schedules --broken NAME [--filter TEXT]
 *
 * Explores every scenario on some formats (world_format.c; the two fake ones unless told otherwise) and prints TAP; the last line says how much was looked at. With a broken variant of the
 * engine (lib/core/broken.h) a violation is demanded, and the first one is enough.
 */
#include "scenario.h"

#include "../broken/names.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int tdp_test_broken;

struct sum {
	unsigned long executions, states, violations, complete, scenarios;
};

static const char *const set_names[] = {[NO_SET] = "alone", [SET_KICK] = "kick", [SET_FLUSH] = "flush"};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static bool run(const struct scenario *s, const struct world_config *config, const struct exploration *x, struct sum *sum)
{
	const char letter = config->format->letter, *set = set_names[config->set];
	double start = now();
	struct explored r = scenario_explore(s, config, *x);
	bool good = !r.why[0];

	sum->scenarios++;
	sum->executions += r.executions;
	sum->states += r.states;
	sum->violations += !good;
	sum->complete += r.complete;
	if (tdp_test_broken && good)
		return true;
	printf("%sok %lu - %s, %c, %s: %lu executions, %lu states, %s, %.1f s\n", good || tdp_test_broken ? "" : "not ",
	       tdp_test_broken ? 1 : sum->scenarios, s->name, letter, set, r.executions, r.states,
	       r.complete ? "complete" : "not complete", now() - start);
	if (!good)
		printf("# %s\n# schedules --filter '%s' --formats %c --set %s%s --replay %s\n", r.why, s->name, letter, set,
		       config->store_buffer ? " --store-buffer" : "", r.schedule);
	fflush(stdout);
	return good;
}

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

struct request {
	struct exploration x;
	const char *filter, *formats, *sets;
	bool store_buffer;
	unsigned long generate, seed;
};

static struct request parse(int argc, char **argv)
{
	static const struct option options[] = {
		{"filter", required_argument, NULL, 'f'},
		{"states", required_argument, NULL, 's'},
		{"broken", required_argument, NULL, 'b'},
		{"replay", required_argument, NULL, 'r'},
		{"random", required_argument, NULL, 'x'},
		{"runs", required_argument, NULL, 'n'},
		{"formats", required_argument, NULL, 'd'},
		{"set", required_argument, NULL, 'S'},
		{"preemptions", required_argument, NULL, 'p'},
		{"store-buffer", no_argument, NULL, 't'},
		{"generate", required_argument, NULL, 'g'},
		{"seed", required_argument, NULL, 'e'},
		{0},
	};
	struct request q = {.x = {.preemptions = -1, .runs = 1000}, .filter = "", .formats = "OB", .sets = "alone kick flush"};

	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (c == 'f')
			q.filter = optarg;
		else if (c == 's')
			q.x.max_states = strtoul(optarg, NULL, 0);
		else if (c == 'b')
			tdp_test_broken = variant(optarg);
		else if (c == 'r')
			q.x.replay = optarg;
		else if (c == 'x')
			q.x.random = strtoull(optarg, NULL, 0);
		else if (c == 'n')
			q.x.runs = strtoul(optarg, NULL, 0);
		else if (c == 'd')
			q.formats = optarg;
		else if (c == 'S')
			q.sets = optarg;
		else if (c == 't')
			q.store_buffer = true;
		else if (c == 'p')
			q.x.preemptions = atoi(optarg);
		else if (c == 'g')
			q.generate = strtoul(optarg, NULL, 0);
		else if (c == 'e')
			q.seed = strtoul(optarg, NULL, 0);
		else
			exit(2);
	}
	return q;
}

/* Those of a list that were asked for, on the formats that were. With a broken variant one violation is enough. */
static void run_list(const struct scenario *list, unsigned n, enum world_set set, const struct request *q, struct sum *sum)
{
	for (unsigned i = 0; i < n; i++)
		for (const struct world_format *f = world_formats; f->letter && !(tdp_test_broken && sum->violations); f++)
			if (strstr(list[i].name, q->filter) && strchr(q->formats, f->letter) && strstr(q->sets, set_names[set]) &&
			    (set == NO_SET || f->entries == PER_TABLE))
				(void)run(&list[i],
					  &(struct world_config){.format = f, .set = set, .store_buffer = q->store_buffer}, &q->x,
					  sum);
}

int main(int argc, char **argv)
{
	struct request q = parse(argc, argv);
	struct sum sum = {0};
	double start = now();

	if (!q.generate) {
		run_list(scenarios, scenario_count, NO_SET, &q, &sum);
		run_list(set_scenarios, set_scenario_count, SET_KICK, &q, &sum);
		run_list(set_scenarios, set_scenario_count, SET_FLUSH, &q, &sum);
	}
	for (unsigned long i = 0; i < q.generate; i++) {
		struct scenario s = scenario_generate(q.seed + i);

		run_list(&s, 1, NO_SET, &q, &sum);
	}
	if (tdp_test_broken && !sum.violations)
		printf("not ok 1 - nothing is found\n");
	printf("1..%lu\n# executions=%lu states=%lu violations=%lu scenarios=%lu complete=%lu seconds=%.0f\n",
	       tdp_test_broken ? 1 : sum.scenarios, sum.executions, sum.states, sum.violations, sum.scenarios, sum.complete,
	       now() - start);
	return tdp_test_broken ? sum.violations == 0 : sum.violations != 0;
}
