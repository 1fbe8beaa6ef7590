/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * @brief Layer 2b: one tree of tables. Its life, its register value, deferred flushes, and the context of one call.
 *
 * Calls on a tree made with tdp_config.rcu, or with #TDP_TREE_KEEP_TABLES, are **shared**: any number of threads may be inside. A call
 * with #TDP_EXCLUSIVE is the caller's promise that nobody else is, readers included; it costs less. On any other tree every call is
 * **exclusive**: the embedder guarantees that at most one is inside at a time, lookups included (a lock, a single thread, stopped
 * vCPUs). Hardware may walk the tables and set Accessed and Dirty in either case. tdp_tree_init() to tdp_tree_fini(), tdp_verify() and
 * tdp_dump() are exclusive always.
 *
 * What a shared call does when it meets an entry that another thread has frozen: tdp_fault(), tdp_fault_fast(), tdp_lookup(),
 * tdp_replace() and tdp_visit_set() return #TDP_BUSY; tdp_trim() leaves that table; tdp_promote() leaves that region; tdp_age() and
 * tdp_count() pass over it; other range operations leave the read section, call mm_ops.relax and go on from there, or return
 * #TDP_BUSY at op->next if there is no relax hook. A call with #TDP_MAY_YIELD that shall pause returns #TDP_STOPPED at op->next if
 * there is no yield hook. Both hold for every such call; a function's list of results names what is special to it. A lost race
 * inside a range operation is looked at again.
 */
#ifndef TDPMMU_TREE_H
#define TDPMMU_TREE_H

#include <tdpmmu/memory.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The code for one format; its own object file, so a codec user never links it. */
struct tdp_engine;
extern TDP_API const struct tdp_engine tdp_ept_noad_engine;    /**< engine of ::tdp_ept_noad */
extern TDP_API const struct tdp_engine tdp_ept_engine;	       /**< engine of ::tdp_ept */
extern TDP_API const struct tdp_engine tdp_npt_engine;	       /**< engine of ::tdp_npt */
extern TDP_API const struct tdp_engine tdp_npt_pae_engine;     /**< engine of ::tdp_npt_pae */
extern TDP_API const struct tdp_engine tdp_s2_4k_engine;       /**< engine of ::tdp_s2_4k */
extern TDP_API const struct tdp_engine tdp_s2_16k_engine;      /**< engine of ::tdp_s2_16k */
extern TDP_API const struct tdp_engine tdp_s2_64k_engine;      /**< engine of ::tdp_s2_64k */
extern TDP_API const struct tdp_engine tdp_s2_4k_lpa2_engine;  /**< engine of ::tdp_s2_4k_lpa2 */
extern TDP_API const struct tdp_engine tdp_s2_16k_lpa2_engine; /**< engine of ::tdp_s2_16k_lpa2 */
extern TDP_API const struct tdp_engine tdp_s2_64k_lpa_engine;  /**< engine of ::tdp_s2_64k_lpa */
extern TDP_API const struct tdp_engine tdp_generic_engine;     /**< any format, slower: for formats defined outside the library */

/** How a tree behaves. */
enum tdp_tree_flag {
	TDP_TREE_KEEP_TABLES = 1, /**< calls are shared without RCU: only exclusive calls free tables */
	TDP_TREE_NO_BREAK = 2,	  /**< never a break-before-make window (devices use the tree): refuse with #TDP_UNSUPPORTED */
	/** Do not log writes by D bits, though hardware has them (nested roots): a page open for writing counts as written. */
	TDP_TREE_LOG_BY_WRITE_PROTECT = 4
};

/** What a tree is made of. */
struct tdp_config {
	const struct tdp_engine *engine; /**< must fit layout->format */
	const struct tdp_layout *layout; /**< copied */
	const struct tdp_mm_ops *ops;	 /**< the hooks; must outlive the tree */
	void *ctx;			 /**< for the hooks */
	const struct tdp_rcu *rcu; /**< makes calls shared; must outlive the tree; NULL (and no KEEP_TABLES): all are exclusive */
	void *rcu_ctx;		   /**< for rcu */
	struct tdp_table root;	   /**< tdp_root_size() bytes, so aligned; init overwrites it, fini hands it back */
	/** Tables for exclusive calls without op->cache; where freed tables go without table_free. Must outlive the tree. */
	struct tdp_cache *pool;
	uint32_t flags; /**< ::tdp_tree_flag */
	uint32_t tag;	/**< VMID, ASID ...: for the flush hook, see tdp_tree_tag() */
};

/**
 * @brief Make an empty tree.
 * @param tree memory of the caller's, 64-byte aligned; its old contents do not matter
 * @param config how; not retained, but what engine, ops, rcu and pool point to is
 * @return
 *  - #TDP_OK
 *  - #TDP_INVALID: no engine, layout, flush hook or root; a misaligned tree or root; a root that is not at
 *    root.hpa + va_offset though table_map is NULL; an engine of another format; an unknown flag; a structure of
 *    another size; leaf_levels with a gap, or without pages; an RCU that is not whole; no table_free, though there is
 *    an RCU, a table_unmap, or no pool
 *  - #TDP_RANGE: the root lies beyond hpa_bits, or at or above an address bit in entry_or
 *  - #TDP_UNSUPPORTED: a reserved hook
 *
 * Overwrites the root with empty entries. Calls table_clean, nothing else.
 */
TDP_API TDP_CHECK enum tdp_result tdp_tree_init(struct tdp_tree *tree, const struct tdp_config *config);

/**
 * @brief Go live: from now on removals flush. The only source of the register value.
 * @param tree the tree
 * @param out what to write to the machine
 * @return #TDP_OK; #TDP_INVALID for a tree that is not initialised. Idempotent. Calls walker_barrier.
 */
TDP_API TDP_CHECK enum tdp_result tdp_tree_load(struct tdp_tree *tree, struct tdp_regs *out);

/**
 * @brief The register values of a live tree.
 * @param tree the tree
 * @param out the values
 * @return #TDP_OK; #TDP_INVALID while it is not loaded
 */
TDP_API TDP_CHECK enum tdp_result tdp_tree_regs(const struct tdp_tree *tree, struct tdp_regs *out);

/**
 * @brief The caller's promise that no CPU or device uses the tree any more.
 * @param tree the tree
 * @param user for the flush hook
 *
 * Flushes everything of the tree once; without effect if it is not loaded.
 */
TDP_API void tdp_tree_unload(struct tdp_tree *tree, void *user);

/**
 * @brief Free every table below the root and forget the tree.
 * @param tree the tree; unloaded, else it warns and unloads itself
 * @param root the root table, the caller's again; may be NULL
 *
 * Nothing is reported dirty: zap first if you need to know. Calls table_free, or fills the pool.
 */
TDP_API void tdp_tree_fini(struct tdp_tree *tree, struct tdp_table *root);

/**
 * @brief The tag given at init: VMID, ASID.
 * @param tree the tree
 * @return tdp_config.tag
 */
TDP_API uint32_t tdp_tree_tag(const struct tdp_tree *tree);
/**
 * @brief The layout of a tree.
 * @param tree the tree
 * @return its layout, valid as long as the tree
 */
TDP_API const struct tdp_layout *tdp_tree_layout(const struct tdp_tree *tree);
/**
 * @brief Whether an external roll-back failed.
 * @param tree the tree
 * @return false in this version
 */
TDP_API bool tdp_tree_broken(const struct tdp_tree *tree);

/**
 * Flushes of *leaves* put off. All zeroes = empty. Belongs to the thread that fills it, which also flushes it, and not to one tree:
 * needs of several trees add up. Removing tables, tdp_replace() and every break-before-make flush inside the call all the same. A
 * gather that is full (4 trees, 24 dirty records) is flushed early by the operation. Dropped unflushed it leaves stale translations.
 * The dirty hook for what it holds runs inside tdp_gather_flush(), after the flush.
 */
struct tdp_gather {
	uint64_t opaque[64]; /**< private */
};

/**
 * @brief Flush what a gather holds: one flush hook call per tree, then the dirty reports.
 * @param gather the gather; empty afterwards
 * @param user for the hooks
 */
TDP_API void tdp_gather_flush(struct tdp_gather *gather, void *user);

/** Modifies one call. A flag that an operation does not know is #TDP_INVALID. */
enum tdp_op_flag {
	TDP_EXCLUSIVE = 1,    /**< promise: nobody else is inside this tree. Implied without RCU and KEEP_TABLES */
	TDP_OVERZAP = 2,      /**< zap: a leaf that sticks out goes whole (for embedders that refault) */
	TDP_SKIP_PARTIAL = 4, /**< zap, set_attrs: leave leaves that stick out; the default is to split them */
	TDP_MAY_YIELD = 8,    /**< every range operation but replace: pause when mm_ops.should_yield says so */
	TDP_LOG_DIRTY =
		16,	   /**< fault, fault_fast, map, set_attrs: writes are being logged: page level, writable only for a write */
	TDP_PREFETCH = 32, /**< fault, map: not accessed yet */
	TDP_DRY_RUN = 64,  /**< change nothing; op->tables = tables this call needs now; result: what would stop it, or OK */
	TDP_ZAP_LEAVES = 128,	  /**< zap: keep every table, also where the range covers it */
	TDP_OVER_NOTE = 256,	  /**< map, fault: a note counts as absent */
	TDP_NOTE_MISCONFIG = 512, /**< note: as an EPT misconfiguration; #TDP_UNSUPPORTED elsewhere */
	TDP_NOTE_VE = 1024	  /**< note: convertible to \#VE (EPT); #TDP_UNSUPPORTED elsewhere */
};

/** Why tdp_promote() leaves a region as it is. */
enum tdp_refusal {
	TDP_REFUSED_HOLE,      /**< a page is absent, or a note */
	TDP_REFUSED_SCATTERED, /**< its pages are not one stretch of host memory, aligned for a leaf of that size */
	TDP_REFUSED_UNLIKE,    /**< its pages differ in what is granted, protected, or in memory type, flags or caller's bits */
	TDP_REFUSED_BUSY,      /**< another thread is at work there, or something changed meanwhile */
	TDP_REFUSED_BACKING,   /**< the backing said no, or names something else than its pages map */
	TDP_REFUSALS	       /**< how many reasons there are */
};

/** Counts that calls add to. Belongs to one thread at a time, or to one call. */
struct tdp_stats {
	uint64_t promoted;		/**< regions that became a leaf */
	uint64_t split;			/**< leaves that became a table, in tdp_split() */
	uint64_t refused[TDP_REFUSALS]; /**< regions that were left, by ::tdp_refusal */
};

/** One call's context. Where a function says "op may be NULL", NULL means all zeroes. */
struct tdp_op {
	uint32_t flags;		 /**< ::tdp_op_flag */
	uint8_t max_level_plus1; /**< map, fault: highest leaf level + 1; 0: no limit */
	uint8_t batch_lg2; /**< zap with #TDP_ZAP_LEAVES (at most 16), promote (9): log2 of the tables per flush; 0: 32 tables */
	uint8_t pad[2];	   /**< 0 */
	struct tdp_cache *cache;   /**< where tables come from; NULL: tdp_config.pool, in a shared call none */
	struct tdp_gather *gather; /**< put off leaf flushes; NULL: flushed on return */
	void *user;		   /**< for the hooks */
	struct tdp_stats *stats;   /**< split, promote: counts are added here; NULL: nobody counts */
	tdp_gpa_t next;	 /**< out: first address not finished; with OVERZAP it may lie beyond the range; after a dry run anything */
	tdp_gpa_t first; /**< out: lowest address touched; below gpa with OVERZAP, or if tdp_protect() met a leaf that sticks out */
	uint64_t changed; /**< out: bytes whose mapping changed */
	/** out: NOMEM: tables that are surely enough in addition (with MAY_YIELD: as far as should_yield let it count, at least 1);
	 * DRY_RUN: tables needed */
	uint32_t tables;
	int32_t external; /**< out: the external hook's code */
};

#ifdef __cplusplus
}
#endif
#endif
