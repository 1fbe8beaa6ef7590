/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What emulators do other than the manuals say. Each is a function that says whether it applies, used where an expectation is made: there
 * the emulator's behaviour is expected exactly. Seen with QEMU 7.2 and Bochs 2.7.
 */
#ifndef TESTS_ORACLE_X86_QUIRKS_H
#define TESTS_ORACLE_X86_QUIRKS_H

#include "probes.h"
#include "vmx.h"

/*
 * QEMU sets Accessed in an entry of the third level before it looks whether that is a leaf, and so before it checks permissions: a 1 GiB
 * leaf becomes accessed by an access that it refuses. (For a smaller leaf it checks first.)
 */
static inline bool quirk_refused_1g(const struct probe_view *view)
{
	return !machine_is_bochs() && view->mapped && view->entry.level == 2;
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
