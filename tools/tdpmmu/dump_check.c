/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdpmmu dump --check. Broken is what no hypervisor can mean: entries that hardware refuses, a table in two places, tables that the guest
 * can write. Odd is what costs something, or deserves a look.
 */
#include "dump.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void finding(struct dump *dump, bool broken, const char *what, tdp_gpa_t gpa, const char *format, ...)
{
	char detail[320];
	cJSON *object;
	va_list args;

	*(broken ? &dump->broken : &dump->odd) += 1;
	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	if (!dump->options->json) {
		printf("check=%s what=%s gpa=0x%llx detail=\"%s\"\n", broken ? "broken" : "odd", what, (unsigned long long)gpa,
		       detail);
		return;
	}
	object = cJSON_CreateObject();
	cJSON_AddStringToObject(object, "record", "finding");
	cJSON_AddStringToObject(object, "check", broken ? "broken" : "odd");
	cJSON_AddStringToObject(object, "what", what);
	json_hex(object, "gpa", gpa);
	cJSON_AddStringToObject(object, "detail", detail);
	json_line(object, stdout);
}

/* Would this leaf, at this place of its table, be part of one larger leaf that the first one begins? */
static bool continues(const struct open_table *table, const struct report *report)
{
	const struct tdp_entry *first = &table->first.entry, *entry = &report->entry;

	return entry->hpa - first->hpa == table->leaves * entry->size && report->prot == table->first.prot &&
	       entry->attrs.memtype == first->attrs.memtype && entry->attrs.flags == first->attrs.flags;
}

void check_leaf(struct dump *dump, const struct report *report, tdp_gpa_t gpa)
{
	struct open_table *table = &dump->open[report->entry.level];

	if (table->used == 0)
		table->first = *report;
	if (continues(table, report))
		table->leaves++;
	table->used++;
	if (report->dirty == 1 && report->accessed == 0)
		finding(dump, false, "dirty-not-accessed", gpa, "leaf at level %u: hardware sets both", report->entry.level);
	if (report->accessed == 1 && report->entry.level < dump->view.layout.top_level && report->line->family->tables_accessed &&
	    !table->accessed) {
		finding(dump, false, "table-not-accessed", gpa, "a leaf of level %u is accessed, and the entry above it is not",
			report->entry.level);
		table->accessed = true;
	}
}

void check_enter(struct dump *dump, const struct report *report, tdp_gpa_t gpa)
{
	dump->open[report->entry.level].used++;
	if (report->prot != TDP_RWX) {
		char prot[4];

		finding(dump, false, "table-restricts", gpa, "the entry at level %u leaves only %s to all that is below it",
			report->entry.level, prot_text(report->prot, prot));
	}
}

void check_leave(struct dump *dump, const struct report *report, tdp_gpa_t gpa)
{
	const struct tdp_layout *layout = &dump->view.layout;
	const unsigned above = report->entry.level;
	const struct open_table *table = &dump->open[above - 1];
	const uint64_t entries = tdp_table_size(layout) / sizeof(tdp_spte_t);

	if (table->used == 0)
		finding(dump, false, "empty-table", gpa, "the table at 0x%llx holds nothing",
			(unsigned long long)report->entry.hpa);
	if (table->leaves == entries && (layout->leaf_levels >> above & 1) && table->first.entry.hpa % report->entry.size == 0)
		dump->mergeable[above]++;
}

void check_refused(struct dump *dump, const struct report *report, tdp_gpa_t gpa)
{
	/* Permissions that make no sense are a common mark for emulated devices: the fault tells the hypervisor at once. */
	const bool on_purpose = report->entry.why == TDP_WHY_PERMISSION;

	if (report->entry.kind == TDP_RESERVED)
		finding(dump, !on_purpose, "refused", gpa, "hardware refuses the entry at level %u: %s", report->entry.level,
			report->detail);
	else
		finding(dump, false, "not-in-image", gpa, "%s", report->detail);
}

void check_hole(struct dump *dump, const struct report *report, tdp_gpa_t gpa)
{
	struct tdp_entry ours;

	tdp_decode(&dump->view.layout, TDP_OURS, report->entry.level, report->entry.raw, &ours);
	if (dump->options->origin == TDP_OURS && ours.kind == TDP_FROZEN)
		finding(dump, true, "frozen", gpa, "entry 0x%llx at level %u: no operation leaves one behind",
			(unsigned long long)report->entry.raw, report->entry.level);
	else if (ours.kind != TDP_EMPTY && report->software != 0)
		dump->leftovers++;
}

void check_run(struct dump *dump, const struct run *run)
{
	if (dump->n_runs == dump->room) {
		dump->room = dump->room ? 2 * dump->room : 256;
		dump->runs = realloc(dump->runs, dump->room * sizeof(*dump->runs));
		if (!dump->runs)
			trouble("out of memory");
	}
	dump->runs[dump->n_runs++] = *run;
}

static int by_hpa(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	return x->hpa < y->hpa ? -1 : x->hpa > y->hpa;
}

/* Host memory that is mapped in two places. Runs are ordered by it; each is compared with the one so far that reaches furthest. */
static void check_aliases(struct dump *dump)
{
	const struct run *far = NULL;

	for (size_t i = 0; i < dump->n_runs; i++) {
		const struct run *run = &dump->runs[i];

		if (far && run->hpa < far->hpa + far->size)
			finding(dump, false, "mapped-twice", run->gpa, "host memory at 0x%llx is also mapped at gpa 0x%llx%s",
				(unsigned long long)run->hpa, (unsigned long long)(far->gpa + (run->hpa - far->hpa)),
				run->memtype != far->memtype ? ", with another memory type" : "");
		if (!far || run->hpa + run->size > far->hpa + far->size)
			far = run;
	}
}

/* Tables in memory that the guest can reach. Both are ordered by host address. */
static void check_exposed(struct dump *dump)
{
	size_t table = 0;

	seen_sort(&dump->seen);
	for (size_t i = 0; i < dump->n_runs; i++) {
		const struct run *run = &dump->runs[i];

		while (table < dump->seen.count && dump->seen.slots[table].hpa - 1 < run->hpa)
			table++;
		for (size_t t = table; t < dump->seen.count && dump->seen.slots[t].hpa - 1 < run->hpa + run->size; t++) {
			const tdp_hpa_t hpa = dump->seen.slots[t].hpa - 1;
			const tdp_gpa_t gpa = run->gpa + (hpa - run->hpa);

			finding(dump, (run->prot & TDP_W) != 0, "table-exposed", gpa, "the guest can %s the table at 0x%llx",
				run->prot & TDP_W ? "write" : "read", (unsigned long long)hpa);
		}
	}
}

/* The sum. */
static void print_sum(const struct dump *dump)
{
	cJSON *object;

	if (!dump->options->json) {
		printf("checked broken=%llu odd=%llu\n", (unsigned long long)dump->broken, (unsigned long long)dump->odd);
		return;
	}
	object = cJSON_CreateObject();
	cJSON_AddStringToObject(object, "record", "checked");
	cJSON_AddNumberToObject(object, "broken", (double)dump->broken);
	cJSON_AddNumberToObject(object, "odd", (double)dump->odd);
	json_line(object, stdout);
}

void check_end(struct dump *dump)
{
	char size[SIZE_TEXT];

	if (dump->n_runs)
		qsort(dump->runs, dump->n_runs, sizeof(*dump->runs), by_hpa);
	check_aliases(dump);
	check_exposed(dump);
	for (unsigned level = 1; level <= dump->view.layout.top_level; level++) {
		if (dump->mergeable[level])
			finding(dump, false, "mergeable", 0, "%llu full tables could be leaves of %s",
				(unsigned long long)dump->mergeable[level],
				size_text(tdp_level_size(&dump->view.layout, level), size));
	}
	if (dump->leftovers)
		finding(dump, false, "leftovers", 0, "%llu entries are not present, but software keeps something in them",
			(unsigned long long)dump->leftovers);
	print_sum(dump);
	free(dump->runs);
}
