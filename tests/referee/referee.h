/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The referee: simulated memory, hardware walkers, adversarial TLBs and a ledger of flush duties around the trees under test.
 *
 *	struct referee *r = referee_new(&(struct referee_config){ .kind = REF_EPT });
 *	referee_start(r, &tree, &tdp_ept_engine, &layout, 0, 1);		init, load, attach; tables come from the arena
 *	int got = REFEREE_OP(r, NULL, tdp_map(&tree, gpa, size, hpa, attrs, NULL));
 *	referee_guest(r, &tree, gpa, REF_W);					hardware walks, caches, sets A and D
 *	got = REFEREE_OP(r, NULL, tdp_zap(&tree, gpa, size, NULL));
 *	REFEREE_CLEAN(r);							fails with a readable list
 *	referee_stop(r, &tree);
 *	referee_free(r);
 *
 * Every table access of the library comes here through tdp_test_access(); every hook through the ops that referee_ops() gives.
 */
#ifndef REFEREE_H
#define REFEREE_H

#include <tdpmmu/tdpmmu.h>

#include "verdict.h"
#include "walk.h"

struct referee;

/* ---- violations ---- */

/* Nothing wrong so far? */
bool referee_clean(const struct referee *r);
/* The violations as text, one per line: "V3 in tdp_zap(...): ..."; lives until the next call. */
const char *referee_violations(struct referee *r);
/* How many violations of one kind. */
unsigned referee_count(const struct referee *r, enum referee_violation v);
/* Forget them (a test that provoked them goes on). */
void referee_forget(struct referee *r);

/* For Criterion: fail with the list. */
#define REFEREE_CLEAN(r) cr_assert(referee_clean(r), "%s", referee_violations(r))

/* ---- life ---- */

struct referee_config {
	enum ref_kind kind; /* one referee judges trees of one format */
	unsigned features;  /* enum ref_feature: must agree with the layout */
	unsigned hpa_bits;  /* must agree with the layout; 0: 40 */
	unsigned table_lg2; /* log2 of a table in bytes, which is a frame; 0: 12, also for what is smaller */
	unsigned frames;    /* size of the arena in frames; 0: 16384 */
	uint64_t pat;	    /* NPT: IA32_PAT; 0: power-on */
	bool lazy;	    /* caches hold only what guest accesses touched; default: whatever they may */
	bool no_adversary;  /* hardware does not race; default: it sets A and D at the worst moment, once per entry and call */
	bool map_tables;    /* tables are reached through table_map, which also catches a walk into guest memory (V2) */
	bool noncoherent;   /* walkers do not snoop: table_clean is demanded (V17) */
	bool shared;	    /* trees get an RCU, so that calls are shared, though there is one thread */
	bool check_sync;    /* page_sync is demanded before a write-back leaf appears (V18) */
};

/* A referee, which becomes the current one (it receives tdp_test_access()). Aborts when memory runs out. */
struct referee *referee_new(const struct referee_config *config);
/* Give everything back; trees need not be stopped. */
void referee_free(struct referee *r);
/* Make it the current one. */
void referee_use(struct referee *r);

/* The hooks, for tdp_config.ops; ctx is the referee. May be edited before a tree is made: memtype is NULL, all others are set. */
struct tdp_mm_ops *referee_ops(struct referee *r);
/* An RCU for one thread; its context is the referee. */
extern const struct tdp_rcu referee_rcu;
/* How many of its read sections are open, and how many were ever entered. */
unsigned referee_reading(void);
unsigned long referee_reads(void);
/* An empty table cache for tdp_config.pool: fill it with tdp_cache_fill(referee_cache(r), n, referee_ops(r), r, NULL). */
struct tdp_cache *referee_cache(struct referee *r);
/* Give all tables of a cache back to the arena: what referee_counts().tables shows then is linked, or leaked. */
void referee_drain(struct referee *r, struct tdp_cache *cache);
/* A root of some bytes (tdp_root_size()), aligned to them. Never fails by injection. */
struct tdp_table referee_root(struct referee *r, size_t bytes);
/* Give a root back after tdp_tree_fini(). */
void referee_root_free(struct referee *r, const struct tdp_table *root, size_t bytes);

/* Watch a loaded tree: what hangs below its root is taken as it is. */
void referee_attach(struct referee *r, const struct tdp_tree *tree);
/* Watch it by register values alone, without a library: key is any address that names the tree. */
void referee_attach_regs(struct referee *r, const void *key, const struct tdp_regs *regs);
/* Stop watching; before tdp_tree_fini(). Whatever was still cached or owed is forgotten: tdp_tree_unload() flushed it. */
void referee_detach(struct referee *r, const void *tree);

/* Root, tdp_tree_init() with the pool, tdp_tree_load(), attach. */
enum tdp_result referee_start(struct referee *r, struct tdp_tree *tree, const struct tdp_engine *engine,
			      const struct tdp_layout *layout, uint32_t flags, uint32_t tag);
/* Unload, final checks, detach, fini, root back. */
void referee_stop(struct referee *r, struct tdp_tree *tree);

/* ---- around each call into the library ---- */

/* A call begins. gather: the one in its tdp_op, or NULL. */
void referee_begin(struct referee *r, const char *name, const struct tdp_gather *gather);
/* It returned: duties, frozen entries, barriers, dirty pages are checked. */
void referee_end(struct referee *r);
/* tdp_gather_flush() as a call: afterwards nothing of this gather may be owed. */
void referee_gather_flush(struct referee *r, struct tdp_gather *gather, void *user);

/* The flush of a gather by other means than tdp_gather_flush() is over: call between begin and end. */
void referee_gather_due(struct referee *r, const struct tdp_gather *gather);

/*
 * From now on what the guest writes must stay Dirty ("written since mapped" is not enough) until it is collected: named by the dirty hook,
 * or in a bitmap. Not for collections whose flush waits for a gather.
 */
void referee_log_writes(struct referee *r, bool on);
/* The call that begins next collects into this bitmap, which is read when it returns. */
void referee_collects(struct referee *r, const void *tree, const struct tdp_bitmap *out);

/* A call as one expression: its value is the call's. */
#define REFEREE_OP(r, gather, call)                                                                                                \
	__extension__({                                                                                                            \
		referee_begin(r, #call, gather);                                                                                   \
		__auto_type referee_op_result = (call);                                                                            \
		referee_end(r);                                                                                                    \
		referee_op_result;                                                                                                 \
	})

/* ---- broken variants ---- */

/* Turn a variant of lib/core/broken.h on by its name; NULL: off. false: there is none. TDPMMU_BROKEN does so for a whole program. */
bool referee_break(const char *name);
/* The name of the i-th of TDP_BROKEN_LIST, NULL beyond the last; *what: the bug it stands for. */
const char *referee_variant(unsigned i, const char **what);

/* ---- the guest ---- */

/* One access of a guest: what the hardware did. */
struct referee_access {
	enum ref_fault fault; /* REF_OK: hpa is where it went */
	uint64_t hpa;
	unsigned level;
	bool cached; /* by a TLB entry, not by a walk */
};

/* access: one of enum ref_access. Through TLB and walk caches; sets A and D in memory as hardware does. */
struct referee_access referee_guest(struct referee *r, const void *tree, tdp_gpa_t gpa, unsigned access);

/* May a processor have a translation of any of it cached that permits this access? 0: any translation. */
bool referee_caches(struct referee *r, const void *tree, tdp_gpa_t gpa, uint64_t size, unsigned access);

/* The host takes memory back, or lends it again: an access of the guest to reclaimed memory is V1. */
void referee_reclaim(struct referee *r, tdp_hpa_t hpa, uint64_t size);
void referee_lend(struct referee *r, tdp_hpa_t hpa, uint64_t size);

/* Called at each SPTE access and hook, after the referee looked at it: a place to let the guest run in the middle of a call. */
typedef void (*referee_event_fn)(void *arg);
void referee_on_event(struct referee *r, referee_event_fn fn, void *arg);

/*
 * In the next call, once, when it has touched something shared so many times: what another thread does meanwhile. Calls of the library may
 * be made in it, as a part of the call that is judged. Did it come to that?
 */
void referee_between(unsigned points, referee_event_fn fn, void *arg);
bool referee_came_between(void);

/* ---- against a flat reference ---- */

/* What must be at one page. */
struct referee_page {
	bool mapped;
	tdp_hpa_t hpa;	 /* of the page */
	uint8_t must;	 /* tdp_prot that a walk must permit */
	uint8_t may;	 /* tdp_prot that it may permit (a superset) */
	int16_t memtype; /* tdp_memtype; -1: any */
};

typedef struct referee_page (*referee_page_fn)(void *arg, tdp_gpa_t gpa);

/* Compare every granule of a range with the reference, by the independent walker: V7, V9, V12. Returns the violations added. */
unsigned referee_check_map(struct referee *r, const void *tree, tdp_gpa_t gpa, uint64_t size, referee_page_fn fn, void *arg);
/* From now on each guest access between two calls is compared, too (V1, V7, V9); fn = NULL ends it. */
void referee_expect(struct referee *r, const void *tree, referee_page_fn fn, void *arg);
/* Every linked table against what the accessors reported (V16), structure (V11), caches against tables (V5). */
void referee_audit(struct referee *r);
/* One walk by the independent walker, without side effects. */
struct ref_walk referee_walk(struct referee *r, const void *tree, tdp_gpa_t gpa, unsigned access);

/* ---- what the hooks saw ---- */

struct referee_counts {
	unsigned allocs, frees; /* table_alloc that succeeded, table_free */
	unsigned denied;	/* table_alloc that failed, by injection or because the arena is full */
	unsigned tables;	/* frames in use for tables now: in trees, in caches, or leaked; roots not counted */
	unsigned roots;		/* frames in use for roots */
	unsigned flushes;	/* flush hook calls */
	unsigned barriers;	/* walker_barrier */
	unsigned cleans;	/* table_clean */
	unsigned syncs;		/* page_sync */
	unsigned dirties;	/* dirty hook calls */
	unsigned warnings;	/* warn */
	unsigned loads, stores; /* SPTE accesses: loads; everything else */
	unsigned linked;	/* tables that hang in attached trees, roots excluded */
};
struct referee_counts referee_counts(const struct referee *r);

/* The i-th flush since referee_new() or referee_log_reset(); NULL beyond the last or the first 256. */
const struct tdp_flush *referee_flush(const struct referee *r, unsigned i);
/* Was this page reported to the dirty hook since the last reset? */
bool referee_reported(const struct referee *r, tdp_gpa_t gpa);
/* How many bytes the dirty hook was told in all, since the last reset. */
uint64_t referee_reported_bytes(const struct referee *r);
/* The last text given to warn; "" if none. */
const char *referee_warning(const struct referee *r);
/* Forget flushes and reports (not the counts). */
void referee_log_reset(struct referee *r);

/* Let the n-th table_alloc from now (1: the next) fail, once or from then on. n = 0: never again. */
void referee_fail_alloc(struct referee *r, unsigned n, bool sticky);

#endif
