/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a dump gathers while it walks, and what the checks make of it.
 */
#ifndef TDPMMU_TOOL_DUMP_H
#define TDPMMU_TOOL_DUMP_H

#include "image.h"
#include "report.h"
#include "seen.h"

/** Guest memory in a row that is mapped to host memory in a row, alike. */
struct run {
	tdp_gpa_t gpa;
	uint64_t size;
	tdp_hpa_t hpa;
	unsigned prot; /**< with what the tables above take away */
	unsigned memtype, flags;
	uint64_t leaves[TDP_MAX_LEVELS], accessed, dirty;
};

/** What there is of one level. */
struct level_count {
	uint64_t tables, leaves, table_entries, refused;
};

/** A table that is being walked. */
struct open_table {
	unsigned prot;	     /**< what everything above leaves open */
	uint64_t used;	     /**< entries that are present */
	uint64_t leaves;     /**< of these, leaves that continue the first one as if they were one */
	bool accessed;	     /**< of the entry that points to it */
	struct report first; /**< its first leaf */
};

/** A dump in progress. */
struct dump {
	const struct options *options;
	struct tdp_view view;
	struct run run;	  /**< not printed yet; size 0: none */
	struct run *runs; /**< with --check: all of them */
	size_t n_runs, room;
	struct level_count levels[TDP_MAX_LEVELS];
	struct open_table open[TDP_MAX_LEVELS + 1]; /**< by level of the table */
	struct seen seen;
	uint64_t mapped, ranges;
	uint64_t leftovers;		    /**< not present, not empty */
	uint64_t mergeable[TDP_MAX_LEVELS]; /**< full tables that one leaf of this level could replace */
	uint64_t broken, odd;
};

/** Prints a finding and counts it. what: a word; gpa: where. */
__attribute__((format(printf, 5, 6))) void finding(struct dump *dump, bool broken, const char *what, tdp_gpa_t gpa,
						   const char *format, ...);

/** A leaf. */
void check_leaf(struct dump *dump, const struct report *report, tdp_gpa_t gpa);
/** A table that is entered, and left. */
void check_enter(struct dump *dump, const struct report *report, tdp_gpa_t gpa);
void check_leave(struct dump *dump, const struct report *report, tdp_gpa_t gpa);
/** An entry that hardware refuses, or whose table is not in the image. */
void check_refused(struct dump *dump, const struct report *report, tdp_gpa_t gpa);
/** An entry that is not present. */
void check_hole(struct dump *dump, const struct report *report, tdp_gpa_t gpa);
/** Remembers a run for the checks at the end. */
void check_run(struct dump *dump, const struct run *run);
/** What shows only when everything was seen; prints the sum. */
void check_end(struct dump *dump);

#endif
