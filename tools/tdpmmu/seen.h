/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables that a dump has met: a walk of damaged tables would not end in reasonable time if it entered one twice.
 */
#ifndef TDPMMU_TOOL_SEEN_H
#define TDPMMU_TOOL_SEEN_H

#include "tool.h"

/** A table, and the first guest address that it serves. */
struct seen_table {
	tdp_hpa_t hpa; /**< plus 1, so that 0 is an empty slot */
	tdp_gpa_t gpa;
	unsigned level;
};

/** A set of them. Starts as zeroes. */
struct seen {
	struct seen_table *slots;
	size_t room, count;
};

/** Adds a table. Returns the one that is there already, or NULL. */
const struct seen_table *seen_add(struct seen *seen, tdp_hpa_t hpa, tdp_gpa_t gpa, unsigned level);
/** All of them in a row, ordered by address; the set is of no other use then. */
void seen_sort(struct seen *seen);
void seen_free(struct seen *seen);

#endif
