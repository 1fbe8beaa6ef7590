/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A separation kernel on arm64: cache-coloured memory, tables reached through a recursive slot, a non-coherent SMMU on the same tables.
 */
#include <tdpmmu/tdpmmu.h>

struct cell {
	struct tdp_tree s2;
	struct tdp_cache pool;
	uint64_t gpa, base, colours;
};

uint64_t nth_coloured(uint64_t base, uint64_t n, uint64_t colours);
void dc_cvac(const void *va, size_t bytes);
void dc_civac_pa(uint64_t pa, uint64_t bytes);
void cpu_tlbi(uint32_t vmid, const struct tdp_flush *f);
void smmu_tlbi_sync(uint32_t vmid, const struct tdp_flush *f);
void dsb(void);
_Noreturn void die(const char *why);
void *recursive_va(unsigned level, tdp_gpa_t gpa);
int cell_create(struct cell *c, struct tdp_caps *cpu, const struct tdp_caps *smmu, uint32_t vmid, struct tdp_table root);
int take_region(struct cell *root_cell, tdp_gpa_t gpa, uint64_t size);

static void *table_map(void *ctx, tdp_hpa_t table, unsigned level, tdp_gpa_t gpa)
{
	(void)ctx;
	(void)table;
	return recursive_va(level, gpa);
}

static void table_clean(void *ctx, const void *va, size_t bytes)
{
	(void)ctx;
	dc_cvac(va, bytes);
}

static void barrier(void *ctx)
{
	(void)ctx;
	dsb();
}

static void page_sync(void *ctx, tdp_hpa_t hpa, uint64_t size, bool data, bool exec)
{
	(void)ctx;
	(void)exec;
	if (data)
		dc_civac_pa(hpa, size);
}

/* One hook, two TLBs. */
static void flush(void *ctx, void *user, const struct tdp_flush *f)
{
	(void)ctx;
	(void)user;
	cpu_tlbi(tdp_tree_tag(f->tree), f);
	smmu_tlbi_sync(tdp_tree_tag(f->tree), f);
}

static const struct tdp_mm_ops ops = {.size = sizeof(ops),
				      .table_map = table_map,
				      .flush = flush,
				      .walker_barrier = barrier,
				      .table_clean = table_clean,
				      .page_sync = page_sync};

/* A pure function of gpa: it may be asked twice, so it keeps no cursor. */
static bool coloured(void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out)
{
	const struct cell *c = arg;

	(void)size;
	*out = (struct tdp_backing){
		.hpa = nth_coloured(c->base, (gpa - c->gpa) >> 12, c->colours), .size = 4096, .attrs = {.prot = TDP_RWX}};
	return true;
}

int cell_create(struct cell *c, struct tdp_caps *cpu, const struct tdp_caps *smmu, uint32_t vmid, struct tdp_table root)
{
	struct tdp_layout layout;
	struct tdp_op op = {.flags = TDP_DRY_RUN};
	struct tdp_config config = {.engine = &tdp_s2_4k_engine,
				    .layout = &layout,
				    .ops = &ops,
				    .pool = &c->pool,
				    .tag = vmid,
				    .root = root,
				    .flags = TDP_TREE_NO_BREAK};

	tdp_caps_intersect(cpu, smmu);
	if (tdp_layout_make(&layout, &tdp_s2_4k, cpu, 40) < 0 || tdp_tree_init(&c->s2, &config) < 0 ||
	    tdp_map_from(&c->s2, c->gpa, 1 << 30, coloured, c, &op) < 0)
		return -1;
	if (tdp_cache_count(&c->pool) < op.tables)
		die("the pool is too small");
	op.flags = 0;
	return tdp_map_from(&c->s2, c->gpa, 1 << 30, coloured, c, &op) < 0 ? -1 : 0;
}

/* Exactly the region; UNSUPPORTED would mean to break a live block under DMA: the configuration must align regions. */
int take_region(struct cell *root_cell, tdp_gpa_t gpa, uint64_t size)
{
	switch (tdp_zap(&root_cell->s2, gpa, size, NULL)) {
	case TDP_OK:
		return 0;
	case TDP_UNSUPPORTED:
		return -1;
	default:
		die("zap");
	}
}
