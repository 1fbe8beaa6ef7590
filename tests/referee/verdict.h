/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What can be wrong, and the list of what was.
 */
#ifndef REFEREE_VERDICT_H
#define REFEREE_VERDICT_H

#include <stdbool.h>

enum referee_violation {
	REF_V1 = 1, /* the guest reaches memory that is not its own (any more), or a table */
	REF_V2,	    /* walker or library touches a freed table, or one that is not filled */
	REF_V3,	    /* a flush is still owed when the call returns */
	REF_V4,	    /* a table is freed while a cache or a duty still refers to it */
	REF_V5,	    /* a flush came, but left what it should have removed */
	REF_V6,	    /* a valid entry became a different valid one without break, flush, make */
	REF_V7,	    /* more permissions than were granted */
	REF_V8,	    /* the guest wrote, and neither the entry nor a report says so */
	REF_V9,	    /* the tables do not say what the flat reference says */
	REF_V10,    /* a frozen entry outlives the call */
	REF_V11,    /* a table with two parents, a cycle, or a table at another level than before */
	REF_V12,    /* an entry on which hardware faults for reserved bits */
	REF_V13,    /* entries became valid or wider, but no walker barrier came before the return */
	REF_V14,    /* reserved: read sections */
	REF_V15,    /* a page was reported before the flush that covers it (S07) */
	REF_V16,    /* an entry changed, but not through the accessors */
	REF_V17,    /* a table was not cleaned to memory for walkers that do not snoop */
	REF_V18,    /* a hook was called in a way its contract forbids */
	REF_V_COUNT
};

/* How many texts are kept; all violations are counted. */
enum { VERDICT_TEXTS = 24, VERDICT_TEXT = 240 };

struct verdicts {
	unsigned count[REF_V_COUNT];
	unsigned total;
	const char *op; /* the call that runs, or NULL */
	char text[VERDICT_TEXTS][VERDICT_TEXT];
	char all[VERDICT_TEXTS * (VERDICT_TEXT + 1) + 64];
};

/* Note a violation; the text says where and what. */
void verdict(struct verdicts *v, enum referee_violation which, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* All texts, one per line. */
const char *verdict_list(struct verdicts *v);
void verdict_forget(struct verdicts *v);

#endif
