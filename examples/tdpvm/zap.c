/* SPDX-License-Identifier: BSD-2-Clause */
/* What the host does to mapped memory while the guest runs, one: ranges disappear, fault back in, or are mapped again at once. */
#include "problem.h"
#include "space.h"

/* The tree's address of a span. */
static tdp_gpa_t gpa_of(const struct space *s, const struct span *span)
{
	return tdp_gpa_from_va(&s->layout, span->va);
}

/* The part of a span that is memory: [*first, *end). */
static void clip(const struct span *span, uint64_t *first, uint64_t *end)
{
	const struct region *region = span->region;
	/* The last region may end where addresses do, so compare distances. */
	const uint64_t size = region->pages * FRAME_4K;

	*first = span->va < region->va ? region->va : span->va;
	*end = span->va + span->bytes - region->va > size ? region->va + size : span->va + span->bytes;
}

/* Unmap one span. With a gather its leaves are gone on return but may still be in use. */
static bool unmap(struct space *s, struct caller *c, const struct span *span, uint32_t flags, struct tdp_gather *gather)
{
	struct tdp_op op = {.flags = flags, .cache = &c->cache, .gather = gather, .user = c};
	enum tdp_result r;

	do {
		caller_enter(c);
		r = tdp_zap(&s->tree, gpa_of(s, span), span->bytes, &op);
		caller_leave(c);
	} while (r == TDP_NOMEM && space_top_up(s, c, &op));
	return r >= 0 || space_failed("tdp_zap", span->va, r);
}

/* Put on record that nothing of a span is mapped. */
static void record_unmapped(const struct span *span)
{
	uint64_t va, end;

	for (clip(span, &va, &end); va != end; va += FRAME_4K) {
		struct page *page = region_page(span->region, va);

		if (page->mapped) {
			page->zapped = true;
			page->mapped = false;
		}
	}
}

bool space_unmap(struct space *s, struct caller *c, const struct span *span, unsigned count, uint32_t flags)
{
	struct tdp_gather gather = {0};
	bool ok = true;

	for (unsigned i = 0; i < count && ok; i++)
		ok = unmap(s, c, &span[i], flags, count > 1 ? &gather : NULL);
	caller_enter(c);
	tdp_gather_flush(&gather, c);
	caller_leave(c);
	for (unsigned i = 0; i < count && ok; i++)
		record_unmapped(&span[i]);
	return ok;
}

bool space_zap(struct space *s, struct caller *c, const struct span *span, unsigned count, uint32_t flags)
{
	for (unsigned i = 0; i < count; i++)
		notifier_begin(&s->notifier, gpa_of(s, &span[i]), span[i].bytes);
	bool ok = space_unmap(s, c, span, count, flags);
	for (unsigned i = 0; i < count; i++)
		notifier_end(&s->notifier);
	c->stats.zaps += count;
	return ok;
}

/* Who asks what backs a range. */
struct asker {
	const struct space *space;
	const struct region *region;
	uint64_t shift; /* guest-virtual address = gpa + shift */
};

/* Tell tdp_map_from() what backs an address, unless that is changing. */
static bool tell(void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out)
{
	const struct asker *a = arg;
	const uint64_t va = gpa + a->shift;
	uint64_t base, bytes;

	(void)size;
	region_extent(a->region, va, &base, &bytes);
	if (notifier_changing(&a->space->notifier, gpa, base + bytes - va))
		return false;
	*out = (struct tdp_backing){
		.hpa = region_page(a->region, va)->frame * FRAME_4K,
		.size = base + bytes - va,
		.attrs = space_attrs(region_page(a->region, va)->prot),
	};
	return true;
}

/* Map from va on, and put on record how far it got: *next. */
static enum tdp_result map_some(struct space *s, struct caller *c, const struct region *region, uint64_t va, uint64_t end,
				struct tdp_op *op, uint64_t *next)
{
	const tdp_gpa_t gpa = tdp_gpa_from_va(&s->layout, va);
	struct asker asker = {.space = s, .region = region, .shift = va - gpa};
	enum tdp_result r;

	*next = va;
	/* Nothing was looked up yet, so any number will do, and what changes is asked for each stretch. */
	if (!notifier_enter(&s->notifier, c, notifier_seq(&s->notifier), gpa, FRAME_4K))
		return TDP_RACE;
	caller_enter(c);
	r = tdp_map_from(&s->tree, gpa, end - va, tell, &asker, op);
	caller_leave(c);
	*next = op->next + asker.shift;
	for (; va != *next; va += FRAME_4K)
		region_page(region, va)->mapped = true;
	notifier_leave(&s->notifier, c);
	return r;
}

bool space_remap(struct space *s, struct caller *c, const struct span *span)
{
	struct tdp_op op = {.cache = &c->cache, .user = c};
	uint64_t va, end;
	enum tdp_result r;

	clip(span, &va, &end);
	c->stats.remaps++;
	do
		r = map_some(s, c, span->region, va, end, &op, &va);
	while (r == TDP_NOMEM && space_top_up(s, c, &op));
	/* ABSENT: from here on it is being changed. EXISTS: it was, and is mapped with other rights for a moment. */
	return r >= 0 || r == TDP_RACE || r == TDP_ABSENT || r == TDP_EXISTS || space_failed("tdp_map_from", va, r);
}

bool space_trim(struct space *s, struct caller *c, const struct span *span)
{
	struct tdp_op op = {.user = c};

	caller_enter(c);
	enum tdp_result r = tdp_trim(&s->tree, gpa_of(s, span), span->bytes, &op);
	caller_leave(c);
	c->stats.trims++;
	return r >= 0 || space_failed("tdp_trim", span->va, r);
}
