/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process in a VM on /dev/kvm, without an operating system inside: CR3 points to tables in NPT format; snapshots fork by copy on write.
 */
#include <tdpmmu/tdpmmu.h>

struct pvm {
	char *mem;
	struct tdp_tree pt;
	struct tdp_cache bank;
	const struct pvm *master;
	int nvcpu;
};

enum { SW_COW = 1 };

void kick_and_wait(struct pvm *p);
void reload_cr3(struct pvm *p, uint64_t cr3);
void resume(struct pvm *p);
uint64_t new_page(struct pvm *p);
uint64_t cr3_of(struct pvm *p);
void copy4k(struct pvm *p, uint64_t to, uint64_t from);
int pvm_init(struct pvm *p, struct tdp_mm_ops *ops);
int fork_from(struct pvm *child, struct pvm *master);
int cow_break(struct pvm *p, tdp_gpa_t va);

static void flush(void *ctx, void *user, const struct tdp_flush *f)
{
	(void)user;
	(void)f;
	kick_and_wait(ctx);
	reload_cr3(ctx, cr3_of(ctx));
	resume(ctx);
}

static bool alloc(void *ctx, void *user, struct tdp_table *out)
{
	struct pvm *p = ctx;

	(void)user;
	out->hpa = new_page(p);
	out->va = p->mem + out->hpa;
	return out->hpa != 0;
}

int pvm_init(struct pvm *p, struct tdp_mm_ops *ops)
{
	struct tdp_caps caps = {.size = sizeof(caps),
				.gpa_bits = 48,
				.hpa_bits = 40,
				.max_levels = 4,
				.leaf_levels = 3,
				.features = TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_NX};
	const struct tdp_attrs kernel = {.prot = TDP_RX, .flags = TDP_ATTR_SUPERVISOR};
	struct tdp_layout layout;
	struct tdp_regs regs;
	struct tdp_config config = {.engine = &tdp_npt_engine, .layout = &layout, .ops = ops, .ctx = p, .pool = &p->bank};

	*ops = (struct tdp_mm_ops){
		.size = sizeof(*ops), .va_offset = (uint64_t)(uintptr_t)p->mem, .flush = flush, .table_alloc = alloc};
	if (tdp_layout_make(&layout, &tdp_npt, &caps, 48) < 0 || tdp_cache_fill(&p->bank, 64, ops, p, NULL) < 0 ||
	    !tdp_cache_take(&p->bank, &config.root) || tdp_tree_init(&p->pt, &config) < 0)
		return -1;
	if (tdp_map(&p->pt, tdp_gpa_from_va(&layout, 0xffffffff80000000), 2 << 20, 0x200000, kernel, NULL) < 0)
		return -1;
	return tdp_tree_load(&p->pt, &regs);
}

/* Shares pages, not tables: takes as long as there are runs of pages. */
int fork_from(struct pvm *child, struct pvm *master)
{
	const uint64_t end = UINT64_C(1) << 48;
	struct tdp_gather gather = {{0}};
	struct tdp_op child_op = {.cache = &child->bank}, master_op = {.gather = &gather};
	struct tdp_mapping run;

	for (tdp_gpa_t gpa = 0; gpa < end && tdp_extent(&master->pt, gpa, end - gpa, &run, NULL) == TDP_OK;
	     gpa = run.gpa + run.entry.size) {
		struct tdp_attrs attrs = run.entry.attrs;

		if (attrs.prot & TDP_W) {
			attrs.prot &= (uint8_t)~TDP_W;
			attrs.sw |= SW_COW;
			if (tdp_set_attrs(&master->pt, run.gpa, run.entry.size, attrs, TDP_MASK_PROT | TDP_MASK_SW, &master_op) < 0)
				return -1;
		}
		if (tdp_map(&child->pt, run.gpa, run.entry.size, run.entry.hpa, attrs, &child_op) < 0)
			return -1;
	}
	tdp_gather_flush(&gather, NULL);
	return 0;
}

/* A write fault; other vCPUs run, perhaps on the same page: RACE instead of losing the winner's writes. */
int cow_break(struct pvm *p, tdp_gpa_t va)
{
	struct tdp_op op = {.cache = &p->bank};
	tdp_gpa_t page = va & ~UINT64_C(4095);
	enum tdp_result result;

	do {
		struct tdp_mapping map;
		struct tdp_attrs attrs;
		tdp_hpa_t old, copy;

		if (tdp_lookup(&p->pt, page, &map, NULL) != TDP_OK)
			return -1;
		attrs = map.entry.attrs;
		if (!(attrs.sw & SW_COW))
			return 0;
		attrs.prot |= TDP_W;
		attrs.sw &= (uint8_t)~SW_COW;
		old = map.entry.hpa + (page - map.gpa);
		copy = new_page(p);
		copy4k(p, copy, old);
		result = tdp_replace(&p->pt, page, 4096, old, copy, attrs, &op);
	} while (result == TDP_RACE || result == TDP_BUSY);
	return result < 0 ? -1 : 0;
}
