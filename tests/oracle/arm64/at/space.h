/* SPDX-License-Identifier: BSD-2-Clause */
/* A tree on the host whose addresses are those it will have in the emulated machine. */
#ifndef ORACLE_ARM64_AT_SPACE_H
#define ORACLE_ARM64_AT_SPACE_H

#include "geometry.h"

struct space {
	const struct geometry *geometry;
	const struct feature_set *set;
	struct tdp_tree tree;
	struct tdp_layout layout;
	struct tdp_regs regs;
	struct tdp_cache pool;
	struct ref_machine machine; /* the same tables for the referee's walker */
};

/* Reserves the memory that all tables of a run come from. */
void arena_init(void);
/* What of it is used. */
void *arena_start(void);
uint64_t arena_size(void);
/* The entry at a machine address; NULL: no table is there. */
uint64_t *arena_entry(uint64_t hpa);

/* An empty live tree. */
void space_init(struct space *s, const struct geometry *g, const struct feature_set *set);
/* No operation comes any more: spare tables become zeroes, which are the same in every run. */
void space_settle(struct space *s);

/* Ends the program with a message. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Pseudo-random numbers: the same from the same seed, everywhere. */
struct random {
	uint64_t state;
};
void random_seed(struct random *r, uint64_t seed);
uint64_t random_u64(struct random *r);
/* From 0 to n - 1. */
uint64_t random_below(struct random *r, uint64_t n);

#endif
