/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a call has said is so when it returns.
 */
#include <string.h>

#include "world_impl.h"

void world_replaced(unsigned page)
{
	if (world_live(page, NULL).hpa == HPA(1, page))
		explore_fail("replace says that page %u is elsewhere, and it is not", page);
}

void world_zapped(unsigned page, unsigned n)
{
	for (unsigned p = page; p < page + n; p++) {
		uint64_t live = world_live(p, NULL).hpa;

		for (unsigned c = 0; c < world_config.cpus; c++)
			if (world.cpu[c].tlb[p].hpa && world.cpu[c].tlb[p].hpa != live)
				explore_fail("page %u is still cached when its zap has returned", p);
	}
}

void world_withheld(unsigned page, unsigned n)
{
	for (unsigned p = page; p < page + n; p++)
		for (unsigned c = 0; c < world_config.cpus; c++)
			if (world.cpu[c].tlb[p].w && world.cpu[c].tlb[p].hpa == HPA(1, p) && !world_live(p, NULL).w)
				explore_fail("page %u can still be written when the call that forbids it has returned", p);
}

void world_may_type(unsigned page, unsigned n)
{
	memset(&world.typed[page], true, n);
}

void world_typed(unsigned page, unsigned n)
{
	for (unsigned p = page; p < page + n; p++)
		for (unsigned c = 0; c < world_config.cpus; c++)
			if (world.cpu[c].tlb[p].hpa && !world.cpu[c].tlb[p].uc && world_live(p, NULL).uc)
				explore_fail("page %u is still cached with another memory type", p);
}

void world_protected(unsigned page, unsigned n)
{
	world_withheld(page, n);
	for (unsigned p = page; p < page + n; p++)
		world.closed[p] = true;
}
