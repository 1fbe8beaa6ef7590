/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest: a few programs in one page, page tables of its own, and a journal of what it did. guest.S includes this, too. */
#ifndef EXAMPLES_X86_HV_GUEST_H
#define EXAMPLES_X86_HV_GUEST_H

/* Guest addresses, virtual and physical the same, but for the window, which shows any guest physical address. */
#define GUEST_CODE	0x1000
#define GUEST_ORDERS	0x2000 /* struct guest_orders; the guest's RSP while it works */
#define GUEST_STACK_TOP 0x4000
#define GUEST_PML4	0x4000
#define GUEST_PDPT	0x5000
#define GUEST_PD	0x6000
#define GUEST_JOURNAL	0x8000 /* a number for each page of its data */
#define GUEST_FIXED_END 0xa000
#define GUEST_DATA	0x1000000
#define GUEST_PAGES	1024 /* of data: two leaves of 2 MiB */
#define GUEST_WINDOW	0x3fe00000
#define WINDOW_SIZE	0x200000

/* Offsets in struct guest_orders. */
#define ORDER_BASE	   0
#define ORDER_MASK	   8
#define ORDER_JOURNAL	   16
#define ORDER_RANDOM	   24
#define ORDER_FACTOR	   32
#define ORDER_TIMES	   40
#define ORDER_STALE	   48
#define ORDER_STALE_AT	   56
#define ORDER_STALE_SEEN   64
#define ORDER_STALE_WANTED 72

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

/* What the guest is told, and what it tells. */
struct guest_orders {
	uint64_t base, mask;   /* pages to work on: their first address, their number - 1 */
	uint64_t journal;      /* where the journal lies */
	uint64_t random;       /* which page comes next */
	uint64_t factor;       /* of the random numbers */
	uint64_t times;	       /* how many pages to work on before it halts */
	uint64_t stale;	       /* out: how often a page did not hold what the guest had stored there last */
	uint64_t stale_at;     /* out: the last such address, */
	uint64_t stale_seen;   /* what was there */
	uint64_t stale_wanted; /* and what should have been */
};

_Static_assert(offsetof(struct guest_orders, times) == ORDER_TIMES &&
		       offsetof(struct guest_orders, stale_wanted) == ORDER_STALE_WANTED,
	       "what guest.S knows");

extern const char guest_start[], guest_end[];
/* One access at RBX, then HLT. */
extern const char guest_read[], guest_write[], guest_fetch[];
/* Random pages: compare with the journal, store the next number to both. */
extern const char guest_store[];
/* Random pages: read, and count it in the journal. */
extern const char guest_look[];
#endif
#endif
