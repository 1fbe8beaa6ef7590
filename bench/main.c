/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdpmmu-bench: options, then one run.
 */
#include "cpu.h"
#include "fail.h"
#include "pair.h"
#include "report.h"
#include "retire.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FULL_ROUNDS  11u
#define QUICK_ROUNDS 7u
#define SWEEP_ROUNDS 3u

struct options {
	struct plan plan;
	const char *json;
};

enum { KEY_JSON = 'j', KEY_QUICK = 'q', KEY_OP = 'o', KEY_FORMAT = 'f', KEY_ROUNDS = 'r', KEY_GUEST = 'g', KEY_SWEEP = 's' };

static const struct argp_option option_list[] = {
	{"json", KEY_JSON, "FILE", 0, "write the results to FILE", 0},
	{"quick", KEY_QUICK, NULL, 0, "small guests only, fewer rounds: less than a minute", 0},
	{"guest", KEY_GUEST, "SIZE", 0, "this guest only: see bench/README.md; a wrong one lists them", 0},
	{"sweep", KEY_SWEEP, NULL, 0, "every guest, and only what takes a whole one in one call; 3 rounds", 0},
	{"op", KEY_OP, "NAME", 0, "this operation only", 0},
	{"format", KEY_FORMAT, "NAME", 0, "this format only", 0},
	{"rounds", KEY_ROUNDS, "N", 0, "how many rounds, 1 to 101", 0},
	{0},
};

/* Is there such an operation? */
static bool known_op(const char *name)
{
	for (const struct bench_op *op = bench_ops; op->name; op++)
		if (strcmp(op->name, name) == 0)
			return true;
	return pair_knows(name) || retire_knows(name);
}

/* Is there such a format? */
static bool known_format(const char *name)
{
	for (const struct raw_format *format = raw_formats; format->name; format++)
		if (strcmp(format->name, name) == 0)
			return true;
	return false;
}

/* Say which guests there are. */
static void refuse_size(struct argp_state *state, const char *name)
{
	char names[256] = "";

	for (const struct bench_size *size = bench_sizes; size->name; size++) {
		strncat(names, " ", sizeof(names) - strlen(names) - 1);
		strncat(names, size->name, sizeof(names) - strlen(names) - 1);
	}
	argp_error(state, "no guest of %s:%s", name, names);
}

/* argp's callback: one option. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	char *end;

	switch (key) {
	case KEY_JSON:
		options->json = arg;
		return 0;
	case KEY_QUICK:
		options->plan.run = RUN_QUICK;
		options->plan.rounds = QUICK_ROUNDS;
		return 0;
	case KEY_OP:
		if (!known_op(arg))
			argp_error(state, "no operation is called %s", arg);
		options->plan.op = arg;
		return 0;
	case KEY_FORMAT:
		if (!known_format(arg))
			argp_error(state, "no format is called %s", arg);
		options->plan.format = arg;
		return 0;
	case KEY_GUEST:
		if (!plan_knows_size(arg))
			refuse_size(state, arg);
		options->plan.size = arg;
		return 0;
	case KEY_SWEEP:
		options->plan.run = RUN_SWEEP;
		options->plan.rounds = SWEEP_ROUNDS;
		return 0;
	case KEY_ROUNDS:
		options->plan.rounds = (unsigned)strtoul(arg, &end, 10);
		if (*end || options->plan.rounds < 1 || options->plan.rounds > MAX_ROUNDS)
			argp_error(state, "rounds: 1 to %d", MAX_ROUNDS);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* What is to be said about a run before it begins. */
static struct circumstances look_around(const struct plan *plan)
{
	struct circumstances run = {.cpu = "unknown CPU", .noise_before = measure_noise(), .rounds = plan->rounds};
	FILE *info = fopen("/proc/cpuinfo", "re");
	time_t today = time(NULL);
	char line[256];

	while (info && fgets(line, sizeof(line), info))
		if (sscanf(line, "model name : %127[^\n]", run.cpu) == 1)
			break;
	if (info)
		fclose(info);
	strftime(run.date, sizeof(run.date), "%Y-%m-%d", gmtime(&today));
	return run;
}

static void print_heading(const struct circumstances *run, bool pinned, int cpu, bool real_time)
{
	printf("tdpmmu-bench, built by %s, on %s; ", report_compiler(), run->cpu);
	if (pinned)
		printf("pinned to CPU %d", cpu);
	else
		printf("not pinned");
	printf("%s; %u rounds after a warm-up; noise before: %.1f %%\n", real_time ? ", SCHED_FIFO" : "", run->rounds,
	       run->noise_before);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		option_list, parse, NULL, "Measure the library's operations against the limits of this machine.", NULL, NULL, NULL};
	static struct result results[MAX_RESULTS];
	struct options options = {.plan = {.run = RUN_FULL, .rounds = FULL_ROUNDS, .progress = isatty(STDERR_FILENO)}};
	bool real_time, pinned;

	argp_parse(&argp, argc, argv, 0, NULL, &options);

	struct cpus cpus = cpu_list();

	pinned = cpu_pin(cpus.main, &real_time);

	struct circumstances run = look_around(&options.plan);

	print_heading(&run, pinned, cpus.main, real_time);
	share_enter_all();

	size_t count = measure(&options.plan, results);

	if (options.plan.run != RUN_SWEEP) {
		count += retire_measure(&options.plan, &results[count]);
		count += pair_measure(&options.plan, cpus.second, &results[count]);
	}
	share_leave_all();
	report_table(results, count);
	run.noise_after = measure_noise();
	printf("noise after: %.1f %% (above 5 %% on either side: measure again on a quieter machine)\n", run.noise_after);
	if (options.json)
		report_json(options.json, &run, results, count);
	return EXIT_SUCCESS;
}
