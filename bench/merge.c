/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdpmmu-bench-merge OUT IN...: join the "runs", "results" and "instructions" of several JSON files. One object per line, so that files
 * that are kept can be compared.
 */
#include "fail.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const lists[] = {"runs", "results", "instructions"};
enum { LISTS = sizeof(lists) / sizeof(lists[0]) };

/* Append one file's lists. */
static void append(json_t *all[LISTS], const char *path)
{
	json_error_t error;
	json_t *root = json_load_file(path, 0, &error);

	bench_check(root, "%s:%d: %s", path, error.line, error.text);
	for (unsigned i = 0; i < LISTS; i++)
		bench_check(json_array_extend(all[i], json_object_get(root, lists[i])) == 0, "%s has no \"%s\"", path, lists[i]);
	json_decref(root);
}

/* One list, one object per line. */
static void write_list(FILE *out, const char *name, const json_t *list, const char *end)
{
	json_t *object;
	size_t i;

	fprintf(out, "\"%s\": [", name);
	json_array_foreach(list, i, object)
	{
		fputs(i ? ",\n " : "\n ", out);
		bench_check(json_dumpf(object, out, JSON_REAL_PRECISION(6)) == 0, "cannot write");
	}
	fprintf(out, "\n]%s\n", end);
}

int main(int argc, char **argv)
{
	json_t *all[LISTS];
	FILE *out;

	bench_check(argc >= 3, "usage: %s OUT IN...", argv[0]);
	for (unsigned i = 0; i < LISTS; i++)
		all[i] = json_array();
	for (int i = 2; i < argc; i++)
		append(all, argv[i]);
	out = fopen(argv[1], "we");
	bench_check(out, "cannot write %s", argv[1]);
	fputs("{", out);
	for (unsigned i = 0; i < LISTS; i++) {
		write_list(out, lists[i], all[i], i + 1 < LISTS ? "," : "}");
		json_decref(all[i]);
	}
	bench_check(fclose(out) == 0, "cannot write %s", argv[1]);
	return EXIT_SUCCESS;
}
