/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdpmmu formats: the table of formats. All of it is asked from the library.
 */
#include "options.h"
#include "report.h"

/* "exec-only,nx", "-" for none. */
static const char *features_text(uint32_t features, char buf[128])
{
	struct text text = {buf, 128, 0};

	for (const struct feature_line *line = feature_lines; line->name; line++) {
		if (features & line->bit)
			text_add(&text, "%s%s", text.used ? "," : "", line->name);
	}
	if (text.used == 0)
		text_add(&text, "-");
	return buf;
}

/* "4K,2M,1G" */
static const char *leaves_text(const struct tdp_layout *layout, char buf[64])
{
	struct text text = {buf, 64, 0};
	char size[SIZE_TEXT];

	*buf = 0;
	for (unsigned level = 0; level <= layout->top_level; level++) {
		if (layout->leaf_levels >> level & 1)
			text_add(&text, "%s%s", text.used ? "," : "", size_text(tdp_level_size(layout, level), size));
	}
	return buf;
}

/* "PML4E,PDPTE,PDE,PTE", from the root down. */
static const char *levels_text(const struct tdp_layout *layout, char buf[64])
{
	struct text text = {buf, 64, 0};

	*buf = 0;
	for (int level = layout->top_level; level >= 0; level--)
		text_add(&text, "%s%s", text.used ? "," : "", tdp_level_name(layout, (unsigned)level));
	return buf;
}

static void print_line(const struct format_line *line)
{
	const struct tdp_layout layout = format_layout(line);
	char leaves[64], levels[64], assumed[128], others[128];

	printf("%-18s levels=%u names=%s gpa-bits=%u gpa-bits-max=%u hpa-bits=%u leaves=%s software-bits=%u assumed=%s others=%s "
	       "constant=%s manual=\"%s\"\n",
	       line->name, layout.top_level + 1u, levels_text(&layout, levels), layout.gpa_bits, format_gpa_bits(line),
	       layout.hpa_bits, leaves_text(&layout, leaves), tdp_sw_bits(&layout), features_text(layout.features, assumed),
	       features_text(format_features(line) & ~layout.features, others), line->constant, line->manual);
}

/* Names of features as an array. */
static void json_features(cJSON *object, const char *name, uint32_t features)
{
	cJSON *array = cJSON_AddArrayToObject(object, name);

	for (const struct feature_line *line = feature_lines; line->name; line++) {
		if (features & line->bit)
			cJSON_AddItemToArray(array, cJSON_CreateString(line->name));
	}
}

static void print_json(const struct format_line *line)
{
	const struct tdp_layout layout = format_layout(line);
	cJSON *object = cJSON_CreateObject(), *levels, *leaves;

	cJSON_AddStringToObject(object, "name", line->name);
	cJSON_AddStringToObject(object, "constant", line->constant);
	cJSON_AddNumberToObject(object, "levels", layout.top_level + 1);
	levels = cJSON_AddArrayToObject(object, "level_names");
	leaves = cJSON_AddArrayToObject(object, "leaf_sizes");
	for (unsigned level = 0; level <= layout.top_level; level++) {
		cJSON_AddItemToArray(levels, cJSON_CreateString(tdp_level_name(&layout, level)));
		if (layout.leaf_levels >> level & 1)
			cJSON_AddItemToArray(leaves, cJSON_CreateNumber((double)tdp_level_size(&layout, level)));
	}
	cJSON_AddNumberToObject(object, "gpa_bits", layout.gpa_bits);
	cJSON_AddNumberToObject(object, "gpa_bits_max", format_gpa_bits(line));
	cJSON_AddNumberToObject(object, "hpa_bits", layout.hpa_bits);
	cJSON_AddNumberToObject(object, "table_bytes", (double)tdp_table_size(&layout));
	cJSON_AddNumberToObject(object, "root_bytes", (double)tdp_root_size(&layout));
	cJSON_AddNumberToObject(object, "software_bits", tdp_sw_bits(&layout));
	json_features(object, "assumed", layout.features);
	json_features(object, "others", format_features(line) & ~layout.features);
	cJSON_AddStringToObject(object, "manual", line->manual);
	json_line(object, stdout);
}

int run_formats(const struct options *options, int argc, char **argv)
{
	if (argc > 0)
		usage_error("'%s' is too much: this command has no arguments", argv[0]);
	for (const struct format_line *line = format_lines; line->name; line++) {
		if (options->json)
			print_json(line);
		else
			print_line(line);
	}
	return STATUS_OK;
}
