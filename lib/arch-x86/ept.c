/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intel extended page tables with accessed and dirty flags (EPTP bit 6 = 1); see ept.h.
 *
 * Bits that further controls would give a meaning (57, 58, 60, 61: paging-write, verify-paging, shadow-stack, sub-page) stay 0.
 */
#include "ept.h"

#define EPT_SW (TDP_BIT(52) | TDP_BIT(54) | TDP_BIT(59) | TDP_BIT(62))

/* The caller's four bits, scattered over what hardware ignores. */
static tdp_spte_t ept_sw_encode(uint8_t sw)
{
	return (sw & UINT64_C(1)) << 52 | (sw & UINT64_C(2)) << 53 | (sw & UINT64_C(4)) << 57 | (sw & UINT64_C(8)) << 59;
}

/* The inverse. */
TDP_INLINE uint8_t ept_sw_decode(tdp_spte_t e)
{
	return (uint8_t)((e >> 52 & 1) | (e >> 53 & 2) | (e >> 57 & 4) | (e >> 59 & 8));
}

static enum tdp_result ept_encode(const struct tdp_layout *lay, bool huge, struct tdp_attrs attrs, tdp_spte_t *bits)
{
	enum tdp_result result = ept_encode_attrs(lay, huge, attrs, 4, bits);

	if (result == TDP_OK)
		*bits |= ept_sw_encode(attrs.sw);
	return result;
}

TDP_INLINE void ept_decode(const struct tdp_layout *lay, bool huge, tdp_spte_t e, struct tdp_attrs *attrs)
{
	(void)huge;
	ept_decode_attrs(lay, e, attrs);
	attrs->sw = ept_sw_decode(e);
}

static enum tdp_misfit ept_make_layout(struct tdp_layout *out, const struct tdp_caps *caps, const struct tdp_wish *wish)
{
	return ept_geometry(out, caps, wish, TDP_CAP_HW_A | TDP_CAP_HW_D);
}

static enum tdp_result ept_from_regs(struct tdp_layout *out, const struct tdp_regs *regs, tdp_hpa_t *root)
{
	return ept_from_eptp(out, regs, EPTP_AD, root);
}

static void ept_regs(const struct tdp_layout *lay, tdp_hpa_t root, struct tdp_regs *out)
{
	ept_eptp(lay, root, EPTP_AD, out);
}

TDP_FORMAT(tdp_ept) = {
	EPT_FIELDS,
	.name = "EPT",
	.sw_bits = 4,
	.features = TDP_CAP_HW_A | TDP_CAP_HW_D,
	.encode = ept_encode,
	.decode = ept_decode,
	.make_layout = ept_make_layout,
	.from_regs = ept_from_regs,
	.regs = ept_regs,
};

/* Every leaf bit has one owner: hardware, the library, or the caller. */
TDP_DISJOINT(EPT_HARDWARE, EPT_SW);
TDP_DISJOINT(EPT_LIBRARY, EPT_SW);
_Static_assert((EPT_HARDWARE | EPT_LIBRARY | EPT_SW) == ~UINT64_C(0), "every leaf bit has one owner");

#ifdef TDP_BUILD_ENGINE
#define TDP_INSTANCE tdp_ept
#include "instance.h"
#endif
