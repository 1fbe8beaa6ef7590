/* SPDX-License-Identifier: BSD-2-Clause */
/* What the machine's exit status says. */
#ifndef ARM64_HV_VERDICT_H
#define ARM64_HV_VERDICT_H

#include <stdint.h>

enum verdict {
	VERDICT_OK = 0,
	VERDICT_WRONG = 1,   /* a check of the hypervisor's failed */
	VERDICT_INPUT = 2,   /* it cannot run like this: an option, the machine, the kernel, too little memory */
	VERDICT_GUEST = 3,   /* the guest gave up: a failed check of its own, or a panic */
	VERDICT_OUTSIDE = 4, /* the guest touched memory that it was not given */
	VERDICT_BUG = 5	     /* the library refused what cannot be refused */
};

/* Ends the machine unless the result says that the request holds. */
#define MUST(call) must((int)(call), #call)
void must(int result, const char *what);

#endif
