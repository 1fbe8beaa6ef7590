/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest is unmapped by a call that is not alone, through an RCU that looks at the clock: the time inside the library's call of defer and
 * inside its callback, over the tables that were freed. The callback frees each table by the embedder's hook, so that is included; what
 * the unmapping itself does to the tables is not.
 */
#include "retire.h"
#include "fail.h"

#include <stdlib.h>
#include <string.h>

/* A grace period for each of two chains, as promotions need. */
#define BARRIERS 2u

/* The RCU below ours, and what was seen. The callback runs in liburcu's thread; the barrier orders it before what we read. */
static struct {
	const struct tdp_rcu *rcu;
	void (*fn)(struct tdp_rcu_head *head);
	double ns;
	unsigned calls;
} watched;

static void watched_callback(struct tdp_rcu_head *head)
{
	double start = now();

	watched.fn(head);
	watched.ns += now() - start;
}

/* One is in flight per tree, and there is one tree. */
static void watched_defer(void *ctx, struct tdp_rcu_head *head, void (*fn)(struct tdp_rcu_head *))
{
	double start = now();

	watched.fn = fn;
	watched.calls++;
	watched.rcu->defer(ctx, head, watched_callback);
	watched.ns += now() - start;
}

/* One sample, in ns per table. */
static double sample(struct guest *guest)
{
	guest_make_mapped(guest, guest->format->written);

	uint64_t before = guest->tables_out;

	watched.ns = 0;
	watched.calls = 0;
	guest_expect(guest, "zap", (uint64_t)tdp_zap(&guest->tree, 0, guest->bytes, NULL), TDP_OK);
	for (unsigned i = 0; i < BARRIERS; i++)
		watched.rcu->barrier(NULL);
	guest_check_empty(guest, "retire");
	bench_check(watched.calls > 0, "retire: nothing was deferred");
	return watched.ns / (double)(before - guest->tables_out);
}

/* One flavour on one size. */
static struct result measure_one(const struct plan *plan, enum sharing sharing, const struct bench_size *size)
{
	const struct raw_format *format = &raw_formats[0];
	struct samples samples = {.rounds = plan->rounds};
	struct tdp_rcu rcu = *share_get(sharing)->rcu;
	struct guest *guest = aligned_alloc(_Alignof(struct guest), sizeof(*guest));
	struct pool pool;

	bench_check(guest, "no memory");
	watched.rcu = share_get(sharing)->rcu;
	rcu.defer = watched_defer;
	pool_init(&pool, (size->bytes >> 21) + (size->bytes >> 30) + 128);
	guest_init_rcu(guest, format, &rcu, size->bytes, &pool);
	(void)sample(guest);
	for (unsigned i = 0; i < plan->rounds; i++) {
		samples.op_ns[i] = sample(guest);
		samples.limit_ns[i] = 1;
	}
	guest_fini(guest);
	free(guest);
	pool_fini(&pool);

	struct result result = judge(&samples, 5, 2);

	result.op = sharing == QSBR ? "retire_qsbr" : "retire_memb";
	result.format = format->name;
	result.size = size->name;
	result.limit = "1 ns";
	result.unit = "table";
	return result;
}

bool retire_knows(const char *op)
{
	return strcmp(op, "retire_qsbr") == 0 || strcmp(op, "retire_memb") == 0;
}

size_t retire_measure(const struct plan *plan, struct result *results)
{
	size_t count = 0;

	if (!share_exists(QSBR) || !plan_chooses(plan->format, raw_formats[0].name))
		return 0;
	for (const struct bench_size *size = bench_sizes; size->name; size++) {
		if (size->shape != DENSE || !plan_chooses_size(plan, size))
			continue;
		if (plan_chooses(plan->op, "retire_qsbr"))
			results[count++] = measure_one(plan, QSBR, size);
		if (plan_chooses(plan->op, "retire_memb"))
			results[count++] = measure_one(plan, MEMB, size);
	}
	return count;
}
