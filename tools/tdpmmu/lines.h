/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Table entries in lines of text: in a kernel's trace or log, in a memory dump, or alone.
 */
#ifndef TDPMMU_TOOL_LINES_H
#define TDPMMU_TOOL_LINES_H

#include "tool.h"

enum { MAX_FOUND = 64, KEY_TEXT = 24 };

/** An entry in a line. */
struct found {
	char key[KEY_TEXT]; /**< the word before it; "" where there is none */
	uint64_t value;
};

/** What a line holds. */
struct line {
	unsigned count; /**< of entries */
	struct found found[MAX_FOUND];
	bool alone;	  /**< the entry is all there is in the line */
	bool level_given; /**< the line says "level N" */
	unsigned level;	  /**< that N */
};

/** Looks through a line; keys: more words to look for after the usual ones. */
void line_read(struct line *line, const char *text, const char *const *keys, unsigned n_keys);

#endif
