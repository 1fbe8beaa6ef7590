/* SPDX-License-Identifier: BSD-2-Clause */
/* Which addresses are asked for: inside and around what a tree holds, leaves more often than holes, all levels alike. */
#ifndef ORACLE_ARM64_AT_ASK_H
#define ORACLE_ARM64_AT_ASK_H

#include "space.h"

void ask(struct space *s, struct random *r, uint64_t *questions, unsigned count);

#endif
