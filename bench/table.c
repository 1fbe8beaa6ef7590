/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdpmmu-bench-table FILE: the results in a JSON file as lines for scripts: operation, format, guest, compiler, unit, ns, the limit's ns,
 * ratio, min/min, MUST, STRETCH ("-" where there is none). Compilers without a version.
 */
#include "fail.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A string of an object; ends the program if there is none. */
static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	bench_check(value, "a result has no \"%s\"", key);
	return value;
}

/* A number of an object, or "-". */
static void print_number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (json_is_number(value))
		printf("\t%g", json_number_value(value));
	else
		printf("\t-");
}

/* The unit, which is the end of a key: "ns_per_pte". */
static const char *unit_of(json_t *object)
{
	static const char prefix[] = "ns_per_";
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) if (strncmp(key, prefix, sizeof(prefix) - 1) == 0) return key + sizeof(prefix) - 1;
	bench_fail("a result has no time");
}

static void print_result(json_t *object)
{
	const char *unit = unit_of(object), *compiler = text(object, "compiler");
	char ns[32], limit_ns[32];

	snprintf(ns, sizeof(ns), "ns_per_%s", unit);
	snprintf(limit_ns, sizeof(limit_ns), "limit_ns_per_%s", unit);
	printf("%s\t%s\t%s\t%.*s\t%s", text(object, "op"), text(object, "format"), text(object, "size"),
	       (int)strcspn(compiler, " "), compiler, unit);
	print_number(object, ns);
	print_number(object, limit_ns);
	print_number(object, "ratio");
	print_number(object, "min_ratio");
	print_number(object, "must");
	print_number(object, "stretch");
	putchar('\n');
}

int main(int argc, char **argv)
{
	json_error_t error;
	json_t *root, *result;
	size_t i;

	bench_check(argc == 2, "usage: %s FILE", argv[0]);
	root = json_load_file(argv[1], 0, &error);
	bench_check(root, "%s:%d: %s", argv[1], error.line, error.text);
	json_array_foreach(json_object_get(root, "results"), i, result) print_result(result);
	json_decref(root);
	return EXIT_SUCCESS;
}
