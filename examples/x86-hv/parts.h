/* SPDX-License-Identifier: BSD-2-Clause */
/* What main.c shows, one part after the other. */
#ifndef EXAMPLES_X86_HV_PARTS_H
#define EXAMPLES_X86_HV_PARTS_H

#include "vm.h"

/* Leaves of every size with every permission: what the processor lets the guest do. */
void matrix(const struct form *form);
/* Which pages were written, by every method that the form has, against what the guest says. */
void dirty_logs(const struct form *form);
/* Which pages were touched, against what the guest says. */
void aging(const struct form *form);
/* The tables change under the second processor's running guest. */
void race(const struct form *form);
/* A guest that touches what it was not given: ends the run. */
_Noreturn void stray(const struct form *form);

/* Two leaves' worth of data for the guest, from frames of their own; what the guest stored is forgotten. */
void give_data(struct vm *vm, uint64_t *frames);
/* Has the guest done something to a page since the last call? Reads its journal. */
bool journal_changed(struct vm *vm, unsigned page);

#endif
