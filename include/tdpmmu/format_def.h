/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * @brief For those who add a page-table format: what the constant ::tdp_format says. Users of trees do not need this header.
 *
 * A format is data (masks over one 64-bit entry) plus a few pure functions. The engine is ordinary inline code over it; compiled
 * with a constant format every field folds away. All masks are given for level 0; at level L an entry is rotated left by
 * level_skew * L bits (0 in every real format; the test formats rotate so that code which confuses two levels fails at once).
 *
 * Not-present entries have one shape in all formats: bits 5:3 say EMPTY 000, FROZEN 001, DEAD 011, NOTE 010; 51:12 are the payload;
 * 9:6, 51:12 and 62:52 hold a note's 55 bits; 9:6 of a FROZEN entry are its owner's marks.
 */
#ifndef TDPMMU_FORMAT_DEF_H
#define TDPMMU_FORMAT_DEF_H

#include <tdpmmu/format.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How a live entry may change to a different valid one. */
enum tdp_discipline {
	TDP_OVERWRITE,	      /**< by one atomic store (x86) */
	TDP_BREAK_BEFORE_MAKE /**< only through an invalid entry and a flush (Arm) */
};

/** What the bits of a page-table format mean. */
struct tdp_format {
	const char *name;			 /**< "EPT" */
	const char *level_names[TDP_MAX_LEVELS]; /**< the manual's name of an entry, by level */
	uint8_t page_lg2;			 /**< log2 of the granule in bytes */
	uint8_t index_bits;			 /**< log2 of the entries of a table */
	uint8_t max_levels;			 /**< deepest tree */
	uint8_t min_levels;   /**< shallowest tree; equal to max_levels, the walk from the root is constant too */
	uint8_t usual_levels; /**< levels of nearly every tree, where faults and lookups are to be quickest; 0: none in particular */
	uint8_t concat_lg2_max; /**< log2 of the most root tables in a row */
	uint8_t root_bits;	/**< log2 of the entries of a root; 0: as every table (PAE: 2) */
	uint8_t discipline;	/**< ::tdp_discipline */
	uint8_t level_skew;	/**< 0; test formats: bits per level by which entries rotate */
	uint8_t sw_bits;	/**< the caller's bits in a leaf */
	uint8_t wd_shift;	/**< from w_is_d up to the software dirty bit */
	uint8_t saved_shift;	/**< from tracks up to where they are saved */
	uint8_t high_shift;	/**< from addr_high up to those bits in an address */
	bool root_per_vcpu;	/**< the root is one vCPU's and lies below 4 GiB, aligned to its size only (PAE) */
	uint32_t leaf_levels;	/**< bit L: the format has leaves at level L */
	uint32_t features;	/**< ::tdp_cap that hold by the format itself (x86: HW_A | HW_D) */

	tdp_spte_t empty;	   /**< an entry that maps nothing; need not be 0 */
	tdp_spte_t frozen;	   /**< FROZEN, payload 0, no marks */
	tdp_spte_t dead;	   /**< DEAD */
	tdp_spte_t note;	   /**< a NOTE with all value bits stored as 0 */
	tdp_spte_t payload_invert; /**< payload bits stored inverted (x86, L1TF), else 0 */

	tdp_spte_t present;		       /**< one bit, set in every leaf and table entry that we write */
	tdp_spte_t foreign_present;	       /**< any of these set: hardware takes the entry for present */
	tdp_spte_t present_mbec;	       /**< those of them that count with #TDP_CAP_MBEC only */
	tdp_spte_t frozen_mask;		       /**< (e & mask) == tag: FROZEN or DEAD */
	tdp_spte_t frozen_tag;		       /**< see frozen_mask */
	tdp_spte_t note_mask;		       /**< (e & mask) == tag: NOTE */
	tdp_spte_t note_tag;		       /**< see note_mask */
	tdp_spte_t note_misconfig;	       /**< bits that make a NOTE an EPT misconfiguration; 0: cannot */
	tdp_spte_t note_ve;		       /**< bit to clear for a convertible NOTE; 0: cannot */
	tdp_spte_t leaf_mask;		       /**< above level 0: (e & mask) == tag: a leaf */
	tdp_spte_t leaf_tag;		       /**< see leaf_mask */
	tdp_spte_t table_bits[TDP_MAX_LEVELS]; /**< a table entry of this level, without its address */
	tdp_spte_t addr; /**< the address field; contiguous, the address in place; 0: there is addr_high only */
	tdp_spte_t
		addr_high; /**< a second field, below it, with the address bits above those (Arm, 52 bits), or the only one (RISC-V); 0: none */

	tdp_spte_t w;	       /**< any set: hardware lets writes through, now or by setting Dirty */
	tdp_spte_t w_grant;    /**< set to grant W where hardware sets no Dirty (with software D if there is one) */
	tdp_spte_t w_grant_hd; /**< set to grant W where hardware sets Dirty */
	tdp_spte_t d_write;    /**< set in addition for a write that is about to happen */
	tdp_spte_t hw;	       /**< host-writable: W was granted */
	tdp_spte_t mw;	       /**< MMU-writable: and not protected since */
	tdp_spte_t
		sd; /**< written since mapped; 0: there is no room, and then every page that is unmapped or replaced counts as written */
	tdp_spte_t a;	   /**< Accessed */
	tdp_spte_t d;	   /**< any set: dirty */
	tdp_spte_t w_is_d; /**< the W bit that also means dirty (Arm S2AP[1]); 0: none */
	tdp_spte_t
		tracks; /**< what hardware permits, W left out, and an access-tracked leaf saves instead; 0: clearing A will do */

	/** Attribute bits of a leaf (huge: above level 0) without address, A, D, SD and live W; HW | MW with #TDP_W.
	 * #TDP_UNSUPPORTED or #TDP_INVALID if it cannot be said. Pure. */
	enum tdp_result (*encode)(const struct tdp_layout *layout, bool huge, struct tdp_attrs attrs, tdp_spte_t *bits);
	/** The inverse for a leaf, at level-0 positions; prot is what hardware permits now. Pure, total. */
	void (*decode)(const struct tdp_layout *layout, bool huge, tdp_spte_t entry, struct tdp_attrs *attrs);
	/** Why hardware would refuse a present entry, at level-0 positions, ::tdp_why. Pure, total. */
	uint8_t (*reserved)(const struct tdp_layout *layout, unsigned level, tdp_spte_t entry);
	/** See tdp_layout_choose(); called with checked pointers, out is zeroed and has format set. The wish's leaf levels and features
	 * are looked at by the caller, in out. */
	enum tdp_misfit (*make_layout)(struct tdp_layout *out, const struct tdp_caps *caps, const struct tdp_wish *wish);
	/** See tdp_layout_from_regs(); out is zeroed and has format set. */
	enum tdp_result (*from_regs)(struct tdp_layout *out, const struct tdp_regs *regs, tdp_hpa_t *root);
	/** Register values for a root. */
	void (*regs)(const struct tdp_layout *layout, tdp_hpa_t root, struct tdp_regs *out);
};

/*
 * A format file is compiled twice: once as the codec (defines the constant under its public name) and once as the engine (keeps a
 * private copy that the compiler can fold, and instantiates lib/core over it), so that a decoder never links an engine.
 */
#ifdef TDP_BUILD_ENGINE
#define TDP_FORMAT(name) static const struct tdp_format name##_local /**< the engine's private copy */
#else
#define TDP_FORMAT(name) const struct tdp_format name /**< the public constant */
#endif

#ifdef __cplusplus
}
#endif
#endif
