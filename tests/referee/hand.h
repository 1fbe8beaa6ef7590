/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables changed by hand, without the library: what the traces of the self-test are made of. A small tree is there from the start:
 * tables down to a page table for gpa 0..2 MiB (page entries), the next entry above (2 MiB..4 MiB) is free.
 */
#ifndef REFEREE_HAND_H
#define REFEREE_HAND_H

#include "referee.h"

struct hand {
	struct referee *r;
	enum ref_kind kind;
	const struct tdp_mm_ops *ops;
	struct tdp_table root;
	uint64_t *mid;	/* entries of 2 MiB; [0] links page */
	uint64_t *page; /* entries of 4 KiB */
	uint64_t page_hpa;
	uint64_t control; /* VTCR_EL2, or 0 */
	struct tdp_gather gather;
};

enum { KIB4 = 0x1000, MIB2 = 0x200000, HAND_RO = 1, HAND_UC = 2, HAND_CLEAN = 4 };

/* config->kind: REF_NPT or REF_S2. */
void hand_open(struct hand *h, const struct referee_config *config);
void hand_close(struct hand *h);

/* Values of entries; flags: HAND_RO ... */
uint64_t hand_leaf(const struct hand *h, unsigned level, uint64_t hpa, unsigned flags);
uint64_t hand_link(const struct hand *h, uint64_t table_hpa);
uint64_t hand_frozen(const struct hand *h);

/* The library's accesses. */
void hand_store(struct hand *h, uint64_t *entry, uint64_t value);
uint64_t hand_xchg(struct hand *h, uint64_t *entry, uint64_t value);
bool hand_cas(struct hand *h, uint64_t *entry, uint64_t old_value, uint64_t new_value);
uint64_t hand_load(struct hand *h, uint64_t *entry);
/* n entries of a private table: value, value + step, ... */
void hand_fill(struct hand *h, uint64_t *entry, unsigned n, uint64_t value, uint64_t step);

/* The library's hooks. */
struct tdp_table hand_table(struct hand *h);
void hand_free(struct hand *h, uint64_t table_hpa);
void hand_flush(struct hand *h, uint64_t gpa, uint64_t size, int level, bool tables);
void hand_dirty(struct hand *h, uint64_t gpa, uint64_t size);
void hand_barrier(struct hand *h);

/* A call of this name with this gather, or NULL. */
void hand_begin(struct hand *h, const char *name, const struct tdp_gather *gather);
void hand_end(struct hand *h);
/* A whole call: page n maps hpa. */
void hand_map(struct hand *h, unsigned n, uint64_t hpa, unsigned flags);

/* A block of 2 MiB at gpa 2 MiB is mapped; returns a table that translates just the same, not linked. */
struct tdp_table hand_block_and_split(struct hand *h, uint64_t hpa, unsigned flags);

/* Where a trace runs. */
enum { ON_NPT = 1, ON_S2 = 2, BOTH = 3 };

/* One trace; expect: the violation it must provoke, 0: none. config.kind is filled in. */
struct trace {
	const char *name;
	void (*run)(struct hand *h);
	unsigned on;
	unsigned expect;
	struct referee_config config;
};
#define TRACE(fn) .name = #fn, .run = fn

extern const struct trace flush_traces[], guest_traces[], door_traces[], good_traces[];
extern const unsigned flush_trace_count, guest_trace_count, door_trace_count, good_trace_count;
/* One of the bad traces, which is also run with other caches. */
void free_before_flush(struct hand *h);

/* The walkers against values from the manuals: how many checks, how many failed. */
unsigned walker_checks(unsigned *failed);

#endif
