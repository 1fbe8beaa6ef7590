/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Table memory read by eye: the bits of three formats and a four-level walk.
 */
#include "rawfmt.h"
#include "fail.h"

#include <inttypes.h>

#define BIT(n)	   (UINT64_C(1) << (n))
#define ENTRIES	   512u
#define PAGE_SHIFT 12u
#define TABLE_SPAN BIT(21) /* what one leaf table maps */

/* EPT (SDM vol. 3C, 29.3.2): R W X, type 6 = WB, A, D; software-present, host-writable, MMU-writable; suppress #VE. */
enum { EPT_A = 8, EPT_D = 9, EPT_SP = 11, EPT_HW = 53, EPT_MW = 55, EPT_SD = 56, EPT_SVE = 63 };
#define EPT_READ_EXEC (BIT(0) | BIT(2) | UINT64_C(6) << 3 | BIT(EPT_A) | BIT(EPT_SP) | BIT(EPT_HW) | BIT(EPT_SVE))
#define EPT_CLEAN     (EPT_READ_EXEC | BIT(1) | BIT(EPT_MW))

/* NPT (APM vol. 2, 5.3): P RW US, A, D; host-writable, MMU-writable. WB is PAT entry 0. */
enum { NPT_A = 5, NPT_D = 6, NPT_HW = 9, NPT_MW = 10, NPT_SD = 11 };
#define NPT_READ_EXEC (BIT(0) | BIT(2) | BIT(NPT_A) | BIT(NPT_HW))
#define NPT_CLEAN     (NPT_READ_EXEC | BIT(1) | BIT(NPT_MW))

/* Arm stage 2 (Arm ARM, D8): page, MemAttr 1111 = WB, S2AP, SH inner, AF; host-writable, MMU-writable, software Dirty. */
enum { S2_READ = 6, S2_WRITE = 7, S2_AF = 10, S2_SD = 55, S2_HW = 56, S2_MW = 57, S2_D = 58 };
#define S2_READ_EXEC (UINT64_C(3) | UINT64_C(0xf) << 2 | BIT(S2_READ) | UINT64_C(3) << 8 | BIT(S2_AF) | BIT(S2_HW))
#define S2_WRITTEN   (S2_READ_EXEC | BIT(S2_WRITE) | BIT(S2_MW))

#define CAPS(feature_bits)                                                                                                         \
	{                                                                                                                          \
		.hpa_bits = 48, .leaf_levels = 7, .features = (feature_bits)                                                       \
	}

const struct raw_format raw_formats[] = {
	{
		.name = "npt",
		.format = &tdp_npt,
		.engine = &tdp_npt_engine,
		.caps = CAPS(TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_NX),
		.empty = 0,
		.table_mask = BIT(0) | BIT(7),
		.table_tag = BIT(0),
		.address = UINT64_C(0x000ffffffffff000),
		.written = NPT_CLEAN | BIT(NPT_D),
		.written_protected = NPT_READ_EXEC | BIT(NPT_D),
		.clean = NPT_CLEAN,
		.clean_protected = NPT_READ_EXEC,
		.armed = NPT_READ_EXEC | BIT(NPT_MW),
		.accessed = BIT(NPT_A),
		.moving = BIT(NPT_A) | BIT(NPT_D) | BIT(NPT_SD),
	},
	{
		.name = "ept",
		.format = &tdp_ept,
		.engine = &tdp_ept_engine,
		.caps = CAPS(TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_EXEC_ONLY),
		.empty = BIT(EPT_SVE),
		.table_mask = BIT(0) | BIT(7),
		.table_tag = BIT(0),
		.address = UINT64_C(0x000ffffffffff000),
		.written = EPT_CLEAN | BIT(EPT_D),
		.written_protected = EPT_READ_EXEC | BIT(EPT_D),
		.clean = EPT_CLEAN,
		.clean_protected = EPT_READ_EXEC,
		.armed = EPT_READ_EXEC | BIT(EPT_MW),
		.accessed = BIT(EPT_A),
		.moving = BIT(EPT_A) | BIT(EPT_D) | BIT(EPT_SD),
	},
	{
		.name = "s2_4k",
		.format = &tdp_s2_4k,
		.engine = &tdp_s2_4k_engine,
		.caps = CAPS(0),
		.needs_barrier = true,
		.empty = 0,
		.table_mask = 3,
		.table_tag = 3,
		.address = UINT64_C(0x0000fffffffff000),
		.written = S2_WRITTEN,
		.written_protected = S2_READ_EXEC | BIT(S2_D),
		.armed = S2_READ_EXEC | BIT(S2_MW),
		.accessed = BIT(S2_AF),
		.moving = BIT(S2_AF) | BIT(S2_D) | BIT(S2_SD),
	},
	{.name = NULL},
};

/* The table that an entry points to; NULL if it points to none. */
static uint64_t *below(const struct raw_tree *tree, uint64_t entry)
{
	const struct raw_format *format = tree->format;

	if ((entry & format->table_mask) != format->table_tag)
		return NULL;
	return (uint64_t *)(uintptr_t)((entry & format->address) + tree->va_offset);
}

/* The leaf table of an address; NULL if there is none, and then *end is the entry where the walk ended. */
static uint64_t *leaf_table(const struct raw_tree *tree, uint64_t gpa, uint64_t *end)
{
	const uint64_t *table = tree->root;

	for (unsigned level = 3; level > 0 && table; level--) {
		*end = table[gpa >> (PAGE_SHIFT + 9 * level) & (ENTRIES - 1)];
		table = below(tree, *end);
	}
	return (uint64_t *)(uintptr_t)table;
}

/* The same, where a missing table is an error. */
static uint64_t *required_table(const struct raw_tree *tree, uint64_t gpa)
{
	uint64_t end;
	uint64_t *table = leaf_table(tree, gpa, &end);

	bench_check(table, "%s: no table at 0x%" PRIx64, tree->format->name, gpa);
	return table;
}

bool raw_is_empty(const struct raw_tree *tree)
{
	uint64_t end;

	for (uint64_t gpa = 0; gpa < tree->bytes; gpa += TABLE_SPAN)
		if (leaf_table(tree, gpa, &end) || end != tree->format->empty)
			return false;
	return true;
}

bool raw_has_tables(const struct raw_tree *tree)
{
	uint64_t end;

	for (uint64_t gpa = 0; gpa < tree->bytes; gpa += TABLE_SPAN)
		if (!leaf_table(tree, gpa, &end))
			return false;
	return true;
}

void raw_arm(const struct raw_tree *tree, uint64_t bits, uint64_t hpa)
{
	for (uint64_t gpa = 0; gpa < tree->bytes; gpa += TABLE_SPAN) {
		uint64_t *table = required_table(tree, gpa);
		uint64_t first = bits | (hpa + gpa);

		for (uint64_t i = 0; i < ENTRIES; i++)
			table[i] = first + (i << PAGE_SHIFT);
	}
}

void raw_arm_some(const struct raw_tree *tree, uint64_t bits, uint64_t hpa)
{
	raw_arm(tree, bits & ~tree->format->accessed, hpa);
	for (uint64_t page = 0; page < tree->bytes >> PAGE_SHIFT; page++)
		if (raw_some(page))
			required_table(tree, page << PAGE_SHIFT)[page % ENTRIES] |= tree->format->accessed;
}

uint64_t raw_mismatches(const struct raw_tree *tree, uint64_t bits, uint64_t hpa, uint64_t ignore)
{
	uint64_t bad = 0;

	for (uint64_t gpa = 0; gpa < tree->bytes; gpa += TABLE_SPAN) {
		const uint64_t *table = required_table(tree, gpa);
		uint64_t first = (bits & ~ignore) | (hpa + gpa);

		for (uint64_t i = 0; i < ENTRIES; i++)
			bad += (table[i] & ~ignore) != first + (i << PAGE_SHIFT);
	}
	return bad;
}

void raw_arm_each(const struct raw_tree *tree, uint64_t step, uint64_t bits, uint64_t hpa)
{
	for (uint64_t gpa = 0; gpa < tree->bytes; gpa += step)
		*required_table(tree, gpa) = bits | (hpa + gpa);
}

uint64_t raw_each_mismatches(const struct raw_tree *tree, uint64_t step, uint64_t bits, uint64_t hpa, uint64_t ignore)
{
	uint64_t bad = 0;

	for (uint64_t gpa = 0; gpa < tree->bytes; gpa += step) {
		const uint64_t *table = required_table(tree, gpa);

		bad += (table[0] & ~ignore) != ((bits & ~ignore) | (hpa + gpa));
		for (uint64_t i = 1; i < ENTRIES; i++)
			bad += table[i] != tree->format->empty;
	}
	return bad;
}

uint64_t raw_used(const struct raw_tree *tree)
{
	uint64_t used = 0;

	for (uint64_t gpa = 0; gpa < tree->bytes; gpa += TABLE_SPAN) {
		const uint64_t *table = required_table(tree, gpa);

		for (uint64_t i = 0; i < ENTRIES; i++)
			used += table[i] != tree->format->empty;
	}
	return used;
}
