/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * @brief Layer 1: the codec. What the bits of one entry mean, and a tree's geometry from capabilities and to register values.
 *
 * Nothing here touches memory, and nothing here links an engine: a decoder or a debugger uses this header alone.
 * A raw entry means nothing without its layout, so every function takes one.
 */
#ifndef TDPMMU_FORMAT_H
#define TDPMMU_FORMAT_H

#include <tdpmmu/caps.h>
#include <tdpmmu/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A page-table format: a constant that says what the bits mean. Defined in <tdpmmu/format_def.h> for those who add one. */
struct tdp_format;

/** Intel extended page tables with accessed and dirty bits (SDM vol. 3C, 29.3). */
extern TDP_API const struct tdp_format tdp_ept;
/** The same without them, for machines that have none: aging closes pages (access tracking). Leaves have 1 bit for the caller. */
extern TDP_API const struct tdp_format tdp_ept_noad;
/** AMD nested page tables in long mode, 4 and 5 levels (APM vol. 2, 5.3 and 15.25); also an x86-64 guest's own page tables. */
extern TDP_API const struct tdp_format tdp_npt;
/** AMD nested page tables of a host in legacy PAE mode: 32 bits, a root of four entries for each vCPU. No bits for the caller. */
extern TDP_API const struct tdp_format tdp_npt_pae;
/** Arm stage-2 translation tables, 4 KiB granule (Arm ARM, D8), up to 48 bits. */
extern TDP_API const struct tdp_format tdp_s2_4k;
/** The same with a 16 KiB granule; blocks of 32M. */
extern TDP_API const struct tdp_format tdp_s2_16k;
/** The same with a 64 KiB granule; blocks of 512M. */
extern TDP_API const struct tdp_format tdp_s2_64k;
/** 4 KiB granule, up to 52 bits (FEAT_LPA2, VTCR_EL2.DS = 1); blocks of 512G, too. */
extern TDP_API const struct tdp_format tdp_s2_4k_lpa2;
/** 16 KiB granule, up to 52 bits (FEAT_LPA2, VTCR_EL2.DS = 1); blocks of 64G, too. */
extern TDP_API const struct tdp_format tdp_s2_16k_lpa2;
/** 64 KiB granule, up to 52 bits (FEAT_LPA, VTCR_EL2.PS = 6); blocks of 4T, too. */
extern TDP_API const struct tdp_format tdp_s2_64k_lpa;

/** What a format's constant cannot know: the geometry of one tree. Plain data, copyable; made by tdp_layout_make(). */
struct tdp_layout {
	const struct tdp_format *format; /**< what the bits mean */
	uint8_t top_level;		 /**< level of the root's entries */
	uint8_t root_concat_lg2;	 /**< log2 of the number of concatenated root tables (Arm) */
	uint8_t gpa_bits;		 /**< guest physical address width, in bits */
	uint8_t hpa_bits;		 /**< host physical address width, in bits */
	uint32_t leaf_levels;		 /**< bit L: a leaf may be at level L, and at each below: a split needs them */
	uint32_t features;		 /**< ::tdp_cap */
	uint64_t entry_or;		 /**< OR-ed into every entry that carries an address (an encryption bit) */
	uint64_t gpa_or;		 /**< reserved for a stolen guest address bit; must be 0 in this version */
	uint64_t pat;			 /**< NPT: the PAT in force; 0 = the power-on value */
	uint64_t reserved[3];		 /**< 0 */
};

/** What a geometry shall be like; what is 0 is left to the library. */
struct tdp_wish {
	uint32_t size;	  /**< sizeof(struct tdp_wish), or 0 for the same */
	uint8_t gpa_bits; /**< how wide guest physical addresses shall be, in bits; must be said */
	uint8_t levels; /**< how many levels; 0: as few as serve gpa_bits (Arm: up to 16 root tables rather than one more level) */
	uint16_t reserved;    /**< 0 */
	uint32_t leaf_levels; /**< bit L: leaves at level L must be possible */
	uint32_t features;    /**< ::tdp_cap that the layout must have */
};

/** Why a wish cannot be granted. */
enum tdp_misfit {
	TDP_FITS,	    /**< it can */
	TDP_MISFIT_CAPS,    /**< the capabilities make no sense: no level-0 leaf, a host width outside 32..52 bits */
	TDP_MISFIT_GPA,	    /**< the format does not translate so many bits, or so few */
	TDP_MISFIT_CPU_GPA, /**< the machine does not */
	TDP_MISFIT_LEVELS,  /**< the format or the machine has no walk of so many levels, or such a walk does not serve gpa_bits */
	TDP_MISFIT_LEAF,    /**< the format or the machine has no leaves at a level asked for (such as 1G) */
	TDP_MISFIT_GRANULE, /**< the machine has no such granule at stage 2 */
	TDP_MISFIT_LPA, /**< 52-bit addresses with this granule take FEAT_LPA or FEAT_LPA2, whichever is the granule's; the machine lacks it */
	TDP_MISFIT_FEATURE /**< the format needs, or the wish asks for, a ::tdp_cap that the machine lacks or the format does not know */
};

/** Register values: what the embedder writes to the machine. */
struct tdp_regs {
	uint64_t base; /**< EPTP; nCR3 or CR3; VTTBR_EL2 without its VMID */
	uint64_t
		control; /**< EPT: secondary VM-execution controls; NPT: CR4 (of the host, or of the guest whose tables they are); VTCR_EL2 */
	uint64_t control_mask; /**< the bits of control that the layout decides; the embedder owns the others */
};

/**
 * @brief Choose a geometry: tdp_layout_choose() with nothing to say but the width.
 * @param out the layout; written only on success
 * @param format one of the constants above, or your own
 * @param caps what the machine can do
 * @param gpa_bits how wide guest physical addresses shall be, in bits (EPT, NPT: 48 serves all; Arm: the IPA size)
 * @return #TDP_OK; #TDP_RANGE if gpa_bits is beyond the machine or the format; #TDP_UNSUPPORTED if the format needs a feature the
 * machine lacks (::tdp_ept: accessed and dirty bits); #TDP_INVALID for capabilities that make no sense (no level-0 leaf, hpa_bits
 * outside 32..52). Pure.
 */
TDP_API TDP_CHECK enum tdp_result tdp_layout_make(struct tdp_layout *out, const struct tdp_format *format,
						  const struct tdp_caps *caps, unsigned gpa_bits);

/**
 * @brief Choose a geometry, with more to say than its width.
 * @param out the layout; written only on success
 * @param format one of the constants above, or your own
 * @param caps what the machine can do
 * @param wish what it shall be like
 * @param why why not; written always. May be NULL
 * @return #TDP_OK; #TDP_RANGE for #TDP_MISFIT_GPA and #TDP_MISFIT_CPU_GPA; #TDP_INVALID for #TDP_MISFIT_CAPS, for pointers that are NULL
 * and for sizes that are wrong (why: #TDP_MISFIT_CAPS); #TDP_UNSUPPORTED for every other misfit. Pure.
 */
TDP_API TDP_CHECK enum tdp_result tdp_layout_choose(struct tdp_layout *out, const struct tdp_format *format,
						    const struct tdp_caps *caps, const struct tdp_wish *wish, enum tdp_misfit *why);

/**
 * @brief A misfit in words.
 * @param why from tdp_layout_choose()
 * @return "the machine has no such granule"; "?" for a value that is none. Pure.
 */
TDP_API const char *tdp_misfit_name(enum tdp_misfit why);

/**
 * @brief The inverse, for tools: a geometry from register values found in a dump.
 * @param out the layout; written only on success
 * @param format which format the dump holds
 * @param regs the registers (EPT: base = EPTP, control = secondary controls; NPT: base = nCR3, control = CR4; Arm: base = VTTBR_EL2,
 * control = VTCR_EL2)
 * @param root where the root table lies
 * @return #TDP_OK; #TDP_INVALID for a reserved encoding; #TDP_UNSUPPORTED for a geometry this version does not know, or of another
 * format (EPTP bit 6: 1 is ::tdp_ept, 0 ::tdp_ept_noad). Pure.
 */
TDP_API TDP_CHECK enum tdp_result tdp_layout_from_regs(struct tdp_layout *out, const struct tdp_format *format,
						       const struct tdp_regs *regs, tdp_hpa_t *root);

/**
 * @brief A canonical x86-64 virtual address as a gpa, when NPT tables are a guest's own page tables.
 * @param layout the tree's layout
 * @param canonical_va the address, sign-extended or not
 * @return the address without its sign extension. Pure.
 */
TDP_API tdp_gpa_t tdp_gpa_from_va(const struct tdp_layout *layout, uint64_t canonical_va);

/**
 * @brief Bytes that one entry of a level maps.
 * @param layout the tree's layout
 * @param level 0 is the last level
 * @return the size, in bytes; 0 above the top level. Pure.
 */
TDP_API uint64_t tdp_level_size(const struct tdp_layout *layout, unsigned level);
/**
 * @brief The manual's name of an entry at a level.
 * @param layout the tree's layout
 * @param level 0 is the last level
 * @return "PDE", "L2"; "?" above the top level. Pure.
 */
TDP_API const char *tdp_level_name(const struct tdp_layout *layout, unsigned level);
/**
 * @brief Size of one table that is not the root.
 * @param layout the tree's layout
 * @return bytes, also its alignment; a table always starts on a 4 KiB frame. Pure.
 */
TDP_API size_t tdp_table_size(const struct tdp_layout *layout);
/**
 * @brief Size of the root: several tables where they are concatenated.
 * @param layout the tree's layout
 * @return bytes, also its alignment. Pure.
 */
TDP_API size_t tdp_root_size(const struct tdp_layout *layout);
/**
 * @brief How many bits of tdp_attrs.sw a leaf holds.
 * @param layout the tree's layout
 * @return 0 to 7. Pure.
 */
TDP_API unsigned tdp_sw_bits(const struct tdp_layout *layout);

/** What an entry is. */
enum tdp_kind {
	TDP_EMPTY,     /**< nothing */
	TDP_TABLE,     /**< points to a table of the next level */
	TDP_LEAF,      /**< maps memory */
	TDP_FROZEN,    /**< owned by an operation in progress, or (state #TDP_STATE_DEAD) a slot of an invalidated root */
	TDP_NOTE,      /**< not present, with a payload of the caller's */
	TDP_RESERVED,  /**< hardware would fault on a reserved combination; tdp_entry.why says which */
	TDP_UNREADABLE /**< the entry's table is not in the dump (views only) */
};

/** Why an entry is #TDP_RESERVED. */
enum tdp_why {
	TDP_WHY_NONE,	    /**< it is not */
	TDP_WHY_PERMISSION, /**< a combination of permissions that hardware refuses (EPT: write without read) */
	TDP_WHY_MEMTYPE,    /**< a reserved memory type */
	TDP_WHY_ADDRESS,    /**< an address beyond the host's width, or low bits of a huge leaf's address */
	TDP_WHY_LEVEL,	    /**< a leaf, or a table, at a level that has none */
	TDP_WHY_BITS	    /**< another reserved bit */
};

/** Finer states of an entry that this library wrote. */
enum tdp_state {
	TDP_STATE_MMU_WRITABLE = 1, /**< no tdp_protect() since it was granted write */
	TDP_STATE_TRACKED = 2,	    /**< access-tracked: kept, but not present */
	TDP_STATE_WRITTEN = 4,	    /**< written since mapped, as far as dirty collections know; 0 where leaves have no room */
	TDP_STATE_BORROWED = 8,	    /**< reserved */
	TDP_STATE_DEAD = 16	    /**< slot of an invalidated root */
};

/** One entry in words. */
struct tdp_entry {
	tdp_spte_t raw;		/**< as it lies in the table */
	tdp_hpa_t hpa;		/**< leaf: the page; table: the table */
	uint64_t size;		/**< bytes it maps */
	uint64_t note;		/**< #TDP_NOTE: the payload */
	struct tdp_attrs attrs; /**< leaf: what was granted (#TDP_OURS) or what hardware permits (#TDP_FOREIGN) */
	uint8_t kind;		/**< ::tdp_kind */
	uint8_t level;		/**< 0 is the last level */
	uint8_t accessed;	/**< 1: Accessed is set */
	uint8_t dirty;		/**< 1: Dirty is set, in hardware's or in software's form */
	uint8_t why;		/**< ::tdp_why */
	uint8_t live;		/**< ::tdp_prot that hardware permits now */
	uint8_t state;		/**< ::tdp_state */
	uint8_t pad;		/**< 0 */
};

/** Whose software bits an entry carries. */
enum tdp_origin {
	TDP_OURS,   /**< this library's */
	TDP_FOREIGN /**< another hypervisor's: no software bit, frozen value or note is believed */
};

/**
 * @brief Say what an entry means.
 * @param layout the tree's layout
 * @param origin whether software bits are this library's
 * @param level the level of the table it was found in
 * @param raw the entry
 * @param out the answer; written whole. Pure.
 */
TDP_API void tdp_decode(const struct tdp_layout *layout, enum tdp_origin origin, unsigned level, tdp_spte_t raw,
			struct tdp_entry *out);

/**
 * @brief Build a leaf as the engine would for a mapping that was just accessed.
 * @param layout the tree's layout
 * @param level where the leaf goes
 * @param hpa what it maps; aligned to tdp_level_size() of the level
 * @param attrs its attributes; #TDP_MT_ASK is #TDP_INVALID here
 * @param out the entry; written only on success
 * @return #TDP_OK; #TDP_UNSUPPORTED if the format or layout cannot express it; #TDP_RANGE for an address beyond hpa_bits;
 * #TDP_INVALID for a misaligned address or values outside their enumerations. Pure.
 */
TDP_API TDP_CHECK enum tdp_result tdp_encode_leaf(const struct tdp_layout *layout, unsigned level, tdp_hpa_t hpa,
						  struct tdp_attrs attrs, tdp_spte_t *out);

/** What the page of an emulated device may remember in a note (tdp_note(), on EPT with #TDP_NOTE_MISCONFIG). */
struct tdp_mmio {
	tdp_gpa_t gpa;	     /**< the page, below 1 << 52; a note of a larger range says where the range begins */
	uint32_t generation; /**< of the caller's memory map, modulo #TDP_MMIO_GENERATIONS */
	uint8_t access;	     /**< ::tdp_prot that the device grants; not 0 */
	uint8_t reserved[3]; /**< 0 */
};

/** Fixed sizes of MMIO notes. */
enum tdp_mmio_limit {
	TDP_MMIO_GENERATIONS = 2048 /**< a note from so many generations ago looks fresh again */
};

/**
 * @brief A note that says all that a handler needs to emulate an access, so that it has not to search the memory map.
 * @param mmio what to say
 * @param note for tdp_note(); written only on success
 * @return #TDP_OK; #TDP_RANGE for a gpa of more than 52 bits; #TDP_INVALID for one that is not of a page, no access, one outside
 * ::tdp_prot, or a reserved field in use. Pure.
 *
 * The handler of an EPT misconfiguration (elsewhere: of a fault) looks the address up, finds #TDP_NOTE with tdp_entry.note, and takes it
 * apart by tdp_mmio_unpack(). If the generation is not the present one, it searches after all, and leaves a new note.
 */
TDP_API TDP_CHECK enum tdp_result tdp_mmio_pack(const struct tdp_mmio *mmio, uint64_t *note);

/**
 * @brief The inverse.
 * @param note tdp_entry.note, as tdp_mmio_pack() made it
 * @return what it says; the generation modulo #TDP_MMIO_GENERATIONS. Pure.
 */
TDP_API struct tdp_mmio tdp_mmio_unpack(uint64_t note);

/**
 * @brief One line of text for an entry, such as "leaf 2M 0x40200000 rwx WB A D".
 * @param entry from tdp_decode() or a walk
 * @param buf where to write; always terminated if len > 0
 * @param len bytes in buf
 * @return the length of the whole text, which may exceed len. Pure; lives in its own object file.
 */
TDP_API size_t tdp_describe(const struct tdp_entry *entry, char *buf, size_t len);

#ifdef __cplusplus
}
#endif
#endif
