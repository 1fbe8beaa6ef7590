/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables that no walk from the root reaches any more, but that readers may still be inside: freed after a grace period, without any
 * memory (protocol of docs/concurrency.md, "Retire"). A retired table has nothing but FROZEN entries. Entry 0 names the next table of
 * the chain in its payload and that table's level in its marks, so readers that are still inside see "frozen" and go away. One callback
 * is in flight per tree, however many tables and calls.
 */
#ifndef TDPMMU_CORE_RETIRE_H
#define TDPMMU_CORE_RETIRE_H

#include "hooks.h"
#include "spte.h"

/* A table in a word: its address and, in the low bits, the level of its entries. */
typedef uint64_t retire_ref;
#define RETIRE_LEVEL UINT64_C(7)
#define RETIRE_IDLE  (~UINT64_C(0)) /* in tree->retire.head: nothing waits */
#define RETIRE_ARMED (~UINT64_C(1)) /* a callback is in flight, nothing waits behind it */

/* The tables of one call, linked through themselves; the last one leads to itself. */
struct retire_chain {
	bool any;
	retire_ref first, last;
};

/* What entry 0 of a retired table with entries of this level says. */
TDP_INLINE tdp_spte_t retire_link(const struct tdp_format *fmt, unsigned level, retire_ref next)
{
	return fmt_make_frozen(fmt, level, next & ~RETIRE_LEVEL, (next & RETIRE_LEVEL) << 6);
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
	chain->any = true;
}

/* Hands the chain over; its tables are freed after a grace period. Cannot fail and waits for nobody. */
void tdp_retire(struct tree *t, const struct retire_chain *chain);

/* The same for a call that is alone: frees them at once. */
void tdp_retire_now(struct tree *t, const struct retire_chain *chain);

/* Waits until every retired table is freed. */
void tdp_retire_drain(struct tree *t);

#endif
