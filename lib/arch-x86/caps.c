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

/* Secondary processor-based VM-execution controls, SDM vol. 3C, 25.6.2. */
#define CONTROL2_VE   TDP_BIT(18)
#define CONTROL2_MBEC TDP_BIT(22)

/* Physical address widths that the manuals allow. */
static bool width_ok(unsigned maxphyaddr)
{
	return maxphyaddr >= 32 && maxphyaddr <= 52;
}

enum tdp_result tdp_caps_vmx(struct tdp_caps *out, const struct tdp_vmx *vmx)
{
	uint64_t cap;

	if (!out || !vmx || (vmx->size != 0 && vmx->size != sizeof(*vmx)) || !width_ok(vmx->maxphyaddr))
		return TDP_INVALID;
	for (unsigned i = 0; i < sizeof(vmx->reserved); i++)
		if (vmx->reserved[i])
			return TDP_INVALID;
	cap = vmx->ept_vpid_cap;
	if (!(cap & CAP_WALK_4) || !(cap & CAP_MEM_WB))
		return TDP_UNSUPPORTED;
	*out = (struct tdp_caps){.size = sizeof(*out), .hpa_bits = vmx->maxphyaddr, .min_levels = 4, .leaf_levels = 1};
	out->max_levels = cap & CAP_WALK_5 ? 5 : 4;
	out->leaf_levels |= cap & CAP_PAGE_2M ? 2 : 0;
	out->leaf_levels |= cap & CAP_PAGE_1G ? 4 : 0;
	out->features |= cap & CAP_EXEC_ONLY ? TDP_CAP_EXEC_ONLY : 0;
	out->features |= cap & CAP_AD ? TDP_CAP_HW_A | TDP_CAP_HW_D : 0;
	out->features |= vmx->controls2 & CONTROL2_VE ? TDP_CAP_VE : 0;
	out->features |= vmx->controls2 & CONTROL2_MBEC ? TDP_CAP_MBEC : 0;
	return TDP_OK;
}

/* A PAE host has four-entry roots, a host in long mode four levels or five; a nested walk has no choice. */
static uint8_t svm_levels(const struct tdp_svm *svm)
{
	return svm->pae ? 3 : svm->la57 ? 5 : 4;
}

enum tdp_result tdp_caps_svm(struct tdp_caps *out, const struct tdp_svm *svm)
{
	unsigned width;

	if (!out || !svm || (svm->size != 0 && svm->size != sizeof(*svm)) || svm->reserved || (svm->la57 && svm->pae))
		return TDP_INVALID;
	if (svm->reduction > svm->maxphyaddr || (svm->c_bit != 0 && (svm->c_bit < 32 || svm->c_bit > 51)))
		return TDP_INVALID;
	width = (unsigned)svm->maxphyaddr - svm->reduction;
	if (!width_ok(svm->maxphyaddr) || !width_ok(width))
		return TDP_INVALID;
	*out = (struct tdp_caps){.size = sizeof(*out), .gpa_bits = svm->guest_bits, .hpa_bits = (uint8_t)width};
	out->max_levels = out->min_levels = svm_levels(svm);
	out->leaf_levels = svm->pages_1g ? 7 : 3;
	out->features = TDP_CAP_HW_A | TDP_CAP_HW_D | (svm->nx ? TDP_CAP_NX : 0);
	out->entry_or = svm->c_bit ? TDP_BIT(svm->c_bit) : 0;
	return TDP_OK;
}
