/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hooks of struct tdp_mm_ops: what an embedder would do, and what the model learns from it.
 */
#include "referee_impl.h"

#include <trace.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Each hook begins here: the accesses before it have happened. */
static struct referee *hook_begins(void *ctx)
{
	struct referee *r = ctx;

	referee_settle(r);
	return r;
}

static bool on_table_alloc(void *ctx, void *user, struct tdp_table *out)
{
	struct referee *r = hook_begins(ctx);
	int frame = arena_fails_now(&r->m.a) ? NO_FRAME : arena_alloc(&r->m.a, 1);

	(void)user;
	if (frame == NO_FRAME) {
		r->counts.denied++;
		return false;
	}
	r->counts.allocs++;
	r->counts.tables++;
	*out = (struct tdp_table){.va = arena_entries(&r->m.a, frame), .hpa = arena_hpa(&r->m.a, frame)};
	return true;
}

static void on_table_free(void *ctx, const struct tdp_table *table)
{
	struct referee *r = hook_begins(ctx);
	int frame = arena_frame_at(&r->m.a, table->hpa);

	r->counts.frees++;
	if (frame == NO_FRAME || r->m.a.frame[frame].state != FRAME_TABLE || r->m.a.frame[frame].root) {
		verdict(&r->m.v, REF_V18, "table_free of hpa %#" PRIx64 ", which is no table now", table->hpa);
		return;
	}
	if (table->va != (r->ops.table_unmap ? NULL : arena_entries(&r->m.a, frame)) || table->aux)
		verdict(&r->m.v, REF_V18, "table_free with another va, or with an aux");
	ledger_freed(&r->m, frame);
	arena_free(&r->m.a, frame);
	r->counts.tables--;
	trace_freed(arena_entries(&r->m.a, frame));
	referee_event(r);
}

/* Is this a range that the contract allows? */
static bool flush_is_legal(struct referee *r, const struct ref_tree *tree, const struct tdp_flush *f)
{
	uint64_t granule = UINT64_C(1) << tree->s.page_lg2;

	if (((f->gpa | f->size) & (granule - 1)) == 0 && f->gpa + f->size <= UINT64_C(1) << tree->s.gpa_bits &&
	    f->gpa + f->size >= f->gpa && f->level >= -1 && f->level <= (int)tree->s.top)
		return true;
	verdict(&r->m.v, REF_V18, "flush of gpa %#" PRIx64 " size %#" PRIx64 " level %d", f->gpa, f->size, f->level);
	return false;
}

static void on_flush(void *ctx, void *user, const struct tdp_flush *f)
{
	struct referee *r = hook_begins(ctx);
	struct ref_tree *tree = f->tree ? referee_slot(r, f->tree) : NULL;
	uint64_t end = f->size ? f->gpa + f->size : UINT64_MAX;

	(void)user;
	r->counts.flushes++;
	if (r->flushes < FLUSH_LOG)
		r->flush[r->flushes++] = *f;
	if (!tree) {
		verdict(&r->m.v, REF_V18, "flush of a tree that is not live");
		return;
	}
	if (!flush_is_legal(r, tree, f))
		return;
	tree->barrier_owed = false;
	/* What only this CPU forgets, another may still hold. */
	if (!f->local) {
		trace_flush(f->tree, f->gpa, f->size, f->level, f->tables != 0);
		ledger_flush(&r->m, tree, f->gpa, end, f->level, f->tables != 0);
		tlb_flush(&r->m, tree, f->gpa, end, f->level, f->tables != 0);
	}
	referee_event(r);
}

/* A walk that leaves the tables ends in a page of guest memory: nothing mapped, and the verdict is known. */
static void *on_table_map(void *ctx, tdp_hpa_t table, unsigned level, tdp_gpa_t gpa)
{
	struct referee *r = hook_begins(ctx);
	int frame = arena_frame_at(&r->m.a, table);

	if (r->held == REF_MAX_LEVELS) {
		verdict(&r->m.v, REF_V18, "table_map of more tables at a time than there are levels");
		r->held--;
	}
	for (unsigned i = 0; i < r->held; i++)
		if (r->map_level[i] == level)
			verdict(&r->m.v, REF_V18, "table_map of a second table of level %u", level);
	r->map_level[r->held] = (uint8_t)level;
	if (frame == NO_FRAME || r->m.a.frame[frame].state != FRAME_TABLE) {
		verdict(&r->m.v, REF_V2, "the library takes hpa %#" PRIx64 " for a table (gpa %#" PRIx64 ", level %u)", table, gpa,
			level);
		memset(r->guest_page, 0, sizeof(r->guest_page));
		return r->map[r->held++] = r->guest_page;
	}
	return r->map[r->held++] = arena_entries(&r->m.a, frame) + arena_index(&r->m.a, table);
}

static void on_table_unmap(void *ctx, void *va)
{
	struct referee *r = hook_begins(ctx);

	if (r->held == 0 || r->map[r->held - 1] != va)
		verdict(&r->m.v, REF_V18, "table_unmap of what was not mapped last");
	else
		r->held--;
}

static void on_walker_barrier(void *ctx)
{
	struct referee *r = hook_begins(ctx);

	r->counts.barriers++;
	trace_barrier();
	for (unsigned t = 0; t < MODEL_TREES; t++)
		r->m.tree[t].barrier_owed = false;
	referee_event(r);
}

static void on_table_clean(void *ctx, const void *va, size_t bytes)
{
	struct referee *r = hook_begins(ctx);
	int frame = arena_frame_of(&r->m.a, va);
	unsigned first = arena_index(&r->m.a, (uintptr_t)va), per_frame = arena_frame_entries(&r->m.a);

	r->counts.cleans++;
	if (frame == NO_FRAME || r->m.a.frame[frame].state == FRAME_FREE || bytes == 0 ||
	    ((uintptr_t)va | bytes) % sizeof(uint64_t)) {
		verdict(&r->m.v, REF_V18, "table_clean of %zu bytes that are not entries of a table", bytes);
		return;
	}
	for (size_t i = first; i < first + bytes / sizeof(uint64_t); i++) {
		struct frame *f = &r->m.a.frame[(size_t)frame + i / per_frame];

		set_remove(&f->uncleaned, (unsigned)(i % per_frame));
		set_remove(&f->outdated, (unsigned)(i % per_frame));
	}
	referee_event(r);
}

static void on_page_sync(void *ctx, tdp_hpa_t hpa, uint64_t size, bool data, bool exec)
{
	struct referee *r = hook_begins(ctx);

	r->counts.syncs++;
	if (size == 0 || !(data || exec))
		verdict(&r->m.v, REF_V18, "page_sync of nothing");
	if (data)
		ranges_add(&r->m.synced, hpa, hpa + size);
	referee_event(r);
}

static void on_dirty(void *ctx, void *user, tdp_gpa_t gpa, uint64_t size)
{
	struct referee *r = hook_begins(ctx);

	(void)user;
	r->counts.dirties++;
	if (size == 0 || gpa + size < gpa)
		verdict(&r->m.v, REF_V18, "dirty report of gpa %#" PRIx64 " size %#" PRIx64, gpa, size);
	ledger_reported(&r->m, gpa, gpa + size);
	dirty_reported(&r->m, gpa, gpa + size);
	ranges_add(&r->reported, gpa, gpa + size);
	referee_event(r);
}

static void on_warn(void *ctx, const char *what, const struct tdp_visit *where)
{
	struct referee *r = hook_begins(ctx);

	(void)where;
	r->counts.warnings++;
	snprintf(r->warning, sizeof(r->warning), "%s", what);
}

void referee_fill_ops(struct referee *r)
{
	r->ops = (struct tdp_mm_ops){
		.size = sizeof(struct tdp_mm_ops),
		.va_offset = (uint64_t)(uintptr_t)r->m.a.mem - r->m.a.base,
		.table_alloc = on_table_alloc,
		.table_free = on_table_free,
		.flush = on_flush,
		.walker_barrier = on_walker_barrier,
		.table_clean = on_table_clean,
		.page_sync = on_page_sync,
		.dirty = on_dirty,
		.warn = on_warn,
	};
	if (r->config.map_tables) {
		r->ops.table_map = on_table_map;
		r->ops.table_unmap = on_table_unmap;
		r->ops.va_offset = 0;
	}
}
