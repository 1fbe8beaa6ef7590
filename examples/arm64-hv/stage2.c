/* SPDX-License-Identifier: BSD-2-Clause */
#include "stage2.h"

#include "el2.h"
#include "flush.h"
#include "pool.h"
#include "rcu.h"
#include "verdict.h"

enum { VMID = 1, VMID_SHIFT = 48 };
#define HCR_FWB (UINT64_C(1) << 46)

struct tdp_tree stage2;
static struct tdp_layout layout;
static struct tdp_regs regs;

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
	say("[hv] the library warns: %s\n", what);
	quit(VERDICT_BUG);
}

const struct tdp_mm_ops stage2_ops = {
	.size = sizeof(stage2_ops),
	.table_alloc = pool_alloc,
	.table_free = pool_free,
	.flush = flush_tlb,
	.walker_barrier = flush_walker_barrier,
	.relax = relax,
	.warn = warn,
};

void must(int result, const char *what)
{
	if (result >= 0)
		return;
	say("[hv] %s: %s\n", what, tdp_result_name(result));
	quit(VERDICT_BUG);
}

/* One line: what this CPU lacks, and which field says so. */
static void refuse(const char *why, const char *field, uint64_t value)
{
	say("[hv] this CPU will not do: %s (%s is %x)\n", why, field, value);
	quit(VERDICT_INPUT);
}

static void choose(const struct stage2_wish *wish, const struct tdp_arm64 *cpu, struct tdp_caps *caps, bool wide)
{
	const struct tdp_format *format = wide ? &tdp_s2_4k_lpa2 : &tdp_s2_4k;
	const struct tdp_wish geometry = {.gpa_bits = (uint8_t)wish->ipa_bits};
	enum tdp_misfit why;

	if (tdp_layout_choose(&layout, format, caps, &geometry, &why) >= 0)
		return;
	if (why == TDP_MISFIT_GRANULE)
		refuse(tdp_misfit_name(why), "ID_AA64MMFR0_EL1.TGran4_2", cpu->mmfr0 >> 40 & 0xf);
	refuse(tdp_misfit_name(why), "ID_AA64MMFR0_EL1.PARange", cpu->mmfr0 & 0xf);
}

void stage2_init(const struct stage2_wish *wish)
{
	const struct tdp_arm64 cpu = {
		.mmfr0 = REG_READ(id_aa64mmfr0_el1), .mmfr1 = REG_READ(id_aa64mmfr1_el1), .mmfr2 = REG_READ(id_aa64mmfr2_el1)};
	struct tdp_config config = {.layout = &layout, .ops = &stage2_ops, .rcu = &rcu, .tag = VMID};
	struct tdp_caps caps;
	bool wide;

	MUST(tdp_caps_arm64(&caps, &cpu));
	if (wish->hardware && !(caps.features & TDP_CAP_HW_D))
		refuse("it does not set Dirty in the tables", "ID_AA64MMFR1_EL1.HAFDBS", cpu.mmfr1 & 0xf);
	if (wish->soft)
		caps.features &= ~(uint32_t)(TDP_CAP_HW_A | TDP_CAP_HW_D);
	wide = caps.granules & TDP_GRANULE_4K_52;
	choose(wish, &cpu, &caps, wide);
	config.engine = wide ? &tdp_s2_4k_lpa2_engine : &tdp_s2_4k_engine;
	config.root.va = pool_take(tdp_root_size(&layout), tdp_root_size(&layout), "the root table");
	config.root.hpa = (uint64_t)config.root.va;
	pool_init(wish->tables);
	MUST(tdp_tree_init(&stage2, &config));
	MUST(tdp_tree_load(&stage2, &regs));
}

void stage2_load(uint64_t hcr)
{
	REG_WRITE(vtcr_el2, regs.control);
	REG_WRITE(vttbr_el2, regs.base | (uint64_t)VMID << VMID_SHIFT);
	REG_WRITE(hcr_el2, HCR_GUEST | hcr | (layout.features & TDP_CAP_FWB ? HCR_FWB : 0));
	BARRIER("isb");
	TLB_INVALIDATE("vmalls12e1");
	BARRIER("dsb nsh");
	BARRIER("isb");
}

bool stage2_hardware_dirty(void)
{
	return layout.features & TDP_CAP_HW_D;
}

void stage2_describe(void)
{
	say("[hv] stage 2: %s, %u-bit addresses, root of %u KiB, Accessed and Dirty by %s%s\n",
	    layout.format == &tdp_s2_4k_lpa2 ? "4 KiB granule with LPA2" : "4 KiB granule", (uint64_t)layout.gpa_bits,
	    (uint64_t)tdp_root_size(&layout) >> 10, stage2_hardware_dirty() ? "hardware" : "software",
	    layout.features & TDP_CAP_FWB ? ", memory types forced" : "");
}
