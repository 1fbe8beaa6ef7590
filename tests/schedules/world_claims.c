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

/* Which backing of a page that is, as a bit; 0: none. */
static uint8_t backing_bit(uint64_t hpa, unsigned page)
{
	for (unsigned n = 1; n < MAX_BACKINGS; n++)
		if (hpa == HPA(n, page))
			return (uint8_t)(1u << n);
	return 0;
}

void world_zap_begins(unsigned page, unsigned n)
{
	for (unsigned p = page; p < page + n; p++) {
		uint8_t *bits = &world.zapping[world_self()][p];

		*bits = backing_bit(world_live(p, NULL).hpa, p);
		for (unsigned c = 0; c < world_config.cpus; c++)
			*bits |= backing_bit(world.cpu[c].tlb[p].hpa, p);
	}
}

void world_made_valid(void)
{
	for (unsigned f = 0; f < MAX_FIBRES; f++)
		for (unsigned p = 0; p < PAGES; p++)
			if (world.zapping[f][p])
				world.zapping[f][p] &= (uint8_t)~backing_bit(world_live(p, NULL).hpa, p);
}

/* Backing 1 is not mapped a second time where there are two zaps; any other may have been, and be on the way out once more. */
void world_zapped(unsigned page, unsigned n)
{
	for (unsigned p = page; p < page + n; p++) {
		const uint8_t mine = world.zapping[world_self()][p] | 1 << 1;
		uint64_t live = world_live(p, NULL).hpa;

		for (unsigned c = 0; c < world_config.cpus; c++)
			if (world.cpu[c].tlb[p].hpa != live && (backing_bit(world.cpu[c].tlb[p].hpa, p) & mine))
				explore_fail("page %u is still cached when its zap has returned", p);
		world.zapping[world_self()][p] = 0;
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
