/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One address. The descent is unrolled: constant shifts, the entry in a register, no state in memory.
 */
#ifndef TDPMMU_CORE_OP_LOOKUP_H
#define TDPMMU_CORE_OP_LOOKUP_H

#include "cursor.h"
#include "decode.h"

/* The entry at gpa that is not a table, and its level. */
TDP_INLINE tdp_spte_t lookup_entry(const struct tdp_format *fmt, const struct tree *t, tdp_gpa_t gpa, unsigned *level)
{
	unsigned top = t->layout.top_level;
	tdp_spte_t e = spte_load(t->root + (gpa >> fmt_shift(fmt, top)));

#pragma GCC unroll 8
	for (unsigned l = TDP_MAX_LEVELS - 1; l > 0; l--) {
		tdp_spte_t *table;

		if (l >= fmt->max_levels || l > top)
			continue;
		if (tdp_unlikely(!fmt_is_table(fmt, l, e))) {
			*level = l;
			return e;
		}
		table = table_get(t, fmt_table_hpa(fmt, &t->layout, l, e), l - 1, gpa);
		e = spte_load(table + fmt_index(fmt, l - 1, gpa));
		table_put(t, table);
	}
	*level = 0;
	return e;
}

static enum tdp_result op_lookup(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, struct tdp_mapping *out)
{
	unsigned level;
	tdp_spte_t e = lookup_entry(fmt, t, gpa, &level);

	out->gpa = gpa & ~(fmt_size(fmt, level) - 1);
	out->entry = (struct tdp_entry){.raw = e, .size = fmt_size(fmt, level), .level = (uint8_t)level};
	if (tdp_likely(fmt_is_present(fmt, level, e))) { /* ours, so nothing in it is reserved */
		fmt_decode_our_leaf(fmt, &t->layout, level, e, &out->entry);
		return TDP_OK;
	}
	fmt_decode_absent(fmt, level, e, &out->entry);
	if (fmt_is_dead(fmt, level, e))
		return TDP_STALE_ROOT;
	return fmt_is_frozen(fmt, level, e) ? TDP_BUSY : TDP_ABSENT;
}

#endif
