/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world of a scenario: a tree in a few frames, guests with TLBs and walk caches that keep everything until a flush, an RCU that frees
 * at the first legal moment, and what must hold at every step and at the end.
 *
 * All action is in sixteen pages, the first four of each of the first four tables. Level 3, and level 2 unless the world is deep, never
 * change (that is checked), so that reading them needs no scheduling point. Tables of real formats have 508 entries more, which no guest uses: a fibre goes through those in
 * one step.
 */
#ifndef SCHEDULES_WORLD_H
#define SCHEDULES_WORLD_H

#include <tdpmmu/tdpmmu.h>
#include <walk.h>

#include "explore.h"

enum { PAGES = 16, PER_TABLE = 4, CPUS = 2 };
#define PAGE_BYTES   (UINT64_C(1) << world_config.format->page_lg2)
#define AT(page)     world_at(page)
#define HPA(n, page) (((uint64_t)(n) << world_config.format->backing_lg2) + AT(page)) /* the n-th backing of a page */
#define RWX	     ((struct tdp_attrs){TDP_RWX, TDP_MT_WB, 0, 0})
#define RX	     ((struct tdp_attrs){TDP_RX, TDP_MT_WB, 0, 0})
#define RX1	     ((struct tdp_attrs){TDP_RX, TDP_MT_WB, 0, world_config.format->sw})
#define UC	     ((struct tdp_attrs){TDP_RWX, TDP_MT_UC, 0, 0})
#define RO	     ((struct tdp_attrs){TDP_R, TDP_MT_WB, 0, 0})

/* Whether the tree belongs to a set of roots, and how that is reaped. In a set the root's entries are those of level 1. */
enum world_set { NO_SET, SET_KICK, SET_FLUSH };

struct world_format {
	char letter;
	const char *name;
	const struct tdp_format *format;
	const struct tdp_engine *engine;
	enum ref_kind kind;
	unsigned gpa_bits, hpa_bits, page_lg2;
	unsigned entries, table_lg2; /* entries: of a table; table_lg2: bytes that one of pages maps */
	unsigned backing_lg2;	     /* how far one backing is from the next */
	uint32_t caps, features;
	uint8_t sw;	/* a software bit that callers have */
	bool overwrite; /* discipline */
};
extern const struct world_format world_formats[]; /* letter 0 ends them */

struct world_config {
	const struct world_format *format; /* in a set: a fake one */
	bool keep;			   /* no RCU: KEEP_TABLES */
	enum world_set set;
	unsigned cpus;
	unsigned dry, tables; /* dry: 0, or one more than the fibre whose cache holds only so many tables at first */
	bool write_protect;   /* TDP_TREE_LOG_BY_WRITE_PROTECT */
	bool deep;	      /* entries of level 2 may change, too: of a fake format */
	bool store_buffer;    /* x86-TSO: plain stores become visible later, in order */
	bool nosnoop;	      /* walkers see what was cleaned, and cache it again as soon as it is flushed */
};
extern struct world_config world_config;

static inline tdp_gpa_t world_at(unsigned page)
{
	return ((tdp_gpa_t)(page / PER_TABLE) << world_config.format->table_lg2) + page % PER_TABLE * PAGE_BYTES;
}

/* How far n pages reach; with the last of the four of a table all that follow. */
static inline uint64_t world_span(unsigned page, unsigned n)
{
	return world_at(page + n) - world_at(page);
}

extern struct tdp_tree world_tree;

/* Everything as at the beginning: an empty live tree with the upper levels in place. */
void world_start(const struct world_config *config);
/* Of exploration. */
void world_step(void *arg);
void world_end(void *arg);
uint64_t world_state(void *arg);

/* Set-up without scheduling points: pages [page, page + n) get their first backing, by leaves of this level. */
void world_map(unsigned page, unsigned n, unsigned level, struct tdp_attrs attrs, uint32_t flags);
/* The same for all pages of whole tables, those of level 0 that no guest uses, too. */
void world_fill(unsigned page, unsigned n);
/* Pages are not mapped any more. */
void world_hole(unsigned page, unsigned n);
/* A leaf table that is empty. */
void world_empty_table(unsigned page);
/* The guest has used a page: it is in the TLB and its table in the walk cache. */
void world_touch(unsigned cpu, unsigned page, bool write);

/* A call has returned that says that the page is mapped to hpa: if it still is, walkers see it. */
void world_must_see(unsigned page, uint64_t hpa);

/* A call's context with the running fibre's cache. */
struct tdp_op world_op(uint32_t flags, struct tdp_gather *gather);
/* Memory had run out for a call: now its cache has what it asked for. */
void world_refill(struct tdp_op *op, const char *what);
/* The running fibre's call has returned: it owns nothing, holds nothing, and walkers see what it made. */
void world_returned(const char *what);
/* A replace has said that this page is not at its old place. */
void world_replaced(unsigned page);
/* A zap of these pages begins; and it has returned to its caller, who may now use what it took away: nothing stale may be left. */
void world_zap_begins(unsigned page, unsigned n);
void world_zapped(unsigned page, unsigned n);
/* A call that takes write permission away has returned. */
void world_withheld(unsigned page, unsigned n);
/* Pages that a call will change the memory type of; no other may change. */
void world_may_type(unsigned page, unsigned n);
/* A call that changes the memory type of pages to UC has returned. */
void world_typed(unsigned page, unsigned n);
/* Nobody may write these pages now, but through a mapping that grants it again. */
void world_protected(unsigned page, unsigned n);

/* A collection of written pages begins; a page that it has named is copied, behind its flush; and it has returned, having been everywhere or not. */
void world_collect_begins(unsigned page, unsigned n);
void world_copied(unsigned page);
void world_collected(unsigned page, unsigned n, bool all);
/* The running fibre's collection reports to the hook, inside the call. */
void world_reports(bool reports);
/* Faults name the pages that they open: a collection by write protection has closed these; and a fault has named one. */
void world_log_closes(unsigned page, unsigned n);
void world_logged(unsigned page);
/* No fibre changes where this page is mapped; and no fibre may make it a part of a larger leaf. */
void world_steady(unsigned page);
void world_small(unsigned page);

/* One access of a guest on a CPU. false: it faults. */
bool world_guest(unsigned cpu, unsigned page, bool write);
/* A CPU forgets the translation of a page, as it may at any time. */
void world_evict(unsigned cpu, unsigned page);
/* What the embedder does about a fault of a write: the page's n-th backing, or that of the whole table the page is in. */
enum tdp_result world_fault(unsigned page, unsigned n, bool huge, struct tdp_op *op);

/* Store buffers, for an exploration. */
void world_buffer_leave(void *arg, int fibre);
void world_buffer_enter(void *arg, int fibre);
unsigned world_buffered(void *arg);
void world_buffer_drain(void *arg, int fibre);

/* The fibre that runs deferred callbacks. */
void world_callbacks(void *arg);

/* In a set: a reference on the tree, or on the one that came after it. */
struct tdp_tree *world_get(void);
void world_put(struct tdp_tree *tree);
void world_invalidate(void);
enum tdp_result world_reap(uint32_t flags);
/* A reap has returned to somebody who holds the tree: nothing can be mapped in it any more. */
void world_dead(void);
/* A vCPU enters the tree, which the caller holds, accesses a page and leaves. TDP_ABSENT: it faulted, or was kicked. */
enum tdp_result world_inside(unsigned cpu, unsigned page, bool write);
/* A vCPU enters the tree, which the caller holds, writes a page, leaves, handles the fault, and enters once more. */
enum tdp_result world_run(unsigned cpu, unsigned page, unsigned n);

#endif
