/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a tree: init and its refusals, load, unload, fini.
 */
#include "harness.h"

#include "fake.h"

/* A config that is good. Its root is the test's to free. */
static struct tdp_config config_of(struct harness *h)
{
	return (struct tdp_config){.engine = h->setup->engine,
				   .layout = &h->layout,
				   .ops = referee_ops(h->r),
				   .ctx = h->r,
				   .root = referee_root(h->r, tdp_root_size(&h->layout)),
				   .pool = referee_cache(h->r),
				   .tag = 77};
}

static void free_root(struct harness *h, const struct tdp_table *root)
{
	referee_root_free(h->r, root, tdp_root_size(&h->layout));
}

TREE_TEST(tree, life, .by_hand = true)
{
	const struct tdp_config config = config_of(h);
	struct tdp_regs regs = {0}, again = {0};
	struct tdp_table root = {0};
	struct tdp_count count;

	memset(&h->tree, 0xa5, sizeof(h->tree)); /* old contents do not matter */
	SAME(tdp_tree_init(&h->tree, &config), TDP_OK);
	SAME(tdp_tree_tag(&h->tree), 77);
	SAME(memcmp(tdp_tree_layout(&h->tree), &h->layout, sizeof(h->layout)), 0);
	CHECK(!tdp_tree_broken(&h->tree));
	SAME(tdp_tree_regs(&h->tree, &regs), TDP_INVALID);
	SAME(tdp_count(&h->tree, 0, h->end, &count, NULL), TDP_OK);
	SAME(count.bytes + count.notes, 0);
	tdp_tree_unload(&h->tree, NULL); /* without effect */
	SAME(referee_counts(h->r).flushes + referee_counts(h->r).barriers, 0);
	SAME(tdp_tree_load(&h->tree, &regs), TDP_OK);
	SAME(referee_counts(h->r).barriers, 1);
	SAME(tdp_tree_load(&h->tree, &again), TDP_OK);
	SAME(memcmp(&regs, &again, sizeof(regs)), 0);
	SAME(tdp_tree_regs(&h->tree, &again), TDP_OK);
	SAME(memcmp(&regs, &again, sizeof(regs)), 0);
	referee_attach(h->r, &h->tree);
	harness_tables(h, 16);
	IS(TDP_OK, tdp_map(&h->tree, 0, h->p, HPA, RWX, NULL));
	GUEST(0, REF_W);
	IS(TDP_OK, (tdp_tree_unload(&h->tree, NULL), TDP_OK));
	SAME(FLUSHES, 1);
	FLUSH(0, 0, 0, -1, true);
	SAME(tdp_tree_regs(&h->tree, &again), TDP_INVALID);
	referee_detach(h->r, &h->tree);
	tdp_tree_fini(&h->tree, &root);
	SAME(root.hpa, config.root.hpa);
	SAME(root.va == config.root.va, true);
	tdp_tree_fini(&h->tree, NULL); /* once is enough */
	free_root(h, &root);
	referee_drain(h->r, referee_cache(h->r));
	SAME(referee_counts(h->r).warnings, 0);
}

/* The registers describe the tree: decoding them gives its geometry and root back. */
TREE_TEST(tree, registers)
{
	struct tdp_layout layout;
	struct tdp_regs regs;
	tdp_hpa_t root;
	uint64_t last; /* of the root's entries in use */

	SAME(tdp_tree_regs(&h->tree, &regs), TDP_OK);
	SAME(tdp_layout_from_regs(&layout, h->setup->format, &regs, &root), TDP_OK);
	SAME(layout.top_level, h->layout.top_level);
	SAME(layout.root_concat_lg2, h->layout.root_concat_lg2);
	SAME(layout.gpa_bits, h->layout.gpa_bits);
	SAME(root % tdp_root_size(&h->layout), 0);
	IS(TDP_OK, tdp_map(&h->tree, h->end - h->p, h->p, HPA, RWX, &h->op));
	last = (h->end >> __builtin_ctzll(tdp_level_size(&layout, layout.top_level))) - 1;
	SAME(*(tdp_spte_t *)(uintptr_t)(root + referee_ops(h->r)->va_offset + 8 * last),
	     *raw_entry(h, h->layout.top_level, h->end - 1));
}

/* Every entry of every root table is written by init, and nothing else is called. */
TREE_TEST(tree, init_clears_the_root, .by_hand = true, .noncoherent = true)
{
	const struct tdp_config config = config_of(h);
	const size_t n = tdp_root_size(&h->layout) / sizeof(tdp_spte_t);
	const tdp_spte_t *root = config.root.va;
	struct referee_counts c;
	struct tdp_entry e;

	SAME(tdp_tree_init(&h->tree, &config), TDP_OK);
	for (size_t i = 0; i < n; i++) {
		tdp_decode(&h->layout, TDP_OURS, h->layout.top_level, root[i], &e);
		SAME(e.kind, TDP_EMPTY);
	}
	c = referee_counts(h->r);
	CHECK(c.cleans > 0);
	SAME(c.flushes + c.barriers + c.dirties + c.frees + c.syncs + c.warnings + c.allocs, 0);
	tdp_tree_fini(&h->tree, NULL);
	free_root(h, &config.root);
}

/* Each refusal, with everything else right. */
static void check_refused(struct harness *h, int line, enum tdp_result want, const struct tdp_config *config)
{
	struct tdp_tree before;
	enum tdp_result r;

	memset(&h->tree, 0x5a, sizeof(h->tree));
	before = h->tree;
	r = tdp_tree_init(&h->tree, config);
	if (r != want)
		harness_fail(h, line, "%s, not %s", tdp_result_name(r), tdp_result_name(want));
	SAME(memcmp(&h->tree, &before, sizeof(before)), 0);
	SAME(referee_counts(h->r).stores, 0);
}
#define CONFIG(want, change)                                                                                                       \
	do {                                                                                                                       \
		struct tdp_config config = good;                                                                                   \
		change;                                                                                                            \
		check_refused(h, __LINE__, want, &config);                                                                         \
	} while (0)
#define HOOKS(want, change)                                                                                                        \
	do {                                                                                                                       \
		struct tdp_mm_ops ops = *good.ops;                                                                                 \
		struct tdp_config config = good;                                                                                   \
		config.ops = &ops;                                                                                                 \
		change;                                                                                                            \
		check_refused(h, __LINE__, want, &config);                                                                         \
	} while (0)

TREE_TEST(tree, init_refusals, .by_hand = true)
{
	const struct tdp_config good = config_of(h);
	const struct tdp_engine *other = h->setup->format == &tdp_fake_o ? &tdp_npt_engine : &tdp_fake_o_engine;
	struct tdp_layout layout = h->layout;

	CONFIG(TDP_INVALID, config.engine = NULL);
	CONFIG(TDP_INVALID, config.engine = other);
	CONFIG(TDP_INVALID, config.layout = NULL);
	layout.format = NULL;
	CONFIG(TDP_INVALID, config.layout = &layout);
	layout = h->layout;
	layout.leaf_levels = 5; /* a leaf that could not be split */
	CONFIG(TDP_INVALID, config.layout = &layout);
	layout.leaf_levels = 2;
	CONFIG(TDP_INVALID, config.layout = &layout);
	CONFIG(TDP_INVALID, config.ops = NULL);
	CONFIG(TDP_INVALID, config.root.va = NULL);
	CONFIG(TDP_INVALID, config.root.va = (char *)config.root.va + 1);
	CONFIG(TDP_INVALID, config.root.va = (char *)config.root.va + 8); /* not where va_offset says */
	HOOKS(TDP_INVALID, ops.va_offset += 4096);
	HOOKS(TDP_INVALID, ops.reserved = 1);
	CONFIG(TDP_INVALID, config.root.hpa += 8);
	CONFIG(TDP_INVALID, config.root.hpa += 2048);
	if (tdp_root_size(&h->layout) > 4096)
		CONFIG(TDP_INVALID, config.root.hpa += 4096);
	CONFIG(TDP_RANGE, config.root.hpa = UINT64_C(1) << h->layout.hpa_bits);
	CONFIG(TDP_RANGE, config.root.hpa |= UINT64_C(1) << 63);
	for (unsigned bit = 0; bit < 32; bit++) {
		const uint32_t flag = UINT32_C(1) << bit;

		if (!(flag & (TDP_TREE_NO_BREAK | TDP_TREE_LOG_BY_WRITE_PROTECT | TDP_TREE_KEEP_TABLES)))
			CONFIG(TDP_INVALID, config.flags = flag);
	}
	CONFIG(TDP_INVALID, memset(&config, 0, sizeof(config)));
	check_refused(h, __LINE__, TDP_INVALID, NULL);
	SAME(tdp_tree_init((struct tdp_tree *)(uintptr_t)((uintptr_t)&h->tree + 8), &good), TDP_INVALID);
	free_root(h, &good.root);
}

/* A function that only has to be there. */
static int on_external(void *ctx, void *user, const struct tdp_change *change)
{
	(void)ctx;
	(void)user;
	(void)change;
	return 0;
}

TREE_TEST(tree, hook_refusals, .by_hand = true)
{
	const struct tdp_config good = config_of(h);

	HOOKS(TDP_INVALID, ops.flush = NULL);
	HOOKS(TDP_INVALID, ops.size = 0);
	HOOKS(TDP_INVALID, ops.size--);
	HOOKS(TDP_INVALID, ops.size++);
	HOOKS(TDP_INVALID, ops.size = UINT32_MAX);
	HOOKS(TDP_INVALID, (ops.table_free = NULL, config.pool = NULL));
	HOOKS(TDP_INVALID, memset(&ops, 0, sizeof(ops)));
	HOOKS(TDP_UNSUPPORTED, ops.external = on_external);
	free_root(h, &good.root);
}

#define RCU(change)                                                                                                                \
	do {                                                                                                                       \
		rcu = referee_rcu;                                                                                                 \
		change;                                                                                                            \
		CONFIG(TDP_INVALID, config.rcu = &rcu);                                                                            \
	} while (0)

/* An RCU is whole or none, and tables that wait for a grace period cannot go back to a pool. */
TREE_TEST(tree, rcu_refusals, .by_hand = true)
{
	const struct tdp_config good = config_of(h);
	struct tdp_rcu rcu;

	RCU(rcu.size--);
	RCU(rcu.reserved = 1);
	RCU(rcu.read_lock = NULL);
	RCU(rcu.read_unlock = NULL);
	RCU(rcu.defer = NULL);
	RCU(rcu.barrier = NULL);
	HOOKS(TDP_INVALID, (ops.table_free = NULL, config.rcu = &referee_rcu));
	free_root(h, &good.root);
}

/* An RCU whose callers are in a read section anyway has none to enter: the engine must not call what is not there. */
TREE_TEST(tree, rcu_without_sections, .by_hand = true)
{
	struct tdp_config config = config_of(h);
	struct tdp_rcu rcu = referee_rcu;
	const struct tdp_fault fault = {.backing = {.hpa = HPA, .size = h->p, .attrs = RWX}, .access = TDP_READ};
	struct tdp_regs regs;
	struct tdp_mapping m;

	rcu.read_lock = rcu.read_unlock = NULL;
	config.rcu = &rcu;
	config.rcu_ctx = h->r;
	SAME(tdp_tree_init(&h->tree, &config), TDP_OK);
	SAME(tdp_tree_load(&h->tree, &regs), TDP_OK);
	referee_attach(h->r, &h->tree);
	harness_tables(h, 16);
	h->op.cache = referee_cache(h->r);
	IS(TDP_OK, tdp_fault(&h->tree, &fault, &h->op));
	IS(TDP_SPURIOUS, tdp_fault(&h->tree, &fault, &h->op));
	IS(TDP_SPURIOUS, tdp_fault_fast(&h->tree, 0, TDP_READ, &h->op));
	IS(TDP_OK, tdp_lookup(&h->tree, 0, &m, NULL));
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->p, &h->op));
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->p, &h->op));
	IS(TDP_OK, (tdp_tree_unload(&h->tree, NULL), TDP_OK));
	referee_detach(h->r, &h->tree);
	tdp_tree_fini(&h->tree, &config.root);
	referee_drain(h->r, referee_cache(h->r));
	free_root(h, &config.root);
}

/* An engine of another format is refused whichever it is; the generic one takes all. */
TREE_TEST(tree, engines, .by_hand = true)
{
	static const struct {
		const struct tdp_engine *engine;
		const struct tdp_format *format;
	} all[] = {
		{&tdp_npt_engine, &tdp_npt},	   {&tdp_ept_engine, &tdp_ept},	      {&tdp_s2_4k_engine, &tdp_s2_4k},
		{&tdp_fake_o_engine, &tdp_fake_o}, {&tdp_fake_b_engine, &tdp_fake_b}, {&tdp_generic_engine, NULL},
	};
	struct tdp_config config = config_of(h);

	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const bool fits = !all[i].format || all[i].format == h->setup->format;

		config.engine = all[i].engine;
		SAME(tdp_tree_init(&h->tree, &config), fits ? TDP_OK : TDP_INVALID);
		if (fits)
			tdp_tree_fini(&h->tree, NULL);
	}
	free_root(h, &config.root);
}

/*
 * Finished while loaded: it warns, unloads, and frees every table below the root; nothing is reported. The referee does not know that
 * the flush of everything ends the tree's life, so its verdict does not count.
 */
TREE_TEST(tree, finished_while_loaded, .by_hand = true, .corrupt = true, .without = PAE)
{
	const struct tdp_config config = config_of(h);
	struct referee_counts c;
	struct tdp_regs regs;

	SAME(tdp_tree_init(&h->tree, &config), TDP_OK);
	SAME(tdp_tree_load(&h->tree, &regs), TDP_OK);
	referee_attach(h->r, &h->tree);
	harness_tables(h, 16);
	IS(TDP_OK, map_at(h, 0, h->b - h->p, 2 * h->p, HPA, RWX));
	IS(TDP_OK, tdp_map(&h->tree, h->g, h->g, HPA, RWX, NULL));
	GUEST(h->b, REF_W);
	SAME(referee_counts(h->r).linked, h->layout.top_level + 1);
	harness_before(h, "tdp_tree_fini");
	tdp_tree_fini(&h->tree, NULL);
	c = harness_delta(h);
	SAME(c.warnings, 1);
	SAME(c.flushes, 1);
	SAME(c.dirties, 0);
	SAME(c.frees, h->layout.top_level + 1);
	CHECK(strlen(referee_warning(h->r)) > 0);
	referee_detach(h->r, &h->tree);
	free_root(h, &config.root);
	referee_drain(h->r, referee_cache(h->r));
}

/* Loaded after it was filled: what was mapped before is there for the guest. */
TREE_TEST(tree, filled_before_it_is_loaded, .by_hand = true)
{
	const struct tdp_config config = config_of(h);
	struct tdp_regs regs;

	SAME(tdp_tree_init(&h->tree, &config), TDP_OK);
	harness_tables(h, 16);
	IS(TDP_OK, tdp_map(&h->tree, h->b, h->b, HPA, RWX, NULL));
	SAME(tdp_tree_load(&h->tree, &regs), TDP_OK);
	referee_attach(h->r, &h->tree);
	GUEST(h->b, REF_W);
	MAPPED(h->b, h->b, HPA, RWX);
	referee_stop(h->r, &h->tree);
	referee_drain(h->r, referee_cache(h->r));
}

static void *map_table(void *ctx, tdp_hpa_t table, unsigned level, tdp_gpa_t gpa)
{
	(void)level;
	(void)gpa;
	return (void *)(uintptr_t)(table + referee_ops(ctx)->va_offset);
}

static void unmap_table(void *ctx, void *va)
{
	(void)ctx;
	(void)va;
}

/* A table in a window that closes cannot go back to a pool, which writes to it: the first zap crashed. */
TREE_TEST(tree, windows_need_table_free, .by_hand = true)
{
	const struct tdp_config good = config_of(h);

	HOOKS(TDP_INVALID, (ops.table_map = map_table, ops.table_unmap = unmap_table, ops.table_free = NULL));
	free_root(h, &good.root);
}

/* An address bit that means encryption is no address: a leaf, a table or a root there would be taken for another page. */
TREE_TEST(tree, encryption_bit_in_the_address, .by_hand = true, .with = IS_NPT, .without = DEEP)
{
	const tdp_spte_t c_bit = UINT64_C(1) << 47;
	struct tdp_layout layout = h->layout;
	struct tdp_config good = config_of(h);
	struct tdp_cache cache = {0};
	struct tdp_table root = good.root, table;

	layout.entry_or = c_bit;
	layout.hpa_bits = 48;
	good.layout = &layout;
	CONFIG(TDP_RANGE, config.root.hpa |= c_bit);
	SAME(tdp_tree_init(&h->tree, &good), TDP_OK);
	harness_tables(h, 16);
	SAME(tdp_map(&h->tree, 0, h->p, c_bit | HPA, RWX, NULL), TDP_RANGE);
	SAME(tdp_cache_take(referee_cache(h->r), &table), true);
	table.hpa |= c_bit;
	tdp_cache_give(&cache, &table);
	WITH(.cache = &cache, .max_level_plus1 = h->layout.top_level);
	SAME(tdp_map(&h->tree, 0, tdp_level_size(&layout, layout.top_level - 1u), 0, RWX, &h->op), TDP_RANGE);
	SAME(tdp_cache_take(&cache, &table), true);
	table.hpa &= ~c_bit;
	tdp_cache_give(referee_cache(h->r), &table);
	tdp_tree_fini(&h->tree, NULL);
	referee_drain(h->r, referee_cache(h->r));
	free_root(h, &root);
}

/* The same where hardware sets Dirty in any case: a page that is open for writing counts as written. The flag had no effect there. */
TREE_TEST(tree, log_by_write_protect_on_x86, .with = HW_D, .without = IS_S2, .flags = TDP_TREE_LOG_BY_WRITE_PROTECT)
{
	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RWX, &h->op));
	SAME(entry_at(h, 0).dirty, 1);
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->b, &h->op));
	GUEST_FAULTS(0, REF_W);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
	REPORTED(0, h->b);
}

/* Writes are logged by write protection though hardware sets Dirty: the tree behaves as on a machine without, registers included. */
TREE_TEST(tree, log_by_write_protect, .with = IS_S2 | HW_D, .flags = TDP_TREE_LOG_BY_WRITE_PROTECT)
{
	struct tdp_layout layout;
	struct tdp_regs regs;
	tdp_hpa_t root;

	SAME(tdp_tree_regs(&h->tree, &regs), TDP_OK);
	SAME(tdp_layout_from_regs(&layout, h->setup->format, &regs, &root), TDP_OK);
	SAME(layout.features & (TDP_CAP_HW_A | TDP_CAP_HW_D), TDP_CAP_HW_A);
	IS(TDP_OK, tdp_map(&h->tree, 0, h->b, HPA, RWX, &h->op));
	SAME(entry_at(h, 0).dirty, 1); /* nobody will set it later */
	SAME(LIVE(0), TDP_RWX);
	GUEST(0, REF_W);
	IS(TDP_OK, tdp_protect(&h->tree, 0, h->b, &h->op));
	GUEST_FAULTS(0, REF_W);
	IS(TDP_OK, tdp_zap(&h->tree, 0, h->b, &h->op));
	REPORTED(0, h->b);
}
