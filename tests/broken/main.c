/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broken-engine [NAME]: switches on one broken variant of the engine after the other, and requires that it is found, on every setup where it
 * can show: by the directed workloads, by the check that it is meant for; and, on the two fake formats, by random operations, by
 * whatever check. Each attempt runs in a process of its own, because a crash is a way to be found. Without a bug nothing may be found.
 */
#include "broken_tests.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RANDOM_STEPS = 6000, RANDOM_SEEDS = 2, SECONDS = 60 };

/* Both disciplines, small and real; with and without hardware that sets Dirty; without room for SD. */
static const char *const tried_on[] = {"fake-o", "npt", "ept", "ept-noad", "fake-b", "s2", "s2-hw", "riscv"};
enum { SETUPS = sizeof(tried_on) / sizeof(tried_on[0]) };

struct outcome {
	uint32_t found; /* FOUND() bits; 0: nothing */
	unsigned calls;
	char where[24], why[96];
};

static void record(struct outcome *o, const struct trial *t, const char *where)
{
	o->calls += t->calls;
	if (!t->failed)
		return;
	o->found = found_by_referee(t->r);
	if (o->found == 0)
		o->found = REFERENCE;
	snprintf(o->where, sizeof(o->where), "%s", where);
	snprintf(o->why, sizeof(o->why), "%.*s", (int)strcspn(t->why, "\n"), t->why);
}

/* The directed workloads, one after the other until something is found. */
static void run_directed(const struct setup *s, struct outcome *o)
{
	const struct workload *w;
	unsigned calls;

	for (unsigned i = 0; (w = workload_at(i)) != NULL && !o->found; i++) {
		struct trial *t = trial_new(s, i, false);

		w->run(t);
		if (!t->failed)
			trial_end(t);
		record(o, t, w->name);
		trial_free(t);
	}
	if (o->found)
		return;
	o->found = two_trees(s, &calls);
	o->calls += calls;
	if (o->found)
		snprintf(o->where, sizeof(o->where), "two trees");
}

static void run_random(const struct setup *s, struct outcome *o)
{
	for (unsigned seed = 1; seed <= RANDOM_SEEDS && !o->found; seed++) {
		struct trial *t = trial_new(s, seed, false);

		random_run(t, RANDOM_STEPS);
		if (!t->failed)
			trial_end(t);
		record(o, t, "random");
		trial_free(t);
	}
}

/* Random operations are dense enough only where tables are small. */
static bool random_finds_on(const struct setup *s)
{
	return s->gpa_bits < 30;
}

/* Runs one of the two in a child, with a variant switched on (NULL: none). */
static struct outcome attempt(const char *variant, const struct setup *s, void (*run)(const struct setup *, struct outcome *))
{
	struct outcome o = {0};
	int pipes[2], status;
	ssize_t got;
	pid_t pid;

	fflush(NULL);
	if (pipe(pipes) || (pid = fork()) < 0) {
		perror("broken-engine");
		exit(2);
	}
	if (pid == 0) {
		alarm(SECONDS);
		if (variant && !freopen("/dev/null", "w", stderr)) /* crash reports are expected */
			_exit(2);
		if (!referee_break(variant))
			_exit(2);
		run(s, &o);
		_exit(write(pipes[1], &o, sizeof(o)) == sizeof(o) ? 0 : 2);
	}
	close(pipes[1]);
	got = read(pipes[0], &o, sizeof(o));
	close(pipes[0]);
	waitpid(pid, &status, 0);
	if (got != sizeof(o))
		o = (struct outcome){.found = CRASH, .where = "a crash"};
	return o;
}

/* "V3 V5", "reference", "crash". */
static const char *names_of(uint32_t found, char *buf, size_t room)
{
	size_t n = 0;

	buf[0] = 0;
	for (unsigned v = REF_V1; v < REF_V_COUNT && n < room; v++)
		if (found & FOUND(v))
			n += (size_t)snprintf(buf + n, room - n, "%sV%u", n ? " " : "", v);
	if (found & REFERENCE)
		snprintf(buf, room, "reference");
	if (found & CRASH)
		snprintf(buf, room, "crash");
	return found ? buf : "nothing";
}

static void print_row(const char *variant, const struct setup *s, const struct outcome *directed, const struct outcome *random)
{
	char buf[64];

	printf("# %-24s %-7s %-12s %4u %-14s", variant, s->name, directed->where, directed->calls,
	       names_of(directed->found, buf, sizeof(buf)));
	if (random->calls || random->found)
		printf(" %5u %s", random->calls, names_of(random->found, buf, sizeof(buf)));
	printf("\n");
}

/* One variant on every setup where it shows. */
static bool try_variant(const struct variant *v)
{
	bool found = true;

	for (unsigned i = 0; i < SETUPS; i++) {
		const struct setup *s = setup_find(tried_on[i]);
		struct outcome directed, random = {0};

		if (!variant_shows_on(v, s))
			continue;
		directed = attempt(v->name, s, run_directed);
		if (!v->needs_a_scene && random_finds_on(s))
			random = attempt(v->name, s, run_random);
		print_row(v->name, s, &directed, &random);
		if (!(directed.found & v->by))
			printf("#   not as it should be: %s\n", directed.why);
		found &= (directed.found & v->by) != 0 && (v->needs_a_scene || !random_finds_on(s) || random.found);
	}
	return found;
}

/* Without a bug nothing is found. */
static bool try_sound(void)
{
	bool sound = true;

	for (unsigned i = 0; i < SETUPS; i++) {
		const struct setup *s = setup_find(tried_on[i]);
		struct outcome directed = attempt(NULL, s, run_directed), random = {0};

		if (random_finds_on(s))
			random = attempt(NULL, s, run_random);
		print_row("(none)", s, &directed, &random);
		if (directed.found)
			printf("#   %s: %s\n", directed.where, directed.why);
		if (random.found)
			printf("#   %s\n", random.why);
		sound &= !directed.found && !random.found;
	}
	return sound;
}

/* The named one, or all. */
int main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : NULL, *name, *what;
	unsigned n = 0, failures = 0;
	bool ok;

	printf("# %-24s %-7s %-12s %4s %-14s %5s %s\n", "variant", "setup", "workload", "call", "found by", "call", "at random by");
	if (!only) {
		ok = try_sound();
		failures += !ok;
		printf("%sok %u - the sound engine passes\n", ok ? "" : "not ", ++n);
	}
	for (unsigned i = 0; (name = referee_variant(i, &what)) != NULL; i++) {
		const struct variant *v = variant_find(name);

		if (only && strcmp(only, name) != 0)
			continue;
		ok = v && try_variant(v);
		failures += !ok;
		printf("%sok %u - %s: %s\n", ok ? "" : "not ", ++n, name, what);
	}
	printf("1..%u\n", n);
	return failures != 0 || n == 0;
}
