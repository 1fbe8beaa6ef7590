/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Life of a referee, the frame around each call, and what it saw.
 */
#include "referee_impl.h"

#include <trace.h>

#include <stdio.h>
#include <stdlib.h>

enum { DEFAULT_FRAMES = 16384, DEFAULT_HPA_BITS = 40, PAE_HPA_BITS = 32 };

struct referee *referee_new(const struct referee_config *config)
{
	struct referee *r = calloc(1, sizeof(*r));

	if (!r) {
		perror("referee: calloc");
		abort();
	}
	r->config = *config;
	if (r->config.frames == 0)
		r->config.frames = DEFAULT_FRAMES;
	if (r->config.hpa_bits == 0)
		r->config.hpa_bits = DEFAULT_HPA_BITS;
	/* The root of a PAE host lies below 4 GiB, and so all tables do. */
	arena_init(&r->m.a, config->kind, r->config.frames, config->table_lg2 ? config->table_lg2 : FRAME_LG2,
		   config->features & REF_PAE ? PAE_HPA_BITS : r->config.hpa_bits);
	r->m.tlb.lazy = config->lazy;
	referee_fill_ops(r);
	referee_use(r);
	return r;
}

void referee_free(struct referee *r)
{
	if (referee_current == r)
		referee_current = NULL;
	for (unsigned t = 0; t < MODEL_TREES; t++)
		if (r->m.tree[t].key)
			trace_end(r->m.tree[t].key);
	arena_fini(&r->m.a);
	free(r->m.ledger.duty);
	free(r->m.tlb.leaf);
	free(r->m.tlb.walk);
	free(r->m.dirty.mapped.range);
	free(r->m.dirty.gathered.range);
	free(r->m.dirty.log.range);
	free(r->m.reclaimed.range);
	free(r->m.synced.range);
	free(r->reported.range);
	free(r);
}

void referee_use(struct referee *r)
{
	referee_current = r;
}

struct tdp_mm_ops *referee_ops(struct referee *r)
{
	return &r->ops;
}

struct tdp_cache *referee_cache(struct referee *r)
{
	return &r->cache;
}

struct tdp_table referee_root(struct referee *r, size_t bytes)
{
	unsigned frames = (unsigned)((bytes + arena_frame_size(&r->m.a) - 1) >> r->m.a.lg2);
	int first = arena_alloc(&r->m.a, frames);

	if (first == NO_FRAME) {
		fprintf(stderr, "referee: the arena is too small for a root\n");
		abort();
	}
	for (unsigned i = 0; i < frames; i++)
		r->m.a.frame[first + (int)i].root = true;
	r->counts.roots += frames;
	return (struct tdp_table){.va = arena_entries(&r->m.a, first), .hpa = arena_hpa(&r->m.a, first)};
}

void referee_root_free(struct referee *r, const struct tdp_table *root, size_t bytes)
{
	unsigned frames = (unsigned)((bytes + arena_frame_size(&r->m.a) - 1) >> r->m.a.lg2);
	int first = arena_frame_at(&r->m.a, root->hpa);

	for (unsigned i = 0; i < frames; i++)
		arena_free(&r->m.a, first + (int)i);
	r->counts.roots -= frames;
}

struct ref_tree *referee_slot(struct referee *r, const void *key)
{
	for (unsigned t = 0; t < MODEL_TREES; t++)
		if (r->m.tree[t].key == key)
			return &r->m.tree[t];
	return NULL;
}

struct ref_tree *referee_tree(struct referee *r, const void *key)
{
	struct ref_tree *tree = key ? referee_slot(r, key) : NULL;

	if (!tree) {
		fprintf(stderr, "referee: the tree is not attached\n");
		abort();
	}
	return tree;
}

/* Reads an entry wherever it lies in the arena, without an opinion. */
static bool read_silent(void *ctx, uint64_t hpa, uint64_t *value)
{
	const struct model *m = ctx;
	int frame = arena_frame_at(&m->a, hpa);

	if (frame == NO_FRAME)
		return false;
	*value = arena_entries(&m->a, frame)[arena_index(&m->a, hpa)];
	return true;
}

void referee_attach_regs(struct referee *r, const void *key, const struct tdp_regs *regs)
{
	struct ref_tree *tree = referee_slot(r, NULL);

	referee_settle(r);
	if (!tree) {
		fprintf(stderr, "referee: too many trees\n");
		abort();
	}
	*tree = (struct ref_tree){.key = key, .lo = UINT64_MAX};
	tree->m = (struct ref_machine){.kind = r->config.kind,
				       .features = r->config.features,
				       .hpa_bits = r->config.hpa_bits,
				       .base = regs->base,
				       .control = regs->control,
				       .pat = r->config.pat,
				       .read = read_silent,
				       .ctx = &r->m};
	r->expect[tree - r->m.tree] = (struct expectation){0};
	if (!ref_shape(&tree->m, &tree->s) || !tables_attach(&r->m, tree)) {
		verdict(&r->m.v, REF_V12, "hardware refuses the register values %#llx and %#llx", (unsigned long long)regs->base,
			(unsigned long long)regs->control);
		tree->key = NULL;
		return;
	}
	if (r->config.kind == REF_S2 && r->m.a.lg2 == FRAME_LG2) {
		struct trace_memory memory = {.at = arena_entries(&r->m.a, 0),
					      .hpa = arena_hpa(&r->m.a, 0),
					      .bytes = (size_t)r->config.frames << FRAME_LG2};

		trace_begin(key, &memory, regs->base, regs->control);
	}
}

void referee_detach(struct referee *r, const void *key)
{
	struct ref_tree *tree = referee_tree(r, key);

	referee_settle(r);
	ledger_detach(&r->m, tree);
	tlb_detach(&r->m, tree);
	dirty_detach(&r->m, tree);
	trace_end(key);
	tables_detach(&r->m, tree);
	tree->key = NULL;
}

void referee_begin(struct referee *r, const char *name, const struct tdp_gather *gather)
{
	struct model *m = &r->m;

	referee_settle(r);
	m->v.op = name;
	trace_label(name);
	m->in_call = true;
	m->call++;
	m->gather = gather;
	m->dirty.unreported_ok = r->ops.dirty == NULL;
	m->noncoherent = r->config.noncoherent && r->ops.table_clean;
	m->pooled = r->ops.table_free == NULL;
	m->check_sync = r->config.check_sync && r->ops.page_sync;
	m->synced.count = 0;
	for (unsigned t = 0; t < MODEL_TREES; t++) {
		m->tree[t].lo = UINT64_MAX;
		m->tree[t].hi = 0;
	}
}

void referee_end(struct referee *r)
{
	struct model *m = &r->m;

	point_call_ends();
	referee_settle(r);
	for (unsigned t = 0; t < MODEL_TREES && !r->ops.walker_barrier; t++)
		m->tree[t].barrier_owed = false;
	if (r->held)
		verdict(&m->v, REF_V18, "%u tables are still mapped", r->held);
	r->held = 0;
	ledger_returned(m);
	tlb_returned(m);
	dirty_returned(m);
	dirty_log_returned(m);
	tables_returned(m);
	m->in_call = false;
	m->gather = NULL;
	m->v.op = NULL;
}

void referee_gather_due(struct referee *r, const struct tdp_gather *gather)
{
	referee_settle(r);
	ledger_gather_due(&r->m, gather);
	dirty_gather_due(&r->m, gather);
}

void referee_log_writes(struct referee *r, bool on)
{
	r->m.dirty.logging = on;
	r->m.dirty.log.count = 0;
}

void referee_collects(struct referee *r, const void *tree, const struct tdp_bitmap *out)
{
	for (unsigned t = 0; out && t < MODEL_TREES; t++)
		if (r->m.tree[t].key == tree) {
			r->m.dirty.out.tree = &r->m.tree[t];
			r->m.dirty.out.words = out->words;
			r->m.dirty.out.base = out->base;
			r->m.dirty.out.pages = out->pages;
			r->m.dirty.out.page_lg2 = out->page_lg2;
		}
}

void referee_reclaim(struct referee *r, tdp_hpa_t hpa, uint64_t size)
{
	ranges_add(&r->m.reclaimed, hpa, hpa + size);
}

void referee_lend(struct referee *r, tdp_hpa_t hpa, uint64_t size)
{
	ranges_remove(&r->m.reclaimed, hpa, hpa + size);
}

void referee_on_event(struct referee *r, referee_event_fn fn, void *arg)
{
	r->event = fn;
	r->event_arg = arg;
}
