/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S10: a zap of 1 GiB mapped by 4K pages held the lock from its beginning to its end.
 * S41: batches between two offers to reschedule were as large as a root entry (512 GiB) instead of a block.
 *
 * Work is counted in accesses to table entries, between two questions whether to pause (or a question and the end).
 */
#include "pauses.h"

/* Between two questions a call works on at most so many tables, looks at each entry a few times, and walks there from the root. */
enum { TABLES_AT_ONCE = 32, LOOKS = 5, WALKS = 64 };

static unsigned bound(const struct harness *h)
{
	return LOOKS * (unsigned)h->n * (TABLES_AT_ONCE + 1) + WALKS;
}

/* Single pages in so many tables, each below another entry of level 2 but for the first two; in a small format all that fit. */
static void scatter(struct harness *h, unsigned tables)
{
	harness_tables(h, 3 * tables);
	for (unsigned i = 0; i < tables; i++) {
		const tdp_gpa_t gpa = i == 0 ? 0 : h->b + (i - 1) * h->g;

		IS(TDP_OK, map_at(h, 0, gpa, 2 * h->p, HPA + i * h->p, RWX));
		GUEST(gpa, REF_W);
	}
}

/* The last call asked often enough, and never worked for longer than it may without. */
static void check_bound(struct harness *h, unsigned tables, unsigned every)
{
	const unsigned pauses = pauses_end(h);

	if (pauses_most_work() > bound(h))
		harness_fail(h, 0, "%s accesses %u entries between two questions, more than %u", h->call, pauses_most_work(),
			     bound(h));
	if (pauses_asked() + 1 < tables)
		harness_fail(h, 0, "%s asks %u times on %u tables", h->call, pauses_asked(), tables);
	CHECK(every == 0 ? pauses == 0 : pauses == pauses_asked() / every);
	SAME(h->op.next, h->end);
}

/* Every range operation over the whole tree, which holds so many tables somewhere. */
static void each_operation(struct harness *h, unsigned tables, unsigned every)
{
	const unsigned leaf_tables = 1;

	pauses_start(h, every, NULL);
	WITH(.flags = TDP_MAY_YIELD);
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->end, &h->op));
	check_bound(h, tables, every);
	pauses_start(h, every, NULL);
	WITH(.flags = TDP_MAY_YIELD);
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, h->end, RX, TDP_MASK_PROT, &h->op));
	check_bound(h, tables, every);
	pauses_start(h, every, NULL);
	WITH(.flags = TDP_MAY_YIELD);
	IS(TDP_OK, tdp_set_attrs(&h->tree, 0, h->end, UC, TDP_MASK_MEMTYPE, &h->op));
	check_bound(h, tables, every);
	pauses_start(h, every, NULL);
	WITH(.flags = TDP_MAY_YIELD | TDP_ZAP_LEAVES);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op));
	check_bound(h, tables, every);
	pauses_start(h, every, NULL);
	WITH(.flags = TDP_MAY_YIELD | TDP_EXCLUSIVE);
	IS(TDP_OK, tdp_trim(&h->tree, 0, h->end, &h->op));
	check_bound(h, tables, every);
	scatter(h, tables);
	pauses_start(h, every, NULL);
	WITH(.flags = TDP_MAY_YIELD);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op));
	check_bound(h, leaf_tables, every);
	HOLE(0, h->end);
}

SCENARIO(S41, tables_all_over, .hooks = pauses_hooks, .without = PAE)
{
	const unsigned tables = (h->setup->traits & FAKE) ? 4 : 12;

	for (unsigned every = 0; every < 3; every++) {
		scatter(h, tables);
		each_operation(h, tables, every);
	}
}

/* Tables that the call makes itself. */
SCENARIO(S41, tables_that_appear, .hooks = pauses_hooks)
{
	const unsigned tables = (h->setup->traits & FAKE) ? 8 : 6;

	for (unsigned every = 0; every < 2; every++) {
		pauses_start(h, every, NULL);
		WITH(.flags = TDP_MAY_YIELD, .max_level_plus1 = 1);
		IS(TDP_OK, tdp_map(&h->tree, h->end - tables * h->b, tables * h->b, HPA, RWX, &h->op));
		check_bound(h, tables, every);
		WITH(.flags = TDP_EXCLUSIVE);
		IS(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op));
	}
}

/* All of 1 GiB by 4K, or of a small format's whole space, with all of its tables at once. */
static void fill_and_zap(struct harness *h, uint64_t size, unsigned every)
{
	harness_tables(h, (unsigned)(size / h->b) + 80);
	IS(TDP_OK, map_at(h, 0, 0, size, HPA, RWX));
	pauses_start(h, every, NULL);
	WITH(.flags = TDP_MAY_YIELD);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->end, &h->op));
	check_bound(h, (unsigned)(size / h->b) / TABLES_AT_ONCE, every);
	SAME(h->op.changed >= size, true);
	HOLE(0, h->end);
	if (h->mode != KEEPING)
		SAME(tables_linked(h), 0);
}

SCENARIO(S10, zap_of_all_in_small_formats, .with = FAKE, .hooks = pauses_hooks)
{
	for (unsigned every = 0; every < 4; every++)
		fill_and_zap(h, h->end, every);
}

SCENARIO(S10, zap_of_1g_by_pages, .with = IS_NPT, .hooks = pauses_hooks)
{
	fill_and_zap(h, h->g, 1);
}

SCENARIO(S10, zap_of_1g_by_pages_where_broken_first, .with = IS_S2 | GENERIC, .hooks = pauses_hooks)
{
	fill_and_zap(h, h->g, 1);
}
