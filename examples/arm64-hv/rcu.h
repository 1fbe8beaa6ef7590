/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RCU for a machine of a few CPUs without interrupts at EL2: each CPU counts its entries into and exits out of the library. A table that
 * was unlinked is freed when every CPU that was inside then has been outside since.
 */
#ifndef ARM64_HV_RCU_H
#define ARM64_HV_RCU_H

#include <tdpmmu/tdpmmu.h>

extern const struct tdp_rcu rcu;
/* Runs what has waited long enough. Every CPU calls it now and then, outside the library. */
void rcu_poll(void);
/* Changes whenever a CPU enters the library or leaves it; odd while it is inside. */
uint64_t rcu_count(unsigned cpu);

#endif
