/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdp_lookup() and tdp_next(): one address, one step.
 */
#include "harness.h"

TREE_TEST(lookup, leaf)
{
	struct tdp_mapping m;

	IS(TDP_OK, tdp_map(&h->tree, h->g, h->b, HPA, RX, &h->op));
	memset(&m, 0xa5, sizeof(m));
	IS(TDP_OK, tdp_lookup(&h->tree, h->g + h->p + 0x7b, &m, NULL));
	SAME(STORES + FLUSHES + BARRIERS, 0);
	SAME(m.gpa, h->g);
	SAME(m.entry.hpa, HPA);
	SAME(m.entry.size, h->b);
	SAME(m.entry.level, 1);
	SAME(m.entry.kind, TDP_LEAF);
	SAME(m.entry.raw, *raw_entry(h, 1, h->g));
	SAME(m.entry.attrs.prot, TDP_RX);
	SAME(m.entry.live, TDP_RX);
	SAME(m.entry.accessed, 1);
	SAME(m.entry.note, 0);
	CHECK(!m.entry.dirty && !m.entry.why && !m.entry.state && !m.entry.pad);
	WITH(.flags = TDP_EXCLUSIVE);
	IS(TDP_OK, tdp_lookup(&h->tree, h->g + h->b - 1, &m, &h->op));
	SAME(m.gpa, h->g);
}

/* A hole is as large as the entry that shows it. */
TREE_TEST(lookup, absent)
{
	struct tdp_mapping m;

	memset(&m, 0xa5, sizeof(m));
	IS(TDP_ABSENT, tdp_lookup(&h->tree, h->end - 1, &m, NULL));
	SAME(m.entry.kind, TDP_EMPTY);
	SAME(m.entry.level, h->layout.top_level);
	SAME(m.entry.size, tdp_level_size(&h->layout, h->layout.top_level));
	SAME(m.gpa, h->end - m.entry.size);
	SAME(m.entry.hpa + m.entry.note + m.entry.live + m.entry.attrs.prot, 0);
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	IS(TDP_ABSENT, tdp_lookup(&h->tree, h->p + 5, &m, NULL));
	SAME(m.gpa, h->p);
	SAME(m.entry.size, h->p);
	IS(TDP_ABSENT, tdp_lookup(&h->tree, 2 * h->b - 1, &m, NULL));
	SAME(m.gpa, h->b);
	SAME(m.entry.size, h->b);
	IS(TDP_OK, tdp_note(&h->tree, h->b, h->b, 0x77, &h->op));
	IS(TDP_ABSENT, tdp_lookup(&h->tree, 2 * h->b - 1, &m, NULL));
	SAME(m.entry.kind, TDP_NOTE);
	SAME(m.entry.note, 0x77);
	SAME(m.gpa, h->b);
}

TREE_TEST(lookup, refusals)
{
	struct tdp_mapping m;

	IS(TDP_RANGE, tdp_lookup(&h->tree, h->end, &m, NULL));
	IS(TDP_RANGE, tdp_lookup(&h->tree, UINT64_MAX, &m, NULL));
	for (unsigned bit = 1; bit < 32; bit++) {
		WITH(.flags = 1u << bit);
		IS(TDP_INVALID, tdp_lookup(&h->tree, 0, &m, &h->op));
	}
}

/* A frozen entry, and the slot of a root that was invalidated. */
TREE_TEST(lookup, frozen_and_dead, .corrupt = true)
{
	const struct tdp_format *f = h->setup->format;
	struct tdp_fault fault = {.backing = {.hpa = HPA, .size = h->p, .attrs = RWX}, .access = TDP_READ};
	struct tdp_mapping m;
	tdp_spte_t *e;

	IS(TDP_OK, tdp_map(&h->tree, 0, 2 * h->p, HPA, RWX, &h->op));
	e = raw_entry(h, 0, 0);
	*e = f->frozen;
	SAME(tdp_lookup(&h->tree, 0, &m, NULL), TDP_BUSY);
	SAME(m.entry.kind, TDP_FROZEN);
	SAME(m.entry.state, 0);
	SAME(tdp_fault(&h->tree, &fault, NULL), TDP_BUSY);
	SAME(tdp_map(&h->tree, 0, 2 * h->p, HPA, RWX, &h->op), TDP_BUSY);
	SAME(h->op.next, 0);
	SAME(tdp_replace(&h->tree, 0, h->p, HPA, HPA2, RWX, NULL), TDP_BUSY);
	*e = f->dead;
	SAME(tdp_lookup(&h->tree, 0, &m, NULL), TDP_STALE_ROOT);
	SAME(m.entry.state, TDP_STATE_DEAD);
	SAME(tdp_fault(&h->tree, &fault, NULL), TDP_STALE_ROOT);
	*e = f->empty;
	SAME(tdp_lookup(&h->tree, 0, &m, NULL), TDP_ABSENT);
}

/* ---- the iterator ---- */

/* Steps through a range; counts what it finds and checks that it ascends without gaps where holes are asked for. */
static unsigned count_steps(struct harness *h, tdp_gpa_t gpa, uint64_t size, unsigned when)
{
	const unsigned both = TDP_VISIT_LEAF | TDP_VISIT_HOLE;
	const tdp_gpa_t end = gpa + size;
	enum tdp_result r = TDP_OK;
	struct tdp_visit v;
	unsigned n = 0;

	while (gpa < end && (r = tdp_next(&h->tree, gpa, end - gpa, when, &v, NULL)) == TDP_OK) {
		CHECK(v.gpa + v.entry.size > gpa && (v.when & when) != 0);
		CHECK(v.gpa < end);
		CHECK((when & both) != both || v.gpa <= gpa);
		CHECK(v.opaque[0] == 0 && v.opaque[1] == 0 && v.opaque[2] == 0 && v.opaque[3] == 0);
		gpa = v.gpa + v.entry.size;
		n++;
	}
	CHECK(r == TDP_OK || r == TDP_ABSENT);
	return n;
}

TREE_TEST(next, what_is_asked_for)
{
	struct tdp_visit v;

	IS(TDP_OK, tdp_map(&h->tree, h->b - h->p, h->b + 2 * h->p, HPA + h->b - h->p, RWX, &h->op));
	IS(TDP_OK, tdp_note(&h->tree, h->g, h->p, 6, &h->op));
	SAME(count_steps(h, 0, 2 * h->g, TDP_VISIT_LEAF), 3);
	/* Empty entries: of the leaf tables at 0, 2b and g, of the upper tables at 0 and g; and the note. */
	SAME(count_steps(h, 0, 2 * h->g, TDP_VISIT_HOLE), 3 * (h->n - 1) + 2 * (h->n - 1) - 2 + 1);
	SAME(count_steps(h, 0, 2 * h->g, TDP_VISIT_HOLE | TDP_VISIT_LEAF), 3 * h->n + h->n - 2 + h->n - 1);
	SAME(count_steps(h, 0, h->end, TDP_VISIT_BAD), 0);
	IS(TDP_OK, tdp_next(&h->tree, 0, h->g, TDP_VISIT_LEAF, &v, NULL));
	SAME(v.gpa, h->b - h->p);
	SAME(v.when, TDP_VISIT_LEAF);
	SAME(v.entry.hpa, HPA + h->b - h->p);
	SAME(v.entry_hpa + referee_ops(h->r)->va_offset, (uintptr_t)raw_entry(h, 0, h->b - h->p));
	IS(TDP_OK, tdp_next(&h->tree, h->g, h->p, TDP_VISIT_HOLE, &v, NULL));
	SAME(v.entry.note, 6);
	/* It may begin before the range, and the range may begin inside a huge leaf. */
	IS(TDP_OK, tdp_next(&h->tree, h->b + h->p, h->p, TDP_VISIT_LEAF, &v, &h->op));
	SAME(v.gpa, h->b);
	IS(TDP_ABSENT, tdp_next(&h->tree, 0, h->b - h->p, TDP_VISIT_LEAF, &v, NULL));
	IS(TDP_ABSENT, tdp_next(&h->tree, 2 * h->b + h->p, h->end - 2 * h->b - h->p, TDP_VISIT_LEAF, &v, NULL));
}

TREE_TEST(next, bad_entries, .corrupt = true)
{
	struct tdp_visit v;

	IS(TDP_OK, tdp_map(&h->tree, 0, 2 * h->p, HPA, RWX, &h->op));
	*raw_entry(h, 0, h->p) = h->setup->format->frozen;
	SAME(tdp_next(&h->tree, 0, h->end, TDP_VISIT_BAD, &v, NULL), TDP_OK);
	SAME(v.gpa, h->p);
	SAME(v.when, TDP_VISIT_BAD);
	SAME(v.entry.kind, TDP_FROZEN);
}

/* The tree may change between two steps, under the iterator's feet. */
TREE_TEST(next, tree_changes_between_steps)
{
	struct tdp_visit v;
	tdp_gpa_t gpa = 0;

	IS(TDP_OK, map_at(h, 0, 0, 4 * h->b, HPA, RWX));
	while (tdp_next(&h->tree, gpa, 4 * h->b - gpa, TDP_VISIT_LEAF, &v, NULL) == TDP_OK) {
		CHECK(v.gpa >= gpa);
		gpa = v.gpa + v.entry.size;
		if (v.gpa == h->p) /* the table that it stood in */
			IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
		else if (v.gpa == h->b) /* the page that comes next */
			IS(TDP_OK, tdp_zap(&h->tree, h->b + h->p, h->p, &h->op));
		else if (v.gpa == h->b + 2 * h->p) /* the table that comes next becomes a leaf */
			IS(TDP_OK, tdp_zap(&h->tree, 2 * h->b, h->b, &h->op));
		else if (v.gpa == 2 * h->b - h->p)
			IS(TDP_OK, tdp_map(&h->tree, 2 * h->b, h->b, HPA, RWX, &h->op));
		CHECK(v.gpa < 2 * h->p || v.gpa >= h->b);
		CHECK(v.gpa != h->b + h->p);
		CHECK(v.gpa != 2 * h->b || v.entry.level == 1);
	}
	SAME(gpa, 4 * h->b);
}
