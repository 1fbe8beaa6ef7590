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

void report_table(const struct bench_case *cases, size_t count)
{
	unsigned met = 0;

	printf("%-16s %-6s %-5s %9s  %-10s %9s  %6s %7s  %5s %s\n", "operation", "format", "guest", "ns/page", "limit", "ns/page",
	       "ratio", "min/min", "MUST", "met");
	for (size_t i = 0; i < count; i++) {
		struct verdict verdict = judge(&cases[i]);

		printf("%-16s %-6s %-5s %9.3f  %-10s %9.3f  %6.2f %7.2f  %5.2f %s\n", cases[i].op->name, cases[i].format->name,
		       cases[i].size->name, verdict.ns, cases[i].goal->limit, verdict.limit_ns, verdict.ratio, verdict.min_ratio,
		       verdict.must, verdict.met ? "yes" : "NO");
		met += verdict.met;
	}
	printf("%u of %zu within their MUST\n", met, count);
}

/* Three digits after the point are more than any of these figures is worth. */
static double rounded(double value)
{
	return round(value * 1000) / 1000;
}

/* One line of the table as an object. */
static json_t *result_object(const struct bench_case *bench_case)
{
	struct verdict verdict = judge(bench_case);

	return json_pack("{s:s, s:s, s:s, s:f, s:f, s:f, s:s, s:f, s:f, s:b, s:i, s:s}", "op", bench_case->op->name, "format",
			 bench_case->format->name, "size", bench_case->size->name, "ns_per_pte", rounded(verdict.ns),
			 "limit_ns_per_pte", rounded(verdict.limit_ns), "ratio", rounded(verdict.ratio), "limit",
			 bench_case->goal->limit, "min_ratio", rounded(verdict.min_ratio), "must", verdict.must, "met", verdict.met,
			 "rounds", (int)bench_case->rounds, "compiler", report_compiler());
}

void report_json(const char *path, const struct bench_case *cases, size_t count)
{
	json_t *results = json_array();

	for (size_t i = 0; i < count; i++)
		bench_check(json_array_append_new(results, result_object(&cases[i])) == 0, "cannot build the JSON");

	json_t *root = json_pack("{s:o, s:[]}", "results", results, "instructions");

	bench_check(root, "cannot build the JSON");
	bench_check(json_dump_file(root, path, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) == 0, "cannot write %s", path);
	json_decref(root);
}
