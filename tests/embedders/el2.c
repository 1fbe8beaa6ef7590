/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bare-metal arm64 hypervisor at EL2: 63 tables and a root in its image, no libc, no allocator, no RCU, four CPUs behind one lock.
 */
#include <tdpmmu/tdpmmu.h>

extern char pool_mem[63][4096], root_mem[16 * 4096];
uint64_t mmfr(int index);
void lock(void);
void unlock(void);
void enter_guest(void);
void write_vtcr_vttbr(uint64_t vtcr, uint64_t vttbr);
void tlbi_vmid(void);
void tlbi_ipa(uint64_t ipa, int level);
void dsb_ishst(void);
int boot(void);
int data_abort(tdp_gpa_t ipa);

static struct tdp_cache pool;
static struct tdp_tree s2;

static tdp_hpa_t pa(void *p)
{
	return (uintptr_t)p;
}

/* Each of the two is dsb ish; tlbi; dsb ish; isb. */
static void flush(void *ctx, void *user, const struct tdp_flush *f)
{
	(void)ctx;
	(void)user;
	if (!f->size || f->tables || f->size > 64 * 4096) {
		tlbi_vmid();
		return;
	}
	for (uint64_t ipa = f->gpa; ipa != f->gpa + f->size; ipa += 4096)
		tlbi_ipa(ipa, f->level);
}

static void barrier(void *ctx)
{
	(void)ctx;
	dsb_ishst();
}

static const struct tdp_mm_ops ops = {.size = sizeof(ops), .flush = flush, .walker_barrier = barrier};

int boot(void)
{
	const struct tdp_arm64 cpu = {.mmfr0 = mmfr(0), .mmfr1 = mmfr(1), .mmfr2 = mmfr(2)};
	struct tdp_caps caps;
	struct tdp_layout layout;
	struct tdp_regs regs;
	struct tdp_config config = {.engine = &tdp_s2_4k_engine,
				    .layout = &layout,
				    .ops = &ops,
				    .pool = &pool,
				    .tag = 1,
				    .root = {.va = root_mem, .hpa = pa(root_mem)}};

	if (tdp_caps_arm64(&caps, &cpu) < 0 || tdp_layout_make(&layout, &tdp_s2_4k, &caps, 40) < 0 ||
	    tdp_root_size(&layout) > sizeof(root_mem))
		return -1;
	for (int i = 0; i < 63; i++)
		tdp_cache_give(&pool, &(struct tdp_table){.va = pool_mem[i], .hpa = pa(pool_mem[i])});
	if (tdp_tree_init(&s2, &config) < 0 ||
	    tdp_map(&s2, 0x40000000, 256 << 20, 0x80000000, (struct tdp_attrs){.prot = TDP_RWX}, NULL) < 0 ||
	    tdp_tree_load(&s2, &regs) < 0)
		return -1;
	write_vtcr_vttbr(regs.control, regs.base | UINT64_C(1) << 48);
	enter_guest();
	return 0;
}

/* Passthrough MMIO on demand, on any CPU. */
int data_abort(tdp_gpa_t ipa)
{
	tdp_gpa_t page = ipa & ~UINT64_C(4095);
	enum tdp_result result;

	lock();
	result = tdp_map(&s2, page, 4096, page, (struct tdp_attrs){.prot = TDP_RW, .memtype = TDP_MT_UC}, NULL);
	unlock();
	return result < 0 ? -1 : 0;
}
