/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the judge fit to judge? Every bad trace must be flagged with its number, every good one must stay clean, and the walkers
 * must agree with values taken from the manuals. Prints TAP.
 */
#include "hand.h"

#include <stdio.h>

/* Runs one trace; true: the verdict is the expected one. */
static bool run(const struct trace *t, enum ref_kind kind)
{
	struct referee_config config = t->config;
	struct hand h;
	bool ok;

	config.kind = kind;
	hand_open(&h, &config);
	if (!referee_clean(h.r))
		printf("# the trace does not begin clean\n");
	t->run(&h);
	ok = t->expect ? referee_count(h.r, t->expect) > 0 : referee_clean(h.r);
	if (!ok)
		printf("# expected %s%u, got: %s\n", t->expect ? "V" : "", t->expect, referee_violations(h.r));
	hand_close(&h);
	return ok;
}

/* Runs traces on each format they are for; counts on in *done, returns how many failed. */
static unsigned run_all(const struct trace *traces, unsigned n, unsigned *done)
{
	static const enum ref_kind kinds[] = {REF_NPT, REF_S2};
	unsigned failed = 0;

	for (unsigned i = 0; i < 2 * n; i++) {
		const struct trace *t = &traces[i / 2];
		bool ok;

		if (!(t->on >> i % 2 & 1))
			continue;
		ok = run(t, kinds[i % 2]);
		failed += !ok;
		printf("%s %u - %s: %s, %s%s\n", ok ? "ok" : "not ok", ++*done, t->name, ref_kind_name(kinds[i % 2]),
		       t->expect ? "flagged" : "clean", t->config.lazy ? " with lazy caches" : "");
	}
	return failed;
}

int main(void)
{
	unsigned done = 1, failed = 0, checks = walker_checks(&failed);

	printf("%s 1 - walkers: %u values from the manuals\n", failed ? "not ok" : "ok", checks);
	failed += run_all(flush_traces, flush_trace_count, &done);
	failed += run_all(guest_traces, guest_trace_count, &done);
	failed += run_all(door_traces, door_trace_count, &done);
	failed += run_all(good_traces, good_trace_count, &done);
	printf("1..%u\n", done);
	return failed != 0;
}
