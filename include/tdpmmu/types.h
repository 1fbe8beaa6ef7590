/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * @brief Layer 0: addresses, results and attributes, and the rules that hold for every function.
 *
 * - **order** of parameters: object, gpa, size, what, op. Outputs are in `*op` or in one last pointer (never NULL unless said).
 * - **units**: bytes. A range is [gpa, gpa + size). gpa, size and hpa are multiples of the granule (tdp_level_size() of level 0).
 *   Size 0 is #TDP_INVALID: it is what a wrapped range looks like. gpa + size may equal 1 << gpa_bits. All of it is checked
 *   before anything is touched.
 * - **zero**: every struct may start as all zeroes, and zero is the *safe* choice: the exact range, flushed on return, nothing
 *   overwritten. A relaxation is always a flag that the caller writes.
 * - **results**: ::tdp_result; >= 0 means "the request holds now", < 0 means it does not. The compiler warns if one is ignored.
 * - **failure**: a point operation (one leaf) changed nothing. A range operation finished exactly [gpa, op->next) and left the rest
 *   as it was: call again from op->next, which is quicker than from gpa. Repeating a finished part is harmless (tdp_replace() calls
 *   it a race). No frozen entry survives a return.
 * - **flush**: on return no translation that the call removed or narrowed is usable, unless op->gather is set.
 * - **context**: callable with interrupts off and under spinlocks (not from an NMI); allocates nothing and does not sleep except
 *   inside the embedder's own flush hook. It uses vector registers unless built with -Dfreestanding=true: code that has not saved
 *   the interrupted program's needs that build (docs/embedding.md). No hook calls back into the same tree, but for tdp_tree_tag(),
 *   tdp_tree_regs() and tdp_tree_layout(). No longjmp and no C++ or Rust unwinding leaves a hook.
 * - **levels**: 0 is the last level (a 4 KiB page with a 4 KiB granule); each folder under lib/ maps its manual's names.
 */
#ifndef TDPMMU_TYPES_H
#define TDPMMU_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A result that must not be ignored. */
#define TDP_CHECK __attribute__((warn_unused_result))
/** A symbol that the library exports. */
#define TDP_API __attribute__((visibility("default")))

/** Guest physical address (x86) or intermediate physical address (Arm), in bytes; no sign extension (see tdp_gpa_from_va()). */
typedef uint64_t tdp_gpa_t;
/** Host physical address: what a leaf points to, and where a table lies, in bytes. */
typedef uint64_t tdp_hpa_t;
/** One raw table entry (a stage-2 PTE), as hardware reads it. */
typedef uint64_t tdp_spte_t;

/** What a call returns: >= 0 the request holds now, < 0 it does not. */
enum tdp_result {
	TDP_OK = 0,	      /**< Done. */
	TDP_SPURIOUS = 1,     /**< It was already so: no mapping changed. What it may flush all the same its function says. */
	TDP_RACE = -1,	      /**< Somebody changed the entry first: look again (after a fault: re-enter the guest). */
	TDP_BUSY = -2,	      /**< Frozen by somebody else; nothing was allocated. Never spin on this with interrupts off. */
	TDP_ABSENT = -3,      /**< Nothing is mapped there. Never used for a race. */
	TDP_EXISTS = -4,      /**< Something else is mapped there: the address, an attribute or a note differs. */
	TDP_NOMEM = -5,	      /**< The table cache ran dry; op->tables says how many more are surely enough. */
	TDP_INVALID = -6,     /**< An argument is wrong: alignment, size 0, an unknown flag, a missing hook. */
	TDP_RANGE = -7,	      /**< An address or the end of a range lies beyond the configured width. */
	TDP_UNSUPPORTED = -8, /**< This format, layout or tree flag cannot express it, or this version does not do it yet. */
	TDP_EXTERNAL = -9,    /**< The external hook refused; its code is in op->external. */
	TDP_STOPPED = -10,    /**< A visitor stopped it, or a pause without a yield hook: go on from op->next. */
	TDP_PROTECTED = -11,  /**< Faults: tdp_protect() keeps the write out, or the backing does not grant the access. Emulate. */
	TDP_STALE_ROOT = -12  /**< The root was invalidated: drop it and load another one. Neither a race nor "absent". */
};

/**
 * @brief The name of a result, for messages.
 * @param result ::tdp_result, or any number
 * @return a constant string; never NULL
 */
TDP_API const char *tdp_result_name(int result);

/** What a guest may do with a page. Without a feature that tells the modes apart (EPT MBEC, Arm XNX) XS and XU go together only. */
enum tdp_prot {
	TDP_R = 1,   /**< read */
	TDP_W = 2,   /**< write */
	TDP_XS = 4,  /**< execute in supervisor mode */
	TDP_XU = 8,  /**< execute in user mode */
	TDP_X = 12,  /**< execute in both */
	TDP_RW = 3,  /**< read and write */
	TDP_RX = 13, /**< read and execute */
	TDP_RWX = 15 /**< everything */
};

/** Memory types; a format that cannot express one refuses it with #TDP_UNSUPPORTED. */
enum tdp_memtype {
	TDP_MT_WB,	      /**< write-back */
	TDP_MT_WT,	      /**< write-through */
	TDP_MT_WP,	      /**< write-protected (x86) */
	TDP_MT_WC,	      /**< write-combining (x86), Normal Non-cacheable (Arm) */
	TDP_MT_UC,	      /**< uncacheable (x86), Device-nGnRE (Arm) */
	TDP_MT_DEVICE_STRICT, /**< Device-nGnRnE (Arm); uncacheable on x86 */
	TDP_MT_STAGE1,	      /**< what stage 1 says (Arm with FWB) */
	TDP_MT_ASK = 255      /**< ask mm_ops.memtype, which may shrink the leaf; the hook is called for this value only */
};

/** Rarer attributes. */
enum tdp_attr_flag {
	TDP_ATTR_FORCE_MT = 1,	 /**< the guest cannot change the memory type (EPT ignore-PAT; Arm with FWB) */
	TDP_ATTR_SUPERVISOR = 2, /**< U/S = 0 (NPT format used as a guest's own page table) */
	TDP_ATTR_VE = 4		 /**< an EPT violation on it may become \#VE (suppress-\#VE = 0) */
};

/** The attributes of a page, by value. prot is what the caller granted, not what hardware allows at this instant. */
struct tdp_attrs {
	uint8_t prot;	 /**< ::tdp_prot; 0 is #TDP_INVALID: unmap what nobody may use, or leave a note */
	uint8_t memtype; /**< ::tdp_memtype */
	uint8_t flags;	 /**< ::tdp_attr_flag */
	uint8_t sw;	 /**< the caller's own bits, below 1 << tdp_sw_bits() */
};

/** Which attributes a call means. */
enum tdp_attr_mask {
	TDP_MASK_PROT = 1,    /**< tdp_attrs.prot */
	TDP_MASK_MEMTYPE = 2, /**< tdp_attrs.memtype */
	TDP_MASK_FLAGS = 4,   /**< tdp_attrs.flags */
	TDP_MASK_SW = 8	      /**< tdp_attrs.sw */
};

/** Fixed sizes that callers may rely on. */
enum tdp_limit {
	TDP_MAX_LEVELS = 5,   /**< the deepest tree of any format */
	TDP_FAULT_TABLES = 4, /**< no fault in any format needs more tables */
	TDP_NOTE_BITS = 55    /**< every format holds a note below 1 << 55 */
};

/** Version of this header, as MAJOR * 10000 + MINOR * 100 + PATCH. */
enum tdp_version {
	TDP_VERSION = 100 /**< 0.1.0 */
};
/**
 * @brief Version of the library that is linked.
 * @return to compare with #TDP_VERSION
 */
TDP_API unsigned tdp_version(void);

#ifdef __cplusplus
}
#endif
#endif
