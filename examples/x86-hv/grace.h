/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RCU for two processors, as the library's hooks: each counts when it enters and when it leaves a read section, so an odd number is one that
 * has not ended.
 */
#ifndef EXAMPLES_X86_HV_GRACE_H
#define EXAMPLES_X86_HV_GRACE_H

#include <tdpmmu/memory.h>

extern const struct tdp_rcu grace_rcu;
/* A read section of the embedder's own; they nest. */
void grace_enter(void);
void grace_leave(void);
/* Outside of any: return when every section that is open now has ended. */
void grace_wait(void);
/* Outside of any: do what was put off, if its time has come. Each processor calls this now and then. */
void grace_poll(void);

#endif
