/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The broken variants of the engine, by name.
 */
#include "referee.h"

#include "../broken/names.h"

int tdp_test_broken;

static const struct {
	const char *name, *what;
} variants[] = {
#define X(name, what) {#name, what},
	TDP_BROKEN_LIST(X)
#undef X
};

const char *referee_variant(unsigned i, const char **what)
{
	if (i >= sizeof(variants) / sizeof(variants[0]))
		return NULL;
	*what = variants[i].what;
	return variants[i].name;
}

bool referee_break(const char *name)
{
	tdp_test_broken = name ? broken_named(name) : TDP_BROKEN_NONE;
	return !name || tdp_test_broken != TDP_BROKEN_NONE;
}

/* Before anything else runs, in the child processes of a test program, too. */
static __attribute__((constructor)) void begin_broken(void)
{
	tdp_test_broken = broken_by_environment();
}
