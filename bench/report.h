/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The results as a table for people and as JSON for programs.
 */
#ifndef TDPMMU_BENCH_REPORT_H
#define TDPMMU_BENCH_REPORT_H

#include "stats.h"

#include <stddef.h>

/* The compiler that built this program and the library it is linked with: "gcc 12.2.0". */
const char *report_compiler(void);

/* Print the table. */
void report_table(const struct result *results, size_t count);

/* Who ran the program, and how: figures without it mean nothing. */
struct circumstances {
	char cpu[128];			  /* the CPU's name */
	char date[16];			  /* "2026-11-21" */
	double noise_before, noise_after; /* percent */
	unsigned rounds;
};

/* Write {"runs": [...], "results": [...], "instructions": []}; ends the program if it cannot. */
void report_json(const char *path, const struct circumstances *run, const struct result *results, size_t count);

#endif
