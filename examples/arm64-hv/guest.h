/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's CPUs: each is a CPU of the machine, with the same number, that enters the guest and sees to why it left. */
#ifndef ARM64_HV_GUEST_H
#define ARM64_HV_GUEST_H

#include <tdpmmu/tdpmmu.h>

#include "el2.h"

/* What it has seen so far, of all CPUs. */
struct guest_counts {
	uint64_t memory, devices; /* faults that a new translation resolved */
	uint64_t opened;	  /* faults that bits in an entry resolved */
	uint64_t again;		  /* faults that were resolved already, or met another CPU at work */
	uint64_t psci;
};
extern struct guest_counts guest_counts;

/* Flags of tdp_fault() that are in force: TDP_LOG_DIRTY while writes are logged. */
void guest_fault_flags(uint32_t flags);
/* The largest leaf for the guest's memory: level + 1. */
void guest_fault_level(unsigned max_level_plus1);

/* Runs a CPU of the guest from an address on, with x0. Never returns. */
void guest_run(uint64_t pc, uint64_t x0) __attribute__((noreturn));

/* PSCI (Arm DEN 0022): a call of the guest's. */
void psci_call(struct vcpu *v);
/* fault.c: an abort of the guest's. */
void guest_abort(struct vcpu *v);

#endif
