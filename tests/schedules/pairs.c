/* SPDX-License-Identifier: BSD-2-Clause */
#include "pairs.h"

#include <stdio.h>
#include <string.h>

/* What an act is told beside where. */
enum shape { RANGE, REGION, MOVE, FAULT, PAGE, GUEST };

/* Whether it gives write permission back to a page that is mapped, or takes it in a way that others may give it back. */
enum effect { NEITHER, GRANTS, CLOSES };

struct operation {
	const char *name;
	enum shape shape;
	const char *above; /* how it is done to the entry above; NULL: it cannot be */
	enum effect effect;
};

static const struct operation operations[] = {
	{"map", MOVE, "map", NEITHER},
	{"fault", FAULT, "hfault", GRANTS},
	{"lfault", FAULT, NULL, GRANTS},
	{"zap", RANGE, "zap", NEITHER},
	{"leaves", RANGE, "leaves", NEITHER},
	{"ozap", RANGE, "ozap", NEITHER},
	{"szap", RANGE, "szap", NEITHER},
	{"yzap", RANGE, "yzap", NEITHER},
	{"gzap", RANGE, "gzap", NEITHER},
	{"ygzap", RANGE, "ygzap", NEITHER},
	{"trim", RANGE, "trim", NEITHER},
	{"protect", RANGE, "protect", NEITHER},
	{"attr", RANGE, "attr", NEITHER},
	{"attrx", RANGE, "attrx", NEITHER},
	{"type", RANGE, "type", NEITHER},
	{"visit", RANGE, "visit", CLOSES},
	{"note", RANGE, "note", NEITHER},
	{"replace", MOVE, "replace", NEITHER},
	{"lookup", PAGE, NULL, NEITHER},
	{"read", GUEST, NULL, NEITHER},
	{"write", GUEST, NULL, NEITHER},
	/* What needs trees of its own, in which the others did not meet each other, for that says nothing new. */
	{"split", RANGE, "split", NEITHER},
	{"promote", REGION, "promote", NEITHER},
	{"arm", RANGE, "arm", NEITHER},
	{"restore", RANGE, "restore", NEITHER},
	{"age", RANGE, "age", NEITHER},
	{"fast", GUEST, NULL, NEITHER},
};
enum { OPERATIONS = sizeof(operations) / sizeof(operations[0]), LOGGING = 6 };

/* Is it one of the last ones? */
static bool logging(const struct operation *o)
{
	return o >= &operations[OPERATIONS - LOGGING];
}

/* The trees. Where writes are logged a fault gives the page back that is mapped, elsewhere it brings another. */
static const struct {
	const char *name, *before;
	bool logged;
	bool alone, logging; /* for which pairs */
} befores[PAIR_BEFORES] = {
	{"pages", "map 0 2 0; touch 0 0 1; touch 1 1 0", .alone = true},
	{"empty", "empty 0; touch 0 0 0", .alone = true},
	{"huge", "map 0 4 1; touch 0 0 1", .alone = true, .logging = true},
	{"logged", "log 0 2 0; touch 0 0 0", .logged = true, .alone = true},
	{"full", "full 0 4; touch 0 0 1; touch 1 1 0", .logging = true},
	{"write-protected", "wplog 0; map 0 2 0; touch 0 0 1", .logged = true, .logging = true},
};

enum place { SAME_ENTRY, SAME_TABLE, ANCESTOR };
static const char *const places[] = {"entry", "table", "ancestor"};

static void act(char *out, size_t room, const struct operation *o, enum place place, bool logged)
{
	const char *name = place == ANCESTOR ? o->above : o->name;
	const unsigned page = place == SAME_TABLE, n = place == ANCESTOR ? PER_TABLE : 1;

	switch (o->shape) {
	case REGION:
		snprintf(out, room, "%s 0 %u", name, PER_TABLE);
		break;
	case RANGE:
		snprintf(out, room, "%s %u %u", name, page, n);
		break;
	case MOVE:
		snprintf(out, room, "%s %u %u 2", name, page, n);
		break;
	case FAULT:
		snprintf(out, room, "%s %u %u", name, page, logged ? 1 : 2);
		break;
	case PAGE:
		snprintf(out, room, "%s %u", name, page);
		break;
	case GUEST:
		snprintf(out, room, "%s 1 %u", name, page);
	}
}

void pairs_each(void (*fn)(void *arg, const char *name, const struct scenario *scenarios, unsigned n), void *arg)
{
	char name[64], names[PAIR_BEFORES][80], text[PAIR_BEFORES][2][32];

	for (unsigned k = 0; k < 3 * OPERATIONS * OPERATIONS; k++) {
		const struct operation *a = &operations[k / OPERATIONS % OPERATIONS], *b = &operations[k % OPERATIONS];
		const enum place place = k / (OPERATIONS * OPERATIONS);
		struct scenario s[PAIR_BEFORES];
		unsigned n = 0;

		/* Two that do the same to equals need no second order. */
		if (place == ANCESTOR ? !b->above : b < a)
			continue;
		snprintf(name, sizeof(name), "pair, %s %s, %s", a->name, b->name, places[place]);
		for (unsigned i = 0; i < PAIR_BEFORES; i++) {
			if (befores[i].logged && (a->effect + b->effect == GRANTS + CLOSES && a->effect && b->effect))
				continue;
			if (!(logging(a) || logging(b) ? befores[i].logging : befores[i].alone))
				continue;
			snprintf(names[n], sizeof(names[n]), "%s, %s", name, befores[i].name);
			act(text[n][0], sizeof(text[n][0]), a, SAME_ENTRY, befores[i].logged);
			act(text[n][1], sizeof(text[n][1]), b, place, befores[i].logged);
			s[n] = (struct scenario){.name = names[n], .before = befores[i].before, .fibre = {text[n][0], text[n][1]}};
			n++;
		}
		fn(arg, name, s, n);
	}
}
