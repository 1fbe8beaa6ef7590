/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operations that are measured, through the public API: where each starts from, what is timed, and what must hold afterwards.
 */
#ifndef TDPMMU_BENCH_OPS_H
#define TDPMMU_BENCH_OPS_H

#include "guest.h"

/* What a guest maps: every page; one page in each 2 MiB; one in each GiB of a large hole; everything by leaves of 2 MiB. */
enum shape { DENSE, SPARSE, UPPER, HUGE };

/* What an operation's time is given for: a page of the guest, 2 MiB or 1 GiB of it, or all of it. */
enum per { PER_PTE, PER_TABLE, PER_GIB, PER_CALL };

struct bench_op {
	const char *name;
	enum sharing sharing; /* in which guest's tree */
	bool needs_hw_dirty;  /* only where hardware sets Dirty: the entries are such that it may do so during the call */
	/* Bring the guest to the state that the call starts from. Not timed. */
	void (*prepare)(struct guest *guest);
	/* The timed part; its value depends on everything it did. */
	uint64_t (*run)(struct guest *guest);
	/* Check the value and the raw entries. Not timed. Ends the program if they are wrong. */
	void (*check)(struct guest *guest, uint64_t value);
	enum shape shape;
	enum per per;
};

/*
 * All of them, in an order in which each needs little preparation after the one before, those of one tree in a row; ends with a NULL
 * name.
 */
extern const struct bench_op bench_ops[];

/* Does the operation exist for the format? */
static inline bool bench_op_fits(const struct bench_op *op, const struct raw_format *format)
{
	return share_exists(op->sharing) && (!op->needs_hw_dirty || format->clean != 0);
}

/* The address of the i-th page in an order that visits each of n pages (a power of 2) once and has no pattern to predict. */
static inline uint64_t bench_shuffle(uint64_t i, uint64_t n)
{
	uint64_t mask = n - 1;
	unsigned half = (unsigned)__builtin_ctzll(n) / 2;

	/* Odd multiplications and the shift are each one-to-one modulo n. */
	i = i * UINT64_C(0x9e3779b97f4a7c15) & mask;
	i ^= i >> half;
	i = i * UINT64_C(0xbf58476d1ce4e5b9) & mask;
	return (i ^ i >> half) * BENCH_PAGE;
}

/* The sum of the addresses behind n pages: what lookups of each page once must add up to. */
static inline uint64_t bench_address_sum(uint64_t n)
{
	return n * GUEST_HPA + n * (n - 1) / 2 * BENCH_PAGE;
}

#endif
