/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TDPMMU_CORE_OP_SPLIT_H
#define TDPMMU_CORE_OP_SPLIT_H

#include "cursor.h"
#include "pages.h"
#include "run.h"

TDP_INLINE enum tdp_result op_split(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end, unsigned level,
				    struct tdp_op *op)
{
	(void)fmt;
	(void)t;
	(void)gpa;
	(void)end;
	(void)level;
	(void)op;
	return TDP_UNSUPPORTED;
}

#endif
