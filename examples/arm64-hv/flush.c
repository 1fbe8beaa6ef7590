/* SPDX-License-Identifier: BSD-2-Clause */
#include "flush.h"

#include "el2.h"
#include "witness.h"

enum { PAGE_LG2 = 12, BY_ADDRESS = 8 };

enum omission omission;
static uint64_t flushes;

static const char *const names[OMISSIONS] = {
	"nothing", "all", "stage1", "stage2", "broadcast", "address", "write-protect", "break", "copy", "log", "grace",
};

bool omission_find(const char *name, enum omission *out)
{
	for (unsigned i = 0; i < OMISSIONS; i++) {
		if (same_text(name, names[i])) {
			*out = (enum omission)i;
			return true;
		}
	}
	return false;
}

const char *omission_name(enum omission what)
{
	return names[what];
}

uint64_t flush_count(void)
{
	return __atomic_load_n(&flushes, __ATOMIC_RELAXED);
}

void flush_walker_barrier(void *ctx)
{
	(void)ctx;
	BARRIER("dsb ishst");
}

/* What has changed for this CPU alone is one leaf: a fault on it found it open already. */
static void flush_here(uint64_t gpa)
{
	TLB_INVALIDATE_IPA("ipas2e1", gpa >> PAGE_LG2);
	BARRIER("dsb nsh");
	TLB_INVALIDATE("vmalle1");
	BARRIER("dsb nsh");
}

/*
 * A few leaves: stage 2 by address, one for each leaf, and only when that is complete whatever combines both stages, which is tagged by
 * the guest's address, not by ours (Arm ARM, D8.13).
 */
static void flush_leaves(uint64_t gpa, uint64_t step, uint64_t leaves)
{
	if (omission != OMIT_STAGE2) {
		for (uint64_t i = 0; i < leaves; i++)
			TLB_INVALIDATE_IPA("ipas2e1is", (gpa + i * step) >> PAGE_LG2);
		BARRIER("dsb ish");
	}
	if (omission != OMIT_STAGE1) {
		TLB_INVALIDATE("vmalle1is");
		BARRIER("dsb ish");
	}
}

void flush_tlb(void *ctx, void *user, const struct tdp_flush *f)
{
	const struct tdp_layout *layout = tdp_tree_layout(f->tree);
	const uint64_t step = f->level >= 0 ? tdp_level_size(layout, (unsigned)f->level) : tdp_level_size(layout, 0);
	const uint64_t leaves = f->size / step;

	(void)ctx;
	(void)user;
	/*
	 * Walkers must see the entries as they are now before anything is dropped, or they fetch the old ones again. Not "ishst": a call may
	 * flush for what it has only seen another CPU store.
	 */
	BARRIER("dsb ish");
	if (!f->local)
		__atomic_fetch_add(&flushes, 1, __ATOMIC_RELAXED);
	if (f->local || omission == OMIT_BROADCAST)
		flush_here(f->gpa);
	else if (omission == OMIT_ALL)
		;
	else if (omission == OMIT_ADDRESS)
		flush_leaves(f->gpa ^ step, step, 1);
	else if (f->tables || leaves == 0 || leaves > BY_ADDRESS) {
		TLB_INVALIDATE("vmalls12e1is");
		BARRIER("dsb ish");
	} else
		flush_leaves(f->gpa, step, leaves);
	BARRIER("isb");
	witness_flush(f);
}
