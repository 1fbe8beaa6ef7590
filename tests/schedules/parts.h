/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What there is to explore, in parts: scenarios, what they run on, and how far.
 */
#ifndef SCHEDULES_PARTS_H
#define SCHEDULES_PARTS_H

#include "report.h"

/* What was asked for. */
struct request {
	struct exploration x;	  /* max_states: instead of the parts' own, unless 0 */
	const char *parts;	  /* names; NULL: all */
	const char *filter;	  /* scenarios with this in their name */
	const char *formats;	  /* letters instead of the part's; NULL: the part's */
	const char *save;	  /* where to keep the first violation; NULL: nowhere */
	bool full;		  /* all states */
	unsigned long made, seed; /* of scenarios made by chance: so many, from this one on; 0: as the part says */
};

void parts_run(const struct request *q, struct report *report);

#endif
