/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities from what x86 processors say about themselves. The library executes no CPUID and reads no MSR: the embedder does.
 */
#include <tdpmmu/format.h>

#include "bits.h"

/* IA32_VMX_EPT_VPID_CAP, SDM vol. 3D, A.10. */
#define CAP_EXEC_ONLY TDP_BIT(0)
#define CAP_WALK_4    TDP_BIT(6)
#define CAP_WALK_5    TDP_BIT(7)
#define CAP_MEM_WB    TDP_BIT(14)
#define CAP_PAGE_2M   TDP_BIT(16)
#define CAP_PAGE_1G   TDP_BIT(17)
#define CAP_AD	      TDP_BIT(21)

/* Physical address widths that the manuals allow. */
static bool width_ok(unsigned maxphyaddr)
{
	return maxphyaddr >= 32 && maxphyaddr <= 52;
}

/* #VE, mode-based execute and the iTLB multihit erratum are told elsewhere: the embedder adds those features. */
enum tdp_result tdp_caps_vmx(struct tdp_caps *out, uint64_t ept_vpid_cap, unsigned maxphyaddr)
{
	if (!out || !width_ok(maxphyaddr))
		return TDP_INVALID;
	if (!(ept_vpid_cap & CAP_WALK_4) || !(ept_vpid_cap & CAP_MEM_WB))
		return TDP_UNSUPPORTED;
	*out = (struct tdp_caps){.size = sizeof(*out), .hpa_bits = (uint8_t)maxphyaddr, .leaf_levels = 1};
	out->max_levels = ept_vpid_cap & CAP_WALK_5 ? 5 : 4;
	out->leaf_levels |= ept_vpid_cap & CAP_PAGE_2M ? 2 : 0;
	out->leaf_levels |= ept_vpid_cap & CAP_PAGE_1G ? 4 : 0;
	out->features |= ept_vpid_cap & CAP_EXEC_ONLY ? TDP_CAP_EXEC_ONLY : 0;
	out->features |= ept_vpid_cap & CAP_AD ? TDP_CAP_HW_A | TDP_CAP_HW_D : 0;
	return TDP_OK;
}

/* EFER.NXE is not among the arguments: an embedder that has set it adds TDP_CAP_NX. */
enum tdp_result tdp_caps_svm(struct tdp_caps *out, unsigned maxphyaddr, bool pages_1g)
{
	if (!out || !width_ok(maxphyaddr))
		return TDP_INVALID;
	*out = (struct tdp_caps){.size = sizeof(*out), .hpa_bits = (uint8_t)maxphyaddr, .max_levels = 4};
	out->leaf_levels = pages_1g ? 7 : 3;
	out->features = TDP_CAP_HW_A | TDP_CAP_HW_D;
	return TDP_OK;
}
