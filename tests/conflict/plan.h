/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What conflict-stores tells conflict-judge, as text: three addresses that delimit faults, the places, and a line per pair.
 */
#ifndef CONFLICT_PLAN_H
#define CONFLICT_PLAN_H

#include "lines.h"

enum { PLACES = sizeof(struct places) / sizeof(struct place) };

#endif
