/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shorthands that call the library: everything else in this folder works without it.
 */
#include "referee_impl.h"

#include <trace.h>

void referee_attach(struct referee *r, const struct tdp_tree *tree)
{
	struct tdp_regs regs;

	if (tdp_tree_regs(tree, &regs) == TDP_OK)
		referee_attach_regs(r, tree, &regs);
	else
		verdict(&r->m.v, REF_V18, "attached a tree that is not loaded");
}

enum tdp_result referee_start(struct referee *r, struct tdp_tree *tree, const struct tdp_engine *engine,
			      const struct tdp_layout *layout, uint32_t flags, uint32_t tag)
{
	size_t bytes = tdp_root_size(layout);
	struct tdp_config config = {
		.engine = engine,
		.layout = layout,
		.ops = &r->ops,
		.ctx = r,
		.rcu = r->config.shared ? &referee_rcu : NULL,
		.rcu_ctx = r,
		.root = referee_root(r, bytes),
		.pool = &r->cache,
		.flags = flags,
		.tag = tag,
	};
	struct tdp_regs regs;
	enum tdp_result result = tdp_tree_init(tree, &config);

	if (result == TDP_OK)
		result = tdp_tree_load(tree, &regs);
	if (result == TDP_OK)
		referee_attach_regs(r, tree, &regs);
	else
		referee_root_free(r, &config.root, bytes);
	return result;
}

void referee_stop(struct referee *r, struct tdp_tree *tree)
{
	size_t bytes = tdp_root_size(tdp_tree_layout(tree));
	struct tdp_table root;

	referee_begin(r, "tdp_tree_unload", NULL);
	tdp_tree_unload(tree, NULL);
	referee_end(r);
	referee_audit(r);
	referee_detach(r, tree);
	tdp_tree_fini(tree, &root);
	referee_root_free(r, &root, bytes);
}

void referee_gather_flush(struct referee *r, struct tdp_gather *gather, void *user)
{
	referee_begin(r, "tdp_gather_flush", gather);
	tdp_gather_flush(gather, user);
	referee_gather_due(r, gather);
	referee_end(r);
}

void referee_drain(struct referee *r, struct tdp_cache *cache)
{
	struct tdp_table table;

	while (tdp_cache_take(cache, &table)) {
		int frame = arena_frame_at(&r->m.a, table.hpa);

		trace_freed(arena_entries(&r->m.a, frame));
		arena_free(&r->m.a, frame);
		r->counts.tables--;
	}
}
