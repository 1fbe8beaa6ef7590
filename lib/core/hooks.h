/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every call out of the library. These functions are the only indirect calls that an engine makes (tests/checks holds it to that),
 * so a format's code is straight-line but for them.
 */
#ifndef TDPMMU_CORE_HOOKS_H
#define TDPMMU_CORE_HOOKS_H

#include "broken.h"
#include "tree_impl.h"

enum flush_scope {
	FLUSH_LEAF,   /* leaves only */
	FLUSH_TABLES, /* cached upper levels too */
	FLUSH_LOCAL   /* leaves, on this CPU only */
};

/* [gpa, end); level -1: mixed. Does nothing while the tree is not live. */
void tdp_hook_flush(struct tree *t, void *user, tdp_gpa_t gpa, tdp_gpa_t end, int level, enum flush_scope scope);
void tdp_hook_flush_all(struct tree *t, void *user);
void tdp_hook_walker_barrier(const struct tree *t);
void tdp_hook_dirty(const struct tree *t, void *user, tdp_gpa_t gpa, uint64_t size);
void tdp_hook_page_sync(const struct tree *t, tdp_hpa_t hpa, uint64_t size, bool data, bool exec);
uint8_t tdp_hook_memtype(const struct tree *t, tdp_gpa_t gpa, tdp_hpa_t hpa, uint64_t size, uint64_t *uniform);
void tdp_hook_table_clean(const struct tree *t, const void *va, size_t bytes);
void *tdp_hook_table_map(const struct tree *t, tdp_hpa_t table, unsigned level, tdp_gpa_t gpa);
void tdp_hook_table_unmap(const struct tree *t, void *va);
/* Back to the embedder, or to the pool. */
void tdp_hook_table_free(struct tree *t, void *va, tdp_hpa_t hpa);
void tdp_hook_warn(const struct tree *t, const char *what, const struct tdp_visit *where);
void tdp_hook_read_lock(const struct tree *t);
void tdp_hook_read_unlock(const struct tree *t);
void tdp_hook_defer(struct tree *t, void (*fn)(struct tdp_rcu_head *));
void tdp_hook_relax(const struct tree *t, void *user);
bool tdp_hook_should_yield(const struct tree *t, void *user);
void tdp_hook_yield(const struct tree *t, void *user);
void tdp_hook_kick(const struct tree *t, void *user);
/* Nobody holds this tree of a set any more. */
void tdp_hook_last_drop(struct tree *t);
enum tdp_verdict tdp_call_visitor(tdp_visit_fn fn, void *arg, struct tdp_visit *visit);
bool tdp_call_backing(tdp_backing_fn fn, void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out);
void tdp_call_report(tdp_report_fn fn, void *arg, unsigned invariant, const struct tdp_visit *where);

/* Do these make an RCU? NULL: none. */
TDP_INLINE bool rcu_is_whole(const struct tdp_rcu *rcu)
{
	return !rcu || (rcu->size == sizeof(*rcu) && rcu->reserved == 0 && !rcu->read_lock == !rcu->read_unlock && rcu->defer &&
			rcu->barrier);
}

/* Reach a linked table whose entries are of this level. */
TDP_INLINE tdp_spte_t *table_get(const struct tree *t, tdp_hpa_t hpa, unsigned level, tdp_gpa_t gpa)
{
	if (tdp_unlikely(t->table_map != NULL))
		return tdp_hook_table_map(t, hpa, level, gpa);
	return (tdp_spte_t *)(uintptr_t)(hpa + t->va_offset);
}

TDP_INLINE void table_put(const struct tree *t, tdp_spte_t *va)
{
	if (tdp_unlikely(t->table_map != NULL))
		tdp_hook_table_unmap(t, va);
}

/* Entries became valid: walkers see them when this returns. */
TDP_INLINE void walker_barrier(const struct tree *t)
{
	if (tdp_unlikely(t->ops->walker_barrier != NULL))
		tdp_hook_walker_barrier(t);
}

/* A page is about to appear. */
TDP_INLINE void page_sync(const struct tree *t, tdp_hpa_t hpa, uint64_t size, bool data, bool exec)
{
	if (tdp_unlikely(t->ops->page_sync != NULL))
		tdp_hook_page_sync(t, hpa, size, data, exec);
}

TDP_INLINE void table_clean(const struct tree *t, const void *va, size_t bytes)
{
	if (tdp_unlikely(t->ops->table_clean != NULL))
		tdp_hook_table_clean(t, va, bytes);
}

/*
 * Entries that this call only looked at. Another one may have changed them and not cleaned them yet: whoever flushes for them, says that they
 * are so, or works in a table that they lead to, cleans them first (R13).
 */
TDP_INLINE void table_clean_seen(const struct tree *t, bool shared, const void *va, size_t bytes)
{
	if (tdp_unlikely(t->ops->table_clean != NULL) && shared)
		tdp_hook_table_clean(t, va, bytes);
}

#endif
