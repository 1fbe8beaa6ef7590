/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unrest: threads that change what the guest's pages are mapped to while the vCPUs use them, so that flushes matter. They begin when the
 * guest says so. churn.c moves pages and unmaps short ranges; chaos.c, with --chaos only, unmaps, moves and maps ranges of any size.
 */
#ifndef TDPVM_UNREST_H
#define TDPVM_UNREST_H

#include <pthread.h>
#include <stdatomic.h>

#include "space.h"

struct vm;
struct unrest;

/* One round of it. false: a problem is set. */
typedef bool (*unrest_fn)(struct unrest *unrest);

struct unrest {
	struct vm *vm;
	struct caller caller;
	unrest_fn round;
	unsigned rounds_min, rounds_max;
	uint64_t milliseconds; /* it ends after so long, when it had its minimum of rounds; or after its maximum */
	uint64_t pause;	       /* nanoseconds between two rounds */
	uint64_t random;
	unsigned rounds; /* so far */
	pthread_t thread;
	pthread_mutex_t lock; /* begun */
	bool begun;	      /* the thread exists */
	_Atomic bool going;   /* and is at work */
};

/* What is in common; the plan is churn.c's and chaos.c's. number: of the caller. */
void unrest_open(struct unrest *unrest, struct vm *vm, unsigned number, unrest_fn round);
void churn_open(struct unrest *churn, struct vm *vm);
void chaos_open(struct unrest *chaos, struct vm *vm);

/* Begin, unless it has begun. */
bool unrest_begin(struct unrest *unrest);

/* Wait for its end. */
void unrest_close(struct unrest *unrest);

/* Next random number below n, which is not 0. */
uint64_t unrest_pick(struct unrest *unrest, uint64_t n);

/*
 * Of data in pages of 2 MiB, blocks whose pages move and vanish one by one: there a huge leaf is split, and small pages stay. All other
 * blocks are treated whole, so that both kinds are to be seen until the end.
 */
bool unrest_in_pieces(const struct region *region, uint64_t page);

/* A range of 1 to max pages of a region, or where its blocks are treated whole, a block. */
struct span unrest_span(struct unrest *unrest, const struct region *region, uint64_t max);

/*
 * Claim a page, whole or in pieces as its block is, and find it a new place. false: there is none, or somebody else is about to move it.
 * All that are claimed must be given back, moved or not.
 */
bool unrest_claim(struct unrest *unrest, const struct region *region, uint64_t page, struct move *move);
void unrest_give_back(const struct move *move, unsigned count);

#endif
