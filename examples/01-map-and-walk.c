/* SPDX-License-Identifier: BSD-2-Clause */
/* Map guest memory, look at the tables, unmap some of it. Needs no hypervisor: no CPU walks these tables. */
#include <stdio.h>
#include <stdlib.h>
#include <tdpmmu/tdpmmu.h>

static _Alignas(4096) char memory[16][4096]; /* for the tables */

static void flush(void *ctx, void *user, const struct tdp_flush *f)
{
	(void)ctx, (void)user;
	printf("flush %#llx + %#llx\n", (unsigned long long)f->gpa, (unsigned long long)f->size);
}

static enum tdp_verdict print(void *arg, struct tdp_visit *visit)
{
	char text[80];

	(void)arg;
	tdp_describe(&visit->entry, text, sizeof(text));
	printf("%#14llx  %s\n", (unsigned long long)visit->gpa, text);
	return TDP_GO;
}

static void must(enum tdp_result result)
{
	if (result >= 0)
		return;
	fprintf(stderr, "%s\n", tdp_result_name(result));
	exit(1);
}

int main(void)
{
	const struct tdp_mm_ops ops = {.size = sizeof(ops), .flush = flush};
	const struct tdp_attrs rwx = {.prot = TDP_RWX, .memtype = TDP_MT_WB};
	struct tdp_cache pool = {{0}};
	struct tdp_caps caps;
	struct tdp_layout layout;
	struct tdp_tree tree;
	struct tdp_regs regs;

	/* Spare tables. "Physical" addresses are pointers here, so ops.va_offset stays 0. */
	for (int i = 1; i < 16; i++)
		tdp_cache_give(&pool, &(struct tdp_table){.va = memory[i], .hpa = (uintptr_t)memory[i]});

	/* AMD nested paging on a machine with 48-bit addresses and 1 GiB pages, for a guest of 48 bits. */
	must(tdp_caps_svm(&caps, &(struct tdp_svm){.maxphyaddr = 48, .pages_1g = true, .nx = true}));
	must(tdp_layout_make(&layout, &tdp_npt, &caps, 48));
	must(tdp_tree_init(&tree, &(struct tdp_config){.engine = &tdp_npt_engine,
						       .layout = &layout,
						       .ops = &ops,
						       .pool = &pool,
						       .root = {.va = memory[0], .hpa = (uintptr_t)memory[0]}}));
	must(tdp_tree_load(&tree, &regs));
	printf("nested CR3 = %#llx\n", (unsigned long long)regs.base);

	/* 1 GiB and three pages; then all but the first 2 MiB go. The library picks the sizes and splits what it must. */
	must(tdp_map(&tree, 0x40000000, 0x40003000, 0x80000000, rwx, NULL));
	must(tdp_walk(&tree, 0, UINT64_C(1) << 48, TDP_VISIT_LEAF, print, NULL, NULL));
	must(tdp_zap(&tree, 0x40200000, 0x3fe03000, NULL));
	must(tdp_walk(&tree, 0, UINT64_C(1) << 48, TDP_VISIT_LEAF, print, NULL, NULL));

	tdp_tree_unload(&tree, NULL);
	tdp_tree_fini(&tree, NULL);
	return 0;
}
