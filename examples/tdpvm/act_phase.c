/* SPDX-License-Identifier: BSD-2-Clause */
/* What something costs the host and the guest: time, faults, flushes, and the work that the guest gets done meanwhile. */
#include "act.h"
#include "progress.h"

bool act_settle(struct vm *vm, unsigned milliseconds, double *work)
{
	const double begin = now_seconds();
	const uint64_t before = act_work(vm);

	if (!act_wait(vm, milliseconds))
		return false;
	*work = (double)(act_work(vm) - before) / (now_seconds() - begin);
	return true;
}

/* Counters, with nobody about to change them. Leaves the guest parked. */
static bool snapshot(struct vm *vm, struct stats *stats)
{
	if (!park_all(&vm->park, vm->vcpus.count))
		return false;
	*stats = act_stats(vm);
	return true;
}

bool act_measure(struct vm *vm, bool (*what)(struct vm *vm, void *arg), void *arg, struct phase *phase)
{
	struct stats before, after;
	double rest;

	if (!snapshot(vm, &before))
		return false;
	park_release(&vm->park);
	const double begin = now_seconds();
	const uint64_t work = act_work(vm);
	if (!what(vm, arg))
		return false;
	phase->seconds = now_seconds() - begin;
	if (phase->seconds < PHASE_MS * 1e-3 && !act_settle(vm, PHASE_MS - (unsigned)(phase->seconds * 1e3), &rest))
		return false;
	phase->work = (double)(act_work(vm) - work) / (now_seconds() - begin);
	if (!snapshot(vm, &after))
		return false;
	park_release(&vm->park);
	phase->faults = after.faults - before.faults;
	phase->slow = after.resolved - before.resolved;
	phase->flushes = after.flushes - before.flushes;
	return true;
}

bool act_log(struct vm *vm, bool on)
{
	struct frame_set set;

	if (!frame_set_open(&set, vm->machine.size))
		return false;
	/* No fault that knows it otherwise is under way. */
	bool ok = park_all(&vm->park, vm->vcpus.count);
	vm->space.logging = on;
	ok = ok && (!on || log_collect(&vm->space, &vm->self, &set));
	park_release(&vm->park);
	frame_set_close(&set);
	return ok;
}

bool act_split(struct vm *vm, struct tdp_stats *stats)
{
	return log_split(&vm->space, &vm->self, vm->data[0], stats) && log_split(&vm->space, &vm->self, vm->data[1], stats);
}

bool act_promote(struct vm *vm, struct tdp_stats *stats)
{
	return log_promote(&vm->space, &vm->self, vm->data[0], stats) && log_promote(&vm->space, &vm->self, vm->data[1], stats);
}

uint64_t act_blocks(const struct vm *vm)
{
	return (vm->data[0]->pages + vm->data[1]->pages) / 512;
}
