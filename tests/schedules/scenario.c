/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind {
	MAP,
	MAP_RO,
	EMPTY,
	TOUCH,
	FAULT,
	ZAP,
	TRIM,
	PROTECT,
	ATTR,
	ATTR_RX,
	TYPE,
	VISIT,
	NOTE,
	REPLACE,
	LOOKUP,
	READ,
	WRITE,
	FW,
	INVALIDATE,
	REAP,
	RUN,
	DEAD,
	GET
};

/* The words, and what they are: a kind of act with flags. */
struct word {
	const char *name;
	enum kind kind;
	uint32_t flags;
	bool gathered;
};

static const struct word words[] = {
	{.name = "map", MAP, 0},
	{.name = "ro", MAP_RO, 0},
	{.name = "log", MAP, TDP_LOG_DIRTY},
	{.name = "empty", EMPTY, 0},
	{.name = "touch", TOUCH, 0},
	{.name = "fault", FAULT, 0},
	{.name = "lfault", FAULT, TDP_LOG_DIRTY},
	{.name = "zap", ZAP, 0},
	{.name = "leaves", ZAP, TDP_ZAP_LEAVES},
	{.name = "ozap", ZAP, TDP_OVERZAP},
	{.name = "szap", ZAP, TDP_SKIP_PARTIAL},
	{.name = "yzap", ZAP, TDP_MAY_YIELD},
	{.name = "gzap", ZAP, 0, .gathered = true},
	{.name = "ygzap", ZAP, TDP_MAY_YIELD, .gathered = true},
	{.name = "trim", TRIM, 0},
	{.name = "protect", PROTECT, 0},
	{.name = "attr", ATTR, 0},
	{.name = "attrx", ATTR_RX, 0},
	{.name = "type", TYPE, 0},
	{.name = "visit", VISIT, 0},
	{.name = "note", NOTE, 0},
	{.name = "replace", REPLACE, 0},
	{.name = "lookup", LOOKUP, 0},
	{.name = "read", READ, 0},
	{.name = "write", WRITE, 0},
	{.name = "fw", FW, 0},
	{.name = "lfw", FW, TDP_LOG_DIRTY},
	{.name = "invalidate", INVALIDATE, 0},
	{.name = "reap", REAP, 0},
	{.name = "yreap", REAP, TDP_MAY_YIELD},
	{.name = "run", RUN, 0},
	{.name = "dead", DEAD, 0},
	{.name = "get", GET, 0},
};

struct act {
	const struct word *word;
	unsigned a, b, c;
};

static struct {
	const struct scenario *scenario;
	struct world_config config;
	struct act before[MAX_ACTS], fibre[MAX_FIBRES - 1][MAX_ACTS];
	unsigned befores, fibres, acts[MAX_FIBRES - 1];
	struct tdp_tree *held[MAX_FIBRES - 1]; /* in a set: what a fibre uses, it holds */
} s;

static const struct word *word_of(const char *name)
{
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	fprintf(stderr, "no act: %s\n", name);
	abort();
}

static unsigned parse(const char *text, struct act *act)
{
	unsigned n = 0;

	for (; text && *text; n++) {
		char name[16];

		act[n] = (struct act){0};
		if (n == MAX_ACTS || sscanf(text, " %15[a-z] %u %u %u", name, &act[n].a, &act[n].b, &act[n].c) < 2) {
			fprintf(stderr, "no scenario: %s\n", text);
			abort();
		}
		act[n].word = word_of(name);
		text += strcspn(text, ";");
		text += *text == ';';
	}
	return n;
}

/* What an operation may answer here. */
static void expect(enum tdp_result r, const char *what)
{
	if (r == TDP_STALE_ROOT && s.config.set != NO_SET)
		r = TDP_OK;
	if (r < 0 && r != TDP_EXISTS && r != TDP_BUSY && r != TDP_RACE && r != TDP_ABSENT && r != TDP_PROTECTED)
		explore_fail("%s is %s", what, tdp_result_name(r));
	world_returned(what);
	explore_saw((uint64_t)r);
}

/* In a set: a fibre has no more use for the tree. */
static void put_held(int n)
{
	if (s.held[n])
		world_put(s.held[n]);
	s.held[n] = NULL;
}

static void zap(const struct act *a)
{
	struct tdp_gather gather = {0};
	struct tdp_op op = world_op(a->word->flags, a->word->gathered ? &gather : NULL);

	expect(tdp_zap(&world_tree, AT(a->a), world_span(a->a, a->b), &op), "zap");
	if (a->word->gathered) {
		put_held(explore_self()); /* what is gathered needs the tree, and has to hold it */
		tdp_gather_flush(&gather, NULL);
	}
	world_zapped(a->a, a->b);
}

static void replace(const struct act *a)
{
	struct tdp_op op = world_op(0, NULL);
	enum tdp_result r = tdp_replace(&world_tree, AT(a->a), world_span(a->a, a->b), HPA(1, a->a), HPA(a->c, a->a), RWX, &op);

	expect(r, "replace");
	if (r == TDP_RACE)
		for (unsigned p = a->a; p < a->a + a->b; p++)
			if (AT(p) == op.next)
				world_replaced(p);
}

/* Takes write permission away, leaf by leaf, and looks again at what has changed. */
static enum tdp_verdict close_leaf(void *arg, struct tdp_visit *v)
{
	enum tdp_result r = tdp_visit_set(v, RO, TDP_MASK_PROT);

	(void)arg;
	if (r < 0 && r != TDP_RACE && r != TDP_BUSY && r != TDP_ABSENT)
		explore_fail("visit_set is %s", tdp_result_name(r));
	return r < 0 ? TDP_AGAIN : TDP_GO;
}

static void change(const struct act *a)
{
	struct tdp_op op = world_op(a->word->flags, NULL);
	struct tdp_mapping m;

	switch (a->word->kind) {
	case MAP:
		expect(tdp_map(&world_tree, AT(a->a), world_span(a->a, a->b), HPA(a->c, a->a), RWX, &op), "map");
		break;
	case TRIM:
		expect(tdp_trim(&world_tree, AT(a->a), world_span(a->a, a->b), &op), "trim");
		break;
	case PROTECT:
		expect(tdp_protect(&world_tree, AT(a->a), world_span(a->a, a->b), &op), "protect");
		world_protected(a->a, a->b);
		break;
	case ATTR:
		expect(tdp_set_attrs(&world_tree, AT(a->a), world_span(a->a, a->b), RO, TDP_MASK_PROT, &op), "set_attrs");
		world_withheld(a->a, a->b);
		break;
	case ATTR_RX:
		expect(tdp_set_attrs(&world_tree, AT(a->a), world_span(a->a, a->b), RX1, TDP_MASK_PROT | TDP_MASK_SW, &op),
		       "set_attrs");
		world_withheld(a->a, a->b);
		break;
	case TYPE:
		world_may_type(a->a, a->b);
		expect(tdp_set_attrs(&world_tree, AT(a->a), world_span(a->a, a->b), UC, TDP_MASK_MEMTYPE, &op), "set_attrs");
		world_typed(a->a, a->b);
		break;
	case VISIT:
		expect(tdp_walk(&world_tree, AT(a->a), world_span(a->a, a->b), TDP_VISIT_LEAF, close_leaf, NULL, &op), "walk");
		world_protected(a->a, a->b);
		break;
	case NOTE:
		expect(tdp_note(&world_tree, AT(a->a), world_span(a->a, a->b), 1, &op), "note");
		break;
	default:
		expect(tdp_lookup(&world_tree, AT(a->a), &m, &op), "lookup");
	}
}

/* A vCPU that asks for a root. It may get the one that came after. */
static void get_and_run(const struct act *a)
{
	struct tdp_tree *tree = world_get();

	if (tree == &world_tree)
		expect(world_run(a->a, a->b, a->c), "a vCPU's fault");
	if (tree)
		world_put(tree);
}

static void do_act(const struct act *a)
{
	const uint32_t flags = a->word->flags;

	switch (a->word->kind) {
	case INVALIDATE:
		world_invalidate();
		break;
	case REAP:
		expect(world_reap(flags), "reap");
		break;
	case RUN:
		expect(world_run(a->a, a->b, a->c), "a vCPU's fault");
		break;
	case DEAD:
		world_dead();
		break;
	case GET:
		get_and_run(a);
		break;
	case ZAP:
		zap(a);
		break;
	case REPLACE:
		replace(a);
		break;
	case FAULT:
		expect(world_fault(a->a, a->b, TDP_WRITE, flags), "fault");
		break;
	case READ:
	case WRITE:
		(void)world_guest(a->a, a->b, a->word->kind == WRITE);
		break;
	case FW:
		if (!world_guest(a->a, a->b, true)) {
			expect(world_fault(a->b, a->c, TDP_WRITE, flags), "fault");
			(void)world_guest(a->a, a->b, true);
		}
		break;
	default:
		change(a);
	}
}

static void run_fibre(void *arg)
{
	const unsigned n = (unsigned)(uintptr_t)arg;

	for (unsigned i = 0; i < s.acts[n]; i++)
		do_act(&s.fibre[n][i]);
	put_held((int)n);
}

/* Does a fibre use the tree as somebody who holds it? */
static bool holds(unsigned n)
{
	for (unsigned i = 0; i < s.acts[n]; i++)
		if (s.fibre[n][i].word->kind < INVALIDATE || s.fibre[n][i].word->kind == RUN || s.fibre[n][i].word->kind == DEAD)
			return true;
	return false;
}

static void start(void *arg)
{
	(void)arg;
	world_start(&s.config);
	for (unsigned i = 0; i < s.befores; i++) {
		const struct act *a = &s.before[i];

		if (a->word->kind == EMPTY)
			world_empty_table(a->a);
		else if (a->word->kind == TOUCH)
			world_touch(a->a, a->b, a->c != 0);
		else
			world_map(a->a, a->b, a->c, a->word->kind == MAP_RO ? RX : RWX, a->word->flags);
	}
	for (unsigned i = 0; i < s.fibres; i++) {
		s.held[i] = s.config.set != NO_SET && holds(i) ? world_get() : NULL;
		explore_fibre(run_fibre, (void *)(uintptr_t)i);
	}
	if (!s.config.keep)
		explore_fibre(world_callbacks, NULL);
}

struct explored scenario_explore(const struct scenario *scenario, const struct world_config *config, struct exploration x)
{
	s.scenario = scenario;
	s.config = *config;
	s.config.cpus = CPUS;
	s.befores = parse(scenario->before, s.before);
	for (s.fibres = 0; s.fibres < MAX_FIBRES - 1 && scenario->fibre[s.fibres]; s.fibres++)
		s.acts[s.fibres] = parse(scenario->fibre[s.fibres], s.fibre[s.fibres]);
	x.start = start;
	x.step = world_step;
	x.end = world_end;
	x.state = world_state;
	if (config->store_buffer) {
		x.leave = world_buffer_leave;
		x.enter = world_buffer_enter;
		x.buffered = world_buffered;
		x.drain = world_buffer_drain;
	}
	return explore(&x);
}
