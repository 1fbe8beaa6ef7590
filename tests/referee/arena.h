/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Simulated physical memory for tables: frames that know their state, poisoned before use and after. Guest memory is only numbers.
 *
 * Fresh and freed frames are filled with present mappings of a trap page, so whoever reads one without asking goes visibly wrong.
 * A freed frame is not reused before the arena is full.
 */
#ifndef REFEREE_ARENA_H
#define REFEREE_ARENA_H

#include <stddef.h>
#include <string.h>

#include "walk.h"

enum { FRAME_LG2 = 12, FRAME_LG2_MAX = 16 }; /* a frame is as large as a table, at least 4 KiB */
enum { NO_FRAME = -1 };

enum frame_state { FRAME_FREE, FRAME_TABLE, FRAME_POISONED };

/* One bit per entry of a frame; in memory of the arena's. */
struct entry_set {
	uint64_t *word;
};

struct ref_tree;

struct frame {
	uint8_t state;		    /* enum frame_state */
	bool root;		    /* part of a root: never freed through table_free */
	bool linked;		    /* a walker that starts at a root can reach it */
	int8_t level;		    /* of its entries when it was last linked; -1: never linked since it was allocated */
	unsigned frozen;	    /* frozen entries, while it is linked */
	unsigned stale;		    /* walk-cache entries that point to it though it may be unlinked */
	unsigned raced_op;	    /* the call that raced belongs to */
	uint64_t unlinked_at;	    /* number of the change that unlinked it */
	uint64_t gpa;		    /* first address its entries map, while it is linked or stale */
	struct ref_tree *tree;	    /* which tree, while it is linked or stale */
	struct entry_set written;   /* stored to since it was allocated; the others are poison */
	struct entry_set uncleaned; /* stored to and not cleaned to memory since ... */
	struct entry_set outdated;  /* ... where memory has a translation that is not there any more */
	struct entry_set raced;	    /* the adversary has acted here in call raced_op */
};

struct arena {
	unsigned lg2;	  /* log2 of a frame in bytes */
	uint8_t *mem;	  /* what the library sees */
	uint64_t *shadow; /* what the model knows of it */
	struct frame *frame;
	uint64_t *sets;	  /* of all frames */
	unsigned count;	  /* frames in all */
	unsigned next;	  /* first one never used */
	unsigned recycle; /* where the search for a freed frame goes on once next has reached count */
	uint64_t base;	  /* physical address of frame 0 */
	enum ref_kind kind;
	unsigned fail_in; /* allocations until one fails; 0: none */
	bool fail_sticky;
};

/* lg2: of a frame in bytes. Aborts when memory runs out. */
void arena_init(struct arena *a, enum ref_kind kind, unsigned frames, unsigned lg2, unsigned hpa_bits);
void arena_fini(struct arena *a);
/* n frames in a row, aligned to n frames (a power of two); NO_FRAME: the arena is full. Injected failures do not count here. */
int arena_alloc(struct arena *a, unsigned n);
/* The frame is poisoned from now on. */
void arena_free(struct arena *a, int f);
/* Shall this allocation fail? Counts down. */
bool arena_fails_now(struct arena *a);

/* The frame at a physical address, or holding an entry; NO_FRAME: outside. */
int arena_frame_at(const struct arena *a, uint64_t hpa);
int arena_frame_of(const struct arena *a, const void *va);
uint64_t arena_hpa(const struct arena *a, int f);
uint64_t *arena_entries(const struct arena *a, int f);
uint64_t *arena_shadow(const struct arena *a, int f);
/* Does [hpa, hpa + size) touch a frame that is a table? */
bool arena_has_table(const struct arena *a, uint64_t hpa, uint64_t size);

static inline size_t arena_frame_size(const struct arena *a)
{
	return (size_t)1 << a->lg2;
}

static inline unsigned arena_frame_entries(const struct arena *a)
{
	return (unsigned)(arena_frame_size(a) / sizeof(uint64_t));
}

/* Which entry of its frame lies at an address, physical or not. */
static inline unsigned arena_index(const struct arena *a, uint64_t address)
{
	return (unsigned)((address & (arena_frame_size(a) - 1)) / sizeof(uint64_t));
}

static inline void set_clear(const struct arena *a, struct entry_set *s)
{
	memset(s->word, 0, arena_frame_entries(a) / 8);
}

static inline bool set_has(const struct entry_set *s, unsigned i)
{
	return (s->word[i / 64] >> i % 64 & 1) != 0;
}

static inline void set_add(struct entry_set *s, unsigned i)
{
	s->word[i / 64] |= UINT64_C(1) << i % 64;
}

static inline void set_remove(struct entry_set *s, unsigned i)
{
	s->word[i / 64] &= ~(UINT64_C(1) << i % 64);
}

#endif
