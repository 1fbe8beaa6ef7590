/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * @brief What a machine can do, as its registers say. The library reads no register: the embedder does, and several CPUs are narrowed to
 * what all of them can do.
 */
#ifndef TDPMMU_CAPS_H
#define TDPMMU_CAPS_H

#include <tdpmmu/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Features of the machine, or of a layout. */
enum tdp_cap {
	TDP_CAP_HW_A = 1,	   /**< hardware sets Accessed */
	TDP_CAP_HW_D = 2,	   /**< hardware sets Dirty */
	TDP_CAP_EXEC_ONLY = 4,	   /**< execute without read (EPT) */
	TDP_CAP_MBEC = 8,	   /**< the control is on: separate execute permission for user mode (EPT) */
	TDP_CAP_FWB = 16,	   /**< stage 2 forces the memory type (Arm FEAT_S2FWB) */
	TDP_CAP_XNX = 32,	   /**< separate execute permission for EL0 (Arm FEAT_XNX) */
	TDP_CAP_LPA2 = 64,	   /**< 52-bit addresses with 4 KiB and 16 KiB granules (Arm FEAT_LPA2) */
	TDP_CAP_VE = 128,	   /**< the control is on: convertible EPT violations (\#VE) */
	TDP_CAP_NX = 256,	   /**< EFER.NXE is set: NPT may forbid execution */
	TDP_CAP_SPLIT_FLUSH = 512, /**< splitting an executable huge leaf owes a flush (iTLB multihit) */
	TDP_CAP_TTST = 1024	   /**< guest addresses of fewer than 25 bits, and one level of 4 KiB pages alone (Arm FEAT_TTST) */
};

/** Arm: granules of stage 2 and the ones that reach 52 bits. */
enum tdp_granule {
	TDP_GRANULE_4K = 1,	 /**< 4 KiB */
	TDP_GRANULE_16K = 2,	 /**< 16 KiB */
	TDP_GRANULE_64K = 4,	 /**< 64 KiB */
	TDP_GRANULE_4K_52 = 8,	 /**< 4 KiB with 52-bit addresses (FEAT_LPA2) */
	TDP_GRANULE_16K_52 = 16, /**< 16 KiB with 52-bit addresses (FEAT_LPA2) */
	TDP_GRANULE_64K_52 = 32, /**< 64 KiB with 52-bit addresses (FEAT_LPA) */
	TDP_GRANULE_NONE = 64	 /**< none of them: machines that have none in common */
};

/** What a machine can do. Filled by the embedder from CPUID, MSRs or ID registers, or by a helper below. */
struct tdp_caps {
	uint32_t size;	      /**< sizeof(struct tdp_caps), or 0 for the same */
	uint8_t gpa_bits;     /**< widest guest physical address, in bits; 0: whatever the format can do */
	uint8_t hpa_bits;     /**< width of host physical addresses, in bits */
	uint8_t max_levels;   /**< levels the walker supports; 0: whatever the format has */
	uint8_t bbm;	      /**< Arm FEAT_BBM level */
	uint32_t leaf_levels; /**< bit L: a leaf may be at level L (0: pages, 1: such as 2M, 2: such as 1G, unused without 1) */
	uint32_t features;    /**< ::tdp_cap */
	uint32_t granules;    /**< Arm: ::tdp_granule that stage 2 has; 0: 4 KiB alone. Else 0 */
	uint8_t min_levels; /**< levels that the walker cannot do without (NPT: as many as the host's own paging has); 0: no such limit */
	uint8_t reserved[7]; /**< 0 */
	uint64_t entry_or;   /**< OR-ed into every entry that carries an address (AMD: an encryption bit) */
};

/**
 * What Intel's CPU says, and what you set. Of the secondary controls bit 18 (EPT-violation \#VE) and bit 22 (mode-based execute for EPT)
 * count; what a CPU allows is IA32_VMX_PROCBASED_CTLS2 >> 32.
 */
struct tdp_vmx {
	uint32_t size;	       /**< sizeof(struct tdp_vmx), or 0 for the same */
	uint32_t controls2;    /**< secondary processor-based VM-execution controls, as your VMCSs will have them */
	uint64_t ept_vpid_cap; /**< IA32_VMX_EPT_VPID_CAP, MSR 0x48C (SDM vol. 3D, A.10) */
	uint8_t maxphyaddr;    /**< CPUID.80000008H:EAX[7:0], in bits */
	uint8_t reserved[7];   /**< 0 */
};

/**
 * @brief Fill caps for Intel's EPT.
 * @param out the capabilities; written whole
 * @param vmx what the CPU says
 * @return #TDP_OK; #TDP_UNSUPPORTED if the MSR shows no 4-level EPT or no write-back tables; #TDP_INVALID for a maxphyaddr outside
 * 32..52, a wrong size or a reserved field in use. Pure. A layout counts on the controls: tdp_regs.control has them again. Whether
 * splitting owes a flush (#TDP_CAP_SPLIT_FLUSH, the iTLB multihit erratum) another MSR tells: add it yourself.
 */
TDP_API TDP_CHECK enum tdp_result tdp_caps_vmx(struct tdp_caps *out, const struct tdp_vmx *vmx);

/** What AMD's CPU says, and how the host runs: nested paging works as the host's own paging does. Also for x86-64 page tables. */
struct tdp_svm {
	uint32_t size;	    /**< sizeof(struct tdp_svm), or 0 for the same */
	uint8_t maxphyaddr; /**< CPUID.80000008H:EAX[7:0], in bits */
	uint8_t guest_bits; /**< CPUID.80000008H:EAX[23:16], widest guest physical address in bits; 0: no limit but the format's */
	uint8_t c_bit;	    /**< CPUID.8000001FH:EBX[5:0], the encryption bit, if tables and pages are to have it; else 0 */
	uint8_t reduction;  /**< CPUID.8000001FH:EBX[11:6], address bits that encryption takes, if it is enabled; else 0 */
	bool pages_1g;	    /**< CPUID.80000001H:EDX[26] */
	bool nx;	    /**< EFER.NXE is set (it nearly always is); without it no page can be made non-executable */
	bool la57;	    /**< the host's CR4.LA57 is set: five levels, not four */
	bool pae;	    /**< the host runs in legacy PAE mode: three levels (::tdp_npt_pae) */
	uint32_t reserved;  /**< 0 */
};

/**
 * @brief Fill caps for AMD nested paging, or for x86-64 page tables.
 * @param out the capabilities; written whole
 * @param svm what the CPU says
 * @return #TDP_OK; #TDP_INVALID for a width (without the reduction) outside 32..52, an encryption bit outside 32..51, la57 together with
 * pae, a wrong size or a reserved field in use. Pure.
 */
TDP_API TDP_CHECK enum tdp_result tdp_caps_svm(struct tdp_caps *out, const struct tdp_svm *svm);

/** What Arm's CPU says: the memory model feature registers (Arm ARM, D19), as a register read at EL1 or above gives them. */
struct tdp_arm64 {
	uint32_t size;	   /**< sizeof(struct tdp_arm64), or 0 for the same */
	uint32_t reserved; /**< 0 */
	uint64_t mmfr0;	   /**< ID_AA64MMFR0_EL1: widths and granules */
	uint64_t mmfr1;	   /**< ID_AA64MMFR1_EL1: access flag and dirty state by hardware, XNX */
	uint64_t mmfr2;	   /**< ID_AA64MMFR2_EL1: FWB, BBM, small tables */
};

/**
 * @brief Fill caps for Arm's stage 2.
 * @param out the capabilities; written whole
 * @param arm what the CPU says
 * @return #TDP_OK; #TDP_UNSUPPORTED for a reserved PARange; #TDP_INVALID for a wrong size or a reserved field in use. Pure. The levels of
 * leaves are those of all granules together; a format takes what is its own. With #TDP_CAP_FWB a layout counts on HCR_EL2.FWB being set.
 */
TDP_API TDP_CHECK enum tdp_result tdp_caps_arm64(struct tdp_caps *out, const struct tdp_arm64 *arm);

/**
 * @brief Narrow acc to what both machines can do: several CPUs, or a CPU and an IOMMU that share the tables.
 * @param acc in and out
 * @param other the other machine
 *
 * Features that allow something are AND-ed; #TDP_CAP_SPLIT_FLUSH, which demands something, is OR-ed. Encryption bits that differ are
 * none. Pure.
 */
TDP_API void tdp_caps_intersect(struct tdp_caps *acc, const struct tdp_caps *other);

#ifdef __cplusplus
}
#endif
#endif
