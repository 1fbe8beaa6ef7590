/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How translations leave the TLBs of all CPUs: the one hook in which a mistake costs the guest its memory. So it can be told to make the
 * usual mistakes, to see what comes of each.
 */
#ifndef ARM64_HV_FLUSH_H
#define ARM64_HV_FLUSH_H

#include <tdpmmu/tdpmmu.h>

enum omission {
	OMIT_NOTHING,	    /* the right way */
	OMIT_ALL,	    /* no invalidation */
	OMIT_STAGE1,	    /* stage 2 goes, what combines both stages stays */
	OMIT_STAGE2,	    /* the other way round */
	OMIT_BROADCAST,	    /* only this CPU's translations go */
	OMIT_ADDRESS,	    /* the neighbour's translation goes instead */
	OMIT_WRITE_PROTECT, /* migrate: the guest may write while its page is being copied */
	OMIT_BREAK,	    /* migrate: copied and reused before the page is unmapped */
	OMIT_COPY,	    /* migrate: the new page is not what the old one was */
	OMIT_LOG,	    /* dirty: a page in 64 is not written down */
	OMIT_GRACE,	    /* tables are freed while another CPU may be in them */
	OMISSIONS
};

/* The one in force. */
extern enum omission omission;
bool omission_find(const char *name, enum omission *out);
const char *omission_name(enum omission what);

/* mm_ops.flush, mm_ops.walker_barrier. */
void flush_tlb(void *ctx, void *user, const struct tdp_flush *f);
void flush_walker_barrier(void *ctx);
/* How often the first was called for all CPUs. */
uint64_t flush_count(void);

#endif
