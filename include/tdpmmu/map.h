/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * @brief Layer 3: make translations appear or move. map, map_from, fault, replace, note.
 *
 * Tables come from op->cache, else from the tree's pool; nothing allocates. A shared call has no pool: without op->cache whatever
 * needs a table is #TDP_NOMEM. Where a call needs more than there are it returns #TDP_NOMEM with op->tables; #TDP_DRY_RUN counts in
 * advance, exactly, through the same code.
 */
#ifndef TDPMMU_MAP_H
#define TDPMMU_MAP_H

#include <tdpmmu/walk.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What backs guest memory at some address. */
struct tdp_backing {
	tdp_hpa_t hpa;		 /**< host address */
	uint64_t size;		 /**< contiguous bytes from there; a multiple of the granule */
	struct tdp_attrs attrs;	 /**< what is granted */
	uint8_t max_level_plus1; /**< highest leaf level + 1; 0: no limit */
	uint8_t pad[3];		 /**< 0 */
};

/** Tells what backs [gpa, gpa + size). A pure function of gpa: it may be asked twice. false: refuse. Must not sleep. */
typedef bool (*tdp_backing_fn)(void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out);

/**
 * How a guest touches memory. A walk of the guest's own tables is what the exit says. NPT, and EPT with A/D flags, report it as a
 * write: give #TDP_WRITE, for as #TDP_READ it is #TDP_SPURIOUS on a page that is closed for writing, and the guest faults for ever.
 * Arm (S1PTW): #TDP_WRITE for a permission fault, which is hardware that updates flags in those tables; else #TDP_READ.
 */
enum tdp_access {
	TDP_READ = 1,	/**< data read */
	TDP_WRITE = 2,	/**< data write */
	TDP_EXEC_S = 4, /**< instruction fetch in supervisor mode */
	TDP_EXEC_U = 8	/**< instruction fetch in user mode */
};

/** A guest's fault and what may resolve it: [base, base + backing.size) -> backing.hpa. */
struct tdp_fault {
	tdp_gpa_t gpa;		    /**< faulting address, any alignment */
	tdp_gpa_t base;		    /**< where the backing starts; a multiple of the granule */
	struct tdp_backing backing; /**< the whole extent: the library picks the largest legal leaf around gpa inside it */
	uint32_t access;	    /**< ::tdp_access; one bit or several */
	uint32_t reserved;	    /**< 0 */
};

/**
 * @brief Map absent pages of a range to one contiguous stretch of host memory, by the largest legal leaves.
 * @param tree the tree
 * @param gpa start, in bytes
 * @param size bytes
 * @param hpa host address of gpa
 * @param attrs what to grant
 * @param op may be NULL; flags: EXCLUSIVE, LOG_DIRTY, PREFETCH, MAY_YIELD, DRY_RUN, OVER_NOTE
 * @return #TDP_OK; #TDP_SPURIOUS: all of it was mapped just so; #TDP_EXISTS: something else is at op->next; #TDP_NOMEM; #TDP_INVALID,
 * #TDP_RANGE, #TDP_UNSUPPORTED for what the format cannot express. [gpa, op->next) is done in every case.
 *
 * Never overwrites. "Just so" means the same address and granted attributes; Accessed, Dirty, tdp_protect() and the level do not
 * count. Owes no flush, except when a gather of another call is still open on the tree: then each new entry is flushed first. Calls
 * memtype, page_sync, table_clean; walker_barrier once.
 */
TDP_API TDP_CHECK enum tdp_result tdp_map(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, tdp_hpa_t hpa,
					  struct tdp_attrs attrs, struct tdp_op *op);

/**
 * @brief Map absent pages of a range to whatever a callback names: scattered or coloured memory.
 * @param tree the tree
 * @param gpa start, in bytes
 * @param size bytes
 * @param backing asked for each stretch: what is at gpa, for how long
 * @param arg for backing
 * @param op may be NULL; flags as tdp_map()
 * @return as tdp_map(); #TDP_ABSENT if the callback refuses at op->next; #TDP_INVALID if it answers with a misaligned address or size.
 */
TDP_API TDP_CHECK enum tdp_result tdp_map_from(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, tdp_backing_fn backing,
					       void *arg, struct tdp_op *op);

/**
 * @brief Change the output address of present pages, the old one named: copy-on-write, migration, hooks.
 * @param tree the tree
 * @param gpa start, in bytes
 * @param size bytes
 * @param old_hpa where gpa must point now
 * @param new_hpa where it shall point
 * @param attrs what to grant
 * @param op may be NULL; flags: EXCLUSIVE, DRY_RUN
 * @return #TDP_OK; #TDP_RACE: op->next is not at its old address now, redo your copy; #TDP_ABSENT: nothing is mapped at op->next;
 * #TDP_BUSY; #TDP_NOMEM: a larger leaf must be split; #TDP_UNSUPPORTED: not expressible, or a break in a tree with
 * #TDP_TREE_NO_BREAK; #TDP_INVALID, #TDP_RANGE.
 *
 * Each page goes invalid, is flushed and only then points to its new place, on every format: the guest never sees two pages at once.
 * One flush per call (in a shared call per table), inside the call; page_sync is called for each leaf behind it. The old page is reported to the dirty hook if it was written; written pages stay dirty.
 * ABSENT does not say that nobody uses the page: another call may have put off its flush (tdp_op.gather).
 * Take write permission away (tdp_set_attrs()) before you copy: RACE tells of another address, not of writes since your copy.
 * After an error go on from op->next with both addresses as much further: from gpa again, the pages that moved already are RACE.
 */
TDP_API TDP_CHECK enum tdp_result tdp_replace(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, tdp_hpa_t old_hpa,
					      tdp_hpa_t new_hpa, struct tdp_attrs attrs, struct tdp_op *op);

/**
 * @brief Resolve one fault by one leaf: map, widen, or split for logging. Never narrows.
 * @param tree the tree
 * @param fault what happened and what may be mapped
 * @param op may be NULL; flags: EXCLUSIVE, LOG_DIRTY, PREFETCH, DRY_RUN, OVER_NOTE
 * @return #TDP_OK; #TDP_SPURIOUS: the entry already permits it; #TDP_PROTECTED: the backing does not grant the access, or
 * tdp_protect() keeps a write out: emulate; #TDP_EXISTS: another address or a note is there; #TDP_BUSY, #TDP_RACE: another thread has
 * the entry, or had it first: re-enter the guest; #TDP_STALE_ROOT; #TDP_NOMEM: at most #TDP_FAULT_TABLES are needed; #TDP_INVALID,
 * #TDP_RANGE, #TDP_UNSUPPORTED.
 *
 * A point operation that never yields and never allocates: an invalidation check made under the caller's lock just before stays
 * true. With #TDP_LOG_DIRTY the leaf is a page, writable only for a write, and a write to a huge leaf splits it first.
 * op->first and op->changed: address and size of the leaf that was made or widened. Widening owes no flush; a widened translation
 * that is still cached in its narrow form faults once more and finds #TDP_SPURIOUS. On Arm a fault on a present leaf, also a spurious one,
 * flushes its range on this CPU (tdp_flush.local), which may hold the translation that faulted. op->next: the faulting address.
 *
 * | what it says, or tdp_fault_fast() | what the handler does |
 * |---|---|
 * | OK, SPURIOUS | enters the guest again |
 * | RACE, BUSY | the same; or, outside locks and read sections, does what mm_ops.relax does, and tries again |
 * | ABSENT (tdp_fault_fast() only) | calls tdp_fault() |
 * | NOMEM | fills the cache up to #TDP_FAULT_TABLES, outside locks; begins again with the look at what backs the page |
 * | PROTECTED | emulates the access, or injects a fault |
 * | EXISTS | asks tdp_lookup(): a note is there; or what backs the page changed without tdp_zap() or tdp_replace(), a mistake |
 * | STALE_ROOT | drops the root, and loads another one (tdp_roots_get()) |
 * | INVALID, RANGE, UNSUPPORTED | stops: the backing, or the layout, is wrong |
 */
TDP_API TDP_CHECK enum tdp_result tdp_fault(struct tdp_tree *tree, const struct tdp_fault *fault, struct tdp_op *op);

/**
 * @brief Leave a note in not-present entries: an owner, MMIO, "present on demand".
 * @param tree the tree
 * @param gpa start, in bytes
 * @param size bytes
 * @param note below 1 << #TDP_NOTE_BITS; 0 erases
 * @param op may be NULL; flags: EXCLUSIVE, MAY_YIELD, DRY_RUN, NOTE_MISCONFIG, NOTE_VE
 * @return #TDP_OK; #TDP_SPURIOUS: already so; #TDP_EXISTS: a leaf is mapped at op->next; #TDP_NOMEM; #TDP_INVALID; #TDP_RANGE;
 * #TDP_UNSUPPORTED for the NOTE flags outside EPT.
 *
 * Whole spans are noted in one entry of any level; a finer operation on such a span later needs a table. A note replaces another.
 * tdp_zap() erases notes, tdp_trim() keeps tables that hold one. Nothing is flushed: no entry was or becomes valid.
 */
TDP_API TDP_CHECK enum tdp_result tdp_note(struct tdp_tree *tree, tdp_gpa_t gpa, uint64_t size, uint64_t note, struct tdp_op *op);

#ifdef __cplusplus
}
#endif
#endif
