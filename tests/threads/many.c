/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A zap that retires many tables at once: they are named in lists, and a list is a table that is full some time. Each table lies in front of
 * a page that nobody may touch; each comes back once, and none before the grace period is over.
 */
#include <tdpmmu/tdpmmu.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, TABLES = 1200, LEVELS_ABOVE = 4 };
#define TABLE_HPA  (UINT64_C(1) << 32)
#define LEAF_TABLE (UINT64_C(1) << 21) /* what one table maps */

static struct {
	uint8_t *memory;	   /* table i at 2 i pages */
	bool used[TABLES];	   /* handed out */
	unsigned in_use, wrong;	   /* freed though not in use, or while somebody may read */
	bool grace;		   /* a grace period is over: tables may go */
	struct tdp_rcu_head *head; /* waits for one */
	void (*fn)(struct tdp_rcu_head *head);
} world;

static unsigned tests, failures;

static void ok(bool good, const char *format, unsigned n, const char *what)
{
	failures += !good;
	printf("%sok %u - %s, %u tables: %s\n", good ? "" : "not ", ++tests, format, n, what);
}

static bool on_alloc(void *ctx, void *user, struct tdp_table *out)
{
	(void)ctx;
	(void)user;
	for (unsigned i = 0; i < TABLES; i++) {
		if (world.used[i])
			continue;
		world.used[i] = true;
		world.in_use++;
		*out = (struct tdp_table){.va = world.memory + (size_t)i * 2 * PAGE, .hpa = TABLE_HPA + (uint64_t)i * 2 * PAGE};
		return true;
	}
	return false;
}

static void on_free(void *ctx, const struct tdp_table *table)
{
	const unsigned i = (unsigned)((table->hpa - TABLE_HPA) / (2 * PAGE));

	(void)ctx;
	if (i >= TABLES || !world.used[i] || !world.grace || table->va != world.memory + (size_t)i * 2 * PAGE) {
		world.wrong++;
		return;
	}
	world.used[i] = false;
	world.in_use--;
	memset(table->va, 0x55, PAGE);
}

static void on_flush(void *ctx, void *user, const struct tdp_flush *flush)
{
	(void)ctx;
	(void)user;
	(void)flush;
}

static void on_defer(void *ctx, struct tdp_rcu_head *head, void (*fn)(struct tdp_rcu_head *head))
{
	(void)ctx;
	world.wrong += world.head != NULL;
	world.head = head;
	world.fn = fn;
}

static void on_barrier(void *ctx)
{
	(void)ctx;
	world.grace = true;
	while (world.head) {
		struct tdp_rcu_head *head = world.head;

		world.head = NULL;
		world.fn(head);
	}
	world.grace = false;
}

static const struct tdp_rcu rcu = {.size = sizeof(rcu), .defer = on_defer, .barrier = on_barrier};
static struct tdp_mm_ops ops = {.size = sizeof(ops), .table_alloc = on_alloc, .table_free = on_free, .flush = on_flush};

/* What was fetched and not needed, nobody has seen. */
static void spare_free(struct tdp_cache *cache)
{
	struct tdp_table table;

	world.grace = true;
	while (tdp_cache_take(cache, &table))
		on_free(NULL, &table);
	world.grace = false;
}

/* A page in each of n leaf tables; all go in one call. */
static void zap_many(struct tdp_tree *tree, const char *name, unsigned n)
{
	const unsigned before = world.in_use;
	struct tdp_cache cache = {0};
	struct tdp_op op = {.cache = &cache};
	bool good = true;

	for (unsigned i = 0; i < n && good; i++)
		good = tdp_cache_fill(&cache, LEVELS_ABOVE, &ops, NULL, NULL) == TDP_OK &&
		       tdp_map(tree, i * LEAF_TABLE, PAGE, i * LEAF_TABLE, (struct tdp_attrs){.prot = TDP_RWX}, &op) == TDP_OK;
	ok(good && world.in_use >= before + n, name, n, "mapped");
	good = tdp_zap(tree, 0, UINT64_C(1) << 39, &op) == TDP_OK;
	ok(good && world.in_use >= before + n && world.wrong == 0, name, n, "unmapped, nothing freed yet");
	spare_free(&cache);
	on_barrier(NULL);
	ok(world.in_use == before && world.wrong == 0, name, n, "each came back once");
}

static void format(const char *name, const struct tdp_format *fmt, const struct tdp_engine *engine)
{
	static const unsigned many[] = {1, 2, 3, 509, 510, 511, 512, 513, 1100};
	struct tdp_caps caps = {
		.size = sizeof(caps), .hpa_bits = 48, .min_levels = 4, .leaf_levels = 7, .features = TDP_CAP_HW_A | TDP_CAP_HW_D};
	struct tdp_layout layout;
	struct tdp_config config = {.engine = engine, .layout = &layout, .ops = &ops, .rcu = &rcu};
	struct tdp_tree tree;
	struct tdp_regs regs;

	if (tdp_layout_make(&layout, fmt, &caps, 48) != TDP_OK || !on_alloc(NULL, NULL, &config.root)) {
		ok(false, name, 0, "a layout and a root");
		return;
	}
	ok(tdp_tree_init(&tree, &config) == TDP_OK && tdp_tree_load(&tree, &regs) == TDP_OK, name, 0, "a tree");
	for (unsigned i = 0; i < sizeof(many) / sizeof(many[0]); i++)
		zap_many(&tree, name, many[i]);
	tdp_tree_unload(&tree, NULL);
	tdp_tree_fini(&tree, &config.root);
	world.grace = true;
	on_free(NULL, &config.root);
	world.grace = false;
	ok(world.in_use == 0 && world.wrong == 0, name, 0, "nothing left");
}

int main(void)
{
	world.memory =
		mmap(NULL, (size_t)TABLES * 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (world.memory == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	for (size_t i = 0; i < TABLES; i++)
		if (mprotect(world.memory + (i * 2 + 1) * PAGE, PAGE, PROT_NONE) != 0) {
			perror("mprotect");
			return 1;
		}
	ops.va_offset = (uintptr_t)world.memory - TABLE_HPA;
	format("npt", &tdp_npt, &tdp_npt_engine);
	format("ept", &tdp_ept, &tdp_ept_engine);
	format("s2_4k", &tdp_s2_4k, &tdp_s2_4k_engine);
	printf("1..%u\n", tests);
	return failures != 0;
}
