/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each format is the library's own with a few fields changed. KVM has nothing like "written since mapped", and none of the caller's bits.
 */
#include "kvm_format.h"

#define BIT(n) (UINT64_C(1) << (n))

enum { KVM_PRESENT = 11, NPT_TABLE = 0x827, EPT_TABLE = 0x907 };

/* Bit 11 of the library's NPT leaf is "written since mapped", which encode() never sets. */
static enum tdp_result encode_npt(const struct tdp_layout *lay, bool huge, struct tdp_attrs attrs, tdp_spte_t *bits)
{
	enum tdp_result result = tdp_npt.encode(lay, huge, attrs, bits);

	if (result == TDP_OK)
		*bits |= BIT(KVM_PRESENT);
	return result;
}

/* Host-writable and MMU-writable move from 53 and 55 to 57 and 58; bit 63 stays 0. */
static enum tdp_result encode_ept(const struct tdp_layout *lay, bool huge, struct tdp_attrs attrs, tdp_spte_t *bits)
{
	enum tdp_result result = tdp_ept.encode(lay, huge, attrs, bits);

	if (result != TDP_OK)
		return result;
	if (*bits & tdp_ept.hw)
		*bits |= BIT(57) | BIT(58);
	*bits &= ~(tdp_ept.hw | tdp_ept.mw | BIT(63));
	return TDP_OK;
}

struct tdp_format kvm_npt(void)
{
	struct tdp_format fmt = tdp_npt;

	fmt.name = "NPT as KVM 6.1 writes it";
	fmt.sw_bits = 0;
	fmt.present = BIT(KVM_PRESENT);
	fmt.frozen_mask |= BIT(KVM_PRESENT);
	fmt.note_mask |= BIT(KVM_PRESENT);
	for (unsigned level = 1; level < 4; level++)
		fmt.table_bits[level] = NPT_TABLE;
	fmt.hw = BIT(9);
	fmt.mw = BIT(10);
	fmt.sd = 0;
	fmt.encode = encode_npt;
	return fmt;
}

struct tdp_format kvm_ept(void)
{
	struct tdp_format fmt = tdp_ept;

	fmt.name = "EPT as KVM 6.1 writes it";
	fmt.sw_bits = 0;
	fmt.empty = 0;
	fmt.frozen &= ~BIT(63);
	fmt.dead &= ~BIT(63);
	fmt.note &= ~BIT(63);
	for (unsigned level = 1; level < TDP_MAX_LEVELS; level++)
		fmt.table_bits[level] = EPT_TABLE;
	fmt.hw = BIT(57);
	fmt.mw = BIT(58);
	fmt.sd = 0;
	fmt.encode = encode_ept;
	return fmt;
}
