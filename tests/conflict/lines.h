/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters per cache line: which of two calls wrote or read it, and how often. They are ours, not a sanitizer's: what is counted is the
 * machine code that ships, with no instrumentation in it.
 */
#ifndef CONFLICT_LINES_H
#define CONFLICT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The two threads that act. */
enum actor { FIRST, SECOND, ACTORS };

enum { LINE_BYTES = 64, MAX_LINES = 2048 };

struct line {
	uintptr_t at; /* its first byte */
	unsigned writes[ACTORS], reads[ACTORS];
};

struct lines {
	unsigned n;
	struct line line[MAX_LINES];
};

/* Where a line may lie. */
struct place {
	uintptr_t start, end;
};

/* Words of the tree, in lines of their own, that some operations write: how many gathers are open; tables that wait for a grace period. */
enum word { WORD_GATHERS = 1, WORD_RETIRE = 2, WORDS = 2 };

enum { QUIET = 3 };

struct places {
	struct place tree;	   /* struct tdp_tree */
	struct place word[WORDS];  /* in it */
	struct place tables;	   /* memory of tables, linked or spare */
	struct place decoy;	   /* words that the negative controls share on purpose */
	struct place own[ACTORS];  /* stack and thread-local data of each of the two */
	struct place quiet[QUIET]; /* not of the two: stack and thread-local data of the main thread, and its semaphores */
};

/* Which lines must be in common: written by one of two calls and touched by the other. Words of the tree that are claimed may be. */
enum expect {
	APART,	    /* not one line */
	ENTRY_LINE, /* one line, of a table */
	DECOY_LINE  /* lines of the decoy, and no other */
};

enum { ANY_LINES = -1 };

/* What is known about a pair of calls before it runs. */
struct claim {
	enum expect expect;
	int table_lines[ACTORS]; /* lines of tables that each of the two writes, or ANY_LINES */
	unsigned words[ACTORS];	 /* enum word: what of the tree each of the two writes, and nothing else of it */
};

/* Forget all counts. */
void lines_clear(struct lines *lines);
/*
 * One access to size bytes while it was who's turn. The other threads may still be on their way to sleep, so what falls into their own
 * memory is theirs and is not counted.
 */
void lines_add(struct lines *lines, const struct places *places, uintptr_t at, size_t size, bool write, enum actor who);
/*
 * Does the claim hold? Prints what was counted as a comment of TAP, and each line that contradicts the claim. exact: a word that is claimed
 * must be among the lines, too; not where what has its old value again cannot be seen.
 */
bool lines_judge(const struct lines *lines, const struct places *places, const struct claim *claim, bool exact);

#endif
