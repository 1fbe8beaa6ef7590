/* SPDX-License-Identifier: BSD-2-Clause */
/* A tree by random operations: every kind of entry at every level, around borders of tables and of the guest's space. */
#ifndef ORACLE_ARM64_AT_GROW_H
#define ORACLE_ARM64_AT_GROW_H

#include "space.h"

void grow(struct space *s, struct random *r, unsigned operations);

#endif
