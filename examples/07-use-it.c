/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Uses the format of 07-your-own-format.c: faults, maps, splits, protects, promotes and unmaps, and each time looks what a hart would
 * find. "Physical" addresses are pointers, so that the tables can be walked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <tdpmmu/tdpmmu.h>

#define BIT(n) (UINT64_C(1) << (n))

/* The manual's bits, once more: the judge shares nothing with the format. */
enum { V = 1, R = 2, W = 4, X = 8, U = 16, A = 64, D = 128 };
#define PPN_MASK (BIT(44) - 1)

extern const struct tdp_format riscv_g;
extern const struct tdp_engine riscv_g_engine __attribute__((weak)); /* there, if the format was compiled as an engine, too */
static _Alignas(16384) unsigned char memory[16][4096];		     /* root and tables */

static void flush(void *ctx, void *user, const struct tdp_flush *f)
{
	(void)ctx, (void)user, (void)f; /* hfence.gvma here; one for this hart, too, when a fault was TDP_SPURIOUS */
}

static void must(bool good, const char *what)
{
	if (!good)
		exit(fprintf(stderr, "not so: %s\n", what) > 0);
}
#define MUST(condition) must(condition, #condition)

/* Where an access ends in a hart that knows the manual only; 0: it faults. */
static tdp_hpa_t hart(uint64_t hgatp, tdp_gpa_t gpa, unsigned access)
{
	uint64_t ppn = hgatp & PPN_MASK, index_mask = 2047;

	for (unsigned level = (unsigned)(hgatp >> 60) - 5; level-- > 0; index_mask = 511) {
		const uint64_t *table = (const uint64_t *)(uintptr_t)(ppn << 12);
		const uint64_t e = table[gpa >> (12 + 9 * level) & index_mask], offset = gpa & (BIT(12 + 9 * level) - 1);

		ppn = e >> 10 & PPN_MASK;
		if ((e & 15) > 1)
			return (e & (access | V | U)) == (access | V | U) ? (ppn << 12) + offset : 0;
		if (!(e & V))
			return 0;
	}
	return 0;
}

static void run(const struct tdp_engine *engine, uint8_t bits)
{
	const struct tdp_caps caps = {.hpa_bits = 52, .leaf_levels = 31, .features = TDP_CAP_HW_A | TDP_CAP_HW_D};
	const struct tdp_mm_ops ops = {.size = sizeof(ops), .flush = flush};
	const tdp_gpa_t top = BIT(bits) - 0x400000, page = top + 0x3ff000;
	const struct tdp_attrs rwx = {.prot = TDP_RWX, .memtype = TDP_MT_WB};
	const struct tdp_fault f = {
		.gpa = 0x5008, .base = 0x5000, .access = TDP_WRITE, .backing = {0xabcde6000, 0x1000, rwx, 0, {0}}};
	struct tdp_cache pool = {{0}};
	struct tdp_layout layout;
	struct tdp_tree tree;
	struct tdp_regs regs;

	for (int i = 4; i < 16; i++)
		tdp_cache_give(&pool, &(struct tdp_table){.va = memory[i], .hpa = (uintptr_t)memory[i]});
	MUST(tdp_layout_make(&layout, &riscv_g, &caps, bits) == TDP_OK);
	MUST(tdp_tree_init(&tree, &(struct tdp_config){.engine = engine,
						       .layout = &layout,
						       .ops = &ops,
						       .pool = &pool,
						       .root = {.va = memory, .hpa = (uintptr_t)memory}}) == TDP_OK);
	MUST(tdp_tree_load(&tree, &regs) == TDP_OK);
	MUST(tdp_fault(&tree, &f, NULL) == TDP_OK && hart(regs.base, 0x5008, W | A | D) == 0xabcde6008);
	MUST(tdp_map(&tree, top, 0x400000, 0x9876543c00000, rwx, NULL) == TDP_OK && hart(regs.base, page, X) == 0x9876543fff000);
	MUST(tdp_split(&tree, top, 0x400000, 0, NULL) == TDP_OK && hart(regs.base, page, X) == 0x9876543fff000);
	MUST(tdp_protect(&tree, page, 0x1000, NULL) == TDP_OK && !hart(regs.base, page, W) && hart(regs.base, page - 1, W));
	MUST(tdp_promote(&tree, top, 0x400000, 1, NULL, NULL, NULL) == TDP_OK && hart(regs.base, top, R) == 0x9876543c00000);
	MUST(tdp_verify(&tree, NULL, NULL) == TDP_OK);
	MUST(tdp_zap(&tree, 0, BIT(bits), NULL) == TDP_OK && !hart(regs.base, page, R) && !hart(regs.base, 0x5008, W));
	tdp_tree_unload(&tree, NULL);
	tdp_tree_fini(&tree, NULL);
	printf("%s: %u bits, hgatp = %#llx\n", engine == &tdp_generic_engine ? "generic" : "its own", bits,
	       (unsigned long long)regs.base);
}

int main(void)
{
	for (uint8_t bits = 41; bits <= 59; bits += 9) {
		run(&tdp_generic_engine, bits);
		if (&riscv_g_engine)
			run(&riscv_g_engine, bits);
	}
	return 0;
}
