/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where vCPUs wait between two instructions that nobody started to resolve a fault for. A vCPU that is merely kicked out may have had its
 * fault resolved already, and its page marked as written, although the write is still to come; one that is parked has nothing pending.
 */
#ifndef TDPVM_PARK_H
#define TDPVM_PARK_H

#include <pthread.h>
#include <stdbool.h>

struct park {
	pthread_mutex_t lock;  /* what follows */
	pthread_cond_t change; /* of any of it */
	bool shut;
	unsigned parked;
};

void park_open(struct park *park);

/* By a vCPU's thread, at a call of the guest: stay while the park is shut. */
void park_here(struct park *park);

/* Shut it and wait until so many are parked, some seconds at most. false: they do not come. */
bool park_all(struct park *park, unsigned vcpus);

/* Let everybody go on. */
void park_release(struct park *park);

#endif
