/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TDP_DRY_RUN over random trees and calls: it changes nothing, and what it foretells is exactly what the call then takes, so that a
 * pool of that many tables is enough.
 */
#include "harness.h"

enum { TABLES = 64 };

/* One call of a random sequence. */
struct step {
	unsigned number, kind;
	tdp_gpa_t gpa;
	uint64_t size;
	tdp_hpa_t hpa, old_hpa;
	struct tdp_attrs attrs;
	uint64_t note;
	uint32_t flags;
	uint8_t max_level_plus1;
	uint64_t piece; /* map_from */
};

/* xorshift64*: the same sequence on every machine. */
static uint64_t next_random(uint64_t *seed, uint64_t below)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (*seed * UINT64_C(0x2545f4914f6cdd1d) >> 33) % below;
}

/* An address near the corners of tables of all levels. */
static tdp_gpa_t random_gpa(const struct harness *h, uint64_t *seed)
{
	const uint64_t low = next_random(seed, 3) ? next_random(seed, 4) * h->p : 0;

	return next_random(seed, 3) * h->g + next_random(seed, 4) * h->b + low;
}

static struct step random_step(const struct harness *h, unsigned number, uint64_t *seed)
{
	static const uint8_t prots[] = {TDP_R, TDP_RW, TDP_RX, TDP_RWX};
	struct step s = {.number = number, .kind = (unsigned)next_random(seed, 9)};
	const tdp_gpa_t a = random_gpa(h, seed), b = random_gpa(h, seed);

	s.gpa = a < b ? a : b;
	s.size = a == b ? h->p : a < b ? b - a : a - b;
	s.attrs = (struct tdp_attrs){prots[next_random(seed, 4)], next_random(seed, 4) ? TDP_MT_WB : TDP_MT_UC, 0,
				     (uint8_t)(next_random(seed, 2) & h->sw)};
	/* Mostly one linear mapping, so that calls meet each other's leaves; sometimes moved by a page or a b. */
	s.old_hpa = HPA + s.gpa;
	s.hpa = HPA + s.gpa + (next_random(seed, 3) ? 0 : h->p << next_random(seed, 2) * 9);
	s.note = next_random(seed, 3);
	s.piece = h->p << next_random(seed, 4);
	s.max_level_plus1 = (uint8_t)next_random(seed, 4);
	/* Pages by the thousand take long and say no more. */
	if (s.size > 4 * h->b && h->n > 4 && (s.kind == 1 || s.kind == 6 || s.max_level_plus1 == 1 || s.hpa % h->b != s.gpa % h->b))
		s.size = s.size % h->b + h->b + h->p;
	return s;
}

/* Random memory: pieces with memory types of their own. */
static bool random_memory(void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out)
{
	const struct step *s = arg;
	const uint64_t i = gpa / s->piece * 11;

	(void)size;
	*out = (struct tdp_backing){.hpa = HPA2 + gpa, .size = s->piece - gpa % s->piece, .attrs = s->attrs};
	out->attrs.memtype = i % 5 < 2 ? TDP_MT_UC : TDP_MT_WB;
	out->max_level_plus1 = i % 7 == 0;
	return i % 97 != 96;
}

static enum tdp_result take_step(struct harness *h, struct step *s)
{
	static const uint32_t map_flags[] = {0, 0, TDP_PREFETCH, TDP_OVER_NOTE},
			      zap_flags[] = {0, 0, TDP_OVERZAP, TDP_SKIP_PARTIAL};
	const struct tdp_fault f = {.gpa = s->gpa + 5,
				    .base = s->gpa,
				    .backing = {.hpa = s->hpa, .size = s->size, .attrs = s->attrs},
				    .access = s->attrs.prot & (TDP_R | TDP_W)};

	h->op.max_level_plus1 = s->max_level_plus1;
	switch (s->kind) {
	case 0:
		h->op.flags |= map_flags[s->number % 4];
		return tdp_map(&h->tree, s->gpa, s->size, s->hpa, s->attrs, &h->op);
	case 1:
		h->op.flags |= map_flags[s->number % 4];
		return tdp_map_from(&h->tree, s->gpa, s->size, random_memory, s, &h->op);
	case 2:
		h->op.flags |= map_flags[s->number % 4] | (s->number % 3 ? 0 : TDP_LOG_DIRTY);
		return tdp_fault(&h->tree, &f, &h->op);
	case 3:
		return tdp_replace(&h->tree, s->gpa, s->size, s->old_hpa, s->hpa, s->attrs, &h->op);
	case 4:
		return tdp_note(&h->tree, s->gpa, s->size, s->note, &h->op);
	case 5:
		h->op.flags |= zap_flags[s->number % 4];
		return tdp_zap(&h->tree, s->gpa, s->size, &h->op);
	case 6:
		return tdp_split(&h->tree, s->gpa, s->size, s->number % 3, &h->op);
	default:
		h->op.flags |= s->number % 4 ? 0 : TDP_SKIP_PARTIAL;
		return tdp_set_attrs(&h->tree, s->gpa, s->size, s->attrs, TDP_MASK_PROT | TDP_MASK_SW, &h->op);
	}
}

/* Dry, then with exactly the tables foretold. */
static void check_step(struct harness *h, struct step *s)
{
	const uint64_t state = tables_digest(h);
	enum tdp_result dry, real;
	uint32_t foretold;

	harness_tables(h, 0);
	WITH(.flags = TDP_DRY_RUN);
	harness_before(h, "a dry run");
	dry = take_step(h, s);
	harness_after(h, __LINE__, dry, dry, "a dry run");
	foretold = h->op.tables;
	if (STORES + FLUSHES + TAKEN + h->op.changed != 0 || tables_digest(h) != state)
		harness_fail(h, (int)s->number, "step of kind %u: the dry run changed something", s->kind);
	harness_tables(h, foretold);
	WITH(0);
	harness_before(h, "the call");
	real = take_step(h, s);
	harness_after(h, __LINE__, real, real, "the call");
	if (TAKEN != foretold || (dry < 0 ? real != dry : real < 0))
		harness_fail(h, (int)s->number,
			     "step of kind %u, gpa %#" PRIx64 " size %#" PRIx64 ": foretold %s and %u tables, got %s and %u",
			     s->kind, s->gpa, s->size, tdp_result_name(dry), foretold, tdp_result_name(real), TAKEN);
}

/* Calls that meet what earlier ones left. */
static void check_sequence(struct harness *h, unsigned steps, uint64_t seed)
{
	for (unsigned i = 0; i < steps; i++) {
		struct step s = random_step(h, i, &seed);

		check_step(h, &s);
		if (i % 20 == 19) { /* not only full trees */
			WITH(.flags = i % 40 == 19 ? 0 : TDP_ZAP_LEAVES);
			harness_tables(h, TABLES);
			IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_zap(&h->tree, 0, (1 + i % 3) * h->g, &h->op));
		}
	}
}

TREE_TEST(dry_run, foretells_exactly)
{
	check_sequence(h, 120, 0x5eed0001);
}

/* On tiny tables the same number of calls meets far more corners. */
TREE_TEST(dry_run, foretells_exactly_on_tiny_tables, .with = FAKE)
{
	for (uint64_t seed = 1; seed < 6; seed++) {
		check_sequence(h, 400, seed * UINT64_C(0x9e3779b97f4a7c15));
		harness_tables(h, TABLES);
		WITH(0);
		IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_zap(&h->tree, 0, h->end, &h->op));
	}
}
