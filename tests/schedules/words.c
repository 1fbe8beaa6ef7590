/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The language of scenarios (scenario.h).
 */
#include "acts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct word words[] = {
	{.name = "map", MAP, 0},
	{.name = "ro", MAP_RO, 0},
	{.name = "log", MAP, TDP_LOG_DIRTY},
	{.name = "empty", EMPTY, 0},
	{.name = "touch", TOUCH, 0},
	{.name = "fault", FAULT, 0},
	{.name = "lfault", FAULT, TDP_LOG_DIRTY},
	{.name = "hfault", HUGE_FAULT, 0},
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
	{.name = "full", FULL, 0},
	{.name = "hole", HOLE, 0},
	{.name = "evict", EVICT, 0},
	{.name = "wplog", WRITE_PROTECT, 0},
	{.name = "deep", DEEP, 0},
	{.name = "split", SPLIT, 0},
	{.name = "hsplit", SPLIT_HUGE, 0},
	{.name = "promote", PROMOTE, 0},
	{.name = "ypromote", PROMOTE, TDP_MAY_YIELD},
	{.name = "bpromote", PROMOTE_BACKED, 0},
	{.name = "arm", ARM, 0},
	{.name = "garm", ARM, 0, .gathered = true},
	{.name = "yarm", ARM, TDP_MAY_YIELD},
	{.name = "larm", ARM_CLOSING, 0},
	{.name = "marm", ARM_MASK, 0},
	{.name = "harm", ARM_HOOK, 0},
	{.name = "restore", RESTORE, 0},
	{.name = "age", AGE, 0},
	{.name = "young", YOUNG, 0},
	{.name = "fast", FAST, 0},
	{.name = "lfast", FAST, TDP_LOG_DIRTY},
	{.name = "rfast", FAST_READ, 0},
	{.name = "xzap", ZAP, TDP_EXCLUSIVE},
	{.name = "xprotect", PROTECT, TDP_EXCLUSIVE},
	{.name = "xreplace", REPLACE, TDP_EXCLUSIVE},
	{.name = "xsplit", SPLIT, TDP_EXCLUSIVE},
	{.name = "xpromote", PROMOTE, TDP_EXCLUSIVE},
	{.name = "xarm", ARM, TDP_EXCLUSIVE},
	{.name = "xharm", ARM_HOOK, TDP_EXCLUSIVE},
	{.name = "xage", AGE, TDP_EXCLUSIVE},
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

static const struct word *word_of(const char *name)
{
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	fprintf(stderr, "no act: %s\n", name);
	abort();
}

unsigned acts_parse(const char *text, struct act *act)
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
