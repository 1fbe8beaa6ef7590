/* SPDX-License-Identifier: BSD-2-Clause */
/* One query; see probes.h. */
#include "probes.h"

enum { SHOWN = 10 };
#define GUEST_TABLE_ENTRY 0xe3u /* present, writable, accessed, dirty, 2 MiB page at guest address 0 */
#define RETURN_CODE	  0xc3u

static const char *const names[] = {"read", "write", "fetch", "walk"};

/* Counts a mismatch; the first ones are shown. */
static void wrong(struct probe_counts *counts, const char *what, enum probe_access access, tdp_gpa_t gpa, uint64_t got,
		  uint64_t want)
{
	if (counts->mismatches++ < SHOWN)
		say("MISMATCH %s: %s at %lx: %lx, should be %lx (query %lu)\n", what, names[access], gpa, got, want,
		    counts->queries);
}

static struct probe_view look(struct layout_run *l, tdp_gpa_t gpa)
{
	struct tdp_mapping m;
	const enum tdp_result result = tdp_lookup(&l->space->tree, gpa, &m, NULL);

	if (result != TDP_OK && result != TDP_ABSENT)
		machine_fail("tdp_lookup %lx: %s", gpa, tdp_result_name(result));
	if (result == TDP_OK)
		m.entry.hpa += gpa - m.gpa;
	return (struct probe_view){.mapped = result == TDP_OK, .entry = m.entry};
}

/* The library against the model. */
static void check_lookup(struct probe_counts *counts, enum probe_access access, tdp_gpa_t gpa, const struct probe_view *view,
			 const struct model_page *page)
{
	uint8_t live = page->prot;

	if (view->mapped != page->mapped || (view->entry.kind == TDP_NOTE) != page->note) {
		wrong(counts, "lookup", access, gpa, view->entry.kind, page->mapped ? TDP_LEAF : page->note ? TDP_NOTE : TDP_EMPTY);
		return;
	}
	if (!page->mapped)
		return;
	if (page->closed)
		live &= (uint8_t)~TDP_W;
	if (view->entry.hpa != page->hpa)
		wrong(counts, "lookup address", access, gpa, view->entry.hpa, page->hpa);
	if (view->entry.attrs.prot != page->prot || view->entry.attrs.flags != page->flags ||
	    view->entry.attrs.memtype != page->memtype)
		wrong(counts, "lookup attributes", access, gpa, view->entry.attrs.prot, page->prot);
	if (view->entry.live & ~live)
		wrong(counts, "lookup live", access, gpa, view->entry.live, live);
}

/* What the guest shall find in memory; a fetch executes it, a walk takes it for a page directory's entry. */
static uint32_t content(struct layout_run *l, enum probe_access access)
{
	const uint32_t number = (uint32_t)(random_next(&l->random) >> 24);

	if (access == PROBE_FETCH)
		return (number & ~0xffu) | RETURN_CODE;
	return access == PROBE_WALK ? GUEST_TABLE_ENTRY : number;
}

/* Outcome against expectation; where it was done, memory must show it. */
static void check_outcome(struct probe_counts *counts, enum probe_access access, tdp_gpa_t gpa, const struct probe_outcome *got,
			  const struct probe_outcome *want, const struct model_page *page, uint32_t before, uint32_t value)
{
	if (got->done != want->done || got->exit != want->exit)
		wrong(counts, "exit", access, gpa, got->exit, want->exit);
	else if (got->code != want->code)
		wrong(counts, "fault code", access, gpa, got->code, want->code);
	else if (!got->done && got->address != want->address)
		wrong(counts, "fault address", access, gpa, got->address, want->address);
	if (got->logged != want->logged)
		wrong(counts, "logged address", access, gpa, got->logged, want->logged);
	if (!got->done || !page->mapped)
		return;
	counts->done++;
	if (access == PROBE_READ && got->value != before)
		wrong(counts, "value", access, gpa, got->value, before);
	if (access == PROBE_WALK && got->value != PROBE_WALK_VALUE)
		wrong(counts, "value", access, gpa, got->value, PROBE_WALK_VALUE);
	if (access == PROBE_WRITE && HOST_WORD(page->hpa) != value)
		wrong(counts, "memory", access, gpa, HOST_WORD(page->hpa), value);
}

/* One access, with all that it must and must not do. */
static struct probe_outcome ask(const struct probe_walker *w, struct layout_run *l, struct probe_counts *counts,
				enum probe_access access, tdp_gpa_t gpa)
{
	const struct model_page page = model_at(&l->model, gpa);
	const struct probe_view view = look(l, gpa);
	const struct probe_outcome want = w->expect(access, gpa, &view);
	const tdp_spte_t should = view.entry.raw | w->sets(access, &view, want.done);
	const uint32_t before = content(l, access), value = (uint32_t)(random_next(&l->random) >> 24);
	struct probe_outcome got;
	tdp_spte_t raw = 0;
	unsigned level;

	counts->queries++;
	check_lookup(counts, access, gpa, &view, &page);
	if (page.mapped)
		HOST_WORD(page.hpa) = before;
	if (page.mapped && access == PROBE_WALK) /* an entry has 64 bits */
		HOST_WORD(page.hpa + 4) = 0;
	got = w->access(access, gpa, value);
	check_outcome(counts, access, gpa, &got, &want, &page, before, value);
	if ((tdp_lookup_raw(&l->space->tree, gpa, &raw, &level) == TDP_OK) != view.mapped || raw != should)
		wrong(counts, "entry", access, gpa, raw, should);
	return got;
}

/* What an embedder does about a fault: something must be mapped there then, or opened, or the library says why not. */
static bool resolve(struct layout_run *l, enum probe_access access, tdp_gpa_t gpa)
{
	static const uint32_t accesses[] = {TDP_READ, TDP_WRITE, TDP_EXEC_S, TDP_WRITE};
	const struct model_page page = model_at(&l->model, gpa);
	const tdp_gpa_t base = gpa & ~UINT64_C(0x1fffff);
	struct tdp_fault fault = {.gpa = gpa, .base = base, .access = accesses[access]};
	struct tdp_op op = {.flags = 0};
	enum tdp_result result = tdp_fault_fast(&l->space->tree, gpa, accesses[access], &op);

	if (page.flags & TDP_ATTR_SUPERVISOR) /* closed to guests for good */
		return false;
	if (result == TDP_OK || page.mapped || page.note)
		return result == TDP_OK;
	fault.backing =
		(struct tdp_backing){.hpa = layout_backing(l, base, 0x200000), .size = 0x200000, .attrs = {.prot = TDP_RWX}};
	result = tdp_fault(&l->space->tree, &fault, &op);
	space_must(result, "tdp_fault");
	model_add(&l->model, (struct model_call){.change = MODEL_MAP,
						 .gpa = op.first,
						 .size = op.changed,
						 .hpa = fault.backing.hpa + (op.first - base),
						 .prot = TDP_RWX});
	return true;
}

void probe_once(const struct probe_walker *w, struct layout_run *l, struct probe_counts *counts)
{
	const enum probe_access access = (enum probe_access)((random_next(&l->random) >> 20) % w->accesses);
	const tdp_gpa_t gpa = layout_address(l) & ~(access == PROBE_WALK ? UINT64_C(4095) : 0);

	if (gpa < LAYOUT_FLOOR)
		return;
	if (ask(w, l, counts, access, gpa).done || (random_next(&l->random) >> 20) % 16 != 0)
		return;
	if (l->model.count < MODEL_CALLS - 8 && resolve(l, access, gpa)) {
		counts->faults_resolved++;
		if (!ask(w, l, counts, access, gpa).done)
			wrong(counts, "a resolved fault faults again", access, gpa, 0, 1);
	}
}
