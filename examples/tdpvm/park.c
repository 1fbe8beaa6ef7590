/* SPDX-License-Identifier: BSD-2-Clause */
#include "park.h"
#include "problem.h"

#include <time.h>

enum {
	PATIENCE = 60 /* seconds */
};

void park_open(struct park *p)
{
	*p = (struct park){.shut = false};
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->change, NULL);
}

void park_here(struct park *p)
{
	pthread_mutex_lock(&p->lock);
	if (p->shut) {
		p->parked++;
		pthread_cond_broadcast(&p->change);
		while (p->shut)
			pthread_cond_wait(&p->change, &p->lock);
		p->parked--;
	}
	pthread_mutex_unlock(&p->lock);
}

bool park_all(struct park *p, unsigned vcpus)
{
	struct timespec until;
	int error = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += PATIENCE;
	pthread_mutex_lock(&p->lock);
	p->shut = true;
	while (p->parked < vcpus && !error)
		error = pthread_cond_clockwait(&p->change, &p->lock, CLOCK_MONOTONIC, &until);
	const bool all = p->parked >= vcpus;
	pthread_mutex_unlock(&p->lock);
	return all || problem("the guest did not stop within %d s", PATIENCE);
}

void park_release(struct park *p)
{
	pthread_mutex_lock(&p->lock);
	p->shut = false;
	pthread_cond_broadcast(&p->change);
	pthread_mutex_unlock(&p->lock);
}
