/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's address space: one tree of tdpmmu in NPT format, which is the format of x86-64 page tables, so CR3 can point to it. The
 * tree has an RCU, so its calls are shared: any number of threads fault, map, unmap and move pages at once, and there is no lock.
 */
#ifndef TDPVM_SPACE_H
#define TDPVM_SPACE_H

#include "caller.h"
#include "frames.h"
#include "machine.h"
#include "notifier.h"
#include "regions.h"
#include "tables.h"

struct options;
struct vcpus;

struct space {
	struct tdp_tree tree;
	struct tdp_layout layout;
	struct tdp_mm_ops ops;
	struct tdp_regs regs;
	const struct tdp_urcu *rcu;
	struct notifier notifier; /* what backs the pages, and whether that is changing */
	struct tables *tables;
	struct regions *regions;
	struct frames *frames;
	struct vcpus *vcpus;	/* whom a flush concerns */
	_Atomic uint64_t freed; /* tables, by the library */
	bool open;
	bool write_protect;   /* how writes are logged, see options.h */
	_Atomic bool logging; /* writes are being logged: faults say so to the library, and try the fast way first */
};

/* Make an empty tree, live; regs.base is the value for CR3. With options->huge, leaves of 2 MiB are allowed. */
bool space_open(struct space *space, const struct machine *machine, struct tables *tables, struct regions *regions,
		struct frames *frames, struct vcpus *vcpus, const struct options *options);

/* Map a region now, instead of at the first fault; a device gets a note. */
bool space_map(struct space *space, struct caller *caller, const struct region *region);

/* Resolve a page fault. Returns a verdict of guest/abi.h, or -1 with a problem set. *device is set for TDPVM_MMIO. */
int space_fault(struct space *space, struct caller *caller, uint64_t va, uint64_t error, uint64_t *device);

/* Change what is allowed in a range that lies in one region of memory. false: a problem is set. */
bool space_allow(struct space *space, struct caller *caller, uint64_t va, uint64_t bytes, uint8_t prot);

/* Addresses around a region of memory, and nothing else's. They may reach beyond it, to whole tables. */
struct span {
	const struct region *region;
	uint64_t va;
	uint64_t bytes;
};

/* Unmap spans, with one flush; they will fault back in. flags: TDP_ZAP_LEAVES or 0. */
bool space_zap(struct space *space, struct caller *caller, const struct span *span, unsigned count, uint32_t flags);

/* The same within invalidations that the caller has begun. */
bool space_unmap(struct space *space, struct caller *caller, const struct span *span, unsigned count, uint32_t flags);

/* Map a span as far as it is memory and nobody is changing it, so that it need not fault. */
bool space_remap(struct space *space, struct caller *caller, const struct span *span);

/* Free empty tables around a span. */
bool space_trim(struct space *space, struct caller *caller, const struct span *span);

/* One page, of 4 KiB or 2 MiB, on its way to another frame. The caller has claimed it (page.moving). */
struct move {
	const struct region *region;
	uint64_t va;
	uint64_t bytes;
	uint64_t to;
};

/* Move pages while the guest uses them: writes are kept out while a page is copied, and then it points to the copy. */
bool space_move(struct space *space, struct caller *caller, const struct move *move, unsigned count);

/* Move pages of a span by unmapping all of it: they fault back in at another place. */
bool space_move_unmapped(struct space *space, struct caller *caller, const struct span *span, const struct move *move,
			 unsigned count);

/* Unmap everything and free the tables but the root. The reference is the caller's to clear. */
bool space_clear(struct space *space, struct caller *caller);

/* Forget the tree; no vCPU may go in any more, and all caches are empty. Returns how many tables are lost. */
unsigned space_close(struct space *space, struct caller *caller);

/* After TDP_NOMEM: get the tables that op asks for. The caller is not inside. false: a problem is set. */
bool space_top_up(struct space *space, struct caller *caller, const struct tdp_op *op);

/* Tables that were retired so far and whose grace period is over. Waits for those that are waiting. */
uint64_t space_freed(struct space *space);

/* Report a call that should have succeeded: false, with a problem that names it. */
bool space_failed(const char *call, uint64_t va, enum tdp_result result);

/* A granted mapping of guest memory: kernel pages, since the guest runs at privilege level 0. */
static inline struct tdp_attrs space_attrs(uint8_t prot)
{
	return (struct tdp_attrs){.prot = prot, .memtype = TDP_MT_WB, .flags = TDP_ATTR_SUPERVISOR};
}

#endif
