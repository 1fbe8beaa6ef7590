/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads one JSON object from stdin, and nothing after it, and sees that it has what tdpvm --json promises. */
#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

/* A number in [low, high] under a name. */
static bool number(const json_t *root, const char *key, double low, double high)
{
	const json_t *value = json_object_get(root, key);
	const bool ok = json_is_number(value) && json_number_value(value) >= low && json_number_value(value) <= high;

	if (!ok)
		fprintf(stderr, "%s: missing, or not between %g and %g\n", key, low, high);
	return ok;
}

int main(void)
{
	const double many = 1e15;
	json_error_t error;
	json_t *root = json_loadf(stdin, 0, &error); /* flag 0: what follows the object is an error */

	if (!json_is_object(root)) {
		fprintf(stderr, "not one JSON object: %s\n", error.text);
		return 1;
	}
	const json_t *pages = json_object_get(root, "pages"), *retries = json_object_get(root, "retries");
	bool ok = json_is_true(json_object_get(root, "guest_ok")) && json_is_string(json_object_get(root, "page")) &&
		  json_is_string(json_object_get(root, "rcu"));

	ok &= number(root, "faults", 100, many);
	ok &= number(root, "pages_checked", 1000, many);
	ok &= number(root, "kvm_translate_checked", 100000, many);
	ok &= number(root, "mismatches", 0, 0);
	ok &= number(root, "tables", 5, many);
	ok &= number(root, "flushes", 20, many);
	ok &= number(root, "leaked_tables", 0, 0);
	ok &= number(root, "seconds", 0.001, 3600);
	ok &= number(root, "vcpus", 1, 8);
	ok &= number(root, "mem", 16 << 20, 3.0 * (1 << 30));
	ok &= number(root, "moves", 10, many);
	ok &= number(root, "zaps", 5, many);
	ok &= number(root, "rewrites", 1, many);
	ok &= number(retries, "busy", 0, many);
	ok &= number(retries, "race", 0, many);
	ok &= number(retries, "invalidated", 0, many);
	ok &= number(root, "chaos", 0, 86400);
	if (json_number_value(json_object_get(root, "chaos")) > 0) {
		ok &= number(root, "seconds", json_number_value(json_object_get(root, "chaos")), 3600);
		ok &= number(root, "table_zaps", 5, many);
		ok &= number(root, "tables_retired", 5, many);
		ok &= number(root, "remaps", 5, many);
		ok &= number(root, "trims", 1, many);
		ok &= number(root, "refaults", 100, many);
	}
	ok &= number(pages, "4k", 1, many);
	ok &= number(pages, "2m", 0, many);
	json_decref(root);
	return ok ? 0 : 1;
}
