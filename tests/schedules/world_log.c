/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who has to copy what the guest has written: a page is copied when a collection that named it has returned, or when a zap reports it. What
 * is written afterwards must be Dirty again. And what must stay where it is.
 */
#include <string.h>

#include "world_impl.h"

/* Which backing of a page is mapped now; 0: none. */
static unsigned backing_now(unsigned page)
{
	uint64_t hpa = world_live(page, NULL).hpa;

	for (unsigned n = 1; n < MAX_BACKINGS; n++)
		if (hpa == HPA(n, page))
			return n;
	return 0;
}

/* Only what no other collection can take is this one's to find. */
void world_collect_begins(unsigned page, unsigned n)
{
	const unsigned self = world_self();

	for (unsigned p = page; p < page + n; p++) {
		bool others = false;

		for (unsigned f = 0; f < MAX_FIBRES; f++) {
			others |= f != self && world.collecting[f][p];
			world.must_find[f][p] = 0;
		}
		world.collecting[self][p] = true;
		if (!others && world.uncopied[backing_now(p)][p])
			world.must_find[self][p] = (uint8_t)backing_now(p);
	}
}

void world_copied(unsigned page)
{
	for (unsigned f = 0; f < MAX_FIBRES; f++)
		world.must_find[f][page] = 0;
	for (unsigned n = 0; n < MAX_BACKINGS; n++)
		world.uncopied[n][page] = false;
	explore_changed();
}

void world_collected(unsigned page, unsigned n, bool all)
{
	const unsigned self = world_self();
	bool gathered = false; /* who has a gather may still have to report what is absent already */

	for (unsigned f = 0; f < MAX_FIBRES; f++)
		gathered |= world.gathers[f];
	for (unsigned p = page; p < page + n; p++) {
		const unsigned found = world.must_find[self][p], now = backing_now(p);

		if (all && found && (now == found || (now == 0 && !gathered)))
			explore_fail("page %u was written before a collection that did not name it", p);
		world.must_find[self][p] = 0;
		world.collecting[self][p] = false;
	}
}

void world_log_closes(unsigned page, unsigned n)
{
	for (unsigned p = page; p < page + n; p++)
		world.log_closed[p] = !world_live(p, NULL).w;
	explore_changed();
}

void world_log_written(unsigned page)
{
	if (world.log_closed[page])
		world.unlogged[page] = true;
}

void world_logged(unsigned page)
{
	world.log_closed[page] = world.unlogged[page] = false;
	explore_changed();
}

void world_reports(bool reports)
{
	world.reports[world_self()] = reports;
}

void world_log_end(unsigned page, const struct ref_entry *e, uint64_t live)
{
	if (world.steady[page] && live != world.steady[page])
		explore_fail("page %u is not mapped at the end, and nobody asked for it", page);
	if (world.unlogged[page])
		explore_fail("page %u was written, and no fault has named it", page);
	for (unsigned n = 0; n < MAX_BACKINGS; n++)
		if (world.uncopied[n][page] && !(live == HPA(n, page) && e->dirty_kept))
			explore_fail("page %u was written, and it is neither copied nor dirty", page);
}

void world_steady(unsigned page)
{
	world.steady[page] = world_live(page, NULL).hpa;
}

void world_small(unsigned page)
{
	world.small[page] = world_live(page, NULL).level == 0;
}

void world_steady_step(void)
{
	for (unsigned p = 0; p < PAGES; p++) {
		struct tlb_entry live;

		if (!world.steady[p] && !world.small[p])
			continue;
		live = world_live(p, NULL);
		if (live.hpa && world.steady[p] && live.hpa != world.steady[p])
			explore_fail("page %u is mapped to %#llx, and nobody asked for it", p, (unsigned long long)live.hpa);
		if (live.hpa && world.small[p] && live.level > 0)
			explore_fail("page %u is part of a larger leaf, and nobody asked for it", p);
	}
}
