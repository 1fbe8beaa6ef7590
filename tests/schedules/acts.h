/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a fibre does.
 */
#ifndef SCHEDULES_ACTS_H
#define SCHEDULES_ACTS_H

#include "scenario.h"

enum kind {
	MAP,
	MAP_RO,
	FULL,
	HOLE,
	WRITE_PROTECT,
	DEEP,
	EMPTY,
	TOUCH,
	FAULT,
	HUGE_FAULT,
	ZAP,
	TRIM,
	PROTECT,
	ATTR,
	ATTR_RX,
	TYPE,
	VISIT,
	NOTE,
	REPLACE,
	SPLIT,
	SPLIT_HUGE,
	PROMOTE,
	PROMOTE_BACKED,
	ARM,
	ARM_CLOSING,
	ARM_MASK,
	ARM_HOOK,
	RESTORE,
	AGE,
	YOUNG,
	FAST,
	FAST_READ,
	EVICT,
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

struct act {
	const struct word *word;
	unsigned a, b, c;
};

/* Reads the acts of a text; returns how many there are. */
unsigned acts_parse(const char *text, struct act *act);

/* For the running fibre. */
void act_do(const struct act *a);
void act_arm(const struct act *a);
void act_age(const struct act *a);
void act_fast(const struct act *a);

/* A page's n-th backing, or that of all pages of its table. */
enum tdp_result act_fault(unsigned page, unsigned n, uint32_t flags, bool huge);

/* What an operation may answer here. */
void expect(enum tdp_result r, const char *what);

/* Each page's first backing. */
bool act_backing(void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out);

/* In a set: what a fibre uses, it holds, until it has no more use for it. From the start: whether this one does. */
void acts_hold(unsigned fibre, bool holds);
void acts_put(unsigned fibre);

/* A call has found no memory, since this was last cleared. */
extern bool acts_ran_dry;
/* A fibre promotes: it may undo what another has spent a table on. */
extern bool acts_promote;
/* Calls map pages, and take nothing away. */
extern bool acts_only_add;

#endif
