/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which pages the guest writes, checked page by page. A log is a migration that never ends: at its start every page is "sent" (its hash is
 * kept), each round collects what was written and sends that again, and at the end, with the guest stopped, whatever differs from
 * what was sent and is not in the last round was missed.
 */
#ifndef EXAMPLES_X86_HV_LINUX_LOG_H
#define EXAMPLES_X86_HV_LINUX_LOG_H

#include "tree.h"

/* All with the tree's lock held. */

/* Is one going on? */
bool log_is_on(void);
/* TDP_LOG_DIRTY, if one is. */
uint32_t log_flag(void);
/* From and to the guest's hypercalls: the guest is stopped. */
void log_start(void);
void log_end(void);
/* Now and then in between. */
void log_round(enum caller who);
/* A page is about to be mapped for the first time. */
void log_new_page(uint64_t gfn);
/* The library says that these pages were written, of which one moves or goes. */
void log_moved(uint64_t gpa, uint64_t size);
/* The guest says that it has written to this address. */
void log_told(uint64_t gpa);

#endif
