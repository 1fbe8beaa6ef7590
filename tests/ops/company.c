/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a call finds that was made while another one was under way: each case lets one whole call of another thread come between, before
 * the first access to the tables, before the second, and so on. All interleavings of smaller trees: tests/schedules.
 */
#include "harness.h"

#define CACHE referee_cache(h->r)

/* Runs the body again and again, with other() before the first access of its calls, the second ...; the last time without it. */
#define AT_EACH_POINT(other)                                                                                                       \
	for (unsigned company_n = 0, company_more = 1; company_more && (referee_between(company_n, other, h), true);               \
	     company_more = referee_came_between() && ++company_n)

/* A call that comes between may be refused because of what is under way, and for no other reason. */
#define OTHER(call)                                                                                                                \
	do {                                                                                                                       \
		enum tdp_result other_got = (call);                                                                                \
		CHECK(other_got >= 0 || other_got == TDP_BUSY);                                                                    \
	} while (0)

/* The range is as it was at first. */
static void clear(struct harness *h, tdp_gpa_t gpa, uint64_t size, uint32_t flags)
{
	WITH(.flags = TDP_EXCLUSIVE | flags);
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_zap(&h->tree, gpa, size, &h->op));
}

static void map_write_back(void *arg)
{
	struct harness *h = arg;
	struct tdp_op op = {.cache = CACHE};

	OTHER(tdp_map(&h->tree, 0, h->p, HPA, RW, &op));
}

/* Devices use the tree: whatever comes between, no entry goes through an invalid window. */
TREE_TEST(company, no_break_in_a_tree_that_has_none, .with = BREAK, .shared = true, .flags = TDP_TREE_NO_BREAK)
{
	WITH(.flags = TDP_EXCLUSIVE);
	IS(TDP_OK, tdp_map(&h->tree, h->p, h->p, HPA + h->p, UC, &h->op));
	AT_EACH_POINT(map_write_back)
	{
		WITH(.flags = 0);
		IS_EITHER(TDP_UNSUPPORTED, TDP_SPURIOUS, tdp_set_attrs(&h->tree, 0, 2 * h->p, UC, TDP_MASK_MEMTYPE, &h->op));
		SAME(FLUSHES, 0);
		clear(h, 0, h->p, TDP_ZAP_LEAVES);
	}
}
