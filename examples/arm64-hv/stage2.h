/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's address space: one tree, its hooks, and the registers that put it in force. */
#ifndef ARM64_HV_STAGE2_H
#define ARM64_HV_STAGE2_H

#include <tdpmmu/tdpmmu.h>

extern struct tdp_tree stage2;
extern const struct tdp_mm_ops stage2_ops;

/* What the tree shall be like. */
struct stage2_wish {
	unsigned ipa_bits;
	unsigned tables; /* in the pool */
	bool soft;	 /* leave Accessed and Dirty to software */
	bool hardware;	 /* insist on hardware */
};

/* Makes the tree, in the format that suits the machine. What the machine cannot do ends it with a line that names the register field. */
void stage2_init(const struct stage2_wish *wish);
/* Puts the tree in force on the CPU that calls. HCR_EL2 gets these bits, too. */
void stage2_load(uint64_t hcr);
/* Whether hardware logs writes. */
bool stage2_hardware_dirty(void);
/* Says on one line what was chosen. */
void stage2_describe(void);

#endif
