/* SPDX-License-Identifier: BSD-2-Clause */
/* The end: what the guest said, what the hypervisor's own checks say, and figures. */
#ifndef ARM64_HV_FINISH_H
#define ARM64_HV_FINISH_H

#include "verdict.h"

/* The guest has ended the machine, and this is its verdict: adds the hypervisor's, prints, and leaves. */
void finish(enum verdict verdict) __attribute__((noreturn));
/* Called by every CPU of the guest when it leaves it: while the end is on, it stays out of the library. */
void finish_wait(void);
/* When the guest began. */
void finish_start_clock(void);

#endif
