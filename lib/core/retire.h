/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables that no walk from the root reaches any more, but that readers may still be inside: freed after a grace period, without any
 * memory (protocol of docs/concurrency.md, "Retire"). A retired table has nothing but FROZEN entries. Entry 0 names the next table of
 * the chain in its payload and that table's level in its marks, so readers that are still inside see "frozen" and go away. One callback
 * is in flight per tree, however many tables and calls.
 *
 * A chain alone costs a dependent cache miss per table when it is freed. So a table of the chain may be a list as well: entry 1 says how
 * many more tables its other entries name. Those are in no chain, and nothing of them is read again.
 */
#ifndef TDPMMU_CORE_RETIRE_H
#define TDPMMU_CORE_RETIRE_H

#include "hooks.h"
#include "spte.h"

/* A table in a word: its address and, in the low bits, the level of its entries, and whether it is a list. */
typedef uint64_t retire_ref;
#define RETIRE_LEVEL UINT64_C(7)
#define RETIRE_LIST  UINT64_C(8)
#define RETIRE_LOW   (RETIRE_LEVEL | RETIRE_LIST)
#define RETIRE_NAMES 2u		    /* entry of a list where the names begin */
#define RETIRE_IDLE  (~UINT64_C(0)) /* in tree->retire.head: nothing waits */
#define RETIRE_ARMED (~UINT64_C(1)) /* a callback is in flight, nothing waits behind it */

/* The tables of one call, linked through themselves; the last one leads to itself. */
struct retire_chain {
	bool any;
	unsigned named; /* by the first one */
	retire_ref first, last;
};

/* What entry 0 of a retired table with entries of this level says. */
TDP_INLINE tdp_spte_t retire_link(const struct tdp_format *fmt, unsigned level, retire_ref next)
{
	return fmt_make_frozen(fmt, level, next & ~RETIRE_LOW, (next & RETIRE_LOW) << 6);
}

/* The inverse. */
TDP_INLINE retire_ref retire_next(const struct tdp_format *fmt, unsigned level, tdp_spte_t link)
{
	return fmt_frozen_payload(fmt, level, link) | (fmt_unskew(fmt, level, link) >> 6 & RETIRE_LOW);
}

/* Puts a table in front. Every entry of it is FROZEN and the caller's; no flush is owed that could still lead a walker there. */
TDP_INLINE void retire_add(const struct tdp_format *fmt, struct retire_chain *chain, tdp_spte_t *table, tdp_hpa_t hpa,
			   unsigned level)
{
	retire_ref self = hpa | level;

	spte_store(table, retire_link(fmt, level, chain->any ? chain->first : self));
	if (!chain->any)
		chain->last = self;
	chain->first = self;
	chain->named = 0;
	chain->any = true;
}

/*
 * The same for tables behind their flush, of which there may be many: named by the one in front while there is room. Not where tables are
 * mapped for a moment only: the caller has one mapped.
 */
TDP_INLINE void retire_add_many(const struct tdp_format *fmt, const struct tree *t, struct retire_chain *chain, tdp_spte_t *table,
				tdp_hpa_t hpa, unsigned level)
{
	unsigned front = (unsigned)(chain->first & RETIRE_LEVEL);
	tdp_spte_t *list;

	if (!chain->any || t->table_map || chain->named + RETIRE_NAMES >= fmt_entries(fmt)) {
		retire_add(fmt, chain, table, hpa, level);
		return;
	}
	list = table_get(t, chain->first & ~RETIRE_LOW, front, 0);
	spte_store(list + RETIRE_NAMES + chain->named, fmt_make_frozen(fmt, front, hpa, 0));
	chain->named++;
	spte_store(list + 1, fmt_make_frozen(fmt, front, (tdp_hpa_t)chain->named << 12, 0));
	chain->first |= RETIRE_LIST;
}

/* Hands the chain over; its tables are freed after a grace period. Cannot fail and waits for nobody. */
void tdp_retire(struct tree *t, const struct retire_chain *chain);

/* The same for a call that is alone: frees them at once. */
void tdp_retire_now(struct tree *t, const struct retire_chain *chain);

/* Waits until every retired table is freed. */
void tdp_retire_drain(struct tree *t);

#endif
