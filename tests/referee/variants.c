/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The broken variants of the engine, by name.
 */
#include "referee.h"

#include <broken.h>

#include <string.h>

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
	const char *variant, *what;

	tdp_test_broken = TDP_BROKEN_NONE;
	for (unsigned i = 0; name && (variant = referee_variant(i, &what)); i++)
		if (strcmp(variant, name) == 0)
			tdp_test_broken = TDP_BROKEN_NONE + 1 + (int)i;
	return !name || tdp_test_broken != TDP_BROKEN_NONE;
}
