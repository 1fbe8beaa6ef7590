/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One guest whose memory the library maps: a loaded tree, its table pool and hooks that count, as an embedder would have them.
 */
#ifndef TDPMMU_BENCH_GUEST_H
#define TDPMMU_BENCH_GUEST_H

#include "pool.h"
#include "rawfmt.h"
#include "share.h"

#include <tdpmmu/tdpmmu.h>

/* Host memory behind the guest: page i lies at GUEST_HPA + i pages. The benchmark never touches it. */
#define GUEST_HPA (UINT64_C(1) << 40)

/* How often the hooks were called. */
struct hook_calls {
	uint64_t flushes, barriers, syncs, dirty, allocs, frees;
};

struct guest {
	const struct raw_format *format;
	uint64_t bytes; /* guest memory, from guest physical address 0 */
	struct pool *pool;
	struct raw_tree raw;
	const struct tdp_rcu *rcu; /* NULL: every call is alone */
	struct tdp_mm_ops ops;
	struct tdp_layout layout;
	struct tdp_tree tree;
	struct tdp_cache cache;
	struct tdp_table root;
	uint64_t tables_out; /* taken from the pool and not returned, the cache's included; the root is not one of them */
	uint64_t dirty_bytes;
};

/* Make an empty, loaded tree; tables come from the pool. */
void guest_init(struct guest *guest, const struct raw_format *format, enum sharing sharing, uint64_t bytes, struct pool *pool);
/* The same with an RCU of the caller's. */
void guest_init_rcu(struct guest *guest, const struct raw_format *format, const struct tdp_rcu *rcu, uint64_t bytes,
		    struct pool *pool);
/* Unload it and give every table back; fails if one is missing. */
void guest_fini(struct guest *guest);

/* How many 4 KiB pages the guest has. */
static inline uint64_t guest_pages(const struct guest *guest)
{
	return guest->bytes / BENCH_PAGE;
}

/* How many tables below the root map all of it by 4 KiB pages. */
unsigned guest_tables(const struct guest *guest);

/* Map everything by 4 KiB pages in one call: what the map_range measurement times. */
void guest_map(struct guest *guest);

/* Make sure that nothing is mapped and no leaf table is left; the pool is sorted. */
void guest_make_empty(struct guest *guest);
/* Make sure that every page is mapped, by leaves that hold exactly bits. */
void guest_make_mapped(struct guest *guest, uint64_t bits);

/* The attributes that all measurements grant. */
static inline struct tdp_attrs guest_attrs(void)
{
	return (struct tdp_attrs){.prot = TDP_RWX, .memtype = TDP_MT_WB};
}

/* What this thread's calls made of them. */
struct hook_calls *guest_hook_calls(void);

/* Unmap everything; tables stay. */
void guest_zap_leaves(struct guest *guest);

/* Check a timed value: a result code, or a sum. */
void guest_expect(const struct guest *guest, const char *op, uint64_t value, uint64_t expected);
/* Check that the raw entries are bits | address, apart from the ignored bits. */
void guest_check_leaves(const struct guest *guest, uint64_t bits, uint64_t ignore, const char *op);
/* Check that nothing is mapped and that every table whose span the guest fills came back. */
void guest_check_empty(const struct guest *guest, const char *op);

/* Tables for all of the guest, into a cache whose owner faults. */
void guest_fill_cache(struct guest *guest, struct tdp_cache *cache);
/* Give what is left in a cache back to the pool. */
void guest_drain_cache(struct guest *guest, struct tdp_cache *cache);

#endif
