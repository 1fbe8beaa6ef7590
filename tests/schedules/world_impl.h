/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the world share.
 */
#ifndef SCHEDULES_WORLD_IMPL_H
#define SCHEDULES_WORLD_IMPL_H

#include "hash.h"
#include "world.h"

enum { FRAMES = 56, NOBODY = 0xff, MAX_BACKINGS = 8, CALLBACKS = 3, TREES = 2 };
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
	uint64_t upper;			   /* and, if it may change, the table of level 1 */
	uint8_t walking, cancelled;	   /* a bit for each fibre that runs its guest: they may be several */
	bool inside;			   /* of the tree of a set: where a kick looks */
	bool out;			   /* leave, says a kick */
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
	struct callback callback[CALLBACKS];
	bool written[MAX_BACKINGS][PAGES];	  /* by the guest, and not reported since */
	bool uncopied[MAX_BACKINGS][PAGES];	  /* by the guest, and neither copied nor reported since */
	bool collecting[MAX_FIBRES + 1][PAGES];	  /* a fibre's collection is there */
	uint8_t must_find[MAX_FIBRES + 1][PAGES]; /* it must name the page: which backing was written; 0: need not */
	bool log_closed[PAGES], unlogged[PAGES];  /* closed until a fault opens it, and names it; and written all the same */
	bool small[PAGES];			  /* nobody may make it a part of a larger leaf */
	uint64_t steady[PAGES];			  /* no fibre changes its translation, which is this; 0: any may */
	bool reports[MAX_FIBRES + 1];		  /* the fibre's collection reports to the hook */
	bool closed[PAGES];			  /* not to be written: world_protected() */
	uint8_t zapping[MAX_FIBRES + 1][PAGES];	  /* what a fibre's zap has to get rid of: a bit for each backing but the first */
	bool typed[PAGES];			  /* may be UC: somebody asked for it */
	bool gathers[MAX_FIBRES + 1];	/* the fibre has a gather, or is alone: reports may come when something is mapped again */
	uint8_t on_cpu[MAX_FIBRES + 1]; /* where the fibre ran a guest last, plus one; 0: on another one */
	bool unseen[MAX_FIBRES + 1];	/* the fibre made something valid, and no walker barrier has followed */
	unsigned frames_used, frames_free, root_frames;
	unsigned trees;	    /* that a set has made */
	bool gone[TREES];   /* that it has freed */
	bool unheld[TREES]; /* that nobody holds: on the way out */
	bool locked;
};

/* An entry that the running fibre has just been about to write, and what it held; NULL: none. Not part of a state. */
extern uint64_t *world_pending, world_before;

extern struct world world;
extern struct tdp_cache world_caches[MAX_FIBRES + 1];
extern struct ref_machine world_machine;
extern struct ref_shape world_shape;
enum { MOST_ENTRIES = 8192 };
extern uint64_t world_memory[FRAMES * MOST_ENTRIES]; /* as much of it as the format's tables need */
static inline uint64_t *world_frame(uint64_t frame)
{
	return world_memory + frame * (PAGE_BYTES / sizeof(uint64_t));
}

static inline uint64_t world_memory_bytes(void)
{
	return FRAMES * PAGE_BYTES;
}

unsigned world_self(void); /* index of the running fibre, MAX_FIBRES outside */
uint64_t *world_entry_at(uint64_t hpa);
struct ref_entry world_decode(unsigned level, uint64_t value);
/* The highest level whose entries may change, and the table that they are in, which stays where it is. */
static inline unsigned world_live_level(void)
{
	return world_config.deep ? 2 : 1;
}
extern uint64_t world_live_table;
/* A page's entry in a table of some level, for hardware. */
uint64_t *world_entry(uint64_t table, unsigned level, unsigned page);
/* What is linked for a page, as far down as *level; and at which level that is. */
struct ref_entry world_seek(unsigned page, unsigned *level);
/* Where a page is in a leaf of some level. */
uint64_t world_offset(unsigned page, unsigned level);
/* The live translation of a page. */
struct tlb_entry world_live(unsigned page, struct ref_entry *entry);
/* Level of a frame's entries, and of those below: from where it is linked, and from then on. */
void world_learn_level(uint64_t table, int level);
/* How many tables are linked below one; and nothing is frozen. */
unsigned world_count_tables(uint64_t table, unsigned level);
/* Has the running fibre frozen anything that is reached from the root? */
bool world_owns(void);
/* What the last write of an entry came to: who owns what. */
void world_settle(void);
/* Everybody sees now that an entry was written, by a fibre. */
void world_wrote(const uint64_t *entry, uint64_t before, uint64_t now, unsigned who);

/* Something has become valid: no zap that has begun before has to get rid of it. */
void world_made_valid(void);

/* The guest has written a page. */
void world_log_written(unsigned page);
/* No page that nobody moves leads elsewhere, or is part of another leaf. */
void world_steady_step(void);
/* It is where it was, and what was written is copied, or will be: at the end, of a page whose entry is e and leads to live. */
void world_log_end(unsigned page, const struct ref_entry *e, uint64_t live);

void world_buffer_start(void);
/* The running fibre has just stored to an entry; others do not see it yet. */
void world_buffer_keep(uint64_t *entry, uint64_t before);
/* The same for another word; and for a flag, which is stored by this call. */
void world_buffer_word(uint64_t *word, uint64_t before);
void world_buffer_flag(bool *flag, bool value);
/* Everybody sees all stores of the running fibre; of all fibres. */
void world_buffer_fence(void);
void world_buffer_fence_all(void);
uint64_t world_buffer_state(void);
/* Nothing is cached of the tree on a CPU. */
void world_forget(struct cpu *cpu);
/* Something may be written to a frame, behind the first entries; and all frames are as new. */
void world_tail_changes(uint64_t frame);
void world_clear_frames(bool same_format);
/* A frame is not a table any more. */
void world_free_frame(uint64_t frame);

/* A set with the tree in it, held by itself; of what common says. */
void world_set_start(const struct tdp_config *common, const struct tdp_engine *engine, const struct tdp_layout *layout);
/* A word outside of tables is about to be looked at, or stored to. */
void world_set_check(const volatile void *word);
/* What the last store to a link came to. */
void world_set_settle(void);
/* A root entry of the set's tree was changed, from this value. */
void world_set_wrote(uint64_t before);
/* What must hold at every step. */
void world_set_step(void);
/* What must hold at the end; returns how many tables its roots are. */
unsigned world_set_end(void);
uint64_t world_set_state(void);

/* ---- world_nosnoop.c ---- */

void world_nosnoop_start(void);
uint64_t world_nosnoop_state(void);
/* What a walker reads there. */
uint64_t world_walked(const uint64_t *entry);
/* A walker goes at once where it has lost what it had cached, if it is one that does not snoop. */
void world_cache_again(struct cpu *cpu, unsigned page);

extern struct tdp_mm_ops world_ops; /* va_offset is set at the start */
extern const struct tdp_rcu world_rcu;

#endif
