/* SPDX-License-Identifier: BSD-2-Clause */
/* A fixed number of pages for tables: both processors take and give back. */
#ifndef EXAMPLES_X86_HV_POOL_H
#define EXAMPLES_X86_HV_POOL_H

#include <tdpmmu/tdpmmu.h>

/* So many pages from start on. */
void pool_init(uint64_t start, unsigned pages);
/* False: none is left. */
bool pool_take(struct tdp_table *out);
void pool_give(const struct tdp_table *table);
unsigned pool_left(void);

#endif
