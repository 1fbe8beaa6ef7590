/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the judge fit to judge? Every bad trace must be flagged with its number, every good one must stay clean, and the walkers must agree
 * with values taken from the manuals. Prints TAP.
 */
#include "hand.h"

#include <stdio.h>

/* Runs one trace; true: the verdict is the expected one. */
static bool run(const struct trace *t)
{
	struct hand h;
	bool ok;

	hand_open(&h, &t->config);
	if (!referee_clean(h.r))
		printf("# the trace does not begin clean\n");
	t->run(&h);
	ok = t->expect ? referee_count(h.r, t->expect) > 0 : referee_clean(h.r);
	if (!ok)
		printf("# expected %s%u, got: %s\n", t->expect ? "V" : "", t->expect, referee_violations(h.r));
	hand_close(&h);
	return ok;
}

static int run_all(const struct trace *traces, unsigned n, const char *what, unsigned first)
{
	int failed = 0;

	for (unsigned i = 0; i < n; i++) {
		bool ok = run(&traces[i]);

		failed += !ok;
		printf("%s %u - %s, %s: %s\n", ok ? "ok" : "not ok", first + i, what, ref_kind_name(traces[i].config.kind),
		       traces[i].name);
	}
	return failed;
}

int main(void)
{
	unsigned walker_failed = 0, walker_total = walker_checks(&walker_failed);
	int failed;

	printf("1..%u\n", bad_trace_count + good_trace_count + 1);
	printf("%s 1 - walkers: %u values from the manuals\n", walker_failed ? "not ok" : "ok", walker_total);
	failed = run_all(bad_traces, bad_trace_count, "flagged", 2);
	failed += run_all(good_traces, good_trace_count, "clean", 2 + bad_trace_count);
	return failed || walker_failed;
}
