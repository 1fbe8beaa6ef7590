/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The referee object: the model, and what ties it to the library's hooks.
 */
#ifndef REFEREE_IMPL_H
#define REFEREE_IMPL_H

#include "model.h"
#include "referee.h"

enum { FLUSH_LOG = 256 };

/* A reference that a tree's guest accesses are compared with. */
struct expectation {
	referee_page_fn fn;
	void *arg;
};

/* An access that was announced and has not been seen in memory yet: a cmpxchg may fail. */
struct pending {
	bool valid;
	bool certain; /* it will happen */
	int frame;
	unsigned index;
};

struct referee {
	struct model m;
	struct referee_config config;
	struct tdp_mm_ops ops;
	struct tdp_cache cache;
	struct referee_counts counts;
	struct expectation expect[MODEL_TREES];
	struct pending pending;
	struct tdp_flush flush[FLUSH_LOG];
	unsigned flushes;
	struct range_list reported;
	char warning[128];
	void *map[REF_MAX_LEVELS]; /* what table_map handed out, the last at the end */
	uint8_t map_level[REF_MAX_LEVELS];
	unsigned held;
	uint64_t guest_page[(1 << FRAME_LG2_MAX) / sizeof(uint64_t)];
	referee_event_fn event;
	void *event_arg;
	bool in_event;
};

/* Look at memory: did the announced access happen? To be called before anything else is judged. */
void referee_settle(struct referee *r);
/* The test's own event function, if there is one. */
void referee_event(struct referee *r);
/* The slot of a tree, which must be attached: aborts otherwise. */
struct ref_tree *referee_tree(struct referee *r, const void *key);
/* The same; NULL: not attached. Of key NULL: a free slot, or NULL. */
struct ref_tree *referee_slot(struct referee *r, const void *key);
/* The call is over: nothing comes between any more. */
void point_call_ends(void);
/* Fills r->ops. */
void referee_fill_ops(struct referee *r);
/* Who receives tdp_test_access(). */
extern struct referee *referee_current;

#endif
