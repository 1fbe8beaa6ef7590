/* SPDX-License-Identifier: BSD-2-Clause */
/* Nested page faults: what the guest touches is mapped then. */
#ifndef EXAMPLES_X86_HV_LINUX_FAULT_H
#define EXAMPLES_X86_HV_LINUX_FAULT_H

#include <stdint.h>

/* Resolve one; exit_info1 as the processor says it. Takes the tree's lock. Fails the run if the guest was not given that memory. */
void fault_resolve(uint64_t gpa, uint64_t exit_info1);

#endif
