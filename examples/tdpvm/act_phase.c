/* SPDX-License-Identifier: BSD-2-Clause */
/* What something costs the host and the guest: time, faults, flushes, and the work that the guest gets done meanwhile. */
#include "act.h"
#include "problem.h"
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>

enum {
	PATIENCE = 60 /* seconds for the guest */
};

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

bool act_until(struct vm *vm, bool (*done)(struct vm *vm), const char *what)
{
	const double deadline = now_seconds() + PATIENCE;

	while (!done(vm)) {
		if (!act_wait(vm, 1))
			return false;
		if (now_seconds() > deadline)
			return problem("the guest did not %s within %d s", what, PATIENCE);
	}
	return true;
}

void act_put_phase(json_t *object, const char *name, const struct phase *phase)
{
	char key[64];

	snprintf(key, sizeof(key), "faults_%s", name);
	act_put_number(object, key, phase->faults);
	snprintf(key, sizeof(key), "flushes_%s", name);
	act_put_number(object, key, phase->flushes);
	snprintf(key, sizeof(key), "guest_pages_per_second_%s", name);
	act_put_real(object, key, phase->work);
}

void act_print_phases(const char *const heading[2], const struct phase *a, const struct phase *b, double before, const char *what)
{
	printf("                    %18s%20s\n", heading[0], heading[1]);
	printf("  milliseconds      %18.2f%20.2f\n", a->seconds * 1e3, b->seconds * 1e3);
	printf("  guest faults      %18" PRIu64 "%20" PRIu64 "\n", a->faults, b->faults);
	printf("  of them not fast  %18" PRIu64 "%20" PRIu64 "\n", a->slow, b->slow);
	printf("  flushes           %18" PRIu64 "%20" PRIu64 "\n", a->flushes, b->flushes);
	printf("  guest, pages/s    %18.0f%20.0f   (%.0f before%s)\n", a->work, b->work, before, what);
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
