/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * random-ops: random operations against a flat reference, on the referee. TAP on the standard output.
 */
#include "random.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct options {
	const struct setup *only; /* NULL: all */
	uint64_t seed;
	unsigned runs, steps, seconds;
	bool trace;
};

static void usage(FILE *out)
{
	fprintf(out, "usage: random-ops [--format NAME] [--seed N] [--runs N] [--ops N] [--seconds N] [--trace]\n"
		     "  --format NAME  only this setup; without it all of them:");
	for (unsigned i = 0; i < setup_count; i++)
		fprintf(out, " %s", setups[i].name);
	fprintf(out, "\n"
		     "  --seed N       of the first run (1); run k has seed N + k\n"
		     "  --runs N       runs for each setup (1)\n"
		     "  --ops N        steps of each run (2000)\n"
		     "  --seconds N    soak: go on with new seeds for so long\n"
		     "  --trace        print every call\n");
}

/* A number, or the end of the program. */
static uint64_t number(const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 0);

	if (*text == 0 || *end != 0) {
		fprintf(stderr, "random-ops: %s is not a number\n", text);
		exit(2);
	}
	return n;
}

static struct options parse(int argc, char **argv)
{
	static const struct option names[] = {
		{"format", required_argument, NULL, 'f'},  {"seed", required_argument, NULL, 's'},
		{"runs", required_argument, NULL, 'r'},	   {"ops", required_argument, NULL, 'o'},
		{"seconds", required_argument, NULL, 't'}, {"trace", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},	   {NULL, 0, NULL, 0},
	};
	struct options o = {.seed = 1, .runs = 1, .steps = 2000};

	for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		switch (c) {
		case 'f':
			o.only = setup_find(optarg);
			if (o.only)
				break;
			fprintf(stderr, "random-ops: no setup of the name %s\n", optarg);
			exit(2);
		case 's':
			o.seed = number(optarg);
			break;
		case 'r':
			o.runs = (unsigned)number(optarg);
			break;
		case 'o':
			o.steps = (unsigned)number(optarg);
			break;
		case 't':
			o.seconds = (unsigned)number(optarg);
			break;
		case 'v':
			o.trace = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(2);
		}
	}
	return o;
}

/* A text of several lines as TAP comments. */
static void comment(const char *text)
{
	while (*text) {
		int n = (int)strcspn(text, "\n");

		printf("# %.*s\n", n, text);
		text += n + (text[n] != 0);
	}
}

/* One run; prints its TAP line. */
static bool run(const struct options *o, const struct setup *s, uint64_t seed, unsigned number_of_run)
{
	struct trial *t = trial_new(s, seed, o->trace);
	bool ok;

	random_run(t, o->steps);
	trial_end(t);
	ok = !t->failed;
	printf("%sok %u - %s seed %" PRIu64 " ops %u\n", ok ? "" : "not ", number_of_run, s->name, seed, o->steps);
	if (!ok) {
		printf("# call %u: %s\n", t->calls, t->op);
		comment(t->why);
		printf("# again: random-ops --format %s --seed %" PRIu64 " --ops %u --trace\n", s->name, seed, o->steps);
	}
	fflush(stdout);
	trial_free(t);
	return ok;
}

int main(int argc, char **argv)
{
	const struct options o = parse(argc, argv);
	const time_t start = time(NULL);
	unsigned runs = 0, failures = 0;

	for (unsigned k = 0; k < o.runs || (unsigned)(time(NULL) - start) < o.seconds; k++)
		for (unsigned i = 0; i < setup_count; i++)
			if (!o.only || o.only == &setups[i])
				failures += !run(&o, &setups[i], o.seed + k, ++runs);
	printf("1..%u\n", runs);
	return failures != 0;
}
