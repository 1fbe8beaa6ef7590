/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

#include <broken.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void report_start(struct report *r)
{
	*r = (struct report){.start = now()};
}

void report_line(struct report *r, const char *name)
{
	r->name = name;
	r->line_executions = r->line_states = r->line_runs = r->line_complete = 0;
	r->found = false;
	r->line_start = now();
	r->more = open_memstream(&r->text, &r->size);
	if (!r->more)
		abort();
}

void report_run(struct report *r, const struct explored *x)
{
	r->line_executions += x->executions;
	r->line_states += x->states;
	r->line_runs++;
	r->line_complete += x->complete;
	r->found |= x->why[0] != 0;
}

/* With a broken variant only a violation is worth a line. */
void report_line_end(struct report *r)
{
	r->executions += r->line_executions;
	r->states += r->line_states;
	r->runs += r->line_runs;
	r->complete += r->line_complete;
	r->violations += r->found;
	fclose(r->more);
	if (r->line_runs && (!tdp_test_broken || r->found))
		printf("%sok %lu - %s: %lu executions, %lu states, %lu of %lu complete, %.1f s\n%s",
		       r->found && !tdp_test_broken ? "not " : "", ++r->lines, r->name, r->line_executions, r->line_states,
		       r->line_complete, r->line_runs, now() - r->line_start, r->text);
	free(r->text);
	fflush(stdout);
}

int report_end(struct report *r)
{
	const bool good = tdp_test_broken ? r->violations != 0 : r->violations == 0 && r->runs != 0;

	if (r->lines == 0)
		printf("not ok %lu - nothing is %s\n", ++r->lines, tdp_test_broken ? "found" : "explored");
	printf("1..%lu\n# executions=%lu states=%lu violations=%lu scenarios=%lu complete=%lu seconds=%.0f\n", r->lines,
	       r->executions, r->states, r->violations, r->runs, r->complete, now() - r->start);
	return !good;
}
