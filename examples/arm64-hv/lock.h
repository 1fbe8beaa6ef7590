/* SPDX-License-Identifier: BSD-2-Clause */
/* A lock that CPUs wait for by looking at it. Interrupts are off at EL2, so its holder is never away for long. */
#ifndef ARM64_HV_LOCK_H
#define ARM64_HV_LOCK_H

#include <stdbool.h>
#include <stdint.h>

struct lock {
	uint32_t taken;
};

static inline void lock(struct lock *l)
{
	while (__atomic_exchange_n(&l->taken, 1, __ATOMIC_ACQUIRE)) {
		while (__atomic_load_n(&l->taken, __ATOMIC_RELAXED))
			__asm__ volatile("yield");
	}
}

static inline void unlock(struct lock *l)
{
	__atomic_store_n(&l->taken, 0, __ATOMIC_RELEASE);
}

#endif
