/* SPDX-License-Identifier: BSD-2-Clause */
#include "finish.h"

#include "el2.h"
#include "flush.h"
#include "guest.h"
#include "move.h"
#include "options.h"
#include "pool.h"
#include "rcu.h"
#include "report.h"
#include "stage2.h"
#include "unrest.h"

static bool ending;
static uint64_t began;

void finish_start_clock(void)
{
	began = REG_READ(cntpct_el0);
}

void finish_wait(void)
{
	while (__atomic_load_n(&ending, __ATOMIC_ACQUIRE))
		BARRIER("wfi");
}

static void violation(void *arg, unsigned invariant, const struct tdp_visit *where)
{
	(void)arg;
	say("[hv] invariant %u is broken at %x: entry %x\n", (uint64_t)invariant, where->gpa, where->entry.raw);
}

static bool mode_is_well(void)
{
	switch (options.mode) {
	case MODE_MIGRATE:
		return move_finish();
	case MODE_DIRTY:
		return dirty_finish();
	case MODE_SPLIT_PROMOTE:
		return huge_finish();
	default:
		return true;
	}
}

/* What the tree holds in the end, and whether all of it is as it must be. */
static bool tree_is_well(void)
{
	const uint64_t size = UINT64_C(1) << tdp_tree_layout(&stage2)->gpa_bits;
	struct tdp_count count;

	MUST(tdp_count(&stage2, 0, size, &count, NULL));
	say("[hv] mapped in the end: %u pages, %u blocks of 2 MiB; tables out of the pool: %u, %u at most\n", count.leaves[0],
	    count.leaves[1], (uint64_t)pool_used(), (uint64_t)pool_most());
	report_add("tables", pool_most());
	return tdp_verify(&stage2, violation, NULL) == TDP_OK;
}

void finish(enum verdict verdict)
{
	const struct guest_counts *c = &guest_counts;
	uint64_t ms;
	bool well;

	__atomic_store_n(&ending, true, __ATOMIC_RELEASE);
	unrest_stop();
	rcu.barrier(NULL);
	ms = (REG_READ(cntpct_el0) - began) * 1000 / REG_READ(cntfrq_el0);
	say("\n[hv] mode %s: the guest has run for %u ms%s\n", mode_name(options.mode), ms,
	    verdict == VERDICT_OK ? "" : ", and gave up  WRONG");
	say("[hv] faults: %u of memory, %u of devices, %u opened at once, %u again; %u calls of PSCI, %u flushes\n", c->memory,
	    c->devices, c->opened, c->again, c->psci, flush_count());
	report_add("ms", ms);
	report_add("faults", c->memory);
	report_add("opened", c->opened);
	report_add("again", c->again);
	report_add("flushes", flush_count());
	well = mode_is_well();
	well = tree_is_well() && well;
	if (verdict == VERDICT_OK && !well)
		verdict = VERDICT_WRONG;
	say("[hv] verdict: %s\n", verdict == VERDICT_OK ? "ok" : "WRONG");
	report_print(mode_name(options.mode), verdict == VERDICT_OK ? "ok" : "wrong");
	quit((int)verdict);
}
