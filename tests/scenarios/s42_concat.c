/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S42: several root tables in a row (Arm): only what lay below the first of them was found, or the last was taken for its end.
 */
#include "scenarios.h"

/* What one root table spans. */
static uint64_t root_span(const struct harness *h)
{
	return tdp_level_size(&h->layout, h->layout.top_level) * h->n;
}

/* The first and the last page of each root table. */
SCENARIO(S42, every_root_table, .with = CONCAT, .modes = FREEING)
{
	const uint64_t span = root_span(h);
	const unsigned roots = (unsigned)(h->end / span);
	struct tdp_count count;

	CHECK(roots >= 2);
	harness_tables(h, 4 * 2 * roots);
	for (unsigned i = 0; i < roots; i++) {
		IS(TDP_OK, tdp_map(&h->tree, i * span, h->p, HPA + 2 * i * h->p, RWX, &h->op));
		IS(TDP_OK, tdp_map(&h->tree, (i + 1) * span - h->p, h->p, HPA + (2 * i + 1) * h->p, RWX, &h->op));
	}
	IS(TDP_OK, tdp_count(&h->tree, 0, h->end, &count, NULL));
	SAME(count.leaves[0], 2 * roots);
	for (unsigned i = 0; i < roots; i++) {
		MAPPED(i * span, h->p, HPA + 2 * i * h->p, RWX);
		MAPPED((i + 1) * span - h->p, h->p, HPA + (2 * i + 1) * h->p, RWX);
		GUEST(i * span, REF_W);
		GUEST((i + 1) * span - h->p, REF_W);
		IS(TDP_OK, tdp_zap(&h->tree, i * span, span, &h->op));
		SAME(h->op.next, (i + 1) * span);
		GUEST_FAULTS(i * span, REF_R);
		GUEST_FAULTS((i + 1) * span - h->p, REF_R);
		if (i + 1 < roots)
			GUEST((i + 1) * span, REF_R);
	}
	SAME(tables_linked(h), 0);
}

/* Ranges over the border of two of them. */
SCENARIO(S42, over_the_border, .with = CONCAT)
{
	const tdp_gpa_t border = root_span(h);

	FORETOLD(TDP_OK, tdp_map(&h->tree, border - 2 * h->p, 4 * h->p, HPA, RWX, &h->op));
	MAPPED(border - 2 * h->p, 4 * h->p, HPA, RWX);
	GUEST(border - 1, REF_W);
	GUEST(border, REF_W);
	IS(TDP_OK, tdp_protect(&h->tree, border - h->p, 2 * h->p, &h->op));
	FLUSH(0, border - h->p, 2 * h->p, 0, false);
	GUEST_FAULTS(border - h->p, REF_W);
	GUEST_FAULTS(border, REF_W);
	IS(TDP_OK, tdp_set_attrs(&h->tree, border - h->p, 2 * h->p, UC, TDP_MASK_MEMTYPE | TDP_MASK_PROT, &h->op));
	MAPPED(border - h->p, 2 * h->p, HPA + h->p, UC);
	IS(TDP_OK, tdp_replace(&h->tree, border - h->p, 2 * h->p, HPA + h->p, HPA2, RWX, &h->op));
	MAPPED(border - h->p, 2 * h->p, HPA2, RWX);
	GUEST(border, REF_W);
	IS(TDP_OK, tdp_zap(&h->tree, border - 2 * h->p, 4 * h->p, &h->op));
	HOLE(border - 2 * h->p, 4 * h->p);
	IS(TDP_OK, tdp_note(&h->tree, border - h->p, 2 * h->p, 7, &h->op));
	NOTED(border - h->p, 2 * h->p, 7);
	IS(TDP_OK, tdp_note(&h->tree, border - h->p, 2 * h->p, 0, &h->op));
	WITH(.flags = TDP_EXCLUSIVE);
	IS(TDP_OK, tdp_trim(&h->tree, border - h->p, 2 * h->p, &h->op));
	SAME(tables_linked(h), 0);
}
