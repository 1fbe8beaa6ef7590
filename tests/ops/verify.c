/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_verify() finds each violation of an invariant, where it is, and nothing else.
 */
#include "harness.h"

/* What tdp_verify() reported. */
struct found {
	unsigned n, invariant;
	struct tdp_visit where;
};

static void note_it(void *arg, unsigned invariant, const struct tdp_visit *where)
{
	struct found *f = arg;

	f->n++;
	f->invariant = invariant;
	f->where = *where;
}

/* A raw value in the entry of a level at gpa is exactly one violation of this invariant; afterwards all is as before. */
static void check_planted(struct harness *h, int line, unsigned level, tdp_gpa_t gpa, tdp_spte_t raw, enum tdp_invariant want)
{
	tdp_spte_t *entry = raw_entry(h, level, gpa), before = *entry;
	struct found f = {0};
	enum tdp_result r;

	*entry = raw;
	r = tdp_verify(&h->tree, note_it, &f);
	if (r != TDP_EXISTS || f.n != 1 || f.invariant != want)
		harness_fail(h, line, "%s, %u found, the last: invariant %u at gpa %#" PRIx64 ", raw %#" PRIx64, tdp_result_name(r),
			     f.n, f.invariant, f.where.gpa, f.where.entry.raw);
	if (f.where.gpa != gpa || f.where.entry.level != level || f.where.entry.raw != raw ||
	    f.where.entry_hpa + referee_ops(h->r)->va_offset != (uintptr_t)entry)
		harness_fail(h, line, "found at gpa %#" PRIx64 " level %u", f.where.gpa, f.where.entry.level);
	r = tdp_verify(&h->tree, NULL, NULL);
	if (r != TDP_EXISTS)
		harness_fail(h, line, "without a report function it is %s", tdp_result_name(r));
	*entry = before;
	harness_same(h, line, (uint64_t)tdp_verify(&h->tree, note_it, &f), TDP_OK, "after it was repaired");
	harness_same(h, line, f.n, 1, "reports after it was repaired");
}
#define PLANTED(...) check_planted(h, __LINE__, __VA_ARGS__)

/* An address as a table entry of some level has it. */
static tdp_spte_t address(struct harness *h, tdp_hpa_t hpa)
{
	const struct tdp_format *fmt = h->setup->format;

	return fmt->addr_high ? (hpa & fmt->addr) | (hpa >> fmt->high_shift & fmt->addr_high) : hpa;
}

/* A page at 0, a b at b, a g at g, a note at 2g. */
static void plant_tree(struct harness *h)
{
	IS(TDP_OK, map_at(h, 0, 0, 2 * h->p, HPA, RWX));
	IS(TDP_OK, map_at(h, 1, h->b, h->b, HPA, RWX));
	IS(TDP_OK, map_at(h, 2, h->g, h->g, HPA, RX));
	IS(TDP_OK, tdp_note(&h->tree, 2 * h->g, h->p, 1, &h->op));
}

TREE_TEST(verify, sound_trees)
{
	struct found f = {0};

	IS(TDP_OK, tdp_verify(&h->tree, note_it, &f));
	plant_tree(h);
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->p, &h->op));
	WITH(.flags = TDP_LOG_DIRTY);
	IS(TDP_OK, tdp_map(&h->tree, 3 * h->g, h->b, HPA2, RWX, &h->op));
	WITH(.flags = TDP_PREFETCH);
	IS(TDP_OK, tdp_map(&h->tree, 3 * h->g + h->b, h->b, HPA2, UC, &h->op));
	IS(TDP_OK, tdp_verify(&h->tree, note_it, &f));
	SAME(f.n, 0);
}

/* Bits that no operation writes: in a leaf, and in what is not present. */
TREE_TEST(verify, kind, .corrupt = true)
{
	const unsigned traits = h->setup->traits;
	/* G; verify-paging; contiguous; reserved twice; FnXS. */
	const tdp_spte_t bit = traits & IS_NPT	 ? 1 << 8
			       : traits & IS_EPT ? UINT64_C(1) << 57
			       : traits & IS_S2	 ? UINT64_C(1) << 52
			       : traits & NO_SD	 ? UINT64_C(1) << 60
			       : traits & BREAK	 ? 1 << 11
						 : 1 << 3;

	plant_tree(h);
	for (unsigned level = 0; level < 3; level++) {
		const tdp_gpa_t gpa = level == 0 ? 0 : tdp_level_size(&h->layout, level);

		PLANTED(level, gpa, *raw_entry(h, level, gpa) ^ raw_bits_at(h, level, bit), TDP_INV_KIND);
	}
	/* A payload without a kind, and a kind that does not exist. */
	PLANTED(0, 3 * h->p, h->setup->format->empty ^ UINT64_C(1) << 20, TDP_INV_KIND);
	PLANTED(1, 2 * h->b, raw_bits_at(h, 1, h->setup->format->empty ^ UINT64_C(1) << 20), TDP_INV_KIND);
	PLANTED(0, 3 * h->p, h->setup->format->empty ^ UINT64_C(1) << 5, TDP_INV_KIND);
}

TREE_TEST(verify, frozen, .corrupt = true)
{
	plant_tree(h);
	PLANTED(0, h->p, h->setup->format->frozen, TDP_INV_FROZEN);
	PLANTED(1, h->b, raw_bits_at(h, 1, h->setup->format->frozen), TDP_INV_FROZEN);
	PLANTED(2, h->g, raw_bits_at(h, 2, h->setup->format->dead), TDP_INV_FROZEN);
	PLANTED(0, h->p, h->setup->format->frozen ^ HPA, TDP_INV_FROZEN); /* with a payload */
}

/* Beyond the host's width, of leaf and table; low bits of a huge leaf. */
TREE_TEST(verify, address, .corrupt = true)
{
	const unsigned width = h->layout.hpa_bits;

	plant_tree(h);
	PLANTED(1, h->b, *raw_entry(h, 1, h->b) | raw_bits_at(h, 1, 1 << 13), TDP_INV_ADDRESS);
	if (width >= 48 || ((h->setup->traits & FAKE) && !h->bbm))
		return; /* there are no address bits beyond */
	PLANTED(0, 0, *raw_entry(h, 0, 0) | UINT64_C(1) << width, TDP_INV_ADDRESS);
	PLANTED(1, h->b, *raw_entry(h, 1, h->b) | raw_bits_at(h, 1, UINT64_C(1) << width), TDP_INV_ADDRESS);
	PLANTED(1, 0, *raw_entry(h, 1, 0) | raw_bits_at(h, 1, UINT64_C(1) << width), TDP_INV_ADDRESS);
}

/* A leaf where there may be none: at the top of four levels. */
TREE_TEST(verify, level, .corrupt = true, .without = PAE)
{
	tdp_spte_t leaf;

	plant_tree(h);
	SAME(tdp_encode_leaf(&h->layout, 2, HPA & ~(h->t - 1), RX, &leaf), TDP_OK);
	leaf = raw_bits_at(h, 1, leaf);
	if (h->layout.top_level == 3)
		PLANTED(3, h->t, leaf, TDP_INV_LEVEL);
}

/* Hardware lets writes through that the library would not have granted. */
TREE_TEST(verify, writable, .corrupt = true, .without = PAE)
{
	const struct tdp_format *f = h->setup->format;

	plant_tree(h);
	PLANTED(0, 0, *raw_entry(h, 0, 0) & ~f->mw, TDP_INV_WRITABLE);
	PLANTED(1, h->b, *raw_entry(h, 1, h->b) & ~raw_bits_at(h, 1, f->mw), TDP_INV_WRITABLE);
	PLANTED(0, 0, *raw_entry(h, 0, 0) & ~(f->mw | f->hw), TDP_INV_WRITABLE);
	PLANTED(0, 0, *raw_entry(h, 0, 0) & ~f->hw, TDP_INV_WRITABLE);
	PLANTED(2, h->g, *raw_entry(h, 2, h->g) | raw_bits_at(h, 2, f->mw), TDP_INV_WRITABLE);
	PLANTED(2, h->g, *raw_entry(h, 2, h->g) | raw_bits_at(h, 2, f->w_grant), TDP_INV_WRITABLE);
}

/* Writable by DBM, and clean, in a tree where hardware sets no Dirty. */
TREE_TEST(verify, dirty, .with = IS_S2, .without = HW_D, .corrupt = true)
{
	const tdp_spte_t dbm = UINT64_C(1) << 51, s2ap_w = 1 << 7;

	plant_tree(h);
	PLANTED(0, 0, (*raw_entry(h, 0, 0) & ~s2ap_w) | dbm, TDP_INV_DIRTY);
	PLANTED(1, h->b, (*raw_entry(h, 1, h->b) & ~s2ap_w) | dbm, TDP_INV_DIRTY);
}

/* A table entry has one form. */
TREE_TEST(verify, table, .corrupt = true)
{
	const unsigned traits = h->setup->traits;
	/* Bits that hardware ignores in a table entry of each format. */
	const tdp_spte_t bit = traits & PAE		    ? UINT64_C(1) << 11
			       : traits & (IS_NPT | IS_EPT) ? UINT64_C(1) << 52
			       : traits & IS_S2		    ? UINT64_C(1) << 51
			       : traits & NO_SD		    ? 1 << 8
							    : UINT64_C(1) << 56;

	plant_tree(h);
	for (unsigned level = 1; level <= h->layout.top_level; level++)
		PLANTED(level, 0, *raw_entry(h, level, 0) ^ raw_bits_at(h, level, bit), TDP_INV_TABLE);
	if (!h->bbm && !(traits & NO_SD)) /* whose tables permit nothing by themselves */
		PLANTED(1, 0, *raw_entry(h, 1, 0) & ~raw_bits_at(h, 1, h->setup->format->w & ~h->setup->format->d), TDP_INV_TABLE);
}

/* Tables that lead back to themselves or above. */
TREE_TEST(verify, cycle, .corrupt = true)
{
	const unsigned top = h->layout.top_level;
	tdp_hpa_t root, middle;
	struct tdp_layout layout;
	struct tdp_regs regs;
	struct tdp_entry e;

	plant_tree(h);
	SAME(tdp_tree_regs(&h->tree, &regs), TDP_OK);
	SAME(tdp_layout_from_regs(&layout, h->setup->format, &regs, &root), TDP_OK);
	tdp_decode(&h->layout, TDP_OURS, 2, *raw_entry(h, 2, 0), &e);
	middle = e.hpa;
	PLANTED(top, h->end / 2, raw_bits_at(h, top, h->setup->format->table_bits[top] | address(h, root)), TDP_INV_CYCLE);
	PLANTED(1, 2 * h->b, raw_bits_at(h, 1, h->setup->format->table_bits[1] | address(h, root)), TDP_INV_CYCLE);
	PLANTED(1, 2 * h->b, raw_bits_at(h, 1, h->setup->format->table_bits[1] | address(h, middle)), TDP_INV_CYCLE);
}

/* All of them are found, not only the first. */
TREE_TEST(verify, several, .corrupt = true)
{
	struct found f = {0};

	plant_tree(h);
	*raw_entry(h, 0, 2 * h->p) = h->setup->format->frozen;
	*raw_entry(h, 0, 3 * h->p) = h->setup->format->frozen;
	*raw_entry(h, 2, 3 * h->g) = raw_bits_at(h, 2, h->setup->format->frozen);
	SAME(tdp_verify(&h->tree, note_it, &f), TDP_EXISTS);
	SAME(f.n, 3);
}
