/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rounds of a log, as a VMM has them: a bitmap that collections name pages in, and a guest whose writes are let through.
 */
#ifndef TDPMMU_TESTS_OPS_NAMES_H
#define TDPMMU_TESTS_OPS_NAMES_H

#include "harness.h"

enum { NAMES_WORDS = 128 };

/* The first NAMES_WORDS * 64 pages of the address space. */
struct names {
	uint64_t words[NAMES_WORDS];
	struct tdp_bitmap map;
};

/* It is empty now. */
struct tdp_bitmap *names_of(struct harness *h, struct names *n);
bool named(const struct names *n, uint64_t page);
unsigned how_many(const struct names *n);

/* A collection under the eyes of the referee; for IS(). */
enum tdp_result arm(struct harness *h, tdp_gpa_t gpa, uint64_t size, const struct tdp_bitmap *out);
/* The guest writes; if the page is shut, as a VMM lets it go on. */
void guest_writes(struct harness *h, tdp_gpa_t gpa);

#endif
