/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * S27: logging ended for a range that began and ended in the middle of a huge page: the huge pages at its edges were promoted, too, although others still
 * logged them.
 * S28: a promotion while the host was taking the memory back, or with a backing that could not be asked: the pages came back as one leaf.
 * S38: tables were merged into a block, which appeared before the tables' own entries were gone from all caches (Arm).
 */
#include "meanwhile.h"

/* Full tables of pages, of which some were used. */
static void plant_tables(struct harness *h, unsigned n)
{
	IS(TDP_OK, map_at(h, 0, 0, n * h->b, HPA, RWX));
	for (tdp_gpa_t gpa = 0; gpa < n * h->b; gpa += h->b)
		GUEST(gpa + h->p, REF_W);
}

/* ---- S27 ---- */

/* [2M - 4K, 4M + 4K): two whole regions and a page at either side. */
SCENARIO(S27, edges)
{
	plant_tables(h, 4);
	IS(TDP_OK, promote(h, h->b - h->p, 2 * h->b + 2 * h->p, 1, NULL, NULL));
	SAME(h->op.changed, 2 * h->b);
	for (unsigned i = 0; i < 4; i++)
		SAME(entry_at(h, i * h->b).level, i == 1 || i == 2);
	MAPPED(0, 4 * h->b, HPA, RWX);
	GUEST(0, REF_W);
	GUEST(4 * h->b - h->p, REF_W);
}

/* Each side that is short of one page, and a range that is all edges. */
SCENARIO(S27, nothing_but_edges)
{
	uint64_t state;

	plant_tables(h, 2);
	state = content_digest(h, 0, 2 * h->b);
	IS(TDP_SPURIOUS, promote(h, h->p, 2 * h->b - 2 * h->p, 1, NULL, NULL));
	IS(TDP_SPURIOUS, promote(h, 0, h->b - h->p, 1, NULL, NULL));
	IS(TDP_SPURIOUS, promote(h, h->b - h->p, 2 * h->p, 1, NULL, NULL));
	SAME(h->op.changed + FLUSHES + STORES, 0);
	SAME(content_digest(h, 0, 2 * h->b), state);
	SAME(entry_at(h, 0).level + entry_at(h, h->b).level, 0);
}

/* The same one level up: [1G - 2M, 2G + 2M). */
SCENARIO(S27, edges_of_level_2, .without = PAE)
{
	IS(TDP_OK, map_at(h, 1, 0, 3 * h->g, HPA, RWX));
	GUEST(h->g - h->b, REF_W);
	GUEST(h->g, REF_W);
	IS(TDP_OK, promote(h, h->g - h->b, h->g + 2 * h->b, 2, NULL, NULL));
	SAME(h->op.changed, h->g);
	SAME(entry_at(h, 0).level, 1);
	SAME(entry_at(h, h->g).level, 2);
	SAME(entry_at(h, 2 * h->g).level, 1);
	MAPPED(0, 3 * h->g, HPA, RWX);
}

/* ---- S28 ---- */

/* An embedder that looks pages up, and whose host may be taking some back meanwhile. */
struct host {
	struct tdp_invalidation inv;
	uint32_t seq;
	struct tdp_backing answer;
	bool errs;
};

static bool ask_host(void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out)
{
	const struct host *host = arg;

	*out = host->answer;
	out->hpa += gpa;
	return !host->errs && !tdp_invalidation_retry(&host->inv, host->seq, gpa, size);
}

/* The region stays as it is, to the last bit of what it maps. */
static void check_refused(struct harness *h, struct host *host)
{
	const uint64_t state = content_digest(h, 0, 2 * h->b);

	IS(TDP_SPURIOUS, promote(h, 0, h->b, 1, ask_host, host));
	SAME(h->op.changed + h->op.tables, 0);
	SAME(content_digest(h, 0, 2 * h->b), state);
	SAME(entry_at(h, 0).level, 0);
	GUEST(h->p, REF_W);
}

SCENARIO(S28, memory_is_being_taken_back)
{
	struct host host = {.answer = {.hpa = HPA, .size = h->b, .attrs = RWX}};

	IS(TDP_OK, map_at(h, 0, 0, h->b - h->p, HPA, RWX));
	host.seq = tdp_invalidation_seq(&host.inv);
	tdp_invalidation_begin(&host.inv, 2 * h->p, h->p);
	IS(TDP_OK, tdp_zap(&h->tree, 2 * h->p, h->p, &h->op));
	check_refused(h, &host);
	tdp_invalidation_end(&host.inv);
	check_refused(h, &host); /* what was looked up before is stale */
	HOLE(2 * h->p, h->p);
	host.seq = tdp_invalidation_seq(&host.inv);
	IS(TDP_OK, promote(h, 0, h->b, 1, ask_host, &host));
	MAPPED(0, h->b, HPA, RWX);
}

SCENARIO(S28, backing_errs)
{
	struct host host = {.answer = {.hpa = HPA, .size = h->b, .attrs = RWX}, .errs = true};

	IS(TDP_OK, map_at(h, 0, 0, h->b - h->p, HPA, RWX));
	check_refused(h, &host);
	host.errs = false;
	host.answer.hpa = HPA + h->p; /* not what the pages map */
	check_refused(h, &host);
	host.answer.hpa = HPA;
	host.answer.size = h->b - h->p; /* too little */
	check_refused(h, &host);
	host.answer.size = h->b;
	host.answer.attrs = UC;
	check_refused(h, &host);
	host.answer.attrs = RWX;
	IS(TDP_OK, promote(h, 0, h->b, 1, ask_host, &host));
}

/* Without a backing the pages speak for themselves, and one that is just being unmapped does not come back. */
static enum tdp_result gone;

static void plant_one(struct harness *h)
{
	IS(TDP_OK, map_at(h, 0, 0, h->b, HPA, RX));
	gone = TDP_BUSY;
}

static void promote_region(struct harness *h)
{
	IS_EITHER(TDP_OK, TDP_SPURIOUS, tdp_promote(&h->tree, 0, h->b, 1, NULL, NULL, &h->op));
}

static void unmap_page_1(struct harness *h, struct tdp_op *op)
{
	gone = tdp_zap(&h->tree, h->p, h->p, op);
	CHECK(gone == TDP_OK || gone == TDP_BUSY);
}

static void check_gone(struct harness *h)
{
	if (gone != TDP_OK)
		IS(TDP_OK, tdp_zap(&h->tree, h->p, h->p, &h->op));
	GUEST_FAULTS(h->p, REF_R);
	HOLE(h->p, h->p);
	MAPPED(2 * h->p, h->b - 2 * h->p, HPA + 2 * h->p, RX);
}

/* In small formats, for there are as many moments as entries. */
SCENARIO(S28, page_goes_under_a_promotion, .modes = SHARED, .with = FAKE)
{
	const struct meanwhile m = {plant_one, promote_region, unmap_page_1, check_gone};

	CHECK(meanwhile_each(h, &m) > 3);
}

/* ---- S38 ---- */

/* What is seen of the region while it is promoted, at each access and hook. */
static struct {
	struct harness *h;
	unsigned flushes; /* before the call */
	bool appeared, too_early;
	const char *wrong;
} watch;

static void watch_step(void *arg)
{
	struct harness *h = watch.h;
	const tdp_spte_t e = *raw_entry(h, 1, 0);
	const struct ref_walk walk = referee_walk(h->r, &h->tree, h->p, REF_R);

	(void)arg;
	for (tdp_gpa_t gpa = 0; gpa < h->b; gpa += h->b - h->p) {
		const struct referee_access a = referee_guest(h->r, &h->tree, gpa, REF_W);

		if (a.fault == REF_OK && a.hpa != HPA + gpa)
			watch.wrong = "another page";
		else if (a.fault != REF_OK && a.fault != REF_NOT_PRESENT)
			watch.wrong = ref_fault_name(a.fault);
	}
	if (e == 0 || walk.fault != REF_OK || walk.level != 1 || watch.appeared)
		return;
	watch.appeared = true;
	watch.too_early = h->bbm && referee_counts(h->r).flushes == watch.flushes;
}

/* Break, flush, make on Arm; elsewhere the flush comes before the table goes. The guest runs all the time, and every write is kept. */
SCENARIO(S38, tables_are_gone_before_the_block_appears)
{
	plant_tables(h, 1);
	watch.h = h;
	watch.flushes = referee_counts(h->r).flushes;
	watch.appeared = watch.too_early = false;
	watch.wrong = NULL;
	referee_on_event(h->r, watch_step, NULL);
	IS(TDP_OK, promote(h, 0, h->b, 1, NULL, NULL));
	referee_on_event(h->r, NULL, NULL);
	if (watch.wrong)
		harness_fail(h, __LINE__, "the guest met %s", watch.wrong);
	CHECK(!watch.too_early);
	SAME(FREED, 1);
	SAME(FLUSHES, 1);
	FLUSH(0, 0, h->b, -1, true);
	SAME(entry_at(h, 0).level, 1);
	SAME(entry_at(h, 0).dirty, 1);
	GUEST(h->b - h->p, REF_W);
	MAPPED(0, h->b, HPA, RWX);
}

/* Many at once: none of them appears before the flush of its batch, which the referee watches. */
SCENARIO(S38, many_blocks)
{
	struct tdp_stats stats = {0};

	plant_tables(h, 4);
	WITH(.stats = &stats, .batch_lg2 = 1);
	IS(TDP_OK, promote(h, 0, 4 * h->b, 1, NULL, NULL));
	SAME(stats.promoted, 4);
	SAME(FLUSHES, 2);
	SAME(FREED, 4);
	MAPPED(0, 4 * h->b, HPA, RWX);
	GUEST(3 * h->b, REF_W);
}
