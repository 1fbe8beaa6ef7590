/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree against the flat reference.
 */
#include "trial.h"

#include <inttypes.h>

/* Hardware's permissions, for the walker of this machine: nested accesses are user accesses. */
static unsigned walker_permits(const struct trial *t, const struct cell *c)
{
	unsigned live = model_live(c);

	if (t->setup->kind != REF_NPT || !(c->attrs.flags & TDP_ATTR_SUPERVISOR))
		return live;
	return t->setup->ref_features & REF_GUEST_TABLES ? live & ~(unsigned)TDP_XU : 0;
}

struct referee_page trial_page(void *arg, tdp_gpa_t gpa)
{
	const struct trial *t = arg;
	unsigned i = world_first(&t->w, gpa);
	const struct cell *c = &t->m.cell[i];
	struct referee_page page = {.mapped = c->kind == CELL_LEAF, .memtype = -1};

	if (!page.mapped)
		return page;
	page.hpa = c->hpa + (gpa - t->w.gpa[i]);
	page.must = page.may = (uint8_t)walker_permits(t, c);
	page.may |= model_woke_shut(c) ? TDP_W : 0;
	page.memtype = c->attrs.memtype;
	return page;
}

static bool same_attrs(struct tdp_attrs a, struct tdp_attrs b)
{
	return a.prot == b.prot && a.memtype == b.memtype && a.flags == b.flags && a.sw == b.sw;
}

/* A leaf in words against one cell. */
static void compare_leaf(struct trial *t, unsigned i, tdp_gpa_t gpa, const struct tdp_mapping *is)
{
	const struct tdp_entry *e = &is->entry;
	const struct cell *c = &t->m.cell[i];
	const bool remembers = setup_remembers(t->setup);
	bool dirty = e->dirty, sd = (e->state & TDP_STATE_WRITTEN) != 0, mw = (e->state & TDP_STATE_MMU_WRITABLE) != 0;

	if (e->hpa + (gpa - is->gpa) != c->hpa + (gpa - t->w.gpa[i]))
		trial_fail(t, "gpa %#" PRIx64 " leads to %#" PRIx64 ", not to %#" PRIx64, gpa, e->hpa + (gpa - is->gpa),
			   c->hpa + (gpa - t->w.gpa[i]));
	else if (!same_attrs(e->attrs, c->attrs))
		trial_fail(t, "gpa %#" PRIx64 " has prot %#x type %u flags %#x sw %#x, not %#x %u %#x %#x", gpa, e->attrs.prot,
			   e->attrs.memtype, e->attrs.flags, e->attrs.sw, c->attrs.prot, c->attrs.memtype, c->attrs.flags,
			   c->attrs.sw);
	else if (e->live != model_now(&t->m, c) || mw != c->mw)
		trial_fail(t, "gpa %#" PRIx64 " permits %#x and is%s MMU-writable, not %#x and%s", gpa, e->live, mw ? "" : " not",
			   model_now(&t->m, c), c->mw ? "" : " not");
	else if ((c->d && !dirty) || (!c->d_may && dirty) || (c->written && !dirty && !sd && remembers))
		trial_fail(t, "gpa %#" PRIx64 " is %s", gpa, dirty ? "dirty without a write" : "clean, though it was written");
	else if ((c->sd && !sd && remembers) || (!c->sd_may && sd))
		trial_fail(t, "gpa %#" PRIx64 " is%s marked as collected", gpa, sd ? "" : " not");
	else if ((c->a && !e->accessed) || (!c->a_may && e->accessed))
		trial_fail(t, "gpa %#" PRIx64 " is%s accessed", gpa, e->accessed ? "" : " not");
}

/* What tdp_lookup() says of one page against its cell. */
static void compare_page(struct trial *t, unsigned i, tdp_gpa_t gpa)
{
	static const uint8_t kinds[] = {[CELL_EMPTY] = TDP_EMPTY, [CELL_LEAF] = TDP_LEAF, [CELL_NOTE] = TDP_NOTE};
	const struct cell *c = &t->m.cell[i];
	uint64_t span = world_span(&t->w, c->level);
	struct tdp_mapping is;
	enum tdp_result r = tdp_lookup(&t->tree, gpa, &is, NULL);

	if (r != (c->kind == CELL_LEAF ? TDP_OK : TDP_ABSENT) || is.entry.kind != kinds[c->kind])
		trial_fail(t, "lookup of gpa %#" PRIx64 ": %s, kind %u level %u, not kind %u", gpa, tdp_result_name(r),
			   is.entry.kind, is.entry.level, kinds[c->kind]);
	else if (is.entry.level != c->level || is.entry.size != span || is.gpa != (gpa & ~(span - 1)))
		trial_fail(t, "gpa %#" PRIx64 " lies under an entry of level %u at %#" PRIx64 ", not of level %u", gpa,
			   is.entry.level, is.gpa, c->level);
	else if (c->kind == CELL_NOTE && is.entry.note != c->note)
		trial_fail(t, "gpa %#" PRIx64 " holds the note %#" PRIx64 ", not %#" PRIx64, gpa, is.entry.note, c->note);
	else if (c->kind == CELL_LEAF)
		compare_leaf(t, i, gpa, &is);
	if (t->failed || c->kind != CELL_LEAF || !world_hot(&t->w, i))
		return;
	t->m.cell[i].d = t->m.cell[i].d_may = is.entry.dirty != 0;
	if (setup_remembers(t->setup))
		t->m.cell[i].sd = t->m.cell[i].sd_may = (is.entry.state & TDP_STATE_WRITTEN) != 0;
	t->m.cell[i].a = t->m.cell[i].a_may = is.entry.accessed != 0;
}

void trial_compare(struct trial *t, tdp_gpa_t gpa, tdp_gpa_t end)
{
	WORLD_EACH(&t->w, i, gpa, end) {
		if (t->failed)
			return;
		compare_page(t, i, t->w.gpa[i]);
		if (!t->failed && !world_hot(&t->w, i))
			compare_page(t, i, t->w.gpa[i] + t->w.size[i] - PAGE);
	}
}

void trial_disturb(struct trial *t, tdp_gpa_t gpa, tdp_gpa_t end)
{
	if (t->setup->quirks & SETUP_NO_ADVERSARY)
		return;
	WORLD_EACH(&t->w, i, gpa, end) {
		struct cell *c = &t->m.cell[i];

		if (c->kind != CELL_LEAF)
			continue;
		c->d_may |= t->w.hw_d && c->w;
		c->a_may |= t->w.hw_a;
	}
}

/* What the dirty hook was told in this call is what it had to be told. */
static void settle_reports(struct trial *t)
{
	for (unsigned i = 0; i < t->w.cells; i++) {
		struct cell *c = &t->m.cell[i];

		if (c->must && c->told < t->w.size[i] && t->dirty_hook)
			trial_fail(t, "gpa %#" PRIx64 " was written, and is not reported", t->w.gpa[i]);
		c->must = c->may = c->name = c->name_may = c->armed = false;
		c->told = 0;
	}
}

void trial_settle(struct trial *t)
{
	struct referee_counts counts = referee_counts(t->r);
	unsigned cached = tdp_cache_count(referee_cache(t->r)) + tdp_cache_count(&t->own);

	if (!referee_clean(t->r))
		trial_fail(t, "%s", referee_violations(t->r));
	settle_reports(t);
	if (t->helds)
		trial_fail(t, "%u tables are still mapped", t->helds);
	if (counts.linked != model_tables(&t->m))
		trial_fail(t, "%u tables are linked, not %u", counts.linked, model_tables(&t->m));
	else if (counts.tables != counts.linked + cached)
		trial_fail(t, "%u tables are neither linked nor spare", counts.tables - counts.linked - cached);
}

static void on_violation(void *arg, unsigned invariant, const struct tdp_visit *where)
{
	trial_fail(arg, "tdp_verify: invariant %u at gpa %#" PRIx64 " level %u: %#" PRIx64, invariant, where->gpa,
		   where->entry.level, where->entry.raw);
}

void trial_check_all(struct trial *t)
{
	enum tdp_result r;

	if (t->failed)
		return;
	trial_compare(t, 0, t->w.end);
	r = tdp_verify(&t->tree, on_violation, t);
	if (r != TDP_OK)
		trial_fail(t, "tdp_verify: %s", tdp_result_name(r));
	WORLD_EACH(&t->w, i, 0, t->w.end) {
		referee_check_map(t->r, &t->tree, t->w.gpa[i], PAGE, trial_page, t);
		if (!world_hot(&t->w, i))
			referee_check_map(t->r, &t->tree, t->w.gpa[i] + t->w.size[i] - PAGE, PAGE, trial_page, t);
	}
	referee_audit(t->r);
	trial_settle(t);
}
