/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A format of your own, outside the library: RISC-V's G-stage, Sv39x4, Sv48x4 and Sv57x4 (Privileged ISA, hypervisor extension; Svpbmt,
 * Svadu). As it is, it runs on the generic engine; compiled a second time, as an engine, on its own. docs/writing-a-format.md says how.
 */
#include <tdpmmu/format_def.h>

#define BIT(n)	     (UINT64_C(1) << (n))
#define BITS(hi, lo) ((~UINT64_C(0) >> (63 - (hi))) & (~UINT64_C(0) << (lo)))
/* A leaf is told from a table by U, which every leaf of a G-stage must have and no table may. RSW holds HW and MW: no room for SD, nor callers. */
enum { V = 1, R = 2, W = 4, X = 8, U = 16, A = 64, D = 128, HW = 256, MW = 512, PPN_SHIFT = 2, PBMT_SHIFT = 61 };
#define PPN	 BITS(53, 10) /* the address, shifted: bit 12 is in bit 10 */
#define RESERVED (BIT(63) | BITS(60, 54))

extern const struct tdp_format riscv_g;
static const uint8_t pbmt_encode[TDP_MT_STAGE1 + 1] = {0, 3, 3, 1, 2, 2, 3}; /* 3: cannot be said */
static const uint8_t pbmt_decode[4] = {TDP_MT_WB, TDP_MT_WC, TDP_MT_UC, TDP_MT_UC};

static enum tdp_result encode(const struct tdp_layout *lay, bool huge, struct tdp_attrs a, tdp_spte_t *bits)
{
	const unsigned x = a.prot & TDP_X;

	(void)lay, (void)huge;
	if (a.prot == 0 || a.prot > TDP_RWX || a.memtype > TDP_MT_STAGE1 || a.flags > 7)
		return TDP_INVALID;
	if (a.sw || a.flags || (x && x != TDP_X) || (a.prot & TDP_RW) == TDP_W || pbmt_encode[a.memtype] == 3)
		return TDP_UNSUPPORTED;
	*bits = V | U | (a.prot & TDP_R ? R : 0u) | (a.prot & TDP_W ? HW | MW : 0u) | (x ? X : 0u);
	*bits |= (tdp_spte_t)pbmt_encode[a.memtype] << PBMT_SHIFT;
	return TDP_OK;
}

static inline void decode(const struct tdp_layout *lay, bool huge, tdp_spte_t e, struct tdp_attrs *a)
{
	(void)lay, (void)huge;
	*a = (struct tdp_attrs){.prot = (uint8_t)((e & R ? TDP_R : 0) | (e & W ? TDP_W : 0) | (e & X ? TDP_X : 0)),
				.memtype = pbmt_decode[e >> PBMT_SHIFT & 3]};
}

static uint8_t reserved(const struct tdp_layout *lay, unsigned level, tdp_spte_t e)
{
	const tdp_hpa_t hpa = (e & PPN) << PPN_SHIFT;

	if (e & U ? !(lay->leaf_levels >> level & 1) : level == 0)
		return TDP_WHY_LEVEL;
	if (e & U ? (e & (R | W)) == W || !(e & (R | X)) : (e & (R | W | X)) != 0)
		return TDP_WHY_PERMISSION;
	if (e & U ? (e >> PBMT_SHIFT & 3) == 3 : e & (A | D | BITS(62, 61)))
		return TDP_WHY_MEMTYPE;
	if (hpa >> lay->hpa_bits || (e & U && hpa & (BIT(12 + 9 * level) - 1)))
		return TDP_WHY_ADDRESS;
	return e & RESERVED ? TDP_WHY_BITS : TDP_WHY_NONE;
}

/* Three levels for 41 bits, four for 50, five for 59: nine bits each, and two more for the root's four tables in a row. */
static enum tdp_misfit make_layout(struct tdp_layout *out, const struct tdp_caps *caps, const struct tdp_wish *wish)
{
	const unsigned fit = wish->gpa_bits <= 41 ? 3 : wish->gpa_bits <= 50 ? 4 : 5, levels = wish->levels ? wish->levels : fit;

	if (wish->gpa_bits > 59)
		return TDP_MISFIT_GPA;
	if (levels < fit || (caps->max_levels && levels > caps->max_levels))
		return TDP_MISFIT_LEVELS;
	out->top_level = (uint8_t)(levels - 1), out->root_concat_lg2 = 2;
	out->gpa_bits = wish->gpa_bits, out->hpa_bits = caps->hpa_bits;
	out->leaf_levels = caps->leaf_levels & ((1u << levels) - 1);
	out->features = caps->features & (TDP_CAP_HW_A | TDP_CAP_HW_D); /* Svadu; without it, A = 0 and writes with D = 0 fault */
	return TDP_FITS;
}

/* hgatp: mode 8, 9 or 10, the VMID, which is the embedder's, and the root's page number. */
static enum tdp_result from_regs(struct tdp_layout *out, const struct tdp_regs *regs, tdp_hpa_t *root)
{
	const unsigned mode = (unsigned)(regs->base >> 60);

	if (mode < 8 || mode > 10 || regs->base & 3)
		return TDP_INVALID;
	*out = (struct tdp_layout){
		.format = &riscv_g, .hpa_bits = 52, .root_concat_lg2 = 2, .features = TDP_CAP_HW_A | TDP_CAP_HW_D};
	out->top_level = (uint8_t)(mode - 6), out->gpa_bits = (uint8_t)(23 + 9 * (mode - 6));
	out->leaf_levels = (1u << (mode - 5)) - 1;
	*root = (regs->base & BITS(43, 0)) << 12;
	return TDP_OK;
}

static void registers(const struct tdp_layout *lay, tdp_hpa_t root, struct tdp_regs *out)
{
	*out = (struct tdp_regs){.base = (tdp_spte_t)(lay->top_level + 6) << 60 | root >> 12};
}

TDP_FORMAT(riscv_g) = {
	.name = "RISC-V G-stage",
	.level_names = {"L0", "L1", "L2", "L3", "L4"},
	.page_lg2 = 12,
	.index_bits = 9,
	.max_levels = 5,
	.min_levels = 3,
	.concat_lg2_max = 2,
	.leaf_levels = 31,
	.frozen = BIT(3),
	.dead = BIT(4) | BIT(3),
	.note = BIT(4), /* bits 5:3 while V is 0, as in every format */
	.present = V,
	.foreign_present = V,
	.leaf_mask = U,
	.leaf_tag = U,
	.frozen_mask = V | BIT(5) | BIT(3),
	.frozen_tag = BIT(3),
	.note_mask = V | BITS(5, 3),
	.note_tag = BIT(4),
	.table_bits = {[1] = V, [2] = V, [3] = V, [4] = V},
	.addr_high = PPN,
	.high_shift = PPN_SHIFT,
	.w = W,
	.w_grant = W | D,
	.w_grant_hd = W,
	.d_write = D,
	.hw = HW,
	.mw = MW,
	.a = A,
	.d = D,
	.encode = encode,
	.decode = decode,
	.reserved = reserved,
	.make_layout = make_layout,
	.from_regs = from_regs,
	.regs = registers,
};

#ifdef TDP_BUILD_ENGINE
#define TDP_INSTANCE riscv_g
#include "instance.h"
#endif
