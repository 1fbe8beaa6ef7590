/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report as a line of key=value and as JSON. Both have the same keys in the same order, and they stay.
 */
#include "report.h"

#include <stdlib.h>

/* "mmu-writable,written" */
static const char *state_text(unsigned state, char buf[64])
{
	static const char *const names[] = {"mmu-writable", "tracked", "written", "borrowed", "dead"};
	struct text text = {buf, 64, 0};

	for (unsigned i = 0; i < 5; i++) {
		if (state >> i & 1)
			text_add(&text, "%s%s", text.used ? "," : "", names[i]);
	}
	if (text.used == 0)
		text_add(&text, "-");
	return buf;
}

/* " A=1", " A=-" where there is no such flag. */
static void print_flag(const char *name, int value, FILE *out)
{
	fprintf(out, " %s=%c", name, value < 0 ? '-' : '0' + value);
}

/* What only entries of this library's have. */
static void print_ours(const struct report *report, FILE *out)
{
	const struct tdp_entry *entry = &report->entry;
	char prot[4], state[64];

	if (entry->kind == TDP_LEAF)
		fprintf(out, " granted=%s sw=%u", prot_text(entry->attrs.prot, prot), entry->attrs.sw);
	if (entry->kind == TDP_LEAF || entry->kind == TDP_FROZEN)
		fprintf(out, " state=%s", state_text(entry->state, state));
	if (entry->kind == TDP_NOTE)
		fprintf(out, " note=0x%llx", (unsigned long long)entry->note);
}

void report_print(const struct report *report, FILE *out)
{
	const struct tdp_entry *entry = &report->entry;
	const bool leaf = entry->kind == TDP_LEAF;
	char size[SIZE_TEXT], prot[4], flags[32], bits[BITS_TEXT];

	fprintf(out, "entry=0x%llx level=%u name=%s type=%s size=%s", (unsigned long long)entry->raw, entry->level,
		tdp_level_name(report->layout, entry->level), kind_name(entry->kind), size_text(entry->size, size));
	if (leaf || entry->kind == TDP_TABLE)
		fprintf(out, " hpa=0x%llx", (unsigned long long)entry->hpa);
	else
		fprintf(out, " hpa=-");
	fprintf(out, " perm=%s memtype=%s flags=%s", prot_text(report->prot, prot), leaf ? memtype_name(entry->attrs.memtype) : "-",
		flags_text(leaf ? entry->attrs.flags : 0, flags));
	print_flag("A", report->accessed, out);
	print_flag("D", report->dirty, out);
	fprintf(out, " software=0x%llx", (unsigned long long)report->software);
	if (report->software)
		fprintf(out, "[%s]", bits_text(report->software, bits));
	if (report->origin == TDP_OURS)
		print_ours(report, out);
	if (!report->valid)
		fprintf(out, " why=%s detail=\"%s\"", report->why, report->detail);
	putc('\n', out);
}

void json_hex(cJSON *object, const char *name, uint64_t value)
{
	char buf[24];

	snprintf(buf, sizeof(buf), "0x%llx", (unsigned long long)value);
	cJSON_AddStringToObject(object, name, buf);
}

void json_line(cJSON *object, FILE *out)
{
	char *line = cJSON_PrintUnformatted(object);

	if (!line)
		trouble("out of memory");
	fprintf(out, "%s\n", line);
	free(line);
	cJSON_Delete(object);
}

/* A flag that an entry may not have: null then. */
static void json_flag(cJSON *object, const char *name, int value)
{
	if (value < 0)
		cJSON_AddNullToObject(object, name);
	else
		cJSON_AddBoolToObject(object, name, value);
}

/* Words separated by commas as an array; "-" is none. */
static void json_words(cJSON *object, const char *name, const char *words)
{
	cJSON *array = cJSON_AddArrayToObject(object, name);
	struct text text;
	char word[32];

	while (*words && *words != '-') {
		text = TEXT(word);
		while (*words && *words != ',')
			text_add(&text, "%c", *words++);
		cJSON_AddItemToArray(array, cJSON_CreateString(word));
		words += *words == ',';
	}
}

/* What only entries of this library's have. */
static void json_ours(const struct report *report, cJSON *object)
{
	const struct tdp_entry *entry = &report->entry;
	char buf[64];

	if (entry->kind == TDP_LEAF) {
		cJSON_AddStringToObject(object, "granted", prot_text(entry->attrs.prot, buf));
		cJSON_AddNumberToObject(object, "sw", entry->attrs.sw);
	}
	if (entry->kind == TDP_LEAF || entry->kind == TDP_FROZEN)
		json_words(object, "state", state_text(entry->state, buf));
	if (entry->kind == TDP_NOTE)
		json_hex(object, "note", entry->note);
}

cJSON *report_json(const struct report *report)
{
	const struct tdp_entry *entry = &report->entry;
	const bool leaf = entry->kind == TDP_LEAF;
	cJSON *object = cJSON_CreateObject();
	char flags[32];

	json_hex(object, "entry", entry->raw);
	cJSON_AddStringToObject(object, "format", report->line->name);
	cJSON_AddNumberToObject(object, "level", entry->level);
	cJSON_AddStringToObject(object, "name", tdp_level_name(report->layout, entry->level));
	cJSON_AddStringToObject(object, "type", kind_name(entry->kind));
	cJSON_AddNumberToObject(object, "size", (double)entry->size);
	if (leaf || entry->kind == TDP_TABLE)
		json_hex(object, "hpa", entry->hpa);
	else
		cJSON_AddNullToObject(object, "hpa");
	cJSON_AddBoolToObject(object, "read", (report->prot & TDP_R) != 0);
	cJSON_AddBoolToObject(object, "write", (report->prot & TDP_W) != 0);
	cJSON_AddBoolToObject(object, "exec_user", (report->prot & TDP_XU) != 0);
	cJSON_AddBoolToObject(object, "exec_kernel", (report->prot & TDP_XS) != 0);
	if (leaf)
		cJSON_AddStringToObject(object, "memtype", memtype_name(entry->attrs.memtype));
	else
		cJSON_AddNullToObject(object, "memtype");
	json_words(object, "flags", flags_text(leaf ? entry->attrs.flags : 0, flags));
	json_flag(object, "accessed", report->accessed);
	json_flag(object, "dirty", report->dirty);
	json_hex(object, "software", report->software);
	if (report->origin == TDP_OURS)
		json_ours(report, object);
	cJSON_AddBoolToObject(object, "valid", report->valid);
	if (report->valid) {
		cJSON_AddNullToObject(object, "why");
	} else {
		cJSON_AddStringToObject(object, "why", report->why);
		cJSON_AddStringToObject(object, "detail", report->detail);
	}
	return object;
}
