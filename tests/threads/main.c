/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * threads-stress: threads change one tree at once, and at the end everything is known. TAP on the standard output.
 */
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "worker.h"

struct options {
	const struct setup *only; /* NULL: all */
	const char *rcu;	  /* NULL: all */
	uint64_t seed;
	unsigned threads, ops, seconds;
};

struct start {
	struct worker *k;
	pthread_t thread;
	unsigned long ops;
	time_t until; /* 0: by number */
};

static void *work(void *arg)
{
	struct start *s = arg;
	struct worker *k = s->k;
	const struct rcu_kind *rcu = k->w->rcu;

	if (rcu->enter_thread)
		rcu->enter_thread();
	while (k->why[0] == 0 && (s->until ? time(NULL) < s->until : k->ops < s->ops)) {
		unsigned what = rng_below(&k->rng, 100);

		if (what < 50)
			own_step(k);
		else if (what < 80)
			chaos_step(k);
		else
			look_step(k);
		if (k->holds > 0 && rng_percent(&k->rng, 10))
			flush_gather(k);
	}
	flush_gather(k);
	if (rcu->leave_thread)
		rcu->leave_thread();
	return NULL;
}

static void tell(void *arg, unsigned invariant, const struct tdp_visit *where)
{
	(void)arg;
	printf("# invariant %u is broken at gpa %#" PRIx64 ": entry %#" PRIx64 "\n", invariant, where->gpa, where->entry.raw);
}

/* Everything that is mapped in the units that somebody owns is in the model, and nothing else. */
static bool whole_tree_is_known(struct worker *k)
{
	struct world *w = k->w;
	uint64_t bytes = 0;
	struct tdp_count count;

	for (unsigned i = 0; i < FIRST_CHAOS * w->unit_pages; i++) {
		expect_page(k, i);
		bytes += w->page[i].kind == PAGE_MAPPED ? PAGE : 0;
	}
	expect(k, tdp_count(&w->tree, 0, FIRST_CHAOS * w->unit_size, &count, NULL) == TDP_OK && count.bytes == bytes,
	       "more or less is mapped than was", TDP_OK, bytes);
	expect(k, tdp_verify(&w->tree, tell, NULL) == TDP_OK, "an invariant is broken", TDP_OK, 0);
	return k->why[0] == 0;
}

/* Alone again: all goes, and nothing is left. */
static bool goes_away(struct worker *k)
{
	struct world *w = k->w;
	struct tdp_op op = {.flags = TDP_EXCLUSIVE, .cache = &k->cache};
	struct tdp_count count;

	expect(k, tdp_zap(&w->tree, 0, UNITS * w->unit_size, &op) >= 0, "the last zap", TDP_OK, 0);
	expect(k, tdp_trim(&w->tree, 0, UNITS * w->unit_size, &op) >= 0, "the last trim", TDP_OK, 0);
	expect(k, tdp_count(&w->tree, 0, UNITS * w->unit_size, &count, NULL) == TDP_OK && count.bytes == 0 && count.notes == 0,
	       "something is left", TDP_OK, 0);
	return k->why[0] == 0;
}

/* Starts the threads and waits for them. */
static void run_threads(const struct options *o, struct worker *k, unsigned threads)
{
	struct start start[MAX_THREADS];

	for (unsigned i = 0; i < threads; i++) {
		start[i] = (struct start){.k = &k[i], .ops = o->ops, .until = o->seconds ? time(NULL) + o->seconds : 0};
		if (pthread_create(&start[i].thread, NULL, work, &start[i]) != 0) {
			perror("threads-stress");
			abort();
		}
	}
	for (unsigned i = 0; i < threads; i++)
		pthread_join(start[i].thread, NULL);
}

static void drain(struct world *w, struct worker *k)
{
	struct tdp_table table;

	while (tdp_cache_take(&k->cache, &table))
		pool_free(&w->pool, &table);
}

/* One tree under all its threads; prints its TAP line. */
static bool run(const struct options *o, const struct setup *setup, const struct rcu_kind *rcu, unsigned number)
{
	struct world *w = aligned_alloc(_Alignof(struct world), sizeof(*w)); /* a tree is in it */
	struct worker *k = calloc(o->threads, sizeof(*k));
	unsigned long ops = 0, busy = 0, freed;
	bool good = true;

	if (!w || !k)
		abort();
	memset(w, 0, sizeof(*w));
	if (rcu->start)
		rcu->start();
	/* Without a relax hook range operations return instead of waiting. */
	world_start(w, setup, rcu, o->threads, (o->seed & 1) != 0);
	for (unsigned i = 0; i < o->threads; i++) {
		k[i] = (struct worker){.w = w, .id = i, .rng = rng_seed(o->seed * MAX_THREADS + i)};
		k[i].before = calloc((size_t)UNITS * w->unit_pages, sizeof(*k[i].before));
	}
	run_threads(o, k, o->threads);
	freed = pool_frees(&w->pool);
	if (rcu->enter_thread)
		rcu->enter_thread();
	for (unsigned i = 0; i < o->threads; i++) {
		good = good && k[i].why[0] == 0;
		ops += k[i].ops;
		busy += k[i].busy;
	}
	good = good && whole_tree_is_known(&k[0]) && goes_away(&k[0]);
	expect(&k[0], !(rcu->tree_flags & TDP_TREE_KEEP_TABLES) || freed == 0, "a shared call freed a table", TDP_OK, 0);
	for (unsigned i = 0; i < o->threads; i++) {
		if (k[i].why[0])
			printf("# %s\n", k[i].why);
		drain(w, &k[i]);
		free(k[i].before);
	}
	if (rcu->offline)
		rcu->offline();
	good = world_stop(w) && good && k[0].why[0] == 0;
	if (rcu->online)
		rcu->online();
	if (rcu->leave_thread)
		rcu->leave_thread();
	if (rcu->stop)
		rcu->stop();
	printf("%sok %u - %s %s seed %" PRIu64 "\n", good ? "" : "not ", number, setup->name, rcu->name, o->seed);
	printf("# %lu calls, %lu found somebody else's entry; %lu tables freed meanwhile\n", ops, busy, freed);
	fflush(stdout);
	free(k);
	free(w);
	return good;
}

static void usage(FILE *out)
{
	fprintf(out, "usage: threads-stress [--format NAME] [--rcu NAME] [--threads N] [--ops N] [--seconds N] [--seed N]\n"
		     "  --format NAME  without it all of:");
	for (const struct setup *s = setups; s->name; s++)
		fprintf(out, " %s", s->name);
	fprintf(out, "\n  --rcu NAME     without it all of:");
	for (const char *const *name = rcu_names; *name; name++)
		fprintf(out, " %s", *name);
	fprintf(out, "\n  --threads N    2 to 8 (4)\n"
		     "  --ops N        calls of each thread (20000)\n"
		     "  --seconds N    for so long instead\n"
		     "  --seed N       (1); without a relax hook if it is even\n");
}

/* A number in a range, or the end of the program. */
static unsigned number(const char *text, unsigned long least, unsigned long most)
{
	char *end;
	unsigned long n = strtoul(text, &end, 0);

	if (*text == 0 || *end != 0 || n < least || n > most) {
		fprintf(stderr, "threads-stress: %s is not a number from %lu to %lu\n", text, least, most);
		exit(2);
	}
	return (unsigned)n;
}

static struct options parse(int argc, char **argv)
{
	static const struct option names[] = {
		{"format", required_argument, NULL, 'f'},  {"rcu", required_argument, NULL, 'r'},
		{"threads", required_argument, NULL, 't'}, {"ops", required_argument, NULL, 'o'},
		{"seconds", required_argument, NULL, 'n'}, {"seed", required_argument, NULL, 's'},
		{"help", no_argument, NULL, 'h'},	   {NULL, 0, NULL, 0},
	};
	struct options o = {.seed = 1, .threads = 4, .ops = 20000};
	bool good = true;

	for (int c; good && (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		switch (c) {
		case 'f':
			good = (o.only = setup_find(optarg)) != NULL;
			break;
		case 'r':
			good = rcu_find(o.rcu = optarg) != NULL;
			break;
		case 't':
			o.threads = number(optarg, 2, FIRST_CHAOS - FIRST_OWNED);
			break;
		case 'o':
			o.ops = number(optarg, 1, UINT32_MAX);
			break;
		case 'n':
			o.seconds = number(optarg, 1, UINT32_MAX);
			break;
		case 's':
			o.seed = number(optarg, 0, UINT32_MAX);
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			good = false;
		}
	}
	if (!good) {
		usage(stderr);
		exit(2);
	}
	return o;
}

int main(int argc, char **argv)
{
	const struct options o = parse(argc, argv);
	unsigned runs = 0, failures = 0;

	for (const struct setup *s = setups; s->name; s++)
		for (const char *const *name = rcu_names; *name; name++)
			if ((!o.only || o.only == s) && (!o.rcu || strcmp(o.rcu, *name) == 0))
				failures += !run(&o, s, rcu_find(*name), ++runs);
	printf("1..%u\n", runs);
	return failures != 0;
}
