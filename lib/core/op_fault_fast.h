/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TDPMMU_CORE_OP_FAULT_FAST_H
#define TDPMMU_CORE_OP_FAULT_FAST_H

#include "cursor.h"
#include "pages.h"
#include "run.h"

TDP_INLINE enum tdp_result op_fault_fast(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, uint32_t access,
					 struct tdp_op *op)
{
	(void)fmt;
	(void)t;
	(void)gpa;
	(void)access;
	(void)op;
	return TDP_UNSUPPORTED;
}

#endif
