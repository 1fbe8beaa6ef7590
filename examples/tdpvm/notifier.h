/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What backs the guest's pages changes while vCPUs fault on them: the host moves pages and takes permissions away. A fault that looked
 * up a frame just before the page left it must not map that frame just after. The library cannot know: it protects tables, not our
 * idea of what belongs into them. So this is done as hosts do it that have notifiers:
 *
 *      a fault                                    whoever changes what backs a range
 *      1 seq = notifier_seq()                     1 notifier_begin(range)
 *      2 look the page up                         2 tdp_zap(), tdp_replace(), tdp_set_attrs(); change the reference
 *      3 notifier_enter(seq): go on, or begin     3 notifier_end()
 *        again if an invalidation of the page
 *        is under way or has ended since 1
 *      4 tdp_fault(), put it on record
 *      5 notifier_leave()
 *
 * begin and end wait until nobody is between 3 and 5, and keep out whoever comes meanwhile. So a fault is either over before begin
 * returns, and step 2 undoes it, or is refused. This is not a lock around the library: faults run side by side and never wait here, each
 * writes a flag of its own only, and while a range is being changed faults elsewhere go on.
 */
#ifndef TDPVM_NOTIFIER_H
#define TDPVM_NOTIFIER_H

#include <pthread.h>
#include <stdatomic.h>

#include <tdpmmu/roots.h>

#include "caller.h"

struct notifier {
	struct tdp_invalidation counters; /* change while the gate is shut only */
	pthread_mutex_t lock;		  /* one at a time shuts the gate */
	_Atomic bool shut;
	struct {
		_Atomic bool inside;
	} __attribute__((aligned(64))) caller[CALLERS_MAX];
};

void notifier_open(struct notifier *notifier);

/* Before a page is looked up. */
uint32_t notifier_seq(const struct notifier *notifier);

/* May what was looked up for a range be mapped? true: it stays right until notifier_leave(). false: look it up again. */
bool notifier_enter(struct notifier *notifier, const struct caller *caller, uint32_t seq, tdp_gpa_t gpa, uint64_t size);
void notifier_leave(struct notifier *notifier, const struct caller *caller);

/* Inside: whether part of a range is being changed, for who maps one stretch after the other. */
bool notifier_changing(const struct notifier *notifier, tdp_gpa_t gpa, uint64_t size);

/* Around a change of what backs a range. Ranges may overlap, and several may be under way. */
void notifier_begin(struct notifier *notifier, tdp_gpa_t gpa, uint64_t size);
void notifier_end(struct notifier *notifier);

#endif
