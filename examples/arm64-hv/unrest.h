/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's own CPU: it never enters the guest, and does to the guest's memory what the mode says, round after round. */
#ifndef ARM64_HV_UNREST_H
#define ARM64_HV_UNREST_H

#include <stdbool.h>
#include <stdint.h>

/* Starts it; not in mode plain. */
void unrest_start(void);
/* Waits until it has done its last round. */
void unrest_stop(void);
bool unrest_is_ending(void);

/* For rounds. A number below a limit, out of the seed. */
uint64_t unrest_random(uint64_t below);
/* Waits so many microseconds, or until the end. */
void unrest_pause(uint64_t microseconds);

#endif
