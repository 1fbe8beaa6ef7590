/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 64-bit words, also where registers have 32 bits: entries, the head of the retire queue, words of bitmaps.
 *
 * On i386 compilers read 64 bits at once through x87 or vector registers, and where they may use neither they call libatomic, which
 * bare metal has not got. There each access is a locked cmpxchg8b. That writes what it reads, so even a page that is only read must be
 * writable; and __sync is what compilers expand in line all the same.
 */
#ifndef TDPMMU_CORE_WORDS_H
#define TDPMMU_CORE_WORDS_H

#include "fmt.h"

#ifdef __i386__
#define WORDS_BY_CMPXCHG8B 1
#else
#define WORDS_BY_CMPXCHG8B 0
#endif

/* Compute it here and keep it, instead of what it is computed from: compilers put that off until it is used. Orders nothing. */
#define TDP_NOW(x) __asm__("" : "+r"(x))

/* Replaces *old by new_value if that is what stands there; otherwise refreshes *old. Acquires and releases; acquires if it fails. */
TDP_INLINE bool word_cmpxchg(uint64_t *p, uint64_t *old, uint64_t new_value)
{
#if WORDS_BY_CMPXCHG8B
	uint64_t expect = *old;

	*old = __sync_val_compare_and_swap(p, expect, new_value);
	return *old == expect;
#else
	return __atomic_compare_exchange_n(p, old, new_value, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
#endif
}

/* Acquires. */
TDP_INLINE uint64_t word_load(const uint64_t *p)
{
#if WORDS_BY_CMPXCHG8B
	return __sync_val_compare_and_swap((uint64_t *)(uintptr_t)p, 0, 0);
#else
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
#endif
}

/* Acquires and releases; returns what stood there. */
TDP_INLINE uint64_t word_xchg(uint64_t *p, uint64_t new_value)
{
#if WORDS_BY_CMPXCHG8B
	uint64_t old = 0;

	while (!word_cmpxchg(p, &old, new_value))
		;
	return old;
#else
	return __atomic_exchange_n(p, new_value, __ATOMIC_ACQ_REL);
#endif
}

/* Releases. */
TDP_INLINE void word_store(uint64_t *p, uint64_t new_value)
{
#if WORDS_BY_CMPXCHG8B
	word_xchg(p, new_value);
#else
	__atomic_store_n(p, new_value, __ATOMIC_RELEASE);
#endif
}

/* Sets bits, in no order with anything else. */
TDP_INLINE void word_or(uint64_t *p, uint64_t bits)
{
#if WORDS_BY_CMPXCHG8B
	uint64_t old = 0;

	while (!word_cmpxchg(p, &old, old | bits))
		;
#else
	__atomic_fetch_or(p, bits, __ATOMIC_RELAXED);
#endif
}

/* In no order with anything else. */
TDP_INLINE uint64_t word_peek(const uint64_t *p)
{
#if WORDS_BY_CMPXCHG8B
	return word_load(p);
#else
	return __atomic_load_n(p, __ATOMIC_RELAXED);
#endif
}

/* The lowest bit that is set; one is. The compiler's own would be a call into its library where registers have 32 bits. */
TDP_INLINE unsigned word_first(uint64_t bits)
{
#if UINTPTR_MAX < UINT64_MAX
	return (uint32_t)bits ? (unsigned)__builtin_ctz((uint32_t)bits) : 32 + (unsigned)__builtin_ctz((uint32_t)(bits >> 32));
#else
	return (unsigned)__builtin_ctzll(bits);
#endif
}

#endif
