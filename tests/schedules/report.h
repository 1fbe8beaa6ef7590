/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TAP: a line for each scenario, whatever it was explored on, and the sum at the end.
 */
#ifndef SCHEDULES_REPORT_H
#define SCHEDULES_REPORT_H

#include <stdio.h>

#include "scenario.h"

/* Executions and states are counts of explore.h; a run is a scenario on one configuration. */
struct report {
	unsigned long executions, states, runs, complete, violations, lines;
	/* Of the line that is open. */
	const char *name;
	unsigned long line_executions, line_states, line_runs, line_complete;
	bool found;
	double start, line_start;
	FILE *more; /* what follows the line: its violations */
	char *text;
	size_t size;
};

void report_start(struct report *r);
void report_line(struct report *r, const char *name);
/* Adds a run to the line. A violation ends the line. */
void report_run(struct report *r, const struct explored *x);
void report_line_end(struct report *r);
/* The plan and the sum. Returns the exit code. */
int report_end(struct report *r);

#endif
