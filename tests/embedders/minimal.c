/* SPDX-License-Identifier: BSD-2-Clause */
/* As little as an embedder can do: 64 tables, 1 GiB of guest memory under NPT, a fault, an unmap. A real one flushes and runs a guest. */
#include <tdpmmu/tdpmmu.h>

static _Alignas(4096) char tables[64][4096];
static unsigned flushes;

/* Here a real one sets TLB_CONTROL on its processor and kicks every other one out of the guest: docs/porting.md. */
static void flush(void *ctx, void *user, const struct tdp_flush *f)
{
	(void)ctx, (void)user, (void)f;
	flushes++;
}

int main(void)
{
	const struct tdp_mm_ops ops = {.size = sizeof(ops), .flush = flush};
	const struct tdp_svm cpu = {.maxphyaddr = 48, .nx = true}; /* out of CPUID */
	const struct tdp_backing apic = {.hpa = 0xfee00000, .size = 4096, .attrs = {.prot = TDP_RW, .memtype = TDP_MT_UC}};
	const struct tdp_fault fault = {.gpa = 0xfee00020, .base = 0xfee00000, .backing = apic, .access = TDP_WRITE};
	static struct tdp_cache pool;
	static struct tdp_tree tree;
	struct tdp_caps caps;
	struct tdp_layout layout;
	struct tdp_regs regs;
	struct tdp_config config = {.engine = &tdp_npt_engine, .layout = &layout, .ops = &ops, .pool = &pool};

	if (tdp_caps_svm(&caps, &cpu) < 0 || tdp_layout_make(&layout, &tdp_npt, &caps, 48) < 0)
		return 1;
	config.root = (struct tdp_table){.va = tables[0], .hpa = (uintptr_t)tables[0]}; /* identity: va_offset stays 0 */
	for (int i = 1; i < 64; i++)
		tdp_cache_give(&pool, &(struct tdp_table){.va = tables[i], .hpa = (uintptr_t)tables[i]});
	if (tdp_tree_init(&tree, &config) < 0 || tdp_tree_load(&tree, &regs) < 0) /* regs.base: nCR3 of every VMCB */
		return 1;
	if (tdp_map(&tree, 0, 1 << 30, 0x100000000, (struct tdp_attrs){.prot = TDP_RWX}, NULL) != TDP_OK ||
	    tdp_fault(&tree, &fault, NULL) != TDP_OK || tdp_zap(&tree, 0x5000, 4096, NULL) != TDP_OK)
		return 1;
	return flushes == 1 ? 0 : 1;
}
