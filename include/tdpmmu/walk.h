/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * @brief Layer 2b: look at a live tree. One address, merged runs, a visitor, an iterator, counts, a check of every invariant.
 *
 * All of these read; only tdp_visit_set() changes anything. What they report is a snapshot: hardware may set Accessed and Dirty
 * behind it.
 */
#ifndef TDPMMU_WALK_H
#define TDPMMU_WALK_H

#include <tdpmmu/tree.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A mapped (or unmapped) stretch of guest memory. */
struct tdp_mapping {
	tdp_gpa_t gpa;		/**< its first address */
	struct tdp_entry entry; /**< decoded; entry.size may exceed one leaf for tdp_extent() */
};

/**
 * @brief Translate one address: it lies at out->entry.hpa + (gpa - out->gpa).
 * @param tree the tree
 * @param gpa any address, in bytes
 * @param out the leaf and where it starts; #TDP_ABSENT: the hole (or note) and its size, as far as one entry shows it
 * @param op may be NULL; flags must be 0 or #TDP_EXCLUSIVE. Its outputs are not touched
 * @return #TDP_OK; #TDP_ABSENT: no leaf there (out->entry.kind is #TDP_EMPTY or #TDP_NOTE); #TDP_BUSY: a frozen entry;
 * #TDP_STALE_ROOT; #TDP_RANGE beyond gpa_bits; #TDP_INVALID for an unknown flag. Calls no hook but table_map.
 */
TDP_API TDP_CHECK enum tdp_result tdp_lookup(const struct tdp_tree *tree, tdp_gpa_t gpa, struct tdp_mapping *out,
					     struct tdp_op *op);

/**
 * @brief Translate one address without decoding: for handlers and tracers that need a bit or two.
 * @param tree the tree
 * @param gpa any address, in bytes
 * @param out the entry as it lies in the table; tdp_decode() (#TDP_OURS) says what it means
 * @param level the level it was found at
 * @return as tdp_lookup(). Calls no hook but table_map.
 */
TDP_API TDP_CHECK enum tdp_result tdp_lookup_raw(const struct tdp_tree *tree, tdp_gpa_t gpa, tdp_spte_t *out, unsigned *level);

/**
 * @brief The iterator: the first entry at or after gpa that matches.
 * @param tree the tree
 * @param gpa start, in bytes
 * @param size bytes
 * @param when #TDP_VISIT_LEAF, #TDP_VISIT_HOLE, #TDP_VISIT_BAD or several
 * @param out the entry; go on at out->gpa + out->entry.size
 * @param op may be NULL
 * @return #TDP_OK; #TDP_ABSENT: none left; #TDP_INVALID, #TDP_RANGE for a bad range or mask (TABLE_PRE and TABLE_POST have no place
 * in an iterator). A step holds nothing between calls, so the caller may change the tree between two steps.
 */
TDP_API TDP_CHECK enum tdp_result tdp_next(const struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, unsigned when,
					   struct tdp_visit *out, struct tdp_op *op);

/**
 * @brief The first run of present, contiguous leaves of equal attributes in a range.
 * @param tree the tree
 * @param gpa start, in bytes
 * @param size bytes
 * @param out gpa and entry.size are the run (clipped to the range), entry the leaf at its start, with hpa at out->gpa
 * @param op may be NULL
 * @return #TDP_OK; #TDP_ABSENT: no leaf in the range; #TDP_INVALID, #TDP_RANGE for a bad range. Accessed, Dirty, level and what
 * hardware permits at this instant do not end a run.
 */
TDP_API TDP_CHECK enum tdp_result tdp_extent(const struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, struct tdp_mapping *out,
					     struct tdp_op *op);

/**
 * @brief Visit the entries of a range in ascending order.
 * @param tree the tree
 * @param gpa start, in bytes
 * @param size bytes
 * @param when which entries, ::tdp_when
 * @param fn the visitor; the entry is read again after it returns
 * @param arg for fn
 * @param op may be NULL; flags: EXCLUSIVE, LOG_DIRTY (for tdp_visit_set()); op->next is where to go on after #TDP_STOPPED
 * @return #TDP_OK; #TDP_STOPPED if the visitor said so; #TDP_INVALID, #TDP_RANGE for a bad range or mask.
 *
 * What tdp_visit_set() narrowed is flushed before the call returns (or gathered in op->gather). After #TDP_AGAIN the entry is looked at
 * afresh: a leaf that another thread has split meanwhile is a table then, and gone into. A shared walk that had to wait for an entry
 * starts from the root again, so the tables on the way to that entry are shown (#TDP_VISIT_TABLE_PRE) once more.
 */
TDP_API TDP_CHECK enum tdp_result tdp_walk(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, unsigned when, tdp_visit_fn fn,
					   void *arg, struct tdp_op *op);

/**
 * @brief From inside a visitor: change the attributes of the visited leaf.
 * @param visit the visitor's argument; its entry is updated
 * @param attrs the new attributes
 * @param mask which of them, ::tdp_attr_mask
 * @return #TDP_OK; #TDP_SPURIOUS: already so; #TDP_RACE: the entry changed, visit->entry is fresh: answer #TDP_AGAIN, #TDP_SKIP or
 * #TDP_STOP; #TDP_BUSY; #TDP_ABSENT: not a leaf; #TDP_UNSUPPORTED in a view, from tdp_next(), or if the format cannot express it;
 * #TDP_INVALID for values outside their enumerations. A point operation: on an error nothing changed.
 *
 * The same discipline, flush and chokepoint as tdp_set_attrs(); a break-before-make change flushes inside the call.
 */
TDP_API TDP_CHECK enum tdp_result tdp_visit_set(struct tdp_visit *visit, struct tdp_attrs attrs, unsigned mask);

/** What a range holds. */
struct tdp_count {
	uint64_t leaves[TDP_MAX_LEVELS]; /**< leaves per level */
	uint64_t tables[TDP_MAX_LEVELS]; /**< tables per level of their entries, the root included */
	uint64_t notes;			 /**< notes, of any level */
	uint64_t bytes;			 /**< bytes mapped by leaves, counted by whole leaf */
};

/**
 * @brief Count leaves, tables and notes in a range.
 * @param tree the tree
 * @param gpa start, in bytes
 * @param size bytes
 * @param out the counts; an entry that overlaps the range counts whole
 * @param op may be NULL
 * @return #TDP_OK; #TDP_INVALID, #TDP_RANGE for a bad range. Runs at memory bandwidth: a table at a time.
 */
TDP_API TDP_CHECK enum tdp_result tdp_count(const struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, struct tdp_count *out,
					    struct tdp_op *op);

/** Receives one violation: which invariant (::tdp_invariant), and where. */
typedef void (*tdp_report_fn)(void *arg, unsigned invariant, const struct tdp_visit *where);

/** What tdp_verify() checks. */
enum tdp_invariant {
	TDP_INV_KIND = 1,     /**< an entry that the library never writes: reserved bits, a bad level, a stray value */
	TDP_INV_FROZEN = 2,   /**< a frozen entry outlived its operation */
	TDP_INV_ADDRESS = 3,  /**< an address beyond the host's width */
	TDP_INV_LEVEL = 4,    /**< a leaf at a level the layout does not allow */
	TDP_INV_WRITABLE = 5, /**< writable without MMU-writable, or MMU-writable without host-writable (I10) */
	TDP_INV_DIRTY = 6,    /**< writable but clean where hardware sets no Dirty (I6) */
	TDP_INV_TABLE = 7,    /**< a table entry other than the one this format always writes */
	TDP_INV_CYCLE = 8     /**< a table that is its own ancestor */
};

/**
 * @brief Check every structural invariant of a tree.
 * @param tree the tree; nobody else inside
 * @param report called for each violation; may be NULL
 * @param arg for report
 * @return #TDP_OK: no violation; #TDP_EXISTS: at least one.
 */
TDP_API TDP_CHECK enum tdp_result tdp_verify(struct tdp_tree *tree, tdp_report_fn report, void *arg);

/** Receives one line of text, without a newline. */
typedef void (*tdp_print_fn)(void *arg, const char *line);

/**
 * @brief Print a tree for a human: merged ranges, then leaves and tables per level.
 * @param tree the tree; nobody else inside
 * @param print called for each line
 * @param arg for print
 * @return #TDP_OK; #TDP_INVALID without print.
 */
TDP_API TDP_CHECK enum tdp_result tdp_dump(const struct tdp_tree *tree, tdp_print_fn print, void *arg);

#ifdef __cplusplus
}
#endif
#endif
