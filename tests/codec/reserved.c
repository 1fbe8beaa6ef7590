/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries that hardware refuses, or that a correct hypervisor never writes, and which reason is given.
 */
#include "layouts.h"

#include "fake.h"

/* One entry on a machine with 46-bit host addresses. */
struct vector {
	const char *what;
	unsigned level;
	tdp_spte_t raw;
	enum tdp_why why;
};

/* Checks as foreign entries. */
static void check(const struct tdp_layout *lay, const struct vector *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct tdp_entry e = test_decode(lay, TDP_FOREIGN, v[i].level, v[i].raw);

		CHECK_EQ(e.why, v[i].why, "%s: %s", lay->format->name, v[i].what);
		CHECK_EQ(e.kind == TDP_RESERVED, v[i].why != TDP_WHY_NONE, "%s: %s", lay->format->name, v[i].what);
		CHECK_EQ(e.raw, v[i].raw, "%s: %s", lay->format->name, v[i].what);
	}
}

#define N(vectors) (sizeof(vectors) / sizeof((vectors)[0]))

static const struct vector ept[] = {
	{"write only", 0, 0x12345132, TDP_WHY_PERMISSION},
	{"write and execute", 0, 0x12345136, TDP_WHY_PERMISSION},
	{"execute only", 0, 0x12345134, TDP_WHY_PERMISSION},
	{"write only, in a table entry", 1, 0x12345102, TDP_WHY_PERMISSION},
	{"memory type 2", 0, 0x12345111, TDP_WHY_MEMTYPE},
	{"memory type 3", 0, 0x12345119, TDP_WHY_MEMTYPE},
	{"memory type 7", 0, 0x12345139, TDP_WHY_MEMTYPE},
	{"bit 46 of the address", 0, 0x400012345131, TDP_WHY_ADDRESS},
	{"bit 51 of the address", 0, 0x8000012345131, TDP_WHY_ADDRESS},
	{"bit 46 of a table's address", 2, 0x400012345107, TDP_WHY_ADDRESS},
	{"2M leaf, bit 12", 1, 0x402011b1, TDP_WHY_ADDRESS},
	{"2M leaf, bit 20", 1, 0x403001b1, TDP_WHY_ADDRESS},
	{"1G leaf, bit 29", 2, 0x600001b1, TDP_WHY_ADDRESS},
	{"leaf at level 3", 3, 0x000001b1, TDP_WHY_LEVEL},
	{"table with a memory type", 1, 0x1234510f, TDP_WHY_BITS},
	{"table with ignore-PAT", 3, 0x12345147, TDP_WHY_BITS},
	{"bit 7 of a PTE is ignored", 0, 0x123451b1, TDP_WHY_NONE},
	{"ignored bits", 0, 0x7ff0000012345931, TDP_WHY_NONE},
};

Test(reserved, ept)
{
	struct tdp_layout lay = test_layout(&tdp_ept, 48, TDP_CAP_HW_A | TDP_CAP_HW_D);

	check(&lay, ept, N(ept));
	lay.leaf_levels = 1;
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 1, 0x402001b1).why, TDP_WHY_LEVEL, "no 2M leaves on this machine");
	lay.features |= TDP_CAP_EXEC_ONLY;
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 0, 0x12345134).why, TDP_WHY_NONE, "execute-only machine");
}

/* Bits 2 and 10, execution for supervisor and user; without the control 10 says nothing. */
static const struct vector mbec[] = {
	{"read, execute for both", 0, 0x12345535, TDP_WHY_NONE},
	{"read, execute for the user", 0, 0x12345531, TDP_WHY_NONE},
	{"execute for the user only", 0, 0x12345530, TDP_WHY_PERMISSION},
	{"execute for the supervisor only", 0, 0x12345134, TDP_WHY_PERMISSION},
	{"write, execute for the user", 0, 0x12345532, TDP_WHY_PERMISSION},
	{"table, execute for the user only", 1, 0x12345400, TDP_WHY_PERMISSION},
	{"table", 3, 0x12345507, TDP_WHY_NONE},
};

Test(reserved, ept_mode_based_execute)
{
	struct tdp_layout lay = test_layout(&tdp_ept, 48, TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_MBEC);

	check(&lay, mbec, N(mbec));
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 0, 0x12345531).attrs.prot, TDP_R | TDP_XU, "what it permits");
	lay.features |= TDP_CAP_EXEC_ONLY;
	for (size_t i = 2; i < 6; i++) {
		struct tdp_entry e = test_decode(&lay, TDP_FOREIGN, mbec[i].level, mbec[i].raw);

		CHECK_EQ(e.why, i == 4 ? TDP_WHY_PERMISSION : TDP_WHY_NONE, "%s, on a machine with execute-only", mbec[i].what);
	}
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 0, 0x12345530).live, TDP_XU, "user only");
	lay.features &= ~(uint32_t)TDP_CAP_MBEC;
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 0, 0x12345530).kind, TDP_EMPTY, "without the control nothing is present");
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 0, 0x12345531).attrs.prot, TDP_R, "without the control it is no permission");
}

static const struct vector npt[] = {
	{"bit 46 of the address", 0, 0x400012345027, TDP_WHY_ADDRESS},
	{"bit 46 of a table's address", 1, 0x400012345027, TDP_WHY_ADDRESS},
	{"2M leaf, bit 13", 1, 0x402020a7, TDP_WHY_ADDRESS},
	{"2M leaf, bit 20", 1, 0x403000a7, TDP_WHY_ADDRESS},
	{"2M leaf, bit 12 is PAT", 1, 0x402010a7, TDP_WHY_NONE},
	{"1G leaf, bit 29", 2, 0x600000a7, TDP_WHY_ADDRESS},
	{"leaf at level 3", 3, 0x000000a7, TDP_WHY_LEVEL},
	{"bit 8 of a PML4E", 3, 0x12345127, TDP_WHY_BITS},
	{"bit 8 of a PDPE is ignored", 2, 0x12345127, TDP_WHY_NONE},
	{"NX without EFER.NXE", 0, 0x8000000012345027, TDP_WHY_BITS},
	{"bit 12 of a table's address is no PAT", 1, 0x12345027, TDP_WHY_NONE},
	{"available bits", 0, 0x7ff0000012345e27, TDP_WHY_NONE},
};

Test(reserved, npt)
{
	struct tdp_layout lay = test_layout(&tdp_npt, 48, 0);

	check(&lay, npt, N(npt));
	lay.features |= TDP_CAP_NX;
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 0, 0x8000000012345027).why, TDP_WHY_NONE, "EFER.NXE");
	lay.entry_or = UINT64_C(1) << 47;
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 0, 0x800012345027).why, TDP_WHY_NONE, "an encryption bit beyond the width");
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 1, 0x800012345027).hpa, 0x12345000, "an encryption bit of a table");
	lay.pat = 0x0007040600070402;
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 0, 0x12345027).why, TDP_WHY_MEMTYPE, "a PAT byte that is reserved");
	lay.pat = 0x0007040600070446;
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 0, 0x12345027).why, TDP_WHY_MEMTYPE, "a PAT byte with high bits");
}

static const struct vector npt5[] = {
	{"leaf at level 4", 4, 0x000000a7, TDP_WHY_LEVEL},
	{"bit 8 of a PML5E", 4, 0x12345127, TDP_WHY_BITS},
	{"bit 8 of a PML4E", 3, 0x12345127, TDP_WHY_BITS},
	{"bit 46 of a PML5E", 4, 0x400012345027, TDP_WHY_ADDRESS},
	{"PML5E, available bits", 4, 0x7ff0000012345e27, TDP_WHY_NONE},
};

static const struct vector pae[] = {
	{"bit 46 of the address", 0, 0x400012345027, TDP_WHY_ADDRESS},
	{"an address above 4 GiB", 0, 0x200012345027, TDP_WHY_NONE},
	{"bit 52 of a PTE", 0, 0x10000012345027, TDP_WHY_BITS},
	{"bit 62 of a PTE", 0, 0x4000000012345027, TDP_WHY_BITS},
	{"bit 52 of a PDE", 1, 0x10000012345027, TDP_WHY_BITS},
	{"NX without EFER.NXE", 0, 0x8000000012345027, TDP_WHY_BITS},
	{"2M leaf, bit 13", 1, 0x402020a7, TDP_WHY_ADDRESS},
	{"2M leaf, bit 12 is PAT", 1, 0x402010a7, TDP_WHY_NONE},
	{"ignored bits of a PTE", 0, 0x12345f27, TDP_WHY_NONE},
	{"PDPE", 2, 0x12345001, TDP_WHY_NONE},
	{"PDPE, cache controls and ignored bits", 2, 0x12345e19, TDP_WHY_NONE},
	{"PDPE, RW", 2, 0x12345003, TDP_WHY_BITS},
	{"PDPE, U/S", 2, 0x12345005, TDP_WHY_BITS},
	{"PDPE, A", 2, 0x12345021, TDP_WHY_BITS},
	{"PDPE, D", 2, 0x12345041, TDP_WHY_BITS},
	{"PDPE, PS", 2, 0x40000081, TDP_WHY_LEVEL},
	{"PDPE, G", 2, 0x12345101, TDP_WHY_BITS},
	{"PDPE, bit 46 of the address", 2, 0x400012345001, TDP_WHY_ADDRESS},
	{"PDPE, bit 52", 2, 0x10000012345001, TDP_WHY_BITS},
	{"PDPE, NX", 2, 0x8000000012345001, TDP_WHY_BITS},
};

Test(reserved, npt_of_other_depths)
{
	struct tdp_layout five = test_layout(&tdp_npt, 57, 0), three = test_layout(&tdp_npt_pae, 32, 0);

	check(&five, npt5, N(npt5));
	check(&three, pae, N(pae));
	three.features |= TDP_CAP_NX;
	CHECK_EQ(test_decode(&three, TDP_FOREIGN, 0, 0x8000000012345027).why, TDP_WHY_NONE, "EFER.NXE");
	CHECK_EQ(test_decode(&three, TDP_FOREIGN, 2, 0x8000000012345001).why, TDP_WHY_BITS, "not in a PDPE");
}

/* A machine of 46 bits counts as one of 44, the next width below that VTCR_EL2.PS has. */
static const struct vector s2[] = {
	{"MemAttr 0100", 0, 0x12345753, TDP_WHY_MEMTYPE},
	{"MemAttr 1000", 0, 0x12345763, TDP_WHY_MEMTYPE},
	{"MemAttr 1100", 0, 0x12345773, TDP_WHY_MEMTYPE},
	{"bit 43 of the address", 0, 0x80012345000 | 0x77f, TDP_WHY_NONE},
	{"bit 44 of the address", 0, 0x100012345000 | 0x77f, TDP_WHY_ADDRESS},
	{"bit 47 of a table's address", 1, 0x800012345003, TDP_WHY_ADDRESS},
	{"bit 48", 0, 0x1000012345000 | 0x77f, TDP_WHY_ADDRESS},
	{"2M block, bit 20", 1, 0x4030077d, TDP_WHY_ADDRESS},
	{"1G block, bit 29", 2, 0x6000077d, TDP_WHY_ADDRESS},
	{"1G block, nT", 2, 0x4001077d, TDP_WHY_NONE},
	{"block at level 3", 3, 0x0000077d, TDP_WHY_LEVEL},
	{"01 at level 0", 0, 0x1234577d, TDP_WHY_LEVEL},
	{"ignored bits", 0, 0xfff000001234577f, TDP_WHY_NONE},
	{"table with ignored bits", 1, 0x07f0000012345fff, TDP_WHY_NONE},
};

Test(reserved, s2)
{
	struct tdp_layout lay = test_layout(&tdp_s2_4k, 48, 0);

	CHECK_EQ(lay.hpa_bits, 44, "46 bits are no PS");
	check(&lay, s2, N(s2));
	lay.leaf_levels = 1;
	CHECK_EQ(test_decode(&lay, TDP_FOREIGN, 1, 0x4020077d).why, TDP_WHY_LEVEL, "no blocks in this layout");
}

static tdp_spte_t rotated(unsigned level, tdp_spte_t e)
{
	return level == 0 ? e : e << 3 * level | e >> (64 - 3 * level);
}

static const struct vector fake_o[] = {
	{"bit 3", 0, 0x1234510f, TDP_WHY_BITS},
	{"bit 6", 0, 0x12345147, TDP_WHY_BITS},
	{"bit 7 at level 0", 0, 0x12345187, TDP_WHY_BITS},
	{"bit 52", 0, 0x10000012345107, TDP_WHY_BITS},
	{"bit 58", 0, 0x400000012345107, TDP_WHY_BITS},
	{"bit 63", 0, 0x8000000012345107, TDP_WHY_BITS},
	{"software bits", 0, 0x3e0000012345107, TDP_WHY_NONE},
	{"table with D", 1, 0x12345307, TDP_WHY_BITS},
	{"table with a memory type", 1, 0x12345907, TDP_WHY_BITS},
	{"leaf at level 3", 3, 0x187, TDP_WHY_LEVEL},
	{"16K leaf, bit 13", 1, 0x12346187, TDP_WHY_ADDRESS},
	{"64K leaf, bit 15", 2, 0x12348187, TDP_WHY_ADDRESS},
};

static const struct vector fake_b[] = {
	{"MemAttr 0010", 0, 0x1234574b, TDP_WHY_MEMTYPE},      {"bit 40 of the address", 0, 0x1001234577f, TDP_WHY_ADDRESS},
	{"16K block, bit 12", 1, 0x1234577d, TDP_WHY_ADDRESS}, {"block at level 3", 3, 0x77d, TDP_WHY_LEVEL},
	{"01 at level 0", 0, 0x1234577d, TDP_WHY_LEVEL},       {"ignored bits", 0, 0xffb000001234577f, TDP_WHY_NONE},
};

/* The vectors stand for level 0; the entries rotate. */
Test(reserved, fake)
{
	const struct tdp_layout o = test_layout(&tdp_fake_o, 20, 0), b = test_layout(&tdp_fake_b, 20, 0);

	for (size_t i = 0; i < N(fake_o); i++) {
		const struct vector v = {fake_o[i].what, fake_o[i].level, rotated(fake_o[i].level, fake_o[i].raw), fake_o[i].why};

		check(&o, &v, 1);
	}
	for (size_t i = 0; i < N(fake_b); i++) {
		const struct vector v = {fake_b[i].what, fake_b[i].level, rotated(fake_b[i].level, fake_b[i].raw), fake_b[i].why};

		check(&b, &v, 1);
	}
}
