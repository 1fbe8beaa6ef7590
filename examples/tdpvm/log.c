/* SPDX-License-Identifier: BSD-2-Clause */
#include "log.h"
#include "problem.h"

#include <stdlib.h>
#include <string.h>

bool frame_set_open(struct frame_set *set, uint64_t bytes)
{
	set->frames = (bytes / FRAME_4K + 63) & ~63ull;
	set->words = calloc(set->frames / 64, sizeof(uint64_t));
	return set->words || problem("out of memory");
}

void frame_set_close(struct frame_set *set)
{
	free(set->words);
	set->words = NULL;
}

uint64_t frame_set_count(const struct frame_set *set)
{
	uint64_t count = 0;

	for (uint64_t i = 0; i < set->frames / 64; i++)
		count += (uint64_t)__builtin_popcountll(set->words[i]);
	return count;
}

void frame_set_add(struct frame_set *set, const struct region *region)
{
	for (uint64_t i = 0; i < region->pages; i++)
		set->words[region->page[i].frame / 64] |= 1ull << region->page[i].frame % 64;
}

/* The library names pages by guest address; a copy of memory, and KVM, want frames. */
static void add_frames(struct frame_set *set, const struct region *region, const uint64_t *pages)
{
	for (uint64_t i = 0; i < region->pages; i++) {
		const uint32_t frame = region->page[i].frame;

		if (pages[i / 64] >> i % 64 & 1)
			set->words[frame / 64] |= 1ull << frame % 64;
	}
}

/* An empty set of the pages of a region. words is NULL, with a problem set, if there is no memory. */
static struct tdp_bitmap bitmap_of(const struct space *s, const struct region *region)
{
	struct tdp_bitmap map = {
		.words = calloc((region->pages + 63) / 64, sizeof(uint64_t)),
		.base = tdp_gpa_from_va(&s->layout, region->va),
		.pages = region->pages,
		.page_lg2 = 12,
	};

	if (!map.words)
		problem("out of memory");
	return map;
}

/* Collect one region. */
static bool collect_one(struct space *s, struct caller *c, const struct region *region, struct frame_set *set)
{
	struct tdp_bitmap map = bitmap_of(s, region);
	struct tdp_op op = {.cache = &c->cache, .user = c};

	if (!map.words)
		return false;
	caller_enter(c);
	enum tdp_result r = tdp_dirty_arm(&s->tree, map.base, region->pages * FRAME_4K, &map, &op);
	caller_leave(c);
	add_frames(set, region, map.words);
	free(map.words);
	return r >= 0 || space_failed("tdp_dirty_arm", region->va, r);
}

bool log_collect(struct space *s, struct caller *c, struct frame_set *set)
{
	bool ok = true;

	memset(set->words, 0, set->frames / 8);
	for (unsigned i = 0; ok && i < s->regions->count; i++) {
		const struct region *region = &s->regions->one[i];

		if (region->stack && s->write_protect)
			frame_set_add(set, region);
		else if (region->page)
			ok = collect_one(s, c, region, set);
	}
	return ok;
}

bool log_age(struct space *s, struct caller *c, const struct region *region, struct frame_set *set)
{
	struct tdp_bitmap map = bitmap_of(s, region);
	struct tdp_op op = {.user = c};

	if (!map.words)
		return false;
	caller_enter(c);
	enum tdp_result r = tdp_age(&s->tree, map.base, region->pages * FRAME_4K, true, &map, &op);
	caller_leave(c);
	add_frames(set, region, map.words);
	free(map.words);
	return r >= 0 || space_failed("tdp_age", region->va, r);
}

bool log_split(struct space *s, struct caller *c, const struct region *region, struct tdp_stats *stats)
{
	tdp_gpa_t at = tdp_gpa_from_va(&s->layout, region->va);
	const tdp_gpa_t end = at + region->pages * FRAME_4K;
	struct tdp_op op = {.cache = &c->cache, .user = c, .stats = stats};
	enum tdp_result r;

	/* Each time the cache runs dry it gets more; what is done stays done. */
	do {
		caller_enter(c);
		r = tdp_split(&s->tree, at, end - at, 0, &op);
		caller_leave(c);
		at = r == TDP_NOMEM ? op.next : at;
	} while (r == TDP_NOMEM && space_top_up(s, c, &op));
	return r >= 0 || space_failed("tdp_split", region->va, r);
}

uint32_t log_unsplit(struct space *s, struct caller *c, const struct region *region)
{
	struct tdp_op op = {.flags = TDP_DRY_RUN, .user = c};

	caller_enter(c);
	enum tdp_result r = tdp_split(&s->tree, tdp_gpa_from_va(&s->layout, region->va), region->pages * FRAME_4K, 0, &op);
	caller_leave(c);
	if (r < 0 && r != TDP_NOMEM)
		space_failed("tdp_split", region->va, r);
	return op.tables;
}

bool log_promote(struct space *s, struct caller *c, const struct region *region, struct tdp_stats *stats)
{
	struct tdp_op op = {.user = c, .stats = stats};

	caller_enter(c);
	enum tdp_result r =
		tdp_promote(&s->tree, tdp_gpa_from_va(&s->layout, region->va), region->pages * FRAME_4K, 1, NULL, NULL, &op);
	caller_leave(c);
	return r >= 0 || space_failed("tdp_promote", region->va, r);
}
