/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * schedules [--filter TEXT] [--discipline O|B] [--states N] [--preemptions N] [--replay SCHEDULE] [--random SEED --runs N]
 * schedules --generate N [--seed SEED]: so many scenarios made by chance
 * schedules --broken NAME [--filter TEXT]
 *
 * Explores every scenario on both disciplines and prints TAP; the last line says how much was looked at. With a broken variant of the
 * engine (lib/core/broken.h) a violation is demanded, and the first one is enough.
 */
#include "scenario.h"

#include <broken.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int tdp_test_broken;

static const char *const variants[] = {[TDP_BROKEN_NONE] = "NONE",
#define X(name, what) [TDP_BROKEN_##name] = #name,
				       TDP_BROKEN_LIST(X) TDP_BROKEN_SHARED_LIST(X)
#undef X
};

struct sum {
	unsigned long executions, states, violations, complete, scenarios;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static bool run(const struct scenario *s, bool overwrite, const struct exploration *x, struct sum *sum)
{
	const struct world_config config = {.overwrite = overwrite};
	double start = now();
	struct explored r = scenario_explore(s, &config, *x);
	bool good = !r.why[0];

	sum->scenarios++;
	sum->executions += r.executions;
	sum->states += r.states;
	sum->violations += !good;
	sum->complete += r.complete;
	if (tdp_test_broken && good)
		return true;
	printf("%sok %lu - %s, %s: %lu executions, %lu states, %s, %.1f s\n", good || tdp_test_broken ? "" : "not ",
	       tdp_test_broken ? 1 : sum->scenarios, s->name, overwrite ? "O" : "B", r.executions, r.states,
	       r.complete ? "complete" : "not complete", now() - start);
	if (!good)
		printf("# %s\n# schedules --filter '%s' --discipline %s --replay %s\n", r.why, s->name, overwrite ? "O" : "B",
		       r.schedule);
	fflush(stdout);
	return good;
}

/* Which variant of the engine; the names are those of lib/core/broken.h. */
static int variant(const char *name)
{
	for (int i = 0; i < (int)(sizeof(variants) / sizeof(variants[0])); i++)
		if (variants[i] && strcmp(variants[i], name) == 0)
			return i;
	fprintf(stderr, "no variant %s\n", name);
	exit(2);
}

struct request {
	struct exploration x;
	const char *filter, *discipline;
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
		{"discipline", required_argument, NULL, 'd'},
		{"preemptions", required_argument, NULL, 'p'},
		{"generate", required_argument, NULL, 'g'},
		{"seed", required_argument, NULL, 'S'},
		{0},
	};
	struct request q = {.x = {.preemptions = -1, .runs = 1000}, .filter = "", .discipline = "OB"};

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
			q.discipline = optarg;
		else if (c == 'p')
			q.x.preemptions = atoi(optarg);
		else if (c == 'g')
			q.generate = strtoul(optarg, NULL, 0);
		else if (c == 'S')
			q.seed = strtoul(optarg, NULL, 0);
		else
			exit(2);
	}
	return q;
}

static void run_both(const struct scenario *s, const struct request *q, struct sum *sum)
{
	for (const char *d = "OB"; *d; d++)
		if (strchr(q->discipline, *d) && !(tdp_test_broken && sum->violations))
			(void)run(s, *d == 'O', &q->x, sum);
}

int main(int argc, char **argv)
{
	struct request q = parse(argc, argv);
	struct sum sum = {0};
	double start = now();

	for (unsigned i = 0; i < scenario_count && !q.generate; i++)
		if (strstr(scenarios[i].name, q.filter))
			run_both(&scenarios[i], &q, &sum);
	for (unsigned long i = 0; i < q.generate; i++) {
		struct scenario s = scenario_generate(q.seed + i);

		run_both(&s, &q, &sum);
	}
	if (tdp_test_broken && !sum.violations)
		printf("not ok 1 - nothing is found\n");
	printf("1..%lu\n# executions=%lu states=%lu violations=%lu scenarios=%lu complete=%lu seconds=%.0f\n",
	       tdp_test_broken ? 1 : sum.scenarios, sum.executions, sum.states, sum.violations, sum.scenarios, sum.complete,
	       now() - start);
	return tdp_test_broken ? sum.violations == 0 : sum.violations != 0;
}
