/* SPDX-License-Identifier: BSD-2-Clause */
#include "plain.h"
#include "fail.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define GUEST_HPA (UINT64_C(1) << 40)
#define TABLE_HPA (UINT64_C(1) << 30) /* the root of PAE must lie below 4 GiB */
#define TABLES	  80u		      /* besides the root */
#define ALIGN	  (UINT64_C(1) << 21)

struct plain_guest {
	const struct plain_format *format;
	uint64_t pages, page, bytes;
	struct tdp_mm_ops ops;
	struct tdp_layout layout;
	struct tdp_tree tree;
	struct tdp_cache cache;
	char *memory; /* the root, then tables */
	void *free[TABLES];
	unsigned free_count;
	uint64_t dirty_bytes, flushes, barriers, syncs;
};

#define CAPS(hpa, feature_bits, granule_bits)                                                                                      \
	{                                                                                                                          \
		.hpa_bits = (hpa), .leaf_levels = 3, .features = (feature_bits), .granules = (granule_bits)                        \
	}

const struct plain_format plain_formats[] = {
	{"ept_noad", &tdp_ept_noad, &tdp_ept_noad_engine, CAPS(48, TDP_CAP_EXEC_ONLY, 0), 48, false},
	{"npt_pae", &tdp_npt_pae, &tdp_npt_pae_engine, CAPS(48, TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_NX, 0), 32, false},
	{"s2_16k", &tdp_s2_16k, &tdp_s2_16k_engine, CAPS(48, 0, TDP_GRANULE_16K), 40, true},
	{"s2_64k", &tdp_s2_64k, &tdp_s2_64k_engine, CAPS(48, 0, TDP_GRANULE_64K), 40, true},
	{"s2_4k_lpa2", &tdp_s2_4k_lpa2, &tdp_s2_4k_lpa2_engine, CAPS(52, TDP_CAP_LPA2, TDP_GRANULE_4K_52), 48, true},
	{"s2_16k_lpa2", &tdp_s2_16k_lpa2, &tdp_s2_16k_lpa2_engine, CAPS(52, TDP_CAP_LPA2, TDP_GRANULE_16K_52), 40, true},
	{"s2_64k_lpa", &tdp_s2_64k_lpa, &tdp_s2_64k_lpa_engine, CAPS(52, 0, TDP_GRANULE_64K_52), 40, true},
	{.name = NULL},
};

/* ---- hooks ---- */

static bool hook_alloc(void *ctx, void *user, struct tdp_table *out)
{
	struct plain_guest *guest = ctx;

	(void)user;
	if (guest->free_count == 0)
		return false;
	out->va = guest->free[--guest->free_count];
	out->hpa = (uintptr_t)out->va - guest->ops.va_offset;
	out->aux = NULL;
	return true;
}

static void hook_free(void *ctx, const struct tdp_table *table)
{
	struct plain_guest *guest = ctx;

	guest->free[guest->free_count++] = table->va;
}

static void hook_flush(void *ctx, void *user, const struct tdp_flush *flush)
{
	struct plain_guest *guest = ctx;

	(void)user;
	(void)flush;
	guest->flushes++;
}

static void hook_dirty(void *ctx, void *user, tdp_gpa_t gpa, uint64_t size)
{
	struct plain_guest *guest = ctx;

	(void)user;
	(void)gpa;
	guest->dirty_bytes += size;
}

static void hook_barrier(void *ctx)
{
	struct plain_guest *guest = ctx;

	guest->barriers++;
}

static void hook_sync(void *ctx, tdp_hpa_t hpa, uint64_t size, bool data, bool exec)
{
	struct plain_guest *guest = ctx;

	(void)hpa;
	(void)size;
	(void)data;
	(void)exec;
	guest->syncs++;
}

/* ---- guests ---- */

/* End the program unless a value is what it must be. */
static void expect(const struct plain_guest *guest, const char *what, uint64_t value, uint64_t expected)
{
	bench_check(value == expected, "%s %s: %" PRIu64 " instead of %" PRIu64, guest->format->name, what, value, expected);
}

/* Hooks, and where tables lie. */
static void fill_ops(struct plain_guest *guest)
{
	guest->ops = (struct tdp_mm_ops){
		.size = sizeof(guest->ops),
		.va_offset = (uintptr_t)guest->memory - TABLE_HPA,
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

/* The memory of the root and the tables. */
static void make_tables(struct plain_guest *guest)
{
	size_t table = tdp_table_size(&guest->layout), root = tdp_root_size(&guest->layout);
	size_t first = (root + table - 1) / table * table;

	guest->memory = aligned_alloc(ALIGN, (first + TABLES * table + ALIGN - 1) & ~(ALIGN - 1));
	bench_check(guest->memory, "no memory for tables");
	for (unsigned i = TABLES; i > 0; i--)
		guest->free[guest->free_count++] = guest->memory + first + (i - 1) * table;
}

struct plain_guest *plain_new(const struct plain_format *format, enum sharing sharing, uint64_t pages)
{
	struct plain_guest *guest = aligned_alloc(_Alignof(struct plain_guest), sizeof(*guest));
	struct tdp_regs regs;

	bench_check(guest, "no memory");
	memset(guest, 0, sizeof(*guest));
	guest->format = format;
	expect(guest, "layout", (uint64_t)tdp_layout_make(&guest->layout, format->format, &format->caps, format->gpa_bits), TDP_OK);
	guest->pages = pages;
	guest->page = tdp_level_size(&guest->layout, 0);
	guest->bytes = pages * guest->page;
	bench_check(guest->bytes % tdp_level_size(&guest->layout, 1) == 0, "%s: no whole blocks", format->name);
	make_tables(guest);
	fill_ops(guest);

	struct tdp_config config = {
		.engine = format->engine,
		.layout = &guest->layout,
		.ops = &guest->ops,
		.ctx = guest,
		.rcu = share_get(sharing)->rcu,
		.root = {.va = guest->memory, .hpa = TABLE_HPA},
	};

	expect(guest, "init", (uint64_t)tdp_tree_init(&guest->tree, &config), TDP_OK);
	expect(guest, "load", (uint64_t)tdp_tree_load(&guest->tree, &regs), TDP_OK);
	expect(guest, "cache", (uint64_t)tdp_cache_fill(&guest->cache, TABLES, &guest->ops, guest, NULL), TDP_OK);
	return guest;
}

void plain_free(struct plain_guest *guest)
{
	struct tdp_table root;

	tdp_tree_unload(&guest->tree, NULL);
	tdp_tree_fini(&guest->tree, &root);
	free(guest->memory);
	free(guest);
}

static struct tdp_attrs attrs(void)
{
	return (struct tdp_attrs){.prot = TDP_RWX, .memtype = TDP_MT_WB};
}

/* ---- what is counted ---- */

static uint64_t run_fault(struct plain_guest *guest)
{
	struct tdp_op op = {.cache = &guest->cache};
	struct tdp_fault fault = {
		.backing = {.hpa = GUEST_HPA, .size = guest->bytes, .attrs = attrs(), .max_level_plus1 = 1},
		.access = TDP_WRITE,
	};

	for (fault.gpa = 0; fault.gpa < guest->bytes; fault.gpa += guest->page)
		if (tdp_fault(&guest->tree, &fault, &op) != TDP_OK)
			return 1;
	return 0;
}

static uint64_t run_lookup(struct plain_guest *guest)
{
	uint64_t sum = 0;

	for (uint64_t gpa = 0; gpa < guest->bytes; gpa += guest->page) {
		struct tdp_mapping mapping;

		if (tdp_lookup(&guest->tree, gpa, &mapping, NULL) != TDP_OK)
			return 0;
		sum += mapping.entry.hpa;
	}
	return sum;
}

static uint64_t run_count(struct plain_guest *guest)
{
	struct tdp_count count;

	return tdp_count(&guest->tree, 0, guest->bytes, &count, NULL) == TDP_OK ? count.leaves[0] : 0;
}

static uint64_t run_protect(struct plain_guest *guest)
{
	return (uint64_t)tdp_protect(&guest->tree, 0, guest->bytes, NULL);
}

static uint64_t run_age(struct plain_guest *guest)
{
	struct tdp_op op = {0};

	return tdp_age(&guest->tree, 0, guest->bytes, true, NULL, &op) == TDP_OK ? op.changed : 0;
}

static uint64_t run_zap(struct plain_guest *guest)
{
	return (uint64_t)tdp_zap(&guest->tree, 0, guest->bytes, NULL);
}

static uint64_t run_map_range(struct plain_guest *guest)
{
	struct tdp_op op = {.max_level_plus1 = 1, .cache = &guest->cache};

	return (uint64_t)tdp_map(&guest->tree, 0, guest->bytes, GUEST_HPA, attrs(), &op);
}

static uint64_t run_promote(struct plain_guest *guest)
{
	struct tdp_op op = {0};

	return tdp_promote(&guest->tree, 0, guest->bytes, 1, NULL, NULL, &op) == TDP_OK ? op.changed : 0;
}

static uint64_t run_split(struct plain_guest *guest)
{
	struct tdp_op op = {.cache = &guest->cache};

	return tdp_split(&guest->tree, 0, guest->bytes, 0, &op) == TDP_OK ? op.changed : 0;
}

/* ---- what must hold ---- */

static void after_call(struct plain_guest *guest, uint64_t value)
{
	expect(guest, "result", value, TDP_OK);
}

/* Each page is there once. */
static void after_faults(struct plain_guest *guest, uint64_t value)
{
	expect(guest, "faults", value, 0);
	expect(guest, "pages", run_count(guest), guest->pages);
}

static void after_lookup(struct plain_guest *guest, uint64_t value)
{
	expect(guest, "lookup", value, guest->pages * GUEST_HPA + guest->pages * (guest->pages - 1) / 2 * guest->page);
}

static void after_count(struct plain_guest *guest, uint64_t value)
{
	expect(guest, "count", value, guest->pages);
}

static void after_bytes(struct plain_guest *guest, uint64_t value)
{
	expect(guest, "bytes", value, guest->bytes);
}

/* What went lies in the pool again; the cache is filled up. */
static void after_zap(struct plain_guest *guest, uint64_t value)
{
	after_call(guest, value);
	expect(guest, "pages left", run_count(guest), 0);
	expect(guest, "cache",
	       (uint64_t)tdp_cache_fill(&guest->cache, tdp_cache_count(&guest->cache) + guest->free_count, &guest->ops, guest,
					NULL),
	       TDP_OK);
}

const struct plain_op plain_ops[] = {
	{"fault", run_fault, after_faults, ALONE},
	{"lookup_seq", run_lookup, after_lookup, ALONE},
	{"count", run_count, after_count, ALONE},
	{"protect", run_protect, after_call, ALONE},
	{"age", run_age, after_bytes, ALONE},
	{"zap", run_zap, after_zap, ALONE},
	{"map_range", run_map_range, after_call, ALONE},
	{"promote", run_promote, after_bytes, ALONE},
	{"split", run_split, after_bytes, ALONE},
	{"fault_shared", run_fault, after_faults, QSBR},
	{.name = NULL},
};
