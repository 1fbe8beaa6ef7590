/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"
#include "problem.h"

#include <inttypes.h>
#include <stdio.h>

#include <jansson.h>

bool report_ok(const struct findings *f)
{
	return f->guest_ok && !f->mismatches && !f->leaked_tables && !problem_text();
}

/* All tables of the tree, the root included. */
static uint64_t tables_of(const struct findings *f)
{
	uint64_t tables = 0;

	for (unsigned level = 0; level < TDP_MAX_LEVELS; level++)
		tables += f->count.tables[level];
	return tables;
}

/* The one thing to say if not all is well. */
static const char *complaint(const struct findings *f)
{
	if (problem_text())
		return problem_text();
	return f->mismatches ? f->first : "tables were not given back";
}

/* A number under its name. Names are part of the interface. */
struct number {
	const char *name;
	uint64_t value;
};

/* Put numbers into an object. false: out of memory. */
static bool put_numbers(json_t *object, const struct number *number, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (json_object_set_new(object, number[i].name, json_integer((json_int_t)number[i].value)))
			return false;
	return true;
}
#define PUT_NUMBERS(object, ...)                                                                                                   \
	put_numbers(object, (const struct number[]){__VA_ARGS__},                                                                  \
		    sizeof((const struct number[]){__VA_ARGS__}) / sizeof(struct number))

/* What cannot be said in one number. */
static bool put_others(json_t *root, const struct vm *vm, const struct findings *f, double seconds)
{
	const uint64_t *refused = f->stats.refused;
	json_t *pages = json_object(), *kinds = json_object(), *retries = json_object();
	bool ok = !json_object_set_new(root, "ok", json_boolean(report_ok(f)));

	ok = ok && !json_object_set_new(root, "guest_ok", json_boolean(f->guest_ok));
	if (!report_ok(f))
		ok = ok && !json_object_set_new(root, "error", json_string(complaint(f)));
	ok = ok && !json_object_set_new(root, "seconds", json_real(seconds));
	ok = ok && !json_object_set_new(root, "page", json_string(vm->options->huge ? "2m" : "4k"));
	ok = !json_object_set_new(root, "pages", pages) && ok;
	ok = !json_object_set_new(root, "refused", kinds) && ok;
	ok = !json_object_set_new(root, "retries", retries) && ok;
	ok = ok && !json_object_set_new(root, "rcu", json_string(vm->options->rcu->name));
	ok = ok && PUT_NUMBERS(pages, {"4k", f->count.leaves[0]}, {"2m", f->count.leaves[1]});
	ok = ok && PUT_NUMBERS(kinds, {"protected", refused[TDPVM_PROTECTED]}, {"hole", refused[TDPVM_HOLE]},
			       {"device", refused[TDPVM_MMIO]});
	ok = ok && PUT_NUMBERS(retries, {"busy", f->stats.busy}, {"race", f->stats.race}, {"invalidated", f->stats.invalidated});
	return ok;
}

/* One JSON object. */
static bool print_json(const struct vm *vm, const struct findings *f, double seconds)
{
	const struct stats *s = &f->stats;
	json_t *root = json_object();
	bool ok = put_others(root, vm, f, seconds) &&
		  PUT_NUMBERS(root, {"mem", vm->options->mem}, {"vcpus", vm->options->vcpus}, {"faults", s->faults},
			      {"faults_resolved", s->resolved}, {"faults_spurious", s->spurious}, {"refaults", s->refaults},
			      {"pages_checked", f->pages_checked}, {"kvm_translate_checked", f->kvm_checked},
			      {"mismatches", f->mismatches}, {"tables", tables_of(f)}, {"leaked_tables", f->leaked_tables},
			      {"flushes", s->flushes}, {"kicks", f->kicks}, {"moves", s->moves}, {"moved_bytes", s->moved},
			      {"zaps", s->zaps}, {"permission_changes", s->allows}, {"code_runs", f->code_runs},
			      {"visits", f->visited}, {"rewrites", f->rewrites}, {"chaos", vm->options->chaos},
			      {"table_zaps", s->table_zaps}, {"tables_retired", f->retired}, {"remaps", s->remaps},
			      {"trims", s->trims}, {"waits", s->waits}, {"top_ups", s->top_ups});

	ok = ok && !json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(4)) && puts("") >= 0;
	json_decref(root);
	return ok;
}

/* What the guest reported, and what the host did to it. */
static void print_guest(const struct vm *vm, const struct findings *f)
{
	const struct stats *s = &f->stats;

	printf("  guest     %" PRIu64 " MiB, %u vCPU%s, data in %s pages\n", vm->options->mem >> 20, vm->options->vcpus,
	       vm->options->vcpus == 1 ? "" : "s", vm->options->huge ? "2 MiB" : "4 KiB");
	printf("  it saw    %s; %" PRIu64 " page visits, %" PRIu64 " generated functions ran, %" PRIu64
	       " forbidden accesses refused\n",
	       f->guest_ok ? "what it should" : "something wrong", f->visited, f->code_runs,
	       f->refused[TDPVM_PROTECTED] + f->refused[TDPVM_HOLE] + f->refused[TDPVM_MMIO]);
	printf("  faults    %" PRIu64 ": %" PRIu64 " resolved (%" PRIu64 " of them again after an unmap), %" PRIu64
	       " refused, %" PRIu64 " already resolved\n",
	       s->faults, s->resolved, s->refaults, s->refused[TDPVM_PROTECTED] + s->refused[TDPVM_HOLE] + s->refused[TDPVM_MMIO],
	       s->spurious);
	printf("  unrest    while it ran %" PRIu64 " pages (%" PRIu64 " KiB) moved, %" PRIu64 " ranges were unmapped, %" PRIu64
	       " permissions changed\n",
	       s->moves, s->moved >> 10, s->zaps, s->allows);
	printf("  flushes   %" PRIu64 "; %" PRIu64 " times a vCPU was driven out of the guest for one\n", s->flushes, f->kicks);
}

/* What --chaos adds. */
static void print_chaos(const struct vm *vm, const struct findings *f)
{
	const struct stats *s = &f->stats;

	printf("  chaos     %u s: whole tables unmapped %" PRIu64 " times, %" PRIu64 " tables retired, %" PRIu64
	       " ranges mapped under the guest, which rewrote its data %" PRIu64 " times\n",
	       vm->options->chaos, s->table_zaps, f->retired, s->remaps, f->rewrites);
	printf("  retries   of faults: %" PRIu64 " met a change (busy), %" PRIu64 " came second (race), %" PRIu64
	       " had looked up what was changing\n",
	       s->busy, s->race, s->invalidated);
	printf("  verdict   %s, leaked_tables: %u\n", f->guest_ok ? "guest_ok" : "guest NOT ok", f->leaked_tables);
}

/* What was checked. */
static void print_checks(const struct findings *f, double seconds)
{
	printf("  tables    %" PRIu64 ", with %" PRIu64 " pages of 4 KiB and %" PRIu64 " of 2 MiB; ", tables_of(f),
	       f->count.leaves[0], f->count.leaves[1]);
	if (f->leaked_tables)
		printf("%u LOST at the end\n", f->leaked_tables);
	else
		printf("all given back at the end\n");
	printf("  checked   %" PRIu64 " pages with tdp_lookup(), %" PRIu64 " addresses with KVM's own walker: ", f->pages_checked,
	       f->kvm_checked);
	if (f->mismatches)
		printf("%" PRIu64 " MISMATCHES, the first: %s\n", f->mismatches, f->first);
	else
		printf("no mismatch\n");
	printf("  time      %.1f s\n", seconds);
}

bool report_print(const struct vm *vm, const struct findings *f, double seconds)
{
	bool ok = true;

	if (vm->options->json) {
		ok = print_json(vm, f, seconds);
	} else {
		printf("tdpvm: %s\n",
		       report_ok(f) ? "all is well: the guest ran on page tables that tdpmmu built" : "SOMETHING IS WRONG");
		print_guest(vm, f);
		print_checks(f, seconds);
		if (vm->options->chaos)
			print_chaos(vm, f);
	}
	return (ok && fflush(stdout) == 0) || problem("the report could not be written");
}
