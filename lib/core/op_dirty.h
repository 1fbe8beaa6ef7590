/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TDPMMU_CORE_OP_DIRTY_H
#define TDPMMU_CORE_OP_DIRTY_H

#include "cursor.h"
#include "pages.h"

TDP_INLINE enum tdp_result op_dirty_arm(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end,
					const struct pages *pages, struct tdp_op *op)
{
	(void)fmt;
	(void)t;
	(void)gpa;
	(void)end;
	(void)pages;
	(void)op;
	return TDP_UNSUPPORTED;
}

TDP_INLINE enum tdp_result op_dirty_restore(const struct tdp_format *fmt, struct tree *t, tdp_gpa_t gpa, tdp_gpa_t end,
					    const struct tdp_bitmap *pages, struct tdp_op *op)
{
	(void)fmt;
	(void)t;
	(void)gpa;
	(void)end;
	(void)pages;
	(void)op;
	return TDP_UNSUPPORTED;
}

#endif
