/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host addresses whose highest bits lie in a field of their own (Arm, 52 bits): what goes on across the border between the two fields, and
 * what differs in the second one alone.
 */
#include "harness.h"

/* The first address that needs the second field. */
static tdp_hpa_t border(const struct harness *h)
{
	const struct tdp_format *fmt = h->setup->format;

	return (fmt->addr_high & -fmt->addr_high) << fmt->high_shift;
}

TREE_TEST(wide, pages_across, .with = WIDE, .modes = ALONE | SHARED)
{
	const tdp_hpa_t hpa = border(h) - 3 * h->p;
	struct tdp_mapping m;

	FORETOLD(TDP_OK, map_at(h, 0, 0, 8 * h->p, hpa, RWX));
	MAPPED(0, 8 * h->p, hpa, RWX);
	GUEST(3 * h->p, REF_W);
	IS(TDP_OK, tdp_extent(&h->tree, 0, h->b, &m, &h->op)); /* it is one run all the same */
	SAME(m.entry.size, 8 * h->p);
	SAME(m.entry.hpa, hpa);
	IS(TDP_SPURIOUS, tdp_map(&h->tree, 0, 8 * h->p, hpa, RWX, &h->op));
	IS(TDP_OK, tdp_set_attrs(&h->tree, 2 * h->p, 2 * h->p, RX, TDP_MASK_PROT, &h->op));
	MAPPED(0, 2 * h->p, hpa, RWX);
	MAPPED(2 * h->p, 2 * h->p, border(h) - h->p, RX);
	IS(TDP_OK, tdp_replace(&h->tree, 2 * h->p, 2 * h->p, border(h) - h->p, 2 * border(h) - h->p, RWX, &h->op));
	MAPPED(2 * h->p, 2 * h->p, 2 * border(h) - h->p, RWX);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
	HOLE(0, h->b);
}

/* One page, the quick way: the first behind the border, in a table that is there. */
TREE_TEST(wide, a_page, .with = WIDE, .modes = ALONE | SHARED)
{
	struct tdp_fault f = {.gpa = 5 * h->p,
			      .base = 4 * h->p,
			      .backing = {.hpa = border(h) - h->p, .size = 2 * h->p, .attrs = RWX},
			      .access = TDP_WRITE};

	IS(TDP_OK, map_at(h, 0, 0, h->p, HPA, RWX));
	IS(TDP_OK, tdp_fault(&h->tree, &f, &h->op));
	MAPPED(5 * h->p, h->p, border(h), RWX);
	HOLE(4 * h->p, h->p);
	IS(TDP_OK, tdp_map(&h->tree, 6 * h->p, h->p, 3 * border(h) - h->p, RWX, &h->op));
	MAPPED(6 * h->p, h->p, 3 * border(h) - h->p, RWX);
	GUEST(6 * h->p, REF_W);
}

/* Blocks: as leaves, as tables, as leaves again. */
TREE_TEST(wide, blocks_across, .with = WIDE, .modes = ALONE | SHARED)
{
	const tdp_hpa_t hpa = border(h) - h->b;

	IS(TDP_OK, tdp_map(&h->tree, 0, 3 * h->b, hpa, RWX, &h->op));
	SAME(entry_at(h, 0).level, 1);
	SAME(entry_at(h, h->b).level, 1);
	MAPPED(0, 3 * h->b, hpa, RWX);
	IS(TDP_OK, tdp_split(&h->tree, 0, 3 * h->b, 0, &h->op));
	SAME(entry_at(h, h->b).level, 0);
	MAPPED(0, 3 * h->b, hpa, RWX);
	IS(TDP_OK, tdp_promote(&h->tree, 0, 3 * h->b, 1, NULL, NULL, &h->op));
	SAME(h->op.changed, 3 * h->b);
	SAME(entry_at(h, 2 * h->b).level, 1);
	MAPPED(0, 3 * h->b, hpa, RWX);
	IS(TDP_OK, tdp_zap(&h->tree, h->b + h->p, h->p, &h->op));
	MAPPED(h->b, h->p, border(h), RWX);
	MAPPED(h->b + 2 * h->p, h->b - 2 * h->p, border(h) + 2 * h->p, RWX);
}

/* Pages that go on from one to the next in all but the second field are no block. */
TREE_TEST(wide, scattered, .with = WIDE)
{
	const uint64_t half = h->b / 2;
	struct tdp_stats stats = {0};

	IS(TDP_OK, map_at(h, 0, 0, half, HPA, RX));
	IS(TDP_OK, map_at(h, 0, half, half, border(h) + HPA + half, RX));
	WITH(.stats = &stats);
	IS(TDP_SPURIOUS, tdp_promote(&h->tree, 0, h->b, 1, NULL, NULL, &h->op));
	SAME(stats.refused[TDP_REFUSED_SCATTERED], 1);
	MAPPED(0, half, HPA, RX);
	MAPPED(half, half, border(h) + HPA + half, RX);
	/* And pages that differ there are not the same. */
	IS(TDP_EXISTS, tdp_map(&h->tree, 0, h->p, border(h) + HPA, RX, &h->op));
}

/* Tables lie that high already: the arena does. A note in the place of one, and a leaf made of what hung below it. */
TREE_TEST(wide, tables, .with = WIDE, .modes = ALONE | SHARED)
{
	struct tdp_layout layout;
	struct tdp_regs regs;
	tdp_hpa_t root;

	SAME(tdp_tree_regs(&h->tree, &regs), TDP_OK);
	SAME(tdp_layout_from_regs(&layout, h->setup->format, &regs, &root), TDP_OK);
	CHECK(root >= border(h));
	IS(TDP_OK, map_at(h, 0, h->g, h->p, 3 * border(h) - h->b, RWX));
	IS(TDP_OK, tdp_note(&h->tree, h->g + h->p, h->p, (UINT64_C(1) << TDP_NOTE_BITS) - 1, &h->op));
	NOTED(h->g + h->p, h->p, (UINT64_C(1) << TDP_NOTE_BITS) - 1);
	IS(TDP_OK, tdp_zap(&h->tree, h->g, h->b, &h->op));
	IS(TDP_OK, tdp_map(&h->tree, h->g, h->b, 3 * border(h) - h->b, RWX, &h->op));
	MAPPED(h->g, h->b, 3 * border(h) - h->b, RWX);
}
