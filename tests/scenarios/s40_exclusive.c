/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S40: exclusive walks took the RCU read lock, where there was no RCU to take it of (a hypervisor at EL2), or none may be taken.
 */
#include "scenarios.h"

static enum tdp_verdict go_on(void *arg, struct tdp_visit *visit)
{
	(void)arg;
	(void)visit;
	return TDP_GO;
}

/* What a call may be called with. */
static struct tdp_op *with(struct harness *h, uint32_t flags)
{
	WITH(.flags = flags, .cache = h->cache);
	return &h->op;
}

/* Every call there is, each with these flags. */
static void every_call(struct harness *h, uint32_t flags)
{
	const struct tdp_fault f = {
		.gpa = 2 * h->b, .base = 2 * h->b, .backing = {.hpa = HPA, .size = h->p, .attrs = RWX}, .access = TDP_READ};
	struct tdp_mapping m;
	struct tdp_visit v;
	struct tdp_count c;

	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RWX, with(h, flags)));
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->p, HPA, RWX, with(h, flags)));
	IS(TDP_OK, tdp_fault(&h->tree, &f, with(h, flags)));
	IS(TDP_SPURIOUS, tdp_fault(&h->tree, &f, with(h, flags)));
	IS(TDP_OK, tdp_note(&h->tree, h->b + h->p, h->p, 3, with(h, flags)));
	IS(TDP_OK, tdp_replace(&h->tree, h->b, h->p, HPA, HPA2, RWX, with(h, flags)));
	IS(TDP_OK, tdp_set_attrs(&h->tree, h->p, h->p, RX, TDP_MASK_PROT, with(h, flags)));
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->p, with(h, flags)));
	IS(TDP_OK, tdp_lookup(&h->tree, 0, &m, with(h, flags)));
	IS(TDP_OK, tdp_extent(&h->tree, 0, h->end, &m, with(h, flags)));
	IS(TDP_OK, tdp_count(&h->tree, 0, h->end, &c, with(h, flags)));
	IS(TDP_OK, tdp_next(&h->tree, 0, h->end, TDP_VISIT_LEAF, &v, with(h, flags)));
	IS(TDP_OK, tdp_walk(&h->tree, 0, h->end, TDP_VISIT_LEAF, go_on, NULL, with(h, flags)));
	IS(TDP_OK, tdp_zap(&h->tree, 2 * h->p, h->p, with(h, flags)));
	IS(TDP_OK, tdp_zap(&h->tree, 0, 3 * h->b, with(h, flags)));
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_trim(&h->tree, 0, h->end, with(h, flags)));
	IS(TDP_NOMEM, (harness_tables(h, 0), tdp_map(&h->tree, 0, h->p, HPA, RWX, with(h, flags))));
	harness_tables(h, 64);
}

SCENARIO(S40, exclusive_calls_read_nothing_under_rcu, .modes = SHARED)
{
	unsigned long before = referee_reads();

	every_call(h, TDP_EXCLUSIVE);
	SAME(referee_reads() - before, 0);
	every_call(h, 0);
	CHECK(referee_reads() - before >= 17); /* the same calls in company, each at least once */
	SAME(referee_reading(), 0);
}
