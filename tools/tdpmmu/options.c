/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum option_id {
	O_FORMAT = 256,
	O_LEVEL,
	O_ORIGIN,
	O_JSON,
	O_EXPLAIN,
	O_KEY,
	O_GPA,
	O_BASE,
	O_ROOT,
	O_REG,
	O_CONTROL,
	O_CHECK,
	O_STRICT,
	O_GPA_BITS,
	O_HPA_BITS,
	O_FEATURES,
	O_LEAF_SIZES,
	O_C_BIT,
	O_PAT,
	O_HELP,
};

/* An option: who has it, and how it is explained. */
struct option_line {
	int id;
	unsigned commands;
	const char *name;
	const char *argument; /* NULL: none */
	const char *help;
};

static const struct option_line lines[] = {
	{O_FORMAT, C_LAYOUT, "format", "NAME", "the page-table format; 'tdpmmu formats' lists them"},
	{O_LEVEL, C_DECODE | C_ENCODE, "level", "N",
	 "level of the table it is in: 0 is the last; or the manual's name, such as PDE"},
	{O_ORIGIN, C_DECODE | C_ENCODE | C_DUMP | C_WALK, "origin", "ours|foreign",
	 "whose software bits: this library's, or anybody's"},
	{O_EXPLAIN, C_DECODE | C_ENCODE | C_WALK, "explain", NULL, "say in words what hardware does, and each bit"},
	{O_KEY, C_DECODE, "key", "WORD", "in text, also take the number after WORD for an entry; may be repeated"},
	{O_GPA, C_SIZE, "gpa", "ADDRESS", "start of the range; without it any start is considered"},
	{O_BASE, C_IMAGE, "base", "ADDRESS", "physical address of the first byte of FILE (default 0)"},
	{O_ROOT, C_IMAGE, "root", "ADDRESS", "physical address of the root table"},
	{O_REG, C_IMAGE, "reg", "VALUE", "instead of --root: the value of EPTP, nCR3, CR3 or VTTBR_EL2"},
	{O_CONTROL, C_IMAGE, "control", "VALUE", "with --reg: VTCR_EL2, for NPT the host's CR4, for EPT the secondary controls"},
	{O_CHECK, C_DUMP, "check", NULL, "look for broken invariants and oddities; exit status 1 if something is broken"},
	{O_STRICT, C_DUMP, "strict", NULL, "the same, and exit status 1 for oddities, too"},
	{O_GPA_BITS, C_LAYOUT, "gpa-bits", "N", "width of guest physical addresses"},
	{O_HPA_BITS, C_LAYOUT, "hpa-bits", "N", "width of host physical addresses (MAXPHYADDR, PARange); wider ones are reserved"},
	{O_FEATURES, C_LAYOUT, "features", "A,-B", "the machine has A and not B, beside what 'tdpmmu formats' shows as assumed"},
	{O_LEAF_SIZES, C_LAYOUT, "leaf-sizes", "4K,2M", "sizes of pages that the machine has (default: all)"},
	{O_C_BIT, C_LAYOUT, "c-bit", "N", "position of the memory encryption bit, which is no address then"},
	{O_PAT, C_LAYOUT, "pat", "VALUE", "the PAT in force (default: its power-on value)"},
	{O_JSON, C_ALL, "json", NULL, "print JSON"},
	{O_HELP, C_ALL, "help", NULL, "print this"},
};

enum { N_LINES = sizeof(lines) / sizeof(lines[0]) };

/* The help of a sub-command. */
static void print_help(const struct command *command)
{
	char left[40];

	printf("usage: tdpmmu %s [OPTION...]%s%s\n%s.\n", command->name, *command->arguments ? " " : "", command->arguments,
	       command->summary);
	if (*command->more)
		printf("\n%s\n", command->more);
	puts("\noptions:");
	for (int i = 0; i < N_LINES; i++) {
		if (!(lines[i].commands & command->bit))
			continue;
		snprintf(left, sizeof(left), "--%s%s%s", lines[i].name, lines[i].argument ? " " : "",
			 lines[i].argument ? lines[i].argument : "");
		printf("  %-24s %s\n", left, lines[i].help);
	}
	printf("\nexit status: 0 done, 1 the answer is no, 2 a mistake on the command line, 3 a file cannot be read or written\n"
	       "more: man tdpmmu-%s\n",
	       command->name);
}

/* "fwb,-exec-only" */
static void read_features(struct options *options, const char *text)
{
	while (*text) {
		const size_t len = strcspn(text, ",");
		const bool off = *text == '-';
		const char *name = text + off;
		const struct feature_line *line = feature_lines;

		while (line->name && (strlen(line->name) != len - off || strncmp(line->name, name, len - off) != 0))
			line++;
		if (!line->name)
			usage_error("--features: '%.*s' is no feature; 'tdpmmu formats' lists them", (int)len, text);
		*(off ? &options->features_off : &options->features_on) |= line->bit;
		*(off ? &options->features_on : &options->features_off) &= ~line->bit;
		text += len + (text[len] == ',');
	}
}

/* "ours", "foreign" */
static enum tdp_origin read_origin(const char *text)
{
	if (strcmp(text, "ours") == 0)
		return TDP_OURS;
	if (strcmp(text, "foreign") != 0)
		usage_error("--origin: '%s' is neither ours nor foreign", text);
	return TDP_FOREIGN;
}

/* Options that hold a number. */
static void read_number(struct options *options, int id, const char *text)
{
	switch (id) {
	case O_GPA:
		options->gpa = number_or_usage("--gpa", text);
		options->gpa_given = true;
		break;
	case O_BASE:
		options->base = number_or_usage("--base", text);
		break;
	case O_ROOT:
		options->root = number_or_usage("--root", text);
		options->root_given = true;
		break;
	case O_REG:
		options->reg = number_or_usage("--reg", text);
		options->reg_given = true;
		break;
	case O_CONTROL:
		options->control = number_or_usage("--control", text);
		options->control_given = true;
		break;
	case O_GPA_BITS:
		options->gpa_bits = small_or_usage("--gpa-bits", text, 13, 64);
		break;
	case O_HPA_BITS:
		options->hpa_bits = small_or_usage("--hpa-bits", text, 32, 56);
		break;
	case O_C_BIT:
		options->c_bit = small_or_usage("--c-bit", text, 32, 51);
		break;
	default:
		options->pat = number_or_usage("--pat", text);
		break;
	}
}

/* All others. */
static void read_one(struct options *options, int id, const char *text)
{
	switch (id) {
	case O_FORMAT:
		options->line = format_find(text);
		if (!options->line)
			usage_error("--format: '%s' is none of %s", text, format_names());
		break;
	case O_LEVEL:
		options->level = text;
		break;
	case O_ORIGIN:
		options->origin = read_origin(text);
		options->origin_given = true;
		break;
	case O_JSON:
		options->json = true;
		break;
	case O_EXPLAIN:
		options->explain = true;
		break;
	case O_STRICT:
		options->strict = true;
		options->check = true;
		break;
	case O_CHECK:
		options->check = true;
		break;
	case O_KEY:
		if (options->n_keys == MAX_KEYS)
			usage_error("--key: not more than %d", MAX_KEYS);
		options->keys[options->n_keys++] = text;
		break;
	case O_FEATURES:
		read_features(options, text);
		break;
	case O_LEAF_SIZES:
		options->leaf_sizes = text;
		break;
	default:
		read_number(options, id, text);
		break;
	}
}

int options_read(struct options *options, const struct command *command, int argc, char **argv)
{
	struct option known[N_LINES + 1] = {{NULL, 0, NULL, 0}};
	int id, n = 0;

	for (int i = 0; i < N_LINES; i++) {
		if (lines[i].commands & command->bit)
			known[n++] = (struct option){lines[i].name, lines[i].argument ? required_argument : no_argument, NULL,
						     lines[i].id};
	}
	*options = (struct options){.origin = TDP_FOREIGN};
	opterr = 0;
	optind = 1;
	while ((id = getopt_long(argc, argv, ":h", known, NULL)) != -1) {
		if (id == 'h' || id == O_HELP) {
			print_help(command);
			exit(STATUS_OK);
		}
		if (id == ':')
			usage_error("%s needs a value; see tdpmmu %s --help", argv[optind - 1], command->name);
		if (id == '?')
			usage_error("'%s' is no option, or too short; see tdpmmu %s --help", argv[optind - 1], command->name);
		read_one(options, id, optarg);
	}
	return optind;
}

/* Levels of the sizes in --leaf-sizes; each must be a level's size. */
static uint32_t leaf_levels(const struct tdp_layout *layout, const char *text)
{
	uint32_t levels = 0;
	char word[SIZE_TEXT];
	uint64_t size;

	while (*text) {
		const size_t len = strcspn(text, ",");
		unsigned level = 0;

		snprintf(word, sizeof(word), "%.*s", (int)(len < sizeof(word) ? len : sizeof(word) - 1), text);
		size = number_or_usage("--leaf-sizes", word);
		while (level <= layout->top_level && tdp_level_size(layout, level) != size)
			level++;
		if (level > layout->top_level)
			usage_error("--leaf-sizes: this format has no level of %s", word);
		levels |= 1u << level;
		text += len + (text[len] == ',');
	}
	return levels;
}

struct tdp_layout options_layout(const struct options *options)
{
	const struct format_line *line = options->line;
	struct tdp_layout layout;
	struct tdp_caps caps = {.leaf_levels = ~0u};
	struct tdp_wish wish = {.size = 0};
	enum tdp_misfit why;

	if (!line)
		usage_error("which format? --format is one of %s", format_names());
	caps.hpa_bits = (uint8_t)(options->hpa_bits ? options->hpa_bits : line->hpa_bits);
	caps.features = (line->features | options->features_on) & ~options->features_off;
	caps.granules = line->family->granules;
	caps.entry_or = options->c_bit ? UINT64_C(1) << options->c_bit : 0;
	if (options->leaf_sizes) {
		layout = format_layout(line);
		caps.leaf_levels = leaf_levels(&layout, options->leaf_sizes);
	}
	if (options->features_on & ~format_features(line))
		usage_error("--features: %s does not know all of these", line->name);
	wish.gpa_bits = (uint8_t)(options->gpa_bits ? options->gpa_bits : line->gpa_bits);
	if (tdp_layout_choose(&layout, line->format, &caps, &wish, &why) != TDP_OK)
		usage_error("%s on this machine: %s", line->name, tdp_misfit_name(why));
	if (layout.entry_or != caps.entry_or)
		usage_error("--c-bit: %s has no encryption bit", line->name);
	layout.pat = options->pat;
	return layout;
}

unsigned options_level(const struct tdp_layout *layout, const char *text)
{
	const unsigned top = layout->top_level;

	if (text[0] >= '0' && text[0] <= '9' && !text[1] && (unsigned)(text[0] - '0') <= top)
		return (unsigned)(text[0] - '0');
	for (unsigned level = 0; level <= top; level++) {
		if (strcasecmp(text, tdp_level_name(layout, level)) == 0)
			return level;
	}
	usage_error("--level: '%s' is no level: 0 (%s) to %u (%s)", text, tdp_level_name(layout, 0), top,
		    tdp_level_name(layout, top));
}
