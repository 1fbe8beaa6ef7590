/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdpmmu size: how many tables a range needs. At best every page is as large as its place allows, at worst all are the smallest. Memory
 * that a host gives is assumed to be aligned as the guest's addresses are; where it is not, the worst case is what happens.
 */
#include "options.h"
#include "report.h"

/* A range with its pages, and what it takes. */
struct need {
	const char *name;
	tdp_gpa_t gpa;
	uint64_t size;
	uint64_t leaves[TDP_MAX_LEVELS]; /* by level */
	uint64_t tables[TDP_MAX_LEVELS]; /* tables of that level, the root left out */
	uint64_t all_tables, bytes;
};

/* The largest page that may start at gpa and ends before end. */
static unsigned leaf_level(const struct tdp_layout *layout, uint32_t levels, tdp_gpa_t gpa, tdp_gpa_t end)
{
	for (unsigned level = layout->top_level; level > 0; level--) {
		const uint64_t size = tdp_level_size(layout, level);

		if ((levels >> level & 1) && gpa % size == 0 && end - gpa >= size)
			return level;
	}
	return 0;
}

/* Pages of one size in a row are counted at once: up to where a larger one fits, or the end. */
static void count_leaves(const struct tdp_layout *layout, uint32_t levels, struct need *need)
{
	const tdp_gpa_t end = need->gpa + need->size;

	for (tdp_gpa_t at = need->gpa; at < end;) {
		const unsigned level = leaf_level(layout, levels, at, end);
		const uint64_t size = tdp_level_size(layout, level);
		tdp_gpa_t stop = at + (end - at) / size * size;

		for (unsigned above = level + 1; above <= layout->top_level; above++) {
			const uint64_t larger = tdp_level_size(layout, above);
			const tdp_gpa_t next = (at / larger + 1) * larger;

			if ((levels >> above & 1) && next < stop && end - next >= larger)
				stop = next;
		}
		need->leaves[level] += (stop - at) / size;
		at = stop;
	}
}

/* Slots of a level that hold something smaller than themselves: each needs a table one level down. */
static void count_tables(const struct tdp_layout *layout, struct need *need)
{
	const tdp_gpa_t end = need->gpa + need->size;

	for (unsigned level = 0; level < layout->top_level; level++) {
		const uint64_t span = tdp_level_size(layout, level + 1);
		uint64_t spans = (end - 1) / span - need->gpa / span + 1;

		for (unsigned above = level + 1; above <= layout->top_level; above++)
			spans -= need->leaves[above] * (tdp_level_size(layout, above) / span);
		need->tables[level] = spans;
		need->all_tables += spans;
	}

	need->bytes = need->all_tables * tdp_table_size(layout) + tdp_root_size(layout);
}

/* What a range takes with pages of these levels. */
static struct need make_need(const struct tdp_layout *layout, const char *name, tdp_gpa_t gpa, uint64_t size, uint32_t levels)
{
	struct need need = {.name = name, .gpa = gpa, .size = size};

	count_leaves(layout, levels, &need);
	count_tables(layout, &need);
	return need;
}

/* The start from which a range touches the most tables: just below a border that as many levels as possible share. */
static tdp_gpa_t worst_start(const struct tdp_layout *layout, uint64_t size)
{
	const uint64_t granule = tdp_level_size(layout, 0), width = UINT64_C(1) << layout->gpa_bits;

	for (unsigned level = layout->top_level; level > 0; level--) {
		const tdp_gpa_t start = tdp_level_size(layout, level) - granule;

		if (start < width && size <= width - start)
			return start;
	}
	return 0;
}

static void print_need(const struct tdp_layout *layout, const struct need *need)
{
	char size[SIZE_TEXT], level_size[SIZE_TEXT];

	printf("case=%s gpa=0x%llx size=%s leaves=", need->name, (unsigned long long)need->gpa, size_text(need->size, size));
	for (int level = layout->top_level, first = 1; level >= 0; level--) {
		if (need->leaves[level] == 0)
			continue;
		printf("%s%llux%s", first ? "" : ",", (unsigned long long)need->leaves[level],
		       size_text(tdp_level_size(layout, (unsigned)level), level_size));
		first = 0;
	}
	printf(" tables=%llu root=%zu bytes=%llu overhead=%.4f%%\n", (unsigned long long)need->all_tables, tdp_root_size(layout),
	       (unsigned long long)need->bytes, 100.0 * (double)need->bytes / (double)need->size);
}

static void json_need(const struct tdp_layout *layout, const struct need *need)
{
	cJSON *object = cJSON_CreateObject(), *levels;

	cJSON_AddStringToObject(object, "case", need->name);
	json_hex(object, "gpa", need->gpa);
	cJSON_AddNumberToObject(object, "size", (double)need->size);
	cJSON_AddNumberToObject(object, "tables", (double)need->all_tables);
	cJSON_AddNumberToObject(object, "root_bytes", (double)tdp_root_size(layout));
	cJSON_AddNumberToObject(object, "bytes", (double)need->bytes);
	levels = cJSON_AddArrayToObject(object, "levels");
	for (unsigned level = 0; level <= layout->top_level; level++) {
		cJSON *item = cJSON_CreateObject();

		cJSON_AddNumberToObject(item, "level", level);
		cJSON_AddStringToObject(item, "name", tdp_level_name(layout, level));
		cJSON_AddNumberToObject(item, "leaf_size", (double)tdp_level_size(layout, level));
		cJSON_AddNumberToObject(item, "leaves", (double)need->leaves[level]);
		cJSON_AddNumberToObject(item, "tables", (double)need->tables[level]);
		cJSON_AddItemToArray(levels, item);
	}
	json_line(object, stdout);
}

int run_size(const struct options *options, int argc, char **argv)
{
	const struct tdp_layout layout = options_layout(options);
	const uint64_t granule = tdp_level_size(&layout, 0), width = UINT64_C(1) << layout.gpa_bits;
	const tdp_gpa_t gpa = options->gpa;
	struct need needs[3];
	uint64_t size;
	int n = 0;

	if (argc != 1)
		usage_error("how large is the range? One SIZE such as 4G is needed");
	size = number_or_usage("SIZE", argv[0]);
	if (size == 0 || size % granule != 0 || gpa % granule != 0)
		usage_error("the range is empty, or not aligned to pages of %llu bytes", (unsigned long long)granule);
	if (gpa >= width || size > width - gpa)
		usage_error("the range ends beyond the %u bits of guest addresses (--gpa-bits)", layout.gpa_bits);
	needs[n++] = make_need(&layout, "best", gpa, size, layout.leaf_levels);
	needs[n++] = make_need(&layout, "worst", gpa, size, 1);
	if (!options->gpa_given)
		needs[n++] = make_need(&layout, "worst-start", worst_start(&layout, size), size, 1);
	for (int i = 0; i < n; i++) {
		if (options->json)
			json_need(&layout, &needs[i]);
		else
			print_need(&layout, &needs[i]);
	}
	return STATUS_OK;
}
