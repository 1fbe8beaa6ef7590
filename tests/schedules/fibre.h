/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fibres that begin again and again: what an execution has left on their stacks is forgotten by the next.
 */
#ifndef SCHEDULES_FIBRE_H
#define SCHEDULES_FIBRE_H

#include <setjmp.h>
#include <stdint.h>

enum { MAX_FIBRES = 6 };

/* Leaves the caller for the beginning of fibre n, which calls body() and never returns. */
_Noreturn void fibre_begin(unsigned n, void (*body)(void));

/* A sum over what is on the stack of fibre n from here to where it began. */
uint64_t fibre_sum(unsigned n, const void *from);
/* Clears what others have left behind the stack's end: it would get into the running fibre's next frames, and into its sum. */
void fibre_forget(void);

#endif
