/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdpvm: a virtual machine whose guest runs on page tables that tdpmmu built.
 *
 *      guest (guest/)                       |  host
 *                                           |
 *      vCPU 0 .. n-1, 64-bit, level 0       |     vcpus.c    one thread per vCPU: enter, leave, kick
 *         |        |        |               |     ports.c    what the guest asks for
 *         v        v        v               |        |
 *      every access is translated by        |        v
 *      CR3 --> root --> ... --> page        |     fault.c    region table (regions.c) --> tdp_fault(), by all vCPUs at once
 *               ^                           |     churn.c    tdp_replace(), tdp_zap() under the running guest (move.c, zap.c)
 *               |                           |     chaos.c    and more of it, with --chaos
 *               |                           |        |
 *   +-----------|---------------------------|--------|------------------------------------------+
 *   | guest memory, one memfd = one slot    |        v                                          |
 *   |  [ payload | data ......... | page tables ] <-- tdpmmu writes them here (space.c, tables.c)|
 *   +--------------------------------------------------------------------------------------------+
 *
 *      page fault:  access -> #PF -> guest's IDT stub -> OUT to a port -> tdp_fault() -> the guest tries again, or skips
 *      flush:       tdpmmu's hook -> every vCPU out of the guest -> each loads CR3 before it goes in again
 *
 * NPT, AMD's nested page-table format, is the format of a processor's own tables in 64-bit mode. So the tables can be tried on
 * any machine with KVM, nested or not: CR3 takes the register value of the tree.
 *
 * At the end checks.c compares every page with the region table, by tdp_lookup() and by KVM's own walker.
 */
#include "act.h"
#include "checks.h"
#include "problem.h"
#include "progress.h"
#include "report.h"
#include "vm.h"

#include <stdio.h>

enum {
	DUMP_HEAD = 12 /* lines */
};

/* The part of all work that the guest does; the rest is checks. */
static const double guest_part = 0.8;

/* What the guest takes without chaos, more or less. */
static const double usual_seconds = 5;

/* How much of its work the guest has done, as far as one can see from outside. */
static double guest_progress(const struct vm *vm)
{
	const uint64_t pages = vm->data[0]->pages + vm->data[1]->pages;
	uint64_t visited = 0;

	for (unsigned i = 0; i < vm->vcpus.count; i++)
		visited += __atomic_load_n(&vm->shared->result[i].visited, __ATOMIC_RELAXED);
	return (double)visited / (double)(pages * (1 + 2 * vm->vcpus.count));
}

/* The same with the seconds of chaos, if there are any, and with what the guest does besides. */
static double run_progress(const struct vm *vm, double chaos_begin)
{
	const double seconds = vm->options->chaos, share = seconds / (seconds + usual_seconds);
	double part = chaos_begin > 0 && seconds > 0 ? (now_seconds() - chaos_begin) / seconds : 0;

	return share * (part < 1 ? part : 1) + (1 - share) * guest_progress(vm);
}

/* Let the guest run to its end, or to the first problem. */
static void run_guest(struct vm *vm, struct progress *progress)
{
	static const char *const steps[TDPVM_PHASES] = {
		[TDPVM_BOOT] = "start",
		[TDPVM_FILL] = "fill memory",
		[TDPVM_CHECK] = "read it back",
		[TDPVM_CHURN] = "move pages about",
		[TDPVM_REREAD] = "read all again",
		[TDPVM_CODE] = "run generated code",
		[TDPVM_POKE] = "touch holes",
		[TDPVM_END] = "end",
	};
	const double deadline = now_seconds() + vm->options->timeout + vm->options->chaos;
	double chaos_begin = 0;
	unsigned phase = TDPVM_BOOT;

	churn_open(&vm->churn, vm);
	chaos_open(&vm->chaos, vm);
	if (vcpus_start(&vm->vcpus)) {
		while (!vcpus_wait(&vm->vcpus, 100, &phase)) {
			if (phase == TDPVM_CHURN && chaos_begin == 0)
				chaos_begin = now_seconds();
			progress_show(progress, phase < TDPVM_PHASES ? steps[phase] : "?",
				      guest_part * run_progress(vm, chaos_begin));
			if (now_seconds() > deadline) {
				problem("the guest did not end within %u s", vm->options->timeout);
				break;
			}
		}
	}
	vcpus_stop(&vm->vcpus);
	unrest_close(&vm->churn);
	unrest_close(&vm->chaos);
}

/* Progress of the second part. */
static void on_checked(void *arg, double part)
{
	progress_show(arg, "compare with KVM", guest_part + (1 - guest_part) * part);
}

/* What --verbose shows of tdp_dump(): data lies shuffled, so nearly every page is a line; the first and the last ones will do. */
struct excerpt {
	char last[8][96];
	unsigned lines;
};

/* A line of tdp_dump(). */
static void on_dump(void *arg, const char *line)
{
	struct excerpt *e = arg;

	if (e->lines < DUMP_HEAD)
		fprintf(stderr, "tdpvm:    %s\n", line);
	snprintf(e->last[e->lines++ % 8], sizeof(e->last[0]), "%s", line);
}

/* Print the tree for a human. */
static void print_tree(struct vm *vm)
{
	struct excerpt e = {.lines = 0};

	if (tdp_dump(&vm->space.tree, on_dump, &e) != TDP_OK)
		problem("tdp_dump failed");
	if (e.lines > DUMP_HEAD + 8)
		fprintf(stderr, "tdpvm:    ... %u more ...\n", e.lines - DUMP_HEAD - 8);
	for (unsigned i = e.lines > DUMP_HEAD + 8 ? e.lines - 8 : DUMP_HEAD; i < e.lines; i++)
		fprintf(stderr, "tdpvm:    %s\n", e.last[i % 8]);
}

/* Compare, unmap everything, compare again. */
static void check(struct vm *vm, struct findings *f, struct progress *progress)
{
	checks_sum(vm, f);
	checks_guest(vm, f);
	checks_tree(vm, f);
	checks_kvm(vm, f, on_checked, progress);
	if (vm->options->verbose)
		print_tree(vm);
	if (space_clear(&vm->space, &vm->self))
		checks_kvm_empty(vm, f);
}

int main(int argc, char **argv)
{
	static struct vm vm; /* zeroed: what was not set up needs no tear-down */
	struct options options;
	struct findings findings = {0};
	struct progress progress;
	const double start = now_seconds();

	options_parse(&options, argc, argv);
	if (options.act)
		return act_main(&options);
	vm.options = &options;
	vm.self = (struct caller){.rcu = options.rcu, .number = CALLERS_MAX - 1};
	caller_register(&vm.self);
	vm.machine.kvm = vm.machine.vm = -1;
	progress_open(&progress, options.verbose);
	const bool ready = vm_set_up(&vm), missing = vm.machine.missing;
	if (ready) {
		run_guest(&vm, &progress);
		check(&vm, &findings, &progress);
	}
	progress_close(&progress);
	findings.leaked_tables = vm_tear_down(&vm);
	caller_unregister(&vm.self);
	if (ready)
		report_print(&vm, &findings, now_seconds() - start);
	if (problem_text())
		fprintf(stderr, "tdpvm: %s\n", problem_text());
	if (missing)
		return EXIT_SKIPPED;
	return ready && report_ok(&findings) ? EXIT_OK : EXIT_WRONG;
}
