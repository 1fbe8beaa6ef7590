/* SPDX-License-Identifier: BSD-2-Clause */
#include "fault_check.h"

#include "call.h"

enum tdp_result tdp_fault_check(const struct tree *t, const struct tdp_fault *f, struct tdp_op *op)
{
	enum tdp_result r = check_op(t, &op, op, TDP_LOG_DIRTY | TDP_PREFETCH | TDP_DRY_RUN | TDP_OVER_NOTE, f->gpa);

	if (r < 0)
		return r;
	if (f->access - 1u >= 15 || f->reserved)
		return TDP_INVALID;
	if (f->gpa >= t->gpa_end)
		return TDP_RANGE;
	r = check_range(t, f->base, f->backing.size);
	if (r >= 0)
		r = check_hpa(t, f->backing.hpa, f->backing.size);
	if (r < 0)
		return r;
	if (f->gpa - f->base >= f->backing.size)
		return TDP_INVALID;
	return f->access & ~(uint32_t)f->backing.attrs.prot ? TDP_PROTECTED : TDP_OK;
}
