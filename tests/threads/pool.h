/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames for tables. A freed frame is filled with mappings of a page that nobody granted, and is the next one to be used: whoever still
 * reads a freed table sees what it must not see, and sanitizers are told.
 */
#ifndef THREADS_POOL_H
#define THREADS_POOL_H

#include <pthread.h>
#include <tdpmmu/memory.h>

enum { POOL_FRAME = 4096, POOL_ROOT_FRAMES = 16 };
#define POOL_HPA                                                                                                                   \
	(UINT64_C(1) << 38) /* for most pools; the first frame is full of itself, so that a walk through a freed table ends */

struct pool {
	uint8_t *mem;
	uint64_t hpa;	       /* of mem */
	unsigned frames, next; /* next: never used */
	unsigned *freed;       /* a stack */
	uint8_t *used;
	unsigned freeds;
	unsigned long allocs, frees, wrong; /* wrong: frees of what was no table */
	uint64_t poison;
	pthread_mutex_t mutex;
};

/* hpa: of its first frame. poison: an entry of a table that was freed, best one that maps that frame. */
void pool_start(struct pool *p, unsigned frames, uint64_t hpa, uint64_t poison);
void pool_stop(struct pool *p);
/* Frames for a root, in a row and aligned. */
struct tdp_table pool_root(const struct pool *p);
uint64_t pool_offset(const struct pool *p);
bool pool_alloc(struct pool *p, struct tdp_table *out);
void pool_free(struct pool *p, const struct tdp_table *table);
/* How many tables were freed so far. */
unsigned long pool_frees(struct pool *p);

#endif
