/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory. The machine's, from above the loader's modules: a pool for tables and control blocks, then frames, of which the guest has as many as
 * its memory has pages and the rest is spare. A frame that nobody uses is full of poison: whoever takes it sees whether something wrote to
 * it, which only a translation that should have been flushed can do.
 */
#ifndef EXAMPLES_X86_HV_LINUX_MEMORY_H
#define EXAMPLES_X86_HV_LINUX_MEMORY_H

#include "machine.h"

enum {
	GUEST_SIZE = 256 << 20,
	SPARE_SIZE = 64 << 20,
	TABLES_SIZE = 8 << 20,
	BLOCK = 2 << 20,
	PAGES = GUEST_SIZE / PAGE, /* of the guest */
	BLOCK_PAGES = BLOCK / PAGE,
	REGIONS = PAGES / BLOCK_PAGES, /* of the guest: 2 MiB each */
	FRAMES = (GUEST_SIZE + SPARE_SIZE) / PAGE,
	/* What the guest has: RAM from 0 to LOW_END and from HIGH_START on; between them what the machine has there. */
	LOW_END = 0x9f000,
	HIGH_START = 0x100000
};

enum memory_kind { MEMORY_NONE, MEMORY_RAM, MEMORY_DEVICE };

/* Lay it out above the address used. Fails the run if the machine has too little. */
void memory_init(uint64_t used);
/* What the guest was given at an address. */
enum memory_kind memory_kind(uint64_t gpa);
/* Where its memory lies now; not beyond the end of the page. */
void *guest_at(uint64_t gpa);
/* Into the guest's memory, before it runs. */
void guest_put(uint64_t gpa, const void *from, uint64_t size);

/* Where a page of the guest's lies now. */
uint64_t page_hpa(uint64_t gfn);
/* It lies there from now on. */
void page_move(uint64_t gfn, uint64_t hpa);
/* Do all pages of a region lie in one block, as a 2 MiB leaf needs them? */
bool region_is_block(uint64_t region);

/* A spare frame, as it was poisoned; a whole block, or false. */
uint64_t frame_take(void);
bool block_take(uint64_t *hpa);
/* A frame that no translation leads to any more. */
void frame_give(uint64_t hpa);
/* Frames that were written to while they were spare: seen when they were taken, and now. */
uint64_t frames_spoilt(void);
uint64_t frames_spoilt_now(void);

/* One page. */
void page_copy(uint64_t to_hpa, uint64_t from_hpa);
uint64_t page_hash(uint64_t hpa);

#endif
