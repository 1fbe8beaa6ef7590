/* SPDX-License-Identifier: BSD-2-Clause */
/* Offsets in struct vcpu, and stacks, for the assembler; el2.h holds them to the structure. */
#ifndef BARE_ARM64_OFFSETS_H
#define BARE_ARM64_OFFSETS_H

#define VCPU_PC	     248
#define VCPU_PSTATE  256
#define VCPU_ESR     264
#define VCPU_FAR     272
#define VCPU_HPFAR   280
#define VCPU_HOST_SP 288
#define STACK_SIZE   32768
#define STACKS	     4

#endif
