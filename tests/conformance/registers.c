/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Geometry: what the registers of a layout say to the judge is what the layout says, for every width that the format accepts; and from
 * the registers the layout is found again.
 */
#include "conformance.h"

enum { ROOT_BIT = 24 }; /* a root on this boundary is aligned for every format */

/* The judge's machine for a layout. */
static struct ref_machine machine_of(const struct subject *s, const struct tdp_layout *lay, tdp_hpa_t root)
{
	static const struct {
		unsigned cap, feature;
	} pairs[] = {
		{TDP_CAP_EXEC_ONLY, REF_HAS_EXEC_ONLY},
		{TDP_CAP_MBEC, REF_HAS_MBEC},
		{TDP_CAP_NX, REF_HAS_NX},
		{TDP_CAP_XNX, REF_HAS_XNX},
		{TDP_CAP_LPA2, REF_HAS_LPA2},
		{TDP_CAP_TTST, REF_HAS_TTST},
		{TDP_CAP_FWB, REF_HAS_FWB},
		{TDP_CAP_HW_A, REF_HW_ACCESSED},
	};
	struct ref_machine m = {.kind = s->v->kind, .features = s->v->ref_features, .hpa_bits = lay->hpa_bits, .pat = lay->pat};
	struct tdp_regs regs;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		m.features |= lay->features & pairs[i].cap ? pairs[i].feature : 0;
	m.features |= lay->leaf_levels & 4 ? REF_HAS_1G : 0;
	/* No register of nested paging says it: the host's own paging does. */
	m.features |= s->v->kind == REF_NPT && lay->top_level == 4 ? REF_HAS_LA57 : 0;
	s->fmt->regs(lay, root, &regs);
	m.base = regs.base & ~lay->entry_or;
	m.control = regs.control;
	return m;
}

/* Registers and the judge's reading of them, for one layout. */
static void one_layout(struct subject *s, const struct tdp_layout *lay)
{
	const tdp_hpa_t root = UINT64_C(1) << ROOT_BIT;
	const struct ref_machine m = machine_of(s, lay, root);
	struct tdp_layout back;
	struct ref_shape shape;
	struct tdp_regs regs;
	tdp_hpa_t back_root = 0;

	EXPECT(s, 0, m.base, ref_shape(&m, &shape));
	EXPECT(s, 0, m.base, shape.root == root && shape.top == lay->top_level);
	EXPECT(s, 0, m.control, shape.page_lg2 == s->fmt->page_lg2 && shape.index_bits == s->fmt->index_bits);
	/* The root's tables lie in a row: together they are indexed by the bits that the others leave. */
	EXPECT(s, 0, m.control, shape.root_bits <= s->fmt->index_bits + lay->root_concat_lg2);
	EXPECT(s, 0, m.control, lay->root_concat_lg2 == 0 || shape.root_bits == s->fmt->index_bits + lay->root_concat_lg2);
	EXPECT(s, 0, m.control, lay->gpa_bits <= shape.gpa_bits);
	EXPECT(s, 0, m.control, shape.gpa_bits == fmt_shift(s->fmt, lay->top_level) + shape.root_bits);
	EXPECT(s, 0, m.control, shape.hw_a == fmt_hw_accessed(s->fmt, lay) && shape.hw_d == fmt_hw_dirty(s->fmt, lay));
	EXPECT(s, 0, m.control, shape.break_first == (s->fmt->discipline == TDP_BREAK_BEFORE_MAKE));

	s->fmt->regs(lay, root, &regs);
	EXPECT(s, 0, regs.base, (regs.control & ~regs.control_mask) == 0);
	EXPECT(s, 0, regs.base, tdp_layout_from_regs(&back, s->fmt, &regs, &back_root) == TDP_OK);
	EXPECT(s, 0, regs.base, (back_root & ~lay->entry_or) == root && back.top_level == lay->top_level);
	EXPECT(s, 0, regs.base, back.root_concat_lg2 == lay->root_concat_lg2 && back.gpa_bits >= lay->gpa_bits);
	EXPECT(s, 0, regs.base, back.hpa_bits >= lay->hpa_bits);
}

bool registers_agree(struct subject *s)
{
	struct tdp_caps caps = {.leaf_levels = s->lay.leaf_levels, .features = s->v->features, .granules = s->v->granules};
	unsigned accepted = 0;

	one_layout(s, &s->lay);
	for (unsigned bits = 0; bits <= 64; bits++) {
		struct tdp_layout lay;

		caps.hpa_bits = (uint8_t)(32 + bits % 21);
		if (tdp_layout_make(&lay, s->fmt, &caps, bits) != TDP_OK)
			continue;
		accepted++;
		EXPECT(s, 0, bits, lay.gpa_bits == bits && lay.hpa_bits <= caps.hpa_bits);
		one_layout(s, &lay);
	}
	EXPECT(s, 0, accepted, accepted > 0);
	s->machine = machine_of(s, &s->lay, UINT64_C(1) << ROOT_BIT);
	EXPECT(s, 0, 0, ref_shape(&s->machine, &s->shape));
	return s->complaints == 0;
}
