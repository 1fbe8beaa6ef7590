/* SPDX-License-Identifier: BSD-2-Clause */
#include "stage1.h"

/* Stage-1 descriptors: Arm ARM, D8.3. AttrIndx 0, EL1 only, inner shareable. */
enum { DESC_BLOCK = 1, DESC_TABLE = 3, DESC_PAGE = 3, DESC_SHARED = 3 << 8, DESC_AF = 1 << 10, L1_SHIFT = 30, L2_SHIFT = 21 };
/* TCR_EL1: 39 bits of address from L1, write-back inner shareable tables, no TTBR1, 48 bits out; HA on wish. */
#define TCR	((UINT64_C(64) - 39) | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23 | UINT64_C(5) << 32)
#define TCR_HA	(UINT64_C(1) << 39)
#define SCTLR_M UINT64_C(0x30d00801) /* RES1, and the MMU on */
#define MAIR_WB UINT64_C(0xff)

/* The guest's own pages: IPA, and host address. */
#define GUEST_L1    UINT64_C(0x90000000)
#define GUEST_L2    UINT64_C(0x90001000)
#define GUEST_L3    UINT64_C(0x90100000)
#define GUEST_A	    UINT64_C(0xa0000000)
#define GUEST_B	    UINT64_C(0xa0001000)
#define HOST_L1	    UINT64_C(0x50000000)
#define HOST_L2	    UINT64_C(0x50001000)
#define HOST_A	    UINT64_C(0x50004000)
#define HOST_B	    UINT64_C(0x50005000)
#define VIRTUAL	    UINT64_C(0x80000000)
#define CODE_REGION UINT64_C(0x40000000)

static void store(uint64_t hpa, unsigned index, uint64_t value)
{
	((volatile uint64_t *)hpa)[index] = value;
}

void stage1_age(bool old)
{
	const uint64_t low = DESC_PAGE | DESC_SHARED | (old ? 0 : DESC_AF);

	store(STAGE1_TABLE_A, 0, GUEST_A | low);
	store(STAGE1_TABLE_B, 0, GUEST_B | low);
	BARRIER("dsb ish");
}

void stage1_init(struct space *s)
{
	store(HOST_L1, CODE_REGION >> L1_SHIFT, CODE_REGION | DESC_BLOCK | DESC_SHARED | DESC_AF);
	store(HOST_L1, VIRTUAL >> L1_SHIFT, GUEST_L2 | DESC_TABLE);
	for (unsigned i = 0; i < STAGE1_PAGES; i++)
		store(HOST_L2, i, stage1_table(i) | DESC_TABLE);
	store(HOST_A, 0, STAGE1_A);
	store(HOST_B, 0, STAGE1_B);
	stage1_age(false);
	space_map_code(s);
	space_map(s, GUEST_L1, STAGE1_PAGE, HOST_L1, TDP_RW);
	space_map(s, GUEST_L2, STAGE1_PAGE, HOST_L2, TDP_RW);
	space_map(s, GUEST_A, STAGE1_PAGE, HOST_A, TDP_RW);
	space_map(s, GUEST_B, STAGE1_PAGE, HOST_B, TDP_RW);
	space_map(s, STAGE1_CONTROL, STAGE1_PAGE, STAGE1_CONTROL, TDP_RW);
	for (unsigned i = 0; i < STAGE1_PAGES; i++)
		space_map(s, stage1_table(i), STAGE1_PAGE, STAGE1_TABLE_A, TDP_RW);
}

void stage1_load(bool access_flag)
{
	REG_WRITE(mair_el1, MAIR_WB);
	REG_WRITE(tcr_el1, TCR | (access_flag ? TCR_HA : 0));
	REG_WRITE(ttbr0_el1, GUEST_L1);
	REG_WRITE(sctlr_el1, SCTLR_M);
	BARRIER("isb");
	TLB_INVALIDATE("vmalls12e1");
	BARRIER("dsb nsh");
	BARRIER("isb");
}

tdp_gpa_t stage1_table(unsigned i)
{
	return GUEST_L3 + (uint64_t)i * STAGE1_PAGE;
}

uint64_t stage1_va(unsigned i)
{
	return VIRTUAL + ((uint64_t)i << L2_SHIFT);
}
