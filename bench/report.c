/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Printing.
 */
#include "report.h"
#include "fail.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

#define STRINGIFY_(x) #x
#define STRINGIFY(x)  STRINGIFY_(x)

const char *report_compiler(void)
{
#ifdef __clang__
	return "clang " STRINGIFY(__clang_major__) "." STRINGIFY(__clang_minor__) "." STRINGIFY(__clang_patchlevel__);
#else
	return "gcc " STRINGIFY(__GNUC__) "." STRINGIFY(__GNUC_MINOR__) "." STRINGIFY(__GNUC_PATCHLEVEL__);
#endif
}

void report_table(const struct result *results, size_t count)
{
	unsigned met = 0;

	printf("%-21s %-6s %-5s %9s  %-10s %9s  %6s %7s  %5s %s\n", "operation", "format", "guest", "ns/page", "limit", "ns/page",
	       "ratio", "min/min", "MUST", "met");
	for (size_t i = 0; i < count; i++) {
		const struct result *r = &results[i];

		printf("%-21s %-6s %-5s %9.3f  %-10s %9.3f  %6.2f %7.2f  %5.2f %-3s", r->op, r->format, r->size, r->ns, r->limit,
		       r->limit_ns, r->ratio, r->min_ratio, r->must, r->met ? "yes" : "NO");
		if (r->speedup > 0)
			printf(" speed-up %.2f, LIM-atomic %.2f", r->speedup, r->limit_speedup);
		putchar('\n');
		met += r->met;
	}
	printf("%u of %zu within their MUST\n", met, count);
}

/* Three digits after the point are more than any of these figures is worth. */
static double rounded(double value)
{
	return round(value * 1000) / 1000;
}

/* One line of the table as an object. */
static json_t *result_object(const struct result *r)
{
	json_t *object = json_pack("{s:s, s:s, s:s, s:f, s:f, s:f, s:s, s:f, s:f, s:b, s:i, s:s}", "op", r->op, "format", r->format,
				   "size", r->size, "ns_per_pte", rounded(r->ns), "limit_ns_per_pte", rounded(r->limit_ns), "ratio",
				   rounded(r->ratio), "limit", r->limit, "min_ratio", rounded(r->min_ratio), "must",
				   rounded(r->must), "met", r->met, "rounds", (int)r->rounds, "compiler", report_compiler());

	if (r->speedup > 0) {
		json_object_set_new(object, "speedup", json_real(rounded(r->speedup)));
		json_object_set_new(object, "limit_speedup", json_real(rounded(r->limit_speedup)));
	}
	return object;
}

void report_json(const char *path, const struct result *results, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		bench_check(json_array_append_new(list, result_object(&results[i])) == 0, "cannot build the JSON");

	json_t *root = json_pack("{s:o, s:[]}", "results", list, "instructions");

	bench_check(root, "cannot build the JSON");
	bench_check(json_dump_file(root, path, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) == 0, "cannot write %s", path);
	json_decref(root);
}
