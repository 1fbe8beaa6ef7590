/* SPDX-License-Identifier: BSD-2-Clause */
#include "act.h"
#include "checks.h"
#include "problem.h"
#include "progress.h"

#include <stdio.h>
#include <time.h>

uint64_t act_work(const struct vm *vm)
{
	uint64_t visited = 0;

	for (unsigned i = 0; i < vm->vcpus.count; i++)
		visited += __atomic_load_n(&vm->shared->result[i].visited, __ATOMIC_RELAXED);
	return visited;
}

struct stats act_stats(const struct vm *vm)
{
	struct stats sum = vm->self.stats;

	for (unsigned i = 0; i < vm->vcpus.count; i++)
		stats_add(&sum, &vm->vcpus.one[i].caller.stats);
	return sum;
}

bool act_wait(struct vm *vm, unsigned milliseconds)
{
	unsigned phase;

	return !vcpus_wait(&vm->vcpus, milliseconds, &phase) && !problem_text();
}

void act_put_number(json_t *object, const char *name, uint64_t value)
{
	json_object_set_new(object, name, json_integer((json_int_t)value));
}

void act_put_real(json_t *object, const char *name, double value)
{
	json_object_set_new(object, name, json_real(value));
}

void act_put_bool(json_t *object, const char *name, bool value)
{
	json_object_set_new(object, name, json_boolean(value));
}

/* Start the guest and wait until it has filled its memory. */
static bool start(struct vm *vm)
{
	const double deadline = now_seconds() + vm->options->timeout;
	unsigned phase = TDPVM_BOOT;

	if (!vcpus_start(&vm->vcpus))
		return false;
	while (phase != TDPVM_ACT) {
		if (vcpus_wait(&vm->vcpus, 10, &phase))
			return problem("the guest ended before it began to work");
		if (now_seconds() > deadline)
			return problem("the guest did not fill its memory within %u s", vm->options->timeout);
	}
	return true;
}

/* Every page must still lead where it should, by tdp_lookup() and by KVM's own walker; then all is unmapped. */
static bool check(struct vm *vm, json_t *root)
{
	struct findings f = {0};

	checks_tree(vm, &f);
	checks_kvm(vm, &f, NULL, NULL);
	act_put_number(root, "pages_checked", f.pages_checked);
	act_put_number(root, "kvm_translate_checked", f.kvm_checked);
	act_put_number(root, "mismatches", f.mismatches);
	if (f.mismatches)
		problem("%s", f.first);
	return space_clear(&vm->space, &vm->self) && !f.mismatches;
}

/* The act itself, with a guest at work. Whoever is parked at the end goes on, or the guest could not be stopped. */
static bool perform(struct vm *vm, json_t *root)
{
	static const act_fn acts[] = {
		[ACT_DIRTY] = act_dirty,
		[ACT_PROMOTE] = act_promote_or_zap,
		[ACT_SPLIT] = act_split_or_fault,
		[ACT_WSS] = act_wss,
	};
	const bool ok = start(vm) && acts[vm->options->act](vm, root) && !problem_text();

	park_release(&vm->park);
	vcpus_stop(&vm->vcpus);
	return ok && check(vm, root);
}

int act_main(const struct options *options)
{
	static struct vm vm; /* zeroed: what was not set up needs no tear-down */
	const double begin = now_seconds();
	json_t *root = json_object();
	bool ok = false;

	vm.options = options;
	vm.self = (struct caller){.rcu = options->rcu, .number = CALLERS_MAX - 1};
	vm.machine.kvm = vm.machine.vm = -1;
	caller_register(&vm.self);
	park_open(&vm.park);
	const bool ready = vm_set_up(&vm), missing = vm.machine.missing;
	if (ready)
		ok = perform(&vm, root);
	const unsigned lost_tables = vm_tear_down(&vm);
	caller_unregister(&vm.self);

	json_object_set_new(root, "act", json_string(options_act_name(options->act)));
	act_put_number(root, "mem", options->mem);
	act_put_number(root, "vcpus", options->vcpus);
	act_put_number(root, "leaked_tables", lost_tables);
	act_put_real(root, "seconds", now_seconds() - begin);
	ok = ok && !lost_tables && !problem_text();
	act_put_bool(root, "ok", ok);
	if (ready && options->json)
		ok = !json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) && puts("") >= 0 && ok;
	json_decref(root);
	if (problem_text())
		fprintf(stderr, "tdpvm: %s\n", problem_text());
	return missing ? EXIT_SKIPPED : ok ? EXIT_OK : EXIT_WRONG;
}
