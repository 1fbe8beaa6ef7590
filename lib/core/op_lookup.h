/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One address.
 */
#ifndef TDPMMU_CORE_OP_LOOKUP_H
#define TDPMMU_CORE_OP_LOOKUP_H

#include "cursor.h"
#include "decode.h"

/* The entry at gpa that is not a table, and its level, in a tree of any depth, or where tables must be mapped to be seen: one at a time. */
static __attribute__((noinline)) tdp_spte_t lookup_far(const struct tdp_format *fmt, const struct tree *t, tdp_gpa_t gpa,
						       unsigned *level)
{
	unsigned l = t->layout.top_level;
	tdp_spte_t e, *entry;

	if (!t->table_map)
		return descend_from(fmt, t, l, gpa, level, &entry);
	e = spte_load(t->root + (gpa >> fmt_shift(fmt, l)));
	for (; l > 0 && fmt_is_table(fmt, l, e); l--) {
		tdp_spte_t *table = tdp_hook_table_map(t, fmt_table_hpa(fmt, &t->layout, l, e), l - 1, gpa);

		e = spte_load(table + fmt_index(fmt, l - 1, gpa));
		tdp_hook_table_unmap(t, table);
	}
	*level = l;
	return e;
}

/* Why there is no leaf. */
static __attribute__((noinline)) enum tdp_result lookup_why_absent(const struct tdp_format *fmt, unsigned level, tdp_spte_t e)
{
	return fmt_is_frozen(fmt, level, e) ? fmt_frozen_why(fmt, level, e) : TDP_ABSENT;
}

/* What a lookup says of an entry that is not a leaf. */
static __attribute__((noinline)) enum tdp_result lookup_absent(const struct tdp_format *fmt, unsigned level, tdp_spte_t e,
							       struct tdp_mapping *out)
{
	out->entry = (struct tdp_entry){.raw = e, .size = fmt_size(fmt, level), .level = (uint8_t)level};
	fmt_decode_absent(fmt, level, e, &out->entry);
	return lookup_why_absent(fmt, level, e);
}

/* The answers for an entry. */
TDP_INLINE enum tdp_result lookup_raw_entry(const struct tdp_format *fmt, unsigned level, tdp_spte_t e, tdp_spte_t *out,
					    unsigned *out_level)
{
	*out = e;
	*out_level = level;
	return tdp_likely(fmt_is_present(fmt, level, e)) ? TDP_OK : lookup_why_absent(fmt, level, e);
}

TDP_INLINE enum tdp_result lookup_entry(const struct tdp_format *fmt, const struct tree *t, tdp_gpa_t gpa, unsigned level,
					tdp_spte_t e, struct tdp_mapping *out)
{
	out->gpa = gpa & ~(fmt_size(fmt, level) - 1);
	if (tdp_unlikely(!fmt_is_present(fmt, level, e)))
		return lookup_absent(fmt, level, e, out);
	fmt_decode_our_leaf(fmt, &t->layout, level, e, &out->entry);
	return TDP_OK;
}

/* Both where that is so: called last, so that the other path needs no frame. */
static __attribute__((noinline)) enum tdp_result lookup_raw_far(const struct tdp_format *fmt, const struct tree *t, tdp_gpa_t gpa,
								tdp_spte_t *out, unsigned *out_level)
{
	unsigned level;
	tdp_spte_t e = lookup_far(fmt, t, gpa, &level);

	return lookup_raw_entry(fmt, level, e, out, out_level);
}

static __attribute__((noinline)) enum tdp_result lookup_decoded_far(const struct tdp_format *fmt, const struct tree *t,
								    tdp_gpa_t gpa, struct tdp_mapping *out)
{
	unsigned level;
	tdp_spte_t e = lookup_far(fmt, t, gpa, &level);

	return lookup_entry(fmt, t, gpa, level, e, out);
}

/* A huge leaf, or a hole above the last level. */
static __attribute__((noinline)) enum tdp_result lookup_huge(const struct tdp_format *fmt, const struct tree *t, tdp_gpa_t gpa,
							     unsigned level, tdp_spte_t e, struct tdp_mapping *out)
{
	return lookup_entry(fmt, t, gpa, level, e, out);
}

TDP_INLINE enum tdp_result op_lookup_raw(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_spte_t *out,
					 unsigned *out_level)
{
	tdp_spte_t e, *entry;
	unsigned level;

	if (tdp_unlikely(t->far))
		return lookup_raw_far(fmt, t, gpa, out, out_level);
	e = descend(fmt, t, gpa, &level, &entry);
	return lookup_raw_entry(fmt, level, e, out, out_level);
}

TDP_INLINE enum tdp_result op_lookup(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, struct tdp_mapping *out)
{
	tdp_spte_t e, *entry;
	unsigned level;

	if (tdp_unlikely(t->far))
		return lookup_decoded_far(fmt, t, gpa, out);
	e = descend(fmt, t, gpa, &level, &entry);
	return tdp_likely(level == 0) ? lookup_entry(fmt, t, gpa, 0, e, out) : lookup_huge(fmt, t, gpa, level, e, out);
}

#endif
