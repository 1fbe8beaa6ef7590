/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of casemate, the external checker of Arm's rules for changing translation tables.
 */
#ifndef TRACE_CASEMATE_H
#define TRACE_CASEMATE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { CASEMATE_THREADS = 4 };

/* One file. */
struct casemate {
	FILE *out;
	unsigned long id;  /* of the next record */
	const char *label; /* what is going on */
	uint64_t root;
};

void casemate_root(struct casemate *c, unsigned thread, uint64_t root);
/* The thread is in the context of the root: VTTBR_EL2. */
void casemate_enter(struct casemate *c, unsigned thread, uint64_t vttbr);
/* A page of zeroes that will be a table of the root. */
void casemate_table(struct casemate *c, unsigned thread, uint64_t hpa);
void casemate_free(struct casemate *c, unsigned thread, uint64_t hpa);
/* linked: walkers can reach the entry. */
void casemate_write(struct casemate *c, unsigned thread, uint64_t hpa, uint64_t value, bool linked);
void casemate_dsb(struct casemate *c, unsigned thread, const char *kind);
/* The invalidation of every translation of the VM, of both stages, with the barriers around it. */
void casemate_flush_all(struct casemate *c, unsigned thread);
/* The same of the leaves at some addresses, and of the guest's combined translations, which do not remember their IPA. */
void casemate_flush_begin(struct casemate *c, unsigned thread);
void casemate_flush_ipa(struct casemate *c, unsigned thread, uint64_t ipa);
void casemate_flush_end(struct casemate *c, unsigned thread);

#endif
