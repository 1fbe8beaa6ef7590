/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two processors. The second one runs a guest while the first one changes the tables, and is kicked when they must not be used as it has
 * cached them: that is what a TLB flush is on x86, where no instruction reaches another processor.
 */
#ifndef EXAMPLES_X86_HV_CPUS_H
#define EXAMPLES_X86_HV_CPUS_H

#include "virt.h"

struct cpu {
	struct vcpu vcpu;
	struct tdp_cache tables; /* for its faults */
	/* Kicks: how many others have asked for, and how many it has seen while no guest ran here. */
	uint64_t asked, seen;
	uint64_t inside; /* it runs a guest, or is about to: 1 */
	uint64_t leave;	 /* it shall stop: 1 */
	bool forget;	 /* its cached translations must go before it enters the guest again */
};

extern struct cpu cpus[2];
/* This one. */
struct cpu *cpu_self(void);

/* Start the second processor; false: there is none. */
bool cpus_start(void);
/* On the second processor: what to do, once. It runs a guest, and this returns when that is about to be entered. */
typedef void (*cpu_job_fn)(void *arg);
void cpus_do(cpu_job_fn job, void *arg);

/* Before a guest is entered, and again before each time: no guest runs here now. Says whether it may be entered. */
bool cpu_may_enter(struct cpu *cpu);
/* The guest is out for good. */
void cpu_left(struct cpu *cpu);
/* Nothing that any processor has cached is used from now on: the core of the flush hook. Broken on purpose: see breaks.h. */
void cpus_flush(void);
/* On the first processor: stop until an interrupt comes, a tick at the latest. */
void cpus_nap(void);
/* Let the second processor's guest run no more. */
void cpus_stop(void);

/* How many kicks there were. */
extern uint64_t cpus_kicks;

#endif
