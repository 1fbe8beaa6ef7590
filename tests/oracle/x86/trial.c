/* SPDX-License-Identifier: BSD-2-Clause */
/* Random layouts; see trial.h. */
#include "trial.h"

#include "pages.h"

enum { ROUNDS = 12, CALLS_PER_ROUND = 4, QUERIES_PER_ROUND = 64, TABLES = 3000 };

/* Each entry into the guest starts without cached translations. */
static void flush(void *ctx, void *user, const struct tdp_flush *what)
{
	(void)ctx;
	(void)user;
	(void)what;
}

static void one_layout(struct trial *t, struct probe_counts *counts)
{
	static struct space space;
	const struct space_hooks hooks = {.flush = flush};
	struct layout_run *l = &t->layout;

	l->space = &space;
	space_tables(&space.tables, TABLES);
	space_init(&space, t->engine, t->format, &t->caps, l->gpa_bits, 0, &hooks);
	window_init(&space);
	t->load(&space.regs);
	layout_start(l);
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < CALLS_PER_ROUND; i++)
			layout_step(l);
		for (unsigned i = 0; i < QUERIES_PER_ROUND; i++)
			probe_once(&t->walker, l, counts);
	}
	if (tdp_verify(&space.tree, NULL, NULL) != TDP_OK)
		machine_fail("tdp_verify");
	space_fini(&space);
}

uint64_t trial_run(struct trial *t)
{
	const uint64_t seed = t->layout.random;
	struct probe_counts counts = {0};
	unsigned layouts = 0;

	HOST_WORD(GUEST_RAM + GUEST_WORD) = PROBE_WALK_VALUE;
	for (; counts.queries < t->queries; layouts++)
		one_layout(t, &counts);
	say("walker=%s format=%s%s%s seed=%lx layouts=%u resolved=%lu done=%lu queries=%lu mismatches=%lu\n", t->walker.name,
	    t->walker.format, t->walker.model ? " model=" : "", t->walker.model ? t->walker.model : "", seed, layouts,
	    counts.faults_resolved, counts.done, counts.queries, counts.mismatches);
	return counts.mismatches;
}
