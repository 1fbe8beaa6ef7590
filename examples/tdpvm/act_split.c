/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes are to be logged by the page, and memory lies in leaves of 2 MiB: once they are split ahead, once each when the guest writes to
 * it. By write-protection, where a write faults: with Dirty bits that the processor sets nothing would ever split a leaf.
 */
#include "act.h"
#include "problem.h"
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>

enum {
	PATIENCE = 60 /* seconds for the guest to write to all blocks */
};

/* Split ahead, then log. */
static bool ahead(struct vm *vm, void *arg)
{
	return act_split(vm, arg) && act_log(vm, true);
}

/* Log, and wait until the guest's writes have split everything. */
static bool at_faults(struct vm *vm, void *arg)
{
	const double deadline = now_seconds() + PATIENCE;

	(void)arg;
	if (!act_log(vm, true))
		return false;
	while (log_unsplit(&vm->space, &vm->self, vm->data[0]) || log_unsplit(&vm->space, &vm->self, vm->data[1])) {
		if (!act_wait(vm, 1))
			return false;
		if (now_seconds() > deadline)
			return problem("the guest did not write to all of its memory within %d s", PATIENCE);
	}
	return true;
}

/* The table for a human. */
static void print(const struct phase *eager, const struct phase *lazy, double before)
{
	printf("                            ahead         at faults\n");
	printf("  milliseconds         %10.2f        %10.2f\n", eager->seconds * 1e3, lazy->seconds * 1e3);
	printf("  guest faults         %10" PRIu64 "        %10" PRIu64 "\n", eager->faults, lazy->faults);
	printf("  of them not fast     %10" PRIu64 "        %10" PRIu64 "\n", eager->slow, lazy->slow);
	printf("  flushes              %10" PRIu64 "        %10" PRIu64 "\n", eager->flushes, lazy->flushes);
	printf("  guest, pages/s       %10.0f        %10.0f   (%.0f before)\n", eager->work, lazy->work, before);
}

bool act_split_or_fault(struct vm *vm, json_t *root)
{
	struct phase eager, lazy;
	struct tdp_stats stats = {0}, again = {0};
	double before;

	if (!act_settle(vm, PHASE_MS, &before) || !act_measure(vm, ahead, &stats, &eager))
		return false;
	/* All as it was. */
	if (!act_log(vm, false) || !act_promote(vm, &again) || !act_wait(vm, PHASE_MS))
		return false;
	if (!act_measure(vm, at_faults, NULL, &lazy))
		return false;
	act_put_number(root, "blocks", act_blocks(vm));
	act_put_number(root, "split_leaves", stats.split);
	act_put_real(root, "split_seconds", eager.seconds);
	act_put_real(root, "fault_seconds", lazy.seconds);
	act_put_number(root, "faults_split", eager.faults);
	act_put_number(root, "faults_fault", lazy.faults);
	act_put_number(root, "slow_faults_split", eager.slow);
	act_put_number(root, "slow_faults_fault", lazy.slow);
	act_put_number(root, "flushes_split", eager.flushes);
	act_put_number(root, "flushes_fault", lazy.flushes);
	act_put_real(root, "guest_pages_per_second_before", before);
	act_put_real(root, "guest_pages_per_second_split", eager.work);
	act_put_real(root, "guest_pages_per_second_fault", lazy.work);
	if (!vm->options->json)
		print(&eager, &lazy, before);
	return (stats.split == act_blocks(vm) && again.promoted == act_blocks(vm)) ||
	       problem("%" PRIu64 " of %" PRIu64 " leaves were split, %" PRIu64 " came back", stats.split, act_blocks(vm),
		       again.promoted);
}
