/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every two operations, on one entry, on two entries of one table, and on an entry and the one above it.
 */
#ifndef SCHEDULES_PAIRS_H
#define SCHEDULES_PAIRS_H

#include "scenario.h"

enum { PAIR_BEFORES = 6 };

/* Calls fn for each pair: its name, and a scenario for each of the trees that it is tried in. All are valid inside fn. */
void pairs_each(void (*fn)(void *arg, const char *name, const struct scenario *scenarios, unsigned n), void *arg);

#endif
