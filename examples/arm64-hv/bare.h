/* SPDX-License-Identifier: BSD-2-Clause */
/* The demo without Linux: its guest is a few instructions (examples/bare-arm64/guest.S), its memory a few pages of the machine. */
#ifndef ARM64_HV_BARE_H
#define ARM64_HV_BARE_H

#include <tdpmmu/tdpmmu.h>

#include "el2.h"

enum { PAGE = 4096 };

/* The page with the guest's code, mapped where it lies, and a page for words between the guest and us. */
extern char guest_code[], guest_vectors[];
extern char guest_load_el1[], guest_store_el1[], guest_call_el1[], guest_load_el0[], guest_store_el0[], guest_call_el0[];
extern char guest_watch[], guest_bursts[];
#define CONTROL UINT64_C(0x49000000)

/* Maps with these tdp_prot; takes everything away but code and control. */
void bare_map(uint64_t gpa, uint64_t size, uint64_t hpa, unsigned prot);
void bare_clear(void);
/* Resolves the guest's abort by opening what is there. false: it cannot be resolved so. */
bool bare_open(const struct vcpu *v);
/* A word of memory that a guest, or the other CPU, may be at. */
uint64_t bare_get(uint64_t address);
void bare_set(uint64_t address, uint64_t value);

/* Lets CPU 1 do something, and waits until it has. */
void bare_start(void (*job)(void));
void bare_wait(void);

/* Each prints its lines; whether all was as it must be. */
bool matrix_show(void);
bool stale_show(void);
bool race_show(void);

#endif
