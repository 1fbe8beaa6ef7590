/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two callers in a tree of which one promised to be alone: without a lock around its calls a hypervisor that has no RCU breaks that
 * promise, and nothing shows for months. A library made with check_callers counts who is inside, and warns.
 */
#include "scenarios.h"

#ifdef TDP_CHECK_CALLERS
enum { WARNS = 1 };
#else
enum { WARNS = 0 };
#endif

/* A second call inside of the first one, which is how one thread plays two. */
struct second {
	struct harness *h;
	uint32_t flags;
};

static enum tdp_verdict call_again(void *arg, struct tdp_visit *visit)
{
	const struct second *second = arg;
	struct tdp_op op = {.flags = second->flags};
	struct tdp_mapping m;

	return tdp_lookup(&second->h->tree, visit->gpa, &m, &op) == TDP_OK ? TDP_GO : TDP_STOP;
}

/* Two calls, and whether there is a warning. */
static void two_calls(struct harness *h, uint32_t first, uint32_t second, unsigned warnings)
{
	struct second s = {.h = h, .flags = second};
	const unsigned before = referee_counts(h->r).warnings;

	WITH(.flags = first);
	IS(TDP_OK, tdp_walk(&h->tree, 0, h->p, TDP_VISIT_LEAF, call_again, &s, &h->op));
	SAME(referee_counts(h->r).warnings - before, warnings);
	WITH(.flags = first); /* the first one counted itself out, too */
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_protect(&h->tree, 0, h->p, &h->op));
	SAME(referee_counts(h->r).warnings - before, warnings);
}

SCENARIO(callers, alone_by_promise, .modes = SHARED | KEEPING, .corrupt = true)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	two_calls(h, 0, 0, 0);
	two_calls(h, TDP_EXCLUSIVE, 0, WARNS);
	two_calls(h, 0, TDP_EXCLUSIVE, WARNS);
	two_calls(h, TDP_EXCLUSIVE, TDP_EXCLUSIVE, WARNS);
}

SCENARIO(callers, alone_for_want_of_an_rcu, .modes = ALONE, .corrupt = true)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
	two_calls(h, 0, 0, WARNS);
}
