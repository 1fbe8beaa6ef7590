/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's data: one leaf's worth of pages that may lie anywhere, one that is a leaf of 2 MiB if nobody splits it. */
#include "parts.h"

enum { HALF = GUEST_PAGES / 2 };
#define HALF_SIZE ((uint64_t)HALF * PAGE)

static uint64_t journal_before[GUEST_PAGES];

void give_data(struct vm *vm, uint64_t *frames)
{
	const struct tdp_attrs all = {.prot = TDP_RWX};
	uint64_t *journal = vm_host(vm, GUEST_JOURNAL);

	for (unsigned p = 0; p < HALF; p++)
		frames[p] = FRAMES_START + (uint64_t)p * PAGE;
	vm_give(vm, &(struct region){.gpa = GUEST_DATA, .size = HALF_SIZE, .frames = frames, .attrs = all});
	vm_give(vm,
		&(struct region){
			.gpa = GUEST_DATA + HALF_SIZE, .size = HALF_SIZE, .hpa = GUEST_RAM + GUEST_DATA + HALF_SIZE, .attrs = all});
	/* A page starts with its number, so that one in another's place is seen, too. */
	for (uint64_t p = 0; p < GUEST_PAGES; p++) {
		journal[p] = journal_before[p] = p << 40;
		*(uint64_t *)vm_host(vm, GUEST_DATA + p * PAGE) = journal[p];
	}
}

bool journal_changed(struct vm *vm, unsigned page)
{
	const uint64_t now = ((uint64_t *)vm_host(vm, GUEST_JOURNAL))[page];
	const bool changed = now != journal_before[page];

	journal_before[page] = now;
	return changed;
}
