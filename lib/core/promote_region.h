/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One table that may become a leaf (protocols of docs/concurrency.md, "Promote"): is it worth trying (look), take its entries, what leaf
 * are they together, and give them back.
 *
 * All pages of a region say the same (region.common), but for the address, which goes on from one to the next, and for the bits that
 * are merged. So an entry that was taken keeps those bits in its payload and marks, and giving it back needs no memory.
 */
#ifndef TDPMMU_CORE_PROMOTE_REGION_H
#define TDPMMU_CORE_PROMOTE_REGION_H

#include "op_zap.h"
#include "run.h"

/* A region that shall become a leaf of this level. */
struct region {
	tdp_gpa_t gpa;
	unsigned level;
	bool fill;	     /* absent pages will do: the backing names them */
	bool known;	     /* common means something */
	bool holes;	     /* there are absent pages */
	tdp_spte_t common;   /* of the first page, without the bits that are merged */
	tdp_spte_t any, all; /* of those bits, at level-0 positions, what any of the present pages has, and what all have */
};

#define REGION_HOLE TDP_FROZEN_DIRTY /* mark of a taken entry: it was EMPTY */
#define REGION_UNCOUNTED                                                                                                           \
	TDP_REFUSALS /* not for this reason: a table is in the way, which was refused or does not lie in the range */
#define REGION_FITS (-1)

/* Bits that are merged: what pages may differ in. */
TDP_INLINE tdp_spte_t region_merged(const struct tdp_format *fmt)
{
	return fmt->a | fmt->d | fmt->sd | fmt->w;
}

/* What the i-th page says, but for those. */
TDP_INLINE tdp_spte_t region_page(const struct tdp_format *fmt, const struct region *r, unsigned i)
{
	return r->common + i * fmt_step(fmt, r->level - 1);
}

/* Adds a present page. */
TDP_INLINE void region_add(const struct tdp_format *fmt, struct region *r, tdp_spte_t any, tdp_spte_t all)
{
	r->any |= fmt_unskew(fmt, r->level - 1, any) & region_merged(fmt);
	r->all &= fmt_unskew(fmt, r->level - 1, all);
}

/* May a leaf of the region's level begin with the i-th page e? Then that gives region.common. */
TDP_INLINE bool region_learn(const struct tdp_format *fmt, const struct tree *t, struct region *r, unsigned i, tdp_spte_t e)
{
	unsigned level = r->level - 1;
	tdp_hpa_t hpa = fmt_leaf_hpa(fmt, &t->layout, level, e);

	if ((hpa >> fmt_shift(fmt, level) & (fmt_entries(fmt) - 1)) != i)
		return false;
	r->common = (e & ~fmt_at(fmt, level, region_merged(fmt))) - i * fmt_step(fmt, level);
	r->known = true;
	return true;
}

/* Does the i-th entry e fit in? REGION_FITS, or why not (enum tdp_refusal). Does not add it. */
static inline int region_check(const struct tdp_format *fmt, const struct tree *t, struct region *r, unsigned i, tdp_spte_t e)
{
	unsigned level = r->level - 1;
	tdp_spte_t differ;

	if (fmt_is_table(fmt, level, e))
		return REGION_UNCOUNTED;
	if (fmt_is_frozen(fmt, level, e))
		return TDP_REFUSED_BUSY;
	if (!fmt_is_present(fmt, level, e))
		return r->fill && fmt_is_empty(fmt, level, e) ? REGION_FITS : TDP_REFUSED_HOLE;
	e = fmt_untracked(fmt, level, e);
	if (!r->known && !region_learn(fmt, t, r, i, e))
		return TDP_REFUSED_SCATTERED;
	differ = (e ^ region_page(fmt, r, i)) & ~fmt_at(fmt, level, region_merged(fmt));
	if (differ & fmt_at(fmt, level, fmt_address_bits(fmt, &t->layout, level)))
		return TDP_REFUSED_SCATTERED;
	return differ && !TDP_BROKEN(PROMOTE_UNLIKE) ? TDP_REFUSED_UNLIKE : REGION_FITS;
}

/* The leaf that the region is, from common, any and all. 0: it cannot be said at that level. */
static inline tdp_spte_t region_leaf(const struct tdp_format *fmt, const struct tree *t, const struct region *r)
{
	unsigned level = r->level - 1;
	tdp_spte_t kept = region_merged(fmt) | fmt->mw, bits = 0, leaf;
	tdp_spte_t plain = (fmt_unskew(fmt, level, r->common) & fmt->mw) | r->any;
	struct tdp_entry entry;

	if (TDP_BROKEN(PROMOTE_LOSE_DIRTY))
		plain &= ~(fmt->d | fmt->sd);
	if (!(r->all & fmt->w) && !TDP_BROKEN(PROMOTE_W_OR))
		plain = fmt_write_protected(fmt, 0, plain, 0);
	fmt_decode(fmt, &t->layout, TDP_OURS, level, r->common, &entry);
	if (fmt->encode(&t->layout, true, entry.attrs, &bits) < 0)
		return 0;
	leaf = fmt_make_leaf(fmt, &t->layout, r->level, fmt_leaf_hpa(fmt, &t->layout, level, r->common), (bits & ~kept) | plain);
	return fmt->tracks && !(r->any & fmt->a) ? fmt_aged(fmt, r->level, leaf) : leaf;
}

/* A fresh start; what was learned stays. */
TDP_INLINE void region_begin(struct region *r)
{
	r->holes = false;
	r->any = 0;
	r->all = ~UINT64_C(0);
}

/*
 * Reads the whole table: REGION_FITS, or why it cannot be promoted. While others may change it that proves nothing, but makes a vain
 * attempt rare.
 */
static inline int region_look(const struct tdp_format *fmt, const struct tree *t, struct region *r, const tdp_spte_t *table)
{
	unsigned level = r->level - 1;
	tdp_spte_t first = spte_load(table);
	struct spte_scan s;

	region_begin(r);
	if (fmt_is_present(fmt, level, first) && fmt_is_leaf(fmt, level, first) &&
	    (r->known || region_learn(fmt, t, r, 0, fmt_untracked(fmt, level, first))) &&
	    spte_alike(table, fmt_entries(fmt), r->common, fmt_step(fmt, level), ~fmt_at(fmt, level, region_merged(fmt)), &s)) {
		region_add(fmt, r, s.any, s.all);
		return region_leaf(fmt, t, r) ? REGION_FITS : TDP_REFUSED_UNLIKE;
	}
	for (unsigned i = 0; i < fmt_entries(fmt); i++) {
		tdp_spte_t e = spte_load(table + i);
		int why = region_check(fmt, t, r, i, e);

		if (why != REGION_FITS)
			return why;
		if (fmt_is_present(fmt, level, e))
			region_add(fmt, r, fmt_untracked(fmt, level, e), fmt_untracked(fmt, level, e));
		else
			r->holes = true;
	}
	if (!r->known) /* nothing is there */
		return TDP_REFUSED_HOLE;
	return region_leaf(fmt, t, r) ? REGION_FITS : TDP_REFUSED_UNLIKE;
}

/* Can hardware be changing none of its pages? */
TDP_INLINE bool region_settled(const struct tdp_format *fmt, const struct tree *t, const struct region *r)
{
	return zap_settled(fmt, t, (struct spte_scan){r->any, r->all});
}

/* FROZEN, and what it was: bits 11:0 and 63:48 of a page in the payload, all others are common. */
TDP_INLINE tdp_spte_t region_taken(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	tdp_spte_t plain = fmt_unskew(fmt, level, e);

	if (!fmt_is_present(fmt, level, e))
		return fmt_make_frozen(fmt, level, 0, REGION_HOLE);
	return fmt_make_frozen(fmt, level, (plain & 0xfff) << 12 | plain >> 48 << 24, 0);
}

/* The i-th entry as it was when it was taken. */
TDP_INLINE tdp_spte_t region_given(const struct tdp_format *fmt, const struct region *r, unsigned i, tdp_spte_t taken)
{
	const tdp_spte_t in_payload = UINT64_C(0xffff000000000fff);
	unsigned level = r->level - 1;
	tdp_hpa_t payload = fmt_frozen_payload(fmt, level, taken);
	tdp_spte_t common = fmt_unskew(fmt, level, region_page(fmt, r, i));

	if (fmt_frozen_has(fmt, level, taken, REGION_HOLE))
		return fmt_empty(fmt, level);
	return fmt_at(fmt, level, (common & ~in_payload) | (payload >> 12 & 0xfff) | payload >> 24 << 48);
}

/* Gives the first n entries back. They are valid again as they were: no flush is owed. */
static inline void region_give(const struct tdp_format *fmt, const struct tree *t, const struct region *r, tdp_spte_t *table,
			       unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		spte_store(table + i, region_given(fmt, r, i, spte_load(table + i)));
	table_clean(t, table, n * sizeof(*table));
}

/*
 * Takes every entry, in order, each only if it fits; what it held then is final, and is added. owned: the entry that leads to the table is
 * frozen and ours, so whoever has an entry of it is waited for (R2). false: one does not fit, or somebody is there; all are given back.
 */
static inline bool region_take(const struct tdp_format *fmt, const struct tree *t, struct region *r, void *user, tdp_spte_t *table,
			       bool shared, bool owned)
{
	unsigned level = r->level - 1;

	region_begin(r);
	for (unsigned i = 0; i < fmt_entries(fmt); i++) {
		tdp_spte_t e = spte_load(table + i);
		int why;

		for (;;) {
			why = region_check(fmt, t, r, i, e);
			if (TDP_BROKEN(PROMOTE_VERIFY_EARLY) && why < TDP_REFUSED_BUSY)
				why = REGION_FITS;
			if (why == TDP_REFUSED_BUSY && owned) {
				tdp_hook_relax(t, user);
				e = spte_load(table + i);
			} else if (why != REGION_FITS) {
				region_give(fmt, t, r, table, i);
				return false;
			} else if (TDP_BROKEN(PROMOTE_READ_NOT_FROZEN) ||
				   spte_cmpxchg(table + i, &e, region_taken(fmt, level, e),
						shared || leaf_moving(fmt, t, false, level, e))) {
				break;
			}
		}
		if (fmt_is_present(fmt, level, e))
			region_add(fmt, r, fmt_untracked(fmt, level, e), fmt_untracked(fmt, level, e));
		else
			r->holes = true;
	}
	table_clean(t, table, fmt_table_bytes(fmt));
	return true;
}

/*
 * Absent pages are about to appear, and are ours: what install() does. A gather that cleared one may not be flushed yet; and each is made
 * ready, but not those that are in use.
 */
static inline void region_install(const struct tdp_format *fmt, struct tree *t, const struct region *r, void *user,
				  const tdp_spte_t *table)
{
	unsigned level = r->level - 1;
	tdp_hpa_t hpa = fmt_leaf_hpa(fmt, &t->layout, level, r->common);
	struct tdp_entry entry;

	if (!r->holes)
		return;
	if (gathers_open(t))
		tdp_hook_flush(t, user, r->gpa, r->gpa + fmt_size(fmt, r->level), -1, FLUSH_LEAF);
	fmt_decode(fmt, &t->layout, TDP_OURS, level, r->common, &entry);
	for (unsigned i = 0; i < fmt_entries(fmt); i++) {
		tdp_spte_t e = spte_load(table + i);

		if (fmt_is_empty(fmt, level, e) || (fmt_is_frozen(fmt, level, e) && fmt_frozen_has(fmt, level, e, REGION_HOLE)))
			page_sync(t, hpa + ((uint64_t)i << fmt_shift(fmt, level)), fmt_size(fmt, level),
				  run_sync_data(t, entry.attrs), run_sync_exec(entry.attrs));
	}
}

#endif
