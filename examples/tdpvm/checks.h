/* SPDX-License-Identifier: BSD-2-Clause */
/* After the guest has ended: is everything where it should be? Once by the library's own lookup, once by KVM's walker. */
#ifndef TDPVM_CHECKS_H
#define TDPVM_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

#include <tdpmmu/walk.h>

#include "caller.h"

struct vm;

struct findings {
	struct stats stats;	/* of all threads, until the guest ended */
	uint64_t retired;	/* tables that were freed after a grace period meanwhile */
	uint64_t kicks;		/* vCPUs driven out of the guest */
	bool guest_ok;		/* every vCPU went through every phase and saw only what it should */
	uint64_t pages_checked; /* by tdp_lookup() */
	uint64_t kvm_checked;	/* addresses, by KVM_TRANSLATE */
	uint64_t mismatches;	/* of all checks */
	char first[128];	/* the first mismatch in words */
	uint64_t refused[4];	/* accesses refused, as the guest counted them, by verdict */
	uint64_t code_runs;	/* generated functions that ran in the guest */
	uint64_t visited;	/* pages visited by the guest, in all rounds but those under unrest */
	uint64_t rewrites;	/* rounds under unrest: how often it checked and rewrote all its data */
	struct tdp_count count; /* leaves and tables */
	unsigned leaked_tables; /* not given back at the end */
};

/* Count a mismatch, and keep the first one in words. */
void checks_mismatch(struct findings *findings, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Called now and then with the part that is done, 0 to 1. */
typedef void (*checks_progress_fn)(void *arg, double part);

/* Add up what the threads counted. */
void checks_sum(struct vm *vm, struct findings *findings);

/* What the vCPUs reported. */
void checks_guest(struct vm *vm, struct findings *findings);

/* Every page of every region, the notes, and the edges; then the invariants of the tree; then the spare frames. */
void checks_tree(struct vm *vm, struct findings *findings);

/* At least 100000 addresses through KVM's walker: every page, edges, holes, and random ones. */
void checks_kvm(struct vm *vm, struct findings *findings, checks_progress_fn progress, void *arg);

/* KVM's walker finds nothing any more: to be called when all is unmapped and CR3 still points to the root. */
void checks_kvm_empty(struct vm *vm, struct findings *findings);

#endif
