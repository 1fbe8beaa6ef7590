/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest on the second processor, which the first one can throw out (a remote TLB flush) and hold. */
#ifndef EXAMPLES_BARE_X86_REMOTE_H
#define EXAMPLES_BARE_X86_REMOTE_H

#include "svm.h"

/* Called on the second processor for a nested page fault; the guest goes on behind it. */
typedef void (*remote_fault_fn)(uint64_t gpa, uint64_t info1);

/* Start the processor; it is held. */
void remote_start(void);
/* Held only: what runs from the next release on. */
void remote_set(const struct svm_vcpu *v, remote_fault_fn fault);
/* The guest is out when this returns, and walks anew when it goes on. */
void remote_kick(void);
/* Out, and stays out until released. */
void remote_hold(void);
void remote_release(void);
bool remote_held(void);

#endif
