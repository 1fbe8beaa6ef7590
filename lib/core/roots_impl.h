/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the opaque words of struct tdp_roots hold, and how its list is walked.
 *
 * The list is changed under the lock. It is read in a read section where there is RCU, and under the lock elsewhere; a tree that was
 * unlinked keeps its own link until a grace period has passed. A tree that is held stays in the list.
 */
#ifndef TDPMMU_CORE_ROOTS_IMPL_H
#define TDPMMU_CORE_ROOTS_IMPL_H

#include <tdpmmu/roots.h>

#include "refs.h"

struct roots {
	struct tdp_roots_config config;
	struct tree *first;
	uint32_t trees; /* not freed yet */
};
_Static_assert(sizeof(struct roots) <= sizeof(struct tdp_roots), "the opaque set must hold the real one");

TDP_INLINE struct roots *roots_of(const struct tdp_roots *roots)
{
	return (struct roots *)(uintptr_t)roots;
}

/* Around a change of the list. */
void tdp_roots_lock(const struct roots *r);
void tdp_roots_unlock(const struct roots *r);

/* Around reading the list. */
void tdp_roots_read_lock(const struct roots *r);
void tdp_roots_read_unlock(const struct roots *r);

/* Whether a filter, with its own idea of validity, lets a tree through. NULL: everything that is valid. */
bool tdp_roots_match(const struct tdp_filter *filter, const struct tree *t);

/* The first tree behind another one, which the caller holds (NULL: from the beginning), that matches; held for the caller. */
struct tree *tdp_roots_next(const struct roots *r, struct tree *after, const struct tdp_filter *filter);

/* Whether a tree was made for an equal role. */
bool tdp_roots_same_role(const struct tree *t, const struct tdp_role *role);

#endif
