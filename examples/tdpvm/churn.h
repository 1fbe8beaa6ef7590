/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unrest: a thread that moves pages to other frames and unmaps ranges while the vCPUs use them, so that flushes matter. It begins
 * when the guest says so and ends after so many moves or after some time.
 */
#ifndef TDPVM_CHURN_H
#define TDPVM_CHURN_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct vm;

struct churn {
	struct vm *vm;
	pthread_t thread;
	pthread_mutex_t lock; /* what follows */
	bool begun;	      /* the thread exists */
	bool going;	      /* and is at work */
	uint64_t random;      /* its own from here on */
};

void churn_open(struct churn *churn, struct vm *vm);

/* Begin, unless it has begun. */
bool churn_begin(struct churn *churn);

/* Whether it is still at work. */
bool churn_going(struct churn *churn);

/* Wait for its end. */
void churn_close(struct churn *churn);

#endif
