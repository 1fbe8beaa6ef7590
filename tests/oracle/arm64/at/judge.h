/* SPDX-License-Identifier: BSD-2-Clause */
/* Three answers to one question: QEMU's, the library's tdp_lookup() and the referee's walker; all must say the same. */
#ifndef ORACLE_ARM64_AT_JUDGE_H
#define ORACLE_ARM64_AT_JUDGE_H

#include "space.h"

enum verdict_kind { SAID_ADDRESS, SAID_TRANSLATION, SAID_PERMISSION, SAID_ACCESS_FLAG, SAID_ELSE, SAID_KINDS };

struct verdict {
	uint64_t queries;
	uint64_t said[SAID_KINDS]; /* QEMU's answers */
	uint64_t mismatches;
	unsigned shown; /* how many mismatches were printed */
};

/* Is this what QEMU says to every question if it refuses the registers? */
bool judge_refused(uint64_t par);
/* Judges one answer, then changes the tables as hardware has to for this access. refused: QEMU has not walked, and only the others are compared. */
void judge(struct space *s, uint64_t question, uint64_t par, bool refused, struct verdict *v);

#endif
