/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scenario is a test of an operation (tests/ops/harness.h) that runs twice on each setup: in an exclusive tree, and in a shared one.
 */
#ifndef TDPMMU_TESTS_SCENARIOS_H
#define TDPMMU_TESTS_SCENARIOS_H

#include "harness.h"

/* .modes = ... where it is something else. */
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
	struct setting both = *setting;

	if (both.modes == 0)
		both.modes = ALONE | SHARED;
	harness_each(&both, test);
}

#endif
