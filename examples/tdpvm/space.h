/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's address space: one tree of tdpmmu in NPT format, which is the format of x86-64 page tables, so CR3 can point to it.
 * Every call into the tree happens under one lock: calls of this library version are exclusive.
 */
#ifndef TDPVM_SPACE_H
#define TDPVM_SPACE_H

#include <pthread.h>

#include "frames.h"
#include "machine.h"
#include "regions.h"
#include "tables.h"

struct vcpus;

/* What happened, for the summary. Written under the lock. */
struct space_stats {
	uint64_t faults;     /* page faults of the guest */
	uint64_t resolved;   /* of these: a mapping appeared or widened */
	uint64_t refaults;   /* of these: the page had been mapped before */
	uint64_t spurious;   /* somebody else had resolved it already */
	uint64_t refused[4]; /* told the guest that this is not allowed, by verdict */
	uint64_t allows;     /* permissions changed at the guest's wish */
	uint64_t flushes;    /* calls of the flush hook */
	uint64_t dirty;	     /* bytes reported as written when they were unmapped or moved */
	uint64_t moves;	     /* pages that got another frame */
	uint64_t moved;	     /* their bytes */
	uint64_t zaps;	     /* ranges unmapped while the guest ran */
};

struct space {
	struct tdp_tree tree;
	struct tdp_layout layout;
	struct tdp_mm_ops ops;
	struct tdp_regs regs;
	struct tdp_cache bank; /* tables for calls that are not faults, topped up by their dry run */
	pthread_mutex_t lock;  /* the tree, the reference in regions, frames, stats */
	struct tables *tables;
	struct regions *regions;
	struct frames *frames;
	struct vcpus *vcpus; /* whom a flush concerns */
	struct space_stats stats;
	bool open;
};

/* Make an empty tree, live; regs.base is the value for CR3. With huge, leaves of 2 MiB are allowed. */
bool space_open(struct space *space, const struct machine *machine, struct tables *tables, struct regions *regions,
		struct frames *frames, struct vcpus *vcpus, bool huge);

/* Map a region now, instead of at the first fault; a device gets a note. */
bool space_map(struct space *space, const struct region *region);

/*
 * Resolve a page fault. cache: the vCPU's own tables, topped up here before the lock is taken.
 * Returns a verdict of guest/abi.h, or -1 with a problem set. *device is set for TDPVM_MMIO.
 */
int space_fault(struct space *space, struct tdp_cache *cache, uint64_t va, uint64_t error, uint64_t *device);

/* Change what is allowed in a range that lies in one region of memory. false: a problem is set. */
bool space_allow(struct space *space, uint64_t va, uint64_t bytes, uint8_t prot);

/* Under the lock: unmap a range of a region; it will fault back in. */
bool space_zap(struct space *space, const struct region *region, uint64_t va, uint64_t bytes);

/* One page, of 4 KiB or 2 MiB, on its way to another frame. */
struct move {
	const struct region *region;
	uint64_t va;
	uint64_t bytes;
	uint64_t to;
};

/* Under the lock: move pages while the guest runs. Writes are kept out while a page is copied. */
bool space_move(struct space *space, const struct move *move, unsigned count);

/* Unmap everything and free the tables but the root. The reference is the caller's to clear. */
bool space_clear(struct space *space);

/* Forget the tree; no vCPU may go in any more. Returns how many tables are lost. */
unsigned space_close(struct space *space);

/* Report a call that should have succeeded: false, with a problem that names it. */
bool space_failed(const char *call, uint64_t va, enum tdp_result result);

/* A granted mapping of guest memory: kernel pages, since the guest runs at privilege level 0. */
static inline struct tdp_attrs space_attrs(uint8_t prot)
{
	return (struct tdp_attrs){.prot = prot, .memtype = TDP_MT_WB, .flags = TDP_ATTR_SUPERVISOR};
}

#endif
