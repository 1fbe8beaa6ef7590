/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's accesses, and the flush of gathers.
 */
#include "trial.h"

#include <inttypes.h>

/* What an access must come to while nothing is put off. */
static enum ref_fault expected(const struct trial *t, const struct cell *c, tdp_gpa_t gpa, unsigned access)
{
	struct referee_page page = trial_page((void *)(uintptr_t)t, gpa & ~(PAGE - 1));

	if (c->kind != CELL_LEAF)
		return c->kind == CELL_NOTE && (c->note_flags & TDP_NOTE_MISCONFIG) ? REF_RESERVED_BITS : REF_NOT_PRESENT;
	if (!t->w.hw_a && !c->a)
		return REF_ACCESS_FLAG;
	return access & ~(unsigned)page.must ? REF_PERMISSION : REF_OK;
}

/*
 * Hardware's marks for an access to a leaf. stale: it may have been served by a translation of before, whose marks were set before;
 * cached: by one that may be older than the last aging.
 */
static void mark(struct trial *t, unsigned i, unsigned access, bool stale, bool cached)
{
	tdp_gpa_t base = model_base(&t->m, i), end = model_end(&t->m, i);

	WORLD_EACH(&t->w, k, base, end) {
		struct cell *c = &t->m.cell[k];

		if (t->w.hw_a) {
			c->a |= !cached;
			c->a_may = true;
		}
		if (access & TDP_W) {
			c->d |= !stale;
			c->d_may = true;
		}
	}
	if (access & TDP_W)
		t->m.cell[i].written = true;
}

void trial_guest(struct trial *t, tdp_gpa_t gpa, unsigned access)
{
	unsigned i = world_first(&t->w, gpa);
	const struct cell *c = &t->m.cell[i];
	enum ref_fault want;
	struct referee_access is;
	bool ours;

	if (t->failed)
		return;
	trial_note(t, "guest %#" PRIx64 " access %#x", gpa, access);
	want = expected(t, c, gpa, access);
	is = referee_guest(t->r, &t->tree, gpa, access);
	ours = is.fault == REF_OK && c->kind == CELL_LEAF && is.hpa == c->hpa + (gpa - t->w.gpa[i]);
	trial_say(t, "  = %s %#" PRIx64 "%s", ref_fault_name(is.fault), is.hpa, is.cached ? " cached" : "");
	/* Aging flushes nothing: where the next access should fault, what a CPU has cached may serve once more. */
	if (want == REF_ACCESS_FLAG && is.cached && ours && !(access & ~(unsigned)trial_page(t, gpa & ~(PAGE - 1)).may)) {
		mark(t, i, access, true, true);
		return;
	}
	/* So may one of before a leaf was opened without W: it is dirty anyway. */
	if (want == REF_PERMISSION && is.cached && ours && model_woke_shut(c) && !(access & ~(unsigned)c->attrs.prot)) {
		mark(t, i, access, true, true);
		return;
	}
	/* Where a gather still owes a flush, a translation of before may serve once more. */
	if (c->stale ? is.fault != want && is.fault != REF_OK : is.fault != want || (want == REF_OK && !ours))
		trial_fail(t, "the guest gets: %s at hpa %#" PRIx64 ", not %s", ref_fault_name(is.fault), is.hpa,
			   ref_fault_name(want));
	if (ours && want == REF_OK)
		mark(t, i, access, c->stale && is.cached, is.cached);
	if (!referee_clean(t->r))
		trial_fail(t, "%s", referee_violations(t->r));
}

void trial_flush(struct trial *t, unsigned gather)
{
	const uint8_t bit = model_bit(gather);

	if (t->failed)
		return;
	trial_note(t, "gather_flush %u", gather);
	referee_gather_flush(t->r, trial_gather(t, gather), t);
	for (unsigned i = 0; i < t->w.cells; i++) {
		struct cell *c = &t->m.cell[i];

		if ((c->owed & bit) && t->dirty_hook)
			trial_fail(t, "gpa %#" PRIx64 " was written, and the gather did not report it", t->w.gpa[i]);
		c->owed &= (uint8_t)~bit;
		c->owed_may &= (uint8_t)~bit;
		c->stale &= (uint8_t)~bit;
	}
	trial_settle(t);
}
