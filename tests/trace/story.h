/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The story of one tree: which tables were told, and which entries may still be cached. A table is told when it is linked, with all that it
 * holds then: before, no walker can reach it, and its entries are nobody's business but the thread's that fills it.
 */
#ifndef TRACE_STORY_H
#define TRACE_STORY_H

#include "casemate.h"
#include "trace.h"

struct story {
	const void *key; /* NULL: none */
	struct casemate out;
	struct trace_memory memory;
	struct story_table **table; /* by page of the memory; NULL: never told, or freed */
	uint64_t vttbr;
	bool entered[CASEMATE_THREADS];
	struct story_unclean *unclean;
	size_t uncleans, room;
};

/* What a flush covers. */
struct story_flush {
	uint64_t gpa, end;
	bool all;
	int level; /* of leaves; -1: any */
};

/* key, memory and vttbr are set. What hangs below the root is told. */
void story_begin(struct story *s, const char *file, unsigned thread, const char *label);
void story_end(struct story *s);
/* The thread tells what follows; label says on which occasion. */
void story_by(struct story *s, unsigned thread, const char *label);
void story_write(struct story *s, unsigned thread, const uint64_t *entry);
void story_flush(struct story *s, unsigned thread, const struct story_flush *flush);
void story_free(struct story *s, unsigned thread, const uint64_t *table);

#endif
