/* SPDX-License-Identifier: BSD-2-Clause */
/* The pages that the guest has ever touched: those that can move, and that a log is about. */
#ifndef EXAMPLES_X86_HV_LINUX_TOUCHED_H
#define EXAMPLES_X86_HV_LINUX_TOUCHED_H

#include <stdbool.h>
#include <stdint.h>

/* With the tree's lock held. */
unsigned touched_count(void);
/* The i-th of them. */
uint64_t touched_page(unsigned i);
/* Note one; false: it was known. */
bool touch(uint64_t gfn);

#endif
