/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every struct may start as all zeroes: each function that gets such a one refuses or does nothing, and never crashes.
 */
#include "harness.h"

static bool no_memory(void *arg, tdp_gpa_t gpa, uint64_t size, struct tdp_backing *out)
{
	(void)arg;
	(void)gpa;
	(void)size;
	(void)out;
	return true; /* and says nothing */
}

static enum tdp_verdict look(void *arg, struct tdp_visit *visit)
{
	(void)arg;
	(void)visit;
	return TDP_GO;
}

static void print(void *arg, const char *line)
{
	(void)arg;
	(void)line;
}

Test(zeroed, tree)
{
	static struct tdp_tree tree;
	struct tdp_fault fault = {0};
	struct tdp_mapping m = {0};
	struct tdp_visit visit = {0};
	struct tdp_count count;
	struct tdp_table table;
	struct tdp_regs regs;

	cr_assert_eq(tdp_lookup(&tree, 0, &m, NULL), TDP_INVALID);
	cr_assert_eq(tdp_next(&tree, 0, 4096, TDP_VISIT_LEAF, &visit, NULL), TDP_INVALID);
	cr_assert_eq(tdp_extent(&tree, 0, 4096, &m, NULL), TDP_INVALID);
	cr_assert_eq(tdp_walk(&tree, 0, 4096, TDP_VISIT_LEAF, look, NULL, NULL), TDP_INVALID);
	cr_assert_eq(tdp_count(&tree, 0, 4096, &count, NULL), TDP_INVALID);
	cr_assert_lt(tdp_verify(&tree, NULL, NULL), 0);
	cr_assert_eq(tdp_dump(&tree, print, NULL), TDP_INVALID);
	cr_assert_eq(tdp_map(&tree, 0, 4096, 0, RWX, NULL), TDP_INVALID);
	cr_assert_eq(tdp_map_from(&tree, 0, 4096, no_memory, NULL, NULL), TDP_INVALID);
	cr_assert_eq(tdp_replace(&tree, 0, 4096, 0, 4096, RWX, NULL), TDP_INVALID);
	cr_assert_eq(tdp_fault(&tree, &fault, NULL), TDP_INVALID);
	cr_assert_eq(tdp_note(&tree, 0, 4096, 1, NULL), TDP_INVALID);
	cr_assert_eq(tdp_zap(&tree, 0, 4096, NULL), TDP_INVALID);
	cr_assert_eq(tdp_trim(&tree, 0, 4096, NULL), TDP_INVALID);
	cr_assert_eq(tdp_set_attrs(&tree, 0, 4096, RWX, TDP_MASK_PROT, NULL), TDP_INVALID);
	cr_assert_eq(tdp_protect(&tree, 0, 4096, NULL), TDP_INVALID);
	cr_assert_eq(tdp_tree_regs(&tree, &regs), TDP_INVALID);
	cr_assert_eq(tdp_tree_tag(&tree), 0);
	cr_assert_not_null(tdp_tree_layout(&tree));
	cr_assert_not(tdp_tree_broken(&tree));
	tdp_tree_unload(&tree, NULL);
	tdp_tree_fini(&tree, &table);
	tdp_tree_fini(&tree, NULL);
}

/* Going live is refused, too: there is nothing to go live with. */
Test(zeroed, tree_load)
{
	static struct tdp_tree tree;
	struct tdp_regs regs = {0};

	cr_assert_lt(tdp_tree_load(&tree, &regs), 0);
	cr_assert_eq(tdp_tree_regs(&tree, &regs), TDP_INVALID);
}

/* A tree that was finished is like one that never was. */
TREE_TEST(zeroed, finished_tree)
{
	struct tdp_mapping m;
	struct tdp_regs regs;

	harness_stop(h);
	SAME(tdp_lookup(&h->tree, 0, &m, NULL), TDP_INVALID);
	SAME(tdp_map(&h->tree, 0, h->p, HPA, RWX, NULL), TDP_INVALID);
	CHECK(tdp_tree_load(&h->tree, &regs) < 0);
	tdp_tree_fini(&h->tree, NULL);
}

Test(zeroed, everything_else)
{
	struct tdp_layout layout = {0}, out;
	struct tdp_caps caps = {0}, other = {0};
	struct tdp_config config = {0};
	struct tdp_mm_ops ops = {0};
	struct tdp_view view = {0};
	struct tdp_cache cache = {0};
	struct tdp_gather gather = {0};
	struct tdp_visit visit = {0};
	struct tdp_entry entry = {0};
	struct tdp_table table = {0};
	struct tdp_regs regs = {0};
	static struct tdp_tree tree;
	tdp_spte_t raw;
	tdp_hpa_t root;
	char text[64];

	cr_assert_eq(tdp_tree_init(&tree, &config), TDP_INVALID);
	cr_assert_eq(tdp_cache_count(&cache), 0);
	cr_assert_not(tdp_cache_take(&cache, &table));
	cr_assert_eq(tdp_cache_fill(&cache, 0, &ops, NULL, NULL), TDP_OK);
	cr_assert_eq(tdp_cache_fill(&cache, 1, &ops, NULL, NULL), TDP_INVALID);
	tdp_gather_flush(&gather, NULL);
	cr_assert_eq(tdp_visit_set(&visit, RO, TDP_MASK_PROT), TDP_UNSUPPORTED);
	cr_assert_eq(tdp_view_walk(&view, 0, 4096, TDP_VISIT_LEAF, look, NULL), TDP_INVALID);
	cr_assert_eq(tdp_view_lookup(&view, 0, &entry), TDP_INVALID);
	cr_assert_lt(tdp_layout_make(&out, &tdp_npt, &caps, 0), 0);
	cr_assert_lt(tdp_layout_make(&out, NULL, &caps, 48), 0);
	cr_assert_lt(tdp_layout_from_regs(&out, NULL, &regs, &root), 0);
	cr_assert_lt(tdp_encode_leaf(&layout, 0, 0, RWX, &raw), 0);
	tdp_decode(&layout, TDP_OURS, 0, 0, &entry);
	tdp_caps_intersect(&caps, &other);
	cr_assert_eq(tdp_level_size(&layout, 0), 0);
	cr_assert_str_eq(tdp_level_name(&layout, 0), "?");
	cr_assert_eq(tdp_table_size(&layout), 0);
	cr_assert_eq(tdp_root_size(&layout), 0);
	cr_assert_eq(tdp_sw_bits(&layout), 0);
	cr_assert_eq(tdp_gpa_from_va(&layout, 0), 0);
	cr_assert_gt(tdp_describe(&entry, text, sizeof(text)), 0);
	cr_assert_not_null(tdp_result_name(12345));
}

/* A fault, a backing and a context of all zeroes. */
TREE_TEST(zeroed, arguments)
{
	const uint64_t state = tables_digest(h);
	struct tdp_fault fault = {0};

	IS(TDP_INVALID, tdp_fault(&h->tree, &fault, &h->op));
	IS(TDP_INVALID, tdp_map_from(&h->tree, 0, h->p, no_memory, NULL, &h->op));
	IS(TDP_INVALID, tdp_map(&h->tree, 0, h->p, 0, (struct tdp_attrs){0}, &h->op));
	SAME(tables_digest(h), state);
}
