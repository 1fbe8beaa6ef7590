/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every test of an operation stands on: a live tree of some format in the referee's arena, the context of a call, and checks.
 *
 *	TREE_TEST(map, one_page)			runs once for every setup: NPT, EPT, stage 2 ..., real and fake
 *	{
 *		IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, &h->op));
 *		SAME(h->op.changed, h->p);
 *		MAPPED(0, h->p, HPA, RWX);
 *	}
 *
 * Each test ends with: the referee found nothing, every invariant holds, no table is leaked.
 */
#ifndef TDPMMU_TESTS_OPS_HARNESS_H
#define TDPMMU_TESTS_OPS_HARNESS_H

#include <criterion/criterion.h>
#include <inttypes.h>
#include <referee.h>
#include <string.h>
#include <tdpmmu/format_def.h>
#include <tdpmmu/tdpmmu.h>

/* What a setup is; a test can ask for some and refuse others. */
enum trait {
	BREAK = 1,    /* break-before-make */
	HW_A = 2,     /* hardware sets Accessed */
	HW_D = 4,     /* hardware sets Dirty */
	FAKE = 8,     /* a test format */
	GENERIC = 16, /* the generic engine */
	CONCAT = 32,  /* several root tables in a row */
	IS_EPT = 64,
	IS_NPT = 128,
	IS_S2 = 256,
	TRACKS = 512,  /* no Accessed flag: an old leaf permits nothing */
	PAE = 1024,    /* three levels, the root four entries, no leaves of 1G, no bits for the caller */
	DEEP = 2048,   /* five levels */
	WIDE = 4096,   /* 52-bit host addresses, in two fields of an entry */
	ASIDE = 8192,  /* for tests of WIDE only: tables so large that the others would take long */
	LARGE = 16384, /* tables of more than 512 entries, which calls take in parts */
	NO_SD = 32768 /* no room for "written since mapped", so that whatever is unmapped is reported; nor for bits of the caller's */
};

/* A format with a geometry, an engine and a machine. */
struct setup {
	const char *name;
	const struct tdp_format *format;
	const struct tdp_engine *engine;
	enum ref_kind kind;
	uint8_t gpa_bits, hpa_bits;
	uint32_t caps;	       /* enum tdp_cap */
	unsigned ref_features; /* the same for the referee */
	unsigned traits;
};

/* The n-th setup; NULL behind the last. */
const struct setup *setup_at(unsigned n);
/* The machine of a setup. */
struct tdp_caps setup_caps(const struct setup *s);

/* Whose company calls expect. */
enum mode {
	ALONE = 1,  /* nobody's: no RCU, no TDP_TREE_KEEP_TABLES */
	SHARED = 2, /* any thread's: the tree has an RCU */
	KEEPING = 4 /* any thread's: TDP_TREE_KEEP_TABLES */
};

/* How a test wants its tree. */
struct setting {
	unsigned modes;		/* enum mode: once in each; shared calls find h->cache in h->op. 0: ALONE */
	unsigned with, without; /* traits */
	uint32_t flags;		/* enum tdp_tree_flag */
	uint32_t caps;		/* features in addition, for every format */
	unsigned ref_features;	/* and for the referee */
	bool quiet;		/* hardware does not race: what is dirty is what the test made dirty */
	bool noncoherent;	/* table_clean is demanded */
	bool check_sync;	/* page_sync is demanded */
	bool lazy;		/* caches hold what the guest touched only */
	bool by_hand;		/* no tree yet: the test makes it */
	bool shared;		/* the tree has an RCU, and the test gives caches to its calls itself */
	bool map_tables;	/* tables are reached through table_map */
	bool corrupt;		/* the test plants nonsense: no verdict at the end */
	void (*hooks)(struct tdp_mm_ops *ops);
};

struct harness {
	const struct setup *setup;
	const struct setting *setting;
	enum mode mode;
	struct referee *r;
	struct tdp_cache *cache; /* of shared calls; NULL: calls find the tree's pool themselves */
	struct tdp_tree tree;
	struct tdp_layout layout;
	struct tdp_op op;	      /* of the next call; outputs of the last one */
	uint64_t p, b, g, t;	      /* bytes that an entry of level 0, 1, 2, 3 maps: 4K, 2M, 1G, 512G, or tiny ones */
	uint64_t n;		      /* entries of a table */
	uint64_t end;		      /* first address behind the tree's range */
	uint8_t sw;		      /* the caller's bits in a leaf, all of them */
	bool bbm, hw_d;		      /* of the setup */
	bool shared;		      /* mode is not ALONE */
	bool stopped;		      /* the test has ended the tree itself */
	const char *call;	      /* the last one, as text */
	unsigned pool;		      /* tables in the pool before the last call ... */
	struct referee_counts before; /* ... and what had been counted */
};

/* Host memory that tests map: below the arena, aligned for every level. */
#define HPA  UINT64_C(0x1000000000)
#define HPA2 UINT64_C(0x3000000000)

#define RWX  ((struct tdp_attrs){TDP_RWX, TDP_MT_WB, 0, 0})
#define RW   ((struct tdp_attrs){TDP_RW, TDP_MT_WB, 0, 0})
#define RX   ((struct tdp_attrs){TDP_RX, TDP_MT_WB, 0, 0})
#define RO   ((struct tdp_attrs){TDP_R, TDP_MT_WB, 0, 0})
#define UC   ((struct tdp_attrs){TDP_RW, TDP_MT_UC, 0, 0})
#define ASK  ((struct tdp_attrs){TDP_RWX, TDP_MT_ASK, 0, 0})

/* Every setup that the setting allows, one after the other, each with a fresh tree. */
void harness_each(const struct setting *setting, void (*test)(struct harness *h));
/* The parts of it. */
void harness_start(struct harness *h, const struct setup *setup, const struct setting *setting, enum mode mode);
void harness_finish(struct harness *h);
/* The tree and its tables go; the referee must be content. */
void harness_stop(struct harness *h);

/* For a test by hand: a tree that nobody walks yet, with tables in its pool; flags: enum tdp_tree_flag. And its end, with its root. */
struct tdp_table harness_unloaded(struct harness *h, uint32_t flags);
void harness_unloaded_end(struct harness *h, const struct tdp_table *root);

#define TREE_TEST(suite, test, ...)                                                                                                \
	static void suite##_##test(struct harness *h);                                                                             \
	Test(suite, test)                                                                                                          \
	{                                                                                                                          \
		static const struct setting setting = {__VA_ARGS__};                                                               \
		harness_each(&setting, suite##_##test);                                                                            \
	}                                                                                                                          \
	static void suite##_##test(struct harness *h)

/* ---- calls ---- */

void harness_before(struct harness *h, const char *call);
void harness_after(struct harness *h, int line, enum tdp_result want, enum tdp_result got, const char *call);

/* A call into the library, and the result that it must have. */
#define IS(want, call)                                                                                                             \
	do {                                                                                                                       \
		enum tdp_result is_got;                                                                                            \
		harness_before(h, #call);                                                                                          \
		is_got = (call);                                                                                                   \
		harness_after(h, __LINE__, want, is_got, #call);                                                                   \
	} while (0)

/* The context of the next calls. */
#define WITH(...) (h->op = (struct tdp_op){__VA_ARGS__})

/* The same where two results are right. */
#define IS_EITHER(want, other, call)                                                                                               \
	do {                                                                                                                       \
		enum tdp_result is_got;                                                                                            \
		harness_before(h, #call);                                                                                          \
		is_got = (call);                                                                                                   \
		harness_after(h, __LINE__, is_got == (other) ? (other) : (want), is_got, #call);                                   \
	} while (0)

/* A dry run, which must change nothing, take nothing and call nobody. h->op.tables is its answer. */
#define DRY(want, call)                                                                                                            \
	do {                                                                                                                       \
		uint64_t dry_state = tables_digest(h);                                                                             \
		h->op.flags |= TDP_DRY_RUN;                                                                                        \
		IS_EITHER((want) >= 0 ? TDP_OK : (want), (want) >= 0 ? TDP_SPURIOUS : (want), call);                               \
		h->op.flags &= ~(uint32_t)TDP_DRY_RUN;                                                                             \
		SAME(STORES + FLUSHES + TAKEN + h->op.changed, 0);                                                                 \
		SAME(tables_digest(h), dry_state);                                                                                 \
	} while (0)

/* A dry run and then the call: the first foretells exactly what the second takes. */
#define FORETOLD(want, call)                                                                                                       \
	do {                                                                                                                       \
		uint32_t foretold;                                                                                                 \
		DRY(want, call);                                                                                                   \
		foretold = h->op.tables;                                                                                           \
		IS(want, call);                                                                                                    \
		SAME(TAKEN, foretold);                                                                                             \
	} while (0)

/* Fill or empty the pool so that it has exactly n tables. */
void harness_tables(struct harness *h, unsigned n);
/* tdp_gather_flush() under the referee's eyes. */
void harness_gather_flush(struct harness *h, int line, struct tdp_gather *gather);
#define GATHER_FLUSH(gather) harness_gather_flush(h, __LINE__, gather)
/*
 * From a hook in the middle of a call, where it holds and owes nothing (which is checked): work() makes calls of its own with h->op, and
 * then the first call goes on. Counts of what the first call did leave them out; logs of flushes and reports begin anew.
 */
void harness_pause(struct harness *h, void (*work)(struct harness *h));
/* A leaf at the wished level, whatever else could be chosen. */
enum tdp_result map_at(struct harness *h, unsigned level, tdp_gpa_t gpa, uint64_t size, tdp_hpa_t hpa, struct tdp_attrs attrs);

/* ---- what the last call did ---- */

struct referee_counts harness_delta(const struct harness *h);
#define FLUSHES	 (harness_delta(h).flushes)
#define BARRIERS (harness_delta(h).barriers)
#define STORES	 (harness_delta(h).stores)
#define FREED	 (harness_delta(h).frees)
/* Tables that it took from the pool. */
#define TAKEN (h->pool - tdp_cache_count(referee_cache(h->r)))
/* The i-th flush, exactly. */
#define FLUSH(i, gpa, size, level, tables) harness_flush_is(h, __LINE__, i, gpa, size, level, tables)
void harness_flush_is(struct harness *h, int line, unsigned i, tdp_gpa_t gpa, uint64_t size, int level, bool tables);
/* Exactly these bytes were reported to the dirty hook. */
#define REPORTED(gpa, size) harness_reported(h, __LINE__, gpa, size)
void harness_reported(struct harness *h, int line, tdp_gpa_t gpa, uint64_t size);

/* ---- checks; silent until they fail ---- */

_Noreturn void harness_fail(struct harness *h, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
void harness_same(struct harness *h, int line, uint64_t actual, uint64_t expected, const char *what);

#define CHECK(condition)                                                                                                           \
	do {                                                                                                                       \
		if (!(condition))                                                                                                  \
			harness_fail(h, __LINE__, "%s", #condition);                                                               \
	} while (0)
#define SAME(actual, expected) harness_same(h, __LINE__, (uint64_t)(actual), (uint64_t)(expected), #actual)

/* Lookup and the referee's walker agree that [gpa, gpa + size) is mapped to hpa and grants attrs; not all of it where it is large. */
void harness_mapped(struct harness *h, int line, tdp_gpa_t gpa, uint64_t size, tdp_hpa_t hpa, struct tdp_attrs attrs);
#define MAPPED(gpa, size, hpa, attrs) harness_mapped(h, __LINE__, gpa, size, hpa, attrs)
/* The same for: nothing is there, not even a note. */
void harness_hole(struct harness *h, int line, tdp_gpa_t gpa, uint64_t size);
#define HOLE(gpa, size) harness_hole(h, __LINE__, gpa, size)
/* And for a note. */
void harness_noted(struct harness *h, int line, tdp_gpa_t gpa, uint64_t size, uint64_t note);
#define NOTED(gpa, size, note) harness_noted(h, __LINE__, gpa, size, note)
/* What hardware permits now. */
#define LIVE(gpa) (referee_walk(h->r, &h->tree, gpa, 0).perms)
/* The decoded entry that covers gpa. */
struct tdp_entry entry_at(struct harness *h, tdp_gpa_t gpa);
/* The guest touches gpa; it must get there, or must not. */
void harness_guest(struct harness *h, int line, tdp_gpa_t gpa, unsigned access, bool permitted);
#define GUEST(gpa, access)	  harness_guest(h, __LINE__, gpa, access, true)
#define GUEST_FAULTS(gpa, access) harness_guest(h, __LINE__, gpa, access, false)

/* ---- state as one number (digest.c) ---- */

/* Of every entry of every table, raw, read from memory without the engine. */
uint64_t tables_digest(struct harness *h);
/* Of what is mapped and noted where in a range: the same for the same mapping, whatever its levels, Accessed and Dirty. */
uint64_t content_digest(struct harness *h, tdp_gpa_t gpa, uint64_t size);
/* How many tables hang below the root. */
unsigned tables_linked(struct harness *h);
/* Where a raw entry of the tree lies: of this level, for gpa. */
tdp_spte_t *raw_entry(struct harness *h, unsigned level, tdp_gpa_t gpa);
/* Bits of an entry of level 0 as they stand at another level. */
tdp_spte_t raw_bits_at(const struct harness *h, unsigned level, tdp_spte_t bits);

#endif
