/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What emulators do other than the manuals say. Each is a function that says whether it applies, used where an expectation is made: there
 * the emulator's behaviour is expected exactly. Seen with QEMU 7.2 and Bochs 2.7.
 */
#ifndef TESTS_ORACLE_X86_QUIRKS_H
#define TESTS_ORACLE_X86_QUIRKS_H

#include "probes.h"

/*
 * QEMU sets Accessed in an entry of the third level before it looks whether that is a leaf, and so before it checks permissions: a 1 GiB
 * leaf becomes accessed by an access that it refuses. (For a smaller leaf it checks first.)
 */
static inline bool quirk_refused_1g(const struct probe_view *view)
{
	return !machine_is_bochs() && view->mapped && view->entry.level == 2;
}

#endif
