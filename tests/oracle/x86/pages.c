/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest's own page tables; see pages.h. Accessed and Dirty are set, so that the processor never writes them. */
#include "pages.h"

#define TABLE_BITS UINT64_C(0x27)
#define LEAF_BITS  UINT64_C(0xe3)
#define WINDOW	   UINT64_C(0x200000)
#define WALK_BASE  UINT64_C(0x40000000)

static volatile uint64_t *entry(unsigned table, unsigned index)
{
	return (volatile uint64_t *)ADDRESS(GUEST_RAM + table + index * 8);
}

void window_init(struct space *s)
{
	space_map_fixed(s, GUEST_CODE, GUEST_WORD + PAGE - GUEST_CODE);
	*entry(GUEST_PML4, 0) = GUEST_PDPT | TABLE_BITS;
	*entry(GUEST_PDPT, 0) = GUEST_PD | TABLE_BITS;
	*entry(GUEST_PD, 0) = LEAF_BITS;
}

uint64_t window_open(tdp_gpa_t gpa)
{
	*entry(GUEST_PD, 1) = (gpa & ~(WINDOW - 1)) | LEAF_BITS;
	return WINDOW + gpa % WINDOW;
}

uint64_t window_walk(tdp_gpa_t gpa)
{
	*entry(GUEST_PDPT, 1) = gpa | TABLE_BITS;
	return WALK_BASE + GUEST_WORD;
}
