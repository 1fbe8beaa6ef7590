/* SPDX-License-Identifier: BSD-2-Clause */
/* What the host does to mapped memory while the guest runs: pages move to other frames, ranges disappear and fault back in. */
#include "problem.h"
#include "space.h"

#include <string.h>
#include <time.h>

enum {
	PAUSE = 100000 /* nanoseconds between copy and replacement */
};

bool space_zap(struct space *s, const struct region *region, uint64_t va, uint64_t bytes)
{
	struct tdp_op dry = {.flags = TDP_DRY_RUN};
	const tdp_gpa_t gpa = tdp_gpa_from_va(&s->layout, va);
	enum tdp_result r = tdp_zap(&s->tree, gpa, bytes, &dry);

	if (r >= 0)
		r = tdp_cache_fill(&s->bank, dry.tables, &s->ops, s, NULL);
	if (r >= 0)
		r = tdp_zap(&s->tree, gpa, bytes, NULL);
	if (r < 0)
		return space_failed("tdp_zap", va, r);
	for (uint64_t at = 0; at < bytes; at += FRAME_4K) {
		struct page *page = region_page(region, va + at);

		page->zapped |= page->mapped;
		page->mapped = false;
	}
	s->stats.zaps++;
	return true;
}

/* Keep writes out of a page. The flush waits in the gather: one kick serves all pages of a batch. */
static bool seal(struct space *s, const struct move *move, struct tdp_gather *gather)
{
	struct tdp_op op = {.flags = TDP_DRY_RUN};
	const tdp_gpa_t gpa = tdp_gpa_from_va(&s->layout, move->va);
	enum tdp_result r = tdp_set_attrs(&s->tree, gpa, move->bytes, space_attrs(TDP_R), TDP_MASK_PROT, &op);

	if (r >= 0)
		r = tdp_cache_fill(&s->bank, op.tables, &s->ops, s, NULL);
	op = (struct tdp_op){.gather = gather};
	if (r >= 0)
		r = tdp_set_attrs(&s->tree, gpa, move->bytes, space_attrs(TDP_R), TDP_MASK_PROT, &op);
	return r >= 0 || space_failed("tdp_set_attrs", move->va, r);
}

/* Copy a sealed page. */
static void copy(struct space *s, const struct move *move)
{
	const uint64_t from = region_page(move->region, move->va)->frame * FRAME_4K;

	memcpy(s->frames->ram + move->to, s->frames->ram + from, move->bytes);
}

/* Let the guest see the copy, and put the old frame to rest. */
static bool transfer(struct space *s, const struct move *move)
{
	struct page *page = region_page(move->region, move->va);
	const uint64_t from = page->frame * FRAME_4K;
	enum tdp_result r = tdp_replace(&s->tree, tdp_gpa_from_va(&s->layout, move->va), move->bytes, from, move->to,
					space_attrs(page->prot), NULL);

	if (r != TDP_OK)
		return space_failed("tdp_replace", move->va, r);
	for (uint64_t at = 0; at < move->bytes; at += FRAME_4K)
		region_page(move->region, move->va + at)->frame = (uint32_t)((move->to + at) / FRAME_4K);
	frames_retire(s->frames, from, move->bytes);
	s->stats.moves++;
	s->stats.moved += move->bytes;
	return true;
}

bool space_move(struct space *s, const struct move *move, unsigned count)
{
	struct tdp_gather gather = {0};
	bool ok = true;

	for (unsigned i = 0; i < count && ok; i++)
		ok = seal(s, &move[i], &gather);
	/* From here on no vCPU writes to any of them, through whatever it may have cached. */
	tdp_gather_flush(&gather, NULL);
	for (unsigned i = 0; i < count && ok; i++)
		copy(s, &move[i]);
	/* A write that slipped through all the same would be lost with the old frame: give it time to happen. */
	nanosleep(&(struct timespec){.tv_nsec = PAUSE}, NULL);
	for (unsigned i = 0; i < count && ok; i++)
		ok = transfer(s, &move[i]);
	return ok;
}
