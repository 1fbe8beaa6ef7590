/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fibres that begin again and again: what an execution has left on their stacks is forgotten by the next.
 */
#ifndef SCHEDULES_FIBRE_H
#define SCHEDULES_FIBRE_H

#include <setjmp.h>

enum { MAX_FIBRES = 6 };

/* Leaves the caller for the beginning of fibre n, which calls body() and never returns. */
_Noreturn void fibre_begin(unsigned n, void (*body)(void));

#endif
