/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the world share.
 */
#ifndef SCHEDULES_WORLD_IMPL_H
#define SCHEDULES_WORLD_IMPL_H

#include <walk.h>

#include "world.h"

enum { FRAMES = 56, NOBODY = 0xff, MAX_BACKINGS = 8 };
#define FRAME_HPA UINT64_C(0x40000000)

struct tlb_entry {
	uint64_t hpa; /* 0: nothing cached */
	uint8_t level;
	bool w, d; /* may be written; Dirty was set when it was filled */
	bool uc;   /* of memory type UC */
	uint8_t pad[4];
};

struct cpu {
	struct tlb_entry tlb[PAGES];
	uint64_t table[PAGES / PER_TABLE]; /* walk cache: the leaf table for each entry of level 1; 0: none */
	bool walking, cancelled;
};

struct frame {
	bool freed;
	int8_t level;		  /* of its entries, since it was first linked; -1: never */
	uint8_t owner[PER_TABLE]; /* who froze the entry; NOBODY */
};

struct callback {
	struct tdp_rcu_head *head;
	void (*fn)(struct tdp_rcu_head *head);
	uint8_t waits_for; /* fibres whose read section was open when it was deferred */
};

/* Everything that starts afresh with each execution. */
struct world {
	struct frame frame[FRAMES];
	struct cpu cpu[CPUS];
	uint8_t reading[MAX_FIBRES + 1]; /* depth of each fibre's read section */
	struct callback callback;
	bool written[MAX_BACKINGS][PAGES]; /* by the guest, and not reported since */
	bool closed[PAGES];		   /* not to be written: world_protected() */
	bool typed[PAGES];		   /* may be UC: somebody asked for it */
	bool gathers[MAX_FIBRES + 1];	   /* the fibre has a gather: reports come when others may have mapped again */
	bool unseen[MAX_FIBRES + 1];	   /* the fibre made something valid, and no walker barrier has followed */
	unsigned frames_used, frames_free;
};

/* An entry that the running fibre has just been about to write, and what it held; NULL: none. Not part of a state. */
extern uint64_t *world_pending, world_before;

extern struct world world;
extern struct world_config world_config;
extern struct ref_machine world_machine;
extern struct ref_shape world_shape;
extern uint64_t world_memory[FRAMES][PAGE_BYTES / sizeof(uint64_t)];

unsigned world_self(void); /* index of the running fibre, MAX_FIBRES outside */
uint64_t *world_entry_at(uint64_t hpa);
struct ref_entry world_decode(unsigned level, uint64_t value);
/* The entry that leads to a page's leaf table (level 1), and the live translation of a page. */
uint64_t *world_upper(unsigned page);
struct tlb_entry world_live(unsigned page, struct ref_entry *entry);
/* Has the running fibre frozen anything that is reached from the root? */
bool world_owns(void);
/* What the last write of an entry came to: who owns what. */
void world_settle(void);

extern struct tdp_mm_ops world_ops; /* va_offset is set at the start */
extern const struct tdp_rcu world_rcu;

#endif
