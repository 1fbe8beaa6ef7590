/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of the tree: hooks, set-up, what is mapped from the start, and the end. */
#include "space.h"
#include "options.h"
#include "problem.h"
#include "vcpus.h"

#include <inttypes.h>
#include <sched.h>

enum {
	GRACE_PERIODS = 8 /* to wait for a table at most */
};

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

/* Hook: a table that nobody can reach any more. Called by liburcu's thread when its grace period is over. */
static void hook_free(void *ctx, const struct tdp_table *table)
{
	struct space *s = ctx;

	s->freed++;
	tables_give(s->tables, table);
}

/* Hook: when it returns, no vCPU uses a translation from before the call. What to flush is not looked at: a vCPU drops all it has. */
static void hook_flush(void *ctx, void *user, const struct tdp_flush *flush)
{
	struct space *s = ctx;
	struct caller *c = user; /* not NULL: this program gives it to every call that has a hook to call */

	(void)flush;
	c->stats.flushes++;
	vcpus_flush(s->vcpus);
}

/*
 * Hook: the library waits for an entry that another thread has frozen. A vCPU's thread that is here is not in the guest, so a flush of
 * that other thread does not wait for it, and there is nothing to acknowledge.
 */
static void hook_relax(void *ctx, void *user)
{
	struct caller *c = user;

	(void)ctx;
	c->stats.waits++;
	sched_yield();
}

/* Hook: the guest wrote here, and the page is going away. */
static void hook_dirty(void *ctx, void *user, tdp_gpa_t gpa, uint64_t size)
{
	struct caller *c = user;

	(void)ctx;
	(void)gpa;
	c->stats.dirty += size;
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
	const struct tdp_svm svm = {.maxphyaddr = (uint8_t)machine->phys_bits, .nx = true};
	struct tdp_caps caps;
	enum tdp_result r = tdp_caps_svm(&caps, &svm);

	if (r < 0)
		return space_failed("tdp_caps_svm", machine->phys_bits, r);
	caps.leaf_levels = huge ? 3 : 1;
	r = tdp_layout_make(&s->layout, &tdp_npt, &caps, 48);
	return r >= 0 || space_failed("tdp_layout_make", 48, r);
}

bool space_open(struct space *s, const struct machine *machine, struct tables *tables, struct regions *regions,
		struct frames *frames, struct vcpus *vcpus, const struct options *options)
{
	struct tdp_config config = {
		.engine = &tdp_npt_engine, .layout = &s->layout, .ops = &s->ops, .ctx = s, .rcu = &options->rcu->rcu};

	s->write_protect = options->write_protect;
	config.flags = options->write_protect ? TDP_TREE_LOG_BY_WRITE_PROTECT : 0;
	s->tables = tables;
	s->regions = regions;
	s->frames = frames;
	s->vcpus = vcpus;
	s->rcu = options->rcu;
	s->ops = (struct tdp_mm_ops){
		.size = sizeof(s->ops),
		.va_offset = (uintptr_t)machine->ram,
		.table_alloc = hook_alloc,
		.table_free = hook_free,
		.flush = hook_flush,
		.relax = hook_relax,
		.dirty = hook_dirty,
		.warn = hook_warn,
	};
	notifier_open(&s->notifier);
	if (!make_layout(s, machine, options->huge))
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

bool space_top_up(struct space *s, struct caller *c, const struct tdp_op *op)
{
	const unsigned more = op->tables > TDP_FAULT_TABLES ? op->tables : TDP_FAULT_TABLES;
	enum tdp_result r = TDP_NOMEM;

	c->stats.top_ups++;
	for (unsigned i = 0; r == TDP_NOMEM && i < GRACE_PERIODS; i++) {
		if (i) /* all that is missing may be waiting for the end of a grace period */
			s->rcu->rcu.barrier(NULL);
		r = tdp_cache_fill(&c->cache, tdp_cache_count(&c->cache) + more, &s->ops, s, c);
	}
	return r >= 0 || space_failed("tdp_cache_fill", 0, r);
}

/* A device is a note: nothing to map, but the table knows who lives there. */
static enum tdp_result map_device(struct space *s, const struct region *region, struct tdp_op *op)
{
	return tdp_note(&s->tree, tdp_gpa_from_va(&s->layout, region->va), region->pages * FRAME_4K, region->device, op);
}

/* Memory that is there before the guest starts; its frames are contiguous. */
static enum tdp_result map_memory(struct space *s, const struct region *region, struct tdp_op *op)
{
	const uint64_t hpa = region->page[0].frame * FRAME_4K;

	return tdp_map(&s->tree, tdp_gpa_from_va(&s->layout, region->va), region->pages * FRAME_4K, hpa, space_attrs(region->prot),
		       op);
}

bool space_map(struct space *s, struct caller *c, const struct region *region)
{
	struct tdp_op op = {.cache = &c->cache, .user = c};
	enum tdp_result r;

	do {
		caller_enter(c);
		r = region->page ? map_memory(s, region, &op) : map_device(s, region, &op);
		caller_leave(c);
	} while (r == TDP_NOMEM && space_top_up(s, c, &op));
	if (r < 0)
		return space_failed(region->page ? "tdp_map" : "tdp_note", region->va, r);
	for (uint64_t i = 0; region->page && i < region->pages; i++)
		region->page[i].mapped = true;
	return true;
}

uint64_t space_freed(struct space *s)
{
	/* What is retired while a callback is on its way waits for the next one: tdp_rcu.barrier in <tdpmmu/memory.h>. */
	for (int i = 0; i < 3; i++)
		s->rcu->rcu.barrier(NULL);
	return s->freed;
}

bool space_clear(struct space *s, struct caller *c)
{
	const uint64_t whole = 1ull << s->layout.gpa_bits;
	struct tdp_op op = {.user = c};

	caller_enter(c);
	enum tdp_result r = tdp_zap(&s->tree, 0, whole, &op);
	if (r >= 0)
		r = tdp_trim(&s->tree, 0, whole, &op);
	caller_leave(c);
	return r >= 0 || space_failed("tdp_zap or tdp_trim", 0, r);
}

unsigned space_close(struct space *s, struct caller *c)
{
	struct tdp_table table;

	if (s->open) {
		tdp_tree_unload(&s->tree, c);
		tdp_tree_fini(&s->tree, &table);
		tables_give(s->tables, &table);
		s->open = false;
	}
	return s->tables ? tables_out(s->tables) : 0;
}
