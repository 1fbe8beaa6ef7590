/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct act {
	enum kind {
		MAP,
		MAP_RO,
		EMPTY,
		TOUCH,
		FAULT,
		ZAP,
		LEAVES,
		GZAP,
		TRIM,
		PROTECT,
		ATTR,
		NOTE,
		REPLACE,
		LOOKUP,
		READ,
		WRITE,
		FW
	} kind;
	unsigned a, b, c;
};

static const char *const names[] = {
	[MAP] = "map",	       [MAP_RO] = "ro",	    [EMPTY] = "empty", [TOUCH] = "touch",     [FAULT] = "fault", [ZAP] = "zap",
	[LEAVES] = "leaves",   [GZAP] = "gzap",	    [TRIM] = "trim",   [PROTECT] = "protect", [ATTR] = "attr",	 [NOTE] = "note",
	[REPLACE] = "replace", [LOOKUP] = "lookup", [READ] = "read",   [WRITE] = "write",     [FW] = "fw",
};

static struct {
	const struct scenario *scenario;
	struct world_config config;
	struct act before[MAX_ACTS], fibre[MAX_FIBRES - 1][MAX_ACTS];
	unsigned befores, fibres, acts[MAX_FIBRES - 1];
} s;

static unsigned parse(const char *text, struct act *act)
{
	unsigned n = 0;

	for (; text && *text; n++) {
		char word[16];
		int used = 0;

		act[n] = (struct act){0};
		if (n == MAX_ACTS || sscanf(text, " %15[a-z] %u %u %u", word, &act[n].a, &act[n].b, &act[n].c) < 2) {
			fprintf(stderr, "no scenario: %s\n", text);
			abort();
		}
		for (act[n].kind = MAP; act[n].kind <= FW && strcmp(names[act[n].kind], word) != 0; act[n].kind++)
			used++;
		if (act[n].kind > FW) {
			fprintf(stderr, "no act: %s\n", word);
			abort();
		}
		text += strcspn(text, ";");
		text += *text == ';';
	}
	return n;
}

/* What an operation may answer here. */
static void expect(enum tdp_result r, const char *what)
{
	if (r < 0 && r != TDP_EXISTS && r != TDP_BUSY && r != TDP_RACE && r != TDP_ABSENT && r != TDP_PROTECTED)
		explore_fail("%s is %s", what, tdp_result_name(r));
	explore_saw((uint64_t)r);
}

static void zap(const struct act *a, uint32_t flags, bool gathered)
{
	struct tdp_gather gather = {0};
	struct tdp_op op = world_op(flags, gathered ? &gather : NULL);

	expect(tdp_zap(&world_tree, AT(a->a), world_span(a->a, a->b), &op), "zap");
	if (gathered)
		tdp_gather_flush(&gather, NULL);
	world_zapped(a->a, a->b);
}

static void change(const struct act *a)
{
	struct tdp_op op = world_op(0, NULL);
	struct tdp_mapping m;

	switch (a->kind) {
	case MAP:
		expect(tdp_map(&world_tree, AT(a->a), a->b * PAGE_BYTES, HPA(a->c, a->a), RWX, &op), "map");
		break;
	case TRIM:
		expect(tdp_trim(&world_tree, AT(a->a), world_span(a->a, a->b), &op), "trim");
		break;
	case PROTECT:
		expect(tdp_protect(&world_tree, AT(a->a), a->b * PAGE_BYTES, &op), "protect");
		world_protected(a->a, a->b);
		break;
	case ATTR:
		expect(tdp_set_attrs(&world_tree, AT(a->a), a->b * PAGE_BYTES, RO, TDP_MASK_PROT, &op), "set_attrs");
		world_withheld(a->a, a->b);
		break;
	case NOTE:
		expect(tdp_note(&world_tree, AT(a->a), a->b * PAGE_BYTES, 1, &op), "note");
		break;
	case REPLACE:
		expect(tdp_replace(&world_tree, AT(a->a), a->b * PAGE_BYTES, HPA(1, a->a), HPA(a->c, a->a), RWX, &op), "replace");
		break;
	default:
		expect(tdp_lookup(&world_tree, AT(a->a), &m, &op), "lookup");
	}
}

static void do_act(const struct act *a)
{
	switch (a->kind) {
	case ZAP:
		zap(a, 0, false);
		break;
	case LEAVES:
		zap(a, TDP_ZAP_LEAVES, false);
		break;
	case GZAP:
		zap(a, 0, true);
		break;
	case FAULT:
		expect(world_fault(a->a, a->b, TDP_WRITE, 0), "fault");
		break;
	case READ:
	case WRITE:
		(void)world_guest(a->a, a->b, a->kind == WRITE);
		break;
	case FW:
		if (!world_guest(a->a, a->b, true)) {
			expect(world_fault(a->b, a->c, TDP_WRITE, 0), "fault");
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
}

static void start(void *arg)
{
	(void)arg;
	world_start(&s.config);
	for (unsigned i = 0; i < s.befores; i++) {
		const struct act *a = &s.before[i];

		if (a->kind == EMPTY)
			world_empty_table(a->a);
		else if (a->kind == TOUCH)
			world_touch(a->a, a->b, a->c != 0);
		else
			world_map(a->a, a->b, a->c, a->kind == MAP_RO ? RX : RWX);
	}
	for (unsigned i = 0; i < s.fibres; i++)
		explore_fibre(run_fibre, (void *)(uintptr_t)i);
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
	return explore(&x);
}
