/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between the files that operate on a thread's own pages.
 */
#ifndef THREADS_OWN_H
#define THREADS_OWN_H

#include "worker.h"

/* Where an operation goes: n modelled pages from page on. */
struct target {
	unsigned page, n;
	tdp_gpa_t gpa;
	uint64_t size;
};

/* Two sets of permissions, one within the other. */
uint8_t pick_prot(struct worker *k);

void own_fault(struct worker *k, struct target t);
void own_fast(struct worker *k, struct target t);
void own_age(struct worker *k, struct target t);
void own_write(struct worker *k, struct target t);
void own_collect(struct worker *k, struct target t);

#endif
