/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks of the guest's memory become pages and blocks again, under its feet. No page changes its place, so the guest must notice nothing. */
#include "frames.h"
#include "move.h"
#include "pool.h"
#include "report.h"
#include "stage2.h"
#include "unrest.h"
#include "verdict.h"

#include "el2.h"

enum { REGION = 512 * PAGE_SIZE, PACE = 100, ZAP_ONE_IN = 4 };

static struct tdp_stats stats;
static uint64_t holes;

/* All of the guest's memory lies in one stretch in this mode. */
static bool backing(void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out)
{
	(void)arg;
	*out = (struct tdp_backing){
		.hpa = HOST_BASE + (gpa - GUEST_BASE), .size = size, .attrs = {.prot = TDP_RWX, .memtype = TDP_MT_WB}};
	return true;
}

/* Into pages; and in one of a few regions a page is missing for a while. */
static void split(uint64_t region)
{
	struct tdp_op op = {.cache = pool_cache(TDP_FAULT_TABLES), .stats = &stats};
	enum tdp_result r;

	r = tdp_split(&stage2, region, REGION, 0, &op);
	if (r == TDP_BUSY)
		return;
	MUST(r);
	if (unrest_random(ZAP_ONE_IN) > 0)
		return;
	MUST(tdp_zap(&stage2, region + unrest_random(512) * PAGE_SIZE, PAGE_SIZE, NULL));
	holes++;
}

void huge_round(void)
{
	const uint64_t region = GUEST_BASE + unrest_random(frames_pages() / 512) * REGION;
	struct tdp_op op = {.stats = &stats};
	struct tdp_mapping m;
	const bool mapped = tdp_lookup(&stage2, region, &m, NULL) == TDP_OK;

	unrest_pause(PACE);
	if (mapped && m.entry.level > 0)
		split(region);
	else
		MUST(tdp_promote(&stage2, region, REGION, 1, backing, NULL, &op));
}

bool huge_finish(void)
{
	const uint64_t *refused = stats.refused;

	say("[hv] %u blocks split, %u pages taken out of them; %u blocks promoted again\n", stats.split, holes, stats.promoted);
	say("[hv] not promoted: %u busy, %u with holes, %u scattered, %u unlike, %u refused by the backing\n",
	    refused[TDP_REFUSED_BUSY], refused[TDP_REFUSED_HOLE], refused[TDP_REFUSED_SCATTERED], refused[TDP_REFUSED_UNLIKE],
	    refused[TDP_REFUSED_BACKING]);
	report_add("split", stats.split);
	report_add("promoted", stats.promoted);
	return stats.split > 0 && stats.promoted > 0;
}
