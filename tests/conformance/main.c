/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conformance [--entries N] [--seed N] [--only TEXT] [--format NAME]: asks every aspect of every variant, and speaks TAP. N random entries
 * per format, shared by its variants. --only: variants whose name contains this; --format: those of one format.
 */
#include "conformance.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
	uint64_t entries, seed;
	const char *only, *format;
};

static unsigned done, failed;

/* Reports one aspect. */
static void report(struct subject *s, const char *aspect, bool good)
{
	printf("%sok %u - %s: %s\n", good ? "" : "not ", ++done, s->v->name, aspect);
	failed += !good;
	s->complaints = 0;
}

/* The random entries of one variant: the format's, divided by its variants, rounded up. */
static uint64_t share(const struct variant *v, uint64_t entries)
{
	unsigned variants_of_it = 0;

	for (unsigned i = 0; i < variant_count; i++)
		variants_of_it += variants[i].format == v->format;
	return (entries + variants_of_it - 1) / variants_of_it;
}

static void examine(const struct variant *v, const struct options *o)
{
	struct subject s = {.v = v, .fmt = v->format, .random = o->seed};
	const struct tdp_caps caps = {.hpa_bits = v->hpa_bits ? v->hpa_bits : 46,
				      .leaf_levels = v->leaf_levels ? v->leaf_levels : 7,
				      .features = v->features,
				      .granules = v->granules};
	const struct tdp_wish wish = {.gpa_bits = v->gpa_bits, .levels = v->levels};
	enum tdp_misfit why;

	if (tdp_layout_choose(&s.lay, v->format, &caps, &wish, &why) != TDP_OK) {
		printf("# %s\n", tdp_misfit_name(why));
		report(&s, "layout", false);
		return;
	}
	s.lay.entry_or = v->entry_or;
	s.lay.pat = v->pat;
	report(&s, "registers", registers_agree(&s));
	report(&s, "random entries", entries_agree(&s, share(v, o->entries)));
	report(&s, "attributes", attributes_agree(&s));
	report(&s, "addresses", addresses_agree(&s));
	report(&s, "kinds and masks", kinds_agree(&s));
	report(&s, "changes", changes_agree(&s));
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end) {
		fprintf(stderr, "not a number: %s\n", text);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	static const struct option known[] = {{"entries", required_argument, NULL, 'n'},
					      {"seed", required_argument, NULL, 's'},
					      {"only", required_argument, NULL, 'o'},
					      {"format", required_argument, NULL, 'f'},
					      {NULL, 0, NULL, 0}};
	struct options o = {.entries = 10000000, .seed = 1};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case 'n':
			o.entries = number(optarg);
			break;
		case 's':
			o.seed = number(optarg);
			break;
		case 'o':
			o.only = optarg;
			break;
		case 'f':
			o.format = optarg;
			break;
		default:
			return 2;
		}
	}
	printf("# seed=%" PRIu64 " entries per format=%" PRIu64 "\n", o.seed, o.entries);
	for (unsigned i = 0; i < variant_count; i++)
		if ((!o.only || strstr(variants[i].name, o.only)) && (!o.format || strcmp(variants[i].format->name, o.format) == 0))
			examine(&variants[i], &o);
	printf("1..%u\n", done);
	return failed || done == 0;
}
