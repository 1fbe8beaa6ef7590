/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a thread may do to 2 MiB of its own: one operation of the library each. Pairs of them are judged like pairs of faults.
 */
#ifndef CONFLICT_ACTS_H
#define CONFLICT_ACTS_H

#include "bed.h"

#define PAGE  UINT64_C(0x1000)
#define LARGE UINT64_C(0x200000)   /* what one leaf table maps */
#define HUGE  UINT64_C(0x40000000) /* what one table of leaf tables maps */
#define HPA   (UINT64_C(1) << 40)

struct act {
	const char *name;
	void (*prepare)(tdp_gpa_t gpa); /* the tree before; alone */
	enum tdp_result (*call)(struct bed_actor *a, tdp_gpa_t gpa);
	unsigned words; /* of the tree that it writes: enum word */
};

/* Ends with a NULL name. */
extern const struct act acts[];

/* Preparations, which are alone: map size bytes around gpa by the largest leaves; unmap them, and tables stay. */
void prepare_map(tdp_gpa_t gpa, uint64_t size, unsigned prot);
void prepare_unmap(tdp_gpa_t gpa, uint64_t size, struct tdp_gather *gather);
/* End the program unless a preparation succeeded. */
void prepare_must(enum tdp_result r, const char *call);
struct tdp_attrs rights(unsigned prot);

#endif
