/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What emulators do other than the manuals say. Each is a function that says whether it applies, used where an expectation is made: there
 * the emulator's behaviour is expected exactly. Seen with QEMU 7.2 and Bochs 2.7.
 */
#ifndef TESTS_ORACLE_X86_QUIRKS_H
#define TESTS_ORACLE_X86_QUIRKS_H

#include "probes.h"
#include "svm.h"
#include "vmx.h"

/*
 * QEMU sets Accessed in an entry of the third level before it looks whether that is a leaf, and so before it checks permissions and whether
 * the address is a multiple of 1 GiB: a 1 GiB leaf becomes accessed by an access that it refuses. (For a smaller leaf it checks first.)
 * Address bits that the processor does not have it checks before.
 */
static inline bool quirk_refused_1g(const struct tdp_entry *entry)
{
	const uint64_t too_high = (UINT64_C(1) << 52) - (UINT64_C(1) << machine_phys_bits());

	return !machine_is_bochs() && entry->level == 2 && (entry->kind == TDP_LEAF || entry->why == TDP_WHY_ADDRESS) &&
	       (entry->raw & 0x81) == 0x81 && !(entry->raw & too_high);
}

/* Bit 8 of a PML4E and of a PML5E must be zero by APM vol. 2, 5.3; neither emulator looks at it. */
static inline tdp_spte_t quirk_npt_overlooked(unsigned level, tdp_spte_t e)
{
	return level >= 3 ? e & 0x100 : 0;
}

/* In an entry of PAE's root bits 2:1 and 8:5 must be zero (APM vol. 2, figure 5-10); QEMU looks at none of them. */
static inline tdp_spte_t quirk_pae_overlooked(unsigned level, tdp_spte_t e)
{
	return level == 2 && !machine_is_bochs() ? e & 0x1e6 : 0;
}

/*
 * The address bits of a large EPT leaf that are offsets must be zero (SDM vol. 3C, tables 29-3 and 29-5). Bochs does not look at bit 12, which
 * is PAT in ordinary page tables.
 */
static inline tdp_spte_t quirk_ept_overlooked(unsigned level, tdp_spte_t e)
{
	return machine_is_bochs() && (level == 1 || level == 2) && (e & 0x80) ? e & 0x1000 : 0;
}

/* PAE: QEMU sets Accessed in an entry of the root, where that bit is reserved. It is checked and taken back. */
static inline void quirk_pae_root_accessed(tdp_spte_t *entry, tdp_spte_t before)
{
	if (!machine_is_bochs() && *entry == (before | 0x20))
		*entry = before;
}

/* A reserved bit implies that the entry is present (APM vol. 2, 8.4.2); QEMU says that it is not. */
static inline uint64_t quirk_reserved_present(void)
{
	return machine_is_bochs() ? NPF_PRESENT : 0;
}

/*
 * With A/D flags on, reading a guest's page table counts as a write: SDM vol. 3C, table 28-7 says that both bits 0 and 1 of the exit
 * qualification are set then. Bochs sets bit 1 alone.
 */
static inline uint64_t quirk_walk_is_write(void)
{
	return machine_is_bochs() ? EPT_QUAL_WRITE : EPT_QUAL_READ | EPT_QUAL_WRITE;
}

/* Page-modification logging: bits 11:0 of a logged address are 0 by SDM vol. 3C, 29.3.6; Bochs logs them as they are. */
static inline uint64_t quirk_log_address(tdp_gpa_t gpa)
{
	return machine_is_bochs() ? gpa : gpa & ~UINT64_C(4095);
}

#endif
