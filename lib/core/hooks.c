/* SPDX-License-Identifier: BSD-2-Clause */
#include "hooks.h"

void tdp_hook_flush(struct tree *t, void *user, tdp_gpa_t gpa, tdp_gpa_t end, int level, enum flush_scope scope)
{
	struct tdp_flush f = {
		.tree = tree_public(t),
		.gpa = gpa,
		.size = end - gpa,
		.level = (int8_t)level,
		.tables = scope == FLUSH_TABLES,
		.local = scope == FLUSH_LOCAL,
	};

	if (t->live)
		t->ops->flush(t->ctx, user, &f);
}

void tdp_hook_flush_all(struct tree *t, void *user)
{
	struct tdp_flush f = {.tree = tree_public(t), .level = -1, .tables = 1};

	if (t->live)
		t->ops->flush(t->ctx, user, &f);
}

void tdp_hook_walker_barrier(const struct tree *t)
{
	t->ops->walker_barrier(t->ctx);
}

void tdp_hook_dirty(const struct tree *t, void *user, tdp_gpa_t gpa, uint64_t size)
{
	if (t->ops->dirty)
		t->ops->dirty(t->ctx, user, gpa, size);
}

void tdp_hook_page_sync(const struct tree *t, tdp_hpa_t hpa, uint64_t size, bool data, bool exec)
{
	if (data || exec)
		t->ops->page_sync(t->ctx, hpa, size, data, exec);
}

uint8_t tdp_hook_memtype(const struct tree *t, tdp_gpa_t gpa, tdp_hpa_t hpa, uint64_t size, uint64_t *uniform)
{
	return t->ops->memtype(t->ctx, gpa, hpa, size, uniform);
}

void tdp_hook_table_clean(const struct tree *t, const void *va, size_t bytes)
{
	t->ops->table_clean(t->ctx, va, bytes);
}

void *tdp_hook_table_map(const struct tree *t, tdp_hpa_t table, unsigned level, tdp_gpa_t gpa)
{
	return t->ops->table_map(t->ctx, table, level, gpa);
}

void tdp_hook_table_unmap(const struct tree *t, void *va)
{
	if (t->ops->table_unmap)
		t->ops->table_unmap(t->ctx, va);
}

void tdp_hook_table_free(struct tree *t, void *va, tdp_hpa_t hpa)
{
	/* Where tables are mapped for a moment only, va is gone already. */
	struct tdp_table table = {.va = t->ops->table_unmap ? NULL : va, .hpa = hpa};

	if (t->ops->table_free)
		t->ops->table_free(t->ctx, &table);
	else
		tdp_cache_give(t->pool, &table);
}

void tdp_hook_warn(const struct tree *t, const char *what, const struct tdp_visit *where)
{
	if (t->ops->warn)
		t->ops->warn(t->ctx, what, where);
}

void tdp_hook_read_lock(const struct tree *t)
{
	t->read_lock(t->rcu_ctx);
}

void tdp_hook_read_unlock(const struct tree *t)
{
	t->read_unlock(t->rcu_ctx);
}

void tdp_hook_defer(struct tree *t, void (*fn)(struct tdp_rcu_head *))
{
	t->rcu->defer(t->rcu_ctx, &t->retire.rcu_head, fn);
}

void tdp_hook_relax(const struct tree *t, void *user)
{
	if (t->ops->relax)
		t->ops->relax(t->ctx, user);
}

bool tdp_hook_should_yield(const struct tree *t, void *user)
{
	return t->ops->should_yield && t->ops->should_yield(t->ctx, user);
}

void tdp_hook_yield(const struct tree *t, void *user)
{
	t->ops->yield(t->ctx, user);
}

void tdp_hook_kick(const struct tree *t, void *user)
{
	t->ops->kick(t->ctx, user, tree_public(t));
}

void tdp_hook_last_drop(struct tree *t)
{
	t->set.last_drop(t);
}

enum tdp_verdict tdp_call_visitor(tdp_visit_fn fn, void *arg, struct tdp_visit *visit)
{
	return fn(arg, visit);
}

bool tdp_call_backing(tdp_backing_fn fn, void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out)
{
	return fn(arg, gpa, size, out);
}

void tdp_call_report(tdp_report_fn fn, void *arg, unsigned invariant, const struct tdp_visit *where)
{
	if (fn)
		fn(arg, invariant, where);
}
