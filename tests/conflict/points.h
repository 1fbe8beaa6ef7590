/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the test build of the library calls at each access of an entry (lib/core/spte.h): the hook trace.
 */
#ifndef CONFLICT_POINTS_H
#define CONFLICT_POINTS_H

#include "lines.h"

/* While it is on, every access is counted in the decoy, as an engine would do it that keeps statistics for its VM. */
extern bool statistics;

/* Where the accesses of the thread that calls this go from now on; NULL: nowhere. */
void points_to(struct lines *lines, const struct places *places, enum actor who);

#endif
