/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program at EL2 is made of: system registers, a guest to enter, more CPUs, and the way out by semihosting.
 */
#ifndef BARE_ARM64_EL2_H
#define BARE_ARM64_EL2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "offsets.h"

#define REG_READ(name)                                                                                                             \
	({                                                                                                                         \
		uint64_t value_;                                                                                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(value_)::"memory");                                                       \
		value_;                                                                                                            \
	})
#define REG_WRITE(name, value)	    __asm__ volatile("msr " #name ", %0" ::"r"((uint64_t)(value)) : "memory")
#define BARRIER(what)		    __asm__ volatile(what ::: "memory")
#define TLB_INVALIDATE(what)	    __asm__ volatile("tlbi " what ::: "memory")
#define TLB_INVALIDATE_IPA(what, a) __asm__ volatile("tlbi " what ", %0" ::"r"((uint64_t)(a)) : "memory")

/* HCR_EL2: stage 2 on, EL1 is AArch64. */
#define HCR_GUEST ((UINT64_C(1) << 31) | 1)
/* PSTATE of a guest: EL1 with its own stack pointer, or EL0; interrupts masked. */
enum { PSTATE_EL1 = 0x3c5, PSTATE_EL0 = 0x3c0 };

/* A guest's registers, and why it left: ESR_EL2, FAR_EL2, HPFAR_EL2. */
struct vcpu {
	uint64_t x[31];
	uint64_t pc, pstate;
	uint64_t esr, far, hpfar;
	uint64_t host_sp;
};
_Static_assert(offsetof(struct vcpu, pc) == VCPU_PC && offsetof(struct vcpu, pstate) == VCPU_PSTATE, "offsets.h");
_Static_assert(offsetof(struct vcpu, esr) == VCPU_ESR && offsetof(struct vcpu, far) == VCPU_FAR, "offsets.h");
_Static_assert(offsetof(struct vcpu, hpfar) == VCPU_HPFAR && offsetof(struct vcpu, host_sp) == VCPU_HOST_SP, "offsets.h");

/* Exception classes and syndrome fields of ESR_EL2 that programs look at. */
enum { EC_SHIFT = 26, EC_HVC = 0x16, EC_INSTRUCTION_ABORT = 0x20, EC_DATA_ABORT = 0x24 };
enum { ISS_WRITE = 1 << 6, ISS_S1PTW = 1 << 7, ISS_STATUS = 0x3f };

static inline unsigned vcpu_class(const struct vcpu *v)
{
	return (unsigned)(v->esr >> EC_SHIFT) & 0x3f;
}

/* The intermediate physical address of an abort. Its low bits are the guest's own, which is right as long as its MMU is off. */
static inline uint64_t vcpu_ipa(const struct vcpu *v)
{
	return (v->hpfar & ~UINT64_C(0xf)) << 8 | (v->far & 0xfff);
}

/* Lets the guest run until its next exception to EL2. */
void guest_enter(struct vcpu *v);
/* The program's own: what CPU 0 does. */
void el2_main(void);
/* How many CPUs have a stack, and so may be started. */
enum { CPUS = STACKS };
/* The number of the CPU that asks, from 0. */
static inline unsigned this_cpu(void)
{
	return (unsigned)REG_READ(mpidr_el1) & 0xff;
}
/* Starts another CPU, 1 to CPUS - 1, in a function that never returns. false: there is no such CPU, or it runs already. */
bool start_cpu(unsigned cpu, void (*fn)(void));
/* An exception at EL2 itself: says so and ends the machine with a status that no verdict has. */
void el2_exception(uint64_t esr, uint64_t elr, uint64_t far) __attribute__((noreturn));

/* The machine has no EL2: says so and ends it. */
void el2_missing(void) __attribute__((noreturn));

/* Prints with %s (const char *), %u and %x (uint64_t), nothing else. */
void say(const char *format, ...);
/* Ends the machine; QEMU's exit status is the argument. */
void quit(int status) __attribute__((noreturn));
/* Word n of the program's command line (0: its name); "" if there are fewer. */
const char *argument(unsigned n);
/* A decimal number at the start of a text. */
uint64_t number(const char *text);
bool same_text(const char *a, const char *b);
/* Writes a file in QEMU's working directory. */
bool write_file(const char *name, const void *data, uint64_t size);

#endif
