/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's frames behind the guest's memory. At first page n lies in frame n; a page that moves takes a spare frame, and its old one is
 * filled with poison and becomes the last of the spares. When its turn comes the poison must be whole: if not, somebody has gone on writing
 * to a page that had moved away.
 */
#ifndef ARM64_HV_FRAMES_H
#define ARM64_HV_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

enum { PAGE_SIZE = 4096, MIB_PAGES = 256 };
#define GUEST_BASE UINT64_C(0x40000000) /* where the guest's memory begins for the guest */
#define HOST_BASE  UINT64_C(0x48000000) /* and where on the machine, at first */

/* Frames for a guest of so many pages, and all memory behind it up to end for spares. */
void frames_init(uint64_t pages, uint64_t end);
uint64_t frames_pages(void);
bool frames_is_guest_memory(uint64_t gpa);

/* While a CPU holds a page's lock, nobody else maps or moves that page. */
void frames_lock(uint64_t page);
void frames_unlock(uint64_t page);
/* Where a page lies. */
uint64_t frames_of(uint64_t page);
/* The page lies there from now on, with the same content; its old frame is spare. */
void frames_move(uint64_t page, uint64_t to);

/* A spare frame, its poison looked at; 0: there is none. */
uint64_t frames_take(void);
/* Poisons a frame, and makes it the last of the spares. */
void frames_give(uint64_t frame);
void frames_copy(uint64_t to, uint64_t from);
uint64_t frames_hash(uint64_t frame);
/* Looks at all spares. How many were ever found written to. */
uint64_t frames_stale(void);

#endif
