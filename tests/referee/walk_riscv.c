/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RISC-V, the G-stage of two-stage translation: Privileged ISA, "Guest Physical Address Translation" (Sv39x4, Sv48x4, Sv57x4), "Sv39:
 * Addressing and Memory Protection" (entries), Svpbmt (bits 62:61), Svadu (hardware sets A and D: REF_HW_ACCESSED). hgatp is the base
 * register. The manual's level numbers are ours. Without Svnapot bit 63 is reserved.
 */
#include "walk_impl.h"

enum { PTE_V = 1, PTE_R = 2, PTE_W = 4, PTE_X = 8, PTE_U = 16, PTE_A = 64, PTE_D = 128 };

static bool riscv_shape(const struct ref_machine *m, struct ref_shape *out)
{
	unsigned mode = (unsigned)(m->base >> 60);

	if (mode < 8 || mode > 10 || (m->base & REF_BITS(59, 58)))
		return false;
	out->top = mode - 6;
	out->page_lg2 = 12;
	out->index_bits = 9;
	out->root_bits = 11;
	out->gpa_bits = 12 + 9 * out->top + 11;
	out->root = (m->base & REF_BITS(43, 0)) << 12;
	out->hw_a = out->hw_d = (m->features & REF_HW_ACCESSED) != 0;
	/* Four tables in a row, aligned to their 16 KiB. */
	return (out->root & 0x3fff) == 0 && !(out->root >> m->hpa_bits);
}

/* Svpbmt: as the machine's attributes say, non-cacheable, I/O. */
static enum ref_memtype riscv_memtype(uint64_t e)
{
	static const enum ref_memtype types[4] = {REF_WB, REF_WC, REF_UC, REF_MT_RESERVED};

	return types[e >> 61 & 3];
}

/* A G-stage access counts as user mode, so a leaf without U is no use to anybody. */
static bool leaf_refused(const struct ref_shape *s, unsigned level, uint64_t e, const struct ref_entry *out)
{
	bool write_only = (e & PTE_W) && !(e & PTE_R);

	return write_only || !(e & PTE_U) || out->memtype == REF_MT_RESERVED || (out->hpa & (ref_span(s, level) - 1));
}

static struct ref_entry riscv_decode(const struct ref_machine *m, const struct ref_shape *s, unsigned level, uint64_t e)
{
	struct ref_entry out = {.kind = REF_ABSENT, .with_a = e | PTE_A, .with_d = e | PTE_A | PTE_D};

	if (!(e & PTE_V)) {
		if ((e & REF_BITS(5, 3)) == REF_BIT(3))
			out.kind = REF_FROZEN;
		return out;
	}
	out.hpa = (e & REF_BITS(53, 10)) << 2;
	if (e & (PTE_R | PTE_W | PTE_X)) {
		out.kind = REF_LEAF;
		out.perms = (e & PTE_R ? REF_R : 0u) | (e & PTE_W ? REF_W : 0u) | (e & PTE_X ? REF_XS | REF_XU : 0u);
		out.memtype = riscv_memtype(e);
		out.accessed = (e & PTE_A) != 0;
		out.dirty = out.dirty_kept = (e & PTE_D) != 0;
		out.dirty_for_sw = true; /* no room for "written since mapped": every leaf counts as that */
		if (leaf_refused(s, level, e, &out))
			out.kind = REF_RESERVED;
	} else {
		out.kind = level == 0 || (e & (PTE_U | PTE_A | PTE_D | REF_BITS(62, 61))) ? REF_RESERVED : REF_TABLE;
		out.perms = REF_RWX;
		out.accessed = true;
		out.with_a = out.with_d = e;
	}
	if (e & (REF_BIT(63) | REF_BITS(60, 54)))
		out.kind = REF_RESERVED;
	if (out.kind != REF_RESERVED && out.hpa >> m->hpa_bits)
		out.kind = REF_BAD_SIZE;
	return out;
}

static uint64_t riscv_poison(unsigned level, uint64_t hpa)
{
	return (hpa & ~(REF_BIT(12 + 9 * level) - 1)) >> 2 | PTE_V | PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D;
}

const struct ref_walker ref_walker_riscv = {riscv_shape, riscv_decode, riscv_poison};
