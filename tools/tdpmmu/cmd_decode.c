/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdpmmu decode: entries from the command line or from lines of text, in one line each, in words, or as JSON.
 */
#include "lines.h"
#include "options.h"
#include "report.h"

#include <stdlib.h>

/* How every entry of this run is shown. */
struct decode {
	const struct options *options;
	struct tdp_layout layout;
};

/* Where in a text an entry was found. */
struct origin_in_text {
	unsigned long number; /* of the line */
	const char *key;
	bool assumed; /* nothing tells the level: taken for the last one's */
};

/* One entry. from: NULL on the command line. */
static void show(const struct decode *d, unsigned level, uint64_t raw, const struct origin_in_text *from)
{
	const struct report report = report_make(d->options->line, &d->layout, d->options->origin, level, raw);
	cJSON *object;

	if (!d->options->json) {
		report_print(&report, stdout);
		if (d->options->explain) {
			explain_print_notes(&report, stdout);
			explain_print_fields(&report, stdout);
		}
		return;
	}
	object = report_json(&report);
	if (d->options->explain)
		explain_json(&report, object);
	if (from) {
		cJSON_AddNumberToObject(object, "line", (double)from->number);
		cJSON_AddStringToObject(object, "key", from->key);
		cJSON_AddBoolToObject(object, "level_assumed", from->assumed);
	}
	json_line(object, stdout);
}

/*
 * The level of a line's entries in the library's count: what the line says (kernels count from 1, on Arm from the top), else what the
 * option says. False if neither does.
 */
static bool line_level(const struct decode *d, const struct line *line, unsigned *level)
{
	*level = 0;
	if (line->level_given)
		*level = d->options->line->family->levels_from_top ? 3 - line->level : line->level - 1;
	else if (d->options->level)
		*level = options_level(&d->layout, d->options->level);
	else
		return false;
	if (*level <= d->layout.top_level)
		return true;
	*level = 0;
	return false;
}

/* The line as it is, unless it is an entry and nothing else, and its entries below it. */
static void decode_line(const struct decode *d, const char *text, size_t len, unsigned long number)
{
	struct origin_in_text from = {.number = number};
	struct line line;
	unsigned level;

	line_read(&line, text, d->options->keys, d->options->n_keys);
	if (!d->options->json && !line.alone) {
		fwrite(text, 1, len, stdout);
		if (text[len - 1] != '\n')
			putchar('\n');
	}
	from.assumed = !line_level(d, &line, &level);
	for (unsigned i = 0; i < line.count; i++) {
		from.key = line.found[i].key;
		if (!d->options->json && !line.alone)
			printf("  ^ %s%s%s", from.key, *from.key ? " " : "", from.assumed ? "(level assumed) " : "");
		show(d, level, line.found[i].value, &from);
	}
}

/* All lines of standard input. */
static void decode_lines(const struct decode *d)
{
	unsigned long number = 0;
	char *text = NULL;
	size_t room = 0;
	ssize_t len;

	while ((len = getline(&text, &room, stdin)) > 0)
		decode_line(d, text, (size_t)len, ++number);
	free(text);
	if (ferror(stdin))
		trouble("cannot read standard input");
}

int run_decode(const struct options *options, int argc, char **argv)
{
	const struct decode d = {options, options_layout(options)};
	unsigned low = 0, high = d.layout.top_level;
	uint64_t raw;

	if (options->level)
		low = high = options_level(&d.layout, options->level);
	for (int i = 0; i < argc; i++) {
		if (!parse_hex(argv[i], &raw))
			usage_error("'%s' is no entry: a hexadecimal number of up to 16 digits", argv[i]);
	}
	for (int i = 0; i < argc && parse_hex(argv[i], &raw); i++) {
		for (unsigned level = low; level <= high; level++)
			show(&d, level, raw, NULL);
	}
	if (argc == 0)
		decode_lines(&d);
	return STATUS_OK;
}
