/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's processor: an SVM control block, as a 64-bit Linux kernel wants to find it. */
#ifndef EXAMPLES_X86_HV_LINUX_VCPU_H
#define EXAMPLES_X86_HV_LINUX_VCPU_H

#include "vmcb.h"

#include <stdbool.h>

/* What is not in the control block; run.S knows the order. */
struct vcpu_registers {
	uint64_t rbx, rcx, rdx, rsi, rdi, rbp, r8_15[8];
};

enum { VECTORS = 256 };

struct vcpu {
	struct vmcb *vmcb;
	bool waiting[VECTORS]; /* hardware interrupts that a fault kept out */
	struct vcpu_registers registers;
};

/* Fails the run, naming the CPUID field, unless there is SVM with nested paging. */
void vcpu_must_be_possible(void);
/* Turn SVM on and make a guest that starts at entry, with a struct boot_params at boot_params, and walks nested tables at ncr3. */
void vcpu_init(struct vcpu *v, uint64_t entry, uint64_t boot_params, uint64_t ncr3);
/* Run until an exit; flush: without any translation from before. */
void vcpu_run(struct vcpu *v, bool flush);
/* What the exit interrupted on its way into the guest goes in again. Whether there was something. */
bool vcpu_reinject(struct vcpu *v);
/* Take the NMI that ended the guest. */
void vcpu_take_nmi(void);

#endif
