/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tdpmmu-bench-merge OUT IN...: join the "results" and "instructions" of several JSON files.
 */
#include "fail.h"

#include <jansson.h>
#include <stdlib.h>

/* Append one file's lists. */
static void append(json_t *results, json_t *instructions, const char *path)
{
	json_error_t error;
	json_t *root = json_load_file(path, 0, &error);

	bench_check(root, "%s:%d: %s", path, error.line, error.text);
	bench_check(json_array_extend(results, json_object_get(root, "results")) == 0, "%s has no \"results\"", path);
	bench_check(json_array_extend(instructions, json_object_get(root, "instructions")) == 0, "%s has no \"instructions\"",
		    path);
	json_decref(root);
}

int main(int argc, char **argv)
{
	json_t *results = json_array(), *instructions = json_array();

	bench_check(argc >= 3, "usage: %s OUT IN...", argv[0]);
	for (int i = 2; i < argc; i++)
		append(results, instructions, argv[i]);

	json_t *root = json_pack("{s:o, s:o}", "results", results, "instructions", instructions);

	bench_check(root && json_dump_file(root, argv[1], JSON_INDENT(2) | JSON_REAL_PRECISION(6)) == 0, "cannot write %s",
		    argv[1]);
	json_decref(root);
	return EXIT_SUCCESS;
}
