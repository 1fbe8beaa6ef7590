/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every interleaving of a few deterministic fibres. A fibre calls explore_point() before each access to something shared; there the
 * explorer may go on with another one. An execution is run from the start again for every choice (the code under test keeps its state
 * on its stack, where it cannot be copied from), and cut where an equal state was seen before: equal shared memory, and fibres with equal
 * stacks, have equal futures. So what a fibre has forgotten, because nothing on its stack says it, does not count; but it must keep nothing
 * elsewhere that state() does not know.
 */
#ifndef SCHEDULES_EXPLORE_H
#define SCHEDULES_EXPLORE_H

#include <stdbool.h>
#include <stdint.h>

#include "fibre.h"

/* What is explored. */
struct exploration {
	void (*start)(void *arg); /* everything as at the beginning; adds the fibres */
	void (*step)(void *arg);  /* invariants, at every point */
	void (*end)(void *arg);	  /* what must hold when every fibre is done */
	/* Store buffers, or NULL: before a fibre is left and after it is come back to; who has stores that others do not see yet, one bit
	 * for each fibre; and let them see the oldest of them. */
	void (*leave)(void *arg, int fibre);
	void (*enter)(void *arg, int fibre);
	unsigned (*buffered)(void *arg);
	void (*drain)(void *arg, int fibre);
	uint64_t (*state)(void *arg); /* of everything shared */
	void *arg;
	int preemptions;	  /* at most so many switches away from a fibre that could go on; -1: any number */
	const char *replay;	  /* one schedule, as explore() printed it; NULL: all */
	uint64_t random;	  /* not 0: random schedules from this seed */
	unsigned long max_states; /* 0: as many as there is room for */
	unsigned long runs;	  /* of random schedules */
};

struct explored {
	unsigned long executions, states, cuts;
	bool complete;
	char why[256];	     /* the violation; empty: none */
	char schedule[4096]; /* that leads there */
};

struct explored explore(const struct exploration *x);

/* From start(): a fibre that runs fn(arg). */
void explore_fibre(void (*fn)(void *arg), void *arg);
/* Another fibre may run now. Outside of fibres nothing happens. */
void explore_point(void);
/* The running fibre looks at something shared. */
void explore_looks(void);
/* The running fibre goes on only after something shared has changed since it last saw anything. */
void explore_wait(void);
/* Something shared has changed. */
void explore_changed(void);
/* The running fibre goes on only when ready() says so. */
void explore_until(bool (*ready)(void));
/* Are all fibres but this one done? */
bool explore_alone(int fibre);
/* Which fibre is running; -1: none. */
int explore_self(void);
/* Another execution has come this way: what it checked is so. */
bool explore_again(void);
/* Something is wrong: the execution ends. */
void explore_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool explore_failed(void);

#endif
