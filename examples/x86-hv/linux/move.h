/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages of the guest's that go elsewhere in the machine's memory while it runs. */
#ifndef EXAMPLES_X86_HV_LINUX_MOVE_H
#define EXAMPLES_X86_HV_LINUX_MOVE_H

#include "tree.h"

/* One page, chosen at random among those in use or, with 2 MiB pages, a leaf, or a region that becomes a leaf again. The tree's lock is held. */
void move_something(enum caller who);
/* Nothing is mapped any more: whatever the stopped guest does next faults, step by step. The tree's lock is held. */
void move_forget(void);

#endif
