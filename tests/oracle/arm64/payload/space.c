/* SPDX-License-Identifier: BSD-2-Clause */
#include "space.h"

enum { TABLES = 64, TABLE_SIZE = 4096, ROOT_SIZE = 16 * TABLE_SIZE, STATUS_MUST = 98, VMID = 1, VMID_SHIFT = 48 };
/* Beyond so many pages one invalidation of everything is cheaper. */
enum { FLUSH_PAGES = 1 };

extern char guest_code[], guest_vectors[];

static uint8_t tables[TABLES][TABLE_SIZE] __attribute__((aligned(TABLE_SIZE)));
static uint8_t root[ROOT_SIZE] __attribute__((aligned(ROOT_SIZE)));

void must(int result, const char *what)
{
	if (result >= 0)
		return;
	say("%s: %s\n", what, tdp_result_name(result));
	quit(STATUS_MUST);
}

/*
 * The sequence of the Arm ARM, D8.13: stage 2 by address and then whatever combines both stages, or all of both. What is due on this CPU
 * alone is one leaf.
 */
void space_flush(const struct tdp_flush *f)
{
	BARRIER("dsb ishst");
	if (f->local) {
		TLB_INVALIDATE_IPA("ipas2e1", f->gpa >> 12);
		BARRIER("dsb nsh");
		TLB_INVALIDATE("vmalle1");
		BARRIER("dsb nsh");
	} else if (f->size == 0 || f->size > FLUSH_PAGES * TABLE_SIZE) {
		TLB_INVALIDATE("vmalls12e1is");
		BARRIER("dsb ish");
	} else {
		TLB_INVALIDATE_IPA("ipas2e1is", f->gpa >> 12);
		BARRIER("dsb ish");
		TLB_INVALIDATE("vmalle1is");
		BARRIER("dsb ish");
	}
	BARRIER("isb");
}

static void flush(void *ctx, void *user, const struct tdp_flush *f)
{
	const struct space *s = ctx;

	(void)user;
	if (s->flush)
		s->flush(f);
	else
		space_flush(f);
}

static void walker_barrier(void *ctx)
{
	(void)ctx;
	BARRIER("dsb ishst");
}

static void relax(void *ctx, void *user)
{
	(void)ctx;
	(void)user;
	BARRIER("yield");
}

static void warn(void *ctx, const char *what, const struct tdp_visit *where)
{
	(void)ctx;
	(void)where;
	say("warning: %s\n", what);
	quit(STATUS_MUST);
}

static void table_free(void *ctx, const struct tdp_table *table)
{
	tdp_cache_give(&((struct space *)ctx)->pool, table);
}

static const struct tdp_mm_ops ops = {
	.size = sizeof(ops),
	.table_free = table_free,
	.flush = flush,
	.walker_barrier = walker_barrier,
	.relax = relax,
	.warn = warn,
};

void space_init(struct space *s, unsigned ipa_bits, unsigned flags)
{
	struct tdp_config config = {.engine = &tdp_s2_4k_engine, .layout = &s->layout, .ops = &ops, .ctx = s, .tag = VMID};
	const struct tdp_arm64 cpu = {
		.mmfr0 = REG_READ(id_aa64mmfr0_el1), .mmfr1 = REG_READ(id_aa64mmfr1_el1), .mmfr2 = REG_READ(id_aa64mmfr2_el1)};
	struct tdp_caps caps;

	MUST(tdp_caps_arm64(&caps, &cpu));
	caps.features &= ~(uint32_t)(TDP_CAP_FWB | (flags & SPACE_HW_DIRTY ? 0 : TDP_CAP_HW_A | TDP_CAP_HW_D));
	MUST(tdp_layout_make(&s->layout, &tdp_s2_4k, &caps, ipa_bits));
	s->pool = (struct tdp_cache){0};
	for (unsigned i = 0; i < TABLES; i++)
		tdp_cache_give(&s->pool, &(struct tdp_table){.va = tables[i], .hpa = (uint64_t)tables[i]});
	config.pool = &s->pool;
	config.root = (struct tdp_table){.va = root, .hpa = (uint64_t)root};
	config.flags = flags & SPACE_SHARED ? TDP_TREE_KEEP_TABLES : 0;
	MUST(tdp_tree_init(&s->tree, &config));
	MUST(tdp_tree_load(&s->tree, &s->regs));
}

void space_map(struct space *s, tdp_gpa_t gpa, uint64_t size, tdp_hpa_t hpa, unsigned prot)
{
	const struct tdp_attrs attrs = {.prot = (uint8_t)prot, .memtype = TDP_MT_WB};
	struct tdp_op op = {.flags = TDP_EXCLUSIVE};

	MUST(tdp_map(&s->tree, gpa, size, hpa, attrs, &op));
}

void space_map_code(struct space *s)
{
	space_map(s, (uint64_t)guest_code, TABLE_SIZE, (uint64_t)guest_code, TDP_RX);
}

void space_load(const struct space *s)
{
	REG_WRITE(vtcr_el2, s->regs.control);
	REG_WRITE(vttbr_el2, s->regs.base | (uint64_t)VMID << VMID_SHIFT);
	REG_WRITE(hcr_el2, HCR_GUEST);
	REG_WRITE(vbar_el1, guest_vectors);
	BARRIER("isb");
	TLB_INVALIDATE("vmalls12e1");
	BARRIER("dsb nsh");
	BARRIER("isb");
}
