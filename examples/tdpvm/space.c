/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of the tree: hooks, set-up, what is mapped from the start, and the end. */
#include "space.h"
#include "problem.h"
#include "vcpus.h"

#include <inttypes.h>

bool space_failed(const char *call, uint64_t va, enum tdp_result result)
{
	return problem("%s at %#" PRIx64 ": %s", call, va, tdp_result_name(result));
}

/* Hook: a table for a cache. */
static bool hook_alloc(void *ctx, void *user, struct tdp_table *out)
{
	struct space *s = ctx;

	(void)user;
	return tables_take(s->tables, out);
}

/* Hook: a table that nobody can reach any more. */
static void hook_free(void *ctx, const struct tdp_table *table)
{
	struct space *s = ctx;

	tables_give(s->tables, table);
}

/* Hook: when it returns, no vCPU uses a translation from before the call. What to flush is not looked at: a vCPU drops all it has. */
static void hook_flush(void *ctx, void *user, const struct tdp_flush *flush)
{
	struct space *s = ctx;

	(void)user;
	(void)flush;
	s->stats.flushes++;
	vcpus_flush(s->vcpus);
}

/* Hook: the guest wrote here, and the page is going away. */
static void hook_dirty(void *ctx, void *user, tdp_gpa_t gpa, uint64_t size)
{
	struct space *s = ctx;

	(void)user;
	(void)gpa;
	s->stats.dirty += size;
}

/* Hook: the library found something that no result can say. */
static void hook_warn(void *ctx, const char *what, const struct tdp_visit *where)
{
	(void)ctx;
	problem("tdpmmu warns: %s at %#" PRIx64, what, where ? where->gpa : 0);
}

/* Which entries the processor understands, and how large leaves may be. */
static bool make_layout(struct space *s, const struct machine *machine, bool huge)
{
	struct tdp_caps caps;
	enum tdp_result r = tdp_caps_svm(&caps, machine->phys_bits, false);

	if (r < 0)
		return space_failed("tdp_caps_svm", machine->phys_bits, r);
	caps.features |= TDP_CAP_NX;
	caps.leaf_levels = huge ? 3 : 1;
	r = tdp_layout_make(&s->layout, &tdp_npt, &caps, 48);
	return r >= 0 || space_failed("tdp_layout_make", 48, r);
}

bool space_open(struct space *s, const struct machine *machine, struct tables *tables, struct regions *regions,
		struct frames *frames, struct vcpus *vcpus, bool huge)
{
	struct tdp_config config = {.engine = &tdp_npt_engine, .layout = &s->layout, .ops = &s->ops, .ctx = s, .pool = &s->bank};

	s->tables = tables;
	s->regions = regions;
	s->frames = frames;
	s->vcpus = vcpus;
	s->ops = (struct tdp_mm_ops){
		.size = sizeof(s->ops),
		.va_offset = (uintptr_t)machine->ram,
		.table_alloc = hook_alloc,
		.table_free = hook_free,
		.flush = hook_flush,
		.dirty = hook_dirty,
		.warn = hook_warn,
	};
	pthread_mutex_init(&s->lock, NULL);
	if (!make_layout(s, machine, huge))
		return false;
	if (!tables_take(tables, &config.root))
		return problem("no memory for the root table");
	enum tdp_result r = tdp_tree_init(&s->tree, &config);
	if (r < 0)
		return space_failed("tdp_tree_init", config.root.hpa, r);
	s->open = true;
	r = tdp_tree_load(&s->tree, &s->regs);
	return r >= 0 || space_failed("tdp_tree_load", config.root.hpa, r);
}

/* Put as many tables into the bank as a dry run asked for. They come from a fixed area, so this works under the lock too. */
static enum tdp_result top_up(struct space *s, const struct tdp_op *dry)
{
	return tdp_cache_fill(&s->bank, dry->tables, &s->ops, s, NULL);
}

/* A device is a note: nothing to map, but the table knows who lives there. */
static bool map_device(struct space *s, const struct region *region)
{
	struct tdp_op dry = {.flags = TDP_DRY_RUN};
	const tdp_gpa_t gpa = tdp_gpa_from_va(&s->layout, region->va);
	const uint64_t size = region->pages * FRAME_4K;
	enum tdp_result r = tdp_note(&s->tree, gpa, size, region->device, &dry);

	if (r >= 0)
		r = top_up(s, &dry);
	if (r >= 0)
		r = tdp_note(&s->tree, gpa, size, region->device, NULL);
	return r == TDP_OK || space_failed("tdp_note", region->va, r);
}

/* Memory that is there before the guest starts; its frames are contiguous. */
static bool map_memory(struct space *s, const struct region *region)
{
	struct tdp_op dry = {.flags = TDP_DRY_RUN};
	const tdp_gpa_t gpa = tdp_gpa_from_va(&s->layout, region->va);
	const uint64_t size = region->pages * FRAME_4K, hpa = region->page[0].frame * FRAME_4K;
	const struct tdp_attrs attrs = space_attrs(region->prot);
	enum tdp_result r = tdp_map(&s->tree, gpa, size, hpa, attrs, &dry);

	if (r >= 0)
		r = top_up(s, &dry);
	if (r >= 0)
		r = tdp_map(&s->tree, gpa, size, hpa, attrs, NULL);
	if (r != TDP_OK)
		return space_failed("tdp_map", region->va, r);
	for (uint64_t i = 0; i < region->pages; i++)
		region->page[i].mapped = true;
	return true;
}

bool space_map(struct space *s, const struct region *region)
{
	pthread_mutex_lock(&s->lock);
	bool ok = region->page ? map_memory(s, region) : map_device(s, region);
	pthread_mutex_unlock(&s->lock);
	return ok;
}

bool space_clear(struct space *s)
{
	const uint64_t whole = 1ull << s->layout.gpa_bits;

	pthread_mutex_lock(&s->lock);
	enum tdp_result r = tdp_zap(&s->tree, 0, whole, NULL);
	if (r >= 0)
		r = tdp_trim(&s->tree, 0, whole, NULL);
	pthread_mutex_unlock(&s->lock);
	return r >= 0 || space_failed("tdp_zap or tdp_trim", 0, r);
}

unsigned space_close(struct space *s)
{
	struct tdp_table table;

	if (s->open) {
		tdp_tree_unload(&s->tree, NULL);
		tdp_tree_fini(&s->tree, &table);
		tables_give(s->tables, &table);
		s->open = false;
	}
	while (tdp_cache_take(&s->bank, &table))
		tables_give(s->tables, &table);
	return s->tables ? tables_out(s->tables) : 0;
}
