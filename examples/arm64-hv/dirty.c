/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which pages has the guest written? The library's log is held against the memory itself: every page that is mapped has a hash, and a page
 * whose hash has changed must have been named, or its entry must say Dirty again. The content is read before the entry: a store is
 * Dirty before it is visible. So this works while the guest runs.
 */
#include "frames.h"
#include "guest.h"
#include "move.h"
#include "options.h"
#include "pool.h"
#include "report.h"
#include "stage2.h"
#include "unrest.h"
#include "verdict.h"

enum { BLOCKS_FIRST = 16, CHUNK_TABLES = 16, OMIT_ONE_IN = 64, SHOWN = 5, PATIENCE = 1000 };

static uint64_t *hash, *words;
static bool begun;
static uint64_t rounds, named_pages, changed_pages, missed, split;

void dirty_begin(void)
{
	const uint64_t pages = frames_pages();

	hash = pool_take(pages * sizeof(*hash), sizeof(*hash), "the hashes of the guest's pages");
	words = pool_take(pages / 8, sizeof(*words), "the dirty log");
}

/* Logging by pages takes pages: blocks are split ahead, as many at a time as the cache has tables for. */
static void split_all(void)
{
	const uint64_t end = GUEST_BASE + frames_pages() * PAGE_SIZE;
	struct tdp_stats stats = {0};
	struct tdp_op op = {.stats = &stats};
	enum tdp_result r;

	op.next = GUEST_BASE;
	do {
		op.cache = pool_cache(CHUNK_TABLES);
		r = tdp_split(&stage2, op.next, end - op.next, 0, &op);
	} while (r == TDP_NOMEM || r == TDP_BUSY);
	MUST(r);
	split = stats.split;
}

static void judge(uint64_t page, bool named)
{
	const uint64_t gpa = GUEST_BASE + page * PAGE_SIZE;
	struct tdp_mapping m;
	uint64_t now;

	/* Nobody can have written to what was never mapped; but at first all are hashed, to know what they were. */
	if (rounds > 0 && tdp_lookup(&stage2, gpa, &m, NULL) == TDP_ABSENT)
		return;
	now = frames_hash(frames_of(page));
	named_pages += named;
	if (now != hash[page] && rounds > 0) {
		changed_pages++;
		BARRIER("dsb sy");
		if (!named && (tdp_lookup(&stage2, gpa, &m, NULL) != TDP_OK || !m.entry.dirty) && missed++ < SHOWN)
			say("[hv] page %x has changed, and nobody said so\n", gpa);
	}
	hash[page] = now;
}

static void collect(void)
{
	const uint64_t pages = frames_pages();
	const struct tdp_bitmap map = {.words = words, .base = GUEST_BASE, .pages = pages, .page_lg2 = 12};

	for (uint64_t i = 0; i < pages / 64; i++)
		words[i] = 0;
	MUST(tdp_dirty_arm(&stage2, GUEST_BASE, pages * PAGE_SIZE, &map, NULL));
	for (uint64_t i = 0; i < pages; i++) {
		const bool named = words[i / 64] >> (i % 64) & 1;

		judge(i, named && !(omission == OMIT_LOG && i % OMIT_ONE_IN == 0));
	}
	rounds++;
}

void dirty_round(void)
{
	if (!begun) {
		while (__atomic_load_n(&guest_counts.memory, __ATOMIC_RELAXED) < BLOCKS_FIRST && !unrest_is_ending())
			BARRIER("yield");
		guest_fault_flags(TDP_LOG_DIRTY);
		split_all();
		begun = true;
	}
	collect();
	unrest_pause(PATIENCE);
}

bool dirty_finish(void)
{
	collect();
	say("[hv] %u blocks split ahead; %u rounds: %u pages named, %u found changed, %u changed unnamed%s\n", split, rounds,
	    named_pages, changed_pages, missed, missed ? "  MISSED" : "");
	report_add("rounds", rounds);
	report_add("named", named_pages);
	report_add("changed", changed_pages);
	report_add("missed", missed);
	return missed == 0 && changed_pages > 0;
}
