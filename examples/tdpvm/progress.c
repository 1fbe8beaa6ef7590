/* SPDX-License-Identifier: BSD-2-Clause */
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
	WIDTH = 40 /* of the bar */
};

double now_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void progress_open(struct progress *p, bool verbose)
{
	*p = (struct progress){.bar = !verbose && isatty(STDERR_FILENO), .lines = verbose, .start = now_seconds(), .percent = 101};
}

void progress_show(struct progress *p, const char *step, double part)
{
	static const char full[WIDTH + 1] = "########################################";
	const unsigned percent = part >= 1 ? 100 : part > 0 ? (unsigned)(part * 100) : 0;
	const int filled = (int)(percent * WIDTH / 100);

	if (p->lines && step != p->step)
		fprintf(stderr, "tdpvm: %6.2f s  %s\n", now_seconds() - p->start, step);
	if (p->bar && (step != p->step || percent != p->percent))
		fprintf(stderr, "\r[%.*s%*s] %3u%%  %-20s", filled, full, WIDTH - filled, "", percent, step);
	p->step = step;
	p->percent = percent;
}

void progress_close(struct progress *p)
{
	if (p->bar && p->step)
		fprintf(stderr, "\r%*s\r", WIDTH + 30, "");
	p->step = NULL;
}
