/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads one JSON object from stdin and sees that it has what tdpvm promises of the act that it names. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

static const double many = 1e15;

/* A number in [low, high] under a name. */
static bool number(const json_t *root, const char *key, double low, double high)
{
	const json_t *value = json_object_get(root, key);
	const bool ok = json_is_number(value) && json_number_value(value) >= low && json_number_value(value) <= high;

	if (!ok)
		fprintf(stderr, "%s: missing, or not between %g and %g\n", key, low, high);
	return ok;
}

/* A true under a name. */
static bool truth(const json_t *root, const char *key)
{
	const bool ok = json_is_true(json_object_get(root, key));

	if (!ok)
		fprintf(stderr, "%s: not true\n", key);
	return ok;
}

/* Pre-copy: nothing lost, and at least ten rounds like KVM's. */
static bool dirty_keys(const json_t *root)
{
	const char *log = json_string_value(json_object_get(root, "log"));
	const bool by_faults = log && !strcmp(log, "write-protect");
	bool ok = truth(root, "kvm_log_equal");

	ok &= number(root, "lost", 0, 0);
	ok &= number(root, "kvm_rounds", 10, many);
	ok &= number(root, "kvm_pages", 100, many);
	ok &= number(root, "faults_logged", by_faults ? 100 : 0, by_faults ? many : 0);
	ok &= number(root, "downtime_seconds", 0, 3600);
	return ok && json_array_size(json_object_get(root, "rounds")) >= 12;
}

/* Promotion against unmapping: both ran, and the second one made the guest fault for every block. */
static bool promote_keys(const json_t *root)
{
	const double blocks = json_number_value(json_object_get(root, "blocks"));
	bool ok = number(root, "blocks", 1, many);

	ok &= number(root, "promoted", blocks, many);
	ok &= number(root, "promote_seconds", 1e-9, 3600);
	ok &= number(root, "zap_refault_seconds", 1e-9, 3600);
	ok &= number(root, "ratio", 1e-9, many);
	ok &= number(root, "faults_promote", 0, many);
	ok &= number(root, "faults_zap", blocks, many);
	ok &= number(root, "flushes_promote", 1, many);
	ok &= number(root, "flushes_zap", 1, many);
	return ok;
}

/* Split ahead: no fault needs more than the fast way. Otherwise each block has one that does. */
static bool split_keys(const json_t *root)
{
	const double blocks = json_number_value(json_object_get(root, "blocks"));
	bool ok = number(root, "split_leaves", blocks, blocks);

	ok &= number(root, "split_seconds", 1e-9, 3600);
	ok &= number(root, "fault_seconds", 1e-9, 3600);
	ok &= number(root, "slow_faults_split", 0, 0);
	ok &= number(root, "slow_faults_fault", blocks, many);
	return ok;
}

/* Ages: some pages are young, and not always all of them. */
static bool wss_keys(const json_t *root)
{
	const double pages = json_number_value(json_object_get(root, "data_pages"));
	bool ok = number(root, "data_pages", 1, many);

	ok &= number(root, "working_set_pages", 1, pages - 1);
	ok &= number(root, "most_pages", 1, pages);
	return ok && json_array_size(json_object_get(root, "young_pages")) >= 10;
}

int main(void)
{
	static const struct {
		const char *act;
		bool (*keys)(const json_t *root);
	} acts[] = {{"dirty", dirty_keys}, {"promote", promote_keys}, {"split", split_keys}, {"wss", wss_keys}};
	json_error_t error;
	json_t *root = json_loadf(stdin, 0, &error); /* flag 0: what follows the object is an error */
	const char *act = json_string_value(json_object_get(root, "act"));
	bool known = false, ok = truth(root, "ok");

	/* Each of them says what is wrong. */
	ok = number(root, "leaked_tables", 0, 0) && ok;
	ok = number(root, "mismatches", 0, 0) && ok;
	ok = number(root, "kvm_translate_checked", 100000, many) && ok;
	ok = number(root, "seconds", 0, many) && ok;
	if (!act)
		fprintf(stderr, "not one JSON object with an act: %s\n", error.text);
	for (unsigned i = 0; act && i < sizeof(acts) / sizeof(acts[0]); i++)
		if (!strcmp(act, acts[i].act)) {
			known = true;
			ok &= acts[i].keys(root);
		}
	json_decref(root);
	return known && ok ? 0 : 1;
}
