/* SPDX-License-Identifier: BSD-2-Clause */
/* KVM_TRANSLATE walks the same tables by code that is not ours; it says where an address leads, not what is allowed there. */
#include "checks.h"
#include "vm.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>

enum {
	ENOUGH = 100000,  /* addresses at least */
	EDGES = 40,	  /* distances from an end of a region: 1 byte, 2, 4 ... */
	PART = 4096,	  /* addresses between two reports of progress */
	EMPTY_TRIES = 500 /* addresses when nothing is mapped any more */
};

/* One thread's share of the addresses, through a vCPU of its own. */
struct walker {
	struct vm *vm;
	struct findings *findings;
	int fd;
	uint64_t random;
	uint64_t todo; /* how many are planned */
	checks_progress_fn progress;
	void *arg;
};

/* Next random number (xorshift). */
static uint64_t next_random(struct walker *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random;
}

/* Make a random number an address that exists: bits 63:47 are alike. */
static uint64_t canonical(uint64_t number)
{
	return (uint64_t)((int64_t)(number << 16) >> 16);
}

/* Ask KVM where one address leads, and compare. */
static void ask(struct walker *w, uint64_t va)
{
	struct kvm_translation t = {.linear_address = va};
	struct findings *f = w->findings;
	tdp_hpa_t hpa;

	if (ioctl(w->fd, KVM_TRANSLATE, &t) < 0) {
		checks_mismatch(f, "KVM_TRANSLATE of %#" PRIx64 ": %s", va, strerror(errno));
		return;
	}
	const bool mapped = regions_expect(&w->vm->regions, va, &hpa);
	if (t.valid != mapped || (mapped && t.physical_address != hpa))
		checks_mismatch(f, "KVM: %#" PRIx64 " leads to %#llx (valid %u), should be %#" PRIx64 " (%u)", va,
				t.physical_address, t.valid, mapped ? hpa : 0, mapped);
	if (++f->kvm_checked % PART == 0 && w->progress)
		w->progress(w->arg, (double)f->kvm_checked / (double)w->todo);
}

/* A byte somewhere in a page; and if there is time the first and the last one too. */
static void ask_page(struct walker *w, uint64_t va, bool ends)
{
	ask(w, va + next_random(w) % FRAME_4K);
	if (ends) {
		ask(w, va);
		ask(w, va + FRAME_4K - 1);
	}
}

/* Around the ends of a region: the neighbours, also those an upper table away. */
static void ask_edges(struct walker *w, const struct region *region)
{
	const uint64_t end = region->va + region->pages * FRAME_4K;

	for (unsigned lg2 = 0; lg2 < EDGES; lg2++) {
		ask(w, canonical(region->va - (1ull << lg2)));
		ask(w, canonical(end + (1ull << lg2) - 1));
	}
}

/* Some address: anywhere, in a region, or near one. */
static void ask_random(struct walker *w)
{
	const struct region *region = &w->vm->regions.one[next_random(w) % w->vm->regions.count];

	switch (next_random(w) % 4) {
	case 0:
		ask(w, canonical(next_random(w)));
		break;
	case 1:
		ask(w, canonical(region->va + (next_random(w) >> (16 + next_random(w) % 32))));
		break;
	default:
		ask(w, region->va + next_random(w) % (region->pages * FRAME_4K));
	}
}

void checks_kvm(struct vm *vm, struct findings *f, checks_progress_fn progress, void *arg)
{
	struct walker w = {
		.vm = vm, .findings = f, .fd = vm->vcpus.one[0].fd, .random = 0x9e3779b97f4a7c15, .progress = progress, .arg = arg};

	uint64_t pages = 0;

	for (unsigned i = 0; i < vm->regions.count; i++)
		pages += vm->regions.one[i].pages;
	const bool ends = pages < ENOUGH;
	w.todo = (ends ? 3 : 1) * pages + vm->regions.count * 2ull * EDGES;
	if (w.todo < ENOUGH)
		w.todo = ENOUGH;
	for (unsigned i = 0; i < vm->regions.count; i++) {
		const struct region *region = &vm->regions.one[i];

		for (uint64_t at = 0; at < region->pages * FRAME_4K; at += FRAME_4K)
			ask_page(&w, region->va + at, ends);
		ask_edges(&w, region);
	}
	while (f->kvm_checked < ENOUGH)
		ask_random(&w);
}

void checks_kvm_empty(struct vm *vm, struct findings *f)
{
	struct walker w = {.vm = vm, .findings = f, .fd = vm->vcpus.one[0].fd, .random = 0x2545f4914f6cdd1d};

	for (unsigned i = 0; i < vm->regions.count; i++) {
		struct region *region = &vm->regions.one[i];

		for (uint64_t p = 0; region->page && p < region->pages; p++)
			region->page[p].mapped = false;
		ask(&w, region->va);
	}
	for (unsigned i = 0; i < EMPTY_TRIES; i++)
		ask_random(&w);
}
