/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scenario is a test of an operation (tests/ops/harness.h) that runs on each setup in every mode: in an exclusive tree, in one that is
 * shared by an RCU, and in one that is shared by keeping its tables. Some make no sense in all of them, and say .modes = ...
 */
#ifndef TDPMMU_TESTS_SCENARIOS_H
#define TDPMMU_TESTS_SCENARIOS_H

#include "harness.h"

/* Where calls free tables. */
#define FREEING (ALONE | SHARED)

#define SCENARIO(suite, test, ...)                                                                                                 \
	static void suite##_##test(struct harness *h);                                                                             \
	Test(suite, test)                                                                                                          \
	{                                                                                                                          \
		static const struct setting setting = {__VA_ARGS__};                                                               \
		scenario_each(&setting, suite##_##test);                                                                           \
	}                                                                                                                          \
	static void suite##_##test(struct harness *h)

static inline void scenario_each(const struct setting *setting, void (*test)(struct harness *h))
{
	struct setting in = *setting;

	if (in.modes == 0)
		in.modes = ALONE | SHARED | KEEPING;
	harness_each(&in, test);
}

/* tdp_promote(), by whoever may free tables: where they are kept, by a caller who is alone. For IS(). */
static inline enum tdp_result promote(struct harness *h, tdp_gpa_t gpa, uint64_t size, unsigned level, tdp_backing_fn backing,
				      void *arg)
{
	const uint32_t flags = h->op.flags;
	enum tdp_result r;

	h->op.flags |= h->mode == KEEPING ? TDP_EXCLUSIVE : 0;
	r = tdp_promote(&h->tree, gpa, size, level, backing, arg, &h->op);
	h->op.flags = flags;
	return r;
}

#endif
