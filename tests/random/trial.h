/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tree, the flat reference and the referee together: each call is forecast, made, and compared.
 */
#ifndef RANDOM_TRIAL_H
#define RANDOM_TRIAL_H

#include "model.h"
#include "rng.h"

enum { TRIAL_TEXT = 512, TRIAL_HELD = 8, TRIAL_BITS = 32768 };

struct trial {
	const struct setup *setup;
	struct world w;
	struct model m;	      /* what must be */
	struct model before;  /* and was before the call that runs */
	struct model scratch; /* what would be with tables without end */
	struct tdp_layout layout;
	struct referee *r;
	struct tdp_tree tree;
	struct tdp_cache own; /* of one call, when it shall not take from the pool */
	struct tdp_gather gather[MODEL_GATHERS];
	struct rng rng;
	unsigned calls; /* so far, accesses of the guest included */
	bool trace;	/* print each */
	bool failed;
	char op[TRIAL_TEXT];							  /* the last call */
	char why[TRIAL_TEXT];							  /* what is wrong with it */
	void (*dirty_hook)(void *ctx, void *user, tdp_gpa_t gpa, uint64_t size);  /* the referee's; NULL: none */
	void (*flush_hook)(void *ctx, void *user, const struct tdp_flush *flush); /* the referee's */
	void *held[TRIAL_HELD];							  /* tables that are mapped now */
	unsigned helds;
	unsigned asked;			/* how often a call asked whether to pause */
	uint64_t bits[TRIAL_BITS / 64]; /* of the last bitmap */
};

/* A loaded, empty tree. Aborts when memory runs out. */
struct trial *trial_new(const struct setup *s, uint64_t seed, bool trace);
/* Nothing is checked. */
void trial_free(struct trial *t);
/* Zaps everything, tears the tree down and looks whether all came back. */
void trial_end(struct trial *t);

/* Each of these does nothing once the trial has failed. */

/* One call. */
void trial_do(struct trial *t, const struct request *q);
/* One access of the guest, TDP_R, TDP_W, TDP_XS or TDP_XU. */
void trial_guest(struct trial *t, tdp_gpa_t gpa, unsigned access);
/* An empty bitmap that covers the range, for the next request; as fine as page_lg2, or as there is room for. */
struct tdp_bitmap trial_bitmap(struct trial *t, tdp_gpa_t gpa, uint64_t size, unsigned page_lg2);
/* tdp_gather_flush(); gather counts from 1. */
void trial_flush(struct trial *t, unsigned gather);
/* tdp_lookup(), tdp_extent(), tdp_count() and the iterator over a range. */
void trial_look(struct trial *t, tdp_gpa_t gpa, uint64_t size, unsigned when);
/* tdp_walk(): a visitor that may set attributes (percent of the leaves), skip tables and stop. */
struct walk_request {
	tdp_gpa_t gpa;
	uint64_t size;
	unsigned when;
	struct tdp_attrs attrs; /* for tdp_visit_set() */
	unsigned mask;
	unsigned set_percent, skip_percent, stop_percent, again_percent;
	unsigned gather;
};
void trial_walk(struct trial *t, const struct walk_request *q);
/* The whole world by lookups, by the referee's walker, and tdp_verify(). */
void trial_check_all(struct trial *t);

/* ---- for the parts of a trial ---- */

/* A call begins; the text is for messages. */
void trial_note(struct trial *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* More about it, for a trace. */
void trial_say(struct trial *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The first failure is kept. */
void trial_fail(struct trial *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Every cell of [gpa, end) by tdp_lookup(); the bounds on Accessed and Dirty close where that tells. */
void trial_compare(struct trial *t, tdp_gpa_t gpa, tdp_gpa_t end);
/* After each call: the referee, the number of tables, and reports of written pages. */
void trial_settle(struct trial *t);
/* Hardware may set Accessed and Dirty in what a call changes. */
void trial_disturb(struct trial *t, tdp_gpa_t gpa, tdp_gpa_t end);
/* A range and all of what sticks out of it. */
void trial_reach(const struct trial *t, tdp_gpa_t from, uint64_t size, tdp_gpa_t *gpa, tdp_gpa_t *end);
/* Makes the call of a request. */
enum tdp_result trial_call(struct trial *t, const struct request *q, struct tdp_op *op);
/* What a collection named is what it had to name; the bounds on what is armed close by that. */
void trial_judge_names(struct trial *t, const struct request *q, const struct tdp_op *op);
/* The gather of a request, or NULL. */
struct tdp_gather *trial_gather(struct trial *t, unsigned gather);
/* The referee's view of the reference. */
struct referee_page trial_page(void *arg, tdp_gpa_t gpa);
/* The hooks that a trial puts before the referee's. */
void trial_hooks(struct trial *t);

#endif
