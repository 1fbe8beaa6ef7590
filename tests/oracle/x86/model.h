/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a tree should say, without looking at it: the successful calls in order, replayed for one address. Knows nothing of entries, tables
 * or leaves.
 */
#ifndef TESTS_ORACLE_X86_MODEL_H
#define TESTS_ORACLE_X86_MODEL_H

#include <stdbool.h>
#include <stdint.h>

enum model_change { MODEL_MAP, MODEL_MOVE, MODEL_ZAP, MODEL_PROT, MODEL_PROTECT, MODEL_NOTE };

/* One call that changed [gpa, gpa + size). */
struct model_call {
	enum model_change change;
	uint64_t gpa, size, hpa;
	uint8_t prot, memtype, flags;
};

enum { MODEL_CALLS = 96 };

struct model {
	unsigned count;
	struct model_call calls[MODEL_CALLS];
};

/* One address. */
struct model_page {
	bool mapped, note;
	uint64_t hpa;
	uint8_t prot, memtype, flags; /* as granted */
	bool closed;		      /* tdp_protect() keeps writes out */
};

/* Remember a call; one without size is dropped. */
void model_add(struct model *m, struct model_call call);
/* What is at an address. */
struct model_page model_at(const struct model *m, uint64_t gpa);

#endif
