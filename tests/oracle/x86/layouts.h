/* SPDX-License-Identifier: BSD-2-Clause */
/* Random layouts: calls of the library in random places, and the model of what they did. */
#ifndef TESTS_ORACLE_X86_LAYOUTS_H
#define TESTS_ORACLE_X86_LAYOUTS_H

#include "model.h"
#include "space.h"

enum { LAYOUT_WINDOWS = 4 };

struct layout_run {
	struct space *space;
	struct model model;
	uint64_t random;
	tdp_gpa_t window[LAYOUT_WINDOWS]; /* where this layout has its calls, 1 GiB each and the neighbour */
	unsigned gpa_bits;
	uint8_t prots[8]; /* what the format can grant */
	unsigned prot_count;
	uint8_t memtypes[8];
	unsigned memtype_count;
	uint8_t flags;	     /* attribute flags to grant now and then; 0: none */
	uint32_t note_flags; /* the same for notes */
};

/* Below this lie the guest's own code and tables. */
#define LAYOUT_FLOOR UINT64_C(0x200000)

/* Forget the model and choose new windows. */
void layout_start(struct layout_run *l);
/* One random call. */
void layout_step(struct layout_run *l);
/* An address worth asking about: in, at the edge of or near what was called about, or anywhere. A multiple of 4, not below the floor. */
tdp_gpa_t layout_address(struct layout_run *l);
/* A range of host memory for a range of the guest's: sometimes such that large leaves fit. */
tdp_hpa_t layout_backing(struct layout_run *l, tdp_gpa_t gpa, uint64_t size);
/* Some permissions and flags. */
struct tdp_attrs layout_attrs(struct layout_run *l);

#endif
