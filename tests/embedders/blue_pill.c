/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hypervisor slipped under a running system: one EPT tree per core that maps everything to itself, hidden hooks on single pages,
 * all tables allocated before it starts because VMX root cannot allocate.
 */
#include <tdpmmu/tdpmmu.h>

struct core {
	struct tdp_tree ept;
	struct tdp_cache tables;
};

uint8_t mtrr_type(uint64_t pa, uint64_t size, uint64_t *uniform);
void invept_single(uint64_t eptp);
void *alloc_page(uint64_t *pa);
int core_init(struct core *c, const struct tdp_layout *layout, unsigned splits);
int hook_exec(struct core *c, uint64_t pa, uint64_t shadow);
int violation(struct core *c, uint64_t pa, uint64_t shadow, bool data);
int hide_write(struct core *c, uint64_t pa);
int unhook(struct core *c, uint64_t pa, uint64_t shadow);

static uint8_t memtype(void *ctx, tdp_gpa_t gpa, tdp_hpa_t hpa, uint64_t size, uint64_t *uniform)
{
	(void)ctx;
	(void)gpa;
	return mtrr_type(hpa, size, uniform);
}

/* One tree per core, so local is complete. */
static void flush(void *ctx, void *user, const struct tdp_flush *f)
{
	struct tdp_regs regs;

	(void)ctx;
	(void)user;
	if (tdp_tree_regs(f->tree, &regs) >= 0)
		invept_single(regs.base);
}

static const struct tdp_mm_ops core_ops = {.size = sizeof(core_ops), .memtype = memtype, .flush = flush};

/* The dry run counts the tables exactly, MTRR edges included; splits come on top. */
int core_init(struct core *c, const struct tdp_layout *layout, unsigned splits)
{
	const uint64_t size = UINT64_C(512) << 30;
	const struct tdp_attrs rwx = {.prot = TDP_RWX, .memtype = TDP_MT_ASK};
	struct tdp_op op = {.flags = TDP_DRY_RUN, .cache = &c->tables};
	struct tdp_config config = {.engine = &tdp_ept_engine, .layout = layout, .ops = &core_ops, .ctx = c, .pool = &c->tables};

	config.root.va = alloc_page(&config.root.hpa);
	if (!config.root.va || tdp_tree_init(&c->ept, &config) < 0 || tdp_map(&c->ept, 0, size, 0, rwx, &op) < 0)
		return -1;
	for (unsigned n = op.tables + splits; n; n--) {
		struct tdp_table table = {0};

		table.va = alloc_page(&table.hpa);
		if (!table.va)
			return -1;
		tdp_cache_give(&c->tables, &table);
	}
	op.flags = 0;
	return tdp_map(&c->ept, 0, size, 0, rwx, &op) < 0 ? -1 : 0;
}

/* The guest executes the shadow page and cannot read it: address and permissions change at once. */
int hook_exec(struct core *c, uint64_t pa, uint64_t shadow)
{
	const struct tdp_attrs x = {.prot = TDP_X, .memtype = TDP_MT_ASK};
	struct tdp_op op = {.cache = &c->tables};

	return tdp_replace(&c->ept, pa, 4096, pa, shadow, x, &op) < 0 ? -1 : 0;
}

/* A data access sees the real page for one step, then the shadow comes back. */
int violation(struct core *c, uint64_t pa, uint64_t shadow, bool data)
{
	const struct tdp_attrs attrs = {.prot = data ? TDP_RW : TDP_X, .memtype = TDP_MT_ASK};

	return tdp_replace(&c->ept, pa, 4096, data ? shadow : pa, data ? pa : shadow, attrs, NULL) < 0 ? -1 : 0;
}

int hide_write(struct core *c, uint64_t pa)
{
	return tdp_set_attrs(&c->ept, pa, 4096, (struct tdp_attrs){.prot = TDP_RX}, TDP_MASK_PROT, NULL) < 0 ? -1 : 0;
}

/* Promoting gives the table of the split back to the pool. */
int unhook(struct core *c, uint64_t pa, uint64_t shadow)
{
	const struct tdp_attrs rwx = {.prot = TDP_RWX, .memtype = TDP_MT_ASK};

	if (tdp_replace(&c->ept, pa, 4096, shadow, pa, rwx, NULL) < 0)
		return -1;
	return tdp_promote(&c->ept, pa & ~UINT64_C(0x1fffff), 2 << 20, 1, NULL, NULL, NULL) < 0 ? -1 : 0;
}
