/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * @brief What the embedder supplies: table memory, address translation, TLB flushes (::tdp_mm_ops), and caches of spare tables.
 */
#ifndef TDPMMU_MEMORY_H
#define TDPMMU_MEMORY_H

#include <tdpmmu/view.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A piece of memory that holds, or may hold, a table. */
struct tdp_table {
	void *va;      /**< where the library reaches it before it is linked */
	tdp_hpa_t hpa; /**< where hardware finds it; a multiple of 4 KiB (root: of tdp_root_size()) */
	void *aux;     /**< the embedder's; comes back from tdp_cache_take(), not with table_free */
};

/**
 * Spare tables. All zeroes = empty. Owned by one caller at a time; movable while idle. A cached table's own memory holds the list
 * (32 bytes at its start), so its contents are scratch. The table given last is taken first. An operation that would link a table
 * which is not at a 4 KiB boundary returns #TDP_INVALID, or #TDP_RANGE if it lies where no leaf could (tdp_layout.hpa_bits).
 */
struct tdp_cache {
	uint64_t opaque[8]; /**< private */
};

/** A tree of tables; see tree.h. Never copied or moved between init and fini. */
struct tdp_tree {
	uint64_t opaque[96]; /**< private */
} __attribute__((aligned(64)));

/**
 * What must leave the TLBs before the flush hook returns: every translation that overlaps the range, of whatever size. Ranges may be huge
 * (a zap of everything): beyond some size flush everything instead.
 */
struct tdp_flush {
	const struct tdp_tree *tree; /**< which tree: tdp_tree_tag(), tdp_tree_regs() */
	tdp_gpa_t gpa;		     /**< first address, in bytes */
	uint64_t size;		     /**< bytes; 0: everything of this tree */
	/** Every entry was a leaf of this level when it went; -1: mixed or unknown. A hint for Arm's TTL: on x86 a split flushes nothing,
	 * so a translation of the larger leaf may still be cached. */
	int8_t level;
	uint8_t tables; /**< 1: cached upper levels too (gpa and size then cover the whole span of each removed table) */
	uint8_t local;	/**< 1: only this CPU needs it */
	uint8_t pad[5]; /**< 0 */
};

/** Steps of a change to an external tree; reserved for a later version. */
enum tdp_change_kind {
	TDP_CHANGE_LINK,    /**< a table appears */
	TDP_CHANGE_MAP,	    /**< a leaf appears */
	TDP_CHANGE_BLOCK,   /**< no new translation through this entry; before the flush */
	TDP_CHANGE_UNBLOCK, /**< undo BLOCK */
	TDP_CHANGE_REMOVE,  /**< the leaf goes; after the flush */
	TDP_CHANGE_SPLIT,   /**< a leaf becomes a table */
	TDP_CHANGE_PROMOTE, /**< a table becomes a leaf */
	TDP_CHANGE_UNLINK   /**< an empty table goes */
};

/** One step of a change to an external tree. */
struct tdp_change {
	tdp_gpa_t gpa;		       /**< first address of the entry's span */
	uint8_t kind;		       /**< ::tdp_change_kind */
	uint8_t level;		       /**< of the entry */
	uint8_t pad[6];		       /**< 0 */
	struct tdp_entry before;       /**< the old entry */
	struct tdp_entry after;	       /**< the new entry */
	const struct tdp_table *table; /**< LINK, SPLIT: the new table with its aux */
};

/**
 * The embedder's hooks. Must outlive the tree. ctx is tdp_config.ctx (the VM), user is tdp_op.user (the vCPU, the lock mode ...).
 * A hook that may be NULL says so.
 */
struct tdp_mm_ops {
	uint32_t size;	    /**< sizeof(struct tdp_mm_ops) */
	uint32_t reserved;  /**< 0 */
	uint64_t va_offset; /**< va = hpa + va_offset (modulo 2^64), used while table_map is NULL */
	/** Reach a table of the tree by its address. level is that of its entries; gpa is only a hint, and 0 where it is not known any
	 * more: the table may have been unlinked already, by this call or another. A caller holds at most one per level and releases them in
	 * LIFO order; where rcu.defer calls back is a caller, too, with windows of its own. NULL: va_offset. */
	void *(*table_map)(void *ctx, tdp_hpa_t table, unsigned level, tdp_gpa_t gpa);
	/** Undo table_map. NULL: nothing to undo. */
	void (*table_unmap)(void *ctx, void *va);
	/** Allocate one table of tdp_table_size() bytes at a 4 KiB boundary; contents do not matter. Called by tdp_cache_fill()
	 * only. false: no memory. NULL: tables come from tdp_cache_give() only. */
	bool (*table_alloc)(void *ctx, void *user, struct tdp_table *out);
	/** The table is unreachable and flushed: reuse it. Its va is where the library reached it last, NULL if there is a
	 * table_unmap hook; aux is NULL. NULL: it goes back to tdp_config.pool, which does not work with table_unmap. */
	void (*table_free)(void *ctx, const struct tdp_table *table);
	/** Flush; stores that the caller has made or seen become visible to walkers first, complete when it returns (arm64: DSB ISH;
	 * TLBI; DSB ISH; ISB). Called only between tdp_tree_load() and tdp_tree_unload(). Required. */
	void (*flush)(void *ctx, void *user, const struct tdp_flush *flush);
	/** After entries became valid or let through more, before the call returns (arm64: DSB ISHST). NULL: not needed (x86). */
	void (*walker_barrier)(void *ctx);
	/** Write entries back to memory for walkers that do not snoop; also entries that another call has changed and not cleaned yet. NULL:
	 * coherent. */
	void (*table_clean)(void *ctx, const void *va, size_t bytes);
	/** Before a leaf appears: data = clean and invalidate the page's data, exec = make instruction fetch see it. NULL: not
	 * needed. */
	void (*page_sync)(void *ctx, tdp_hpa_t hpa, uint64_t size, bool data, bool exec);
	/** The memory type at gpa/hpa, asked for #TDP_MT_ASK only. *uniform: over how many of the size bytes it stays the same,
	 * a multiple of the granule, not 0 (else #TDP_INVALID). NULL: TDP_MT_ASK is #TDP_INVALID. */
	uint8_t (*memtype)(void *ctx, tdp_gpa_t gpa, tdp_hpa_t hpa, uint64_t size, uint64_t *uniform);
	/** The guest may have written [gpa, gpa + size), which is being unmapped or moved. Called after the flush. user may be NULL.
	 * Must not sleep. NULL: dirty state of what is zapped is dropped. */
	void (*dirty)(void *ctx, void *user, tdp_gpa_t gpa, uint64_t size);
	/** Called in every wait loop of a shared call, outside the read section where possible: acknowledge flush requests of other
	 * CPUs here, or just pause. NULL: a range operation that meets an entry frozen by somebody else returns #TDP_BUSY at op->next
	 * instead of waiting. */
	void (*relax)(void *ctx, void *user);
	/** Every CPU that is inside this tree leaves it, drops what it has cached of it, and enters again only through
	 * tdp_roots_enter(); done when it returns. NULL: tdp_roots_reap() flushes each root entry instead. */
	void (*kick)(void *ctx, void *user, const struct tdp_tree *tree);
	/** Shall this operation pause? Asked after each table's worth of work of a call with #TDP_MAY_YIELD. NULL: never. */
	bool (*should_yield)(void *ctx, void *user);
	/** Drop and retake the caller's lock. Nothing is frozen, nothing is owed and no read section is held meanwhile. NULL: the call
	 * returns #TDP_STOPPED at op->next instead. */
	void (*yield)(void *ctx, void *user);
	/** External (mirrored) tables. Reserved: must be NULL in this version. */
	int (*external)(void *ctx, void *user, const struct tdp_change *change);
	/** Something is wrong that the call cannot report. NULL: silent. */
	void (*warn)(void *ctx, const char *what, const struct tdp_visit *where);
};

/** A deferred callback of the embedder's RCU. */
struct tdp_rcu_head {
	void *opaque[4]; /**< the embedder's */
};

/**
 * The embedder's RCU as hooks: what makes a tree's calls shared. lib/urcu has them for liburcu.
 *
 * read_lock and read_unlock may both be NULL: the caller is then in a read section whenever it calls an operation on the tree, because it
 * has entered one itself, or because it counts as a reader until it says otherwise (QSBR between two quiescent states). Each fault saves two
 * calls by that. yield, relax, and a should_yield that answers true, may still end that section and begin another; while it answers false
 * the call goes on in the tables that it holds. The end of a tree (tdp_tree_fini(),
 * tdp_roots_fini()) waits for readers: outside a section that was entered by hand, always.
 */
struct tdp_rcu {
	uint32_t size;			/**< sizeof(struct tdp_rcu) */
	uint32_t reserved;		/**< 0 */
	void (*read_lock)(void *ctx);	/**< enter a read section; may nest in the caller's own. NULL: see above */
	void (*read_unlock)(void *ctx); /**< leave it; NULL if read_lock is */
	/** Call fn(head) after every read section that is open now has been left. Callable from inside fn; the head lies in the tree,
	 * and at most one is in flight per tree. fn calls table_free. */
	void (*defer)(void *ctx, struct tdp_rcu_head *head, void (*fn)(struct tdp_rcu_head *));
	/** Every fn deferred before the call has run. Tables that are retired while an fn is on its way wait for the next one:
	 * after three barriers all are free that were retired before the first. */
	void (*barrier)(void *ctx);
};

/**
 * @brief Put a table into a cache; ownership moves in.
 * @param cache the cache
 * @param table va and hpa are required; va must be writable, and where the library will look for hpa: va_offset, or table_map
 */
TDP_API void tdp_cache_give(struct tdp_cache *cache, const struct tdp_table *table);

/**
 * @brief Take a table out again; ownership moves out.
 * @param cache the cache
 * @param out the table
 * @return false: the cache is empty, *out is untouched
 */
TDP_API bool tdp_cache_take(struct tdp_cache *cache, struct tdp_table *out);

/**
 * @brief How many tables a cache holds.
 * @param cache the cache
 * @return their number
 */
TDP_API unsigned tdp_cache_count(const struct tdp_cache *cache);

/**
 * @brief Fill a cache up to count tables with ops->table_alloc.
 * @param cache the cache
 * @param count how many tables it shall hold at least, altogether; after #TDP_NOMEM that is tdp_cache_count() + op->tables
 * @param ops the hooks; need not belong to a tree yet
 * @param ctx for the hook
 * @param user for the hook
 * @return #TDP_OK; #TDP_NOMEM if the allocator refused (the cache keeps what it got); #TDP_INVALID if tables are missing and there
 * is no allocator.
 *
 * May sleep if table_alloc does: call it before taking locks. Operations never allocate.
 */
TDP_API TDP_CHECK enum tdp_result tdp_cache_fill(struct tdp_cache *cache, unsigned count, const struct tdp_mm_ops *ops, void *ctx,
						 void *user);

#ifdef __cplusplus
}
#endif
#endif
