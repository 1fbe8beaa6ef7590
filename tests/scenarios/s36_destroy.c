/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S36: a tree destroyed in chunks of 1 GiB below tables of 512 GiB: the upper table was freed with each chunk, or with none.
 * S37: a valid entry changed into another valid one, an annotation into another: the count of what the table holds went wrong, so the
 * table was freed too early or never.
 */
#include "pauses.h"

/* A page in each of so many gs, below one entry of level 3. */
static unsigned plant(struct harness *h, unsigned chunks)
{
	for (unsigned i = 0; i < chunks; i++) {
		IS(TDP_OK, map_at(h, 0, i * h->g + h->b, 2 * h->p, HPA, RWX));
		GUEST(i * h->g + h->b, REF_W);
	}
	return tables_linked(h);
}

static void destroy(struct harness *h, unsigned chunks, uint32_t flags)
{
	unsigned linked = plant(h, chunks), freed = 0;

	for (unsigned i = 0; i < chunks; i++) {
		WITH(.flags = flags);
		IS(TDP_OK, tdp_zap(&h->tree, i * h->g, h->g, &h->op));
		SAME(FREED, 2); /* the leaf table, and the one above it */
		freed += FREED;
		GUEST_FAULTS(i * h->g + h->b, REF_R);
	}
	SAME(tables_linked(h), linked - freed);
	WITH(0);
	/* Where chunks hang in the root nothing is left. */
	IS(linked > freed ? TDP_OK : TDP_SPURIOUS, tdp_trim(&h->tree, 0, h->end, &h->op));
	SAME(FREED, linked - freed);
	SAME(tables_linked(h), 0);
}

SCENARIO(S36, destroyed_in_chunks, .modes = FREEING, .hooks = pauses_hooks, .without = PAE)
{
	const unsigned chunks = h->n < 5 ? (unsigned)h->n : 5;

	harness_tables(h, 64);
	destroy(h, chunks, 0);
	pauses_start(h, 1, NULL);
	destroy(h, chunks, TDP_MAY_YIELD);
	(void)pauses_end(h);
	/* What is left of a half destroyed tree goes with its end. */
	(void)plant(h, chunks);
	IS(TDP_OK, tdp_zap(&h->tree, h->g, h->g, &h->op));
}

/* Chunks that are no whole tables leave them, each time. */
SCENARIO(S36, destroyed_in_pieces, .modes = FREEING)
{
	unsigned linked = plant(h, 3);

	for (tdp_gpa_t gpa = 0; gpa < 3 * h->g; gpa += h->b / 2)
		IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_zap(&h->tree, gpa, h->b / 2, &h->op));
	SAME(tables_linked(h), linked);
	IS(TDP_OK, tdp_trim(&h->tree, 0, h->end, &h->op));
	SAME(h->op.tables, linked);
	SAME(FREED, linked);
}

/* ---- S37 ---- */

/* No table came or went. */
#define NO_TABLE_MOVES()                                                                                                           \
	do {                                                                                                                       \
		SAME(TAKEN, 0);                                                                                                    \
		SAME(FREED, 0);                                                                                                    \
		SAME(tables_linked(h), linked);                                                                                    \
	} while (0)

SCENARIO(S37, valid_becomes_valid, .modes = FREEING)
{
	unsigned linked;

	IS(TDP_OK, map_at(h, 0, h->b, 2 * h->p, HPA, RWX));
	GUEST(h->b, REF_W);
	linked = tables_linked(h);
	for (unsigned i = 0; i < 3; i++) {
		IS(TDP_OK, tdp_set_attrs(&h->tree, h->b, 2 * h->p, i % 2 ? RWX : RX, TDP_MASK_PROT, &h->op));
		NO_TABLE_MOVES();
		IS(TDP_OK, tdp_set_attrs(&h->tree, h->b, h->p, UC, TDP_MASK_MEMTYPE, &h->op));
		NO_TABLE_MOVES();
		IS(TDP_OK, tdp_replace(&h->tree, h->b, h->p, HPA + i * h->b, HPA + (i + 1) * h->b, RWX, &h->op));
		NO_TABLE_MOVES();
		IS(TDP_SPURIOUS, tdp_map(&h->tree, h->b, h->p, HPA + (i + 1) * h->b, RWX, &h->op));
		NO_TABLE_MOVES();
	}
	IS(TDP_SPURIOUS, tdp_trim(&h->tree, 0, h->end, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, h->b, h->p, &h->op));
	IS(TDP_SPURIOUS, tdp_trim(&h->tree, 0, h->end, &h->op)); /* one page is left */
	IS(TDP_OK, tdp_zap(&h->tree, h->b + h->p, h->p, &h->op));
	NO_TABLE_MOVES();
	IS(TDP_OK, tdp_trim(&h->tree, 0, h->end, &h->op));
	SAME(FREED, linked);
	SAME(tables_linked(h), 0);
}

SCENARIO(S37, note_becomes_note, .modes = FREEING)
{
	unsigned linked;

	IS(TDP_OK, tdp_note(&h->tree, h->b, 2 * h->p, 1, &h->op));
	linked = tables_linked(h);
	for (uint64_t note = 2; note < 6; note++) {
		IS(TDP_OK, tdp_note(&h->tree, h->b, 2 * h->p, note, &h->op));
		NO_TABLE_MOVES();
		NOTED(h->b, 2 * h->p, note);
	}
	/* A note becomes a page, and a page a note. */
	WITH(.flags = TDP_OVER_NOTE);
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->p, HPA, RWX, &h->op));
	NO_TABLE_MOVES();
	GUEST(h->b, REF_W);
	WITH(0);
	IS(TDP_OK, tdp_zap(&h->tree, h->b, h->p, &h->op));
	NO_TABLE_MOVES();
	IS(TDP_OK, tdp_note(&h->tree, h->b, h->p, 9, &h->op));
	NO_TABLE_MOVES();
	IS(TDP_SPURIOUS, tdp_trim(&h->tree, 0, h->end, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, h->b, h->p, 0, &h->op));
	IS(TDP_SPURIOUS, tdp_trim(&h->tree, 0, h->end, &h->op)); /* one note is left */
	IS(TDP_OK, tdp_note(&h->tree, h->b + h->p, h->p, 0, &h->op));
	IS(TDP_OK, tdp_trim(&h->tree, 0, h->end, &h->op));
	SAME(FREED, linked);
}
