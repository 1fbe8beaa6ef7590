/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace-work [--broken NAME]: a little of everything on one arm64 tree, for the trace that it leaves; by a broken variant of the engine, if
 * wished. What the referee thinks of it does not count here.
 */
#include <referee.h>

#include <stdio.h>
#include <string.h>

#define PAGE  UINT64_C(0x1000)
#define BLOCK UINT64_C(0x200000)
#define GIB   UINT64_C(0x40000000)
#define HPA   (UINT64_C(1) << 36)
#define RWX   ((struct tdp_attrs){TDP_RWX, TDP_MT_WB, 0, 0})
#define UC    ((struct tdp_attrs){TDP_RWX, TDP_MT_UC, 0, 0})

enum { SPARE = 64 };

static struct tdp_tree tree;

/* Small pages, whatever would fit. */
static void map_pages(struct referee *r, tdp_gpa_t gpa, uint64_t size, tdp_hpa_t hpa)
{
	struct tdp_op op = {.max_level_plus1 = 1};

	(void)REFEREE_OP(r, NULL, tdp_map(&tree, gpa, size, hpa, RWX, &op));
}

static void zap(struct referee *r, tdp_gpa_t gpa, uint64_t size, uint32_t flags)
{
	struct tdp_op op = {.flags = flags};

	(void)REFEREE_OP(r, NULL, tdp_zap(&tree, gpa, size, &op));
}

static void pages_and_tables(struct referee *r)
{
	map_pages(r, 0, 8 * PAGE, HPA);
	zap(r, 2 * PAGE, 4 * PAGE, 0);
	map_pages(r, 2 * PAGE, 4 * PAGE, 2 * HPA);
	zap(r, 0, GIB, 0);
	map_pages(r, 0, 8 * PAGE, HPA);
	zap(r, 0, 8 * PAGE, TDP_ZAP_LEAVES);
	(void)REFEREE_OP(r, NULL, tdp_trim(&tree, 0, GIB, NULL));
	map_pages(r, 0, 8 * PAGE, HPA);
}

static void blocks(struct referee *r)
{
	(void)REFEREE_OP(r, NULL, tdp_map(&tree, GIB, BLOCK, HPA, RWX, NULL));
	zap(r, GIB + PAGE, PAGE, 0);
	map_pages(r, GIB + PAGE, PAGE, 2 * HPA);
	(void)REFEREE_OP(r, NULL, tdp_replace(&tree, GIB + PAGE, PAGE, 2 * HPA, 3 * HPA, RWX, NULL));
	(void)REFEREE_OP(r, NULL, tdp_set_attrs(&tree, GIB + 4 * PAGE, PAGE, UC, TDP_MASK_MEMTYPE, NULL));
	(void)REFEREE_OP(r, NULL, tdp_map(&tree, GIB + BLOCK, BLOCK, HPA, RWX, NULL));
	zap(r, GIB, 2 * BLOCK, 0);
}

static void gathers(struct referee *r)
{
	struct tdp_gather gather = {0};
	struct tdp_op op = {.gather = &gather};

	(void)REFEREE_OP(r, &gather, tdp_zap(&tree, 0, PAGE, &op));
	map_pages(r, 0, PAGE, 2 * HPA);
	(void)REFEREE_OP(r, &gather, tdp_zap(&tree, 0, PAGE, &op));
	(void)REFEREE_OP(r, &gather, tdp_zap(&tree, 5 * PAGE, PAGE, &op));
	referee_gather_flush(r, &gather, NULL);
	map_pages(r, 0, 8 * PAGE, 3 * HPA);
}

int main(int argc, char **argv)
{
	const struct tdp_caps caps = {.hpa_bits = 40, .leaf_levels = 7};
	struct referee_config config = {.kind = REF_S2, .features = REF_HAS_1G};
	struct tdp_layout layout;
	struct referee *r;

	if (argc > 1 && (argc != 3 || strcmp(argv[1], "--broken") != 0 || !referee_break(argv[2]))) {
		fprintf(stderr, "usage: trace-work [--broken NAME]\n");
		return 2;
	}
	r = referee_new(&config);
	if (tdp_layout_make(&layout, &tdp_s2_4k, &caps, 48) != TDP_OK ||
	    referee_start(r, &tree, &tdp_s2_4k_engine, &layout, 0, 1) != TDP_OK ||
	    tdp_cache_fill(referee_cache(r), SPARE, referee_ops(r), r, NULL) != TDP_OK)
		return 2;
	pages_and_tables(r);
	blocks(r);
	gathers(r);
	referee_stop(r, &tree);
	referee_free(r);
	return 0;
}
