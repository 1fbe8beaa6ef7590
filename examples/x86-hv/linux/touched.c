/* SPDX-License-Identifier: BSD-2-Clause */
/* The pages that the guest has ever touched; see touched.h. */
#include "touched.h"

#include "memory.h"

static uint32_t pages[PAGES];
static unsigned count;
static bool known[PAGES];

unsigned touched_count(void)
{
	return count;
}

uint64_t touched_page(unsigned i)
{
	return pages[i];
}

bool touch(uint64_t gfn)
{
	if (known[gfn])
		return false;
	known[gfn] = true;
	pages[count++] = (uint32_t)gfn;
	return true;
}
