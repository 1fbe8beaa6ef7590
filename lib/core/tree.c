/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a tree.
 */
#include "attrs.h"
#include "engine.h"
#include "gather.h"
#include "retire.h"

/* Hooks and features that later versions use: refused, not ignored. */
static bool reserved_hooks(const struct tdp_mm_ops *ops)
{
	return ops->external;
}

/* Host addresses end below hpa_bits and below any address bit that means something else (encryption). */
static uint64_t hpa_end(const struct tdp_layout *lay)
{
	uint64_t taken = lay->entry_or & layout_format(lay)->addr, width = UINT64_C(1) << lay->hpa_bits;
	uint64_t lowest = taken & (0 - taken);

	return taken && lowest < width ? lowest : width;
}

/* Whether a config can be a tree at all; result as tdp_tree_init() documents. */
static enum tdp_result check_config(const struct tdp_config *config)
{
	const struct tdp_mm_ops *ops = config->ops;
	const struct tdp_layout *lay = config->layout;
	const unsigned flags = TDP_TREE_KEEP_TABLES | TDP_TREE_NO_BREAK | TDP_TREE_LOG_BY_WRITE_PROTECT;

	if (!config->engine || !lay || !layout_format(lay) || !ops || ops->size != sizeof(*ops) || !ops->flush)
		return TDP_INVALID;
	if (config->engine->format && config->engine->format != lay->format)
		return TDP_INVALID;
	if ((config->flags & ~flags) || (!ops->table_free && (!config->pool || ops->table_unmap)))
		return TDP_INVALID;
	if (ops->reserved || ((uintptr_t)config->root.va & (sizeof(tdp_spte_t) - 1)))
		return TDP_INVALID;
	if (!config->root.va || (config->root.hpa & (tdp_root_size(lay) - 1)) ||
	    (!lay->format->root_per_vcpu && (config->root.hpa & 4095)))
		return TDP_INVALID;
	if (!rcu_is_whole(config->rcu) || (config->rcu && !ops->table_free))
		return TDP_INVALID;
	if (lay->leaf_levels != leaf_levels_joined(lay->leaf_levels) || !(lay->leaf_levels & 1))
		return TDP_INVALID;
	if (reserved_hooks(ops) || lay->gpa_or)
		return TDP_UNSUPPORTED;
	if (lay->format->root_per_vcpu && config->root.hpa > UINT32_MAX)
		return TDP_RANGE;
	if (config->root.hpa >= hpa_end(lay) || tdp_root_size(lay) > hpa_end(lay) - config->root.hpa)
		return TDP_RANGE;
	return ops->table_map || (uint64_t)(uintptr_t)config->root.va == config->root.hpa + ops->va_offset ? TDP_OK : TDP_INVALID;
}

/* What opens a leaf for writing in this tree, and what a plain page looks like. */
static void know_writes(struct tree *t, const struct tdp_format *fmt)
{
	bool by_hardware;

	if (t->flags & TDP_TREE_LOG_BY_WRITE_PROTECT)
		t->layout.features &= ~(uint32_t)TDP_CAP_HW_D;
	/* x86 sets Dirty whatever we want; there a grant that sets it at once leaves hardware nothing to tell. */
	by_hardware = fmt_hw_dirty(fmt, &t->layout) && !(t->flags & TDP_TREE_LOG_BY_WRITE_PROTECT);
	t->w_grant = by_hardware ? fmt->w_grant_hd : fmt->w_grant;
	t->armed = by_hardware ? fmt->d : fmt->d | fmt->w;
	for (unsigned prot = 1; prot <= TDP_RWX; prot++) {
		tdp_spte_t bits;

		if (fmt->encode(&t->layout, false, (struct tdp_attrs){.prot = (uint8_t)prot}, &bits) != TDP_OK)
			continue;
		bits |= fmt->a | (prot & TDP_W ? t->w_grant : 0) | t->layout.entry_or;
		t->page_leaf[page_kind(prot, 0)] = bits;
		t->page_leaf[page_kind(prot, TDP_WRITE)] = bits | fmt->d_write;
	}
}

/* A read section of a tree without RCU, or whose callers are in one anyway. */
static void no_section(void *rcu_ctx)
{
	(void)rcu_ctx;
}

/* The way through a fault that fits. */
static fault_fn *fault_way(const struct tree *t, bool hooks)
{
	if (hooks)
		return t->engine->fault_hooks;
	if (!t->shared)
		return t->engine->fault;
	return t->careful ? t->engine->fault_section : t->engine->fault_shared;
}

/* Which calls must take the long way. */
static void know_company(struct tree *t)
{
	const struct tdp_mm_ops *ops = t->ops;
	const bool sections = t->rcu && t->rcu->read_lock;
	const unsigned top = t->layout.top_level;
	bool hooks = ops->table_clean || ops->page_sync || ops->walker_barrier;

	t->far = ops->table_map || top != fmt_usual_top(t->layout.format, top);
	hooks = hooks || t->far;
	t->long_way = ops->table_map || ops->table_clean;
#ifdef TDP_CHECK_CALLERS
	hooks = t->careful = true;
#else
	t->careful = sections;
#endif
	t->hooks = hooks || t->shared;
	t->fault = fault_way(t, hooks);
	t->read_lock = sections ? t->rcu->read_lock : no_section;
	t->read_unlock = sections ? t->rcu->read_unlock : no_section;
}

enum tdp_result tdp_tree_init(struct tdp_tree *tree, const struct tdp_config *config)
{
	struct tree *t = tree_of(tree);
	const struct tdp_format *fmt;
	enum tdp_result r;

	if (!tree || !config || ((uintptr_t)tree & (_Alignof(struct tdp_tree) - 1)))
		return TDP_INVALID;
	r = check_config(config);
	if (r < 0)
		return r;
	fmt = config->layout->format;
	*t = (struct tree){
		.engine = config->engine,
		.root = config->root.va,
		.va_offset = config->ops->va_offset,
		.gpa_end = UINT64_C(1) << config->layout->gpa_bits,
		.hpa_end = hpa_end(config->layout),
		.page_mask = fmt_size(fmt, 0) - 1,
		.fault_mask = UINT64_C(3) << 62 | (fmt_size(fmt, 0) - 1),
		.table_map = config->ops->table_map,
		.ops = config->ops,
		.ctx = config->ctx,
		.layout = *config->layout,
		.pool = config->pool,
		.root_table = config->root,
		.flags = config->flags,
		.tag = config->tag,
		.ready = true,
		.shared = config->rcu || (config->flags & TDP_TREE_KEEP_TABLES),
		.rcu = config->rcu,
		.rcu_ctx = config->rcu_ctx,
		.retire = {.head = RETIRE_IDLE},
	};
	t->table_mask = fmt->addr & ~t->layout.entry_or;
	know_writes(t, fmt);
	know_company(t);
	t->engine->clear_root(t);
	return TDP_OK;
}

enum tdp_result tdp_tree_load(struct tdp_tree *tree, struct tdp_regs *out)
{
	struct tree *t = tree_of(tree);

	if (!t->ready)
		return TDP_INVALID;
	t->live = true;
	walker_barrier(t);
	return tdp_tree_regs(tree, out);
}

enum tdp_result tdp_tree_regs(const struct tdp_tree *tree, struct tdp_regs *out)
{
	const struct tree *t = tree_of(tree);

	if (!t->live)
		return TDP_INVALID;
	t->layout.format->regs(&t->layout, t->root_table.hpa, out);
	return TDP_OK;
}

void tdp_tree_unload(struct tdp_tree *tree, void *user)
{
	struct tree *t = tree_of(tree);

	if (!t->live)
		return;
	if (t->gathers)
		tdp_hook_warn(t, "unloaded with an unflushed gather", NULL);
	tdp_hook_flush_all(t, user);
	t->live = false;
}

void tdp_tree_fini(struct tdp_tree *tree, struct tdp_table *root)
{
	struct tree *t = tree_of(tree);

	if (!t->ready)
		return;
	if (t->live) {
		tdp_hook_warn(t, "finished while loaded", NULL);
		tdp_tree_unload(tree, NULL);
	}
	tdp_retire_drain(t);
	t->engine->free_tables(t);
	if (root)
		*root = t->root_table;
	t->ready = false;
	t->gpa_end = 0;
	t->fault = NULL; /* no read section of an RCU that may be gone */
}

uint32_t tdp_tree_tag(const struct tdp_tree *tree)
{
	return tree_of(tree)->tag;
}

const struct tdp_layout *tdp_tree_layout(const struct tdp_tree *tree)
{
	return &tree_of(tree)->layout;
}

bool tdp_tree_broken(const struct tdp_tree *tree)
{
	(void)tree;
	return false;
}
