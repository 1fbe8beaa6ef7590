/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest of the benchmark: hooks, tree and the states that measurements start from.
 */
#include "guest.h"
#include "fail.h"

#include <inttypes.h>
#include <string.h>

/* Tables lie at an address of their own in host physical memory, so that the library has an offset to add. */
#define TABLE_HPA (UINT64_C(1) << 32)

/* What hooks count, for each thread by itself: a counter that threads share would be what is measured. In a program, one instruction. */
static _Thread_local struct hook_calls hook_calls __attribute__((tls_model("local-exec")));

struct hook_calls *guest_hook_calls(void)
{
	return &hook_calls;
}

/* table_alloc hook: the next page of the pool. */
static bool hook_alloc(void *ctx, void *user, struct tdp_table *out)
{
	struct guest *guest = ctx;

	(void)user;
	out->va = pool_pop(guest->pool);
	if (!out->va)
		return false;
	out->hpa = (uintptr_t)out->va - guest->ops.va_offset;
	out->aux = NULL;
	guest->tables_out++;
	hook_calls.allocs++;
	return true;
}

/* table_free hook: back on the pool's stack. */
static void hook_free(void *ctx, const struct tdp_table *table)
{
	struct guest *guest = ctx;

	pool_push(guest->pool, table->va);
	guest->tables_out--;
	hook_calls.frees++;
}

/* flush hook: there are no TLBs here, so counting is all there is to do. */
static void hook_flush(void *ctx, void *user, const struct tdp_flush *flush)
{
	(void)ctx;
	(void)user;
	(void)flush;
	hook_calls.flushes++;
}

/* dirty hook: how much the guest may have written. */
static void hook_dirty(void *ctx, void *user, tdp_gpa_t gpa, uint64_t size)
{
	struct guest *guest = ctx;

	(void)user;
	(void)gpa;
	guest->dirty_bytes += size;
	hook_calls.dirty++;
}

/* walker_barrier hook, where the architecture needs one. */
static void hook_barrier(void *ctx)
{
	(void)ctx;
	hook_calls.barriers++;
}

/* page_sync hook, where the architecture needs one. */
static void hook_sync(void *ctx, tdp_hpa_t hpa, uint64_t size, bool data, bool exec)
{
	(void)ctx;
	(void)hpa;
	(void)size;
	(void)data;
	(void)exec;
	hook_calls.syncs++;
}

/* The hooks that a hypervisor of this format's architecture would have. */
static void fill_ops(struct guest *guest)
{
	guest->ops = (struct tdp_mm_ops){
		.size = sizeof(guest->ops),
		.va_offset = (uintptr_t)guest->pool->memory - TABLE_HPA,
		.table_alloc = hook_alloc,
		.table_free = hook_free,
		.flush = hook_flush,
		.dirty = hook_dirty,
	};
	if (guest->format->needs_barrier) {
		guest->ops.walker_barrier = hook_barrier;
		guest->ops.page_sync = hook_sync;
	}
}

/* End the program unless a call of the library succeeded. */
static void must(enum tdp_result result, const char *call)
{
	bench_check(result == TDP_OK, "%s: %s", call, tdp_result_name(result));
}

void guest_init(struct guest *guest, const struct raw_format *format, enum sharing sharing, uint64_t bytes, struct pool *pool)
{
	guest_init_rcu(guest, format, share_get(sharing)->rcu, bytes, pool);
}

void guest_init_rcu(struct guest *guest, const struct raw_format *format, const struct tdp_rcu *rcu, uint64_t bytes,
		    struct pool *pool)
{
	struct tdp_regs regs;

	memset(guest, 0, sizeof(*guest));
	guest->format = format;
	guest->rcu = rcu;
	guest->bytes = bytes;
	guest->pool = pool;
	fill_ops(guest);
	must(tdp_layout_make(&guest->layout, format->format, &format->caps, 48), "tdp_layout_make");
	bench_check(tdp_root_size(&guest->layout) == BENCH_PAGE, "%s: the root is not one page", format->name);

	guest->root.va = pool_pop(pool);
	bench_check(guest->root.va, "no page for the root");
	guest->root.hpa = (uintptr_t)guest->root.va - guest->ops.va_offset;
	guest->raw = (struct raw_tree){.format = format, .root = guest->root.va, .va_offset = guest->ops.va_offset, .bytes = bytes};

	struct tdp_config config = {
		.engine = format->engine,
		.layout = &guest->layout,
		.ops = &guest->ops,
		.ctx = guest,
		.rcu = rcu,
		.root = guest->root,
	};

	must(tdp_tree_init(&guest->tree, &config), "tdp_tree_init");
	must(tdp_tree_load(&guest->tree, &regs), "tdp_tree_load");
}

void guest_fini(struct guest *guest)
{
	guest_make_empty(guest);
	tdp_tree_unload(&guest->tree, NULL);
	tdp_tree_fini(&guest->tree, &guest->root);
	pool_push(guest->pool, guest->root.va);
}

unsigned guest_tables(const struct guest *guest)
{
	uint64_t tables = 0;

	for (unsigned span_lg2 = 21; span_lg2 < 48; span_lg2 += 9)
		tables += (guest->bytes + (UINT64_C(1) << span_lg2) - 1) >> span_lg2;
	return (unsigned)tables;
}

void guest_fill_cache(struct guest *guest, struct tdp_cache *cache)
{
	must(tdp_cache_fill(cache, guest_tables(guest), &guest->ops, guest, NULL), "tdp_cache_fill");
}

void guest_map(struct guest *guest)
{
	struct tdp_op op = {.flags = TDP_EXCLUSIVE, .max_level_plus1 = 1, .cache = &guest->cache};

	guest_fill_cache(guest, &guest->cache);
	must(tdp_map(&guest->tree, 0, guest->bytes, GUEST_HPA, guest_attrs(), &op), "tdp_map");
}

void guest_drain_cache(struct guest *guest, struct tdp_cache *cache)
{
	struct tdp_table table;

	while (tdp_cache_take(cache, &table))
		hook_free(guest, &table);
}

void guest_make_empty(struct guest *guest)
{
	struct tdp_op op = {.flags = TDP_EXCLUSIVE};

	if (!raw_is_empty(&guest->raw))
		must(tdp_zap(&guest->tree, 0, guest->bytes, &op), "tdp_zap");
	guest_drain_cache(guest, &guest->cache);
	guest_check_empty(guest, "preparation");
	/* A cache that is filled at once turns the order round: tables will lie in the order of what they map. */
	pool_sort(guest->pool, false);
}

void guest_make_mapped(struct guest *guest, uint64_t bits)
{
	if (!raw_has_tables(&guest->raw)) {
		guest_make_empty(guest);
		guest_map(guest);
		guest_drain_cache(guest, &guest->cache);
	}
	raw_arm(&guest->raw, bits, GUEST_HPA);
}

void guest_zap_leaves(struct guest *guest)
{
	struct tdp_op op = {.flags = TDP_EXCLUSIVE | TDP_ZAP_LEAVES};

	must(tdp_zap(&guest->tree, 0, guest->bytes, &op), "tdp_zap");
}

void guest_expect(const struct guest *guest, const char *op, uint64_t value, uint64_t expected)
{
	bench_check(value == expected, "%s %s: %" PRIu64 " instead of %" PRIu64, guest->format->name, op, value, expected);
}

void guest_check_leaves(const struct guest *guest, uint64_t bits, uint64_t ignore, const char *op)
{
	uint64_t bad = raw_mismatches(&guest->raw, bits, GUEST_HPA, ignore);

	bench_check(bad == 0, "%s %s: %" PRIu64 " of %" PRIu64 " entries are wrong", guest->format->name, op, bad,
		    guest_pages(guest));
}

void guest_check_empty(const struct guest *guest, const char *op)
{
	/* The guest fills neither the span of the table below the root nor, if it is small, that of the next one: they may stay. */
	uint64_t stay = guest->bytes < UINT64_C(1) << 30 ? 2 : 1;
	uint64_t used = guest->tables_out - tdp_cache_count(&guest->cache);

	bench_check(raw_is_empty(&guest->raw), "%s %s: something is still mapped", guest->format->name, op);
	bench_check(used <= stay, "%s %s: %" PRIu64 " tables did not come back", guest->format->name, op, used);
}
