/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tree of the library on bare metal: hooks, spare tables, the registers. Addresses are machine addresses, for EL2 runs without its MMU.
 */
#ifndef ORACLE_ARM64_SPACE_H
#define ORACLE_ARM64_SPACE_H

#include <tdpmmu/tdpmmu.h>

#include "el2.h"

/* How a space differs from the plain one. */
enum space_flag {
	SPACE_HW_DIRTY = 1, /* hardware sets Accessed and Dirty, if the machine can */
	SPACE_SHARED = 2    /* calls of both CPUs at once */
};

struct space {
	struct tdp_tree tree;
	struct tdp_layout layout;
	struct tdp_regs regs;
	struct tdp_cache pool;
	void (*flush)(const struct tdp_flush *f); /* NULL: space_flush() */
};

/* Whatever is not allowed to fail in a payload: says where and ends the machine. */
#define MUST(call) must((int)(call), #call)
void must(int result, const char *what);

/* Makes an empty live tree of the 4 KiB granule. There is one at a time. */
void space_init(struct space *s, unsigned ipa_bits, unsigned flags);
/* Maps with these tdp_prot, write-back. */
void space_map(struct space *s, tdp_gpa_t gpa, uint64_t size, tdp_hpa_t hpa, unsigned prot);
/* Maps the page of the guest's code where it lies, to be executed. */
void space_map_code(struct space *s);
/* The right way to flush, for the hook. */
void space_flush(const struct tdp_flush *f);
/* Loads the registers of stage 2 on the CPU that calls. */
void space_load(const struct space *s);

#endif
