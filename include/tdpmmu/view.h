/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * @brief Layer 2a: a read-only walk of tables that are not ours, through a read callback: forensics, introspection, debuggers.
 */
#ifndef TDPMMU_VIEW_H
#define TDPMMU_VIEW_H

#include <tdpmmu/format.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Copy bytes (8..512, inside one table) from physical memory to buf; false: not in the dump. */
typedef bool (*tdp_read_fn)(void *ctx, tdp_hpa_t hpa, void *buf, size_t bytes);

/** Tables to look at. Filled by the caller; nothing is retained. */
struct tdp_view {
	struct tdp_layout layout; /**< from tdp_layout_from_regs() or tdp_layout_make() */
	tdp_hpa_t root;		  /**< where the root table lies */
	tdp_read_fn read;	  /**< required */
	void *ctx;		  /**< for read */
	uint64_t max_tables;	  /**< stop after this many tables, 0: no limit. Loops in corrupt tables end by level anyway */
};

/** When a visitor is called; flags. */
enum tdp_when {
	TDP_VISIT_LEAF = 1,	  /**< at each leaf */
	TDP_VISIT_TABLE_PRE = 2,  /**< at a table entry, before what is below it */
	TDP_VISIT_TABLE_POST = 4, /**< at a table entry, after what is below it */
	TDP_VISIT_HOLE = 8,	  /**< at empty entries and notes */
	TDP_VISIT_BAD = 16	  /**< at reserved, unreadable or frozen entries */
};

/** What a visitor sees. gpa is clipped to nothing: it is the start of the entry's span, which may lie before the range. */
struct tdp_visit {
	tdp_gpa_t gpa;		/**< first address the entry maps */
	struct tdp_entry entry; /**< decoded */
	tdp_hpa_t entry_hpa;	/**< where the entry itself lies */
	uint8_t when;		/**< which of ::tdp_when this call is */
	uint8_t pad[7];		/**< 0 */
	uint64_t opaque[4];	/**< the walk's own */
};

/** What a visitor answers. */
enum tdp_verdict {
	TDP_GO,	   /**< go on */
	TDP_SKIP,  /**< not below this entry */
	TDP_AGAIN, /**< the same entry, freshly read */
	TDP_STOP   /**< end the walk: #TDP_STOPPED */
};

/** A visitor. May change the visited entry of a tree with tdp_visit_set() and in no other way. */
typedef enum tdp_verdict (*tdp_visit_fn)(void *arg, struct tdp_visit *visit);

/**
 * @brief Visit the entries of a range in ascending order.
 * @param view what to walk
 * @param gpa start, in bytes
 * @param size bytes
 * @param when which entries, ::tdp_when
 * @param fn the visitor, called in the caller's context
 * @param arg for fn
 * @return #TDP_OK; #TDP_STOPPED if the visitor stopped it or max_tables was reached; #TDP_INVALID for a bad range, mask or missing
 * callback; #TDP_RANGE beyond gpa_bits.
 *
 * A table that cannot be read is one #TDP_UNREADABLE entry (#TDP_VISIT_BAD), not an error. Entries are read in chunks of up to 512
 * bytes, so the walk needs no heap and little stack.
 */
TDP_API TDP_CHECK enum tdp_result tdp_view_walk(const struct tdp_view *view, tdp_gpa_t gpa, uint64_t size, unsigned when,
						tdp_visit_fn fn, void *arg);

/**
 * @brief Translate one address.
 * @param view what to walk
 * @param gpa any address, in bytes
 * @param out the leaf, or the entry where the walk ended
 * @return #TDP_OK for a leaf; #TDP_ABSENT for anything else (out->kind says what); #TDP_RANGE beyond gpa_bits; #TDP_INVALID
 * without a read callback.
 */
TDP_API TDP_CHECK enum tdp_result tdp_view_lookup(const struct tdp_view *view, tdp_gpa_t gpa, struct tdp_entry *out);

#ifdef __cplusplus
}
#endif
#endif
