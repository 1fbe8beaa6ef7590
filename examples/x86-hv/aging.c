/* SPDX-License-Identifier: BSD-2-Clause */
/* Aging: rounds in which the guest reads some pages and halts. The young ones must be those that its journal says it has read. */
#include "parts.h"

#define DATA_BYTES (UINT64_C(GUEST_PAGES) * PAGE)
/* Processors may set Accessed for what they never use in the end: one page too many in so many is no mistake. */
enum { SPECULATION = 16 };
enum { WORDS = GUEST_PAGES / 64, ROUNDS = 8, WARM_UP = 3000, MOST_LOOKS = 1500 };

/* tdp_age() does not flush, so a page in use through the TLB may look old. Who wants to know exactly drops what is cached. */
static void scan(struct vm *vm, uint64_t words[WORDS])
{
	const struct tdp_bitmap young = {.words = words, .base = GUEST_DATA, .pages = GUEST_PAGES, .page_lg2 = 12};

	memset(words, 0, WORDS * sizeof(words[0]));
	vm_must(tdp_age(&vm->tree, GUEST_DATA, DATA_BYTES, true, &young, NULL), "tdp_age");
	cpu_self()->forget = true;
}

void aging(const struct form *form)
{
	static uint64_t frames[GUEST_PAGES / 2];
	static struct vm vm;
	uint64_t young[WORDS], random = machine_seed();
	unsigned touched = 0, right = 0, missed = 0, more = 0;
	struct tdp_op op = {0};

	vm_open(&vm, form, 0);
	give_data(&vm, frames);
	vm_load(&vm, false);
	vm_work(&vm, guest_store, WARM_UP);
	op.cache = vm_tables(&vm, TDP_FAULT_TABLES);
	vm_must(tdp_split(&vm.tree, GUEST_DATA, DATA_BYTES, 0, &op), "tdp_split"); /* a leaf is young as a whole */
	scan(&vm, young);
	for (unsigned p = 0; p < GUEST_PAGES; p++)
		journal_changed(&vm, p);
	vm.faults = (struct fault_counts){0};
	for (unsigned round = 0; round < ROUNDS; round++) {
		vm_work(&vm, guest_look, 1 + random_next(&random) % MOST_LOOKS);
		scan(&vm, young);
		for (unsigned p = 0; p < GUEST_PAGES; p++) {
			const bool read = journal_changed(&vm, p), is_young = young[p / 64] >> p % 64 & 1;

			touched += read;
			right += read && is_young;
			missed += read && !is_young;
			more += !read && is_young;
		}
	}
	say("aging, %s: %u rounds, read %u, young %u, missed %u, too many %u, faults %lu\n", form->name, (unsigned)ROUNDS, touched,
	    right, missed, more, vm.faults.all);
	if (missed || more > touched / SPECULATION || !touched)
		machine_fail("the young pages are not those that the guest has read");
	vm_close(&vm);
}
