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

/* A goal, and whether it is met. */
static void print_goal(int width, double goal, bool met)
{
	if (goal > 0)
		printf("  %*.2f %-3s", width, goal, met ? "yes" : "NO");
	else
		printf("  %*s %-3s", width, "-", "");
}

/* How many goals are met, of how many. */
static void print_sum(const struct result *results, size_t count)
{
	unsigned must = 0, met = 0, stretch = 0, stretch_met = 0;

	for (size_t i = 0; i < count; i++) {
		must += results[i].must > 0;
		met += results[i].met;
		stretch += results[i].stretch > 0;
		stretch_met += results[i].stretch_met;
	}
	printf("%u of %u within their MUST, %u of %u within their STRETCH (%s)\n", met, must, stretch_met, stretch,
	       report_compiler());
}

void report_table(const struct result *results, size_t count)
{
	printf("%-21s %-6s %-5s %9s %-5s  %-10s %9s  %6s %7s  %5s %-3s %7s %s\n", "operation", "format", "guest", "ns", "per",
	       "limit", "ns", "ratio", "min/min", "MUST", "met", "STRETCH", "met");
	for (size_t i = 0; i < count; i++) {
		const struct result *r = &results[i];

		printf("%-21s %-6s %-5s %9.3f %-5s  %-10s %9.3f  %6.2f %7.2f", r->op, r->format, r->size, r->ns, r->unit, r->limit,
		       r->limit_ns, r->ratio, r->min_ratio);
		print_goal(5, r->must, r->met);
		print_goal(7, r->stretch, r->stretch_met);
		if (r->speedup > 0)
			printf(" speed-up %.2f, LIM-atomic %.2f", r->speedup, r->limit_speedup);
		putchar('\n');
	}
	print_sum(results, count);
}

/* Three digits after the point are more than any of these figures is worth. */
static double rounded(double value)
{
	return round(value * 1000) / 1000;
}

/* A goal and whether it is met, if there is one. */
static void add_goal(json_t *object, const char *goal_name, double goal, const char *met_name, bool met)
{
	if (goal > 0) {
		json_object_set_new(object, goal_name, json_real(rounded(goal)));
		json_object_set_new(object, met_name, json_boolean(met));
	}
}

/* One line of the table as an object. */
static json_t *result_object(const struct result *r)
{
	char ns[32], limit_ns[32];

	snprintf(ns, sizeof(ns), "ns_per_%s", r->unit);
	snprintf(limit_ns, sizeof(limit_ns), "limit_ns_per_%s", r->unit);

	json_t *object =
		json_pack("{s:s, s:s, s:s, s:f, s:f, s:f, s:s, s:f, s:i, s:s}", "op", r->op, "format", r->format, "size", r->size,
			  ns, rounded(r->ns), limit_ns, rounded(r->limit_ns), "ratio", rounded(r->ratio), "limit", r->limit,
			  "min_ratio", rounded(r->min_ratio), "rounds", (int)r->rounds, "compiler", report_compiler());

	add_goal(object, "must", r->must, "met", r->met);
	add_goal(object, "stretch", r->stretch, "stretch_met", r->stretch_met);

	if (r->speedup > 0) {
		json_object_set_new(object, "speedup", json_real(rounded(r->speedup)));
		json_object_set_new(object, "limit_speedup", json_real(rounded(r->limit_speedup)));
	}
	return object;
}

void report_json(const char *path, const struct circumstances *run, const struct result *results, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		bench_check(json_array_append_new(list, result_object(&results[i])) == 0, "cannot build the JSON");

	json_t *root = json_pack("{s:[{s:s, s:s, s:s, s:f, s:f, s:i}], s:o, s:[]}", "runs", "compiler", report_compiler(), "cpu",
				 run->cpu, "date", run->date, "noise_before", rounded(run->noise_before), "noise_after",
				 rounded(run->noise_after), "rounds", (int)run->rounds, "results", list, "instructions");

	bench_check(root, "cannot build the JSON");
	bench_check(json_dump_file(root, path, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) == 0, "cannot write %s", path);
	json_decref(root);
}
