/* SPDX-License-Identifier: BSD-2-Clause */
/* A progress bar on stderr, if that is a terminal; with verbose, lines instead. */
#ifndef TDPVM_PROGRESS_H
#define TDPVM_PROGRESS_H

#include <stdbool.h>

struct progress {
	bool bar;	  /* draw a bar */
	bool lines;	  /* print a line per step */
	const char *step; /* the last one */
	double start;	  /* seconds, by now_seconds() */
	unsigned percent; /* as drawn */
};

/* Seconds since some moment. */
double now_seconds(void);

void progress_open(struct progress *progress, bool verbose);

/* Show the step and how much of everything is done, 0 to 1. step is kept by reference. */
void progress_show(struct progress *progress, const char *step, double part);

/* Wipe the bar away. */
void progress_close(struct progress *progress);

#endif
