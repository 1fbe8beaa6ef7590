/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A schedule as a file of its own: what was explored, on what, and the choices that lead to a violation. A line for each thing:
 *
 *	guards WHAT         the bug that the file watches
 *	scenario NAME
 *	before ACTS         scenario.h
 *	fibre ACTS          one line for each
 *	format O            and, as it was: set kick | keep 1 | dry FIBRE TABLES | store-buffer 1 |
 *	                    nosnoop 1
 *	variant NAME        of the engine (lib/core/broken.h), which has the bug; without this line no engine that is sound has it
 *	schedule CHOICES    may take several lines
 *
 * "# " in front of a line is ignored, so that what a test has printed can be kept as it is.
 */
#ifndef SCHEDULES_RECORD_H
#define SCHEDULES_RECORD_H

#include <stdio.h>

#include "scenario.h"

struct record {
	struct scenario scenario;
	struct world_config config;
	char guards[256];
	char schedule[4096];
	char variant[32];
	char text[MAX_FIBRES + 1][128]; /* of the scenario */
};

/* guards: unless a broken variant is on, which says so itself. */
void record_print(FILE *out, const char *in_front, const struct scenario *s, const struct world_config *config, const char *guards,
		  const char *schedule);
/* Ends the program if there is no such file, or it says nothing that can be run. */
void record_read(struct record *r, const char *path);
/* Demands of each file that its schedule leads to a violation in its variant, and to none in the sound engine. */
int record_replay(char **paths, unsigned n);
/* Looks for the violations of files anew, and writes down how they come about now. */
int record_renew(char **paths, unsigned n);

#endif
