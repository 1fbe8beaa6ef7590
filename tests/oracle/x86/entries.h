/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries that the library did not write, put where the walker meets them: what it does must be what tdp_decode() says about them. Random
 * bits, reserved ones too, on every level.
 */
#ifndef TESTS_ORACLE_X86_ENTRIES_H
#define TESTS_ORACLE_X86_ENTRIES_H

#include "trial.h"

/* What of a format the generator must know. */
struct entries_bits {
	tdp_spte_t address;						    /* where an entry holds one */
	tdp_spte_t leaf;						    /* a leaf that permits everything, without an address */
	tdp_spte_t huge;						    /* what it has besides above level 0 */
	struct tdp_attrs (*table_grants)(unsigned level, tdp_spte_t table); /* what an entry for a table lets through */
	/* Reserved bits that the emulator does not look at (quirks.h); it treats the entry as if they were clear. */
	tdp_spte_t (*overlooked)(unsigned level, tdp_spte_t e);
};

/* Ask about random entries. Returns how many mismatches there were. */
uint64_t entries_run(struct trial *t, const struct entries_bits *bits, uint64_t queries);

#endif
