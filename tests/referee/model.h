/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The model's parts and how they hang together. Nothing here knows the library: positions are frames of the arena, meanings
 * come from the walkers' decoders.
 *
 *	store in a linked table -> tables_changed() -> ledger_changed()	duties, break-before-make
 *						    -> tlb_keep_*()		caches keep what was there
 *						    -> adopt/abandon	structure, poison
 *	flush hook		-> ledger_flush(), tlb_flush()		duties end, cached entries go
 *	dirty hook		-> ledger_reported(), dirty_reported()	order, accounts
 *	table_free hook		-> ledger_freed()			nothing may refer to it
 *	end of call		-> ledger_returned(), tlb_returned(), dirty_returned(), tables_returned()
 */
#ifndef REFEREE_MODEL_H
#define REFEREE_MODEL_H

#include <stddef.h>

#include "arena.h"
#include "verdict.h"
#include "walk.h"

enum { MODEL_TREES = 8, TLB_TOUCHED = 512, TLB_WALK_TOUCHED = 64 };

/* A tree under watch. */
struct ref_tree {
	const void *key; /* NULL: the slot is free */
	struct ref_machine m;
	struct ref_shape s;
	bool barrier_owed;    /* entries became valid or wider since the last barrier or flush */
	uint64_t lo, hi;      /* hull of what this call changed; empty: lo > hi */
	unsigned table_count; /* linked tables, the root excluded */
};

/* Where an entry lies. */
struct ref_pos {
	struct ref_tree *tree;
	int frame;
	unsigned index;
	unsigned level;
	uint64_t gpa, span; /* what it maps */
};

/* A flush that is owed. */
struct duty {
	struct ref_tree *tree;
	uint64_t gpa, end;  /* what is left of it */
	uint64_t seq;	    /* number of the change that made it */
	const void *gather; /* may wait for this gather; NULL: due when the call returns */
	int frame;	    /* the entry that changed ... */
	unsigned index;
	uint64_t old; /* ... and what it held */
	const char *why;
	unsigned call; /* in which it was made */
	uint8_t level;
	bool tables;   /* cached upper levels too */
	bool missed;   /* a flush came that should have covered it */
	bool answered; /* has been reported as a violation */
};

struct ledger {
	struct duty *duty;
	unsigned count, room;
	uint64_t seq;
};

/* A cached leaf translation. */
struct tlb_leaf {
	struct ref_tree *tree;
	uint64_t gpa, end, hpa; /* hpa of gpa */
	unsigned perms;
	enum ref_memtype memtype;
	uint8_t level;
	bool dirty; /* Dirty is cached: writes do not touch memory again */
	bool kept;  /* it may disagree with memory: only a flush evicts it */
	bool shut;  /* it lets writes through that the entry does not: while the entry stays Dirty, they are known */
};

/* A cached upper level: where the table for a stretch of addresses lies. */
struct tlb_walk {
	struct ref_tree *tree;
	uint64_t gpa, end;
	int frame;
	unsigned level; /* of the table's entries */
	bool kept;
};

struct tlb {
	bool lazy; /* only what the guest touched */
	struct tlb_leaf *leaf;
	unsigned leaves, leaf_room, leaf_victim;
	struct tlb_walk *walk;
	unsigned walks, walk_room, walk_victim;
};

/* Addresses that the guest has written since their last report. */
struct written {
	struct ref_tree *tree;
	uint64_t gpa, end, hpa; /* hpa of gpa */
	const void *gather;	/* unmapped, and this gather holds the report; NULL: mapped */
};

/* Sorted by tree and gpa. */
struct written_list {
	struct written *range;
	unsigned count, room;
};

struct dirty {
	bool unreported_ok; /* there is no dirty hook */
	struct written_list mapped, gathered;
	bool logging;
	struct written_list log; /* of mapped: what has not been collected since */
	struct {
		struct ref_tree *tree; /* NULL: this call collects into no bitmap */
		const uint64_t *words;
		uint64_t base, pages;
		unsigned page_lg2;
	} out;
};

/* Ranges of host memory. */
struct range_list {
	struct {
		uint64_t start, end;
	} * range;
	unsigned count, room;
};

struct model {
	struct verdicts v;
	struct arena a;
	struct ref_tree tree[MODEL_TREES];
	struct ledger ledger;
	struct tlb tlb;
	struct dirty dirty;
	struct range_list reclaimed; /* the guest may not reach it */
	struct range_list synced;    /* page_sync was called for it in this call */
	bool noncoherent, check_sync;
	bool pooled; /* freed tables go to a pool without a word: they may come back at any level */
	bool in_call;
	unsigned call;	    /* number of the call */
	const void *gather; /* of the call */
	unsigned frozen;    /* frozen entries in linked tables */
};

/* ---- tables.c: structure ---- */

/* Position of an entry of a linked or stale frame; false: the frame is neither. */
bool tables_pos(struct model *m, int frame, unsigned index, struct ref_pos *out);
/* An entry that walkers can reach changed; memory and shadow hold the new value already. */
void tables_changed(struct model *m, const struct ref_pos *pos, uint64_t old_value, uint64_t new_value);
/* A tree appears with all that hangs below its root; false: its root is not in the arena. */
bool tables_attach(struct model *m, struct ref_tree *tree);
void tables_detach(struct model *m, struct ref_tree *tree);
/* The call returns: frozen entries, barriers, cleaning. */
void tables_returned(struct model *m);
/* Every linked table against its shadow. */
void tables_audit(struct model *m);
/* Entries of a table that lie in one frame. */
unsigned tables_entries(const struct ref_tree *tree, bool root);
/* A silent walk through memory as it is, without side effects; access 0: only the translation counts. */
struct ref_walk tables_peek(const struct ref_tree *tree, uint64_t gpa, unsigned access);

/* ---- ledger.c: what is owed ---- */

void ledger_changed(struct model *m, const struct ref_pos *pos, uint64_t old_value, uint64_t new_value);
/* size 0: everything. level -1: mixed. */
void ledger_flush(struct model *m, const struct ref_tree *tree, uint64_t gpa, uint64_t end, int level, bool tables);
void ledger_reported(struct model *m, uint64_t gpa, uint64_t end);
void ledger_freed(struct model *m, int frame);
void ledger_returned(struct model *m);
/* The gather that holds the flush of an address; NULL: none does. */
const void *ledger_gather_at(const struct model *m, const struct ref_tree *tree, uint64_t gpa);
/* Is a flush owed here that may still come (or whose absence was reported)? */
bool ledger_owes(const struct model *m, const struct ref_tree *tree, uint64_t gpa, uint64_t end);
/* Nothing may wait for this gather any longer. */
void ledger_gather_due(struct model *m, const void *gather);
void ledger_detach(struct model *m, const struct ref_tree *tree);

/* ---- tlb.c: what caches hold ---- */

/* A leaf changed: caches keep what it said, until a flush. */
void tlb_keep_leaf(struct model *m, const struct ref_pos *pos, const struct ref_entry *was, const struct ref_entry *is);
/* Is a translation of before still cached for all, or some, of what this entry maps? */
bool tlb_holds(const struct model *m, const struct ref_pos *pos, bool whole);
/* Is anything of [gpa, end) cached that permits this access? 0: anything at all. */
bool tlb_caches(const struct model *m, const struct ref_tree *tree, uint64_t gpa, uint64_t end, unsigned access);
/* Is any of it cached as writable that woke up shut? */
bool tlb_is_shut(const struct model *m, const struct ref_pos *pos);
/* A table is unlinked from here: walk caches keep pointing to it. */
void tlb_keep_table(struct model *m, const struct ref_pos *pos, int table_frame);
/* A walk went through: caches may hold all of it. */
void tlb_touch(struct model *m, struct ref_tree *tree, uint64_t gpa, const struct ref_walk *walk);
void tlb_flush(struct model *m, const struct ref_tree *tree, uint64_t gpa, uint64_t end, int level, bool tables);
/* The most adversarial cached translation for an access; NULL: none. */
struct tlb_leaf *tlb_find(struct model *m, const struct ref_tree *tree, uint64_t gpa, unsigned access);
/* The deepest cached upper level that points to a table no longer linked; false: none. */
bool tlb_find_walk(const struct model *m, const struct ref_tree *tree, uint64_t gpa, struct ref_start *out);
/* The call returns: what is cached must agree with the tables. */
void tlb_returned(struct model *m);
/* The same for every address, not only for what the call changed. */
void tlb_audit(struct model *m);
void tlb_detach(struct model *m, const struct ref_tree *tree);

/* ---- dirty.c: what the guest wrote ---- */

void dirty_wrote(struct model *m, struct ref_tree *tree, uint64_t gpa, uint64_t end, uint64_t hpa);
void dirty_reported(struct model *m, uint64_t gpa, uint64_t end);
/* What this call changed must still be dirty, or have been reported. */
void dirty_returned(struct model *m);
/* This gather was flushed: no report can come from it any more. */
void dirty_gather_due(struct model *m, const void *gather);
void dirty_detach(struct model *m, const struct ref_tree *tree);
/* What the call has named is collected; what was written and not collected must still be Dirty, not just "written since mapped". */
void dirty_log_returned(struct model *m);

/* ---- ranges.c ---- */

void ranges_add(struct range_list *l, uint64_t start, uint64_t end);
void ranges_remove(struct range_list *l, uint64_t start, uint64_t end);
bool ranges_touch(const struct range_list *l, uint64_t start, uint64_t end);
bool ranges_cover(const struct range_list *l, uint64_t start, uint64_t end);
/* Room for one more element of an array; aborts when memory runs out. */
void *array_room(void *array, unsigned count, unsigned *room, size_t element);

#endif
