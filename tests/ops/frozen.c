/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shared range operations that meet an entry which another thread has frozen: they wait through the relax hook and go on from there, or say
 * TDP_BUSY where there is no such hook. The entry is planted, and the hook is the other thread that gives it up. (The tables of fake formats are
 * so small that a range of pages is a whole table: that is taken away first, and then what is inside is waited for.)
 */
#include "harness.h"

/* What lies under the planted entry, and how often the hook was called. */
static tdp_spte_t *frozen_at, hidden;
static unsigned waits;

static void thaw(void *ctx, void *user)
{
	(void)ctx;
	(void)user;
	*frozen_at = hidden;
	waits++;
}

static void with_relax(struct tdp_mm_ops *ops)
{
	ops->relax = thaw;
}

static void freeze(struct harness *h, unsigned level, tdp_gpa_t gpa)
{
	frozen_at = raw_entry(h, level, gpa);
	hidden = *frozen_at;
	*frozen_at = raw_bits_at(h, level, h->setup->format->frozen);
	waits = 0;
}

static enum tdp_verdict count(void *arg, struct tdp_visit *v)
{
	(void)v;
	(*(unsigned *)arg)++;
	return TDP_GO;
}

static enum tdp_result do_zap(struct harness *h)
{
	return tdp_zap(&h->tree, 0, 4 * h->p, &h->op);
}

static enum tdp_result do_protect(struct harness *h)
{
	return tdp_protect(&h->tree, 0, 4 * h->p, &h->op);
}

static enum tdp_result do_set_attrs(struct harness *h)
{
	return tdp_set_attrs(&h->tree, 0, 4 * h->p, RX, TDP_MASK_PROT, &h->op);
}

static enum tdp_result do_arm(struct harness *h)
{
	return tdp_dirty_arm(&h->tree, 0, 4 * h->p, NULL, &h->op);
}

static enum tdp_result do_walk(struct harness *h)
{
	unsigned n = 0;
	enum tdp_result r = tdp_walk(&h->tree, 0, 4 * h->p, TDP_VISIT_LEAF, count, &n, &h->op);

	SAME(n, r == TDP_OK ? 4 : 2);
	return r;
}

static enum tdp_result do_map(struct harness *h)
{
	return tdp_map(&h->tree, 4 * h->p, 4 * h->p, HPA, RWX, &h->op);
}

static enum tdp_result do_note(struct harness *h)
{
	return tdp_note(&h->tree, 4 * h->p, 4 * h->p, 5, &h->op);
}

/* Pages 0 to 3 are mapped, 4 to 7 are not mapped, 8 is. */
static void pages(struct harness *h)
{
	WITH(.flags = TDP_EXCLUSIVE, .cache = h->cache, .max_level_plus1 = 1);
	IS(TDP_OK, tdp_map(&h->tree, 0, 4 * h->p, HPA, RWX, &h->op));
	WITH(.flags = TDP_EXCLUSIVE, .cache = h->cache, .max_level_plus1 = 1);
	IS(TDP_OK, tdp_map(&h->tree, 8 * h->p, h->p, HPA2, RWX, &h->op));
}

static const struct {
	const char *name;
	enum tdp_result (*call)(struct harness *h);
	unsigned page;					  /* that is frozen */
	enum { NOT, BY_HARDWARE, NEVER } changes_nothing; /* BY_HARDWARE: where it sets Dirty, and has not */
} operations[] = {
	{"zap", do_zap, 2, NOT},	 {"protect", do_protect, 2, NOT}, {"set_attrs", do_set_attrs, 2, NOT},
	{"arm", do_arm, 2, BY_HARDWARE}, {"walk", do_walk, 2, NEVER},	  {"map", do_map, 6, NOT},
	{"note", do_note, 6, NOT},
};

/* A dry run does not wait where the call would: it counts on (it said TDP_BUSY, and after TDP_NOMEM too few tables). */
TREE_TEST(frozen, dry_run_passes, .modes = SHARED, .without = FAKE, .corrupt = true, .hooks = with_relax)
{
	pages(h);
	WITH(.flags = TDP_EXCLUSIVE, .cache = h->cache);
	IS(TDP_OK, tdp_map(&h->tree, 2 * h->b, h->b, HPA, RWX, &h->op));
	freeze(h, 0, 5 * h->p);
	WITH(.cache = h->cache, .flags = TDP_DRY_RUN);
	IS(TDP_OK, do_map(h));
	SAME(h->op.tables, 0);
	WITH(.cache = h->cache, .flags = TDP_DRY_RUN);
	IS(TDP_OK, do_note(h));
	*frozen_at = hidden;
	freeze(h, 1, h->b);
	WITH(.cache = h->cache, .flags = TDP_DRY_RUN);
	IS(TDP_OK, tdp_map(&h->tree, h->b + h->p, h->p, HPA, RWX, &h->op));
	SAME(h->op.tables, 1);
	WITH(.cache = h->cache, .flags = TDP_DRY_RUN);
	IS(TDP_OK, tdp_split(&h->tree, h->b, 2 * h->b, 0, &h->op));
	SAME(h->op.tables, 1);
	SAME(waits, 0);
	*frozen_at = hidden;
}

/* One operation, which must have waited so often and come so far. */
static void check_meets(struct harness *h, size_t i, bool busy, unsigned want_waits, uint64_t want_changed)
{
	enum tdp_result r;

	harness_tables(h, 32);
	pages(h);
	freeze(h, 0, operations[i].page * h->p);
	WITH(.cache = h->cache);
	r = operations[i].call(h);
	if (operations[i].changes_nothing == NEVER || (operations[i].changes_nothing == BY_HARDWARE && h->hw_d))
		want_changed = 0;
	if ((busy ? r != TDP_BUSY : r < 0) || waits != want_waits || h->op.changed != want_changed)
		harness_fail(h, __LINE__, "%s: %s, waited %u times, changed %" PRIu64 " pages, not %s, %u, %" PRIu64,
			     operations[i].name, tdp_result_name(r), waits, h->op.changed / h->p, busy ? "busy" : "well",
			     want_waits, want_changed / h->p);
}

static void clear(struct harness *h)
{
	WITH(.flags = TDP_EXCLUSIVE);
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_zap(&h->tree, 0, h->end, &h->op));
}

TREE_TEST(frozen, range_waits, .modes = SHARED, .without = FAKE, .corrupt = true, .hooks = with_relax)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		check_meets(h, i, false, 1, 4 * h->p);
		clear(h);
	}
}

TREE_TEST(frozen, range_says_busy, .modes = SHARED, .without = FAKE, .corrupt = true)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		check_meets(h, i, true, 0, 2 * h->p);
		SAME(h->op.next, operations[i].page * h->p);
		thaw(NULL, NULL);
		clear(h);
	}
}

/* A hint and a sum wait for nobody. */
TREE_TEST(frozen, age_and_count_pass, .modes = SHARED, .without = FAKE, .corrupt = true, .hooks = with_relax)
{
	struct tdp_count c;

	harness_tables(h, 32);
	pages(h);
	freeze(h, 0, 2 * h->p);
	WITH(0);
	SAME(tdp_age(&h->tree, 0, 4 * h->p, true, NULL, &h->op), TDP_OK);
	SAME(h->op.changed, 3 * h->p);
	SAME(tdp_count(&h->tree, 0, 4 * h->p, &c, &h->op), TDP_OK);
	SAME(c.leaves[0], 3);
	SAME(waits, 0);
	thaw(NULL, NULL);
}

/* What a frozen entry hides may be what is looked for; behind what was found it ends the run. */
TREE_TEST(frozen, extent, .modes = SHARED, .without = FAKE, .corrupt = true, .hooks = with_relax)
{
	struct tdp_mapping m;

	harness_tables(h, 32);
	pages(h);
	freeze(h, 0, 0);
	WITH(0);
	SAME(tdp_extent(&h->tree, 0, h->end, &m, &h->op), TDP_OK);
	SAME(waits, 1);
	SAME(m.gpa, 0);
	SAME(m.entry.size, 4 * h->p);
	freeze(h, 0, 2 * h->p);
	SAME(tdp_extent(&h->tree, 0, h->end, &m, &h->op), TDP_OK);
	SAME(waits, 0);
	SAME(m.entry.size, 2 * h->p);
	thaw(NULL, NULL);
}

TREE_TEST(frozen, next, .modes = SHARED, .without = FAKE, .corrupt = true, .hooks = with_relax)
{
	struct tdp_visit v;

	harness_tables(h, 32);
	pages(h);
	freeze(h, 0, 0);
	WITH(0);
	SAME(tdp_next(&h->tree, 0, h->end, TDP_VISIT_LEAF, &v, &h->op), TDP_OK);
	SAME(waits, 1);
	SAME(v.gpa, 0);
	freeze(h, 0, 0);
	SAME(tdp_next(&h->tree, 0, h->end, TDP_VISIT_LEAF | TDP_VISIT_BAD, &v, &h->op), TDP_OK);
	SAME(waits, 0);
	SAME(v.entry.kind, TDP_FROZEN);
	thaw(NULL, NULL);
}

/* The same where nobody waits: first what hides, then a slot of a root that is gone for ever. */
TREE_TEST(frozen, looking_says_busy, .modes = SHARED, .without = FAKE, .corrupt = true)
{
	struct tdp_mapping m;
	struct tdp_visit v;

	harness_tables(h, 32);
	pages(h);
	freeze(h, 0, 0);
	WITH(0);
	SAME(tdp_extent(&h->tree, 0, h->end, &m, &h->op), TDP_BUSY);
	SAME(h->op.next, 0);
	SAME(tdp_next(&h->tree, 0, h->end, TDP_VISIT_LEAF, &v, &h->op), TDP_BUSY);
	*frozen_at = h->setup->format->dead;
	SAME(tdp_extent(&h->tree, 0, h->end, &m, &h->op), TDP_STALE_ROOT);
	SAME(tdp_next(&h->tree, 0, h->end, TDP_VISIT_LEAF, &v, &h->op), TDP_STALE_ROOT);
	thaw(NULL, NULL);
}

/* A huge leaf that somebody else is splitting. */
TREE_TEST(frozen, split_waits, .modes = SHARED, .without = FAKE, .corrupt = true, .hooks = with_relax)
{
	harness_tables(h, 32);
	WITH(.flags = TDP_EXCLUSIVE, .cache = h->cache, .max_level_plus1 = 2);
	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RWX, &h->op));
	freeze(h, 1, 0);
	WITH(.cache = h->cache);
	SAME(tdp_split(&h->tree, 0, h->b, 0, &h->op), TDP_OK);
	SAME(waits, 1);
	MAPPED(0, h->b, HPA, RWX);
}
