/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What backs guest-virtual memory: a short table of ranges, and for each page of a range where it lies and what is allowed. It is
 * also the flat reference that the tables are compared with at the end: nothing in it is ever read back from them.
 */
#ifndef TDPVM_REGIONS_H
#define TDPVM_REGIONS_H

#include <stdatomic.h>

#include <tdpmmu/types.h>

enum { REGIONS_MAX = 48 };

/*
 * One page of 4 KiB. Faults read it at any time; frame and prot change within an invalidation of the page only (notifier.h), and so
 * does mapped when the page goes.
 */
struct page {
	_Atomic uint32_t frame; /* its address / 4096 */
	_Atomic uint8_t prot;	/* enum tdp_prot */
	_Atomic bool mapped;	/* the tables must show it; else they must show nothing */
	_Atomic bool zapped;	/* was mapped, and was unmapped under the running guest */
	_Atomic bool moving;	/* somebody is about to move it: nobody else may */
};

/* One range. */
struct region {
	const char *name;
	uint64_t va;	   /* first address */
	uint64_t pages;	   /* of 4 KiB */
	uint8_t prot;	   /* at first, for every page */
	bool huge;	   /* frames come in 2 MiB, and so may mappings */
	uint64_t device;   /* not 0: no memory, a device of this number */
	bool stack;	   /* where the processor puts what it knows of a fault: a fault there would be the guest's end */
	struct page *page; /* NULL for a device */
};

struct regions {
	struct region one[REGIONS_MAX];
	unsigned count;
};

/* Add a range; its pages have no frames yet. NULL with a problem set: it wraps, overlaps another one, or there is no memory. */
struct region *regions_add(struct regions *regions, const char *name, uint64_t va, uint64_t pages, uint8_t prot, bool huge);

/* Add a device. */
struct region *regions_add_device(struct regions *regions, const char *name, uint64_t va, uint64_t pages, uint64_t device);

void regions_close(struct regions *regions);

/* The range an address lies in, or NULL. */
struct region *regions_find(struct regions *regions, uint64_t va);

/* The page an address of the region lies in. */
struct page *region_page(const struct region *region, uint64_t va);

/* Whether a region has no other one in [va, va + bytes). */
bool regions_alone(const struct regions *regions, const struct region *region, uint64_t va, uint64_t bytes);

/*
 * How far around va the memory is contiguous and alike: [*base, *base + *size) holds va, never leaves the 2 MiB around it, and is one
 * page unless the region is huge. For tdp_fault(), which wants to know how large a leaf may be.
 */
void region_extent(const struct region *region, uint64_t va, uint64_t *base, uint64_t *size);

/* Where an address must lead by the reference; false: nowhere. */
bool regions_expect(struct regions *regions, uint64_t va, tdp_hpa_t *hpa);

#endif
