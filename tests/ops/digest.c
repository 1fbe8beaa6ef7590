/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of a tree as one number, read from memory as a stranger would read a dump: the engine under test has no part in it.
 */
#include "harness.h"

/* FNV-1a, a word at a time. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
	for (unsigned i = 0; i < 8; i++)
		hash = (hash ^ (word >> 8 * i & 0xff)) * UINT64_C(0x100000001b3);
	return hash;
}

#define HASH_START UINT64_C(0xcbf29ce484222325)

/* Reads simulated physical memory. */
static bool read_memory(void *arg, tdp_hpa_t hpa, void *buf, size_t bytes)
{
	struct harness *h = arg;

	memcpy(buf, (const void *)(uintptr_t)(hpa + referee_ops(h->r)->va_offset), bytes);
	return true;
}

/* The tree's tables as a dump. */
static struct tdp_view view_of(struct harness *h)
{
	struct tdp_view view = {.layout = h->layout, .read = read_memory, .ctx = h};
	struct tdp_layout layout;
	struct tdp_regs regs;

	SAME(tdp_tree_regs(&h->tree, &regs), TDP_OK);
	SAME(tdp_layout_from_regs(&layout, h->setup->format, &regs, &view.root), TDP_OK);
	return view;
}

/* Every entry of every table. */
static void visit_all(struct harness *h, unsigned when, tdp_visit_fn fn, void *arg)
{
	struct tdp_view view = view_of(h);

	SAME(tdp_view_walk(&view, 0, h->end, when, fn, arg), TDP_OK);
}

static enum tdp_verdict mix_entry(void *arg, struct tdp_visit *visit)
{
	uint64_t *hash = arg;

	*hash = mix(mix(mix(*hash, visit->gpa), visit->entry.level), visit->entry.raw);
	return TDP_GO;
}

uint64_t tables_digest(struct harness *h)
{
	uint64_t hash = HASH_START;

	visit_all(h, TDP_VISIT_LEAF | TDP_VISIT_TABLE_PRE | TDP_VISIT_HOLE | TDP_VISIT_BAD, mix_entry, &hash);
	return hash;
}

static enum tdp_verdict count_table(void *arg, struct tdp_visit *visit)
{
	(void)visit;
	++*(unsigned *)arg;
	return TDP_GO;
}

unsigned tables_linked(struct harness *h)
{
	unsigned n = 0;

	visit_all(h, TDP_VISIT_TABLE_PRE, count_table, &n);
	return n;
}

/* A run of leaves, or of notes, that are one to whoever does not look at levels. */
struct content {
	struct harness *h;
	uint64_t hash;
	tdp_gpa_t from, to; /* what counts */
	tdp_gpa_t gpa, end; /* of the run; empty: equal */
	tdp_hpa_t hpa;	    /* of gpa */
	struct tdp_entry first;
};

/* The run is over. */
static void mix_run(struct content *c)
{
	const struct tdp_attrs *a = &c->first.attrs;

	if (c->gpa == c->end)
		return;
	c->hash = mix(mix(mix(c->hash, c->gpa), c->end), c->first.kind);
	if (c->first.kind == TDP_LEAF)
		c->hash = mix(mix(c->hash, c->hpa),
			      a->prot | (uint64_t)a->memtype << 8 | (uint64_t)a->flags << 16 | (uint64_t)a->sw << 24);
	else
		c->hash = mix(c->hash, c->first.note);
	c->gpa = c->end;
}

/* Does an entry go on where the run ends? */
static bool goes_on(const struct content *c, tdp_gpa_t gpa, const struct tdp_entry *e)
{
	if (c->gpa == c->end || gpa != c->end || e->kind != c->first.kind)
		return false;
	if (e->kind == TDP_NOTE)
		return e->note == c->first.note;
	return e->hpa == c->hpa + (gpa - c->gpa) && memcmp(&e->attrs, &c->first.attrs, sizeof(e->attrs)) == 0;
}

static enum tdp_verdict mix_content(void *arg, struct tdp_visit *visit)
{
	struct content *c = arg;
	tdp_gpa_t gpa = visit->gpa;
	struct tdp_entry e;

	tdp_decode(&c->h->layout, TDP_OURS, visit->entry.level, visit->entry.raw, &e);
	if (e.kind != TDP_LEAF && e.kind != TDP_NOTE) {
		mix_run(c);
		return TDP_GO;
	}
	if (gpa < c->from) {
		e.hpa += c->from - gpa;
		gpa = c->from;
	}
	if (!goes_on(c, gpa, &e)) {
		mix_run(c);
		c->gpa = gpa;
		c->hpa = e.hpa;
		c->first = e;
	}
	c->end = visit->gpa + e.size < c->to ? visit->gpa + e.size : c->to;
	return TDP_GO;
}

uint64_t content_digest(struct harness *h, tdp_gpa_t gpa, uint64_t size)
{
	struct content c = {.h = h, .hash = HASH_START, .from = gpa, .to = gpa + size};
	struct tdp_view view = view_of(h);

	if (size == 0)
		return c.hash;
	SAME(tdp_view_walk(&view, gpa, size, TDP_VISIT_LEAF | TDP_VISIT_HOLE | TDP_VISIT_BAD, mix_content, &c), TDP_OK);
	mix_run(&c);
	return c.hash;
}

tdp_spte_t *raw_entry(struct harness *h, unsigned level, tdp_gpa_t gpa)
{
	const uint64_t offset = referee_ops(h->r)->va_offset;
	unsigned l = h->layout.top_level;
	uint64_t index = gpa / tdp_level_size(&h->layout, l);
	tdp_spte_t *table = (tdp_spte_t *)(uintptr_t)(view_of(h).root + offset);

	for (; l > level; l--) {
		struct tdp_entry e;

		tdp_decode(&h->layout, TDP_OURS, l, table[index], &e);
		if (e.kind != TDP_TABLE)
			harness_fail(h, 0, "no table of level %u entries at gpa %#" PRIx64, level, gpa);
		table = (tdp_spte_t *)(uintptr_t)(e.hpa + offset);
		index = gpa / tdp_level_size(&h->layout, l - 1) % h->n;
	}
	return table + index;
}

tdp_spte_t raw_bits_at(const struct harness *h, unsigned level, tdp_spte_t bits)
{
	const unsigned by = h->setup->format->level_skew * level;

	return by ? bits << by | bits >> (64 - by) : bits;
}
