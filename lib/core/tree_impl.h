/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the opaque words of struct tdp_tree, tdp_cache and tdp_gather hold.
 */
#ifndef TDPMMU_CORE_TREE_IMPL_H
#define TDPMMU_CORE_TREE_IMPL_H

#include <tdpmmu/map.h>
#include <tdpmmu/tree.h>
#include <tdpmmu/zap.h>

#include "fmt.h"

/* ---- tree ---- */

/* Tables that wait for a grace period (retire.h). */
struct retire {
	tdp_hpa_t head; /* RETIRE_IDLE, RETIRE_ARMED, or the first of a chain that waits while another one is in its grace period */
	tdp_hpa_t in_gp; /* first of the chain whose grace period runs; whoever armed, then the callback, owns it */
	struct tdp_rcu_head rcu_head;
};

/* Which of a set's trees it is (roots.c): of a role what is not in the layout or the engine. */
struct root_role {
	uint32_t space, mode, flags;
	bool private; /* one vCPU's: never found by its role */
};

/* The place of a tree in a set of roots (refs.h, roots.c). All zeroes: it stands alone. */
struct root_links {
	struct roots *roots;
	struct tree *next;
	void (*last_drop)(struct tree *t); /* called when nobody holds it any more */
	uint32_t refs;			   /* 0: on its way out, never to be held again */
	uint32_t kicked;		   /* since it became invalid every CPU has left it */
	uint32_t reaped;		   /* all of its slots are DEAD, and the set holds it no more */
	struct tdp_rcu_head gone;
};

/* tdp_fault() of a tree. */
typedef enum tdp_result fault_fn(struct tree *t, const struct tdp_fault *fault, struct tdp_op *op);

struct tree {
	/* Read by every walk. */
	const struct tdp_engine *engine;
	fault_fn *fault; /* of the engine's, the one that fits this tree */
	tdp_spte_t *root;
	uint64_t va_offset;
	uint64_t table_mask; /* a table's address in the entry that leads to it */
	uint64_t gpa_end;    /* 1 << gpa_bits */
	uint64_t hpa_end;    /* 1 << hpa_bits */
	uint64_t page_mask;  /* granule - 1 */
	uint64_t fault_mask; /* and bits that no address has */
	void *(*table_map)(void *, tdp_hpa_t, unsigned, tdp_gpa_t);
	const struct tdp_mm_ops *ops;
	void *ctx;
	tdp_spte_t w_grant; /* what opens a leaf for writing in this tree, at level 0 */
	tdp_spte_t armed;   /* what a leaf loses that was written, so that the next write is seen: Dirty, or W too */
	/* A plain page (write-back, no flags) without its address, by page_kind(): accessed, open for writing if W. 0: cannot be said. */
	tdp_spte_t page_leaf[2 * (TDP_RWX + 1)];
	struct tdp_layout layout;
	struct tdp_cache *pool;
	struct tdp_table root_table;
	uint32_t flags, tag;
	bool live; /* hardware may be walking it: removals flush, entries may be changing */
	bool ready;
	bool far;		   /* tables must be mapped to be seen, or the tree is not as deep as most of its format */
	bool long_way;		   /* tables must be mapped to be seen, or cleaned to be walked: no quick way to map a page */
	bool hooks;		   /* there is a hook to call where a leaf appears, or to reach a table, or company */
	bool shared;		   /* calls without TDP_EXCLUSIVE have company */
	bool careful;		   /* a call enters and leaves: read sections, or callers are being counted */
	const struct tdp_rcu *rcu; /* NULL: a shared call frees no table */
	void *rcu_ctx;
	void (*read_lock)(void *rcu_ctx); /* the RCU's, or one that does nothing; so is read_unlock */
	void (*read_unlock)(void *rcu_ctx);
	struct root_role role; /* in a set */
	uint32_t invalid;      /* 1: leave it (refs.h); written once, read at every entry of a vCPU */
	/* Open gathers (R12): own line, because every install of a shared call reads it. */
	uint32_t gathers __attribute__((aligned(64)));
	/* Own line, because calls that free tables write it. */
	struct retire retire __attribute__((aligned(64)));
	uint32_t callers; /* inside now; counted only with TDP_CHECK_CALLERS */
	struct root_links set;
};
_Static_assert(sizeof(struct tree) <= sizeof(struct tdp_tree), "the opaque tree must hold the real one");
_Static_assert(_Alignof(struct tree) <= _Alignof(struct tdp_tree), "and be aligned like it");

TDP_INLINE struct tree *tree_of(const struct tdp_tree *tree)
{
	return (struct tree *)(uintptr_t)tree;
}

TDP_INLINE struct tdp_tree *tree_public(const struct tree *t)
{
	return (struct tdp_tree *)(uintptr_t)t;
}

/* Which plain page: granted prot, and in the second half of page_leaf if access (tdp_access) writes it now. */
TDP_INLINE unsigned page_kind(unsigned prot, uint32_t access)
{
	return prot + (access & TDP_WRITE) * ((TDP_RWX + 1) / TDP_WRITE);
}

/* A flag of tdp_op.flags that no caller gives: a dry run that counts what another call has not done. A pause ends it. */
#define OP_REST UINT32_C(0x80000000)

/* May other threads be inside during this call? */
TDP_INLINE bool op_shared(const struct tree *t, const struct tdp_op *op)
{
	return t->shared && !(op->flags & TDP_EXCLUSIVE);
}

/* ---- cache: a list threaded through the spare tables themselves ---- */

struct cache_node {
	struct cache_node *next;
	tdp_hpa_t hpa;
	void *aux;
};

struct cache {
	struct cache_node *head;
	uint64_t count;
};
_Static_assert(sizeof(struct cache) <= sizeof(struct tdp_cache), "the opaque cache must hold the real one");

TDP_INLINE struct cache *cache_of(const struct tdp_cache *cache)
{
	return (struct cache *)(uintptr_t)cache;
}

/* Where a call takes its tables. May be NULL: no tables at all. The pool is for those who are alone. */
TDP_INLINE struct tdp_cache *op_cache(const struct tree *t, const struct tdp_op *op)
{
	return op->cache || op_shared(t, op) ? op->cache : t->pool;
}

TDP_INLINE unsigned op_cache_count(const struct tree *t, const struct tdp_op *op)
{
	const struct tdp_cache *cache = op_cache(t, op);

	return cache ? (unsigned)cache_of(cache)->count : 0;
}

/* Room is guaranteed by an earlier op_cache_count(). */
TDP_INLINE void cache_pop(struct cache *c, struct tdp_table *out)
{
	struct cache_node *node = c->head;

	out->va = node;
	out->hpa = node->hpa;
	out->aux = node->aux;
	c->head = node->next;
	c->count--;
}

#endif
