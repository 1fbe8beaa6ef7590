/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The test image's ears, over the library's test build. QEMU walks from the root each time, so it forgives what silicon does not: an address
 * that changes without a break, and a table that is freed too early. Both are seen here, in the stores themselves.
 */
#include "witness.h"

#include "broken.h"
#include "el2.h"
#include "flush.h"
#include "options.h"
#include "pool.h"
#include "rcu.h"
#include "spte.h"
#include "verdict.h"

enum { TABLES = 1024, BROKEN_ENTRIES = 1024 };
#define VALID	UINT64_C(1)
#define ADDRESS UINT64_C(0x3fffffffff000)

int tdp_test_broken;

/* What a CPU is about to store. */
static struct {
	tdp_spte_t *entry, old, new;
} pending[CPUS];
/* Entries that were made invalid since the last flush, by a hash of where they lie, and what they pointed to. */
static struct {
	tdp_spte_t *entry, address;
} broken[BROKEN_ENTRIES];
/* Tables that are not linked any more, and where each CPU was then. */
static struct {
	bool unlinked, flushed;
	uint64_t count[CPUS];
} tables[TABLES];

void witness_begin(const char *defect)
{
	if (!defect[0])
		return;
#define X(name, what)                                                                                                              \
	if (same_text(defect, #name))                                                                                              \
		tdp_test_broken = TDP_BROKEN_##name;
	TDP_BROKEN_LIST(X)
	TDP_BROKEN_SHARED_LIST(X)
#undef X
	if (tdp_test_broken != TDP_BROKEN_NONE)
		return;
	say("[hv] no defect is called %s\n", defect);
	quit(VERDICT_INPUT);
}

static void report(const char *what, uint64_t value)
{
	say("\n[hv] witness: %s (%x)  WRONG\n", what, value);
	quit(VERDICT_WRONG);
}

void tdp_test_point(const volatile void *word, bool locked)
{
	(void)word;
	(void)locked;
}

/*
 * With something left out a CPU that resolves a fault stays in its read section for a while now and then. Otherwise it is out again long
 * before a table that it has met is unlinked, flushed and freed, and on a quiet host nothing comes of freeing it without a grace period.
 */
static void linger(void)
{
	static unsigned loads[CPUS];
	const uint64_t until = REG_READ(cntpct_el0) + REG_READ(cntfrq_el0) / 500;

	if (this_cpu() >= options.smp || rcu_count(this_cpu()) % 2 == 0 || ++loads[this_cpu()] % 16 != 0)
		return;
	while (REG_READ(cntpct_el0) < until)
		BARRIER("yield");
}

void tdp_test_access(enum tdp_spte_event event, tdp_spte_t *entry, tdp_spte_t old_value, tdp_spte_t new_value)
{
	if (event == TDP_SPTE_LOAD && (omission != OMIT_NOTHING || tdp_test_broken != TDP_BROKEN_NONE))
		linger();
	if (event == TDP_SPTE_LOAD || event == TDP_SPTE_PRIVATE)
		return;
	pending[this_cpu()].entry = entry;
	pending[this_cpu()].old = old_value;
	pending[this_cpu()].new = new_value;
}

/* Break-before-make (Arm ARM, D8.14): no store turns one valid address into another, and there is a flush between the break and the make. */
static void look_at_break(tdp_spte_t *entry, tdp_spte_t old, tdp_spte_t new)
{
	const unsigned slot = (unsigned)((uint64_t)entry / sizeof(*entry) % BROKEN_ENTRIES);

	if ((old & VALID) && (new &VALID) && ((old ^ new) & ADDRESS))
		report("an entry changed its address without a break", old);
	if ((old & VALID) && !(new &VALID)) {
		broken[slot].entry = entry;
		broken[slot].address = old & ADDRESS;
	}
	if (!(old & VALID) && (new &VALID) && broken[slot].entry == entry && broken[slot].address != (new &ADDRESS))
		report("an entry has a new address, and its old one was not flushed", new);
}

/* Which tables are not reachable any more. */
static void look_at_table(tdp_spte_t old, tdp_spte_t new)
{
	unsigned table;

	if (!(old & VALID) || (new &VALID) || !pool_has(old & ADDRESS, &table) || table >= TABLES)
		return;
	tables[table].unlinked = true;
	tables[table].flushed = false;
	for (unsigned i = 0; i < CPUS; i++)
		tables[table].count[i] = rcu_count(i);
}

void tdp_test_done(tdp_spte_t *entry, bool written)
{
	const tdp_spte_t old = pending[this_cpu()].old, new = pending[this_cpu()].new;

	if (!written || pending[this_cpu()].entry != entry)
		return;
	look_at_break(entry, old, new);
	look_at_table(old, new);
}

void witness_flush(const struct tdp_flush *f)
{
	if (f->local)
		return;
	for (unsigned i = 0; i < BROKEN_ENTRIES; i++)
		broken[i].entry = NULL;
	for (unsigned i = 0; f->tables && i < TABLES; i++)
		tables[i].flushed = tables[i].unlinked;
}

void witness_free(uint64_t table)
{
	unsigned n;

	/* A table that was never linked may go at any time. */
	if (!pool_has(table, &n) || n >= TABLES || !tables[n].unlinked)
		return;
	if (!tables[n].flushed)
		report("a table is free, and walkers may have it cached", table);
	for (unsigned i = 0; i < CPUS; i++) {
		if (i != this_cpu() && tables[n].count[i] % 2 == 1 && rcu_count(i) == tables[n].count[i])
			report("a table is free, and another CPU may be in it", table);
	}
	tables[n].unlinked = false;
}
