/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers that a seed replays: xorshift64* (Vigna).
 */
#ifndef RANDOM_RNG_H
#define RANDOM_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

/* Neighbouring seeds lead to unrelated sequences. */
static inline struct rng rng_seed(uint64_t seed)
{
	struct rng r = {(seed + 1) * UINT64_C(0x9e3779b97f4a7c15)};

	return r;
}

static inline uint64_t rng_next(struct rng *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * UINT64_C(0x2545f4914f6cdd1d);
}

/* 0 to n - 1. */
static inline unsigned rng_below(struct rng *r, unsigned n)
{
	return (unsigned)((rng_next(r) >> 32) * n >> 32);
}

static inline bool rng_percent(struct rng *r, unsigned percent)
{
	return rng_below(r, 100) < percent;
}

#endif
