/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The referee around the real library: one life of a tree per format, watched, and clean.
 */
#include "referee.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

enum { PAGES = 16 };

#define PAGE UINT64_C(0x1000)
#define BIG  UINT64_C(0x200000)
#define HOST UINT64_C(0x40000000)

struct setup {
	struct referee_config config;
	const struct tdp_format *format;
	const struct tdp_engine *engine;
};

static const struct setup setups[] = {
	{{.kind = REF_EPT, .features = REF_HAS_1G}, &tdp_ept, &tdp_ept_engine},
	{{.kind = REF_NPT, .features = REF_HAS_1G | REF_HAS_NX}, &tdp_npt, &tdp_npt_engine},
	{{.kind = REF_S2}, &tdp_s2_4k, &tdp_s2_4k_engine},
};

/* What the machine of a setup can do. */
static struct tdp_caps caps_of(const struct setup *s)
{
	struct tdp_caps caps = {.hpa_bits = 40, .leaf_levels = 7};

	if (s->config.kind != REF_S2)
		caps.features = TDP_CAP_HW_A | TDP_CAP_HW_D | TDP_CAP_NX;
	return caps;
}

/* The reference: the first pages of guest memory map the start of host memory; arg: how many of them. */
static struct referee_page some_pages(void *arg, tdp_gpa_t gpa)
{
	const uint64_t *pages = arg;

	return (struct referee_page){
		.mapped = gpa < *pages * PAGE, .hpa = HOST + gpa, .must = TDP_RWX, .may = TDP_RWX, .memtype = TDP_MT_WB};
}

/* Maps, runs a guest, zaps a part; then everything. */
static void one_life(struct referee *r, struct tdp_tree *tree)
{
	struct tdp_attrs attrs = {.prot = TDP_RWX};
	uint64_t pages = PAGES;

	cr_assert_eq(REFEREE_OP(r, NULL, tdp_map(tree, 0, PAGES * PAGE, HOST, attrs, NULL)), TDP_OK);
	referee_expect(r, tree, some_pages, &pages);
	cr_assert_eq(referee_check_map(r, tree, 0, 2 * PAGES * PAGE, some_pages, &pages), 0, "%s", referee_violations(r));
	for (unsigned i = 0; i < PAGES; i++)
		cr_expect_eq(referee_guest(r, tree, i * PAGE, i & 1 ? REF_W : REF_R).fault, REF_OK);
	pages = PAGES / 2;
	cr_assert_eq(REFEREE_OP(r, NULL, tdp_zap(tree, pages * PAGE, (PAGES - pages) * PAGE, NULL)), TDP_OK);
	cr_expect(referee_reported(r, (PAGES - 1) * PAGE));
	cr_expect_eq(referee_guest(r, tree, (PAGES - 1) * PAGE, REF_R).fault, REF_NOT_PRESENT);
	cr_assert_eq(referee_check_map(r, tree, 0, 2 * PAGES * PAGE, some_pages, &pages), 0, "%s", referee_violations(r));
	pages = 0;
	cr_assert_eq(REFEREE_OP(r, NULL, tdp_zap(tree, 0, BIG, NULL)), TDP_OK);
	cr_assert_eq(referee_check_map(r, tree, 0, 2 * PAGES * PAGE, some_pages, &pages), 0, "%s", referee_violations(r));
}

/* Indices: pointers do not survive the way into a test's own process. */
ParameterizedTestParameters(smoke, watched_and_clean)
{
	static int index[] = {0, 1, 2};

	return cr_make_param_array(int, index, sizeof(setups) / sizeof(setups[0]));
}

ParameterizedTest(int *index, smoke, watched_and_clean)
{
	const struct setup *s = &setups[*index];
	struct referee *r = referee_new(&s->config);
	struct tdp_caps caps = caps_of(s);
	struct tdp_layout layout;
	struct tdp_tree tree;

	cr_assert_eq(tdp_layout_make(&layout, s->format, &caps, 40), TDP_OK);
	cr_assert_eq(tdp_cache_fill(referee_cache(r), 16, referee_ops(r), r, NULL), TDP_OK);
	cr_assert_eq(referee_start(r, &tree, s->engine, &layout, 0, 1), TDP_OK);
	one_life(r, &tree);
	REFEREE_CLEAN(r);
	referee_stop(r, &tree);
	referee_drain(r, referee_cache(r));
	cr_expect_eq(referee_counts(r).tables, 0);
	REFEREE_CLEAN(r);
	referee_free(r);
}

/* A lost flush is noticed. */
Test(smoke, sees_a_broken_zap)
{
	struct referee *r = referee_new(&setups[0].config);
	struct tdp_caps caps = caps_of(&setups[0]);
	struct tdp_layout layout;
	struct tdp_tree tree;

	cr_assert_eq(tdp_layout_make(&layout, setups[0].format, &caps, 40), TDP_OK);
	cr_assert_eq(tdp_cache_fill(referee_cache(r), 16, referee_ops(r), r, NULL), TDP_OK);
	cr_assert_eq(referee_start(r, &tree, setups[0].engine, &layout, 0, 1), TDP_OK);
	cr_assert_eq(REFEREE_OP(r, NULL, tdp_map(&tree, 0, PAGE, HOST, (struct tdp_attrs){.prot = TDP_R}, NULL)), TDP_OK);
	referee_break("ZAP_NO_FLUSH");
	cr_assert_eq(REFEREE_OP(r, NULL, tdp_zap(&tree, 0, PAGE, NULL)), TDP_OK);
	referee_break(NULL);
	cr_expect(referee_count(r, REF_V3) > 0, "%s", referee_violations(r));
	referee_free(r);
}
