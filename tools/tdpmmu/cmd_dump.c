/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdpmmu dump: what the tables of an image map, as ranges in which memory is mapped alike, then what there is of each level.
 */
#include "dump.h"

#include <string.h>

/* "2x2M,512x4K" */
static const char *leaves_text(const struct dump *dump, const struct run *run, char buf[96])
{
	struct text text = {buf, 96, 0};
	char size[SIZE_TEXT];

	for (int level = dump->view.layout.top_level; level >= 0; level--) {
		if (run->leaves[level])
			text_add(&text, "%s%llux%s", text.used ? "," : "", (unsigned long long)run->leaves[level],
				 size_text(tdp_level_size(&dump->view.layout, (unsigned)level), size));
	}
	return buf;
}

/* A range as JSON. */
static void json_run(const struct dump *dump, const struct run *run)
{
	cJSON *object = cJSON_CreateObject();
	char leaves[96], flags[32];

	cJSON_AddStringToObject(object, "record", "range");
	json_hex(object, "gpa", run->gpa);
	json_hex(object, "end", run->gpa + run->size);
	cJSON_AddNumberToObject(object, "size", (double)run->size);
	json_hex(object, "hpa", run->hpa);
	cJSON_AddBoolToObject(object, "read", (run->prot & TDP_R) != 0);
	cJSON_AddBoolToObject(object, "write", (run->prot & TDP_W) != 0);
	cJSON_AddBoolToObject(object, "exec_user", (run->prot & TDP_XU) != 0);
	cJSON_AddBoolToObject(object, "exec_kernel", (run->prot & TDP_XS) != 0);
	cJSON_AddStringToObject(object, "memtype", memtype_name(run->memtype));
	cJSON_AddStringToObject(object, "flags", flags_text(run->flags, flags));
	cJSON_AddStringToObject(object, "leaves", leaves_text(dump, run, leaves));
	cJSON_AddNumberToObject(object, "accessed", (double)run->accessed);
	cJSON_AddNumberToObject(object, "dirty", (double)run->dirty);
	json_line(object, stdout);
}

/* The range that was gathered, if any. */
static void flush_run(struct dump *dump)
{
	const struct run *run = &dump->run;
	char size[SIZE_TEXT], prot[4], flags[32], leaves[96];

	if (run->size == 0)
		return;
	dump->ranges++;
	if (dump->options->json)
		json_run(dump, run);
	else
		printf("gpa=0x%llx end=0x%llx size=%s hpa=0x%llx perm=%s memtype=%s flags=%s leaves=%s accessed=%llu dirty=%llu\n",
		       (unsigned long long)run->gpa, (unsigned long long)(run->gpa + run->size), size_text(run->size, size),
		       (unsigned long long)run->hpa, prot_text(run->prot, prot), memtype_name(run->memtype),
		       flags_text(run->flags, flags), leaves_text(dump, run, leaves), (unsigned long long)run->accessed,
		       (unsigned long long)run->dirty);
	if (dump->options->check)
		check_run(dump, run);
	dump->run.size = 0;
}

/* A leaf goes on with the range, or begins a new one. */
static void add_leaf(struct dump *dump, const struct report *report, tdp_gpa_t gpa)
{
	const struct tdp_entry *entry = &report->entry;
	const unsigned prot = report->prot & dump->open[entry->level].prot;
	struct run *run = &dump->run;

	if (run->size == 0 || gpa != run->gpa + run->size || entry->hpa != run->hpa + run->size || prot != run->prot ||
	    entry->attrs.memtype != run->memtype || entry->attrs.flags != run->flags) {
		flush_run(dump);
		*run = (struct run){.gpa = gpa, .hpa = entry->hpa, .prot = prot};
		run->memtype = entry->attrs.memtype;
		run->flags = entry->attrs.flags;
	}
	run->size += entry->size;
	run->leaves[entry->level]++;
	run->accessed += report->accessed == 1;
	run->dirty += report->dirty == 1;
	dump->levels[entry->level].leaves++;
	dump->mapped += entry->size;
	if (dump->options->check)
		check_leaf(dump, report, gpa);
}

/* An entry that maps nothing though it is present. */
static void add_refused(struct dump *dump, const struct report *report, tdp_gpa_t gpa, tdp_hpa_t at)
{
	const struct tdp_entry *entry = &report->entry;
	cJSON *object;

	flush_run(dump);
	if (entry->level <= dump->view.layout.top_level)
		dump->levels[entry->level].refused++;
	if (dump->options->json) {
		object = report_json(report);
		cJSON_AddStringToObject(object, "record", "refused");
		json_hex(object, "gpa", gpa);
		json_hex(object, "at", at);
		json_line(object, stdout);
	} else {
		printf("gpa=0x%llx at=0x%llx ", (unsigned long long)gpa, (unsigned long long)at);
		report_print(report, stdout);
	}
	if (entry->kind == TDP_UNREADABLE) {
		if (dump->levels[entry->level - 1].tables > 0)
			dump->levels[entry->level - 1].tables--;
		dump->open[entry->level - 1].used = 1; /* nobody knows: it does not count as empty */
	}
	if (dump->options->check)
		check_refused(dump, report, gpa);
}

/* Is a table one that was walked before? Then it is told and left out. */
static bool again(struct dump *dump, const struct report *report, tdp_gpa_t gpa)
{
	const struct tdp_entry *entry = &report->entry;
	const struct seen_table *before = seen_add(&dump->seen, entry->hpa, gpa, entry->level - 1u);

	if (!before)
		return false;
	flush_run(dump);
	finding(dump, true, "table-twice", gpa,
		"the table at 0x%llx, level %u, is also that of level %u at gpa 0x%llx: not walked again",
		(unsigned long long)entry->hpa, entry->level - 1u, before->level, (unsigned long long)before->gpa);
	return true;
}

/* A table on the way down. */
static enum tdp_verdict enter(struct dump *dump, const struct report *report, tdp_gpa_t gpa)
{
	const unsigned level = report->entry.level;

	dump->levels[level].table_entries++;
	if (dump->options->check)
		check_enter(dump, report, gpa);
	if (again(dump, report, gpa))
		return TDP_SKIP;
	dump->levels[level - 1].tables++;
	dump->open[level - 1] =
		(struct open_table){.prot = report->prot & dump->open[level].prot, .accessed = report->accessed != 0};
	return TDP_GO;
}

static enum tdp_verdict visit_entry(void *arg, struct tdp_visit *visit)
{
	struct dump *dump = arg;
	struct report report = {.line = dump->options->line, .layout = &dump->view.layout, .origin = TDP_FOREIGN};

	report.entry = visit->entry;
	report_finish(&report);
	switch (visit->when) {
	case TDP_VISIT_LEAF:
		add_leaf(dump, &report, visit->gpa);
		break;
	case TDP_VISIT_TABLE_PRE:
		return enter(dump, &report, visit->gpa);
	case TDP_VISIT_TABLE_POST:
		if (dump->options->check)
			check_leave(dump, &report, visit->gpa);
		break;
	case TDP_VISIT_HOLE:
		check_hole(dump, &report, visit->gpa);
		break;
	default:
		add_refused(dump, &report, visit->gpa, visit->entry_hpa);
		break;
	}
	return TDP_GO;
}

/* One level of the sum. */
static void print_level(const struct dump *dump, unsigned level)
{
	const struct level_count *count = &dump->levels[level];
	const char *name = tdp_level_name(&dump->view.layout, level);
	cJSON *object;

	if (!dump->options->json) {
		printf("level=%u name=%s tables=%llu leaves=%llu table-entries=%llu refused=%llu\n", level, name,
		       (unsigned long long)count->tables, (unsigned long long)count->leaves,
		       (unsigned long long)count->table_entries, (unsigned long long)count->refused);
		return;
	}
	object = cJSON_CreateObject();
	cJSON_AddStringToObject(object, "record", "level");
	cJSON_AddNumberToObject(object, "level", level);
	cJSON_AddStringToObject(object, "name", name);
	cJSON_AddNumberToObject(object, "tables", (double)count->tables);
	cJSON_AddNumberToObject(object, "leaves", (double)count->leaves);
	cJSON_AddNumberToObject(object, "table_entries", (double)count->table_entries);
	cJSON_AddNumberToObject(object, "refused", (double)count->refused);
	json_line(object, stdout);
}

/* All of it. */
static void print_total(const struct dump *dump)
{
	const struct tdp_layout *layout = &dump->view.layout;
	uint64_t bytes = tdp_root_size(layout);
	char size[SIZE_TEXT];
	cJSON *object;

	for (int level = layout->top_level; level >= 0; level--) {
		print_level(dump, (unsigned)level);
		if (level < layout->top_level)
			bytes += dump->levels[level].tables * tdp_table_size(layout);
	}
	if (!dump->options->json) {
		printf("total ranges=%llu mapped=%s table-bytes=%llu\n", (unsigned long long)dump->ranges,
		       size_text(dump->mapped, size), (unsigned long long)bytes);
		return;
	}
	object = cJSON_CreateObject();
	cJSON_AddStringToObject(object, "record", "total");
	cJSON_AddNumberToObject(object, "ranges", (double)dump->ranges);
	cJSON_AddNumberToObject(object, "mapped", (double)dump->mapped);
	cJSON_AddNumberToObject(object, "table_bytes", (double)bytes);
	json_line(object, stdout);
}

/* A root may be several tables in a row, or less than one. */
static uint64_t root_tables(const struct tdp_layout *layout)
{
	const size_t tables = tdp_root_size(layout) / tdp_table_size(layout);

	return tables ? tables : 1;
}

int run_dump(const struct options *options, int argc, char **argv)
{
	const unsigned when = TDP_VISIT_LEAF | TDP_VISIT_TABLE_PRE | TDP_VISIT_BAD;
	const unsigned also = options->check ? TDP_VISIT_HOLE | TDP_VISIT_TABLE_POST : 0;
	struct dump dump = {.options = options};
	struct image image;
	enum tdp_result result;
	unsigned top;

	if (argc != 1)
		usage_error("one FILE is needed; see tdpmmu dump --help");
	image_open(&image, argv[0], options->base);
	dump.view = image_view(options, &image);
	top = dump.view.layout.top_level;
	dump.open[top] = (struct open_table){.prot = TDP_RWX, .accessed = true};
	dump.levels[top].tables = root_tables(&dump.view.layout);
	seen_add(&dump.seen, dump.view.root, 0, top);
	result = tdp_view_walk(&dump.view, 0, UINT64_C(1) << dump.view.layout.gpa_bits, when | also, visit_entry, &dump);
	if (result != TDP_OK)
		trouble("%s: %s", argv[0], tdp_result_name(result));
	flush_run(&dump);
	print_total(&dump);
	if (options->check)
		check_end(&dump);
	seen_free(&dump.seen);
	image_close(&image);
	return (options->check && dump.broken) || (options->strict && dump.odd) ? STATUS_NO : STATUS_OK;
}
