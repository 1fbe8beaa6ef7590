/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dirty logging: rounds in which the guest stores to some pages and halts. What the log names must be what the guest's journal says: a page
 * less is a page that a migration loses, a page more is one that it copies for nothing.
 */
#include "parts.h"

#define DATA_BYTES (UINT64_C(GUEST_PAGES) * PAGE)
enum { WORDS = GUEST_PAGES / 64, ROUNDS = 8, WARM_UP = 3000, MOST_STORES = 1500 };

enum method { BY_WRITE_PROTECTION, BY_DIRTY_BITS, BY_PROCESSOR_LOG };
static const char *const method_names[] = {"write protection", "D bits", "the processor's log (PML)"};

static uint64_t frames[GUEST_PAGES / 2];

static struct tdp_bitmap bitmap(uint64_t words[WORDS])
{
	memset(words, 0, WORDS * sizeof(words[0]));
	return (struct tdp_bitmap){.words = words, .base = GUEST_DATA, .pages = GUEST_PAGES, .page_lg2 = 12};
}

/* Collect all that was written, and arm it again. */
static void by_bits(struct vm *vm, uint64_t named[WORDS])
{
	const struct tdp_bitmap out = bitmap(named);
	struct tdp_op op = {.cache = vm_tables(vm, TDP_FAULT_TABLES)};

	vm_must(tdp_dirty_arm(&vm->tree, GUEST_DATA, DATA_BYTES, &out, &op), "tdp_dirty_arm");
}

/* The processor has named the pages; only these are armed again. */
static void by_log(struct vm *vm, uint64_t named[WORDS])
{
	uint64_t armed[WORDS];
	const struct tdp_bitmap out = bitmap(armed);

	vm_drain_log(vm);
	for (unsigned w = 0; w < WORDS; w++) {
		named[w] = __atomic_exchange_n(&vm->written[w], 0, __ATOMIC_RELAXED);
		if (named[w] == 0)
			continue;
		vm_must(tdp_dirty_arm_mask(&vm->tree, GUEST_DATA + (uint64_t)w * 64 * PAGE, named[w], &out, NULL),
			"tdp_dirty_arm_mask");
		if (armed[w] != named[w])
			machine_fail("the processor logged %lx, but %lx is dirty", named[w], armed[w]);
	}
}

/* Everything mapped as it comes, split ahead, armed, and forgotten. */
static void start_logging(struct vm *vm, enum method method)
{
	uint64_t ignored[WORDS];
	struct tdp_op op = {.cache = vm_tables(vm, TDP_FAULT_TABLES)};

	vm_load(vm, method == BY_PROCESSOR_LOG);
	vm_work(vm, guest_store, WARM_UP);
	vm_must(tdp_split(&vm->tree, GUEST_DATA, DATA_BYTES, 0, &op), "tdp_split");
	vm->logging = true;
	by_bits(vm, ignored);
	vm_drain_log(vm);
	memset(vm->written, 0, sizeof(vm->written));
	for (unsigned p = 0; p < GUEST_PAGES; p++)
		journal_changed(vm, p);
	vm->faults = (struct fault_counts){0};
}

static void log_by(const struct form *form, enum method method)
{
	static struct vm vm;
	uint64_t named[WORDS], random = machine_seed();
	unsigned written = 0, right = 0, missed = 0, more = 0;

	vm_open(&vm, form, method == BY_WRITE_PROTECTION ? TDP_TREE_LOG_BY_WRITE_PROTECT : 0);
	give_data(&vm, frames);
	start_logging(&vm, method);
	for (unsigned round = 0; round < ROUNDS; round++) {
		vm_work(&vm, guest_store, 1 + random_next(&random) % MOST_STORES);
		if (method == BY_PROCESSOR_LOG)
			by_log(&vm, named);
		else
			by_bits(&vm, named);
		for (unsigned p = 0; p < GUEST_PAGES; p++) {
			const bool wrote = journal_changed(&vm, p), is_named = named[p / 64] >> p % 64 & 1;

			written += wrote;
			right += wrote && is_named;
			missed += wrote && !is_named;
			more += !wrote && is_named;
		}
	}
	say("dirty log, %s, by %s: %u rounds, written %u, named %u, missed %u, too many %u, faults %lu\n", form->name,
	    method_names[method], (unsigned)ROUNDS, written, right, missed, more, vm.faults.all);
	if (missed || more || !written)
		machine_fail("the dirty log is wrong");
	vm_close(&vm);
}

void dirty_logs(const struct form *form)
{
	log_by(form, BY_WRITE_PROTECTION);
	if (form->dirty_flags)
		log_by(form, BY_DIRTY_BITS);
	if (form->log)
		log_by(form, BY_PROCESSOR_LOG);
}
