/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one change of an entry owes, by the rules of the write disciplines.
 *
 *	old		new		overwrite (x86)			break-before-make (Arm)
 *	invalid		valid		nothing, but no flush may be owed there any more
 *	leaf		invalid		flush(leaf)			flush(leaf)
 *	table		invalid		flush(tables)			flush(tables)
 *	leaf		leaf, narrower	flush(leaf)			flush(leaf)
 *	leaf		leaf, wider	nothing				nothing
 *	leaf		other type	flush(leaf)			breach
 *	leaf		other address	breach				breach
 *	leaf		table, equal	nothing				breach (unless FEAT_BBM level 2)
 *	table		leaf		flush(tables)			breach
 *
 * Clearing Accessed owes nothing, nor does a leaf that wakes up shut; clearing Dirty where hardware sets it owes flush(leaf), unless a
 * software bit says dirty instead.
 */
#ifndef REFEREE_CLASSIFY_H
#define REFEREE_CLASSIFY_H

#include "model.h"

/* Why a change owes something, or what is wrong with it; NULL: it does not. */
struct owed {
	const char *leaf;   /* a flush of the leaf's range */
	const char *tables; /* a flush of upper levels over the whole span */
	const char *breach; /* break-before-make was due */
	bool makes;	    /* invalid became valid */
};

/* EPT without accessed and dirty flags: whoever may still write by what is cached of a leaf does nothing that is not known. */
static inline bool writes_known(const struct ref_entry *e)
{
	return e->may_write && e->dirty_kept;
}

/* A leaf that waited for a touch comes back without W; what was cached before it waited may still have it. */
static inline bool woke_shut(const struct ref_entry *was, const struct ref_entry *is)
{
	return was->waits && !is->waits && (was->perms & ~is->perms) == REF_W && writes_known(is);
}

struct owed classify(const struct model *m, const struct ref_pos *pos, const struct ref_entry *was, const struct ref_entry *is);

#endif
