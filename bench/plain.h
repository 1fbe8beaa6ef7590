/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The formats that nobody's times are taken of, for counting instructions: any granule and depth, through the public API alone.
 */
#ifndef TDPMMU_BENCH_PLAIN_H
#define TDPMMU_BENCH_PLAIN_H

#include "share.h"

#include <tdpmmu/tdpmmu.h>

struct plain_format {
	const char *name;
	const struct tdp_format *format;
	const struct tdp_engine *engine;
	struct tdp_caps caps;
	unsigned gpa_bits;
	bool needs_barrier; /* hooks that x86 leaves out */
};

/* Ends with a NULL name. */
extern const struct plain_format plain_formats[];

struct plain_guest;

/* What is counted, in an order in which each starts from what the one before left; ends with a NULL name. */
struct plain_op {
	const char *name;
	uint64_t (*run)(struct plain_guest *guest);
	/* Check the value, and bring the guest to where the next one starts. Ends the program if something is wrong. */
	void (*after)(struct plain_guest *guest, uint64_t value);
	enum sharing sharing;
};
extern const struct plain_op plain_ops[];

/* An empty guest of so many pages, a multiple of a block's. */
struct plain_guest *plain_new(const struct plain_format *format, enum sharing sharing, uint64_t pages);
void plain_free(struct plain_guest *guest);

#endif
