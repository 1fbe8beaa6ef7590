/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A copy of all memory that this process can write, and what has changed since.
 */
#ifndef CONFLICT_SNAPSHOT_H
#define CONFLICT_SNAPSHOT_H

#include "lines.h"

/* Memory that is in no copy, for what the observer itself writes. */
void *snapshot_arena(size_t bytes);
/* Find all writable memory. Before the threads are told to work. */
void snapshot_find(void);
/* Copy it. */
void snapshot_take(void);
/* Add each line that differs from its copy. */
void snapshot_compare(struct lines *lines, const struct places *places, enum actor who);

#endif
