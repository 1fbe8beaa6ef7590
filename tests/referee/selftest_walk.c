/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walkers against single entries whose meaning the manuals state, at the last two levels of a tree whose upper levels are
 * plain.
 */
#include "hand.h"

#include <stdio.h>

/* A chain of tables: the table of level L lies at TABLE(L), its entry 0 holds entry[L]. */
#define TABLE(level) (UINT64_C(0x100000) * (1 + (level)))

struct chain {
	uint64_t entry[REF_MAX_LEVELS];
};

static bool read_chain(void *ctx, uint64_t hpa, uint64_t *value)
{
	const struct chain *c = ctx;
	uint64_t level = hpa / TABLE(0) - 1;

	if (level >= REF_MAX_LEVELS || hpa % TABLE(0))
		return false;
	*value = c->entry[level];
	return true;
}

struct vector {
	const char *what;
	unsigned features;
	unsigned level; /* where the entry stands */
	uint64_t entry;
	unsigned access;
	enum ref_fault fault;
	uint64_t update; /* what hardware stores; 0: nothing */
	uint64_t hpa;
	unsigned perms;
	enum ref_memtype memtype;
};

#define PAGE   UINT64_C(0x12345000)
#define BIG    UINT64_C(0x40000000)
#define BIT(n) (UINT64_C(1) << (n))

static const struct vector ept[] = {
	{"RWX WB", 0, 0, PAGE | 0x337, REF_R, REF_OK, 0, PAGE, REF_RWX, REF_WB},
	{"RWX WB, clean, written", 0, 0, PAGE | 0x37, REF_W, REF_OK, PAGE | 0x337, PAGE, REF_RWX, REF_WB},
	{"RWX WB, read", 0, 0, PAGE | 0x37, REF_R, REF_OK, PAGE | 0x137, PAGE, REF_RWX, REF_WB},
	{"read-only, written", 0, 0, PAGE | 0x331, REF_W, REF_PERMISSION, 0, 0, REF_R, REF_WB},
	{"UC", 0, 0, PAGE | 0x307, REF_R, REF_OK, 0, PAGE, REF_RWX, REF_UC},
	{"WP", 0, 0, PAGE | 0x32f, REF_R, REF_OK, 0, PAGE, REF_RWX, REF_WP},
	{"type 2", 0, 0, PAGE | 0x317, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"write without read", 0, 0, PAGE | 0x332, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"execute-only, not supported", 0, 0, PAGE | 0x334, REF_XS, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"execute-only", REF_HAS_EXEC_ONLY, 0, PAGE | 0x334, REF_XS, REF_OK, 0, PAGE, REF_XS | REF_XU, REF_WB},
	{"XU without MBEC is ignored", 0, 0, PAGE | 0x731, REF_XU, REF_PERMISSION, 0, 0, REF_R, REF_WB},
	{"X with MBEC is for the supervisor", REF_HAS_MBEC, 0, PAGE | 0x337, REF_XU, REF_PERMISSION, 0, 0, REF_R | REF_W | REF_XS,
	 REF_WB},
	{"XU with MBEC", REF_HAS_MBEC, 0, PAGE | 0x731, REF_XU, REF_OK, 0, PAGE, REF_R | REF_XU, REF_WB},
	{"absent, suppress #VE", 0, 0, BIT(63), REF_R, REF_NOT_PRESENT, 0, 0, 0, 0},
	{"address beyond 40 bits", 0, 0, BIT(40) | 0x337, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"2M", 0, 1, BIG | 0x3b7, REF_R, REF_OK, 0, BIG, REF_RWX, REF_WB},
	{"2M, misaligned", 0, 1, PAGE | 0x3b7, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"table with a type", 0, 1, TABLE(0) | 0x137, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"1G, not supported", 0, 2, BIG | 0x3b7, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"1G", REF_HAS_1G, 2, BIG | 0x3b7, REF_R, REF_OK, 0, BIG, REF_RWX, REF_WB},
	{"512G", REF_HAS_1G, 3, 0x387, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
};

static const struct vector npt[] = {
	{"RW, clean, written", REF_HAS_NX, 0, PAGE | 0x27, REF_W, REF_OK, PAGE | 0x67, PAGE, REF_RWX, REF_WB},
	{"RW, not accessed, read", REF_HAS_NX, 0, PAGE | 0x7, REF_R, REF_OK, PAGE | 0x27, PAGE, REF_RWX, REF_WB},
	{"read-only, written", REF_HAS_NX, 0, PAGE | 0x65, REF_W, REF_PERMISSION, 0, 0, REF_R | REF_XS | REF_XU, REF_WB},
	{"NX", REF_HAS_NX, 0, PAGE | 0x67 | BIT(63), REF_XS, REF_PERMISSION, 0, 0, REF_R | REF_W, REF_WB},
	{"NX without EFER.NXE", 0, 0, PAGE | 0x67 | BIT(63), REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"supervisor page, nested", 0, 0, PAGE | 0x63, REF_R, REF_PERMISSION, 0, 0, 0, REF_WB},
	{"supervisor page, guest's own", REF_GUEST_TABLES, 0, PAGE | 0x63, REF_W, REF_OK, 0, PAGE, REF_R | REF_W | REF_XS, REF_WB},
	{"PWT", 0, 0, PAGE | 0x6f, REF_R, REF_OK, 0, PAGE, REF_RWX, REF_WT},
	{"PCD PWT", 0, 0, PAGE | 0x7f, REF_R, REF_OK, 0, PAGE, REF_RWX, REF_UC},
	{"absent", 0, 0, PAGE | 0x66, REF_R, REF_NOT_PRESENT, 0, 0, 0, 0},
	{"address beyond 40 bits", 0, 0, BIT(40) | 0x67, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"2M, PAT in bit 12", 0, 1, BIG | 0x10e7, REF_R, REF_OK, 0, BIG, REF_RWX, REF_WB},
	{"2M, misaligned", 0, 1, BIG | 0x20e7, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"1G", REF_HAS_1G, 2, BIG | 0xe7, REF_R, REF_OK, 0, BIG, REF_RWX, REF_WB},
	{"PML4E with PS", REF_HAS_1G, 3, 0xe7, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
};

static const struct vector npt5[] = {
	{"RW, clean, written", REF_HAS_LA57, 0, PAGE | 0x27, REF_W, REF_OK, PAGE | 0x67, PAGE, REF_RWX, REF_WB},
	{"PML5E with PS", REF_HAS_LA57, 4, 0xe7, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"PML5E with bit 8", REF_HAS_LA57, 4, TABLE(3) | 0x127, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
};

/* A PDPE is the root's, and links are made for it. */
static const struct vector pae[] = {
	{"RW, clean, written", REF_PAE, 0, PAGE | 0x27, REF_W, REF_OK, PAGE | 0x67, PAGE, REF_RWX, REF_WB},
	{"NX", REF_PAE | REF_HAS_NX, 0, PAGE | 0x67 | BIT(63), REF_XS, REF_PERMISSION, 0, 0, REF_R | REF_W, REF_WB},
	{"bit 52 of a PTE", REF_PAE | REF_HAS_NX, 0, PAGE | 0x67 | BIT(52), REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"bit 62 of a PDE", REF_PAE | REF_HAS_NX, 1, TABLE(0) | 0x27 | BIT(62), REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"2M", REF_PAE, 1, BIG | 0xe7, REF_R, REF_OK, 0, BIG, REF_RWX, REF_WB},
	{"PDPE, absent", REF_PAE, 2, TABLE(1) | 8, REF_R, REF_NOT_PRESENT, 0, 0, 0, 0},
	{"PDPE with RW", REF_PAE, 2, TABLE(1) | 3, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"PDPE with U/S", REF_PAE, 2, TABLE(1) | 5, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"PDPE with A", REF_PAE, 2, TABLE(1) | 0x21, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"PDPE with PS", REF_PAE | REF_HAS_1G, 2, BIG | 0x81, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"PDPE with NX", REF_PAE | REF_HAS_NX, 2, TABLE(1) | 1 | BIT(63), REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"PDPE beyond 40 bits", REF_PAE, 2, BIT(40) | 1, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
};

static const struct vector s2[] = {
	{"RW WB", 0, 0, PAGE | 0x7ff, REF_W, REF_OK, 0, PAGE, REF_RWX, REF_WB},
	{"AF = 0", 0, 0, PAGE | 0x3ff, REF_R, REF_ACCESS_FLAG, 0, 0, REF_RWX, REF_WB},
	{"read-only, written", 0, 0, PAGE | 0x77f, REF_W, REF_PERMISSION, 0, 0, REF_R | REF_XS | REF_XU, REF_WB},
	{"XN", 0, 0, PAGE | 0x7ff | BIT(54), REF_XU, REF_PERMISSION, 0, 0, REF_R | REF_W, REF_WB},
	{"XNX 01: EL0 only", REF_HAS_XNX, 0, PAGE | 0x7ff | BIT(53), REF_XU, REF_OK, 0, PAGE, REF_R | REF_W | REF_XU, REF_WB},
	{"XNX 11: EL1 only", REF_HAS_XNX, 0, PAGE | 0x7ff | 3 * BIT(53), REF_XU, REF_PERMISSION, 0, 0, REF_R | REF_W | REF_XS,
	 REF_WB},
	{"Device-nGnRnE", 0, 0, PAGE | 0x7c3, REF_R, REF_OK, 0, PAGE, REF_RWX, REF_STRICT},
	{"Device-nGnRE", 0, 0, PAGE | 0x7c7, REF_R, REF_OK, 0, PAGE, REF_RWX, REF_UC},
	{"Non-cacheable", 0, 0, PAGE | 0x7d7, REF_R, REF_OK, 0, PAGE, REF_RWX, REF_WC},
	{"MemAttr 0100", 0, 0, PAGE | 0x7d3, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"FWB: write-back", REF_HAS_FWB, 0, PAGE | 0x7db, REF_R, REF_OK, 0, PAGE, REF_RWX, REF_WB},
	{"FWB: as stage 1 says", REF_HAS_FWB, 0, PAGE | 0x7df, REF_R, REF_OK, 0, PAGE, REF_RWX, REF_STAGE1},
	{"level 3, bits 01", 0, 0, PAGE | 0x7fd, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"invalid", 0, 0, PAGE | 0x7fe, REF_R, REF_NOT_PRESENT, 0, 0, 0, 0},
	{"block 2M", 0, 1, BIG | 0x7fd, REF_W, REF_OK, 0, BIG, REF_RWX, REF_WB},
	{"block 2M, misaligned", 0, 1, PAGE | 0x7fd, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"block 1G", 0, 2, BIG | 0x7fd, REF_R, REF_OK, 0, BIG, REF_RWX, REF_WB},
	{"block of 512G", 0, 3, 0x7fd, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"address beyond VTCR.PS", 0, 0, BIT(41) | 0x7ff, REF_R, REF_ADDRESS_SIZE, 0, 0, 0, 0},
};

/* The same with VTCR_EL2.HA = HD = 1. */
static const struct vector s2_hd[] = {
	{"AF = 0", 0, 0, PAGE | 0x37f, REF_R, REF_OK, PAGE | 0x77f, PAGE, REF_R | REF_XS | REF_XU, REF_WB},
	{"DBM, clean, written", 0, 0, PAGE | 0x77f | BIT(51), REF_W, REF_OK, PAGE | 0x7ff | BIT(51), PAGE, REF_RWX, REF_WB},
	{"no DBM, read-only, written", 0, 0, PAGE | 0x77f, REF_W, REF_PERMISSION, 0, 0, REF_R | REF_XS | REF_XU, REF_WB},
};

/* Written as for level 0, as tests/formats/README.md has them. */
static const struct vector fake_o[] = {
	{"RWX, clean, written", 0, 0, PAGE | 0x107, REF_W, REF_OK, PAGE | 0x307, PAGE, REF_RWX, REF_WB},
	{"read-only, written", 0, 0, PAGE | 0x105, REF_W, REF_PERMISSION, 0, 0, REF_R | REF_XS | REF_XU, REF_WB},
	{"no X", 0, 0, PAGE | 0x303, REF_XU, REF_PERMISSION, 0, 0, REF_R | REF_W, REF_WB},
	{"UC", 0, 0, PAGE | 0x707, REF_R, REF_OK, 0, PAGE, REF_RWX, REF_UC},
	{"leaf bit at level 0", 0, 0, PAGE | 0x387, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"leaf at level 2", 0, 2, BIG | 0x387, REF_R, REF_OK, 0, BIG, REF_RWX, REF_WB},
	{"leaf at level 2, misaligned", 0, 2, PAGE | 0x387, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"leaf at level 3", 0, 3, BIG | 0x387, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"software bits", 0, 0, PAGE | 0x307 | 0x1f * BIT(53), REF_R, REF_OK, 0, PAGE, REF_RWX, REF_WB},
	{"bit 58", 0, 0, PAGE | 0x307 | BIT(58), REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"EMPTY", 0, 1, BIT(63), REF_R, REF_NOT_PRESENT, 0, 0, 0, 0},
};

static const struct vector fake_b[] = {
	{"RW WB", 0, 0, PAGE | 0x7ff, REF_W, REF_OK, 0, PAGE, REF_RWX, REF_WB},
	{"AF = 0", 0, 0, PAGE | 0x3ff, REF_R, REF_ACCESS_FLAG, 0, 0, REF_RWX, REF_WB},
	{"AF = 0, set by hardware", REF_HW_ACCESSED, 0, PAGE | 0x3ff, REF_R, REF_OK, PAGE | 0x7ff, PAGE, REF_RWX, REF_WB},
	{"block at level 2", 0, 2, BIG | 0x7fd, REF_W, REF_OK, 0, BIG, REF_RWX, REF_WB},
	{"block at level 3", 0, 3, BIG | 0x7fd, REF_W, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"MemAttr 0010", 0, 0, PAGE | 0x7cb, REF_R, REF_RESERVED_BITS, 0, 0, 0, 0},
	{"address beyond 40 bits", 0, 0, BIT(40) | 0x7ff, REF_R, REF_ADDRESS_SIZE, 0, 0, 0, 0},
	{"XN", 0, 0, PAGE | 0x7ff | BIT(54), REF_XS, REF_PERMISSION, 0, 0, REF_R | REF_W, REF_WB},
};

/* In the fake formats entries rotate left by 3 bits per level. */
static uint64_t placed(enum ref_kind kind, unsigned level, uint64_t e)
{
	unsigned n = kind == REF_FAKE_O || kind == REF_FAKE_B ? 3 * level : 0;

	return n ? e << n | e >> (64 - n) : e;
}

/* One vector: the entry stands where it says, links lead there from the root. */
static bool check(const struct ref_machine *machine, uint64_t link, const struct vector *v)
{
	struct chain c = {{0}};
	struct ref_machine m = *machine;
	struct ref_walk walk;
	bool ok;

	for (unsigned level = v->level + 1; level < REF_MAX_LEVELS; level++)
		c.entry[level] = placed(m.kind, level, TABLE(level - 1) | ((v->features & REF_PAE) && level == 2 ? 1 : link));
	c.entry[v->level] = placed(m.kind, v->level, v->entry);
	m.features = v->features;
	m.read = read_chain;
	m.ctx = &c;
	ref_walk(&m, 0, v->access, NULL, &walk);
	ok = walk.fault == v->fault && walk.level == v->level;
	if (ok && v->fault == REF_OK)
		ok = walk.hpa == v->hpa &&
		     walk.step[walk.nsteps - 1].update == placed(m.kind, v->level, v->update ? v->update : v->entry);
	if (ok && (v->fault == REF_OK || v->fault == REF_PERMISSION))
		ok = walk.perms == v->perms && walk.memtype == v->memtype;
	if (!ok)
		printf("# %s, %s: %s at level %u, hpa %#llx, permits %#x, type %d\n", ref_kind_name(m.kind), v->what,
		       ref_fault_name(walk.fault), walk.level, (unsigned long long)walk.hpa, walk.perms, (int)walk.memtype);
	return ok;
}

static unsigned check_all(const struct ref_machine *machine, uint64_t link, const struct vector *v, unsigned n)
{
	unsigned failed = 0;

	for (unsigned i = 0; i < n; i++)
		failed += !check(machine, link, &v[i]);
	return failed;
}

/* Do registers give the shape the manual says? */
static unsigned check_shapes(unsigned *failed)
{
	static const struct {
		struct ref_machine m;
		bool ok;
		unsigned top, gpa_bits, root_bits;
	} shapes[] = {
		{{.kind = REF_EPT, .hpa_bits = 40, .base = 0x1000 | 0x5e}, true, 3, 48, 9},
		{{.kind = REF_EPT, .hpa_bits = 40, .base = 0x1000 | 0x66}, true, 4, 57, 9},
		{{.kind = REF_EPT, .hpa_bits = 40, .base = 0x1000 | 0x5d}, false, 0, 0, 0},
		{{.kind = REF_EPT, .hpa_bits = 40, .base = 0x1000 | 0x56}, false, 0, 0, 0},
		{{.kind = REF_NPT, .hpa_bits = 40, .base = 0x1000}, true, 3, 48, 9},
		{{.kind = REF_NPT, .hpa_bits = 40, .base = 0x1000, .features = REF_HAS_LA57}, true, 4, 57, 9},
		{{.kind = REF_NPT, .hpa_bits = 40, .base = 0xfffff020, .features = REF_PAE}, true, 2, 32, 2},
		{{.kind = REF_NPT, .hpa_bits = 40, .base = 0x100001000, .features = REF_PAE}, false, 0, 0, 0},
		/* 40 bits from level 1: two tables in a row, so 8 KiB alignment. */
		{{.kind = REF_S2, .hpa_bits = 48, .base = 0x2000, .control = 24 | 1 << 6 | 2 << 16}, true, 2, 40, 10},
		{{.kind = REF_S2, .hpa_bits = 48, .base = 0x1000, .control = 24 | 1 << 6 | 2 << 16}, false, 0, 0, 0},
		{{.kind = REF_S2, .hpa_bits = 48, .base = 0x1000, .control = 16 | 2 << 6 | 5 << 16}, true, 3, 48, 9},
		/* 44 bits from level 1 would take 32 tables. */
		{{.kind = REF_S2, .hpa_bits = 48, .base = 0, .control = 20 | 1 << 6 | 2 << 16}, false, 0, 0, 0},
		/* 16K, 48 bits from level 1: two tables; from level 0 with LPA2 only. 64K, 48 bits from level 1, PS 52 bits. */
		{{.kind = REF_S2, .hpa_bits = 48, .base = 0x8000, .control = 16 | 2 << 6 | 2 << 14 | 5 << 16}, true, 2, 48, 12},
		{{.kind = REF_S2, .hpa_bits = 48, .base = 0x8000, .control = 16 | 3 << 6 | 2 << 14 | 5 << 16}, false, 0, 0, 0},
		{{.kind = REF_S2, .hpa_bits = 52, .base = 0x1023c, .control = 16 | 2 << 6 | 1 << 14 | 6 << 16}, true, 2, 48, 6},
		{{.kind = REF_S2,
		  .hpa_bits = 52,
		  .base = 0x1000,
		  .control = BIT(32) | BIT(33) | 12 | 6 << 16,
		  .features = REF_HAS_LPA2},
		 true,
		 4,
		 52,
		 4},
		{{.kind = REF_S2, .hpa_bits = 52, .base = 0x1000, .control = BIT(32) | BIT(33) | 12 | 6 << 16}, false, 0, 0, 0},
		{{.kind = REF_FAKE_O, .hpa_bits = 40, .base = 0x1003}, true, 3, 20, 2},
		{{.kind = REF_FAKE_B, .hpa_bits = 40, .base = 0x1000, .control = 42}, true, 3, 22, 4},
	};
	unsigned n = sizeof(shapes) / sizeof(shapes[0]);

	for (unsigned i = 0; i < n; i++) {
		struct ref_shape s;
		bool ok = ref_shape(&shapes[i].m, &s);

		if (ok == shapes[i].ok &&
		    (!ok || (s.top == shapes[i].top && s.gpa_bits == shapes[i].gpa_bits && s.root_bits == shapes[i].root_bits)))
			continue;
		printf("# shape %u: ok %d top %u gpa_bits %u root_bits %u\n", i, ok, s.top, s.gpa_bits, s.root_bits);
		(*failed)++;
	}
	return n;
}

/* Addresses in descriptors of the other granules; PS 52 bits, DS for 4K and 16K. */
static unsigned check_wide(unsigned *failed)
{
	static const uint64_t lpa = 16 | 2 << 6 | 1 << 14 | 6 << 16, lpa2_16k = BIT(32) | 16 | 2 << 6 | 2 << 14 | 6 << 16,
			      lpa2_4k = BIT(32) | 16 | 2 << 6 | 6 << 16, k16 = 16 | 2 << 6 | 2 << 14 | 5 << 16;
	static const struct {
		uint64_t control, entry, hpa;
		unsigned level;
		enum ref_entry_kind kind;
	} entries[] = {
		{lpa, 0x12345678f7ff, 0xf123456780000, 0, REF_LEAF},
		{lpa, 0x12345678a003, 0xa123456780000, 1, REF_TABLE},
		{lpa, 0x4000000177d, 0x1040000000000, 2, REF_LEAF},
		{lpa, 0x100001234077f, 0, 0, REF_RESERVED},
		{lpa2_4k, 0x31234567897ff, 0xf123456789000, 0, REF_LEAF},
		{lpa2_4k, 0x3123456789203, 0xb123456789000, 1, REF_TABLE},
		{lpa2_4k, 0x80000005fd, 0x4008000000000, 3, REF_LEAF},
		{lpa2_16k, 0x10000006fd, 0x8001000000000, 2, REF_LEAF},
		{lpa2_16k, 0x123454ff, 0, 0, REF_RESERVED},
		{k16, 0x420007fd, 0x42000000, 1, REF_LEAF},
		{k16, 0x10000007fd, 0, 2, REF_RESERVED},
	};
	unsigned n = sizeof(entries) / sizeof(entries[0]);

	for (unsigned i = 0; i < n; i++) {
		struct ref_machine m = {.kind = REF_S2, .hpa_bits = 52, .features = REF_HAS_LPA2, .control = entries[i].control};
		struct ref_shape s;
		struct ref_entry e = {0};

		if (ref_shape(&m, &s))
			e = ref_decode(&m, &s, entries[i].level, entries[i].entry);
		if (e.kind == entries[i].kind && (e.kind == REF_RESERVED || e.hpa == entries[i].hpa))
			continue;
		printf("# wide entry %u: kind %d hpa %#llx\n", i, (int)e.kind, (unsigned long long)e.hpa);
		(*failed)++;
	}
	return n;
}

#define COUNT(v) (unsigned)(sizeof(v) / sizeof((v)[0]))

unsigned walker_checks(unsigned *failed)
{
	struct ref_machine x = {.kind = REF_EPT, .hpa_bits = 40, .base = TABLE(3) | 0x5e};
	struct ref_machine a = {.kind = REF_NPT, .hpa_bits = 40, .base = TABLE(3)};
	struct ref_machine s = {.kind = REF_S2, .hpa_bits = 48, .base = TABLE(3), .control = 16 | 2 << 6 | 2 << 16};

	struct ref_machine o = {.kind = REF_FAKE_O, .hpa_bits = 40, .base = TABLE(3) | 3};
	struct ref_machine b = {.kind = REF_FAKE_B, .hpa_bits = 40, .base = TABLE(3), .control = 44};

	*failed += check_all(&x, 0x507, ept, COUNT(ept));
	*failed += check_all(&a, 0x27, npt, COUNT(npt));
	a.base = TABLE(4);
	*failed += check_all(&a, 0x27, npt5, COUNT(npt5));
	a.base = TABLE(2);
	*failed += check_all(&a, 0x27, pae, COUNT(pae));
	*failed += check_all(&s, 3, s2, COUNT(s2));
	*failed += check_all(&o, 0x107, fake_o, COUNT(fake_o));
	*failed += check_all(&b, 3, fake_b, COUNT(fake_b));
	s.control |= 3 << 21;
	*failed += check_all(&s, 3, s2_hd, COUNT(s2_hd));
	return COUNT(ept) + COUNT(npt) + COUNT(s2) + COUNT(s2_hd) + COUNT(fake_o) + COUNT(fake_b) + check_shapes(failed) +
	       check_wide(failed);
}
