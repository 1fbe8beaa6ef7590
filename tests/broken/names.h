/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The broken variants of the engine by name, for every program that can switch one on.
 */
#ifndef TDPMMU_TESTS_BROKEN_NAMES_H
#define TDPMMU_TESTS_BROKEN_NAMES_H

#include <broken.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For tdp_test_broken; 0: there is no such variant. */
static inline int broken_named(const char *name)
{
#define X(variant, what)                                                                                                           \
	if (strcmp(name, #variant) == 0)                                                                                           \
		return TDP_BROKEN_##variant;
	TDP_BROKEN_LIST(X)
	TDP_BROKEN_SHARED_LIST(X)
#undef X
	return TDP_BROKEN_NONE;
}

/* Any test program on a broken engine: TDPMMU_BROKEN=ZAP_NO_FLUSH ops-tests. A name that there is not ends it. */
static inline int broken_by_environment(void)
{
	const char *name = getenv("TDPMMU_BROKEN");
	int variant = name && *name ? broken_named(name) : TDP_BROKEN_NONE;

	if (name && *name && variant == TDP_BROKEN_NONE) {
		fprintf(stderr, "TDPMMU_BROKEN: no variant %s\n", name);
		exit(2);
	}
	return variant;
}

#endif
