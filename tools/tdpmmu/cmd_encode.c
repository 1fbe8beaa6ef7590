/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdpmmu encode: the entry of a page, from words on the command line or from lines. The words are those that decode prints.
 */
#include "options.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A page that is asked for. */
struct page {
	unsigned level;
	bool level_given, hpa_given, perm_given, memtype_given;
	uint64_t hpa;
	struct tdp_attrs attrs;
};

/* "rwx", "r-s": three places as decode prints them. */
static bool read_perm(const char *text, uint8_t *prot)
{
	unsigned x = text[0] && text[1] && text[2] ? (unsigned)(text[2] == 'x'	 ? 3
								: text[2] == 'u' ? 2
								: text[2] == 's' ? 1
										 : 0)
						   : 0;

	if (strlen(text) != 3 || !strchr("r-", text[0]) || !strchr("w-", text[1]) || !strchr("xsu-", text[2]))
		return false;
	*prot = (uint8_t)((text[0] == 'r' ? TDP_R : 0) | (text[1] == 'w' ? TDP_W : 0) | x << 2);
	return true;
}

static bool read_memtype(const char *text, uint8_t *memtype)
{
	for (unsigned type = TDP_MT_WB; type <= TDP_MT_STAGE1; type++) {
		if (strcasecmp(text, memtype_name(type)) == 0) {
			*memtype = (uint8_t)type;
			return true;
		}
	}
	return false;
}

/* "force,ve" or "-" */
static bool read_flags(const char *text, uint8_t *flags)
{
	char name[32];

	*flags = 0;
	if (strcmp(text, "-") == 0)
		return true;
	while (*text) {
		const size_t len = strcspn(text, ",");
		unsigned bit = 0;

		while (bit < 3 && (strlen(flags_text(1u << bit, name)) != len || strncmp(name, text, len) != 0))
			bit++;
		if (bit == 3)
			return false;
		*flags |= (uint8_t)(1u << bit);
		text += len + (text[len] == ',');
	}
	return true;
}

/* A word without a key is the next of hpa, perm and memtype that is missing. */
static const char *key_of_bare(const struct page *page)
{
	return !page->hpa_given ? "hpa" : !page->perm_given ? "perm" : !page->memtype_given ? "memtype" : "";
}

/* Keys that decode prints and that do not change what is encoded. */
static bool key_ignored(const char *key)
{
	static const char *const ignored[] = {"entry", "name", "size", "A", "D", "software", "granted", "state"};

	for (unsigned i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
		if (strcmp(key, ignored[i]) == 0)
			return true;
	}
	return false;
}

/* One key and its value; false if it makes no sense. */
static bool read_value(struct page *page, const struct tdp_layout *layout, const char *key, const char *value)
{
	uint64_t number;

	if (strcmp(key, "hpa") == 0) {
		page->hpa_given = true;
		return parse_number(value, &page->hpa);
	}
	if (strcmp(key, "perm") == 0) {
		page->perm_given = true;
		return read_perm(value, &page->attrs.prot);
	}
	if (strcmp(key, "memtype") == 0) {
		page->memtype_given = true;
		return read_memtype(value, &page->attrs.memtype);
	}
	if (strcmp(key, "flags") == 0)
		return read_flags(value, &page->attrs.flags);
	if (strcmp(key, "type") == 0)
		return strcmp(value, "leaf") == 0;
	if (strcmp(key, "sw") == 0 && parse_number(value, &number) && number < 256) {
		page->attrs.sw = (uint8_t)number;
		return true;
	}
	if (strcmp(key, "level") == 0 && parse_number(value, &number) && number <= layout->top_level) {
		page->level = (unsigned)number;
		page->level_given = true;
		return true;
	}
	return key_ignored(key);
}

/* One word. */
static bool read_word(struct page *page, const struct tdp_layout *layout, const char *word)
{
	const char *equals = strchr(word, '=');
	char key[16];

	if (!equals)
		return read_value(page, layout, key_of_bare(page), word);
	snprintf(key, sizeof(key), "%.*s", (int)(equals - word < 15 ? equals - word : 15), word);
	return read_value(page, layout, key, equals + 1);
}

/* Why there is no such entry. */
static const char *refusal(enum tdp_result result)
{
	switch (result) {
	case TDP_UNSUPPORTED:
		return "this format, or this machine (--features, --leaf-sizes), cannot say it";
	case TDP_RANGE:
		return "the address is beyond the host's width (--hpa-bits), or holds the encryption bit";
	case TDP_INVALID:
		return "the address is not aligned to the size of the page, or a value is out of range";
	default:
		return tdp_result_name(result);
	}
}

/* The entry of a page that was read, as decode would show it. Returns ::status. */
static int encode(const struct options *options, const struct tdp_layout *layout, const struct page *page)
{
	tdp_spte_t raw = 0;
	enum tdp_result result = tdp_encode_leaf(layout, page->level, page->hpa, page->attrs, &raw);
	struct report report;
	cJSON *object;

	if (result != TDP_OK) {
		complain("0x%llx at level %u: %s", (unsigned long long)page->hpa, page->level, refusal(result));
		return STATUS_NO;
	}
	if (options->origin == TDP_FOREIGN)
		raw &= ~report_make(options->line, layout, TDP_FOREIGN, page->level, raw).software;
	report = report_make(options->line, layout, options->origin, page->level, raw);
	if (options->json) {
		object = report_json(&report);
		if (options->explain)
			explain_json(&report, object);
		json_line(object, stdout);
		return STATUS_OK;
	}
	report_print(&report, stdout);
	if (options->explain) {
		explain_print_notes(&report, stdout);
		explain_print_fields(&report, stdout);
	}
	return STATUS_OK;
}

/* The words of a line, in place. Lines that ask for nothing, and complaints, are told apart by *status. */
static int encode_line(const struct options *options, const struct tdp_layout *layout, struct page page, char *text,
		       unsigned long number)
{
	static const char blanks[] = " \t\r\n";
	unsigned words = 0;
	char *rest = NULL;

	for (char *word = strtok_r(text, blanks, &rest); word; word = strtok_r(NULL, blanks, &rest), words++) {
		if (!read_word(&page, layout, word)) {
			complain("line %lu: '%s' is not understood", number, word);
			return STATUS_NO;
		}
	}
	if (words == 0)
		return STATUS_OK;
	if (!page.hpa_given || !page.perm_given || !page.level_given) {
		complain("line %lu: an address, permissions and a level are needed", number);
		return STATUS_NO;
	}
	return encode(options, layout, &page);
}

/* All lines of standard input; the worst of their results. */
static int encode_lines(const struct options *options, const struct tdp_layout *layout, const struct page *page)
{
	unsigned long number = 0;
	char *text = NULL;
	size_t room = 0;
	int worst = STATUS_OK, status;

	while (getline(&text, &room, stdin) > 0) {
		status = encode_line(options, layout, *page, text, ++number);
		worst = status > worst ? status : worst;
	}
	free(text);
	if (ferror(stdin))
		trouble("cannot read standard input");
	return worst;
}

int run_encode(const struct options *options, int argc, char **argv)
{
	struct options ours = *options;
	const struct tdp_layout layout = options_layout(options);
	struct page page = {.level = 0};

	ours.origin = options->origin_given ? options->origin : TDP_OURS;
	if (options->level) {
		page.level = options_level(&layout, options->level);
		page.level_given = true;
	}
	if (argc == 0)
		return encode_lines(&ours, &layout, &page);
	for (int i = 0; i < argc; i++) {
		if (!read_word(&page, &layout, argv[i]))
			usage_error("'%s' is not understood; see tdpmmu encode --help", argv[i]);
	}
	if (!page.hpa_given || !page.perm_given)
		usage_error("an address and permissions are needed, such as hpa=0x1000 perm=rwx");
	if (!page.level_given)
		usage_error("--level is needed: 0 (%s) is the last", tdp_level_name(&layout, 0));
	return encode(&ours, &layout, &page);
}
