/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unrest: what a CPU of the hypervisor's own does to the guest's memory while the guest runs, by mode. One round is one page moved, one
 * block split or promoted, one collection of dirty pages.
 */
#ifndef ARM64_HV_MOVE_H
#define ARM64_HV_MOVE_H

#include <stdbool.h>
#include <stdint.h>

/* Called after each fault that mapped something: holds the guest back while pages are moved more slowly than it faults. */
void move_after_fault(void);
/* One round of mode migrate; rounds wait for the guest's faults, or for a while. */
void move_round(void);
/* Ends the mode: prints, and whether all was well. */
bool move_finish(void);

/* The same for mode split-promote. */
void huge_round(void);
bool huge_finish(void);

/* The same for mode dirty. dirty_begin(): from now on writes are logged. */
void dirty_begin(void);
void dirty_round(void);
bool dirty_finish(void);

#endif
