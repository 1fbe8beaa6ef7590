/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intel extended page tables without accessed and dirty flags (EPTP bit 6 = 0); see ept.h. Hardware ignores bits 8 and 9, so they are
 * Accessed and Dirty of the library's own, at the same place.
 *
 * Access tracking: to notice the next access, an old leaf permits nothing. R and X then wait in bits 52 and 54 (62 is XU's, for
 * mode-based execute), and A is 0; W is not kept, because MW and Dirty say whether it may come back at once. So a leaf is tracked if and
 * only if it is software-present and its A is 0. That leaves the caller one bit.
 */
#include "ept.h"

#define EPT_SW	  TDP_BIT(59)
#define EPT_LIVE  (EPT_R | EPT_X | EPT_XU)
#define EPT_SAVED (EPT_LIVE << EPT_SAVED_SHIFT)

enum { EPT_SAVED_SHIFT = 52, EPT_SW_SHIFT = 59 };

static enum tdp_result ept_encode(const struct tdp_layout *lay, bool huge, struct tdp_attrs attrs, tdp_spte_t *bits)
{
	enum tdp_result result = ept_encode_attrs(lay, huge, attrs, 1, bits);

	if (result == TDP_OK)
		*bits |= (tdp_spte_t)attrs.sw << EPT_SW_SHIFT;
	return result;
}

TDP_INLINE void ept_decode(const struct tdp_layout *lay, bool huge, tdp_spte_t e, struct tdp_attrs *attrs)
{
	(void)huge;
	ept_decode_attrs(lay, e, attrs);
	attrs->sw = (uint8_t)((e & EPT_SW) >> EPT_SW_SHIFT);
}

/* Any machine with EPT: whether it has the flags does not matter where they are off. */
static enum tdp_misfit ept_make_layout(struct tdp_layout *out, const struct tdp_caps *caps, const struct tdp_wish *wish)
{
	return ept_geometry(out, caps, wish, 0);
}

static enum tdp_result ept_from_regs(struct tdp_layout *out, const struct tdp_regs *regs, tdp_hpa_t *root)
{
	return ept_from_eptp(out, regs, 0, root);
}

static void ept_regs(const struct tdp_layout *lay, tdp_hpa_t root, struct tdp_regs *out)
{
	ept_eptp(lay, root, 0, out);
}

TDP_FORMAT(tdp_ept_noad) = {
	EPT_FIELDS,
	.name = "EPT without A/D",
	.sw_bits = 1,
	.saved_shift = EPT_SAVED_SHIFT,
	.tracks = EPT_LIVE,
	.encode = ept_encode,
	.decode = ept_decode,
	.make_layout = ept_make_layout,
	.from_regs = ept_from_regs,
	.regs = ept_regs,
};

/* Every leaf bit has one owner: hardware, the library, or the caller. */
_Static_assert(EPT_SAVED == (TDP_BIT(52) | TDP_BIT(54) | TDP_BIT(62)), "where permissions wait");
TDP_DISJOINT(EPT_HARDWARE, EPT_SAVED | EPT_SW);
TDP_DISJOINT(EPT_LIBRARY, EPT_SAVED | EPT_SW);
TDP_DISJOINT(EPT_SAVED, EPT_SW);
_Static_assert((EPT_HARDWARE | EPT_LIBRARY | EPT_SAVED | EPT_SW) == ~UINT64_C(0), "every leaf bit has one owner");

#ifdef TDP_BUILD_ENGINE
#define TDP_INSTANCE tdp_ept_noad
#include "instance.h"
#endif
