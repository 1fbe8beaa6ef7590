/* SPDX-License-Identifier: BSD-2-Clause */
/* What a fault that is not obviously sound has wrong. */
#ifndef TDPMMU_CORE_FAULT_CHECK_H
#define TDPMMU_CORE_FAULT_CHECK_H

#include "tree_impl.h"

/* Begins the call: its outputs are reset. Which of its rules does the fault break? TDP_OK: none. */
enum tdp_result tdp_fault_check(const struct tree *t, const struct tdp_fault *f, struct tdp_op *op);

#endif
