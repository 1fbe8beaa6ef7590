/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many levels: the same question for EPT and for NPT in long mode.
 */
#ifndef TDPMMU_ARCH_X86_LEVELS_H
#define TDPMMU_ARCH_X86_LEVELS_H

#include <tdpmmu/format.h>

/* Levels of nine bits over 4 KiB pages. */
#define X86_GPA_BITS(levels) (12 + 9 * (levels))
_Static_assert(X86_GPA_BITS(4) == 48 && X86_GPA_BITS(5) == 57, "levels and widths");

/* Four levels serve 48 bits, five serve 57. Fills the levels and the width of guest addresses. */
static inline enum tdp_misfit x86_geometry(struct tdp_layout *out, const struct tdp_caps *caps, const struct tdp_wish *wish)
{
	const unsigned least = caps->min_levels > 4 ? caps->min_levels : 4;
	const unsigned levels = wish->levels != 0 ? wish->levels : wish->gpa_bits > X86_GPA_BITS(least) ? least + 1 : least;

	if (wish->gpa_bits > X86_GPA_BITS(5))
		return TDP_MISFIT_GPA;
	if (levels < least || levels > 5)
		return TDP_MISFIT_LEVELS;
	if (caps->max_levels != 0 && levels > caps->max_levels)
		return wish->levels != 0 || caps->max_levels < least ? TDP_MISFIT_LEVELS : TDP_MISFIT_CPU_GPA;
	if (wish->gpa_bits > X86_GPA_BITS(levels))
		return TDP_MISFIT_LEVELS;
	out->top_level = (uint8_t)(levels - 1);
	out->gpa_bits = wish->gpa_bits;
	return TDP_FITS;
}

#endif
