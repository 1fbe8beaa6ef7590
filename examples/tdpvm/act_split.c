/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes are to be logged by the page, and memory lies in leaves of 2 MiB: once they are split ahead, once each when the guest writes to
 * it. By write-protection, where a write faults: with Dirty bits that the processor sets nothing would ever split a leaf.
 */
#include "act.h"
#include "problem.h"

#include <inttypes.h>

/* Split ahead, then log. */
static bool ahead(struct vm *vm, void *arg)
{
	return act_split(vm, arg) && act_log(vm, true);
}

/* Whether no larger leaf is left. */
static bool all_split(struct vm *vm)
{
	return !log_unsplit(&vm->space, &vm->self, vm->data[0]) && !log_unsplit(&vm->space, &vm->self, vm->data[1]);
}

/* Log, and wait until the guest's writes have split everything. */
static bool at_faults(struct vm *vm, void *arg)
{
	(void)arg;
	return act_log(vm, true) && act_until(vm, all_split, "write to all of its memory");
}

bool act_split_or_fault(struct vm *vm, json_t *root)
{
	static const char *const heading[] = {"ahead", "at faults"};
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
	act_put_phase(root, "split", &eager);
	act_put_phase(root, "fault", &lazy);
	act_put_number(root, "slow_faults_split", eager.slow);
	act_put_number(root, "slow_faults_fault", lazy.slow);
	act_put_real(root, "guest_pages_per_second_before", before);
	if (!vm->options->json)
		act_print_phases(heading, &eager, &lazy, before, "");
	return (stats.split == act_blocks(vm) && again.promoted == act_blocks(vm)) ||
	       problem("%" PRIu64 " of %" PRIu64 " leaves were split, %" PRIu64 " came back", stats.split, act_blocks(vm),
		       again.promoted);
}
