/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest in long mode whose own page tables have a window to any guest address: virtual 2 MiB is wherever window_open() says, virtual
 * 1 GiB goes through a page directory that lies wherever window_walk() says.
 */
#ifndef TESTS_ORACLE_X86_PAGES_H
#define TESTS_ORACLE_X86_PAGES_H

#include "space.h"

/* The guest's fixed parts, at guest addresses below 2 MiB, which are virtual addresses, too. */
enum {
	GUEST_CODE = 0x1000,
	GUEST_STACK_TOP = 0x3000,
	GUEST_PML4 = 0x4000,
	GUEST_PDPT = 0x5000,
	GUEST_PD = 0x6000,
	GUEST_WORD = 0x7000
};

/* Map the fixed parts and fill in the page tables. */
void window_init(struct space *s);
/* Returns the virtual address of gpa. */
uint64_t window_open(tdp_gpa_t gpa);
/* Returns a virtual address whose page directory entry is the 8 bytes at gpa, a multiple of 4096. */
uint64_t window_walk(tdp_gpa_t gpa);

#endif
