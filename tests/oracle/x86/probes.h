/* SPDX-License-Identifier: BSD-2-Clause */
/* Ask the walker about one address after another, and compare with the library and with the model. */
#ifndef TESTS_ORACLE_X86_PROBES_H
#define TESTS_ORACLE_X86_PROBES_H

#include "layouts.h"

/* How the guest touches memory. PROBE_WALK: the processor reads a guest page table there. */
enum probe_access { PROBE_READ, PROBE_WRITE, PROBE_FETCH, PROBE_WALK, PROBE_ACCESSES };

/* What came of it. */
struct probe_outcome {
	bool done;	  /* the access took place */
	uint64_t exit;	  /* why the guest left */
	uint64_t code;	  /* the fault's code, as the processor says it; 0 if done */
	uint64_t address; /* the fault's guest address */
	uint64_t logged;  /* the address that the processor wrote to its page-modification log; 0: none */
	uint32_t value;	  /* PROBE_READ, PROBE_WALK: what was read */
};

/* What the library says about the address, before the access. */
struct probe_view {
	bool mapped;
	struct tdp_entry entry; /* the leaf, the hole or the note */
};

struct probe_walker {
	const char *name, *format, *model; /* model: NULL if there is but one */
	unsigned accesses;		   /* of enum probe_access: it can do those below */
	/* Do it. */
	struct probe_outcome (*access)(enum probe_access access, tdp_gpa_t gpa, uint32_t value);
	/* What must come of it by the manual (or by a named quirk of the emulator); all but value. */
	struct probe_outcome (*expect)(enum probe_access access, tdp_gpa_t gpa, const struct probe_view *view);
	/* What the walker sets in the leaf when the access is done; or though it is refused. */
	tdp_spte_t (*sets)(enum probe_access access, const struct probe_view *view, bool done);
};

struct probe_counts {
	uint64_t queries, done, mismatches, faults_resolved;
};

/* One query at a random address; a fault is resolved now and then, and the access done again. */
void probe_once(const struct probe_walker *w, struct layout_run *l, struct probe_counts *counts);
/* The value that PROBE_WALK reads, at this guest address, which is fixed and mapped. */
enum { PROBE_WALK_WORD = 0x7000 };
#define PROBE_WALK_VALUE 0x600d600du

#endif
