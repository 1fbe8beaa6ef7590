/* SPDX-License-Identifier: BSD-2-Clause */
#include "checks.h"
#include "problem.h"
#include "vm.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void checks_mismatch(struct findings *f, const char *format, ...)
{
	va_list args;

	if (!f->mismatches++) {
		va_start(args, format);
		vsnprintf(f->first, sizeof(f->first), format, args);
		va_end(args);
	}
}

void checks_sum(struct vm *vm, struct findings *f)
{
	stats_add(&f->stats, &vm->self.stats);
	stats_add(&f->stats, &vm->churn.caller.stats);
	stats_add(&f->stats, &vm->chaos.caller.stats);
	for (unsigned i = 0; i < vm->vcpus.count; i++)
		stats_add(&f->stats, &vm->vcpus.one[i].caller.stats);
	f->retired = space_freed(&vm->space);
	f->kicks = vcpus_kicks(&vm->vcpus);
}

void checks_guest(struct vm *vm, struct findings *f)
{
	uint64_t errors = 0, done = 0, generation = UINT64_MAX;

	for (unsigned i = 0; i < vm->vcpus.count; i++) {
		const struct tdpvm_result *r = &vm->shared->result[i];

		if (r->errors && !errors)
			problem("vCPU %u saw %#" PRIx64 " at %#" PRIx64 " instead of %#" PRIx64 " (%" PRIu64 " such errors)", i,
				r->error_seen, r->error_address, r->error_wanted, r->errors);
		errors += r->errors;
		done += r->done == 1;
		if (r->generation < generation)
			generation = r->generation;
		f->visited += r->visited;
		f->code_runs += r->code_runs;
		for (unsigned v = 0; v < TDPVM_VERDICTS; v++)
			f->refused[v] += r->refused[v];
	}
	/* The first generation was written when memory was filled. */
	f->rewrites = generation ? generation - 1 : 0;
	if (done < vm->vcpus.count)
		problem("only %" PRIu64 " of %u vCPUs said that they went through all phases", done, vm->vcpus.count);
	/* Both sides counted the accesses that were refused. */
	for (unsigned v = TDPVM_PROTECTED; v < TDPVM_VERDICTS; v++)
		if (f->refused[v] != f->stats.refused[v])
			problem("the guest saw %" PRIu64 " refusals of kind %u, the host gave %" PRIu64, f->refused[v], v,
				f->stats.refused[v]);
	f->guest_ok = !problem_text();
}

/* One page of memory: mapped where and as the reference says, or not at all. */
static void check_page(struct vm *vm, struct findings *f, const struct region *region, uint64_t va)
{
	const struct page *page = region_page(region, va);
	const tdp_gpa_t gpa = tdp_gpa_from_va(&vm->space.layout, va);
	struct tdp_mapping m;
	enum tdp_result r = tdp_lookup(&vm->space.tree, gpa, &m, NULL);

	f->pages_checked++;
	if (!page->mapped) {
		if (r != TDP_ABSENT || m.entry.kind != TDP_EMPTY)
			checks_mismatch(f, "%s %#" PRIx64 ": %s, should be unmapped", region->name, va, tdp_result_name(r));
		return;
	}
	if (r != TDP_OK) {
		checks_mismatch(f, "%s %#" PRIx64 ": %s, should be mapped", region->name, va, tdp_result_name(r));
		return;
	}
	const struct tdp_attrs want = space_attrs(page->prot);
	const uint64_t hpa = m.entry.hpa + (gpa - m.gpa);
	if (hpa != page->frame * FRAME_4K || m.entry.attrs.prot != want.prot || m.entry.attrs.flags != want.flags ||
	    m.entry.attrs.memtype != want.memtype)
		checks_mismatch(f, "%s %#" PRIx64 ": leads to %#" PRIx64 " with permissions %u, should be %#" PRIx64 " with %u",
				region->name, va, hpa, m.entry.attrs.prot, page->frame * FRAME_4K, want.prot);
	if ((m.entry.size != FRAME_4K && !region->huge) || (m.entry.live & ~page->prot))
		checks_mismatch(f, "%s %#" PRIx64 ": a leaf of %" PRIu64 " bytes, hardware permits %u", region->name, va,
				m.entry.size, m.entry.live);
}

/* An address that is not memory: nothing, or a device's note. */
static void check_absent(struct vm *vm, struct findings *f, uint64_t va)
{
	const struct region *region = regions_find(&vm->regions, va);
	struct tdp_mapping m;

	if (region && region->page)
		return;
	enum tdp_result r = tdp_lookup(&vm->space.tree, tdp_gpa_from_va(&vm->space.layout, va), &m, NULL);
	f->pages_checked++;
	if (r != TDP_ABSENT || m.entry.kind != (region ? TDP_NOTE : TDP_EMPTY) || (region && m.entry.note != region->device))
		checks_mismatch(f, "%#" PRIx64 ": %s, should be %s", va, tdp_result_name(r), region ? region->name : "nothing");
}

/* Report of tdp_verify(). */
static void on_violation(void *arg, unsigned invariant, const struct tdp_visit *where)
{
	checks_mismatch(arg, "tdp_verify: invariant %u is broken at %#" PRIx64, invariant, where ? where->gpa : 0);
}

void checks_tree(struct vm *vm, struct findings *f)
{
	for (unsigned i = 0; i < vm->regions.count; i++) {
		const struct region *region = &vm->regions.one[i];

		for (uint64_t at = 0; at < region->pages * FRAME_4K; at += FRAME_4K) {
			if (region->page)
				check_page(vm, f, region, region->va + at);
			else
				check_absent(vm, f, region->va + at);
		}
		check_absent(vm, f, region->va - FRAME_4K);
		if (region->va + region->pages * FRAME_4K) /* the address space may end here */
			check_absent(vm, f, region->va + region->pages * FRAME_4K);
	}
	if (tdp_verify(&vm->space.tree, on_violation, f) != TDP_OK && !f->mismatches)
		checks_mismatch(f, "tdp_verify found something but did not say what");
	if (tdp_count(&vm->space.tree, 0, 1ull << vm->space.layout.gpa_bits, &f->count, NULL) != TDP_OK)
		checks_mismatch(f, "tdp_count failed");
	for (unsigned bad = frames_spoilt(&vm->frames); bad; bad--)
		checks_mismatch(f, "somebody wrote to a frame that its page had left");
}
