/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The benchmark's own reading of table memory: arm entries for the next measurement and check the last one, without the library.
 *
 * All formats here have 4 levels of 512 entries and 4 KiB pages.
 */
#ifndef TDPMMU_BENCH_RAWFMT_H
#define TDPMMU_BENCH_RAWFMT_H

#include <tdpmmu/tree.h>

/* A format as the benchmark knows it: constants from the manuals and from the bit layout in docs/, not from the library. */
struct raw_format {
	const char *name;
	const struct tdp_format *format;
	const struct tdp_engine *engine;
	struct tdp_caps caps;
	bool needs_barrier; /* walkers need a barrier before they see new entries, and pages a sync: hooks that x86 leaves out */
	uint64_t empty;
	uint64_t table_mask, table_tag; /* (e & mask) == tag: a table */
	uint64_t address;
	/* Leaves that grant read, write and execute on write-back memory, without their address: */
	uint64_t written;	    /* the guest wrote it: hardware has nothing left to set */
	uint64_t written_protected; /* what protect makes of it */
	uint64_t clean;		    /* accessed, not written: hardware may set Dirty at any moment. 0: hardware never does */
	uint64_t clean_protected;   /* what protect makes of it */
	uint64_t armed;		    /* granted write, and shut until the next one: what a log by write protection makes of it */
	uint64_t accessed;	    /* of which Accessed is: a leaf without it is old */
	uint64_t moving; /* Accessed and Dirty in every form: which of them a new mapping has set is the library's choice */
};

/* The formats of this library; ends with a NULL name. */
extern const struct raw_format raw_formats[];

/* How reach tables: where the library is told they are. */
struct raw_tree {
	const struct raw_format *format;
	const uint64_t *root;
	uint64_t va_offset;
	uint64_t bytes; /* guest memory, from guest physical address 0, a multiple of 2 MiB */
};

/* Is nothing mapped, no leaf table left, and every entry where one was exactly the empty one? */
bool raw_is_empty(const struct raw_tree *tree);

/* Do all leaf tables exist? */
bool raw_has_tables(const struct raw_tree *tree);

/* Write bits | address into every entry of every leaf table, page i of the guest at hpa + i pages. */
void raw_arm(const struct raw_tree *tree, uint64_t bits, uint64_t hpa);

/* Is page n one of the young ones, about one in 16 without a pattern, of raw_arm_some()? */
static inline bool raw_some(uint64_t n)
{
	return n * UINT64_C(0x9e3779b97f4a7c15) >> 60 == 0;
}

/* Write as raw_arm() does, but Accessed only into the entries of some pages. */
void raw_arm_some(const struct raw_tree *tree, uint64_t bits, uint64_t hpa);

/* How many entries are not exactly bits | address, apart from the ignored bits. */
uint64_t raw_mismatches(const struct raw_tree *tree, uint64_t bits, uint64_t hpa, uint64_t ignore);

/* The same for the first page of each step, in bytes, whose leaf tables must exist; other entries are left. */
void raw_arm_each(const struct raw_tree *tree, uint64_t step, uint64_t bits, uint64_t hpa);

/* How many of these are not bits | address, apart from the ignored bits, and how many others in their tables are not empty. */
uint64_t raw_each_mismatches(const struct raw_tree *tree, uint64_t step, uint64_t bits, uint64_t hpa, uint64_t ignore);

/* How many entries of the leaf tables are not empty. */
uint64_t raw_used(const struct raw_tree *tree);

#endif
