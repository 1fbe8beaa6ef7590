/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's nested tables: one tree of the library's, which both processors change under one lock, and what its flush hook does: the guest
 * is out of the processor that runs it when the hook returns, and goes in again without old translations.
 */
#ifndef EXAMPLES_X86_HV_LINUX_TREE_H
#define EXAMPLES_X86_HV_LINUX_TREE_H

#include <tdpmmu/tdpmmu.h>

#include "machine.h"

/* Who calls: tdp_op.user, so that the flush hook knows. */
enum caller { GUESTS_PROCESSOR = 1, OTHER_PROCESSOR = 2 };

extern struct tdp_tree tree;

/* Make it and load it; what to put into nCR3. */
uint64_t tree_init(void);
/* One at a time, between these two. */
void tree_lock(void);
void tree_unlock(void);
/* A call's context. */
struct tdp_op tree_op(enum caller who, uint32_t flags);
/* Fails the run, with the library's name for it, unless the result is OK or SPURIOUS. Returns it. */
enum tdp_result tree_must(enum tdp_result result, const char *what, uint64_t gpa);
/* The entry itself of a page, for what is done wrong on purpose; NULL: it is not mapped. */
uint64_t *tree_entry(uint64_t gpa);
/* Is every entry as the library would have it? */
void tree_verify(void);

/* On the guest's processor, around the guest: it goes in; whether without old translations. It is out. */
bool guest_enters(void);
void guest_left(void);
/* The guest uses nothing from before this any more, or will not when it goes in. */
void guest_flush(enum caller who);
/* Flushes do nothing for now: what is done wrong on purpose. */
extern bool flush_muted;

#endif
